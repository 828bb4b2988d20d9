// Neal's funnel: a scale that is itself unknown over many orders of magnitude.
#pragma once
#include "thalweg/core/math.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// v ~ N(0, 3²),  x_i | v ~ N(0, e^v),  i = 1 … d − 1.
///
/// Source  Neal (2003), Ann. Stat. 31, 705–767, section 8.
struct Funnel {
  static constexpr const char* name = "funnel";
  std::int64_t d = 10;

  void read(const RawDataMap& data) { d = find_integer(data, "dimension", 2, 1'000'000, d); }
  std::int64_t dimension() const { return d; }
  std::vector<DeclaredVariable> variables() const { return {{"v"}, {"x", "vector", {d - 1}}}; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real v = x[0], precision = exp(-v);
    Real sum = 0;
    for (std::size_t j = 1; j < x.size(); ++j) {
      gradient[j] = -precision * x[j];
      sum += x[j] * x[j];
    }
    const double half = 0.5 * static_cast<double>(d - 1);
    const Real quadratic = 0.5 * precision * sum;
    gradient[0] = quadratic - v / 9.0 - half;
    return -v * v / 18.0 - half * v - quadratic;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
