#include "thalweg/fokker_planck/evolution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr double series_error = 1e-10;          ///< L1, of Chebyshev's series with rounding
constexpr double longest_uniformisation = 1e5;  ///< Λt
constexpr double shortest_chebyshev = 1000;     ///< Λt
constexpr std::size_t most_cells_of_a_factorisation = 300000;

double total(const std::vector<double>& masses) { return std::accumulate(masses.begin(), masses.end(), 0.0); }

/// ‖m‖ in L2(1/π), which bounds the L1 norm.
double norm_against(const std::vector<double>& masses, const std::vector<double>& log_pi) {
  double sum = 0;
  for (std::size_t c = 0; c < masses.size(); ++c)
    if (masses[c] != 0) sum += std::exp(2 * std::log(std::fabs(masses[c])) - log_pi[c]);
  return std::sqrt(sum);
}

}  // namespace

const char* to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::automatic:
      return "automatic";
    case Scheme::implicit_euler:
      return "implicit-euler";
    case Scheme::tr_bdf2:
      return "tr-bdf2";
    case Scheme::uniformisation:
      return "uniformisation";
    case Scheme::chebyshev:
      return "chebyshev";
    case Scheme::splitting:
      return "splitting";
  }
  return "";
}

Evolution::Evolution(Coefficients coefficients, const Grid& grid, std::vector<double> masses,
                     const EvolutionSettings& settings)
    : Evolution(std::move(coefficients), grid, EvolutionState{settings.start_time, std::move(masses), NAN, 0, {}},
                settings) {}

Evolution::Evolution(Coefficients coefficients, const Grid& grid, EvolutionState state,
                     const EvolutionSettings& settings)
    : coefficients_(std::move(coefficients)),
      settings_(settings),
      generator_(make_generator(coefficients_, grid, state.time)),
      state_(std::move(state)) {
  check();
  if (std::isnan(state_.first_mass)) state_.first_mass = total(state_.masses);
  team_ = std::make_unique<Team>(grid.cells() < 20000 ? 1 : settings.threads);
  if (coefficients_.autonomous && generator_.closed()) log_pi_ = log_equilibrium(generator_);
  scheme_ = settings.scheme == Scheme::automatic ? choose() : settings.scheme;
  state_.report.scheme = scheme_;
  const bool series = scheme_ == Scheme::uniformisation || scheme_ == Scheme::chebyshev;
  require(!series || coefficients_.autonomous, "{}: the coefficients change in time; use tr-bdf2 or splitting",
          to_string(scheme_));
  require(scheme_ != Scheme::chebyshev || log_pi_,
          "chebyshev: asks for detailed balance and sides that nothing passes; use uniformisation or automatic");
  if (series) return;
  const auto implicit = scheme_ == Scheme::implicit_euler ? ImplicitScheme::euler : ImplicitScheme::tr_bdf2;
  stepper_ = grid.dimension() == 1 || scheme_ == Scheme::splitting
                 ? line_stepper(coefficients_, generator_, implicit, *team_)
                 : sparse_stepper(coefficients_, generator_, implicit, *team_);
}

void Evolution::check() const {
  const EvolutionSettings& s = settings_;
  require(std::isfinite(s.start_time) && std::isfinite(s.end_time) && s.end_time >= s.start_time,
          "evolution: expected finite start_time <= end_time; found {} and {}", s.start_time, s.end_time);
  require(s.tolerance > 0 && std::isfinite(s.tolerance), "evolution: tolerance must be finite and > 0; found {}",
          s.tolerance);
  require(s.step >= 0 && std::isfinite(s.step), "evolution: step must be finite and >= 0; found {}", s.step);
  require(s.threads > 0, "evolution: threads must be > 0; found {}", s.threads);
  require(state_.masses.size() == generator_.grid.cells(), "evolution: expected {} masses, one a cell; found {}",
          generator_.grid.cells(), state_.masses.size());
  for (std::size_t c = 0; c < state_.masses.size(); ++c)
    require(std::isfinite(state_.masses[c]) && state_.masses[c] >= 0,
            "evolution: initial masses must be finite and >= 0; found {} in cell {}", state_.masses[c], c);
}

Scheme Evolution::choose() const {
  const Grid& grid = generator_.grid;
  const bool cross = generator_.has_cross_diffusion();
  if (!coefficients_.autonomous) return grid.dimension() == 1 || cross ? Scheme::tr_bdf2 : Scheme::splitting;
  const double work = generator_.largest_rate * (settings_.end_time - settings_.start_time);
  if (log_pi_ && work > shortest_chebyshev) return Scheme::chebyshev;
  if (work <= longest_uniformisation) return Scheme::uniformisation;
  const bool factors = grid.dimension() == 2 && grid.cells() <= most_cells_of_a_factorisation;
  if (grid.dimension() == 1 || factors) return Scheme::tr_bdf2;
  return cross ? Scheme::uniformisation : Scheme::splitting;
}

bool Evolution::advance_to(double time, const std::function<bool()>& keep_going) {
  require(time >= state_.time && time <= settings_.end_time, "evolution: expected a time in [{}, {}]; found {}",
          state_.time, settings_.end_time, time);
  if (time == state_.time) return true;
  if (stepper_) return advance_steps(time, keep_going);
  if (keep_going && !keep_going()) return false;
  if (scheme_ == Scheme::chebyshev)
    advance_chebyshev(time);
  else
    advance_series(time);
  return true;
}

void Evolution::advance_series(double time) {
  Ledger ledger;
  const Propagated done = uniformise(generator_, ActsOn::masses, *team_, time - state_.time, state_.masses, &ledger);
  book(ledger);
  state_.report.applications += done.applications;
  state_.report.time_error += done.error_bound;
  state_.time = time;
}

/// Far from equilibrium ‖m‖ in L2(1/π) is so large that rounding in it is felt: there uniformisation goes first.
void Evolution::advance_chebyshev(double time) {
  EvolutionReport& report = state_.report;
  for (double piece = 256 / generator_.largest_rate; state_.time < time; piece *= 2) {
    const double left = time - state_.time, degree = std::sqrt(80 * generator_.largest_rate * left);
    const double norm = norm_against(state_.masses, *log_pi_);
    const double rounding = degree * 1e-16 * norm;
    if (rounding <= series_error) {
      std::vector<double> after = state_.masses;
      const Propagated done = chebyshev(generator_, ActsOn::masses, *team_, left, after);
      report.applications += done.applications;
      double negative = 0, sum = 0;
      for (const double m : after) {
        negative += std::max(-m, 0.0);
        sum += m;
      }
      if (negative <= series_error) {
        if (negative > 0)
          for (double& m : after) m = std::max(m, 0.0) * (sum / (sum + negative));
        report.clipped += negative;
        report.time_error += done.error_bound * norm + rounding + 2 * negative;
        state_.masses = std::move(after);
        state_.time = time;
        return;
      }
      ++report.fallbacks;
    }
    advance_series(state_.time + piece < time ? state_.time + piece : time);
  }
}

double Evolution::first_step() const {
  const double span = settings_.end_time - settings_.start_time;
  return settings_.step > 0 ? settings_.step : std::min(span / 100, 4 / std::max(generator_.largest_rate, 1e-300));
}

bool Evolution::advance_steps(double time, const std::function<bool()>& keep_going) {
  EvolutionReport& report = state_.report;
  const double span = settings_.end_time - settings_.start_time, order = stepper_->order();
  const double halves_gain = std::pow(2.0, order) - 1;
  if (state_.next_step == 0) state_.next_step = first_step();
  while (state_.time < time) {
    if (keep_going && !keep_going()) return false;
    const double left = time - state_.time;
    const double dt = left / std::max(1.0, std::ceil(left / state_.next_step * (1 - 1e-12)));
    const double allowed = settings_.tolerance * dt / span;
    std::vector<double> whole = state_.masses, halves = state_.masses;
    StepAudit audit;
    stepper_->step(state_.time, dt, 0.1 * allowed, whole);
    audit.add(stepper_->step(state_.time, dt / 2, 0.05 * allowed, halves));
    audit.add(stepper_->step(state_.time + dt / 2, dt / 2, 0.05 * allowed, halves));
    double difference = 0;
    for (std::size_t c = 0; c < halves.size(); ++c) difference += std::fabs(halves[c] - whole[c]);
    const double error = difference / halves_gain;
    if (!std::isfinite(error)) fail("the law is no longer finite at t = {:g}: rates of the grid overflow", state_.time);
    const bool fixed = settings_.step > 0;
    // an error that shrinks as dt^(order + 1) against a share that shrinks as dt
    double factor = error > 0 ? 0.9 * std::pow(allowed / error, 1 / order) : 4;
    factor = std::clamp(factor, 0.2, 4.0);
    if (stepper_->prefers_powers())
      factor = factor >= 2.2 ? 2 : factor < 0.9 ? std::exp2(std::floor(std::log2(factor))) : 1;
    const double rounding = 1e-15 * total(state_.masses);
    if (!fixed && error > allowed && error > rounding) {
      ++report.rejected;
      state_.next_step = dt * std::min(factor, 0.5);
      if (state_.next_step < 1e-12 * span)
        fail(
            "no time step is small enough at t = {:g}: coefficients jump in time, or the tolerance {:g} is below "
            "rounding",
            state_.time, settings_.tolerance);
      continue;
    }
    book(audit.ledger);
    report.fallbacks += audit.fallbacks;
    report.clipped += audit.clipped;
    report.time_error += error + 2 * audit.clipped;
    ++report.steps;
    state_.masses = std::move(halves);
    state_.time = dt >= left ? time : state_.time + dt;
    // a step cut short by an output time says little against a longer one
    if (!fixed)
      state_.next_step = dt < state_.next_step && factor >= 1 ? std::max(state_.next_step, dt * factor) : dt * factor;
  }
  return true;
}

void Evolution::book(const Ledger& ledger) {
  for (std::size_t s = 0; s < 6; ++s) state_.report.left[s] += ledger.left[s];
  state_.report.entered += ledger.entered;
}

EvolutionReport Evolution::report() const {
  EvolutionReport report = state_.report;
  const double left = std::accumulate(report.left.begin(), report.left.end(), 0.0);
  report.mass_defect = std::fabs(total(state_.masses) + left - report.entered - state_.first_mass);
  report.smallest = *std::min_element(state_.masses.begin(), state_.masses.end());
  report.edges = edges_of(generator_.grid, state_.masses);
  return report;
}

}  // namespace thalweg::fokker_planck
