// The whole Hessian of a log density, column by column in packs.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/density/points.hpp"

namespace thalweg {

struct HessianOptions {
  std::size_t largest_dimension = 2000;  ///< refuse above: the matrix takes 8 d² bytes
};

/// ∇²log p at one point.
struct Hessian {
  std::vector<double> matrix;  ///< [d][d], symmetric: the mean of what was found and its transpose
  /// max |Hᵢⱼ − Hⱼᵢ| before that, over max |Hᵢⱼ|: rounding, some 1e-15 times the condition of what is computed, when
  /// products are exact.
  double asymmetry = 0;
};

/// Column j is the product with the j-th unit vector.
///
/// Shapes  x: [d].
/// Cost    d products, in packs and on the threads of `points`; 8 d² bytes, and as much again for 64 columns at a time.
/// Errors  all NaN where log p(x) is not finite. std::invalid_argument when d is above options.largest_dimension, or
/// the
///         model has no products.
Hessian hessian(Points& points, std::span<const double> x, const HessianOptions& options = {});

}  // namespace thalweg
