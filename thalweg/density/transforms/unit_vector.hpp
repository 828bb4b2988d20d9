// Vectors of length one.
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// |y| = 1:  y = x / |x|,  with −½|x|² added to the log density, so that x is normal and y uniform on the sphere. x = 0
/// has no direction: there the term is −∞.
///
/// Shapes  x, y: [n].
struct UnitVector {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n; }

  template <class Real>
  static Real constrain(View<const Real> x, View<Real> y) {
    const Real square = sum_of_squares(x), scale = 1.0 / sqrt(square);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] * scale;
    return select(square > Real(0), -0.5 * square, Real(-infinity));
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real> y, View<const Real> y_adjoint, double jacobian_adjoint,
                       View<Real> x_adjoint) {
    const Real scale = 1.0 / sqrt(sum_of_squares(x));
    Real along = 0;
    for (std::size_t i = 0; i < x.size(); ++i) along += y[i] * y_adjoint[i];
    for (std::size_t i = 0; i < x.size(); ++i)
      x_adjoint[i] += (y_adjoint[i] - along * y[i]) * scale - jacobian_adjoint * x[i];
  }
  /// The point of length 1; every positive multiple of it constrains to the same y.
  static Violation unconstrain(View<const double> y, View<double> x) {
    const double square = sum_of_squares(y);
    if (!(abs(square - 1) <= constraint_tolerance)) return {"part of a vector whose sum of squares is", 0, 1, square};
    for (std::size_t i = 0; i < y.size(); ++i) x[i] = y[i];
    return {};
  }

 private:
  template <class Real>
  static Real sum_of_squares(View<const Real> x) {
    Real sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * x[i];
    return sum;
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
