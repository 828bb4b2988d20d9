// Steepest ascent of log p: the Langevin step at temperature zero, and on the way there.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "thalweg/core/card.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/langevin/step.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {

/// How the step size goes on from its first value: as it is, or divided by 1 + k/`half_life` at iteration k.
struct StepSchedule {
  double first = 0;      ///< 0: automatic
  double half_life = 0;  ///< 0: never falls
  double at(std::int64_t k) const { return half_life > 0 ? first / (1 + static_cast<double>(k) / half_life) : first; }
};

/// x ← x + h ∇log p(x). An automatic h follows the curvature that two gradients show,
///   h_k = min(√(1 + h_{k−1}/h_{k−2}) h_{k−1}, |x_k − x_{k−1}| / (2 |g_k − g_{k−1}|)),
/// and is halved where log p or its gradient stops being finite.
///
/// Shapes  point.x, point.gradient: [d], padded.
/// Cost    a gradient an iteration; the number of iterations grows with the condition.
/// Errors  as Lbfgs. Ends as converged when h|g|² < tolerance.
/// Source  Malitsky & Mishchenko (2020), ICML, arXiv 1910.09529 (the automatic step).
struct GradientDescent {
  Arrival arrival{.max_iterations = 20000};
  StepSchedule schedule{};
};

/// The same with noise, x ← x + h ∇log p(x) + √(2hT) z, T falling to 0: T_k = T₀ (1 − k/K)² for the first 80 % of the
/// K iterations, then 0. This is `langevin_step`, as the samplers take it.
///
/// Random  iteration k of start i from (seed, noise, i, k).
struct Annealing {
  std::int64_t iterations = 5000;
  double temperature = 10;  ///< at the start
  StepSchedule schedule{};
  std::uint64_t seed = 0, particle = 0;
  double tolerance = 1e-12;
};

inline constexpr Card gradient_descent_card{"gradient-descent",
                                            "steepest ascent with an automatic or scheduled step",
                                            "log p and its gradient",
                                            "a local optimum, slowly where it is ill-conditioned",
                                            "1 gradient",
                                            "Malitsky & Mishchenko (2020), ICML, arXiv 1910.09529"};
inline constexpr Card annealing_card{"annealing",
                                     "Langevin dynamics with the temperature going to 0",
                                     "log p and its gradient",
                                     "a local optimum; leaves shallow ones while it is warm",
                                     "1 gradient",
                                     "Kirkpatrick, Gelatt & Vecchi (1983), Science 220, 671-680"};

namespace detail {

/// The automatic step size.
class LocalStep {
 public:
  explicit LocalStep(const StepSchedule& schedule) : schedule_(schedule), step_(schedule.first) {}
  double start(double gradient_norm) {
    if (schedule_.first == 0) step_ = 1e-3 / std::fmax(1, gradient_norm);
    return step_;
  }
  /// After a step of length `moved` that changed the gradient by `turned`.
  double next(std::int64_t k, double moved, double turned) {
    if (schedule_.first > 0) return step_ = schedule_.at(k);
    const double before = step_;
    const double growth = std::sqrt(1 + ratio_) * step_, local = turned > 0 ? moved / (2 * turned) : growth;
    step_ = std::fmin(growth, local);
    ratio_ = step_ / before;
    return step_;
  }
  double halve() {
    ratio_ = 0;
    return step_ *= 0.5;
  }

 private:
  StepSchedule schedule_;
  double step_, ratio_ = 1e9;
};

/// Descent and annealing are one loop.
template <class Temperature>
Task langevin_ascent(Strand& strand, Temperature temperature_at, StepSchedule schedule, Arrival arrival,
                     std::uint64_t seed, std::uint64_t particle, std::size_t dimension, Point& point, Ascent& ascent,
                     IterateObserver observer) {
  const std::size_t n = padded(dimension);
  Vectors places(2, dimension);
  double *trial = places[0], *trial_g = places[1];
  Progression progression(ascent, observer, dimension, arrival.watch ? 2048 : 0);
  ascent = {};
  ascent.ending = Ending::failed;
  point.log_p = co_await strand.gradient(point.x, point.gradient, &ascent.evidence);
  ascent.gradients = 1;
  if (!finite_point(point.log_p, point.gradient, n)) {
    ascent.lost.assign(point.x, point.x + dimension);
    co_return;
  }
  ascent.evidence.clear();
  if (!progression.accept(point.x, point.gradient, point.log_p, 0)) co_return;
  ascent.ending = Ending::iterations;
  LocalStep local(schedule);
  double h = local.start(ascent.gradient_norm);
  for (std::int64_t k = 0; k < arrival.max_iterations; ++k) {
    const double temperature = temperature_at(k), gain = h * ascent.gradient_norm * ascent.gradient_norm;
    if (temperature == 0 && gain < arrival.tolerance && ascent.iterations > 2) {
      ascent.ending = ascent.lost.empty() ? Ending::converged : Ending::stalled;
      co_return;
    }
    Random<double> random(seed, Purpose::noise, particle, static_cast<std::uint64_t>(k));
    langevin_step<double>(h, temperature, View<const double>{point.x, dimension},
                          View<const double>{point.gradient, dimension}, random, View<double>{trial, dimension});
    const double log_p = co_await strand.gradient(trial, trial_g);
    ++ascent.gradients;
    if (log_p == infinity) {
      ascent.ending = Ending::unbounded;
      co_return;
    }
    if (!finite_point(log_p, trial_g, n)) {
      ascent.lost.assign(trial, trial + dimension);
      h = local.halve();
      if (h > 1e-300) continue;
      ascent.ending = Ending::stalled;
      co_return;
    }
    double moved = 0, turned = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      moved += (trial[i] - point.x[i]) * (trial[i] - point.x[i]);
      turned += (trial_g[i] - point.gradient[i]) * (trial_g[i] - point.gradient[i]);
    }
    moved = std::sqrt(moved);
    h = local.next(k + 1, moved, std::sqrt(turned));
    copy(trial, point.x, n);
    copy(trial_g, point.gradient, n);
    point.log_p = log_p;
    ++ascent.iterations;
    if (!progression.accept(point.x, point.gradient, log_p, moved)) co_return;
  }
}

}  // namespace detail

inline Task gradient_descent(Strand& strand, GradientDescent method, std::size_t dimension, Point& point,
                             Ascent& ascent, IterateObserver observer = {}) {
  return detail::langevin_ascent(
      strand, [](std::int64_t) { return 0.0; }, method.schedule, method.arrival, 0, 0, dimension, point, ascent,
      std::move(observer));
}

inline Task annealing(Strand& strand, Annealing method, std::size_t dimension, Point& point, Ascent& ascent,
                      IterateObserver observer = {}) {
  const auto temperature = [method](std::int64_t k) {
    const double left = 1 - static_cast<double>(k) / (0.8 * static_cast<double>(method.iterations));
    return left > 0 ? method.temperature * left * left : 0.0;
  };
  return detail::langevin_ascent(strand, temperature, method.schedule,
                                 {.max_iterations = method.iterations, .tolerance = method.tolerance}, method.seed,
                                 method.particle, dimension, point, ascent, std::move(observer));
}

}  // namespace thalweg
