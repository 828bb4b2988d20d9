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
#include "thalweg/dynamics/ensemble/joint_metric.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"
#include "thalweg/dynamics/ensemble/pack_metric.hpp"
#include "thalweg/dynamics/ensemble/rescue.hpp"
#include "thalweg/dynamics/ensemble/superchains.hpp"

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
/// Random  momentum, noise, acceptance, and step_size of particle 0, of (seed, particle, step); the step counts the
/// gradients of the run. Source  Robnik & Seljak (2026), arXiv 2601.16696.
struct Laps {
  double length = 1.9;     ///< α
  double tolerance = 0.1;  ///< C
  double drift = 0.06;     ///< of moments, between the last tenth and the last half of the steps, in sd or variances
  double equipartition = 0.15;                       ///< largest |1 − Eᵢ|
  std::int64_t most_steps = 5000, least_steps = 40;  ///< unadjusted
  int steps = 15;                                    ///< of a trajectory
  double jitter = 0.4;         ///< trajectories after tuning take steps uniform on [(1 − jitter) ε, ε]
  double refresh = 1.25;       ///< length of forgetting, in trajectories
  int most_trajectories = 60;  ///< that set ε; and as many that wait for nested R-hat
  double divergence = 1000;    ///< nats
  double hopeless = 50;  ///< W of a trajectory that counts as a divergence: at constant speed nothing blows up, but
                         ///< where the step is far too long hardly a trajectory is ever taken
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
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  enum Stage { unadjusted, tuning, mixing, sampling };
  enum Vector { position, direction, gradient };

  void step_unadjusted(EnsembleShard& shard);
  void steer(EnsembleShard& shard);
  void follow_moments();
  bool is_calm(double particles) const;
  bool moves();
  bool rescues(EnsembleShard& shard);
  void step_adjusted(EnsembleShard& shard);
  void tune(double acceptance, double noise);
  void learn_metric(double share);
  void learn_joint_metric(EnsembleShard& shard);
  Real trajectory(std::uint64_t first_particle, double* x, double* u, double* g, Real& log_p);
  void fail_for_good(std::string reason) { facts_.failure = std::move(reason); }
  double* scratch(int k) {
    return reinterpret_cast<double*>(scratch_.data() + static_cast<std::size_t>(k) * dimension_);
  }

  PackDensity density_;
  Laps method_;
  SplittingCoefficients split_;
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
  double step_ = 0;                             ///< of the trajectory under way
  double epsilon_ = 0, clock_ = 0;              ///< clock_ counts gradients: the step of the random streams
  double length_ = infinity, off_ = 0;          ///< of forgetting; the largest |1 − Eᵢ| beyond chance
  std::int64_t in_stage_ = 0, rescued_at_ = 0;  ///< rescued_at_: step at which particles were given new places
  int calm_ = 0;                                ///< trajectories in a row with the acceptance that is wanted
  Metric metric_;
  std::vector<double> log_square_;  ///< log σ² of the diagonal one
  std::vector<double> centre_, means_, variances_, gradient_variances_, products_;
  std::vector<double> late_mean_, early_mean_, late_variance_, early_variance_;
};

template <class Rules>
LapsEnsemble<Rules>::LapsEnsemble(const Model& model, const SampleSettings& s, int width, Laps method)
    : density_(model, whole_density, width, s.special.temperature),
      method_(method),
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
  numbers(stage_, epsilon_, clock_, length_, in_stage_, rescued_at_, calm_, log_square_, centre_, means_, variances_,
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

}  // namespace thalweg

#include "thalweg/dynamics/ensemble/laps_adjusted.hpp"
#include "thalweg/dynamics/ensemble/laps_unadjusted.hpp"
