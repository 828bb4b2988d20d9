// Non-reversible parallel tempering: replicas of a density at a ladder of temperatures exchange places.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/annealing/given_reference.hpp"
#include "thalweg/dynamics/annealing/ladder.hpp"
#include "thalweg/dynamics/annealing/path_hmc.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/joint_metric.hpp"
#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"

namespace thalweg {

/// Each replica has a place on every rung β₀ = 1 > β₁ > … > β_{L−1} = 0 of a path π_β ∝ exp(base + β tilt), see
/// AnnealingPath. A step moves every rung by a Hamiltonian trajectory that leaves its π_β as it is; at a Gaussian
/// reference by an exact draw. Then rungs k and k + 1 exchange their places with probability
///   min(1, exp((β_k − β_{k+1}) (tilt_{k+1} − tilt_k))),
/// for even k in even steps, for odd k in odd ones: a place that goes up keeps going. The place at β = 1 is the draw.
///
/// Warm-up: rounds of doubling lengths. In each the step size of every rung follows its acceptance; at its end the
/// metric σ² = √(Var x/Var g) of every rung, the ladder (next_ladder) and the Gaussian, if there is one that was
/// not given, are learned from its second half, over all replicas. When the ladder stays and replicas travel it, a last
/// round sets the step sizes. Then nothing adapts.
///
/// log Z₁/Z₀ = Σ_k log E_{k+1}[w_k^½]/E_k[w_k^{−½}], w_k = exp((β_k − β_{k+1}) tilt): both means have finite variance
/// whatever the tails. Its standard error comes from the spread over replicas, which are independent.
///
/// Shapes  a replica is a lane; a pack holds the same rung of its replicas, so that a rung's metric, step size and
/// number
///         of steps are those of whole packs, and an exchange stays inside of a lane: two passes over 3 vectors, little
///         beside a trajectory.
/// Units   step sizes and lengths are times in the whitened space.
/// Cost    a step: about length/ε gradients a rung.
/// Errors  see PathHmc; a failure ends the run when hardly a trajectory is accepted.
/// Random  of (seed, replica, step · stride + rung): momentum, tree (number of steps, one for all replicas),
///         acceptance, noise (exact draws), permutation (exchanges).
/// Source  Okabe, Kawata, Okamoto & Mikami (2001), Chem. Phys. Lett. 335, 435–439; Syed, Bouchard-Côté, Deligiannidis &
///         Doucet (2022), J. R. Stat. Soc. B 84, 321–350; the ratio: Meng & Wong (1996), Statistica Sinica 6, 831–860.
struct Tempering {
  double length = 1.5707963267948966;  ///< of trajectories, on average
  std::int64_t most_steps = 1024;
  int first_rungs = 10;
  std::int64_t first_round = 10, last_round = 50, most_rounds = 7;
};

inline constexpr Card tempering_card{
    .name = "tempering",
    .purpose = "non-reversible parallel tempering: chains at a ladder of temperatures carry each other between modes",
    .needs =
        "a log density with its gradient, continuous parameters; a prior apart from its likelihood, or none: a "
        "Gaussian is fitted",
    .exact = "exact once warm-up is over; finds modes that its hot rungs reach, and log Z",
    .cost = "a trajectory of each rung, of which there are about twice the communication barrier",
    .source = "Syed, Bouchard-Cote, Deligiannidis & Doucet (2022), J. R. Stat. Soc. B 84, 321-350",
};

/// The decisions that make it right.
struct TemperingRules {
  static double beta_of_test(double beta) { return beta; }
  /// log of the ratio of an exchange between a cold rung and a hot one.
  template <class Real>
  static Real exchange(double cold, double hot, const Real& cold_tilt, const Real& hot_tilt) {
    return (cold - hot) * (hot_tilt - cold_tilt);
  }
};

template <class Rules = TemperingRules>
class TemperingEnsemble final : public EnsembleMethod {
 public:
  TemperingEnsemble(const Model& model, const SampleSettings& settings, int width, Tempering method = {});
  int vectors() const override { return static_cast<int>(vectors_of_rung * rungs()) - 1; }
  int scalars() const override { return static_cast<int>(first_of_rungs + scalars_of_rung * rungs()); }
  std::optional<EnsembleStarts> starts(const Execution&, Clock&, Observer&) override {
    if (!path_.is_given()) return {};
    return draws_of_given_reference(settings_);
  }
  void start(EnsembleShard& shard) override;
  void step(EnsembleShard& shard, std::uint64_t number) override;
  void archive(NumberArchive& numbers) override;

 private:
  using Real = Particles::Reals;
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  enum Stage { tuning, settling, sampling };
  enum RungVector : std::size_t { position, base_gradient, tilt_gradient, vectors_of_rung };
  enum RungScalar : std::size_t { base, tilt, journey, up, down, scalars_of_rung };
  static constexpr std::size_t first_of_rungs = 1;  ///< the scalar before: round trips of the replica
  enum Journey { nowhere = 0, from_density = 1, from_reference = 2 };
  /// Sums over replicas of one step, of each rung or of each pair of rungs k, k + 1.
  enum Sum : std::size_t { moves, exchanges, tilts, ups, downs, sums_of_rung };
  enum Moment : std::size_t { x_sum, x_square, g_sum, g_square, moments_of_rung };

  static AnnealingPath path_of(const Model& model, const SampleSettings& s, int width) {
    if (s.special.reference == Reference::laplace) return {model, given_reference(s), width};
    return {model, s.special.reference, width};
  }
  std::size_t rungs() const { return beta_.size(); }
  std::size_t at(Sum s, std::size_t k) const { return s * rungs() + k; }
  std::size_t at(Moment m, std::size_t k) const { return (m * rungs() + k) * dimension_; }
  bool tunes_gaussian() const { return path_.is_gaussian() && !path_.is_given(); }
  /// After the moments: Σ xᵢ xⱼ, j ≤ i, at β = 1, for a Gaussian that can be whole.
  std::size_t products() const { return moments_of_rung * rungs() * dimension_; }
  std::size_t product_count() const {
    return tunes_gaussian() && dimension_ <= most_joint ? dimension_ * (dimension_ + 1) / 2 : 0;
  }
  Real& scalar(Particles& p, RungScalar s, std::size_t k, std::size_t pack) {
    return p.pack_scalar(particle_scalars + static_cast<int>(first_of_rungs + k * scalars_of_rung + s), pack);
  }
  double* vector(Particles& p, RungVector v, std::size_t k, std::size_t pack) {
    return p.vector(static_cast<int>(k * vectors_of_rung + v), pack);
  }
  PathPlace place(Particles& p, std::size_t k, std::size_t pack) {
    return {vector(p, position, k, pack), vector(p, base_gradient, k, pack), vector(p, tilt_gradient, k, pack),
            scalar(p, base, k, pack), scalar(p, tilt, k, pack)};
  }
  bool draws_exactly(std::size_t k) const { return k + 1 == rungs() && path_.is_gaussian(); }
  double step_of(std::size_t k) const { return fixed_step_ ? *fixed_step_ : std::exp(log_step_[k]); }

  void move(Particles& p, std::size_t pack, std::uint64_t number);
  void exchange(Particles& p, std::size_t pack, std::uint64_t number);
  void travel(Particles& p, std::size_t pack);
  void collect(Particles& p, std::size_t pack);
  void choose_steps(std::uint64_t number);
  void set_sizes();
  void begin_round(std::int64_t length);
  void adapt_steps();
  void end_round(EnsembleShard& shard);
  void learn_rungs(double count);
  void learn_ladder(Particles& p, const std::vector<double>& acceptance);
  void learn_gaussian(Particles& p, double count);
  void learn_correlations(double count);
  void begin_sampling(Particles& p);
  void estimate_evidence(EnsembleShard& shard);
  void report();

  AnnealingPath path_;
  PathHmc hmc_;
  const SampleSettings& settings_;
  Tempering method_;
  std::size_t dimension_;
  std::uint64_t seed_;
  double replicas_;
  std::int64_t fixed_rungs_, fixed_warmup_;
  std::optional<double> fixed_step_;
  DualAveraging averaging_;
  BlockSums sums_{0}, moments_{0}, squares_{1};
  std::vector<double> totals_, moment_totals_;
  std::vector<std::int64_t> steps_;  ///< of the trajectories of this step
  std::vector<Metric> metrics_;      ///< of the rungs: sigma_

  // carried, the same on all shards
  Stage stage_ = tuning;
  std::int64_t round_ = 0, in_round_ = 0, round_length_ = 0, warmed_ = 0, counted_ = 0;
  std::vector<double> beta_, log_step_, averages_;  ///< averages_: states of dual averaging, [rung][7]
  std::vector<double> sigma_, centre_;              ///< [rung][d]
  std::vector<double> sum_, moment_sum_;            ///< over the steps of the second half of a round, or of sampling
  std::vector<double> offset_;                      ///< of the logarithms of ups and downs
  std::vector<double> mean_, covariance_;           ///< of the Gaussian; [d] variances, or [d][d]
};

template <class Rules>
TemperingEnsemble<Rules>::TemperingEnsemble(const Model& model, const SampleSettings& s, int width, Tempering method)
    : path_(path_of(model, s, width)),
      hmc_(path_.dimension()),
      settings_(s),
      method_(method),
      dimension_(path_.dimension()),
      seed_(s.seed),
      replicas_(static_cast<double>(s.chains)),
      fixed_rungs_(s.special.rungs.value_or(0)),
      fixed_warmup_(s.warmup.value_or(-1)),
      fixed_step_(s.step_size),
      averaging_{.target = s.target(), .gamma = 0.05 * std::clamp(std::sqrt(static_cast<double>(s.chains)), 3.0, 6.0)},
      mean_(dimension_, 0),
      covariance_(dimension_, s.init_radius > 0 ? s.init_radius * s.init_radius : 1) {
  if (s.special.length) method_.length = *s.special.length;
  beta_ = first_ladder(fixed_rungs_ > 0 ? static_cast<int>(fixed_rungs_) : method_.first_rungs);
  log_step_.assign(rungs(), -0.25 * std::log(static_cast<double>(dimension_)) - 1);
  sigma_.assign(rungs() * dimension_, 1), centre_.assign(rungs() * dimension_, 0);
  if (s.initial_metric.size() == dimension_) covariance_ = s.initial_metric;
  offset_.assign(rungs(), 0);
  set_sizes();
  facts_ = {.step_size = step_of(0), .variances = std::vector<double>(dimension_, 1)};
}

/// All that follows from the number of rungs and their scales.
template <class Rules>
void TemperingEnsemble<Rules>::set_sizes() {
  sums_ = BlockSums(sums_of_rung * rungs() + 1);
  totals_.assign(sums_of_rung * rungs() + 1, 0);
  moments_ = BlockSums(products() + product_count());
  moment_totals_.assign(products() + product_count(), 0);
  steps_.assign(rungs(), 1);
  metrics_.clear();
  for (std::size_t k = 0; k < rungs(); ++k) metrics_.push_back(Metric::diagonal({&sigma_[k * dimension_], dimension_}));
}

template <class Rules>
void TemperingEnsemble<Rules>::archive(NumberArchive& n) {
  n(stage_, round_, in_round_, round_length_, warmed_, counted_, beta_, log_step_, averages_, sigma_, centre_, sum_,
    moment_sum_, offset_, mean_, covariance_);
  LadderFacts ladder = facts_.ladder.value_or(LadderFacts{});
  double has = facts_.log_evidence.has_value(), evidence = facts_.log_evidence.value_or(0);
  n(facts_.warming, facts_.settled, facts_.step_size, facts_.variances, facts_.evidence_error, has, evidence,
    ladder.beta, ladder.acceptance, ladder.gaussian, ladder.round_trips);
  if (has != 0) facts_.log_evidence = evidence;
  if (!ladder.beta.empty()) facts_.ladder = ladder;
  if (tunes_gaussian()) path_.set_gaussian({mean_, covariance_});
  set_sizes();
}

template <class Rules>
void TemperingEnsemble<Rules>::begin_round(std::int64_t length) {
  round_length_ = length, in_round_ = 0, counted_ = 0;
  averages_.clear();
  for (std::size_t k = 0; k < rungs(); ++k) {
    const DualAveraging::State s = averaging_.start(log_step_[k], log_step_[k]);
    averages_.insert(averages_.end(),
                     {s.mu, s.count, s.error, s.log_step, s.log_step_average, s.log_step_spread, s.acceptance_average});
  }
  sum_.assign(totals_.size(), 0), moment_sum_.assign(moment_totals_.size(), 0);
}

/// Every rung starts at the replica's start; the Gaussian at the mean of the starts, as wide as they are, or as the
/// initial metric says.
template <class Rules>
void TemperingEnsemble<Rules>::start(EnsembleShard& shard) {
  Particles& p = shard.particles;
  moments_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real x = load<Real>(p.x(pack) + j * lanes);
      moments_.add(j, x, p.live(pack)), moments_.add(dimension_ + j, x * x, p.live(pack));
    }
    if (ends_block(p, pack)) moments_.end_block();
  }
  moments_.total(shard.all, moment_totals_);
  const auto m = static_cast<double>(p.shard().total);
  for (std::size_t j = 0; j < dimension_; ++j) {
    mean_[j] = moment_totals_[j] / m;
    covariance_[j] = std::max(covariance_[j], moment_totals_[dimension_ + j] / m - mean_[j] * mean_[j]);
    for (std::size_t k = 0; k < rungs(); ++k) centre_[k * dimension_ + j] = mean_[j];
  }
  if (tunes_gaussian()) path_.set_gaussian({mean_, covariance_});
  const PackVectors<Real> v{dimension_};
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (std::size_t k = 0; k < rungs(); ++k) {
      PathPlace to = place(p, k, pack);
      if (k > 0) v.copy(p.x(pack), to.x);
      path_.evaluate(to.x, to.base_gradient, to.base, to.tilt_gradient, to.tilt);
      scalar(p, journey, k, pack) = static_cast<double>(nowhere);
      scalar(p, up, k, pack) = scalar(p, down, k, pack) = 0.0;
    }
    p.pack_scalar(particle_scalars, pack) = 0.0;
    p.pack_scalar(log_p_of, pack) = scalar(p, base, 0, pack) + scalar(p, tilt, 0, pack);
  }
  begin_round(fixed_warmup_ >= 0 ? std::min(method_.first_round, fixed_warmup_) : method_.first_round);
  if (fixed_warmup_ == 0) begin_sampling(p);
}

template <class Rules>
void TemperingEnsemble<Rules>::step(EnsembleShard& shard, std::uint64_t number) {
  Particles& p = shard.particles;
  choose_steps(number);
  facts_.step_size = step_of(0);
  const bool learns = stage_ == tuning && 2 * in_round_ >= round_length_;
  sums_.begin(p.shard());
  if (learns) moments_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    move(p, pack, number);
    exchange(p, pack, number);
    travel(p, pack);
    if (learns) collect(p, pack);
    p.pack_scalar(log_p_of, pack) = scalar(p, base, 0, pack) + scalar(p, tilt, 0, pack);
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    if (!ends_block(p, pack)) continue;
    sums_.end_block();
    if (learns) moments_.end_block();
  }
  sums_.total(shard.all, totals_);
  const bool counts = learns || stage_ == sampling || (stage_ == settling && 2 * in_round_ >= round_length_);
  if (counts) {
    ++counted_;
    for (std::size_t i = 0; i < totals_.size(); ++i) sum_[i] += totals_[i];
  }
  if (learns) {
    moments_.total(shard.all, moment_totals_);
    for (std::size_t i = 0; i < moment_totals_.size(); ++i) moment_sum_[i] += moment_totals_[i];
  }
  if (stage_ == sampling) {
    estimate_evidence(shard);
    report();
    return;
  }
  ++in_round_, ++warmed_;
  adapt_steps();
  if (in_round_ >= round_length_) end_round(shard);
}

/// log Z₁/Z₀ from the sums over replicas; its variance from Σ_r (Σ_k (U_rk/Ū_k − D_rk/D̄_k))².
template <class Rules>
void TemperingEnsemble<Rules>::estimate_evidence(EnsembleShard& shard) {
  Particles& p = shard.particles;
  double log_z = 0;
  for (std::size_t k = 0; k + 1 < rungs(); ++k)
    log_z += std::log(totals_[at(ups, k)]) - std::log(totals_[at(downs, k)]) + 2 * offset_[k];
  squares_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    Real influence = 0.0;
    for (std::size_t k = 0; k + 1 < rungs(); ++k)
      influence += scalar(p, up, k, pack) * (replicas_ / totals_[at(ups, k)]) -
                   scalar(p, down, k, pack) * (replicas_ / totals_[at(downs, k)]);
    squares_.add(0, influence * influence, p.live(pack));
    if (ends_block(p, pack)) squares_.end_block();
  }
  double sum;
  squares_.total(shard.all, {&sum, 1});
  facts_.log_evidence = log_z;
  facts_.evidence_error = std::sqrt(sum / (replicas_ * std::max(replicas_ - 1, 1.0)));
}

/// The ladder as what was counted says.
template <class Rules>
void TemperingEnsemble<Rules>::report() {
  LadderFacts ladder{
      .beta = beta_, .acceptance = {}, .gaussian = path_.is_gaussian(), .round_trips = totals_[sums_of_rung * rungs()]};
  const double count = replicas_ * static_cast<double>(std::max<std::int64_t>(counted_, 1));
  for (std::size_t k = 0; k + 1 < rungs(); ++k) ladder.acceptance.push_back(sum_[at(exchanges, k)] / count);
  facts_.ladder = std::move(ladder);
}

}  // namespace thalweg

#include "thalweg/dynamics/annealing/tempering_moves.hpp"
#include "thalweg/dynamics/annealing/tempering_warmup.hpp"
