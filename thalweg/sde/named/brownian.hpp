// Brownian motion with a drift, in any dimension.
#pragma once
#include "thalweg/sde/named/parameter.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = μ dt + σ dW in each of d coordinates, from x0:  x_t ~ N(x0 + μt, σ²t).
struct Brownian {
  static constexpr const char* name = "brownian";
  static constexpr NoiseShape noise = NoiseShape::diagonal;
  static constexpr Structure structure = additive_noise | own_noise | autonomous | commuting_noise;
  double mu = 0, sigma = 1, x0 = 0;
  std::int64_t d = 1;

  std::int64_t dimension() const { return d; }
  std::int64_t noise_dimension() const { return d; }
  void read(const RawDataMap& data) {
    read_parameter(data, "mu", mu), read_nonnegative(data, "sigma", sigma), read_parameter(data, "x0", x0);
    d = find_integer(data, "dimension", 1, 1'000'000, d);
  }
  template <class Real>
  void drift(const Real&, View<const Real>, View<Real> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Real(mu);
  }
  template <class Real>
  void diffusion(const Real&, View<const Real>, View<Real> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Real(sigma);
  }
  template <class R, class Real>
  void initial(R&, View<Real> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Real(x0);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
