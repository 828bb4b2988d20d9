// From a start far out to where the posterior's mass may be, downhill.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/moments.hpp"
#include "thalweg/dynamics/hamiltonian/tree.hpp"

namespace thalweg {

/// L-BFGS ascent of log p that ends as soon as an iteration gains less than `enough`·d nats: steep directions, in
/// which a start lies thousands of nats below the typical set, are gone then; flat ones, in which starts are meant to
/// be over-dispersed, have hardly moved. A start from which the whole ascent gains less than that stays where it is.
///
/// Shapes  point.x, point.gradient: [d], padded.
/// Cost    one gradient per iteration, more where a step is shortened; 4·memory·d operations besides.
/// Errors  steps into places without a finite log p and gradient are shortened, in the end given up.
/// Source  Nocedal & Wright (2006), Numerical Optimization, algorithms 3.1 and 7.5.
struct Relaxation {
  double enough = 1;  ///< nats per dimension
  int patience = 3;   ///< iterations in a row that gain less
  int most_gradients = 200;
  int memory = 8;

  /// Memory of one relaxation; `curvature` receives s_i²/(s·y) and y_i²/(s·y) of its last pairs, as squared deviations
  /// of x and of the gradient: their ratio estimates the squared width along each coordinate.
  struct Work {
    explicit Work(std::size_t dimension, const Relaxation& method)
        : s(static_cast<std::size_t>(method.memory), dimension),
          y(static_cast<std::size_t>(method.memory), dimension),
          places(5, dimension),
          inverse(static_cast<std::size_t>(method.memory)),
          alpha(inverse.size()) {}
    Vectors s, y, places;
    std::vector<double> inverse, alpha;  ///< 1/(s·y); the two-loop recursion's coefficients
    std::size_t pairs = 0;               ///< seen so far
  };
};

namespace detail {

/// direction = H·gradient by the two-loop recursion over the pairs kept.
inline void ascent_direction(Relaxation::Work& work, const double* gradient, double* direction, std::size_t n) {
  const std::size_t kept = std::min(work.pairs, work.inverse.size());
  copy(gradient, direction, n);
  for (std::size_t j = 0; j < kept; ++j) {
    const std::size_t k = (work.pairs - 1 - j) % work.inverse.size();
    work.alpha[k] = work.inverse[k] * dot(work.s[k], direction, n);
    for (std::size_t i = 0; i < n; ++i) direction[i] -= work.alpha[k] * work.y[k][i];
  }
  if (kept) {
    const std::size_t k = (work.pairs - 1) % work.inverse.size();
    const double scale = 1 / (work.inverse[k] * dot(work.y[k], work.y[k], n));
    for (std::size_t i = 0; i < n; ++i) direction[i] *= scale;
  }
  for (std::size_t j = kept; j-- > 0;) {
    const std::size_t k = (work.pairs - 1 - j) % work.inverse.size();
    const double beta = work.inverse[k] * dot(work.y[k], direction, n);
    for (std::size_t i = 0; i < n; ++i) direction[i] += (work.alpha[k] - beta) * work.s[k][i];
  }
}

/// Keeps s = x − x₀ and y = −(g − g₀) when they show positive curvature.
inline void keep_pair(Relaxation::Work& work, const double* x0, const double* g0, const double* x, const double* g,
                      std::size_t n) {
  const std::size_t k = work.pairs % work.inverse.size();
  for (std::size_t i = 0; i < n; ++i) {
    work.s[k][i] = x[i] - x0[i];
    work.y[k][i] = g0[i] - g[i];
  }
  const double sy = dot(work.s[k], work.y[k], n);
  if (!(sy > 1e-10 * sqrt(dot(work.s[k], work.s[k], n) * dot(work.y[k], work.y[k], n)))) return;
  work.inverse[k] = 1 / sy;
  ++work.pairs;
}

inline void write_curvature(Relaxation::Work& work, std::size_t dimension, EpochMoments& curvature) {
  curvature.reset(dimension, false);
  curvature.count = static_cast<double>(std::min(work.pairs, work.inverse.size()));
  for (std::size_t k = 0; k < static_cast<std::size_t>(curvature.count); ++k)
    for (std::size_t i = 0; i < dimension; ++i) {
      curvature.x_squares[i] += work.inverse[k] * work.s[k][i] * work.s[k][i];
      curvature.gradient_squares[i] += work.inverse[k] * work.y[k][i] * work.y[k][i];
    }
}

}  // namespace detail

inline Task relax(Strand& strand, Relaxation method, std::size_t dimension, Point& point, EpochMoments& curvature) {
  const std::size_t n = padded(dimension);
  Relaxation::Work work(dimension, method);
  double *const x = work.places[0], *const g = work.places[1], *const direction = work.places[2],
                *const trial = work.places[3], *const trial_g = work.places[4];
  copy(point.x, x, n);
  copy(point.gradient, g, n);
  const double enough = method.enough * static_cast<double>(dimension);
  double log_p = point.log_p;
  int poor = 0;
  for (int used = 0; used < method.most_gradients;) {
    detail::ascent_direction(work, g, direction, n);
    double slope = dot(direction, g, n);
    if (!(slope > 0)) break;
    const double length = sqrt(dot(direction, direction, n));
    double step = work.pairs == 0 ? std::min(1.0, 1 / length) : 1, trial_log_p = log_p;
    bool found = false;
    while (used < method.most_gradients && !found && step * length > 1e-12) {
      for (std::size_t i = 0; i < n; ++i) trial[i] = x[i] + step * direction[i];
      trial_log_p = co_await strand.gradient(trial, trial_g);
      ++used;
      const double gain = trial_log_p - log_p;
      found = std::isfinite(dot(trial_g, trial_g, n)) && gain >= 1e-4 * step * slope && gain < infinity;
      if (!found) step *= 0.3;
    }
    if (!found) break;
    detail::keep_pair(work, x, g, trial, trial_g, n);
    copy(trial, x, n);
    copy(trial_g, g, n);
    const double gain = trial_log_p - std::exchange(log_p, trial_log_p);
    poor = gain < enough ? poor + 1 : 0;
    if (poor == method.patience) break;
  }
  detail::write_curvature(work, dimension, curvature);
  if (log_p - point.log_p < enough) co_return;
  copy(x, point.x, n);
  copy(g, point.gradient, n);
  point.log_p = log_p;
}

}  // namespace thalweg
