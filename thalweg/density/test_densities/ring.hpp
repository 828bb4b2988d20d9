// A ring: one connected set of equal density with no centre.
#pragma once
#include "thalweg/density/density.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// log p = −(|x|² − 4²)² / (2 · 2²) in the plane: |x|² is normal N(16, 4), cut off at 0 (8 standard deviations away).
struct Ring {
  static constexpr const char* name = "ring";
  std::int64_t dimension() const { return 2; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real u = x[0] * x[0] + x[1] * x[1] - 16.0;
    gradient[0] = -0.5 * u * x[0];
    gradient[1] = -0.5 * u * x[1];
    return -0.125 * u * u;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
