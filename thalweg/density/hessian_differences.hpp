// Hessian–vector products for densities that cannot be differentiated twice: differences of the exact gradient.
#pragma once
#include <memory>

#include "thalweg/density/model_table.hpp"

namespace thalweg {

/// ∇²log p(x)·v as the slope of ∇log p(x + t v) at t = 0, from central differences at steps h, h/2 and h/4,
///
///   D(h) = (∇log p(x + h v) − ∇log p(x − h v)) / 2h,  extrapolated twice so that an error of order h⁶ stays.
///
/// h is a power of two near 2⁻⁷ · min_j max(1, |x_j|)/|v_j|, each lane's own: the product is nearly homogeneous in v.
///
/// Errors  a lane where log p is not finite, at x or at one of the six points, has NaN. The estimate of a lane's error
/// is the largest
///         change that the last extrapolation made: about 1e-9 of the largest gradient where log p varies on the scale
///         of 1, and larger where it varies faster.
/// Cost    seven gradients, in packs of the width of the workspace.
/// Source  Ridders (1982), Adv. Eng. Softw. 4, 75–76.
struct HessianDifferences {
  const ModelTable* table;         ///< lives as long as `instance`
  std::shared_ptr<void> instance;  ///< of `table`; keeps the density's own
  double (*error)(const void* workspace, int lane);
};
HessianDifferences hessian_differences(const ModelTable& density, std::shared_ptr<void> instance);

}  // namespace thalweg
