// What methods without a Metropolis test share: how their step size is judged.
#pragma once
#include <cmath>
#include <cstddef>

#include "thalweg/dynamics/hamiltonian/leapfrog.hpp"

namespace thalweg {

/// The step size of an unadjusted method is steered by the variance of its energy error a dimension,
///   E[W²]/d = tolerance,
/// which tells of its bias, see squared_bias_of. Dual averaging sees 1/(1 + W²/(d·tolerance)) instead,
/// which one wild step cannot drag away; for normal W its mean at the tolerance is E[1/(1 + z²)] = √(πe/2)·erfc(1/√2).
///
/// Source  Robnik & Seljak (2024), arXiv 2412.08876 (from the variance to the bias).
inline constexpr double steering_target = 0.6556795424187985;
inline double steering_of(double error, std::size_t dimension, double tolerance) {
  return 1 / (1 + error * error / (static_cast<double>(dimension) * tolerance));
}

/// As good as the tolerance wants it.
struct SteeredAbove {
  std::size_t dimension;
  double tolerance;
  bool operator()(double error) const { return steering_of(error, dimension, tolerance) > steering_target; }
};

/// b² of the variance v = E[W²]/d of the energy errors: v = 4 b³/(1 + b)².
inline double squared_bias_of(double variance) {
  double b = 0;
  for (int k = 0; k < 60; ++k) b = std::cbrt(0.25 * variance * (1 + b) * (1 + b));
  return b * b;
}

/// Whether a step's error is beyond all that a usable step size gives: such a step is not made. Without that a chain
/// that once steps too far never comes back.
inline bool runs_away(double error, std::size_t dimension) {
  return !(std::fabs(error) <= 10 + std::sqrt(static_cast<double>(dimension)));
}

}  // namespace thalweg
