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
#include "thalweg/dynamics/annealing/ladder.hpp"
#include "thalweg/dynamics/annealing/path_hmc.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"

namespace thalweg {

/// Each replica has a place on every rung β₀ = 1 > β₁ > … > β_{L−1} = 0 of a path π_β ∝ exp(base + β tilt), see
/// AnnealingPath. A step moves every rung by a Hamiltonian trajectory that leaves its π_β as it is; at a Gaussian
/// reference by an exact draw. Then rungs k and k + 1 exchange their places with probability
///   min(1, exp((β_k − β_{k+1}) (tilt_{k+1} − tilt_k))),
/// for even k in even steps, for odd k in odd ones: a place that goes up keeps going. The place at β = 1 is the draw.
///
/// Warm-up: rounds of doubling lengths. In each the step size of every rung follows its acceptance; at its end the
/// metric σ² = √(Var x/Var g) of every rung, the ladder (next_ladder) and the Gaussian, if there is one, are learned
/// from its second half, over all replicas. When the ladder stays and replicas travel it, a last round sets the step
/// sizes. Then nothing adapts.
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

  std::size_t rungs() const { return beta_.size(); }
  std::size_t at(Sum s, std::size_t k) const { return s * rungs() + k; }
  std::size_t at(Moment m, std::size_t k) const { return (m * rungs() + k) * dimension_; }
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
  void begin_sampling(Particles& p);
  void estimate_evidence(EnsembleShard& shard);
  void report();

  AnnealingPath path_;
  PathHmc hmc_;
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

  // carried, the same on all shards
  Stage stage_ = tuning;
  std::int64_t round_ = 0, in_round_ = 0, round_length_ = 0, warmed_ = 0, counted_ = 0;
  std::vector<double> beta_, log_step_, averages_;  ///< averages_: states of dual averaging, [rung][7]
  std::vector<double> sigma_, centre_;              ///< [rung][d]
  std::vector<double> sum_, moment_sum_;            ///< over the steps of the second half of a round, or of sampling
  std::vector<double> offset_;                      ///< of the logarithms of ups and downs
  std::vector<double> mean_, sd_;                   ///< of the Gaussian
};

template <class Rules>
TemperingEnsemble<Rules>::TemperingEnsemble(const Model& model, const SampleSettings& s, int width, Tempering method)
    : path_(model, s.special.reference, width),
      hmc_(path_.dimension()),
      method_(method),
      dimension_(path_.dimension()),
      seed_(s.seed),
      replicas_(static_cast<double>(s.chains)),
      fixed_rungs_(s.special.rungs.value_or(0)),
      fixed_warmup_(s.warmup.value_or(-1)),
      fixed_step_(s.step_size),
      averaging_{.target = s.target(), .gamma = 0.05 * std::clamp(std::sqrt(static_cast<double>(s.chains)), 3.0, 6.0)},
      mean_(dimension_, 0),
      sd_(dimension_, s.init_radius > 0 ? s.init_radius : 1) {
  if (s.special.length) method_.length = *s.special.length;
  beta_ = first_ladder(fixed_rungs_ > 0 ? static_cast<int>(fixed_rungs_) : method_.first_rungs);
  log_step_.assign(rungs(), -0.25 * std::log(static_cast<double>(dimension_)) - 1);
  sigma_.assign(rungs() * dimension_, 1), centre_.assign(rungs() * dimension_, 0);
  if (s.initial_metric.size() == dimension_)
    for (std::size_t j = 0; j < dimension_; ++j) sd_[j] = std::sqrt(s.initial_metric[j]);
  offset_.assign(rungs(), 0);
  set_sizes();
  facts_ = {.step_size = step_of(0), .variances = std::vector<double>(dimension_, 1)};
}

/// All that follows from the number of rungs.
template <class Rules>
void TemperingEnsemble<Rules>::set_sizes() {
  sums_ = BlockSums(sums_of_rung * rungs() + 1);
  totals_.assign(sums_of_rung * rungs() + 1, 0);
  moments_ = BlockSums(moments_of_rung * rungs() * dimension_);
  moment_totals_.assign(moments_of_rung * rungs() * dimension_, 0);
  steps_.assign(rungs(), 1);
}

template <class Rules>
void TemperingEnsemble<Rules>::archive(NumberArchive& n) {
  n(stage_, round_, in_round_, round_length_, warmed_, counted_, beta_, log_step_, averages_, sigma_, centre_, sum_,
    moment_sum_, offset_, mean_, sd_);
  LadderFacts ladder = facts_.ladder.value_or(LadderFacts{});
  double has = facts_.log_evidence.has_value(), evidence = facts_.log_evidence.value_or(0);
  n(facts_.warming, facts_.settled, facts_.step_size, facts_.variances, facts_.evidence_error, has, evidence,
    ladder.beta, ladder.acceptance, ladder.gaussian, ladder.round_trips);
  if (has != 0) facts_.log_evidence = evidence;
  if (!ladder.beta.empty()) facts_.ladder = ladder;
  if (path_.is_gaussian()) path_.set_gaussian(mean_, sd_);
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
    sd_[j] = std::max(sd_[j], std::sqrt(std::max(moment_totals_[dimension_ + j] / m - mean_[j] * mean_[j], 0.0)));
    for (std::size_t k = 0; k < rungs(); ++k) centre_[k * dimension_ + j] = mean_[j];
  }
  if (path_.is_gaussian()) path_.set_gaussian(mean_, sd_);
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

/// Uniform on 1 … 2n − 1, n = length/ε: one number a rung for all replicas.
template <class Rules>
void TemperingEnsemble<Rules>::choose_steps(std::uint64_t number) {
  facts_.gradients = 0;
  for (std::size_t k = 0; k < rungs(); ++k) {
    const double n = std::clamp(std::round(method_.length / step_of(k)), 1.0, static_cast<double>(method_.most_steps));
    Random<double> random(seed_, Purpose::tree, k, number);
    steps_[k] =
        draws_exactly(k) ? 1 : 1 + static_cast<std::int64_t>(random.below(2 * static_cast<std::uint64_t>(n) - 1));
    facts_.gradients += steps_[k];
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::move(Particles& p, std::size_t pack, std::uint64_t number) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k < rungs(); ++k) {
    const std::uint64_t time = number * static_cast<std::uint64_t>(most_rungs) + k;
    PathPlace at_rung = place(p, k, pack);
    if (draws_exactly(k)) {
      path_.draw_gaussian(seed_, p.number(pack), time, at_rung.x);
      path_.evaluate(at_rung.x, at_rung.base_gradient, at_rung.base, at_rung.tilt_gradient, at_rung.tilt);
      sums_.add(at(moves, k), Real(1.0), live);
      continue;
    }
    const PackTransition t = hmc_.move(path_, beta_[k], Rules::beta_of_test(beta_[k]), step_of(k), steps_[k],
                                       &sigma_[k * dimension_], at_rung, seed_, p.number(pack), time);
    sums_.add(at(moves, k), t.acceptance, live);
    if (k > 0) continue;
    p.pack_scalar(acceptance_of_particle, pack) = t.acceptance;
    p.pack_scalar(diverging_of, pack) = select(t.diverging, Real(1.0), Real(0.0));
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::exchange(Particles& p, std::size_t pack, std::uint64_t number) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k + 1 < rungs(); ++k) {  // all pairs as they are before any exchange
    const Real cold = scalar(p, tilt, k, pack), hot = scalar(p, tilt, k + 1, pack);
    const Real ratio = Rules::template exchange<Real>(beta_[k], beta_[k + 1], cold, hot);
    sums_.add(at(exchanges, k), select(ratio == ratio, exp(min(ratio, Real(0.0))), Real(0.0)), live);
    sums_.add(at(tilts, k), cold, live);
    if (stage_ != sampling) continue;
    const double half = 0.5 * (beta_[k] - beta_[k + 1]);
    const auto weight = [](const Real& log_weight) { return exp(max(min(log_weight, Real(600.0)), Real(-700.0))); };
    Real &ups_of_replica = scalar(p, up, k, pack), &downs_of_replica = scalar(p, down, k, pack);
    ups_of_replica += weight(half * hot - offset_[k]);
    downs_of_replica += weight(offset_[k] - half * cold);
    sums_.add(at(ups, k), ups_of_replica, live), sums_.add(at(downs, k), downs_of_replica, live);
  }
  for (std::size_t k = number % 2; k + 1 < rungs(); k += 2) {
    PathPlace cold = place(p, k, pack), hot = place(p, k + 1, pack);
    const Real ratio = Rules::template exchange<Real>(beta_[k], beta_[k + 1], cold.tilt, hot.tilt);
    Random<Real> random(seed_, Purpose::permutation, p.number(pack),
                        number * static_cast<std::uint64_t>(most_rungs) + k);
    const auto taken = random.uniform() < exp(min(ratio, Real(0.0)));  // false for NaN
    if (!any(taken)) continue;
    const auto swap = [&](Real& a, Real& b) {
      const Real old = a;
      a = select(taken, b, a), b = select(taken, old, b);
    };
    const auto swap_vectors = [&](double* a, double* b) {
      for (std::size_t j = 0; j < dimension_; ++j) {
        Real one = load<Real>(a + j * lanes), other = load<Real>(b + j * lanes);
        swap(one, other);
        store(a + j * lanes, one), store(b + j * lanes, other);
      }
    };
    swap_vectors(cold.x, hot.x), swap_vectors(cold.base_gradient, hot.base_gradient);
    swap_vectors(cold.tilt_gradient, hot.tilt_gradient);
    swap(cold.base, hot.base), swap(cold.tilt, hot.tilt);
    swap(scalar(p, journey, k, pack), scalar(p, journey, k + 1, pack));
  }
}

/// Counts what has come back to the density from the reference.
template <class Rules>
void TemperingEnsemble<Rules>::travel(Particles& p, std::size_t pack) {
  const Real here = static_cast<double>(from_density), there = static_cast<double>(from_reference);
  Real &first = scalar(p, journey, 0, pack), &last = scalar(p, journey, rungs() - 1, pack);
  p.pack_scalar(particle_scalars, pack) += select(first == there, Real(1.0), Real(0.0));
  first = here;
  last = select(last == here, there, last);
  sums_.add(sums_of_rung * rungs(), p.pack_scalar(particle_scalars, pack), p.live(pack));
}

/// Sums for the metric of every rung.
template <class Rules>
void TemperingEnsemble<Rules>::collect(Particles& p, std::size_t pack) {
  const int live = p.live(pack);
  for (std::size_t k = 0; k < rungs(); ++k) {
    const PathPlace at_rung = place(p, k, pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real x = load<Real>(at_rung.x + j * lanes) - centre_[k * dimension_ + j];
      Real g = load<Real>(at_rung.base_gradient + j * lanes);
      if (beta_[k] != 0) g = fma(beta_[k], load<Real>(at_rung.tilt_gradient + j * lanes), g);
      moments_.add(at(x_sum, k) + j, x, live), moments_.add(at(x_square, k) + j, x * x, live);
      moments_.add(at(g_sum, k) + j, g, live), moments_.add(at(g_square, k) + j, g * g, live);
    }
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::adapt_steps() {
  for (std::size_t k = 0; k < rungs(); ++k) {
    double* const a = &averages_[7 * k];
    DualAveraging::State s{a[0], a[1], a[2], a[3], a[4], a[5], a[6]};
    averaging_.step(s, totals_[at(moves, k)] / replicas_);
    a[1] = s.count, a[2] = s.error, a[3] = s.log_step, a[4] = s.log_step_average, a[5] = s.log_step_spread;
    a[6] = s.acceptance_average;
    if (!draws_exactly(k)) log_step_[k] = std::clamp(s.log_step, -300.0, 300.0);
  }
}

template <class Rules>
void TemperingEnsemble<Rules>::end_round(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const double count = replicas_ * static_cast<double>(counted_);
  for (std::size_t k = 0; k < rungs(); ++k) {
    if (!draws_exactly(k)) log_step_[k] = averages_[7 * k + 4];
    const bool moves_nowhere =
        averages_[7 * k + 6] < 0.01 || step_of(k) * static_cast<double>(method_.most_steps) < 0.01 * method_.length;
    if (stage_ == settling && moves_nowhere && !fixed_step_ && !draws_exactly(k)) {
      facts_.failure = fmt::format(
          "at beta = {:.3g} no step size is both accepted and long enough to go anywhere: is the gradient that of log "
          "p?",
          beta_[k]);
      return;
    }
  }
  if (path_.is_gaussian()) log_step_.back() = log_step_[rungs() - 2];  // only for rungs to come between
  if (stage_ == settling) return begin_sampling(p);
  std::vector<double> acceptance;
  for (std::size_t k = 0; k + 1 < rungs(); ++k) acceptance.push_back(sum_[at(exchanges, k)] / count);
  const double trips = totals_[sums_of_rung * rungs()];  // of this round
  const std::size_t before = rungs();
  learn_rungs(count);
  if (path_.is_gaussian()) learn_gaussian(p, count);
  learn_ladder(p, acceptance);
  ++round_;
  const auto moved = static_cast<double>(std::max(rungs(), before) - std::min(rungs(), before));
  const bool connected = *std::min_element(acceptance.begin(), acceptance.end()) > 0.1;
  const bool calm = round_ >= 3 && connected && trips >= replicas_ && moved <= 1 + 0.15 * static_cast<double>(before);
  const std::int64_t next = 2 * round_length_, left = fixed_warmup_ - warmed_,
                     last = fixed_warmup_ < 0 ? method_.last_round : std::min(method_.last_round, fixed_warmup_ / 3);
  const bool over = fixed_warmup_ < 0 ? calm || round_ >= method_.most_rounds : left <= last;
  if (!over) {
    begin_round(fixed_warmup_ < 0 ? next : left - last < 2 * next ? left - last : next);
    return;
  }
  facts_.settled = calm;
  begin_round(fixed_warmup_ < 0 ? last : left);
  stage_ = settling;
  if (round_length_ == 0) begin_sampling(p);
}

/// The metric of every rung, from the second half of a round.
template <class Rules>
void TemperingEnsemble<Rules>::learn_rungs(double count) {
  for (std::size_t k = 0; k < rungs(); ++k)
    for (std::size_t j = 0; j < dimension_; ++j) {
      const auto mean = [&](Moment m) { return moment_sum_[at(m, k) + j] / count; };
      const double x = mean(x_square) - mean(x_sum) * mean(x_sum), g = mean(g_square) - mean(g_sum) * mean(g_sum);
      centre_[k * dimension_ + j] += mean(x_sum);
      const double square = std::sqrt(x / g);
      if (square > 1e-300 && square < 1e300) sigma_[k * dimension_ + j] = std::sqrt(square);
    }
  for (std::size_t j = 0; j < dimension_; ++j) facts_.variances[j] = sigma_[j] * sigma_[j];
}

/// The Gaussian takes mean and variance of the density; what is known of every place is told apart anew.
template <class Rules>
void TemperingEnsemble<Rules>::learn_gaussian(Particles& p, double count) {
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double shift = moment_sum_[at(x_sum, 0) + j] / count,
                 variance = moment_sum_[at(x_square, 0) + j] / count - shift * shift;
    mean_[j] = centre_[j];
    if (variance > 1e-300 && variance < 1e300) sd_[j] = std::sqrt(variance);
  }
  path_.set_gaussian(mean_, sd_);
  for (std::size_t pack = 0; pack < p.packs(); ++pack)
    for (std::size_t k = 0; k < rungs(); ++k) {
      PathPlace at_rung = place(p, k, pack);
      path_.evaluate(at_rung.x, at_rung.base_gradient, at_rung.base, at_rung.tilt_gradient, at_rung.tilt);
    }
}

/// New rungs take what the old ones beside them have: metric and step size from between, the place of the nearest; one
/// at β > 0 no place of β = 0, where the tilt may be −∞.
template <class Rules>
void TemperingEnsemble<Rules>::learn_ladder(Particles& p, const std::vector<double>& acceptance) {
  const int most = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(most_rungs), 2 * rungs() + 2));
  const NextLadder next = next_ladder(beta_, acceptance, static_cast<int>(fixed_rungs_), most);
  const std::size_t old = rungs(), now = next.beta.size();
  std::vector<int> vectors, scalars;
  for (int s = 0; s < particle_scalars + static_cast<int>(first_of_rungs); ++s) scalars.push_back(s);
  std::vector<double> log_step(now), sigma(now * dimension_), centre(now * dimension_);
  for (std::size_t k = 0; k < now; ++k) {
    const auto low = std::min(static_cast<std::size_t>(next.place[k]), old - 2);
    const double share = next.place[k] - static_cast<double>(low);
    const auto between = [&](double a, double b) { return a + share * (b - a); };
    std::size_t nearest = low + (share > 0.5);
    if (k + 1 < now) nearest = std::min(nearest, old - 2);
    for (std::size_t v = 0; v < vectors_of_rung; ++v)
      vectors.push_back(static_cast<int>(nearest * vectors_of_rung + v));
    for (std::size_t s = 0; s < scalars_of_rung; ++s)
      scalars.push_back(particle_scalars + static_cast<int>(first_of_rungs + nearest * scalars_of_rung + s));
    log_step[k] = between(log_step_[low], log_step_[low + 1]);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const std::size_t to = k * dimension_ + j, a = low * dimension_ + j, b = a + dimension_;
      sigma[to] = std::exp(between(std::log(sigma_[a]), std::log(sigma_[b])));
      centre[to] = between(centre_[a], centre_[b]);
    }
  }
  p.rearrange(vectors, scalars);
  beta_ = next.beta, log_step_ = std::move(log_step), sigma_ = std::move(sigma), centre_ = std::move(centre);
  offset_.assign(now, 0);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) p.pack_scalar(particle_scalars, pack) = 0.0;
  set_sizes();
}

template <class Rules>
void TemperingEnsemble<Rules>::begin_sampling(Particles& p) {
  const double count = replicas_ * static_cast<double>(std::max<std::int64_t>(counted_, 1));
  for (std::size_t k = 0; k + 1 < rungs(); ++k) {
    const double cold = sum_[at(tilts, k)], hot = k + 2 < rungs() ? sum_[at(tilts, k + 1)] : cold;
    const double middle = 0.25 * (beta_[k] - beta_[k + 1]) * (cold + hot) / count;
    offset_[k] = std::isfinite(middle) ? middle : 0;
  }
  stage_ = sampling;
  report();
  facts_.remark = fmt::format("ladder of {} rungs, beta {:.3g}; acceptance of swaps {:.2f}; {}", rungs(),
                              fmt::join(beta_, " "), fmt::join(facts_.ladder->acceptance, " "),
                              path_.is_gaussian() ? "from a Gaussian" : "from the prior");
  counted_ = 0;
  sum_.assign(totals_.size(), 0);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (std::size_t k = 0; k < rungs(); ++k) scalar(p, up, k, pack) = scalar(p, down, k, pack) = 0.0;
    p.pack_scalar(particle_scalars, pack) = 0.0;
  }
  facts_.warming = false;
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
