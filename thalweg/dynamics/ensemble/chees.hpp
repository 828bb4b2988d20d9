// ChEES-HMC: Hamiltonian trajectories whose length and step size an ensemble learns together.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/isokinetic_pack.hpp"
#include "thalweg/dynamics/ensemble/leapfrog_pack.hpp"
#include "thalweg/dynamics/ensemble/moments.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"
#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"

namespace thalweg {

/// From (x, p), p ~ N(0, I) in the whitened space q = (x − E x)/σ, all particles make N = ⌈h T/ε⌉ leapfrog steps, h the
/// next number of the van der Corput sequence in (0, 1); the end is taken with probability a = min(1, exp(−W)),
/// W = H′ − H.
///
/// During warm-up, after each transition, with D = |q′|² − |q|²,
///   log T climbs E D²/(4 T^cost) by Adam on E[a (h T D q′·p′ − cost D²/4)]/E[a];
///   log ε follows dual averaging of the harmonic mean of a, each at least `least`, times the share of sound lanes;
///   log σ² averages log √(Var x/Var g).
/// When warm-up ends all three are frozen at their averages over steps. It ends when the moments are calm (Calm) and
/// log T and log ε steady.
///
/// Units   ε and T are times in the whitened space: dimensionless.
/// Cost    N gradients a transition; a search for the first ε besides, a gradient for each doubling or halving.
/// Errors  a lane whose W is not finite, or beyond `divergence`, stays where it was, is left out of the means, and
///         counts as diverging. A failure ends the run when no step size works.
/// Random  momentum and acceptance of (seed, particle, step).
/// Source  Hoffman, Radul & Sountsov (2021), AISTATS, PMLR 130, 3907–3915; the division by T: Sountsov & Hoffman
///         (2021), arXiv 2110.11576. Without it nothing holds T back where trajectories of all lengths do equally well.
struct Chees {
  double rate = 0.05, decay = 0.95;  ///< of Adam, which has no momentum
  double cost = 1;                   ///< 0: the criterion of 2021, without the cost of a long trajectory
  double most_change = 0.35;         ///< of log T at once
  double length = 1;                 ///< T to begin with
  double most_leapfrogs = 1000;
  double least = 0.01;  ///< acceptance, in the harmonic mean
  Calm calm;
  double steady = 0.15;                              ///< of log T and log ε, likewise
  std::int64_t least_steps = 50, most_steps = 1000;  ///< of warm-up
  int most_trials = 50;                              ///< of a first ε
  double divergence = 1000;                          ///< nats
};

inline constexpr Card chees_card{
    .name = "chees",
    .purpose = "Hamiltonian trajectories of a length that a hundred chains or more learn together",
    .needs = "a log density with its gradient, continuous parameters",
    .exact = "exact once warm-up is over: metric, step size and length are frozen then",
    .cost = "half the length / step size gradients a draw, the same for all chains",
    .source = "Hoffman, Radul & Sountsov (2021), PMLR 130, 3907-3915",
};

/// The decisions that make it right.
struct CheesRules {
  static constexpr Purpose acceptance = Purpose::acceptance;
  /// W from kinetic energies and log p before and after.
  template <class Real>
  static Real change(const Real& kinetic, const Real& new_kinetic, const Real& log_p, const Real& new_log_p) {
    return (new_kinetic - kinetic) - (new_log_p - log_p);
  }
  static bool adapts(bool warming) { return warming; }
};

/// Number n ≥ 1 of the van der Corput sequence in base 2: ½, ¼, ¾, ⅛, …
inline double van_der_corput(std::uint64_t n) {
  double value = 0;
  for (double digit = 0.5; n != 0; n >>= 1, digit *= 0.5)
    if (n & 1) value += digit;
  return value;
}

template <class Rules = CheesRules>
class CheesEnsemble final : public EnsembleMethod {
 public:
  CheesEnsemble(const Model& model, const SampleSettings& settings, int width, Chees method = {});
  int vectors() const override { return 1; }
  void start(EnsembleShard& shard) override;
  void step(EnsembleShard& shard, std::uint64_t number) override;
  void archive(NumberArchive& numbers) override;

 private:
  using Real = Particles::Reals;
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  enum Stage { searching, adapting, sampling };
  enum Vector { position, gradient };
  enum Quantity { acceptance_sum, inverse_sum, sound_sum, slope_sum, gain_sum, quantities };

  void trajectory(std::int64_t leapfrogs, double* x, double* p, double* g, Real& log_p);
  void add_criterion(const double* x, const double* new_x, const double* new_p, const Real& acceptance, int live);
  void adapt(double particles, double jitter);
  void search(double acceptance);
  void climb(double slope);
  void learn_metric(double share);
  void end_warmup();
  void fail_for_good(std::string reason) { facts_.failure = std::move(reason); }
  double* scratch(int k) {
    return reinterpret_cast<double*>(scratch_.data() + static_cast<std::size_t>(k) * dimension_);
  }

  PackDensity density_;
  Chees method_;
  DualAveraging averaging_;
  std::size_t dimension_;
  std::uint64_t seed_;
  std::int64_t fixed_steps_;
  bool fixed_step_size_, fixed_metric_, known_metric_;
  std::vector<Real> scratch_;
  BlockSums sums_;
  std::vector<double> totals_;

  // carried, the same on all shards
  Stage stage_ = searching;
  double epsilon_, log_length_, log_length_average_, square_slope_ = 0;
  double direction_ = 0;  ///< of the search: doubling or halving
  std::int64_t in_stage_ = 0, steps_ = 0;
  DualAveraging::State dual_;
  EnsembleMoments moments_;
  RecentAverages tuning_{2};                ///< of log T and log ε
  std::vector<double> sigma_, log_square_;  ///< σ, log σ²
};

template <class Rules>
CheesEnsemble<Rules>::CheesEnsemble(const Model& model, const SampleSettings& s, int width, Chees method)
    : density_(model, whole_density, width, s.special.temperature),
      method_(method),
      averaging_{.target = s.target()},
      dimension_(static_cast<std::size_t>(model.dimension())),
      seed_(s.seed),
      fixed_steps_(s.warmup.value_or(-1)),
      fixed_step_size_(s.step_size.has_value()),
      fixed_metric_(s.metric == MetricKind::unit),
      known_metric_(!s.initial_metric.empty() && !fixed_metric_),
      scratch_(3 * dimension_),
      sums_(quantities),
      totals_(quantities),
      epsilon_(s.step_size.value_or(std::pow(static_cast<double>(dimension_), -0.25))),
      log_length_(std::log(method.length)),
      log_length_average_(log_length_),
      dual_(averaging_.start(std::log(epsilon_), std::log(epsilon_))),
      moments_(dimension_) {
  sigma_.assign(dimension_, 1), log_square_.assign(dimension_, 0);
  facts_ = {.step_size = epsilon_, .variances = std::vector<double>(dimension_, 1)};
  const std::size_t stride =
      s.initial_metric.size() > dimension_ ? dimension_ + 1 : 1;  // a diagonal, or a covariance's
  for (std::size_t j = 0; j < dimension_ && known_metric_; ++j) {
    facts_.variances[j] = s.initial_metric[j * stride];
    log_square_[j] = std::log(facts_.variances[j]);
    sigma_[j] = std::sqrt(facts_.variances[j]);
  }
  if (fixed_steps_ == 0) {
    stage_ = sampling;
    facts_.warming = false;
  }
}

template <class Rules>
void CheesEnsemble<Rules>::archive(NumberArchive& numbers) {
  numbers(stage_, epsilon_, log_length_, log_length_average_, square_slope_, direction_, in_stage_, steps_);
  numbers(dual_.mu, dual_.count, dual_.error, dual_.log_step, dual_.log_step_average, dual_.log_step_spread,
          dual_.acceptance_average);
  moments_.archive(numbers);
  tuning_.archive(numbers);
  numbers(sigma_, log_square_);
  numbers(facts_.warming, facts_.settled, facts_.step_size, facts_.variances);
}

template <class Rules>
void CheesEnsemble<Rules>::start(EnsembleShard& shard) {
  Particles& p = shard.particles;
  for (std::size_t pack = 0; pack < p.packs(); ++pack)
    density_.evaluate(p.x(pack), p.vector(gradient, pack), p.scalar(log_p_of, pack));
  moments_.measure(p, gradient, shard.all);
  moments_.measure(p, gradient, shard.all);  // about the mean, now known
  if (!known_metric_) learn_metric(1);
}

/// log σ² goes that share of the way to what the ensemble says now.
template <class Rules>
void CheesEnsemble<Rules>::learn_metric(double share) {
  for (std::size_t j = 0; j < dimension_ && !fixed_metric_; ++j) {
    const double square = std::sqrt(moments_.variances()[j] / moments_.gradient_variances()[j]);
    if (!(square > 1e-300 && square < 1e300)) continue;
    log_square_[j] += share * (std::log(square) - log_square_[j]);
    sigma_[j] = std::exp(0.5 * log_square_[j]);
    facts_.variances[j] = sigma_[j] * sigma_[j];
  }
}

/// Moves x, p, g and log p along a trajectory.
template <class Rules>
void CheesEnsemble<Rules>::trajectory(std::int64_t leapfrogs, double* x, double* p, double* g, Real& log_p) {
  kick_pack<Real>(0.5 * epsilon_, g, sigma_.data(), p, dimension_);
  for (std::int64_t k = 1; k <= leapfrogs; ++k) {
    drift_pack<Real>(epsilon_, p, sigma_.data(), x, dimension_);
    density_.evaluate(x, g, reinterpret_cast<double*>(&log_p));
    kick_pack<Real>(k < leapfrogs ? epsilon_ : 0.5 * epsilon_, g, sigma_.data(), p, dimension_);
  }
}

/// Adds a (|q′|² − |q|²) q′·p′ and a/4 (|q′|² − |q|²)².
template <class Rules>
void CheesEnsemble<Rules>::add_criterion(const double* x, const double* new_x, const double* new_p,
                                         const Real& acceptance, int live) {
  const std::vector<double>& centre = moments_.means();
  Real grown = 0.0, along = 0.0;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double unit = 1 / sigma_[j];
    const Real q = unit * (load<Real>(x + j * lanes) - centre[j]),
               new_q = unit * (load<Real>(new_x + j * lanes) - centre[j]);
    grown += new_q * new_q - q * q;
    along = fma(new_q, load<Real>(new_p + j * lanes), along);
  }
  const Real slope = grown * along, gain = 0.25 * grown * grown;
  const auto counts = acceptance > Real(0.0) && is_finite(slope) && is_finite(gain);
  sums_.add(slope_sum, select(counts, acceptance * slope, Real(0.0)), live);
  sums_.add(gain_sum, select(counts, acceptance * gain, Real(0.0)), live);
}

template <class Rules>
void CheesEnsemble<Rules>::step(EnsembleShard& shard, std::uint64_t number) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  const bool adapts = Rules::adapts(facts_.warming);
  const double jitter = van_der_corput(number + 1);
  const auto leapfrogs = stage_ == searching
                             ? 1
                             : static_cast<std::int64_t>(std::clamp(
                                   std::ceil(jitter * std::exp(log_length_) / epsilon_), 1.0, method_.most_leapfrogs));
  double *const x = scratch(0), *const m = scratch(1), *const g = scratch(2);
  facts_.step_size = epsilon_;
  facts_.gradients = leapfrogs;
  if (adapts) sums_.begin(p.shard()), moments_.begin(p);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    double *const old_x = p.x(pack), *const old_g = p.vector(gradient, pack);
    v.copy(old_x, x), v.copy(old_g, g);
    v.fill_normals(seed_, Purpose::momentum, p.number(pack), number, m);
    const Real old_log_p = p.pack_scalar(log_p_of, pack), kinetic = 0.5 * v.dot(m, m);
    Real log_p = old_log_p;
    trajectory(leapfrogs, x, m, g, log_p);
    const Real new_kinetic = 0.5 * v.dot(m, m),
               change = Rules::template change<Real>(kinetic, new_kinetic, old_log_p, log_p);
    const auto sound = is_sound(change, method_.divergence);
    const Real acceptance = select(sound, exp(min(-change, Real(0.0))), Real(0.0));
    if (adapts) {
      const int live = p.live(pack);
      sums_.add(acceptance_sum, acceptance, live);
      sums_.add(inverse_sum, select(sound, 1.0 / max(acceptance, Real(method_.least)), Real(0.0)), live);
      sums_.add(sound_sum, select(sound, Real(1.0), Real(0.0)), live);
      add_criterion(old_x, x, m, acceptance, live);
    }
    Random<Real> random(seed_, Rules::acceptance, p.number(pack), number);
    const auto moves = random.uniform() < acceptance;
    v.copy_where(moves, x, old_x), v.copy_where(moves, g, old_g);
    p.pack_scalar(log_p_of, pack) = select(moves, log_p, old_log_p);
    p.pack_scalar(acceptance_of_particle, pack) = acceptance;
    p.pack_scalar(diverging_of, pack) = select(sound, Real(0.0), Real(1.0));
    p.pack_scalar(energy_of, pack) = select(moves, new_kinetic - log_p, kinetic - old_log_p);
    if (!adapts) continue;
    moments_.add(p, pack, gradient);
    if (ends_block(p, pack)) sums_.end_block();
  }
  if (!adapts) return;
  sums_.total(shard.all, totals_);
  moments_.total(p, shard.all);
  moments_.follow();
  adapt(static_cast<double>(p.shard().total), jitter);
}

/// What follows from a step, by means over the ensemble.
template <class Rules>
void CheesEnsemble<Rules>::adapt(double particles, double jitter) {
  ++steps_, ++in_stage_;
  const double* const sums = totals_.data();
  const double sound = sums[sound_sum], share = sound / particles,
               acceptance = sound > 0 ? share * sound / sums[inverse_sum] : 0;
  const bool last = steps_ == fixed_steps_;
  if (stage_ == searching) {
    learn_metric(0.5);
    search(acceptance);
    if (last) end_warmup();
    return;
  }
  learn_metric(1 / std::sqrt(static_cast<double>(in_stage_) + 3));
  if (sums[acceptance_sum] > 0)
    climb((jitter * std::exp(log_length_) * sums[slope_sum] - method_.cost * sums[gain_sum]) / sums[acceptance_sum]);
  if (!fixed_step_size_) {
    averaging_.step(dual_, acceptance);
    epsilon_ = std::exp(dual_.log_step);
    if (!(epsilon_ > 1e-150 && epsilon_ < 1e150))
      return fail_for_good("no step size gives a steady acceptance: is the gradient that of log p?");
  }
  const double numbers[] = {log_length_, std::log(epsilon_)};
  tuning_.follow(numbers);
  const bool calm = in_stage_ >= method_.least_steps && std::abs(tuning_.moved(0)) <= method_.steady &&
                    std::abs(tuning_.moved(1)) <= method_.steady && moments_.is_calm(particles, method_.calm);
  if (!facts_.warming) return;
  if (fixed_steps_ > 0 ? last : calm || in_stage_ >= method_.most_steps) {
    facts_.settled = calm;
    end_warmup();
  }
}

/// Doubles or halves ε until the acceptance of one leapfrog step passes 0.8.
template <class Rules>
void CheesEnsemble<Rules>::search(double acceptance) {
  const double direction = acceptance > 0.8 ? 1 : -1;
  if (direction_ == 0) direction_ = direction;
  if (!fixed_step_size_ && direction == direction_) {
    if (in_stage_ >= method_.most_trials)
      return fail_for_good(direction < 0 ? "no step size, however small, is accepted: is the gradient that of log p?"
                                         : "every step size, however large, is accepted: is the density constant?");
    epsilon_ *= direction > 0 ? 2 : 0.5;
    return;
  }
  stage_ = adapting;
  in_stage_ = 0;
  dual_ = averaging_.start(std::log(epsilon_), std::log(epsilon_));
  log_length_ = log_length_average_ = std::log(std::max(method_.length, epsilon_));
}

/// A step of Adam upwards: in log T, and of its average.
template <class Rules>
void CheesEnsemble<Rules>::climb(double slope) {
  const auto n = static_cast<double>(in_stage_);
  square_slope_ = method_.decay * square_slope_ + (1 - method_.decay) * slope * slope;
  const double scale = std::sqrt(square_slope_ / (1 - std::pow(method_.decay, n)));
  const double change = scale > 0 && std::isfinite(scale) ? method_.rate * slope / scale : 0;
  log_length_ += std::clamp(change, -method_.most_change, method_.most_change);
  const double least = std::log(epsilon_);
  log_length_ = std::clamp(log_length_, least, least + std::log(method_.most_leapfrogs));
  log_length_average_ += (log_length_ - log_length_average_) / std::sqrt(n);
}

template <class Rules>
void CheesEnsemble<Rules>::end_warmup() {
  const Stage was = std::exchange(stage_, sampling);
  facts_.warming = false;
  if (!fixed_step_size_ && was != searching) epsilon_ = std::exp(dual_.log_step_average);
  log_length_ = log_length_average_;
  if (!fixed_step_size_ && in_stage_ >= method_.least_steps && dual_.acceptance_average < 0.01)
    fail_for_good("hardly a trajectory is accepted at any step size: is the gradient that of log p?");
}

}  // namespace thalweg
