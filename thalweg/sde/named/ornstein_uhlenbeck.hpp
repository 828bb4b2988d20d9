// The Ornstein–Uhlenbeck process.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = −κ (x − θ) dt + σ dW, from x0:  mean θ + (x0 − θ) e^{−κt}, variance σ²/(2κ) (1 − e^{−2κt}), stationary
/// covariance σ²/(2κ) e^{−κ|t − s|}.
struct OrnsteinUhlenbeck {
  static constexpr const char* name = "ou";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | gradient_drift | commuting_noise;
  double kappa = 1, theta = 0, sigma = 1, x0 = 0;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  void read(const RawDataMap& data) {
    read_positive(data, "kappa", kappa);
    read_parameter(data, "theta", theta);
    read_nonnegative(data, "sigma", sigma);
    read_parameter(data, "x0", x0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = kappa * (theta - x[0]);
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
