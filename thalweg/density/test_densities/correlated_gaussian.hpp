// A stationary autoregression: normals whose neighbours are correlated by 0.95.
#pragma once
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// x_1 ~ N(0, 1),  x_j | x_{j−1} ~ N(ρ x_{j−1}, 1 − ρ²),  ρ = 0.95: every variance is 1, cov(x_i, x_j) = ρ^|i−j|.
struct CorrelatedGaussian {
  static constexpr const char* name = "correlated-gaussian";
  static constexpr double rho = 0.95, precision = 1 / (1 - rho * rho);
  std::int64_t d = 10;

  void read(const RawDataMap& data) { d = find_integer(data, "dimension", 1, 1'000'000, d); }
  std::int64_t dimension() const { return d; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = x[0] * x[0];
    gradient[0] = -x[0];
    for (std::size_t j = 1; j < x.size(); ++j) {
      const Real r = x[j] - rho * x[j - 1], pull = precision * r;
      sum += r * pull;
      gradient[j - 1] += rho * pull;
      gradient[j] = -pull;
    }
    return -0.5 * sum;
  }
  template <class Real>
  void hessian_vector(View<const Real>, View<const Real> v, View<Real> out) const {
    log_density(v, out);  // the gradient is linear
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
