// Vectors whose elements increase.
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// y_1 < y_2 < … < y_n:  y_1 = x_1,  y_k = y_{k−1} + e^{x_k},  log |∂y/∂x| = Σ_{k ≥ 2} x_k. With `positive`, y_1 > 0:
/// y_1 = e^{x_1} and the sum starts at 1.
template <bool positive>
struct Increasing {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<Real> y) {
    Real log_jacobian = 0, last = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (grows(k)) {
        last += exp(x[k]);
        log_jacobian += x[k];
      } else {
        last = x[k];
      }
      y[k] = last;
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real>, View<const Real> y_adjoint, double jacobian_adjoint,
                       View<Real> x_adjoint) {
    Real above = 0;  // the adjoint of a step is that of all elements above it
    for (std::size_t k = x.size(); k-- > 0;) {
      above += y_adjoint[k];
      x_adjoint[k] += grows(k) ? above * exp(x[k]) + jacobian_adjoint : above;
    }
  }
  static Violation unconstrain(View<const double> y, View<double> x) {
    for (std::size_t k = 0; k < y.size(); ++k) {
      if (!is_finite(y[k])) return violation(k, "a finite number", y[k]);
      const double before = k > 0 ? y[k - 1] : 0;
      if (grows(k) && !(y[k] > before))
        return {k > 0 ? "greater than the element before it," : "a number greater than", k, before, y[k]};
      x[k] = grows(k) ? log(y[k] - before) : y[k];
    }
    return {};
  }

 private:
  static constexpr bool grows(std::size_t k) { return positive || k > 0; }
};
using Ordered = Increasing<false>;
using PositiveOrdered = Increasing<true>;

}  // namespace THALWEG_ISA
}  // namespace thalweg
