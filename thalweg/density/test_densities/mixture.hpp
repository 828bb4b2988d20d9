// Two normals with known weights: what a sampler that stays in one mode gets wrong.
#pragma once
#include "thalweg/core/math.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// p = 0.75 N(0, I) + 0.25 N(4 e₁, 0.6² I). In 2 dimensions chains still cross, in 50 they never do.
struct Mixture {
  static constexpr const char* name = "mixture";
  static constexpr double weight = 0.25, centre = 4, scale = 0.6;
  std::int64_t d = 2;

  void read(const RawDataMap& data) { d = find_integer(data, "dimension", 1, 1'000'000, d); }
  std::int64_t dimension() const { return d; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    constexpr double precision = 1 / (scale * scale);
    constexpr double log_wide = -0.28768207245178096, log_narrow = -1.3862943611198906, log_scale = -0.5108256237659907;
    Real wide = 0, narrow = 0;  // squared distances from the two centres
    for (std::size_t j = 0; j < x.size(); ++j) {
      const Real y = j == 0 ? x[j] - centre : x[j];
      wide += x[j] * x[j];
      narrow += y * y;
    }
    const Real a = log_wide - 0.5 * wide,
               b = log_narrow - static_cast<double>(d) * log_scale - 0.5 * precision * narrow;
    const Real share = 1.0 / (1.0 + exp(a - b));  // of the narrow component
    for (std::size_t j = 0; j < x.size(); ++j) {
      const Real y = j == 0 ? x[j] - centre : x[j];
      gradient[j] = -(1.0 - share) * x[j] - share * precision * y;
    }
    return max(a, b) + log1p(exp(-abs(a - b)));
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
