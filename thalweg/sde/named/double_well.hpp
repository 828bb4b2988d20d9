// Overdamped motion in a double well.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = −V′(x) dt + √(2T) dW,  V = x⁴/4 − x²/2, from x0:  stationary law ∝ e^{−V/T}; the slowest relaxation rate is
/// 0.187170, 0.0568183, 0.00744490, 0.00277614 at T = 1/4, 1/8, 1/16, 1/20.
struct DoubleWell {
  static constexpr const char* name = "double-well";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | gradient_drift | commuting_noise;
  double T = 0.25, x0 = -1;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  void read(const RawDataMap& data) {
    read_nonnegative(data, "T", T);
    read_parameter(data, "x0", x0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[0] - x[0] * x[0] * x[0];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(std::sqrt(2 * T));
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
