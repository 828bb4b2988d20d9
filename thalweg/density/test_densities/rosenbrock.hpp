// Rosenbrock's valley as a density, in independent pairs.
#pragma once
#include "thalweg/core/error.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// For each pair (a, b) of consecutive coordinates:  a ~ N(1, 1),  b | a ~ N(a², Q),  Q = 0.1.
struct Rosenbrock {
  static constexpr const char* name = "rosenbrock";
  static constexpr double q = 0.1;
  std::int64_t d = 2;

  void read(const RawDataMap& data) {
    d = find_integer(data, "dimension", 2, 1'000'000, d);
    if (d % 2 != 0) fail("{}: rosenbrock consists of pairs: expected an even dimension, found {}", data.origin, d);
  }
  std::int64_t dimension() const { return d; }

  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); j += 2) {
      const Real a = x[j] - 1.0, r = x[j + 1] - x[j] * x[j], pull = r / q;
      sum += a * a + r * pull;
      gradient[j] = 2.0 * x[j] * pull - a;
      gradient[j + 1] = -pull;
    }
    return -0.5 * sum;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
