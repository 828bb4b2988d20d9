// What sgld and sghmc share: gradients of minibatches, the metric and the step size that these ask for, the schedule.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "thalweg/core/power.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"
#include "thalweg/dynamics/ensemble/isokinetic_pack.hpp"
#include "thalweg/dynamics/ensemble/minibatch.hpp"
#include "thalweg/dynamics/ensemble/pack_density.hpp"

namespace thalweg {

/// The decisions that make the gradients unbiased and independent.
struct MinibatchRules {
  /// How often the term of each of m chosen of n observations counts.
  static double scale(double n, double m) { return n / m; }
  /// The counter of evaluation number k, the start being number 0.
  static std::uint64_t counter(std::uint64_t k) { return k; }
};

/// Steps along gradients of minibatches, by a method that says how.
///
/// Metric  unit when asked for; else the diagonal of the initial metric; else σⱼ² = 1/√E[(Hz)ⱼ²], z ~ N(0, I), the
///         lengths of the rows of the Hessian H at the starts, from differences of full gradients (for a diagonal H its
///         inverse). It stays.
/// Step    given, or found once at the starts from λ, the largest eigenvalue of the whitened −H (power iteration on
///         differences), and v, the largest variance of a whitened coordinate of a minibatch's gradient about the full
///         one. Step number t takes h (1 + t/b)^−0.55: with a = h b^0.55 this is a (b + t)^−0.55.
/// Warm-up its length as given, or until the ensemble's moments, averaged over a doubling of the steps, differ from
///         those over the doubling before by no more than `drift` widths or variances and what chance explains.
/// Cost    one gradient of a minibatch a step; at the start, up to 10 full gradients of each of 64 particles and 16
///         of minibatches.
/// Errors  a lane whose new place has no finite log p or gradient stays where it was and is counted as diverging.
/// Random  minibatch of (seed, block of 32 particles, evaluation), normals of (seed, particle, step).
/// Source  Dauphin, de Vries & Bengio (2015), arXiv 1502.04390 (the metric); Welling & Teh (2011), ICML (the schedule).
struct StochasticGradient {
  double tolerance = 0.05;  ///< share of a variance that an automatic step may add, by discretisation and by noise
  double drift = 0.1;
  std::int64_t first_window = 256, most_steps = 16384;
  int power_iterations = 8, noise_samples = 16;
  std::int64_t probed = 64;  ///< particles that the metric and the step are found from
};

/// The size of a minibatch when none is asked for: √n or n/32, whichever is larger. What a minibatch's noise allows
/// makes the step as much smaller as the minibatch is, so that fewer observations a step gain nothing in the end.
inline std::int64_t minibatch_of(std::int64_t observations) {
  const auto n = static_cast<double>(observations);
  return std::clamp<std::int64_t>(std::llround(std::max(std::sqrt(n), n / 32)), 1, observations);
}

template <class Rules = MinibatchRules>
class MinibatchEnsemble : public EnsembleMethod {
 public:
  void start(EnsembleShard& shard) final;
  void step(EnsembleShard& shard, std::uint64_t number) final;
  void archive(NumberArchive& numbers) final {
    numbers(step_size_, sigma_, noise_, window_, in_window_, sum_, squares_, last_mean_, last_variance_, settled_once_);
    numbers(facts_.warming, facts_.settled, facts_.step_size, facts_.variances);
  }
  std::int64_t observations() const { return observations_; }
  std::int64_t minibatch() const { return size_; }

 protected:
  using Real = Particles::Reals;
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);

  MinibatchEnsemble(const Model& model, const SampleSettings& settings, int width, StochasticGradient method);

  /// What the method carries of a pack, once its particles have a place with that gradient.
  virtual void begin(Particles& p, std::size_t pack, const double* gradient) = 0;
  /// The place that step `number` goes to.
  virtual void propose(Particles& p, std::size_t pack, std::uint64_t number, double* y) = 0;
  /// Once the gradient at the new places is known; lanes that are not sound have stayed.
  virtual void arrive(Particles& p, std::size_t pack, std::uint64_t number, const Mask<Real>& sound,
                      const double* gradient) = 0;
  /// From the largest eigenvalue λ and the largest noise variance v, see above.
  virtual double automatic_step(double lambda, double v) const = 0;
  virtual bool needs_noise() const { return false; }

  double h() const { return facts_.step_size; }  ///< of this step
  bool is_unit() const { return unit_; }
  std::size_t dimension() const { return dimension_; }
  double temperature() const { return temperature_; }
  std::uint64_t seed() const { return seed_; }
  const std::vector<double>& sigma() const { return sigma_; }
  const std::vector<double>& noise() const { return noise_; }  ///< variances of whitened minibatch gradients
  const StochasticGradient& method() const { return method_; }
  double* scratch(int k) {
    return reinterpret_cast<double*>(scratch_.data() + static_cast<std::size_t>(k) * dimension_);
  }

 private:
  bool is_full() const { return size_ == observations_; }
  /// Gradients of evaluation number k; the minibatch is drawn once a block.
  void evaluate(Particles& p, std::size_t pack, Purpose purpose, std::uint64_t k, const double* x, double* gradient,
                double* log_p);
  void learn_metric(EnsembleShard& shard);
  double largest_eigenvalue(EnsembleShard& shard);
  void learn_noise(EnsembleShard& shard);
  /// (−H v) in lanes, by a difference of full gradients along δ v; g: the gradient at x.
  void curvature_along(const double* x, const double* g, const double* v, double* out);
  std::size_t packs_probed(const Particles& p) const {
    std::size_t packs = 0;
    while (packs < p.packs() && static_cast<std::int64_t>(p.number(packs)) < method_.probed) ++packs;
    return packs;
  }
  void follow(EnsembleShard& shard);

  StochasticGradient method_;
  PackDensity full_;
  std::optional<PackSubset> some_;
  std::size_t dimension_;
  std::uint64_t seed_;
  double temperature_, decay_;
  std::int64_t fixed_steps_, observations_, size_;
  bool unit_, given_metric_ = false;
  std::optional<double> given_step_;
  std::optional<Minibatches> minibatches_;
  Subset subset_;
  std::uint64_t drawn_block_ = 0, drawn_counter_ = 0;
  std::optional<Purpose> drawn_for_;
  std::vector<Real> scratch_;
  BlockSums sums_;
  std::vector<double> totals_;

  // carried, the same on all shards
  double step_size_ = 0;  ///< the first
  std::vector<double> sigma_, noise_;
  std::int64_t window_ = 0, in_window_ = 0;  ///< of the moments that tell whether warm-up has settled
  bool settled_once_ = false;
  std::vector<double> sum_, squares_, last_mean_, last_variance_;
};

template <class Rules>
MinibatchEnsemble<Rules>::MinibatchEnsemble(const Model& model, const SampleSettings& s, int width,
                                            StochasticGradient method)
    : method_(method),
      full_(model, whole_density, width),
      dimension_(static_cast<std::size_t>(model.dimension())),
      seed_(s.seed),
      temperature_(s.special.temperature),
      decay_(s.special.step_decay.value_or(infinity)),
      fixed_steps_(s.warmup.value_or(-1)),
      observations_(model.observations()),
      unit_(s.metric == MetricKind::unit),
      given_step_(s.step_size),
      scratch_(6 * dimension_),
      sums_(2 * dimension_),
      totals_(2 * dimension_),
      window_(method.first_window) {
  const char* const name = to_string(s.method);
  if (observations_ == 0)
    fail(
        "{} needs gradients of some of the observations, and model {} has none: {}\n  try method ula or mala, which "
        "take "
        "all observations at every step; thalweg check says of each term why",
        name, model.name(), model.subset_reason());
  size_ = s.special.minibatch.value_or(minibatch_of(observations_));
  require(size_ >= 1 && size_ <= observations_, "minibatch must be between 1 and the {} observations of {}; found {}",
          observations_, model.name(), size_);
  require(s.metric != MetricKind::dense, "{} has a diagonal metric or none; found dense", name);
  if (s.special.tolerance) method_.tolerance = *s.special.tolerance;
  if (!is_full()) {
    some_.emplace(model, width);
    minibatches_.emplace(observations_, size_,
                         Rules::scale(static_cast<double>(observations_), static_cast<double>(size_)));
  }
  sigma_.assign(dimension_, 1);
  if (!unit_ && !s.initial_metric.empty()) {
    const std::size_t stride = s.initial_metric.size() == dimension_ ? 1 : dimension_ + 1;
    for (std::size_t j = 0; j < dimension_; ++j) sigma_[j] = std::sqrt(s.initial_metric[j * stride]);
    given_metric_ = true;
  }
  for (auto* v : {&noise_, &sum_, &squares_, &last_mean_, &last_variance_}) v->assign(dimension_, 0);
  facts_.variances.assign(dimension_, 1);
}

template <class Rules>
void MinibatchEnsemble<Rules>::evaluate(Particles& p, std::size_t pack, Purpose purpose, std::uint64_t k,
                                        const double* x, double* gradient, double* log_p) {
  if (is_full()) return full_.evaluate(x, gradient, log_p);
  const std::uint64_t block = p.number(pack) / static_cast<std::uint64_t>(block_particles), counter = Rules::counter(k);
  if (drawn_for_ != purpose || drawn_block_ != block || drawn_counter_ != counter) {
    subset_ = minibatches_->draw(seed_, purpose, block, counter);
    drawn_for_ = purpose, drawn_block_ = block, drawn_counter_ = counter;
  }
  some_->evaluate(subset_, x, gradient, log_p);
}

template <class Rules>
void MinibatchEnsemble<Rules>::start(EnsembleShard& shard) {
  Particles& p = shard.particles;
  if (!unit_ && !given_metric_) learn_metric(shard);
  for (std::size_t j = 0; j < dimension_; ++j) facts_.variances[j] = sigma_[j] * sigma_[j];
  if (!is_full() && (!given_step_ || needs_noise())) learn_noise(shard);
  if (given_step_) {
    step_size_ = *given_step_;
  } else {
    step_size_ = automatic_step(largest_eigenvalue(shard), *std::max_element(noise_.begin(), noise_.end()));
    if (!(step_size_ > 1e-150 && step_size_ < 1e150))
      facts_.failure = "no step size can be found from the gradients at the starts: give one (--step-size)";
  }
  facts_.step_size = step_size_;
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    evaluate(p, pack, Purpose::minibatch, 0, p.x(pack), scratch(1), p.scalar(log_p_of, pack));
    begin(p, pack, scratch(1));
  }
  facts_.warming = fixed_steps_ != 0;
}

template <class Rules>
void MinibatchEnsemble<Rules>::step(EnsembleShard& shard, std::uint64_t number) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  facts_.step_size = step_size_ * pow(1 + static_cast<double>(number) / decay_, -0.55);
  double *const y = scratch(0), *const g = scratch(1);
  if (facts_.warming) sums_.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    propose(p, pack, number, y);
    Real log_p;
    evaluate(p, pack, Purpose::minibatch, number + 1, y, g, reinterpret_cast<double*>(&log_p));
    const auto sound = is_finite(log_p + v.dot(g, g));
    v.copy_where(sound, y, p.x(pack));
    arrive(p, pack, number, sound, g);
    p.pack_scalar(log_p_of, pack) = select(sound, log_p, p.pack_scalar(log_p_of, pack));
    p.pack_scalar(energy_of, pack) = -p.pack_scalar(log_p_of, pack);
    p.pack_scalar(acceptance_of_particle, pack) = select(sound, Real(1.0), Real(0.0));
    p.pack_scalar(diverging_of, pack) = select(sound, Real(0.0), Real(1.0));
    if (!facts_.warming) continue;
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real a = load<Real>(p.x(pack) + j * lanes) - last_mean_[j];
      sums_.add(j, a, p.live(pack));
      sums_.add(dimension_ + j, a * a, p.live(pack));
    }
    if (ends_block(p, pack)) sums_.end_block();
  }
  facts_.gradients = 1;
  if (facts_.warming) follow(shard);
  if (fixed_steps_ >= 0 && static_cast<std::int64_t>(number) + 1 >= fixed_steps_) facts_.warming = false;
}

/// Moments over windows of 256, 256, 512, 1024, … steps.
template <class Rules>
void MinibatchEnsemble<Rules>::follow(EnsembleShard& shard) {
  const auto m = static_cast<double>(shard.particles.shard().total);
  sums_.total(shard.all, totals_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    sum_[j] += totals_[j] / m;
    squares_[j] += totals_[dimension_ + j] / m;
  }
  if (++in_window_ < window_) return;
  const double steps = static_cast<double>(in_window_), chance = 3 / std::sqrt(m);
  bool calm = settled_once_;
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double moved = sum_[j] / steps, variance = squares_[j] / steps - moved * moved;
    const double width = std::sqrt(std::max(variance, 1e-300));
    calm = calm && std::abs(moved) <= (method_.drift + chance) * width &&
           std::abs(variance - last_variance_[j]) <= (method_.drift + std::sqrt(2.0) * chance) * variance;
    last_mean_[j] += moved;
    last_variance_[j] = variance;
    sum_[j] = squares_[j] = 0;
  }
  if (settled_once_) window_ *= 2;
  settled_once_ = true;  // there is a window to compare with
  in_window_ = 0;
  if (fixed_steps_ >= 0) return;
  facts_.settled = calm;
  facts_.warming = !calm && window_ < method_.most_steps;
}

template <class Rules>
void MinibatchEnsemble<Rules>::curvature_along(const double* x, const double* g, const double* v, double* out) {
  double* const beside = scratch(5);
  Real size = 1.0, log_p;
  for (std::size_t j = 0; j < dimension_; ++j) size = max(size, abs(load<Real>(x + j * lanes)));
  const Real delta = 1e-6 * size;
  for (std::size_t j = 0; j < dimension_; ++j)
    store(beside + j * lanes, load<Real>(x + j * lanes) + delta * load<Real>(v + j * lanes));
  full_.evaluate(beside, out, reinterpret_cast<double*>(&log_p));
  for (std::size_t j = 0; j < dimension_; ++j)
    store(out + j * lanes, (load<Real>(g + j * lanes) - load<Real>(out + j * lanes)) / delta);
}

template <class Rules>
void MinibatchEnsemble<Rules>::learn_metric(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  sums_.begin(p.shard());
  const std::size_t probed = packs_probed(p);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    if (pack < probed) {
      double *const z = scratch(0), *const g = scratch(1), *const along = scratch(2);
      Real log_p;
      full_.evaluate(p.x(pack), g, reinterpret_cast<double*>(&log_p));
      v.fill_normals(seed_, Purpose::step_size, p.number(pack), 0, z);
      curvature_along(p.x(pack), g, z, along);
      const auto sound = is_finite(v.dot(along, along));
      for (std::size_t j = 0; j < dimension_; ++j) {
        const Real a = load<Real>(along + j * lanes);
        sums_.add(j, select(sound, a * a, Real(0.0)), p.live(pack));
        sums_.add(dimension_ + j, select(sound, Real(1.0), Real(0.0)), p.live(pack));
      }
    }
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  for (std::size_t j = 0; j < dimension_; ++j) {
    const double square = std::sqrt(totals_[dimension_ + j] / totals_[j]);
    if (square > 1e-300 && square < 1e300) sigma_[j] = std::sqrt(square);
  }
}

template <class Rules>
double MinibatchEnsemble<Rules>::largest_eigenvalue(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  std::vector<double> found(p.count(), 0);
  double *const u = scratch(0), *const g = scratch(1), *const along = scratch(2), *const out = scratch(3);
  for (std::size_t pack = 0; pack < packs_probed(p); ++pack) {
    Real log_p, size = 0.0;
    full_.evaluate(p.x(pack), g, reinterpret_cast<double*>(&log_p));
    v.draw_direction(seed_, Purpose::step_size, p.number(pack), 1, u);
    for (int k = 0; k < method_.power_iterations; ++k) {
      for (std::size_t j = 0; j < dimension_; ++j) store(along + j * lanes, sigma_[j] * load<Real>(u + j * lanes));
      curvature_along(p.x(pack), g, along, out);
      for (std::size_t j = 0; j < dimension_; ++j) store(u + j * lanes, sigma_[j] * load<Real>(out + j * lanes));
      size = sqrt(v.dot(u, u));
      v.normalise(u);
    }
    size = select(is_finite(size), size, Real(0.0));
    for (int lane = 0; lane < p.live(pack); ++lane) found[pack * lanes + static_cast<std::size_t>(lane)] = size[lane];
  }
  return shard.all.max(found);
}

template <class Rules>
void MinibatchEnsemble<Rules>::learn_noise(EnsembleShard& shard) {
  Particles& p = shard.particles;
  const PackVectors<Real> v{dimension_};
  sums_.begin(p.shard());
  const std::size_t probed = packs_probed(p);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    if (pack < probed) {
      double *const g = scratch(1), *const some = scratch(2);
      Real log_p;
      full_.evaluate(p.x(pack), g, reinterpret_cast<double*>(&log_p));
      for (int k = 0; k < method_.noise_samples; ++k) {
        evaluate(p, pack, Purpose::step_size, 2 + static_cast<std::uint64_t>(k), p.x(pack), some,
                 reinterpret_cast<double*>(&log_p));
        const auto sound = is_finite(v.dot(some, some) + v.dot(g, g));
        for (std::size_t j = 0; j < dimension_; ++j) {
          const Real off = sigma_[j] * (load<Real>(some + j * lanes) - load<Real>(g + j * lanes));
          sums_.add(j, select(sound, off * off, Real(0.0)), p.live(pack));
          sums_.add(dimension_ + j, select(sound, Real(1.0), Real(0.0)), p.live(pack));
        }
      }
    }
    if (ends_block(p, pack)) sums_.end_block();
  }
  sums_.total(shard.all, totals_);
  for (std::size_t j = 0; j < dimension_; ++j) noise_[j] = totals_[j] / std::max(totals_[dimension_ + j], 1.0);
}

}  // namespace thalweg
