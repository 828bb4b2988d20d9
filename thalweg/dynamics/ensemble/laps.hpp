// Late adjusted parallel sampling: an ensemble of microcanonical trajectories, exact in the end.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/isokinetic_pack.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"
#include "thalweg/dynamics/ensemble/pack_metric.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {

/// Two phases, steered by means over the ensemble; see Isokinetic for the motion and W.
///
/// Unadjusted: one step of velocity Verlet, then a partial refresh over the length α√(Σ Var xᵢ/σᵢ²), at each step. With
/// Eᵢ = −E[(xᵢ − E xᵢ) gᵢ], which is 1 at equilibrium, B² = mean (1 − Eᵢ)², less what the sampling of the ensemble
/// adds; the step size follows
///   E[W²]/d = C (B²)^(3/8):   ε ← ε clip((C (B²)^(3/8) d/E[W²])^(1/6), 0.3, 3).
/// The metric is σᵢ² = √(Var xᵢ/Var gᵢ), averaged over steps. The phase ends when mean and variance of every coordinate
/// have ceased to drift and the Eᵢ are near 1.
///
/// Adjusted: trajectories of `steps` steps with a fresh direction and a refresh between steps, taken with probability
/// min(1, exp(−W)), W the sum over the trajectory. ε is set from the mean acceptance, and frozen with the metric; then
/// trajectories go on until nested R-hat of all coordinates is small. What follows is exact: draws.
///
/// Units   ε and lengths are lengths in the whitened space.
/// Cost    unadjusted: 1 gradient a step; adjusted: 2·steps (d ≤ 200) or 5·steps.
/// Errors  a lane whose step fails (W not finite, or beyond `divergence`) goes back to where it was, takes a new
///         direction, and is left out of the means. A failure ends the run when no step size works.
/// Random  momentum, noise, acceptance of (seed, particle, step); the step counts the gradients of the run.
/// Source  Robnik & Seljak (2026), arXiv 2601.16696.
struct Laps {
  double length = 1.9;     ///< α
  double tolerance = 0.1;  ///< C
  double drift = 0.06;     ///< of moments, between the last tenth and the last half of the steps, in sd or variances
  double equipartition = 0.15;                       ///< largest |1 − Eᵢ|
  std::int64_t most_steps = 5000, least_steps = 40;  ///< unadjusted
  int steps = 15;                                    ///< of a trajectory
  double refresh = 1.25;                             ///< length of forgetting, in trajectories
  int most_trajectories = 60;                        ///< that set ε; and as many that wait for nested R-hat
  double divergence = 1000;                          ///< nats
};

inline constexpr Card laps_card{
    .name = "laps",
    .purpose = "late adjusted parallel sampling: hundreds of microcanonical chains that learn from each other",
    .needs = "a log density with its gradient, continuous parameters, at least 2 of them",
    .exact = "exact once warm-up is over: its second phase has a Metropolis test",
    .cost = "1 gradient a chain and step of warm-up, then 30 a draw (75 above 200 dimensions)",
    .source = "Robnik & Seljak (2026), arXiv:2601.16696",
};

/// The decisions that make it right.
struct LapsRules {
  template <class Real>
  static Mask<Real> sound(const Real& error, double most) {
    return abs(error) <= Real(most);  // false for NaN
  }
  template <class Real>
  static Real acceptance(const Real& error) {
    return exp(min(-error, Real(0.0)));
  }
};

template <class Rules = LapsRules>
class LapsEnsemble final : public EnsembleMethod {
 public:
  LapsEnsemble(const Model& model, const SampleSettings& settings, int width, Laps method = {});
  int vectors() const override { return 2; }
  void start(EnsembleShard& shard) override;
  void step(EnsembleShard& shard, std::uint64_t number) override;
  void archive(NumberArchive& numbers) override;

 private:
  using Real = Particles::Reals;
  static constexpr std::size_t most_joint = 128;  ///< dimensions up to which a dense metric is learned
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  enum Stage { unadjusted, tuning, mixing, sampling };
  enum Vector { position, direction, gradient };

  void step_unadjusted(EnsembleShard& shard);
  void steer(EnsembleShard& shard);
  void follow_moments();
  bool is_calm(double particles) const;
  bool moves();
  void step_adjusted(EnsembleShard& shard);
  void tune(double acceptance, double noise);
  void learn_metric(double share);
  void learn_dense_metric(EnsembleShard& shard);
  void reset_means();
  bool mixed(EnsembleShard& shard);
  Real trajectory(std::uint64_t first_particle, double* x, double* u, double* g, Real& log_p);
  void fail_for_good(std::string reason) { facts_.failure = std::move(reason); }
  double* scratch(int k) {
    return reinterpret_cast<double*>(scratch_.data() + static_cast<std::size_t>(k) * dimension_);
  }

  PackDensity density_;
  Laps method_;
  SplittingCoefficients verlet_, split_;
  std::size_t dimension_;
  std::uint64_t seed_;
  std::int64_t superchains_, fixed_steps_;
  bool fixed_step_size_;
  MetricKind wish_;
  double target_, power_;  ///< W of a trajectory grows like ε^power
  std::vector<Real> scratch_;
  BlockSums sums_;
  std::vector<double> totals_;

  // carried, the same on all shards
  Stage stage_ = unadjusted;
  double epsilon_ = 0, clock_ = 0;      ///< clock_ counts gradients: the step of the random streams
  double length_ = infinity, off_ = 0;  ///< of forgetting; the largest |1 − Eᵢ| beyond chance
  std::int64_t in_stage_ = 0;
  int calm_ = 0;  ///< trajectories in a row with the acceptance that is wanted
  Metric metric_;
  std::vector<double> log_square_;  ///< log σ² of the diagonal one
  std::vector<double> centre_, means_, variances_, gradient_variances_, products_;
  std::vector<double> late_mean_, early_mean_, late_variance_, early_variance_;
};

template <class Rules>
LapsEnsemble<Rules>::LapsEnsemble(const Model& model, const SampleSettings& s, int width, Laps method)
    : density_(model, whole_density, width, s.special.temperature),
      method_(method),
      verlet_(coefficients(IsokineticSplitting::verlet)),
      split_(coefficients(model.dimension() > 200 ? IsokineticSplitting::mn4 : IsokineticSplitting::mn2)),
      dimension_(static_cast<std::size_t>(model.dimension())),
      seed_(s.seed),
      superchains_(s.superchains()),
      fixed_steps_(s.warmup.value_or(-1)),
      fixed_step_size_(s.step_size.has_value()),
      wish_(s.metric),
      target_(s.target_acceptance.value_or(model.dimension() > 200 ? 0.9 : 0.7)),
      power_(model.dimension() > 200 ? 4 : 2),
      scratch_(5 * dimension_),
      sums_(7 * dimension_ + 2),
      totals_(7 * dimension_ + 2),
      epsilon_(s.step_size.value_or(0.01 * std::sqrt(static_cast<double>(dimension_)))) {
  require(dimension_ >= 2,
          "dimension must be >= 2 for microcanonical dynamics: a direction on a line cannot turn; found {}\n  try "
          "method nuts, or give the model a second parameter",
          dimension_);
  if (s.special.length) method_.length = *s.special.length / std::sqrt(static_cast<double>(dimension_));
  log_square_.assign(dimension_, 0);
  metric_ = Metric::diagonal(std::vector<double>(dimension_, 1));
  for (auto* v : {&centre_, &means_, &variances_, &gradient_variances_, &products_, &late_mean_, &early_mean_,
                  &late_variance_, &early_variance_})
    v->assign(dimension_, 0);
  facts_ = {.step_size = epsilon_, .variances = std::vector<double>(dimension_, 1)};
}

template <class Rules>
void LapsEnsemble<Rules>::archive(NumberArchive& numbers) {
  numbers(stage_, epsilon_, clock_, length_, in_stage_, calm_, log_square_, centre_, means_, variances_,
          gradient_variances_, products_, late_mean_, early_mean_, late_variance_, early_variance_);
  numbers(facts_.warming, facts_.settled, facts_.step_size, facts_.variances);
  MetricKind kind = metric_.kind();
  std::vector<double> widths = metric_.numbers();
  numbers(kind, widths);
  metric_ = Metric::restore(kind, dimension_, widths);
}

template <class Rules>
void LapsEnsemble<Rules>::start(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    density_.evaluate(p.x(pack), p.vector(gradient, pack), p.scalar(log_p_of, pack));
    v.draw_direction(seed_, Purpose::momentum, p.number(pack), 0, p.vector(direction, pack));
    for (std::size_t j = 0; j < dimension_; ++j) sums_.add(j, load<Real>(p.x(pack) + j * lanes), p.live(pack));
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  for (std::size_t j = 0; j < dimension_; ++j) centre_[j] = totals_[j] / static_cast<double>(p.shard().total);
  clock_ = 1;
  if (fixed_steps_ == 0) {
    stage_ = sampling;
    facts_.warming = false;
  }
}

template <class Rules>
void LapsEnsemble<Rules>::step(EnsembleShard& shard, std::uint64_t /*number*/) {
  facts_.step_size = epsilon_;
  if (stage_ == unadjusted)
    step_unadjusted(shard);
  else
    step_adjusted(shard);
}

template <class Rules>
void LapsEnsemble<Rules>::step_unadjusted(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  const auto time = static_cast<std::uint64_t>(clock_);
  double *const old_x = scratch(0), *const old_g = scratch(1), *const z = scratch(2), *const w = scratch(4);
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    double *const x = p.x(pack), *const u = p.vector(direction, pack), *const g = p.vector(gradient, pack);
    v.copy(x, old_x), v.copy(g, old_g);
    whiten_pack<Real>(metric_, g, w);
    Real kinetic = isokinetic_kick_pack<Real>(0.5 * epsilon_, w, u, dimension_);
    drift_pack<Real>(metric_, epsilon_, u, x);
    const Real before = p.pack_scalar(log_p_of, pack);
    density_.evaluate(x, g, p.scalar(log_p_of, pack));
    whiten_pack<Real>(metric_, g, w);
    kinetic += isokinetic_kick_pack<Real>(0.5 * epsilon_, w, u, dimension_);
    const Real error = kinetic - (p.pack_scalar(log_p_of, pack) - before);
    const auto sound = Rules::template sound<Real>(error, method_.divergence);
    if (!all(sound)) {
      v.copy_where(!sound, old_x, x), v.copy_where(!sound, old_g, g);
      p.pack_scalar(log_p_of, pack) = select(sound, p.pack_scalar(log_p_of, pack), before);
      v.draw_direction(seed_, Purpose::momentum, p.number(pack), time, z);
      v.copy_where(!sound, z, u);
    }
    isokinetic_refresh_pack<Real>(epsilon_, length_, seed_, p.number(pack), time, u, z, dimension_);
    p.pack_scalar(diverging_of, pack) = select(sound, Real(0.0), Real(1.0));
    const Real square = select(sound, error * error, Real(0.0));
    p.pack_scalar(squared_errors_of, pack) += square;
    p.pack_scalar(acceptance_of_particle, pack) = select(sound, exp(min(-error, Real(0.0))), Real(0.0));
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    const int live = p.live(pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real a = load<Real>(x + j * lanes) - centre_[j], gj = load<Real>(g + j * lanes);
      sums_.add(j, a, live);
      sums_.add(dimension_ + j, a * a, live);
      sums_.add(2 * dimension_ + j, gj, live);
      sums_.add(3 * dimension_ + j, gj * gj, live);
      sums_.add(6 * dimension_ + j, a * a * (a * a), live);
      const Real product = a * gj;
      sums_.add(4 * dimension_ + j, product, live);
      sums_.add(5 * dimension_ + j, product * product, live);
    }
    sums_.add(7 * dimension_, min(square, Real(static_cast<double>(dimension_))), live);  // no lane decides alone
    sums_.add(7 * dimension_ + 1, select(sound, Real(1.0), Real(0.0)), live);
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  facts_.gradients = 1;
  clock_ += 1;
  ++in_stage_;
  steer(shard);
}

/// Means over the ensemble after an unadjusted step, and what follows from them.
template <class Rules>
void LapsEnsemble<Rules>::steer(EnsembleShard& shard) {
  const auto m = static_cast<double>(shard.particles.shard().total), d = static_cast<double>(dimension_);
  double bias = 0, noise = 0;
  off_ = 0;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double shift = totals_[j] / m, g_mean = totals_[2 * dimension_ + j] / m;
    means_[j] = centre_[j] + shift;
    variances_[j] = totals_[dimension_ + j] / m - shift * shift;
    gradient_variances_[j] = totals_[3 * dimension_ + j] / m - g_mean * g_mean;
    products_[j] = totals_[4 * dimension_ + j] / m - shift * g_mean;
    const double square = std::max(totals_[5 * dimension_ + j] / m - products_[j] * products_[j], 0.0) / m;
    bias += (1 + products_[j]) * (1 + products_[j]) / d;
    noise += square / d;
    off_ = std::max(off_, std::abs(1 + products_[j]) - 4 * std::sqrt(square));
  }
  follow_moments();
  const double sound = totals_[7 * dimension_ + 1];
  if (!fixed_step_size_) {
    const double error = totals_[7 * dimension_] / std::max(sound, 1.0) / d;
    const double wanted = method_.tolerance * std::pow(std::max(bias - noise, 1 / m), 0.375);
    double factor = error > 0 ? std::clamp(std::pow(wanted / error, 1.0 / 6), 0.3, 3.0) : 3.0;
    if (!std::isfinite(factor) || sound < 0.9 * m) factor = 0.5;
    epsilon_ *= factor;
    epsilon_ = std::clamp(epsilon_, 1e-150, 1e150);
  }
  centre_ = means_;
  // twice as late each time, so that it is cheap; the last of them from an ensemble near its end
  if (in_stage_ >= 16 && (in_stage_ & (in_stage_ - 1)) == 0) learn_dense_metric(shard);
  learn_metric(0.2);
  double spread = 0;
  for (std::size_t j = 0; j < dimension_; ++j) spread += variances_[j] / facts_.variances[j];
  length_ = method_.length *
            std::sqrt(metric_.kind() == MetricKind::dense ? static_cast<double>(dimension_) : std::max(spread, 1e-300));
  const bool calm = in_stage_ >= method_.least_steps && is_calm(m);
  if (in_stage_ >= method_.least_steps && !moves()) return;
  if (fixed_steps_ > 0 ? in_stage_ >= fixed_steps_ : calm || in_stage_ >= method_.most_steps) {
    facts_.settled = calm;
    stage_ = tuning;
    in_stage_ = 0;
    if (!fixed_step_size_) epsilon_ *= 1.5;
  }
}

/// Averages of mean and variance of each coordinate over about the last tenth and the last half of the steps.
template <class Rules>
void LapsEnsemble<Rules>::follow_moments() {
  const auto n = static_cast<double>(in_stage_);
  const double late = std::min(1.0, 10 / n), early = std::min(1.0, 2 / n);
  for (std::size_t j = 0; j < dimension_; ++j) {
    late_mean_[j] += late * (means_[j] - late_mean_[j]);
    early_mean_[j] += early * (means_[j] - early_mean_[j]);
    late_variance_[j] += late * (variances_[j] - late_variance_[j]);
    early_variance_[j] += early * (variances_[j] - early_variance_[j]);
  }
}

/// Whether these averages agree, and equipartition holds, up to what chance explains. A variance that grows like n^a
/// makes them differ by the ratio (10/(10 + a))/(2/(2 + a)) whatever n: slow drifts are not overlooked.
template <class Rules>
bool LapsEnsemble<Rules>::is_calm(double particles) const {
  double drift = 0, chance_of_drift = 0;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double v = std::max(late_variance_[j], 1e-300), grown = (late_variance_[j] - early_variance_[j]) / v,
                 moved = (late_mean_[j] - early_mean_[j]) / std::sqrt(v);
    const double fourth = totals_[6 * dimension_ + j] / particles / (v * v),
                 chance = std::sqrt(std::max(fourth, 2.0) / particles);
    if (!(std::abs(grown) <= method_.drift + 3 * chance)) return false;
    if (!(std::abs(moved) <= method_.drift + 3 / std::sqrt(particles))) return false;
    drift += grown / static_cast<double>(dimension_);
    chance_of_drift += chance / static_cast<double>(dimension_);
  }
  return std::abs(drift) <= method_.drift + chance_of_drift && off_ <= method_.equipartition;
}

/// False, and the run fails, when steps have become so short that the ensemble stands still.
template <class Rules>
bool LapsEnsemble<Rules>::moves() {
  if (fixed_step_size_ || epsilon_ > 1e-6) return true;
  fail_for_good(fmt::format(
      "steps have shrunk to {:.1g} of a standard deviation and the energy still jumps, so that the ensemble stands "
      "still: is log p smooth, and the gradient its own (thalweg check)?",
      epsilon_));
  return false;
}

/// log σ² of the diagonal metric goes that share of the way to what the ensemble says now; a dense one stays.
template <class Rules>
void LapsEnsemble<Rules>::learn_metric(double share) {
  if (wish_ == MetricKind::unit || metric_.kind() == MetricKind::dense) return;
  std::vector<double> sigma(dimension_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double square = std::sqrt(variances_[j] / gradient_variances_[j]);
    if (square > 1e-300 && square < 1e300) log_square_[j] += share * (std::log(square) - log_square_[j]);
    sigma[j] = std::exp(0.5 * log_square_[j]);
  }
  metric_ = Metric::diagonal(sigma);
  facts_.variances = metric_.variances();
}

/// The metric of both covariances, dense where that pays.
template <class Rules>
void LapsEnsemble<Rules>::learn_dense_metric(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const std::size_t d = dimension_, pairs = d * (d + 1) / 2;
  const auto m = static_cast<double>(p.shard().total);
  if (!collects_products(wish_, d) || d > most_joint || m < 4 * static_cast<double>(d)) return;
  std::vector<double> scale(d), g_mean(d), totals(2 * pairs);
  for (std::size_t j = 0; j < d; ++j) {
    scale[j] = std::sqrt(std::sqrt(variances_[j] / gradient_variances_[j]));
    if (!(scale[j] > 1e-150 && scale[j] < 1e150)) return;
    g_mean[j] = totals_[2 * d + j] / m;
  }
  BlockSums sums(2 * pairs);
  sums.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    const double *const x = p.x(pack), *const g = p.vector(gradient, pack);
    double *const a = scratch(0), *const b = scratch(1);
    for (std::size_t j = 0; j < d; ++j) {
      store(a + j * lanes, (load<Real>(x + j * lanes) - means_[j]) * (1 / scale[j]));
      store(b + j * lanes, (load<Real>(g + j * lanes) - g_mean[j]) * scale[j]);
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j, ++at) {
        sums.add(at, load<Real>(a + i * lanes) * load<Real>(a + j * lanes), p.live(pack));
        sums.add(pairs + at, load<Real>(b + i * lanes) * load<Real>(b + j * lanes), p.live(pack));
      }
    if (ends_block(p, pack)) sums.end_block();
  }
  sums.total(shard.all, totals);
  std::vector<double> x_covariance(d * d), g_covariance(d * d);
  std::size_t at = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++at) {
      x_covariance[i * d + j] = x_covariance[j * d + i] = totals[at] / m;
      g_covariance[i * d + j] = g_covariance[j * d + i] = totals[pairs + at] / m;
    }
  const bool was_dense = metric_.kind() == MetricKind::dense;
  const Metric learned = metric_of_covariances(wish_, metric_, scale, x_covariance, g_covariance);
  if (learned.kind() != MetricKind::dense && !was_dense) return;
  // the step was right for the widest ratio of the old metric to the new
  if (!was_dense && !fixed_step_size_) epsilon_ = std::max(epsilon_, 0.05 * std::sqrt(static_cast<double>(d)));
  metric_ = learned;
  facts_.variances = metric_.variances();
}

/// Moves x, u, g and log p along a trajectory; returns W, not finite where it failed.
template <class Rules>
typename LapsEnsemble<Rules>::Real LapsEnsemble<Rules>::trajectory(std::uint64_t first_particle, double* x, double* u,
                                                                   double* g, Real& log_p) {
  const Real before = log_p;
  Real kinetic = 0.0;
  double *const z = scratch(3), *const w = scratch(4);
  whiten_pack<Real>(metric_, g, w);
  const double length = method_.refresh * method_.steps * epsilon_;
  for (int k = 0; k < method_.steps; ++k) {
    if (k > 0)
      isokinetic_refresh_pack<Real>(epsilon_, length, seed_, first_particle,
                                    static_cast<std::uint64_t>(clock_) + static_cast<std::uint64_t>(k), u, z,
                                    dimension_);
    kinetic += isokinetic_kick_pack<Real>(split_.kicks[0] * epsilon_, w, u, dimension_);
    for (std::size_t stage = 0; stage < split_.drifts.size(); ++stage) {
      drift_pack<Real>(metric_, split_.drifts[stage] * epsilon_, u, x);
      density_.evaluate(x, g, reinterpret_cast<double*>(&log_p));
      whiten_pack<Real>(metric_, g, w);
      kinetic += isokinetic_kick_pack<Real>(split_.kicks[stage + 1] * epsilon_, w, u, dimension_);
    }
  }
  return kinetic - (log_p - before);
}

template <class Rules>
void LapsEnsemble<Rules>::step_adjusted(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  const auto time = static_cast<std::uint64_t>(clock_);
  double *const x = scratch(0), *const u = scratch(1), *const g = scratch(2);
  const bool learning = stage_ == tuning;
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    double *const old_x = p.x(pack), *const old_g = p.vector(gradient, pack);
    v.copy(old_x, x), v.copy(old_g, g);
    v.draw_direction(seed_, Purpose::momentum, p.number(pack), time, u);
    Real log_p = p.pack_scalar(log_p_of, pack);
    const Real error = trajectory(p.number(pack), x, u, g, log_p);
    const auto sound = Rules::template sound<Real>(error, method_.divergence);
    const Real acceptance = select(sound, Rules::template acceptance<Real>(error), Real(0.0));
    Random<Real> random(seed_, Purpose::acceptance, p.number(pack), time);
    const auto moves = random.uniform() < acceptance;
    v.copy_where(moves, x, old_x), v.copy_where(moves, g, old_g);
    p.pack_scalar(log_p_of, pack) = select(moves, log_p, p.pack_scalar(log_p_of, pack));
    p.pack_scalar(acceptance_of_particle, pack) = acceptance;
    p.pack_scalar(diverging_of, pack) = select(sound || error < Real(0.0), Real(0.0), Real(1.0));
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    const int live = p.live(pack);
    sums_.add(7 * dimension_, acceptance, live);
    if (learning)
      for (std::size_t j = 0; j < dimension_; ++j) {
        const Real a = load<Real>(old_x + j * lanes) - centre_[j], gj = load<Real>(old_g + j * lanes);
        sums_.add(j, a, live);
        sums_.add(dimension_ + j, a * a, live);
        sums_.add(2 * dimension_ + j, gj, live);
        sums_.add(3 * dimension_ + j, gj * gj, live);
      }
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  facts_.gradients = static_cast<std::int64_t>(method_.steps * split_.drifts.size());
  clock_ += static_cast<double>(facts_.gradients);
  ++in_stage_;
  const auto m = static_cast<double>(p.shard().total);
  if (learning) {
    for (std::size_t j = 0; j < dimension_; ++j) {
      const double shift = totals_[j] / m, g_mean = totals_[2 * dimension_ + j] / m;
      means_[j] = centre_[j] + shift;
      variances_[j] = totals_[dimension_ + j] / m - shift * shift;
      gradient_variances_[j] = totals_[3 * dimension_ + j] / m - g_mean * g_mean;
    }
    centre_ = means_;
    if (in_stage_ == 1 || in_stage_ == 3) learn_dense_metric(shard);
    tune(totals_[7 * dimension_] / m, 1 / std::sqrt(m));
  } else if (stage_ == mixing) {
    const double acceptance = totals_[7 * dimension_] / m;
    if (!fixed_step_size_ && acceptance < target_ - 0.1) epsilon_ *= 0.93;  // past the foot of a cliff
    const bool looks = (in_stage_ & (in_stage_ - 1)) == 0;                  // 1, 2, 4, …: few looks
    const bool mixes = looks && mixed(shard);
    if ((mixes && acceptance >= target_ - 0.1) || in_stage_ >= method_.most_trajectories || fixed_steps_ > 0) {
      facts_.settled = facts_.settled && mixes;
      facts_.warming = false;
      stage_ = sampling;
    }
  }
}

/// ε after a trajectory of mean acceptance a: for W ~ N(s²/2, s²), a = 2Φ(−s/2), and s ∝ ε^power.
template <class Rules>
void LapsEnsemble<Rules>::tune(double a, double noise) {
  const bool calm = a > target_ - std::max(0.03, 0.5 * noise) && a < target_ + 0.1;  // rather too short than too long
  calm_ = calm ? calm_ + 1 : 0;
  const bool enough = in_stage_ >= method_.most_trajectories;
  if (enough && !fixed_step_size_ && !(a >= 0.01))
    return fail_for_good(
        "hardly a trajectory is accepted at any step size: is the gradient that of log p (thalweg check)?");
  if (!moves()) return;
  if ((in_stage_ >= 4 && calm_ >= 2) || enough || fixed_step_size_) {
    stage_ = mixing;
    in_stage_ = 0;
    return;
  }
  const double wanted = -2 * normal_quantile(0.5 * target_),
               found = -2 * normal_quantile(0.5 * std::clamp(a, 1e-3, 0.999));
  const double damping = in_stage_ <= 6 ? 1 : std::sqrt(6.0 / static_cast<double>(in_stage_));
  epsilon_ *= std::exp(damping * std::clamp(std::log(wanted / found) / power_, -0.7, 0.7));
  if (in_stage_ < 4) learn_metric(0.5);
}

/// Whether nested R-hat of the places now, one draw a chain, is below what chance explains for every coordinate.
template <class Rules>
bool LapsEnsemble<Rules>::mixed(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const auto k = static_cast<std::size_t>(superchains_);
  const std::int64_t m = p.shard().total;
  if (k < 2 || m < 2 * superchains_) return true;
  BlockSums sums(k * 2 * dimension_ + k);
  sums.begin(p.shard());
  std::vector<double> totals(k * 2 * dimension_ + k);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (int lane = 0; lane < p.live(pack); ++lane) {
      const auto number = static_cast<std::int64_t>(p.number(pack)) + lane;
      const auto super = static_cast<std::size_t>(superchain_of(number, m, superchains_));
      Real one = 0.0;
      one.set(lane, 1.0);
      sums.add(2 * k * dimension_ + super, one, p.live(pack));
      for (std::size_t j = 0; j < dimension_; ++j) {
        const double a = p.x(pack)[j * lanes + static_cast<std::size_t>(lane)] - centre_[j];
        Real value = 0.0;
        value.set(lane, a);
        sums.add(super * dimension_ + j, value, p.live(pack));
        value.set(lane, a * a);
        sums.add((k + super) * dimension_ + j, value, p.live(pack));
      }
    }
    if (ends_block(p, pack)) sums.end_block();
  }
  sums.total(shard.all, totals);
  for (std::size_t j = 0; j < dimension_; ++j) {
    double within = 0, mean = 0, squares = 0, noise = 0;
    for (std::size_t s = 0; s < k; ++s) {
      const double n = totals[2 * k * dimension_ + s], a = totals[s * dimension_ + j] / n;
      const double variance = (totals[(k + s) * dimension_ + j] / n - a * a) * n / std::max(n - 1, 1.0);
      within += variance / static_cast<double>(k);
      noise += 1 / n / static_cast<double>(k);
      mean += a / static_cast<double>(k);
      squares += a * a / static_cast<double>(k);
    }
    const double between = (squares - mean * mean) * static_cast<double>(k) / static_cast<double>(k - 1);
    // B/W fluctuates about its noise by √(2/(k−1)) of it
    const double chance = noise * (1 + 4 * std::sqrt(2 / static_cast<double>(k - 1)));
    if (!(between <= (chance + 1.01 * 1.01 - 1) * within)) return false;
  }
  return true;
}

}  // namespace thalweg
