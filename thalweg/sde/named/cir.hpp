// The Cox–Ingersoll–Ross process.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = κ (θ − x⁺) dt + σ √x⁺ dW with x⁺ = max(x, 0) (full truncation), from x0 ≥ 0: a scheme that steps below 0 comes
/// back by the drift κθ. The law of x_t is c times a noncentral χ² of 4κθ/σ² degrees of freedom and noncentrality
/// x0 e^{−κt}/c, c = σ² (1 − e^{−κt})/(4κ). It reaches 0 unless 2κθ ≥ σ² (Feller).
///
/// Source  R. Lord, R. Koekkoek & D. van Dijk (2010), Quant. Finance 10(2), 177–194.
struct Cir {
  static constexpr const char* name = "cir";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = own_noise | autonomous | commuting_noise;
  double kappa = 1, theta = 1, sigma = 1, x0 = 1;

  static constexpr std::int64_t dimension() { return 1; }
  static constexpr std::int64_t noise_dimension() { return 1; }
  void read(const RawDataMap& data) {
    read_positive(data, "kappa", kappa);
    read_positive(data, "theta", theta);
    read_positive(data, "sigma", sigma);
    read_nonnegative(data, "x0", x0);
  }
  template <class Real>
  void drift(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = kappa * (theta - max(x[0], Real(0.0)));
  }
  template <class Real>
  void diffusion(const Real&, View<const Real> x, View<Real> out) const {
    out[0] = sigma * sqrt(max(x[0], Real(0.0)));
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    out[0] = Real(x0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
