// What the flattest direction at a stationary point says: a maximum, a ridge, or the way to infinity.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/density/points.hpp"

namespace thalweg {

enum class Flatness {
  none,      ///< log p falls to both sides
  one_side,  ///< it does not fall along the direction, however far: there is no maximum
  both_sides,
  curved,  ///< it falls along the straight line, but a curve of equal height leads on
};

/// Looks along u, the eigenvector of the smallest eigenvalue λ of −∇²log p, as far as 1, 10, 100 and 1000 standard
/// deviations 1/√λ. At a maximum that is well described ½ nat is lost after the first; nothing ever where log p only
/// rises or stays. Where λ is 0 to rounding and log p falls all the same, an ascent from beside says whether it leads
/// back, as at the top of −x⁴, or to another point as high, as on a ring.
///
/// Where λ is small and one side loses more than a nat at a distance at which a parabola would have lost nothing, while
/// the other loses nothing, log p levels off: a scale whose logarithm runs to −∞ does this.
///
/// `direction` is turned to the side that does not fall.
/// Cost    8 evaluations, seldom an L-BFGS ascent.
Flatness flatness_along(Points& points, std::span<const double> x, double log_p, double smallest, double largest,
                        std::vector<double>& direction);

}  // namespace thalweg
