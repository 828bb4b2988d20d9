// What every ascent of a log density has in common: its iterates, how it ends, and the evidence for that.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/vectors.hpp"

namespace thalweg {

/// An accepted point of an ascent; the start is iterate 0. x and gradient are valid during the call only.
struct Iterate {
  std::int64_t number = 0;
  const double *x = nullptr, *gradient = nullptr;  ///< [d], padded
  double log_p = 0;
  double gradient_norm = 0;
  double step = 0;  ///< length |x − x before|; 0 at the start
};
/// Asked after every iterate; false ends the ascent there.
using IterateObserver = std::function<bool(const Iterate&)>;

enum class Ending {
  converged,   ///< the gradient is as small as the tolerance asks, or rounding lets no step improve log p further
  iterations,  ///< their number ran out
  unbounded,   ///< log p grows without end, or the point runs away
  stalled,  ///< no step improves log p although the gradient is not small: a kink, a wrong gradient, the support's edge
  failed,   ///< log p or its gradient is not finite at the start
  stopped,  ///< by the observer
};

/// What came of an ascent, beside the point that it left.
struct Ascent {
  Ending ending = Ending::stopped;
  std::int64_t iterations = 0, gradients = 0, products = 0;  ///< products: of the Hessian with a vector
  double gradient_norm = 0;
  std::string evidence{};           ///< in words, where the ending needs some
  std::vector<double> direction{};  ///< [d], length 1: where the point runs to without end; empty otherwise
  /// [d], where log p or its gradient was not finite when last tried, since the last accepted iterate; or the start.
  std::vector<double> lost{};
};

/// When an ascent has arrived. The defaults ask for what double precision can give on a well-scaled log density.
struct Arrival {
  std::int64_t max_iterations = 2000;
  /// ½ gᵀH⁻¹g in nats, of the model of curvature that the method has: what is still to be gained.
  double tolerance = 1e-12;
  bool watch = true;  ///< ends as unbounded where log p rises as steadily as it can, see RunAway
};

// Each method is a coroutine
//
//   Task method(Strand&, Parameters, std::size_t dimension, Point& point, Ascent& ascent, IterateObserver = {})
//
// that starts at point.x (its gradient and log p need not be known) and leaves the best point there, with log p and
// gradient. It asks for gradients by `co_await strand.gradient(…)`: whoever serves the strand decides what is ascended.

}  // namespace thalweg
