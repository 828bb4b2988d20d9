// Brownian motion that must be at a place at a time.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = (b − x)/(T − t) dt + σ dW for t < T, from x0:  mean x0 + (b − x0) t/T, variance σ² t (T − t)/T. At t ≥ T there
/// is no drift.
struct BrownianBridge {
  static constexpr const char* name = "brownian-bridge";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | commuting_noise;
  double T = 1, b = 0, sigma = 1, x0 = 0;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  void read(const RawDataMap& data) {
    read_positive(data, "T", T);
    read_parameter(data, "b", b);
    read_nonnegative(data, "sigma", sigma);
    read_parameter(data, "x0", x0);
  }
  template <class Real>
  void drift(const Real& t, View<const Real> x, View<Real> out) const {
    const Real left = T - t;
    out[0] = select(left > Real(0.0), (b - x[0]) / left, Real(0.0));
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    out[0] = Real(sigma);
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
