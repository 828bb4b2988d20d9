// Adam: steps of a common size in every coordinate, whatever the scale of the gradient.
#pragma once
#include <cmath>
#include <cstddef>

#include "thalweg/core/card.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {

/// m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  x ← x + r m̂/(√v̂ + ε), again from the best point with half of r
/// whenever `patience` iterations brought nothing better; it ends as converged when r has fallen to `last_rate`.
///
/// Shapes  point.x, point.gradient: [d], padded.
/// Cost    a gradient an iteration; 5·d numbers.
/// Errors  as Lbfgs; a step to a place without a finite log p is taken back and r halved.
/// Source  Kingma & Ba (2015), ICLR, arXiv 1412.6980.
struct Adam {
  Arrival arrival{.max_iterations = 20000};
  double rate = 0.1;
  double last_rate = 1e-8;
  int patience = 30;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

inline constexpr Card adam_card{"adam",
                                "steps of one size in every coordinate, halved where they bring nothing",
                                "log p and its gradient",
                                "a local optimum, to about the last step",
                                "1 gradient",
                                "Kingma & Ba (2015), ICLR, arXiv 1412.6980"};

inline Task adam(Strand& strand, Adam method, std::size_t dimension, Point& point, Ascent& ascent,
                 IterateObserver observer = {}) {
  const std::size_t n = padded(dimension);
  Vectors places(4, dimension);
  double *x = places[0], *g = places[1], *m = places[2], *v = places[3];
  detail::Progression progression(ascent, observer, dimension, method.arrival.watch ? 2048 : 0);
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
  copy(point.x, x, n);
  copy(point.gradient, g, n);
  double rate = method.rate, share1 = 1, share2 = 1;
  int poor = 0;
  while (ascent.iterations < method.arrival.max_iterations) {
    if (rate < method.last_rate) {
      ascent.ending = ascent.lost.empty() ? Ending::converged : Ending::stalled;
      co_return;
    }
    share1 *= method.beta1;
    share2 *= method.beta2;
    double squares = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
      m[i] = method.beta1 * m[i] + (1 - method.beta1) * g[i];
      v[i] = method.beta2 * v[i] + (1 - method.beta2) * g[i] * g[i];
      const double step = rate * (m[i] / (1 - share1)) / (std::sqrt(v[i] / (1 - share2)) + method.epsilon);
      x[i] += step;
      squares += step * step;
    }
    const double log_p = co_await strand.gradient(x, g);
    ++ascent.gradients;
    if (log_p == infinity) {
      ascent.ending = Ending::unbounded;
      co_return;
    }
    const bool finite = detail::finite_point(log_p, g, n);
    if (finite) {
      ++ascent.iterations;
      if (!progression.accept(x, g, log_p, std::sqrt(squares))) co_return;
    } else {
      ascent.lost.assign(x, x + dimension);
    }
    if (finite && log_p > point.log_p) {
      copy(x, point.x, n);
      copy(g, point.gradient, n);
      point.log_p = log_p;
      poor = 0;
    } else if (!finite || ++poor >= method.patience) {  // again from the best point, as if it were the start
      rate *= 0.5;
      poor = 0;
      copy(point.x, x, n);
      copy(point.gradient, g, n);
      for (std::size_t i = 0; i < n; ++i) m[i] = v[i] = 0;
      share1 = share2 = 1;
    }
  }
}

}  // namespace thalweg
