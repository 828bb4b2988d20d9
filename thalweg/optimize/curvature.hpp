// The Hessian at the end of an ascent: whole where it may be formed, its extremes where not.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/density/points.hpp"

namespace thalweg {

/// −∇²log p at a point, over the coordinates that are not `fixed`: a likelihood may leave some alone.
///
/// Shapes  matrix: [f][f], f free coordinates; empty above the limit. values: ascending, all of them with the matrix,
///         the smallest and the largest without; empty where the Hessian is not finite. flattest: [d], of the smallest.
struct Curvature {
  std::vector<std::size_t> free{};
  std::vector<double> matrix{}, values{}, flattest{};

  bool known() const { return !values.empty(); }
  double smallest() const { return values.front(); }
  double largest() const { return values.back(); }
  /// uᵀ(−H)u, for u of all coordinates; the matrix must be there.
  double square(std::span<const double> u) const;
  /// ½ gᵀ(−H)⁻¹g and log |−H|; NaN where −H is not positive definite or not there.
  struct Newton {
    double decrement, log_determinant;
  };
  Newton newton(std::span<const double> gradient) const;
};

/// Cost    d products and d³ operations up to `whole` dimensions; `steps` products above (Lanczos).
Curvature curvature_at(Points& points, std::span<const double> x, std::span<const std::size_t> fixed, std::size_t whole,
                       std::size_t steps);

}  // namespace thalweg
