// L-BFGS: ascent along the gradient as seen through the curvature of the last steps.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "thalweg/core/card.hpp"
#include "thalweg/core/quasi_newton.hpp"
#include "thalweg/optimize/ascent.hpp"
#include "thalweg/optimize/line_search.hpp"
#include "thalweg/optimize/runaway.hpp"

namespace thalweg {

/// x ← x + t·H g with H the limited-memory inverse Hessian of the last `memory` pairs and t from a Wolfe line search.
/// In up to `whole` dimensions H is kept whole (BFGS), and forgets nothing any more, from the first step on that gains
/// less than `near`: farther out, and in narrowing necks, forgetting is what gets an ascent on.
///
/// Shapes  point.x, point.gradient: [d], padded.
/// Cost    a gradient an iteration, seldom more; 4·memory·d operations, or 8·d²; (2·memory + 8)·d numbers, or d² more.
/// Errors  no finite log p or gradient at the start: Ending::failed. Steps into places without are shortened.
/// Source  Liu & Nocedal (1989), Math. Program. 45, 503–528.
struct Lbfgs {
  int memory = 10;
  std::size_t whole = 40;
  double near = 0.1, far = 10;  ///< nats
  Arrival arrival{};
  double highest = 1e100;  ///< log p above it, or a point farther out than `farthest`, counts as unbounded
  double farthest = 1e50;
};

inline constexpr Card lbfgs_card{"lbfgs",
                                 "ascent with the curvature of the last steps; a Wolfe line search",
                                 "log p and its gradient",
                                 "a local optimum, to what rounding leaves of log p",
                                 "1 gradient, 40·d operations",
                                 "Liu & Nocedal (1989), Math. Program. 45, 503-528"};

namespace detail {

/// The ascent as it goes: what the methods report of each accepted point.
class Progression {
 public:
  /// `first_look`: see Steadiness; 0: nobody looks whether the point runs away.
  Progression(Ascent& ascent, const IterateObserver& observer, std::size_t dimension, std::int64_t first_look)
      : ascent_(ascent),
        observer_(observer),
        d_(dimension),
        n_(padded(dimension)),
        watches_(first_look > 0),
        watch_(dimension, {.first = first_look}) {}
  /// False when the ascent ends here, by the observer's wish or since it runs away; the ending is set then.
  bool accept(const double* x, const double* gradient, double log_p, double step) {
    ascent_.gradient_norm = std::sqrt(dot(gradient, gradient, n_));
    ascent_.lost.clear();
    const Iterate iterate{ascent_.iterations, x, gradient, log_p, ascent_.gradient_norm, step};
    if (observer_ && !observer_(iterate)) {
      ascent_.ending = Ending::stopped;
      return false;
    }
    if (!watches_ || !watch_.sees(iterate)) return true;
    ascent_.ending = Ending::unbounded;
    ascent_.evidence = fmt::format("log p rises steadily, by {:.3g} nats a unit of length", watch_.slope());
    for (std::size_t i = 0; i < d_; ++i) ascent_.direction.push_back(watch_.direction()[i] / watch_.length());
    return false;
  }

 private:
  Ascent& ascent_;
  const IterateObserver& observer_;
  std::size_t d_, n_;
  bool watches_;
  RunAway<> watch_;
};

inline bool finite_point(double log_p, const double* gradient, std::size_t n) {
  return std::isfinite(log_p) && std::isfinite(dot(gradient, gradient, n));
}

}  // namespace detail

inline Task lbfgs(Strand& strand, Lbfgs method, std::size_t dimension, Point& point, Ascent& ascent,
                  IterateObserver observer = {}) {
  const std::size_t n = padded(dimension);
  CurvaturePairs pairs(dimension, static_cast<std::size_t>(method.memory));
  std::optional<DenseInverseHessian> whole;
  Vectors places(3, dimension);
  double *direction = places[0], *trial = places[1], *trial_g = places[2];
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
  bool restarted = false;
  while (ascent.iterations < method.arrival.max_iterations) {
    if (whole)
      whole->ascent_direction(point.gradient, direction);
    else
      pairs.ascent_direction(point.gradient, direction);
    const double slope = dot(direction, point.gradient, n), length = std::sqrt(dot(direction, direction, n));
    if (slope == 0) {
      ascent.ending = Ending::converged;
      co_return;
    }
    const bool nothing_left = pairs.kept() > 0 && 0.5 * slope < method.arrival.tolerance;
    LineSearch search(point.log_p, slope, pairs.kept() > 0 ? 1 : std::fmin(1, 1 / length));
    double log_p = point.log_p;
    while (search.wants()) {
      copy(point.x, trial, n);
      add_scaled(search.step(), direction, trial, n);
      log_p = co_await strand.gradient(trial, trial_g);
      ++ascent.gradients;
      const bool finite = detail::finite_point(log_p, trial_g, n);
      if (!finite) ascent.lost.assign(trial, trial + dimension);
      search.tell(finite || log_p == infinity ? log_p : -infinity, finite ? dot(direction, trial_g, n) : 0);
      if (log_p == infinity || log_p > method.highest) break;
    }
    const bool far = search.found() && search.step() * length > method.farthest;  // a steep slope alone is not far
    if (log_p == infinity || log_p > method.highest || far || search.endless()) {
      ascent.ending = Ending::unbounded;
      ascent.evidence = "log p rises along a line for as far as numbers reach";
      for (std::size_t i = 0; i < dimension; ++i) ascent.direction.push_back(direction[i] / length);
      co_return;
    }
    if (!search.found()) {  // once more from the plain gradient: the curvature kept may be of another region
      if (std::exchange(restarted, true) || pairs.kept() == 0) {
        const bool small = nothing_left || (0.5 * slope < 1e-6 * (1 + std::fabs(point.log_p)) && ascent.lost.empty());
        ascent.ending = small ? Ending::converged : Ending::stalled;
        co_return;
      }
      pairs.clear();
      whole.reset();
      continue;
    }
    restarted = false;
    const double gain = log_p - point.log_p;
    const bool curved = pairs.keep(point.x, point.gradient, trial, trial_g);
    if (whole && gain > method.far) whole.reset();
    if (whole)
      whole->keep(point.x, point.gradient, trial, trial_g);
    else if (curved && gain < method.near && dimension <= method.whole)
      whole.emplace(dimension).start(pairs);
    copy(trial, point.x, n);
    copy(trial_g, point.gradient, n);
    point.log_p = log_p;
    ++ascent.iterations;
    if (!progression.accept(point.x, point.gradient, log_p, search.best_step() * length)) co_return;
    if (nothing_left && search.best_step() <= 10) {  // a longer step shows that the curvature kept is too steep here
      ascent.ending = Ending::converged;
      co_return;
    }
  }
}

}  // namespace thalweg
