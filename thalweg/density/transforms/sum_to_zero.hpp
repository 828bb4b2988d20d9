// Vectors that sum to zero.
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Σ y_k = 0:  y = B x with orthonormal columns b_i = (1, …, 1, −i, 0, …)ᵀ / √(i (i + 1)) (i ones), so that |y| = |x|
/// and log |∂y/∂x| = 0.
///
/// Shapes  x: [K − 1]; y: [K].
/// Source  Egozcue et al. (2003), Math. Geol. 35, 279–300; Stan's sum_to_zero_vector since 2.36.
struct SumToZero {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n > 0 ? n - 1 : 0; }

  template <class Real>
  static Real constrain(View<const Real> x, View<Real> y) {
    Real above = 0;  // Σ_{i > k} x_i / √(i (i + 1))
    for (std::size_t k = x.size(); k > 0; --k) {
      const Real step = x[k - 1] * length(k);
      y[k] = above - static_cast<double>(k) * step;
      above += step;
    }
    y[0] = above;
    return Real(0);
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, double, View<Real> x_adjoint) {
    Real below = 0;
    for (std::size_t k = 1; k <= x.size(); ++k) {
      below += y_adjoint[k - 1];
      x_adjoint[k - 1] += (below - static_cast<double>(k) * y_adjoint[k]) * length(k);
    }
  }
  static Violation unconstrain(View<const double> y, View<double> x) {
    double sum = 0;
    for (std::size_t k = 0; k < y.size(); ++k) sum += y[k];
    if (!(abs(sum) <= constraint_tolerance)) return {"part of a vector whose sum is", 0, 0, sum};
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = 0;
    pullback<double>({x.data, x.length, x.stride}, y, y, 0, x);
    return {};
  }

 private:
  static double length(std::size_t k) { return 1 / sqrt(static_cast<double>(k) * static_cast<double>(k + 1)); }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
