// A population of particles somewhere on a path: its moves, its weights, its resampling, what it knows of its shape.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dynamics/annealing/given_reference.hpp"
#include "thalweg/dynamics/annealing/path_hmc.hpp"
#include "thalweg/dynamics/annealing/population.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/joint_metric.hpp"

namespace thalweg {

/// How populations move, adapt and resample.
struct Annealing {
  double ess = 0.9;                    ///< share of the particles that the step to the next β leaves effective
  double length = 1.5707963267948966;  ///< of trajectories, on average, in the whitened space
  double correlation = 0.3;       ///< of a coordinate with its place before the stage, at which it has moved enough
  double stalled = 0.9;           ///< share of Σ correlation² that another move leaves when moving is given up
  int most_moves = 20;            ///< of a stage
  std::int64_t most_steps = 512;  ///< of a trajectory, on average
  std::int64_t most_stages = 5000;
  MetricKind metric = MetricKind::diagonal;  ///< a dense one, or the one that pays: up to 128 dimensions
};

/// The decisions that make it right.
struct AnnealingRules {
  /// The β of the Metropolis test at a stage's β; `before`: of the stage before.
  static double beta_of_test(double beta, double /*before*/) { return beta; }
  /// The particle whose random numbers a pack begins with.
  static std::uint64_t particle(std::uint64_t first) { return first; }
  /// What is left of a log weight when particles have been resampled by it.
  static double after_resampling(double /*log_weight*/) { return 0; }
  /// Whether weights are added to log Z before particles are resampled by them.
  static constexpr bool counts_first = true;
};

/// All particles of a shard at one β, with the numbers that all shards share.
///
/// A particle has x, ∇base, ∇tilt and its place before the stage, and base, tilt, log weight and family: families are
/// the groups of particles that follow one another in the beginning; see error_of_families.
///
/// Cost    `move`: see PathHmc; `reweigh` and `resample`: three numbers a particle to every shard, the rows of what is
///         copied to where it goes.
/// Random  steps of a trajectory from (seed, tree, 0, number), resampling from (seed, resampling, 0, stage).
template <class Rules = AnnealingRules>
class PathPopulation {
 public:
  using Real = Particles::Reals;
  static constexpr int vectors = 3, scalars = 4;

  PathPopulation(const Model& model, const SampleSettings& s, int width, const Annealing& method)
      : path_(path_of(model, s, width)),
        hmc_(path_.dimension()),
        method_(method),
        dimension_(path_.dimension()),
        seed_(s.seed),
        families_(static_cast<std::size_t>(s.superchains())),
        fixed_step_(s.step_size),
        target_(s.target()),
        moves_sums_(1 + dimension_),
        moments_(4 * dimension_),
        totals_(4 * dimension_),
        epsilon_(s.step_size.value_or(0.5 * std::pow(static_cast<double>(dimension_), -0.25))) {
    if (s.special.length) method_.length = *s.special.length;
    metric_ = Metric::diagonal(std::vector<double>(dimension_, 1)), centre_.assign(dimension_, 0),
    variances_.assign(dimension_, 1);
    scales_.assign(dimension_, 1), work_.resize(2 * dimension_);
  }

  bool is_gaussian() const { return path_.is_gaussian(); }
  double beta() const { return beta_; }
  double epsilon() const { return epsilon_; }
  const Metric& metric() const { return metric_; }
  double log_z() const { return log_z_; }
  double error() const { return error_; }  ///< of log Z
  double ess() const { return ess_; }      ///< share of the particles by their weights
  double mean_log_weight() const { return mean_; }
  double acceptance() const { return acceptance_; }  ///< of the last move
  std::int64_t gradients() const { return steps_; }  ///< of the last move
  int moves() const { return moves_; }               ///< in this stage
  double target() const { return target_; }
  bool has_fixed_step() const { return fixed_step_.has_value(); }
  /// The largest squared correlation of a coordinate with its place before the stage, and their sum.
  double largest_correlation() const { return largest_; }
  double sum_of_correlations() const { return correlations_; }

  /// Particles are at draws of the reference.
  void start(EnsembleShard& shard) {
    Particles& p = shard.particles;
    for (std::size_t pack = 0; pack < p.packs(); ++pack) {
      PathPlace at = place(p, pack);
      path_.evaluate(at.x, at.base_gradient, at.base, at.tilt_gradient, at.tilt);
      p.pack_scalar(log_weight, pack) = 0.0;
      for (int lane = 0; lane < Particles::lanes; ++lane)
        p.scalar(family, pack)[lane] = static_cast<double>(superchain_of(
            static_cast<std::int64_t>(p.number(pack)) + lane, p.shard().total, static_cast<std::int64_t>(families_)));
      note(p, pack);
    }
    beta_ = before_ = log_z_ = mean_ = 0;
    learn_shape(shard);
    begin_stage(p);
  }
  /// Step size and diagonal metric that were planned.
  void set_stage(double epsilon, std::span<const double> sigma) {
    if (!fixed_step_) epsilon_ = epsilon;
    metric_ = Metric::diagonal(sigma);
  }
  /// Of a path that is walked from its end.
  void set_beta(double beta) { beta_ = before_ = beta; }

  /// A trajectory of every particle. `looks`: compares places with those before the stage.
  void move(EnsembleShard& shard, std::uint64_t number, bool looks) {
    Particles& p = shard.particles;
    const double mean = std::clamp(std::round(method_.length / epsilon_), 1.0, static_cast<double>(method_.most_steps));
    Random<double> random(seed_, Purpose::tree, 0, number);
    steps_ = 1 + static_cast<std::int64_t>(random.below(2 * static_cast<std::uint64_t>(mean) - 1));
    moves_sums_.begin(p.shard());
    for (std::size_t pack = 0; pack < p.packs(); ++pack) {
      PathPlace at = place(p, pack);
      const PackTransition t = hmc_.move(path_, beta_, Rules::beta_of_test(beta_, before_), epsilon_, steps_, metric_,
                                         at, seed_, Rules::particle(p.number(pack)), number);
      note(p, pack);
      p.pack_scalar(acceptance_of_particle, pack) = t.acceptance;
      p.pack_scalar(diverging_of, pack) = select(t.diverging, Real(1.0), Real(0.0));
      moves_sums_.add(0, t.acceptance, p.live(pack));
      const double* const old = p.vector(before, pack);
      for (std::size_t j = 0; looks && j < dimension_; ++j)
        moves_sums_.add(1 + j, (load<Real>(old + j * lanes) - centre_[j]) * (load<Real>(at.x + j * lanes) - centre_[j]),
                        p.live(pack));
      if (ends_block(p, pack)) moves_sums_.end_block();
    }
    std::vector<double> totals(1 + dimension_);
    moves_sums_.total(shard.all, totals);
    const auto m = static_cast<double>(p.shard().total);
    acceptance_ = totals[0] / m;
    ++moves_;
    if (!looks) return;
    largest_ = correlations_ = 0;
    for (std::size_t j = 0; j < dimension_; ++j) {
      const double c = variances_[j] > 0 ? totals[1 + j] / m / variances_[j] : 0;
      largest_ = std::max(largest_, c * c);
      correlations_ += c * c;
    }
  }
  /// ε after a move of mean acceptance a: for an energy error N(s²/2, s²), a = 2Φ(−s/2), and s ∝ ε².
  void adapt_step() {
    if (fixed_step_) return;
    const double wanted = -2 * normal_quantile(0.5 * target_),
                 found = -2 * normal_quantile(0.5 * std::clamp(acceptance_, 1e-3, 0.999));
    epsilon_ = std::clamp(epsilon_ * std::exp(std::clamp(0.5 * std::log(wanted / found), -0.7, 0.7)), 1e-12, 1e6);
  }

  /// The largest step of β that leaves the share of effective particles that the method wants; 0: no particle is alive.
  double next_step_of_beta(EnsembleShard& shard) {
    read_weights(shard);
    const double delta = next_step(weights_, tilts_, 1 - beta_, method_.ess);
    return reweight(weights_, tilts_, delta).ess > 0 ? delta : 0;
  }
  /// β goes to another; log Z and weights follow. `resamples`: particles too.
  void advance(EnsembleShard& shard, double beta, bool resamples, std::uint64_t stage) {
    const double delta = beta - beta_;
    before_ = std::exchange(beta_, beta);
    read_weights(shard);
    const double added = reweight(weights_, tilts_, delta).log_mean;
    Particles& p = shard.particles;
    for (std::size_t i = 0; i < p.count(); ++i) p.scalar_of(log_weight, i) += delta * p.scalar_of(tilt, i);
    judge_weights(shard);
    if (resamples) resample(shard, stage);
    if (Rules::counts_first) {
      log_z_ += added;
    } else {
      read_weights(shard);
      log_z_ += reweight(weights_, tilts_, delta).log_mean;
    }
  }
  /// Every particle becomes a copy of one drawn by weight. Counts of what happened stay with their place, and so do
  /// vectors that the population does not know of.
  void resample(EnsembleShard& shard, std::uint64_t stage) {
    Particles& p = shard.particles;
    const std::vector<double> weights = normalised(shard.all.everyone(numbers(p, log_weight)));
    Random<double> random(seed_, Purpose::resampling, 0, stage);
    const std::vector<std::int64_t> ancestors = systematic_ancestors(weights, random.uniform());
    const std::size_t each = p.numbers_of_one();
    std::vector<double> mine(p.count() * each);
    for (std::size_t i = 0; i < p.count(); ++i) p.save(i, &mine[i * each]);
    const auto first = static_cast<std::size_t>(p.shard().first);
    const std::vector<double> rows = shard.all.fetch(mine, each, std::span(ancestors).subspan(first, p.count()));
    for (std::size_t i = 0; i < p.count(); ++i) {
      const double divergences = p.scalar_of(divergences_of, i), squares = p.scalar_of(squared_errors_of, i);
      p.restore(i, &rows[i * each]);
      p.scalar_of(divergences_of, i) = divergences, p.scalar_of(squared_errors_of, i) = squares;
      for (std::size_t v = vectors + 1; (v + 1) * dimension_ + scalars + particle_scalars <= each; ++v)
        p.write(static_cast<int>(v), i, &mine[i * each + v * dimension_]);
      p.scalar_of(log_weight, i) = Rules::after_resampling(p.scalar_of(log_weight, i));
    }
    p.fill_last_pack();
  }

  /// Mean and variance of every coordinate, and the metric, from the particles as they are: σ² = √(Var x/Var ∇log π_β),
  /// or of the covariances where that pays, see joint_metric.
  void learn_shape(EnsembleShard& shard) {
    Particles& p = shard.particles;
    const auto gradient_at = [&](std::size_t pack, std::size_t j) {
      const PathPlace at = place(p, pack);
      Real g = load<Real>(at.base_gradient + j * lanes);
      if (beta_ != 0) g = fma(beta_, load<Real>(at.tilt_gradient + j * lanes), g);
      return select(is_finite(g), g, Real(0.0));
    };
    moments_.begin(p.shard());
    for (std::size_t pack = 0; pack < p.packs(); ++pack) {
      const int live = p.live(pack);
      for (std::size_t j = 0; j < dimension_; ++j) {
        const Real x = load<Real>(p.x(pack) + j * lanes) - centre_[j], g = gradient_at(pack, j);
        moments_.add(j, x, live), moments_.add(dimension_ + j, x * x, live);
        moments_.add(2 * dimension_ + j, g, live), moments_.add(3 * dimension_ + j, g * g, live);
      }
      if (ends_block(p, pack)) moments_.end_block();
    }
    moments_.total(shard.all, totals_);
    const auto m = static_cast<double>(p.shard().total);
    std::vector<double> sigma(dimension_), gradient_means(dimension_), gradient_variances(dimension_);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const auto mean = [&](std::size_t k) { return totals_[k * dimension_ + j] / m; };
      variances_[j] = mean(1) - mean(0) * mean(0);
      centre_[j] += mean(0);
      gradient_means[j] = mean(2), gradient_variances[j] = mean(3) - mean(2) * mean(2);
      const double square = std::sqrt(variances_[j] / gradient_variances[j]);
      sigma[j] = square > 1e-300 && square < 1e300 ? std::sqrt(square) : scales_[j];
    }
    scales_ = sigma;
    metric_ = Metric::diagonal(sigma);
    if (method_.metric == MetricKind::diagonal) return;
    const auto learned =
        joint_metric(p, shard.all, gradient_at, {centre_, variances_, gradient_means, gradient_variances},
                     method_.metric, metric_, work(0), work(1));
    if (learned) metric_ = *learned;
  }
  /// Places from here on are compared with those of now.
  void begin_stage(Particles& p) {
    const PackVectors<Real> v{dimension_};
    for (std::size_t pack = 0; pack < p.packs(); ++pack) v.copy(p.x(pack), p.vector(before, pack));
    moves_ = 0;
    largest_ = 1, correlations_ = static_cast<double>(dimension_);
  }

  void archive(NumberArchive& n) {
    n(beta_, before_, epsilon_, log_z_, error_, ess_, mean_, acceptance_, steps_, moves_, largest_, correlations_);
    auto kind = metric_.kind();
    std::vector<double> numbers = metric_.numbers();
    n(kind, numbers, scales_, centre_, variances_);
    metric_ = Metric::restore(kind, dimension_, numbers);
  }

 private:
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  enum Vector : int { position, base_gradient, tilt_gradient, before };
  enum Scalar : int { base = particle_scalars, tilt, log_weight, family };

  static AnnealingPath path_of(const Model& model, const SampleSettings& s, int width) {
    if (s.special.reference == Reference::laplace) return AnnealingPath(model, given_reference(s), width);
    const std::string reason = reason_against_prior(model);
    if (!reason.empty())
      fail(
          "log Z is undefined: {}\n  try --reference laplace: the path then begins at a Gaussian, and log Z is that of "
          "the density as it is written",
          reason);
    return AnnealingPath(model, Reference::prior, width);
  }
  PathPlace place(Particles& p, std::size_t pack) {
    return {p.x(pack), p.vector(base_gradient, pack), p.vector(tilt_gradient, pack), p.pack_scalar(base, pack),
            p.pack_scalar(tilt, pack)};
  }
  void note(Particles& p, std::size_t pack) {
    p.pack_scalar(log_p_of, pack) = p.pack_scalar(base, pack) + p.pack_scalar(tilt, pack);
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
  }
  std::vector<double> numbers(Particles& p, int scalar) {
    std::vector<double> mine(p.count());
    for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = p.scalar_of(scalar, i);
    return mine;
  }
  void read_weights(EnsembleShard& shard) {
    weights_ = normalised(shard.all.everyone(numbers(shard.particles, log_weight)));
    tilts_ = shard.all.everyone(numbers(shard.particles, tilt));
  }
  /// What the log weights of now say.
  void judge_weights(EnsembleShard& shard) {
    const std::vector<double> logs = shard.all.everyone(numbers(shard.particles, log_weight)),
                              of = shard.all.everyone(numbers(shard.particles, family)), weights = normalised(logs);
    std::vector<double> shares(families_, 0);
    mean_ = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      shares[static_cast<std::size_t>(of[i])] += weights[i];
      mean_ += logs[i] / static_cast<double>(logs.size());
    }
    ess_ = effective_size(weights) / static_cast<double>(weights.size());
    error_ = error_of_families(shares);
  }

  double* work(std::size_t k) { return reinterpret_cast<double*>(work_.data() + k * dimension_); }

  AnnealingPath path_;
  PathHmc hmc_;
  Annealing method_;
  std::size_t dimension_;
  std::uint64_t seed_;
  std::size_t families_;
  std::optional<double> fixed_step_;
  double target_;
  BlockSums moves_sums_, moments_;
  std::vector<double> totals_, weights_, tilts_;
  std::vector<Real> work_;

  // carried, the same on all shards
  double beta_ = 0, before_ = 0, epsilon_, log_z_ = 0, error_ = 0, ess_ = 1, mean_ = 0, acceptance_ = 0;
  std::int64_t steps_ = 0;
  int moves_ = 0;
  double largest_ = 1, correlations_ = 1;
  Metric metric_;
  std::vector<double> scales_, centre_, variances_;  ///< scales_: of the diagonal metric
};

}  // namespace thalweg
