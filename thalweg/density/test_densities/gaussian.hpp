// Independent standard normals: what every sampler must get right.
#pragma once
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// x ~ N(0, I_d):  log p = −½ Σ x_j².
struct Gaussian {
  static constexpr const char* name = "gaussian";
  std::int64_t d = 10;

  void read(const RawDataMap& data) { d = find_integer(data, "dimension", 1, 1'000'000, d); }
  std::int64_t dimension() const { return d; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      sum = fma(x[j], x[j], sum);
      gradient[j] = -x[j];
    }
    return -0.5 * sum;
  }
  template <class Real>
  void hessian_vector(View<const Real>, View<const Real> v, View<Real> out) const {
    for (std::size_t j = 0; j < v.size(); ++j) out[j] = -v[j];
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
