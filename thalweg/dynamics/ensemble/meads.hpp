// MEADS: generalised Hamiltonian Monte Carlo whose folds of particles tune each other.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/isokinetic_pack.hpp"
#include "thalweg/dynamics/ensemble/leapfrog_pack.hpp"
#include "thalweg/dynamics/ensemble/moments.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"

namespace thalweg {

/// Four folds; at iteration t = 0, 1, … fold t mod 4 stands still, and each other fold k moves by what fold k − 1 says
/// where it stands now: σ its standard deviations, λ_g and λ_x the largest eigenvalues of the second moments S of σ∘g
/// and of (x − mean)/σ,
///   ε = r min(1, ½/√λ_g),  γ = max(1/√λ_x, 1/((t + 1) ε)),  α = 1 − exp(−2εγ),  δ = α/2.
/// A particle carries a momentum p, N(0, I) in the whitened space, and v, uniform on (−1, 1):
///   p ← √(1 − α) p + √α z;   v ← ((v + 1 + δ) mod 2) − 1;
///   one leapfrog step (x′, p′), W = H′ − H:  taken, with v ← v exp(W), if log|v| ≤ −W;  otherwise p ← −p.
/// A fold's parameters never depend on itself, and the standing fold breaks the cycle: p(x) for all particles at once
/// is invariant from the first iteration on. Only r, 1 but for densities on which the rule fails, is learned from all,
/// in warm-up: halved after a sweep with a mean acceptance below ½, raised above 0.8.
///
/// λ = tr S²/tr S, of which tr S² = E (y·y′)² takes the pairs inside of blocks of 32 particles for all pairs: its
/// expectation is that of all, at a cost that does not grow with the ensemble. Blocks are dealt to folds anew, at
/// random, after each sweep of four iterations: a step of the driver.
///
/// Warm-up ends, after `least_sweeps` at least, when Σ ε is `own_times`·√λ_x and the moments are calm (Calm).
///
/// Units   ε and 1/γ are times in the whitened space: dimensionless.
/// Cost    3 gradients a sweep, and 4·64·d operations.
/// Errors  a lane whose W is not finite, or beyond `divergence`, is rejected and counts as diverging. A failure ends
///         the run when no step size works.
/// Random  momentum, v (acceptance) and noise of (seed, particle, iteration); permutation of (seed, 0, sweep).
/// Source  Hoffman & Sountsov (2022), AISTATS, PMLR 151, 7799–7813; v: Neal (2020), arXiv 2001.11950.
struct Meads {
  Calm calm;
  double own_times = 10;  ///< that warm-up takes at least, in units of √λ_x: its last tenth is one
  std::int64_t least_sweeps = 50, most_sweeps = 1000;  ///< of warm-up
  double divergence = 1000;                            ///< nats
};

inline constexpr Card meads_card{
    .name = "meads",
    .purpose = "underdamped Langevin dynamics with a Metropolis test, of an ensemble whose four folds tune each other",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact: no fold learns from itself; its warm-up only forgets the start",
    .cost = "3 gradients a draw",
    .source = "Hoffman & Sountsov (2022), PMLR 151, 7799-7813",
};

/// The decisions that make it right.
struct MeadsRules {
  /// W from kinetic energies and log p before and after.
  template <class Real>
  static Real change(const Real& kinetic, const Real& new_kinetic, const Real& log_p, const Real& new_log_p) {
    return (new_kinetic - kinetic) - (new_log_p - log_p);
  }
  /// What a rejection does to the momentum.
  template <class Real>
  static Real after_rejection(const Real& p) {
    return -p;
  }
};

template <class Rules = MeadsRules>
class MeadsEnsemble final : public EnsembleMethod {
 public:
  MeadsEnsemble(const Model& model, const SampleSettings& settings, int width, Meads method = {});
  int vectors() const override { return 2; }
  int scalars() const override { return 1; }
  void start(EnsembleShard& shard) override;
  void step(EnsembleShard& shard, std::uint64_t number) override;
  void archive(NumberArchive& numbers) override;

 private:
  using Real = Particles::Reals;
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes), folds = 4,
                               block = static_cast<std::size_t>(block_particles);
  enum Vector { position, gradient, momentum };
  static constexpr int slice = particle_scalars;  ///< v
  /// Σ over particles |y|² and |y|⁴, over pairs (y·y′)², and how many pairs
  enum Quantity { squares, fourths, products, pairs, quantities };
  struct Fold {
    double particles = 0, step_size = 1, alpha = 1;
    std::vector<double> mean, sigma;
  };

  void deal(std::uint64_t sweep, std::int64_t particles);
  std::size_t fold_of(const Particles& p, std::size_t pack) const {
    return fold_of_block_[static_cast<std::size_t>(p.shard().first_block()) + pack / packs_of_block];
  }
  void measure_moments(EnsembleShard& shard);
  void measure_eigenvalues(EnsembleShard& shard, std::uint64_t iteration);
  void add_pairs(const double* y, int live, double* sums);
  void move(EnsembleShard& shard, std::uint64_t iteration);
  void follow(EnsembleShard& shard);
  double* scratch(int k) {
    return reinterpret_cast<double*>(scratch_.data() + static_cast<std::size_t>(k) * dimension_);
  }

  PackDensity density_;
  Meads method_;
  std::size_t dimension_;
  std::uint64_t seed_;
  std::int64_t fixed_steps_;
  double fixed_step_size_;  ///< 0: none
  std::vector<Real> scratch_;
  std::vector<double> of_block_;  ///< [d][block], standardised
  std::vector<double> block_sums_, totals_, variances_;
  std::vector<std::size_t> order_, fold_of_block_;
  std::array<Fold, folds> folds_;
  BlockSums sums_, outcomes_;

  // carried, the same on all shards
  double reduction_ = 1;            ///< r
  double time_ = 0, own_time_ = 1;  ///< Σ ε, and the largest √λ_x
  std::int64_t sweeps_ = 0;
  std::vector<double> centre_;
  EnsembleMoments moments_;
};

template <class Rules>
MeadsEnsemble<Rules>::MeadsEnsemble(const Model& model, const SampleSettings& s, int width, Meads method)
    : density_(model, whole_density, width, s.special.temperature),
      method_(method),
      dimension_(static_cast<std::size_t>(model.dimension())),
      seed_(s.seed),
      fixed_steps_(s.warmup.value_or(-1)),
      fixed_step_size_(s.step_size.value_or(0)),
      scratch_(4 * dimension_),
      of_block_(dimension_ * block),
      totals_(folds * (2 * dimension_ + 1)),
      variances_(dimension_),
      sums_(folds * (2 * dimension_ + 1)),
      outcomes_(1),
      centre_(dimension_),
      moments_(dimension_) {
  require(!s.target_acceptance,
          "meads takes its step size from the shape of the ensemble: it has no target acceptance; give a step size, or "
          "take method chees");
  for (Fold& f : folds_) f.mean.resize(dimension_), f.sigma.assign(dimension_, 1);
  facts_ = {.warming = fixed_steps_ != 0, .gradients = 3, .variances = std::vector<double>(dimension_, 1)};
}

template <class Rules>
void MeadsEnsemble<Rules>::archive(NumberArchive& numbers) {
  numbers(reduction_, time_, own_time_, sweeps_, centre_);
  moments_.archive(numbers);
  numbers(facts_.warming, facts_.settled, facts_.step_size, facts_.variances);
}

template <class Rules>
void MeadsEnsemble<Rules>::start(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    density_.evaluate(p.x(pack), p.vector(gradient, pack), p.scalar(log_p_of, pack));
    v.fill_normals(seed_, Purpose::momentum, p.number(pack), 0, p.vector(momentum, pack));
    Random<Real> random(seed_, Purpose::acceptance, p.number(pack), 0);
    p.pack_scalar(slice, pack) = 2.0 * random.uniform() - 1.0;
  }
}

/// Which block is in which fold during a sweep: a random permutation of the whole blocks, dealt in turn; a last one
/// that is not whole comes after them, so that no fold is without a whole one.
template <class Rules>
void MeadsEnsemble<Rules>::deal(std::uint64_t sweep, std::int64_t particles) {
  order_.resize(static_cast<std::size_t>((particles + block_particles - 1) / block_particles));
  fold_of_block_.resize(order_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  Random<double> random(seed_, Purpose::permutation, 0, sweep);
  for (auto k = static_cast<std::size_t>(particles / block_particles); k-- > 1;)
    std::swap(order_[k], order_[random.below(k + 1)]);
  for (std::size_t k = 0; k < order_.size(); ++k) fold_of_block_[order_[k]] = k % folds;
}

template <class Rules>
void MeadsEnsemble<Rules>::step(EnsembleShard& shard, std::uint64_t number) {
  Particles& p = shard.particles;
  deal(number, p.shard().total);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) p.pack_scalar(acceptance_of_particle, pack) = 0.0;
  for (std::uint64_t k = 0; k < folds; ++k) {
    const std::uint64_t iteration = folds * number + k;
    measure_moments(shard);
    measure_eigenvalues(shard, iteration);
    move(shard, iteration);
  }
  facts_.step_size = 1;
  for (const Fold& f : folds_) facts_.step_size *= std::sqrt(std::sqrt(f.step_size));
  if (fixed_step_size_ > 0) facts_.step_size = fixed_step_size_;
  if (facts_.warming) follow(shard);
}

/// Mean and standard deviation of each fold, and of all.
template <class Rules>
void MeadsEnsemble<Rules>::measure_moments(EnsembleShard& shard) {
  Particles& p = shard.particles;
  sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    const std::size_t at = fold_of(p, pack) * (2 * dimension_ + 1);
    const int live = p.live(pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real a = load<Real>(p.x(pack) + j * lanes) - centre_[j];
      sums_.add(at + j, a, live);
      sums_.add(at + dimension_ + j, a * a, live);
    }
    sums_.add(at + 2 * dimension_, Real(1.0), live);
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    double sum = 0, square = 0;
    for (std::size_t k = 0; k < folds; ++k) {
      Fold& f = folds_[k];
      const double* const sums = &totals_[k * (2 * dimension_ + 1)];
      f.particles = sums[2 * dimension_];
      const double shift = sums[j] / f.particles, variance = sums[dimension_ + j] / f.particles - shift * shift;
      f.mean[j] = centre_[j] + shift;
      f.sigma[j] = variance > 1e-300 && variance < 1e300 ? std::sqrt(variance) : 1;
      sum += sums[j], square += sums[dimension_ + j];
    }
    const auto m = static_cast<double>(p.shard().total);
    centre_[j] += sum / m;
    variances_[j] = square / m - (sum / m) * (sum / m);
    if (variances_[j] > 0) facts_.variances[j] = variances_[j];
  }
}

/// λ_g and λ_x of each fold, and from them ε and α of the next.
template <class Rules>
void MeadsEnsemble<Rules>::measure_eigenvalues(EnsembleShard& shard, std::uint64_t iteration) {
  constexpr std::size_t each = 2 * quantities;  // of g, then of x
  Particles& p = shard.particles;
  block_sums_.assign(static_cast<std::size_t>(p.shard().blocks()) * folds * each, 0);
  for (std::size_t b = 0; b < static_cast<std::size_t>(p.shard().blocks()); ++b) {
    const std::size_t first = b * packs_of_block, end = std::min(first + packs_of_block, p.packs());
    const std::size_t fold = fold_of(p, first);
    const Fold& f = folds_[fold];
    const int live = static_cast<int>(std::min(block, p.count() - b * block));
    double* const sums = &block_sums_[(b * folds + fold) * each];
    for (std::size_t j = 0; j < dimension_; ++j)
      for (std::size_t pack = first; pack < end; ++pack)
        store(&of_block_[j * block + (pack - first) * lanes],
              f.sigma[j] * load<Real>(p.vector(gradient, pack) + j * lanes));
    add_pairs(of_block_.data(), live, sums);
    for (std::size_t j = 0; j < dimension_; ++j)
      for (std::size_t pack = first; pack < end; ++pack)
        store(&of_block_[j * block + (pack - first) * lanes],
              (1 / f.sigma[j]) * (load<Real>(p.x(pack) + j * lanes) - f.mean[j]));
    add_pairs(of_block_.data(), live, sums + quantities);
  }
  std::array<double, folds * each> totals;
  shard.all.sum_blocks(block_sums_, totals);
  std::array<double, folds> largest_g, largest_x;
  for (std::size_t k = 0; k < folds; ++k) {
    const auto largest = [&](const double* s) {
      const double m = folds_[k].particles, pair = s[pairs] > 0 ? s[products] / s[pairs] : 0;
      return (s[fourths] / m + (m - 1) * pair) / s[squares];  // NaN where all y = 0
    };
    largest_g[k] = largest(&totals[k * each]);
    largest_x[k] = largest(&totals[k * each + quantities]);
  }
  own_time_ = std::sqrt(std::max(1.0, *std::max_element(largest_x.begin(), largest_x.end())));  // NaN compares false
  for (std::size_t k = 0; k < folds; ++k) {
    Fold& f = folds_[k];
    const double g = largest_g[(k + folds - 1) % folds], x = largest_x[(k + folds - 1) % folds];
    f.step_size = fixed_step_size_ > 0 ? fixed_step_size_ : reduction_ * (g > 0.25 ? 0.5 / std::sqrt(g) : 1);
    const double friction =
        std::max(x > 0 ? 1 / std::sqrt(x) : 1, 1 / (static_cast<double>(iteration + 1) * f.step_size));
    f.alpha = -std::expm1(-2 * f.step_size * friction);
  }
}

/// Adds |y|², |y|⁴ and (y·y′)² of a block. The order of sums is one whatever the lanes.
template <class Rules>
void MeadsEnsemble<Rules>::add_pairs(const double* y, int live, double* sums) {
  alignas(64) double row[block];
  for (int a = 0; a < live; ++a) {
    for (std::size_t at = static_cast<std::size_t>(a) / lanes * lanes; at < block; at += lanes) {
      Real dot = 0.0;
      for (std::size_t j = 0; j < dimension_; ++j)
        dot = fma(Real(y[j * block + static_cast<std::size_t>(a)]), load<Real>(y + j * block + at), dot);
      store(row + at, dot);
    }
    sums[squares] += row[a];
    sums[fourths] += row[a] * row[a];
    for (int b = a + 1; b < live; ++b) sums[products] += row[b] * row[b];
  }
  sums[pairs] += 0.5 * live * (live - 1);
}

template <class Rules>
void MeadsEnsemble<Rules>::move(EnsembleShard& shard, std::uint64_t iteration) {
  Particles& p = shard.particles;
  const PackVectors<Real> vectors{dimension_};
  double *const x = scratch(0), *const g = scratch(1), *const m = scratch(2), *const z = scratch(3);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    const std::size_t k = fold_of(p, pack);
    if (k == iteration % folds) continue;
    const Fold& own = folds_[k];
    const double* const sigma = folds_[(k + folds - 1) % folds].sigma.data();
    const double epsilon = own.step_size, keeps = std::sqrt(1 - own.alpha), adds = std::sqrt(own.alpha);
    double *const old_x = p.x(pack), *const old_g = p.vector(gradient, pack), *const old_m = p.vector(momentum, pack);
    vectors.fill_normals(seed_, Purpose::noise, p.number(pack), iteration, z);
    for (std::size_t j = 0; j < dimension_; ++j)
      store(old_m + j * lanes, fma(adds, load<Real>(z + j * lanes), keeps * load<Real>(old_m + j * lanes)));
    Real v = p.pack_scalar(slice, pack) + 0.5 * own.alpha;
    v = select(v >= Real(1.0), v - 2.0, v);
    vectors.copy(old_x, x), vectors.copy(old_g, g), vectors.copy(old_m, m);
    const Real old_log_p = p.pack_scalar(log_p_of, pack), kinetic = 0.5 * vectors.dot(m, m);
    Real log_p;
    kick_pack<Real>(0.5 * epsilon, g, sigma, m, dimension_);
    drift_pack<Real>(epsilon, m, sigma, x, dimension_);
    density_.evaluate(x, g, reinterpret_cast<double*>(&log_p));
    kick_pack<Real>(0.5 * epsilon, g, sigma, m, dimension_);
    const Real new_kinetic = 0.5 * vectors.dot(m, m),
               change = Rules::template change<Real>(kinetic, new_kinetic, old_log_p, log_p);
    const auto sound = is_sound(change, method_.divergence);
    const auto moves = sound && log(abs(v)) <= -change;
    p.pack_scalar(slice, pack) = select(moves, v * exp(change), v);
    for (std::size_t j = 0; j < dimension_; ++j)
      store(old_m + j * lanes,
            select(moves, load<Real>(m + j * lanes), Rules::after_rejection(load<Real>(old_m + j * lanes))));
    vectors.copy_where(moves, x, old_x), vectors.copy_where(moves, g, old_g);
    p.pack_scalar(log_p_of, pack) = select(moves, log_p, old_log_p);
    p.pack_scalar(energy_of, pack) = select(moves, new_kinetic - log_p, kinetic - old_log_p);
    p.pack_scalar(acceptance_of_particle, pack) +=
        select(sound, exp(min(-change, Real(0.0))), Real(0.0)) * (1.0 / (folds - 1));
    p.pack_scalar(diverging_of, pack) = select(sound, p.pack_scalar(diverging_of, pack), Real(1.0));
  }
}

/// After a sweep of warm-up.
template <class Rules>
void MeadsEnsemble<Rules>::follow(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const auto particles = static_cast<double>(p.shard().total);
  outcomes_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    outcomes_.add(0, p.pack_scalar(acceptance_of_particle, pack), p.live(pack));
    if (ends_block(p, pack)) outcomes_.end_block();
  }
  double acceptance = 0;
  outcomes_.total(shard.all, {&acceptance, 1});
  acceptance /= particles;
  if (acceptance < 0.5) reduction_ *= 0.5;
  if (reduction_ < 1e-15 && fixed_step_size_ == 0)
    facts_.failure = "no step size, however small, is accepted: is the gradient that of log p?";
  if (acceptance > 0.8) reduction_ = std::min(1.0, 1.25 * reduction_);
  moments_.measure(p, gradient, shard.all);
  moments_.follow();
  ++sweeps_;
  time_ += (folds - 1) * facts_.step_size;
  const bool calm = sweeps_ >= method_.least_sweeps && time_ >= method_.own_times * own_time_ &&
                    moments_.is_calm(particles, method_.calm);
  if (fixed_steps_ > 0 ? sweeps_ < fixed_steps_ : !calm && sweeps_ < method_.most_sweeps) return;
  facts_.settled = calm;
  facts_.warming = false;
}

}  // namespace thalweg
