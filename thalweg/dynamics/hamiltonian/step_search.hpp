// The first step size of an epoch.
#pragma once
#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/tree.hpp"

namespace thalweg {

/// Doubles or halves the step size until the acceptance of one leapfrog step crosses `acceptance`.
///
/// Random  momenta from (seed, step_size, chain, epoch).
/// Source  Hoffman & Gelman (2014), algorithm 4, with the threshold 0.8 of Stan.
struct StepSearch {
  double acceptance = 0.8;
  int most = 50;  ///< doublings or halvings
};

template <class Rules>
Task find_step_size(Strand& strand, StepSearch method, const Metric& metric, Tree<Rules>& tree, const Point& point,
                    Random<double> momentum, double& log_step) {
  constexpr double log_2 = 0.6931471805599453;
  int direction = 0;
  for (int k = 0; k < method.most; ++k) {
    tree.start(metric, exp(log_step), point, momentum);
    tree.head(true);
    tree.drift();
    const double log_p = co_await strand.gradient(tree.x(), tree.gradient());
    const bool sound = tree.arrive(log_p, infinity);
    const bool larger = sound && tree.acceptance_rate() > method.acceptance;
    if (direction == 0) direction = larger ? 1 : -1;
    if (larger != (direction > 0)) break;
    log_step += direction * log_2;
  }
}

}  // namespace thalweg
