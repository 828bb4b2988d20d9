// Vectors of positive numbers that sum to one.
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// y_k > 0, Σ y_k = 1, by breaking a stick of length 1:  z_k = logit⁻¹(x_k − log(K − k)),  y_k = z_k Π_{i<k} (1 − z_i)
/// for k < K, and y_K is what is left;  log |∂y/∂x| = Σ_k log z_k + (K − k) log(1 − z_k)  (of y_1 … y_{K−1}).
///
/// Shapes  x: [K − 1]; y: [K].
/// Source  the stick-breaking transform of Stan up to 2.36.
struct Simplex {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n > 0 ? n - 1 : 0; }

  template <class Real>
  static Real constrain(View<const Real> x, View<Real> y) {
    Real log_jacobian = 0, stick = 1;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double left = pieces_left(x, k);
      const Real u = x[k] - log(left);
      const auto right = u > Real(0);
      const Real size = select(right, u, -u), e = exp(-size), small = e / (1.0 + e), large = 1.0 / (1.0 + e);
      y[k] = stick * select(right, large, small);
      stick = stick * select(right, small, large);
      const Real log_large = -log1p(e), log_small = log_large - size;
      log_jacobian += select(right, log_large + left * log_small, log_small + left * log_large);
    }
    y[x.size()] = stick;
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real> y, View<const Real> y_adjoint, double jacobian_adjoint,
                       View<Real> x_adjoint) {
    Real rest_adjoint = y_adjoint[x.size()];  // of the stick that is left after piece k
    for (std::size_t k = x.size(); k-- > 0;) {
      const double left = pieces_left(x, k);
      const Real u = x[k] - log(left), z = logistic(u), rest = logistic(-u);
      x_adjoint[k] += y[k] * rest * (y_adjoint[k] - rest_adjoint) + jacobian_adjoint * (rest - left * z);
      rest_adjoint = y_adjoint[k] * z + rest_adjoint * rest;
    }
  }
  static Violation unconstrain(View<const double> y, View<double> x) {
    double sum = 0;
    for (std::size_t k = 0; k < y.size(); ++k) {
      if (!(y[k] > 0)) return {"a number greater than", k, 0, y[k]};
      sum += y[k];
    }
    if (!(abs(sum - 1) <= constraint_tolerance)) return {"part of a simplex, whose sum is", 0, 1, sum};
    double rest = y[y.size() - 1];
    for (std::size_t k = y.size() - 1; k-- > 0; rest += y[k]) x[k] = log(y[k] / rest) + log(pieces_left(x, k));
    return {};
  }

 private:
  template <class Element>
  static double pieces_left(View<Element> x, std::size_t k) {
    return static_cast<double>(x.size() - k);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
