// Laplace's approximation: the Gaussian with the height and the curvature of log p at a maximum.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/optimize/approximation.hpp"

namespace thalweg {

/// q = N(x̂, (−∇²log p(x̂))⁻¹) on the unconstrained space, and
///   log Z ≈ log p(x̂) + ½ d log 2π − ½ log |−∇²log p(x̂)|.
///
/// Cost    d Hessian–vector products in packs, d³ operations, a gradient a draw.
/// Random  draw i from (seed, approximation, i, 0).
/// Errors  Error where log p is not finite, where its gradient says that this is no maximum (½gᵀ(−H)⁻¹g above
///         `most_decrement`), and where −H is not positive definite: the message names the direction along which log p
///         does not fall. std::invalid_argument above `largest_dimension`, where the matrix takes 8·d² bytes.
/// Source  Tierney & Kadane (1986), J. Am. Stat. Assoc. 81, 82–86.
struct Laplace {
  std::size_t draws = 1000;
  std::uint64_t seed = 0;
  double most_decrement = 1e-6;
  std::size_t largest_dimension = 2000;
};

struct LaplaceResult {
  MultivariateNormal q;
  Approximation draws;
  double log_p = 0, log_evidence = 0;
  double smallest = 0, largest = 0;  ///< eigenvalues of −H
  double decrement = 0;
};

LaplaceResult laplace(Points& points, std::span<const double> x, const Laplace& settings = {});

/// Draws of one Gaussian with both log densities.
Approximation draw(Points& points, MultivariateNormal q, std::size_t count, std::uint64_t seed);

inline constexpr Card laplace_card{"laplace",
                                   "the Gaussian with the curvature of log p at its maximum",
                                   "log p, its gradient and Hessian-vector products; one clear maximum",
                                   "approximate: exact for Gaussian posteriors",
                                   "d products, then 1 gradient a draw",
                                   "Tierney & Kadane (1986), J. Am. Stat. Assoc. 81, 82-86"};

}  // namespace thalweg
