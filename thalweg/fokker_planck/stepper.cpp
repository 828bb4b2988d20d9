#include "thalweg/fokker_planck/stepper.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/shifted_solver.hpp"
#include "thalweg/fokker_planck/tr_bdf2.hpp"

namespace thalweg::fokker_planck {
namespace {

class LineStepper final : public Stepper {
 public:
  LineStepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme, Team& team)
      : coefficients_(coefficients), generator_(start), scheme_(scheme), team_(team) {
    require(!start.has_cross_diffusion(),
            "splitting: cross diffusion can't be split by axes; use tr_bdf2 or uniformisation");
    for (int a = 0; a < start.grid.dimension(); ++a) axes_.emplace_back(start.grid, a);
  }
  StepAudit step(double t, double dt, double budget, std::vector<double>& masses) override {
    if (!coefficients_.autonomous) generator_ = make_generator(coefficients_, generator_.grid, t + dt / 2);
    const int d = generator_.grid.dimension();
    StepAudit audit;
    const auto along = [&](int axis, double time) {
      audit.add(
          axes_[static_cast<std::size_t>(axis)].step(generator_, scheme_, time, budget / (2 * d - 1), team_, masses));
    };
    for (int a = 0; a < d - 1; ++a) along(a, dt / 2);
    along(d - 1, dt);
    for (int a = d - 1; a-- > 0;) along(a, dt / 2);
    return audit;
  }
  int order() const override { return scheme_ == ImplicitScheme::euler ? 1 : 2; }

 private:
  const Coefficients coefficients_;
  Generator generator_;
  const ImplicitScheme scheme_;
  Team& team_;
  std::vector<LineSteps> axes_;
};

class SparseStepper final : public Stepper {
 public:
  SparseStepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme, Team& team)
      : coefficients_(coefficients), generator_(start), scheme_(scheme), team_(team) {
    if (coefficients.autonomous) log_pi_ = log_equilibrium(generator_);
  }
  StepAudit step(double t, double dt, double budget, std::vector<double>& masses) override {
    if (!coefficients_.autonomous) {
      generator_ = make_generator(coefficients_, generator_.grid, t + dt / 2);
      solvers_.clear();
    }
    StepAudit audit;
    for (int s = 0; s < generator_.grid.sides(); ++s) {
      const double entry = generator_.entry[static_cast<std::size_t>(s)];
      if (entry > 0) audit.ledger.entered += dt * entry * static_cast<double>(generator_.grid.cells_of_side(s).size());
    }
    if (scheme_ == ImplicitScheme::euler || !tr_bdf2(dt, budget, masses, audit)) {
      const int parts = scheme_ == ImplicitScheme::euler ? 1 : 2;
      for (int part = 0; part < parts; ++part) {
        add_entries(dt / parts, masses);
        masses = solver(dt / parts).solve(masses);
        leave(dt / parts, masses, audit);
      }
    }
    return audit;
  }
  int order() const override { return scheme_ == ImplicitScheme::euler ? 1 : 2; }
  bool prefers_powers() const override { return coefficients_.autonomous; }

 private:
  /// False, with nothing changed, where the result is too negative.
  bool tr_bdf2(double dt, double budget, std::vector<double>& masses, StepAudit& audit) {
    const double c = tr_bdf2::implicit * dt;
    const std::size_t n = masses.size();
    std::vector<double> middle(n), end(n);
    apply(LineOperator(generator_, ActsOn::masses), team_, masses.data(),
          middle.data());  // entries once: one is missing
    for (std::size_t i = 0; i < n; ++i) middle[i] = masses[i] + c * middle[i];
    add_entries(c, middle);
    middle = solver(c).solve(middle);
    for (std::size_t i = 0; i < n; ++i) end[i] = tr_bdf2::of_middle * middle[i] - tr_bdf2::of_start * masses[i];
    add_entries(c, end);
    end = solver(c).solve(end);
    double negative = 0, total = 0;
    for (const double m : end) {
      negative += std::max(-m, 0.0);
      total += m;
    }
    if (!(negative <= budget * total)) {
      ++audit.fallbacks;
      return false;
    }
    if (negative > 0)
      for (double& m : end) m = std::max(m, 0.0) * (total / (total + negative));
    audit.clipped += negative;
    leave(tr_bdf2::early_weight * dt, masses, audit);
    leave(tr_bdf2::early_weight * dt, middle, audit);
    leave(tr_bdf2::late_weight * dt, end, audit);
    masses = std::move(end);
    return true;
  }
  void add_entries(double dt, std::vector<double>& masses) const {
    for (int s = 0; s < generator_.grid.sides(); ++s) {
      const double entry = generator_.entry[static_cast<std::size_t>(s)];
      if (entry == 0) continue;
      for (const std::size_t c : generator_.grid.cells_of_side(s)) masses[c] += dt * entry;
    }
  }
  void leave(double dt, const std::vector<double>& masses, StepAudit& audit) const {
    const auto left = leaving_by_side(generator_, masses.data());
    for (std::size_t s = 0; s < 6; ++s) audit.ledger.left[s] += dt * left[s];
  }
  /// 1 − c L, the last four kept.
  const ShiftedSolver& solver(double c) {
    for (const auto& [scale, kept] : solvers_)
      if (scale == c) return kept;
    if (solvers_.size() == 4) solvers_.pop_front();
    solvers_.emplace_back(c, ShiftedSolver(generator_, ActsOn::masses, 1, c, log_pi_));
    return solvers_.back().second;
  }

  const Coefficients coefficients_;
  Generator generator_;
  const ImplicitScheme scheme_;
  Team& team_;
  std::optional<std::vector<double>> log_pi_;
  std::deque<std::pair<double, ShiftedSolver>> solvers_;
};

}  // namespace

std::unique_ptr<Stepper> line_stepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme,
                                      Team& team) {
  return std::make_unique<LineStepper>(coefficients, start, scheme, team);
}
std::unique_ptr<Stepper> sparse_stepper(const Coefficients& coefficients, const Generator& start, ImplicitScheme scheme,
                                        Team& team) {
  return std::make_unique<SparseStepper>(coefficients, start, scheme, team);
}

}  // namespace thalweg::fokker_planck
