// A curved ridge: Haario's banana, a normal pair bent along a parabola.
#pragma once
#include "thalweg/density/density.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// x1 ~ N(0, 10²),  x2 | x1 ~ N(0.03 (x1² − 100), 1).
///
/// Source  Haario, Saksman & Tamminen (1999), Comput. Stat. 14, 375–395; curvature 0.03 as in the inference gym.
struct Banana {
  static constexpr const char* name = "banana";
  static constexpr double scale = 10, bend = 0.03;

  std::int64_t dimension() const { return 2; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real z = x[0] / scale, r = x[1] - bend * (x[0] * x[0] - scale * scale);
    gradient[0] = 2 * bend * x[0] * r - z / scale;
    gradient[1] = -r;
    return -0.5 * (z * z + r * r);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
