// Draws of an approximation with both log densities: what weights and certificates are made of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/optimize/multivariate_normal.hpp"

namespace thalweg {

/// An approximation q of a density p on the unconstrained space: a mixture of Gaussians with equal weights (one,
/// mostly) and draws of it.
///
/// Shapes  x: [count][dimension], one draw a row; log_p, log_q: [count]. component: [count], which of q the draw is of.
/// Units   log_q is normalised; log_p is as the model gives it. A draw outside the support has log_p = −∞.
struct Approximation {
  std::vector<MultivariateNormal> components;
  std::size_t dimension = 0, count = 0;
  std::vector<double> x, log_p, log_q;
  std::vector<std::int32_t> component;

  std::span<const double> draw(std::size_t i) const { return {x.data() + i * dimension, dimension}; }
};

}  // namespace thalweg
