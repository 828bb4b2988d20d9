// Langevin dynamics with inertia in a double well.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dq = v dt,  dv = (q − q³ − γ v) dt + √(2γT) dW, from (x0, v0):  stationary law ∝ exp(−(q⁴/4 − q²/2 + v²/2)/T).
struct KineticDoubleWell {
  static constexpr const char* name = "kinetic-double-well";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | kinetic | commuting_noise;
  double gamma = 1, T = 0.25, x0 = -1, v0 = 0;

  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  static const char* coordinate(std::int64_t i) { return i == 0 ? "q" : "v"; }
  double friction() const { return gamma; }
  void read(const RawDataMap& data) {
    read_nonnegative(data, "gamma", gamma);
    read_nonnegative(data, "T", T);
    read_parameter(data, "x0", x0);
    read_parameter(data, "v0", v0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = x[1];
    out[1] = (x[0] - x[0] * x[0] * x[0]) - gamma * x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(0.0);
    out[1] = Real(std::sqrt(2 * gamma * T));
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0), out[1] = Real(v0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
