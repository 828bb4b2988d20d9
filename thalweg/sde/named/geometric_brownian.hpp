// Geometric Brownian motion.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = μ x dt + σ x dW, from x0 > 0:  E x_t = x0 e^{(μ + ασ²) t} with α = 0 (ito), ½ (stratonovich), 1 (isothermal);
/// in the sense of Itô  x_t = x0 exp((μ − σ²/2) t + σ W_t).
struct GeometricBrownian {
  static constexpr const char* name = "gbm";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = own_noise | autonomous | commuting_noise;
  double mu = 0.5, sigma = 1, x0 = 1;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  void read(const RawDataMap& data) {
    read_parameter(data, "mu", mu);
    read_nonnegative(data, "sigma", sigma);
    read_parameter(data, "x0", x0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = mu * x[0];
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = sigma * x[0];
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
