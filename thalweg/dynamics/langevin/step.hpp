// The step that optimization and sampling share: along the gradient, with as much noise as the temperature asks for.
#pragma once
#include <cmath>
#include <cstddef>

#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// One Euler–Maruyama step of  dX = ∇log p(X) dt + √(2T) dW:
///   y = x + h ∇log p(x) + √(2hT) z.
/// At T = 0 nothing is added, not even zeros: the same bits as gradient ascent, and no random number is taken.
///
/// Shapes  x, gradient, y: [d]; y may be x.
/// Units   step_size h is a time, (unit of x)²; T ≥ 0, dimensionless.
template <class Real, class Random>
THALWEG_INLINE void langevin_step(double h, double temperature, View<const Real> x, View<const Real> gradient,
                                  Random& random, View<Real> y) {
  const double noise = std::sqrt(2 * h * temperature);
  for (std::size_t j = 0; j < x.size(); ++j) {
    const Real along = x[j] + h * gradient[j];
    y[j] = temperature > 0 ? along + noise * random.normal() : along;
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
