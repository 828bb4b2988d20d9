// A plane Ornstein–Uhlenbeck process that turns: stationary, but not in equilibrium.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = (−a I + ω J) x dt + √(2D) dW with J = (0, −1; 1, 0), from (x0, y0):  stationary law N(0, (D/a) I) with the
/// current ωJx·p, entropy production 2ω²/a, eigenvalues of the generator −(n + m) a ± i (n − m) ω.
struct RotatingOu {
  static constexpr const char* name = "rotating-ou";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | commuting_noise;
  double a = 1, omega = 1, D = 1, x0 = 0, y0 = 0;

  static constexpr std::int64_t dimension() { return 2; }
  static constexpr std::int64_t noise_dimension() { return 2; }
  void read(const RawDataMap& data) {
    read_positive(data, "a", a);
    read_parameter(data, "omega", omega);
    read_nonnegative(data, "D", D);
    read_parameter(data, "x0", x0);
    read_parameter(data, "y0", y0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = -(a * x[0] + omega * x[1]);
    out[1] = omega * x[0] - a * x[1];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = out[1] = Real(std::sqrt(2 * D));
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0), out[1] = Real(y0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
