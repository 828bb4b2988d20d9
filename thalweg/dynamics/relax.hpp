// From a start far out to where the posterior's mass may be, downhill.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/quasi_newton.hpp"
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
};

namespace detail {

/// Σ s_i²/(s·y) and Σ y_i²/(s·y) over the pairs, as squared deviations of x and of the gradient: their ratio estimates
/// the squared width along each coordinate.
inline void write_curvature(CurvaturePairs& pairs, std::size_t dimension, EpochMoments& curvature) {
  curvature.reset(dimension, false);
  curvature.count = static_cast<double>(pairs.kept());
  for (std::size_t k = pairs.kept(); k-- > 0;)
    for (std::size_t i = 0; i < dimension; ++i) {
      curvature.x_squares[i] += pairs.inverse(k) * pairs.s(k)[i] * pairs.s(k)[i];
      curvature.gradient_squares[i] += pairs.inverse(k) * pairs.y(k)[i] * pairs.y(k)[i];
    }
}

}  // namespace detail

/// `curvature` receives what the last pairs say; see write_curvature.
inline Task relax(Strand& strand, Relaxation method, std::size_t dimension, Point& point, EpochMoments& curvature) {
  const std::size_t n = padded(dimension);
  CurvaturePairs pairs(dimension, static_cast<std::size_t>(method.memory));
  Vectors places(5, dimension);
  double *const x = places[0], *const g = places[1], *const direction = places[2], *const trial = places[3],
                *const trial_g = places[4];
  copy(point.x, x, n);
  copy(point.gradient, g, n);
  const double enough = method.enough * static_cast<double>(dimension);
  double log_p = point.log_p;
  int poor = 0;
  for (int used = 0; used < method.most_gradients;) {
    pairs.ascent_direction(g, direction);
    double slope = dot(direction, g, n);
    if (!(slope > 0)) break;
    const double length = sqrt(dot(direction, direction, n));
    double step = pairs.kept() == 0 ? std::min(1.0, 1 / length) : 1, trial_log_p = log_p;
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
    pairs.keep(x, g, trial, trial_g);
    copy(trial, x, n);
    copy(trial_g, g, n);
    const double gain = trial_log_p - std::exchange(log_p, trial_log_p);
    poor = gain < enough ? poor + 1 : 0;
    if (poor == method.patience) break;
  }
  detail::write_curvature(pairs, dimension, curvature);
  if (log_p - point.log_p < enough) co_return;
  copy(x, point.x, n);
  copy(g, point.gradient, n);
  point.log_p = log_p;
}

}  // namespace thalweg
