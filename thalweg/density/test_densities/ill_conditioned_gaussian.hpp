// Independent normals of very different scales.
#pragma once
#include <vector>

#include "thalweg/core/math.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// x_j ~ N(0, s_j²),  s_j = 10^(2(j−1)/(d−1) − 1):  standard deviations from 0.1 to 10, condition number 10⁴.
class IllConditionedGaussian {
 public:
  static constexpr const char* name = "ill-conditioned-gaussian";

  void read(const RawDataMap& data) {
    const std::int64_t d = find_integer(data, "dimension", 1, 1'000'000, 100);
    precision_.resize(static_cast<std::size_t>(d));
    for (std::int64_t j = 0; j < d; ++j) precision_[static_cast<std::size_t>(j)] = 1 / variance(j, d);
  }
  /// s_j², j from 0.
  static double variance(std::int64_t j, std::int64_t d) {
    constexpr double log_100 = 4.605170185988091;
    return d == 1 ? 1.0 : exp(log_100 * (2 * static_cast<double>(j) / static_cast<double>(d - 1) - 1));
  }
  std::int64_t dimension() const { return static_cast<std::int64_t>(precision_.size()); }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      gradient[j] = -precision_[j] * x[j];
      sum += gradient[j] * x[j];
    }
    return 0.5 * sum;
  }
  template <class Real>
  void hessian_vector(View<const Real>, View<const Real> v, View<Real> out) const {
    for (std::size_t j = 0; j < v.size(); ++j) out[j] = -precision_[j] * v[j];
  }

 private:
  std::vector<double> precision_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
