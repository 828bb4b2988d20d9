// Newton's method in a ball that is trusted: exact curvature, safe where log p is not concave.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "thalweg/core/card.hpp"
#include "thalweg/optimize/conjugate_gradients.hpp"
#include "thalweg/optimize/lanczos.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {

/// x ← x + p with p the maximiser of g·p + ½ p·Hp in |p| ≤ Δ; Δ grows where that model was right, and shrinks where it
/// was not. Where the gradient vanishes, the largest eigenvalue of H is looked for: at a saddle the ascent goes on
/// along its vector.
///
/// Shapes  point.x, point.gradient: [d], padded.
/// Cost    an iteration: a gradient, and Hessian–vector products until the linear equations are solved well enough,
///         seldom more than d; (probe + 8)·d numbers.
/// Errors  as Lbfgs; steps into places without a finite log p are shortened.
/// Source  Nocedal & Wright (2006), algorithms 4.1 and 7.2; Steihaug (1983).
struct Newton {
  Arrival arrival{};
  double radius = 1;       ///< at the start, in the units of x
  std::size_t probe = 20;  ///< products with which a saddle is looked for; 0: not at all
  std::uint64_t seed = 0;  ///< of the probe
  double highest = 1e100;
};

inline constexpr Card newton_card{"newton",
                                  "Newton's method in a trust region, with exact Hessian-vector products",
                                  "log p, its gradient and Hessian-vector products",
                                  "a local maximum, quadratically; leaves saddle points",
                                  "1 gradient and up to d products",
                                  "Steihaug (1983), SIAM J. Numer. Anal. 20, 626-637"};

/// The decision that makes Newton's method safe: planted errors replace it.
struct TrustRegion {
  static double next_radius(double radius, double ratio, double length, bool inside) {
    if (!(ratio > 0.25)) return 0.25 * length;
    return ratio > 0.75 && !inside ? std::fmin(2 * radius, 1e10) : radius;
  }
  static bool accepts(double ratio) { return ratio > 1e-4; }
};

template <class Rules = TrustRegion>
Task newton(Strand& strand, Newton method, std::size_t dimension, Point& point, Ascent& ascent,
            IterateObserver observer = {}) {
  const std::size_t n = padded(dimension);
  Vectors places(3, dimension);
  double *product = places[0], *trial = places[1], *trial_g = places[2];
  ConjugateGradients model(dimension);
  detail::Progression progression(ascent, observer, dimension, method.arrival.watch ? 32 : 0);
  ascent = {};
  ascent.ending = Ending::failed;
  point.log_p = co_await strand.gradient(point.x, point.gradient, &ascent.evidence);
  ascent.gradients = 1;
  if (!detail::finite_point(point.log_p, point.gradient, n)) {
    ascent.lost.assign(point.x, point.x + dimension);
    co_return;
  }
  ascent.evidence.clear();
  if (!progression.accept(point.x, point.gradient, point.log_p, 0)) co_return;
  ascent.ending = Ending::iterations;
  double radius = method.radius;
  const double first_norm = ascent.gradient_norm;
  bool strict = false;  // steep directions may hide others from a rough solution: no arrival by that
  while (ascent.iterations < method.arrival.max_iterations) {
    const double slack = 1e-13 * (1 + std::fabs(point.log_p));
    const double rough = strict ? 1e-6 : 0.1;
    const double fallen = first_norm > 0 ? ascent.gradient_norm / first_norm : 0;
    const double accuracy = std::clamp(std::sqrt(fallen), 1e-10, rough);
    for (model.start(point.gradient, radius, accuracy); model.wants(); ++ascent.products) {
      co_await strand.hessian_vector(point.x, model.direction(), product);
      model.tell(product);
    }
    const double* step = model.step();
    double gain = model.gain(), length = std::sqrt(dot(step, step, n));
    if (!model.sound()) {
      ascent.ending = Ending::stalled;
      ascent.evidence = "a product of the Hessian is not finite";
      co_return;
    }
    const bool arrived =
        model.inside() && (model.solved() || !strict) && !model.indefinite() && gain < method.arrival.tolerance;
    if (arrived && !std::exchange(strict, true)) continue;
    if (arrived && method.probe > 0) {  // is it a saddle?
      Lanczos lanczos(dimension, method.probe, method.seed);
      for (; lanczos.wants(); ++ascent.products) {
        co_await strand.hessian_vector(point.x, lanczos.direction(), product);
        lanczos.tell(product);
      }
      const Lanczos::Pair up = lanczos.largest(), down = lanczos.smallest();
      if (up.value > 1e-7 * std::fabs(down.value) + 2 * up.residual) {
        double slope = 0;
        for (std::size_t i = 0; i < dimension; ++i) slope += up.vector[i] * point.gradient[i];
        const double sign = slope < 0 ? -1 : 1;
        bool left = false;
        for (double t = radius; !left && t > 1e-8 * radius; t *= 0.5) {
          for (std::size_t i = 0; i < dimension; ++i) trial[i] = point.x[i] + sign * t * up.vector[i];
          const double log_p = co_await strand.gradient(trial, trial_g);
          ++ascent.gradients;
          left = detail::finite_point(log_p, trial_g, n) && log_p > point.log_p + slack;
          if (left) point.log_p = log_p;
        }
        if (left) {
          copy(trial, point.x, n);
          copy(trial_g, point.gradient, n);
          ++ascent.iterations;
          if (progression.accept(point.x, point.gradient, point.log_p, radius)) continue;
          co_return;
        }
      }
    }
    if (length == 0) {
      ascent.ending = Ending::converged;
      co_return;
    }
    for (std::size_t i = 0; i < n; ++i) trial[i] = point.x[i] + step[i];
    const double log_p = co_await strand.gradient(trial, trial_g);
    ++ascent.gradients;
    const bool finite = detail::finite_point(log_p, trial_g, n);
    if (log_p == infinity || log_p > method.highest) {
      ascent.ending = Ending::unbounded;
      co_return;
    }
    if (!finite) ascent.lost.assign(trial, trial + dimension);
    const double won = log_p - point.log_p, norm = std::sqrt(dot(trial_g, trial_g, n));
    double ratio = finite ? won / gain : -1;
    if (finite && gain < slack && won > -slack) ratio = norm <= ascent.gradient_norm ? 1 : -1;  // only slopes tell
    radius = Rules::next_radius(radius, ratio, length, model.inside());
    if (Rules::accepts(ratio)) {
      copy(trial, point.x, n);
      copy(trial_g, point.gradient, n);
      point.log_p = log_p;
      ++ascent.iterations;
      if (!progression.accept(point.x, point.gradient, log_p, length)) co_return;
    }
    double reach = 1;
    for (std::size_t i = 0; i < dimension; ++i) reach = std::fmax(reach, std::fabs(point.x[i]));
    if (arrived || radius < 1e-15 * reach) {
      ascent.ending = arrived || (gain < 1e-6 && ascent.lost.empty()) ? Ending::converged : Ending::stalled;
      co_return;
    }
  }
}

}  // namespace thalweg
