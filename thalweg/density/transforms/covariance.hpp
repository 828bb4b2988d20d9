// Covariance matrices and their Cholesky factors.
#pragma once
#include "thalweg/density/transforms/correlation.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// L lower triangular with positive diagonal, M × N with M ≥ N:  L_ij = x_ij below the diagonal, L_ii = e^{x_ii} on it;
/// log |∂L/∂x| = Σ x_ii.
///
/// Shapes  x: [N (N + 1)/2 + (M − N) N], row after row; L: [M][N].
struct CholeskyFactorCov {
  static constexpr std::size_t unconstrained_size(std::size_t rows, std::size_t cols) {
    return cols * (cols + 1) / 2 + (rows - cols) * cols;
  }

  template <class Real>
  static Real constrain(View<const Real> x, std::size_t rows, std::size_t cols, View<Real> y) {
    Real log_jacobian = 0;
    std::size_t k = 0;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < cols; ++j) {
        if (j > i) {
          y[i * cols + j] = Real(0);
        } else if (j < i) {
          y[i * cols + j] = x[k++];
        } else {
          log_jacobian += x[k];
          y[i * cols + j] = exp(x[k++]);
        }
      }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real>, View<const Real> y, View<const Real> y_adjoint, std::size_t rows,
                       std::size_t cols, double jacobian_adjoint, View<Real> x_adjoint) {
    std::size_t k = 0;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < cols && j <= i; ++j, ++k) {
        const Real a = y_adjoint[i * cols + j];
        x_adjoint[k] += j < i ? a : a * y[i * cols + j] + jacobian_adjoint;
      }
  }
  static Violation unconstrain(View<const double> y, std::size_t rows, std::size_t cols, View<double> x) {
    std::size_t k = 0;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < cols; ++j) {
        const double v = y[i * cols + j];
        if (j > i && v != 0) return {"above the diagonal of a lower triangular matrix, so", i * cols + j, 0, v};
        if (j == i && !(v > 0)) return {"on the diagonal of a Cholesky factor, so greater than", i * cols + j, 0, v};
        if (!is_finite(v)) return violation(i * cols + j, "a finite number", v);
        if (j <= i) x[k++] = j < i ? v : log(v);
      }
    return {};
  }
};

/// Symmetric and positive definite:  y = L Lᵀ with L as above (square);
/// log |∂y/∂x| = K log 2 + Σ_k (K − k + 1) x_kk, k from 0 (of the elements on and below the diagonal).
///
/// Shapes  x: [K (K + 1)/2], row after row; y, factor: [K][K]; `factor` is L, kept for the way back.
struct CovMatrix {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n * (n + 1) / 2; }

  template <class Real>
  static Real constrain(View<const Real> x, std::size_t n, View<Real> y, View<Real> factor) {
    CholeskyFactorCov::constrain(x, n, n, factor);
    Real log_jacobian = static_cast<double>(n) * ln2;
    for (std::size_t i = 0; i < n; ++i) {
      log_jacobian += weight(n, i) * x[diagonal(i)];
      for (std::size_t j = 0; j <= i; ++j) {
        Real dot = 0;
        for (std::size_t m = 0; m <= j; ++m) dot += factor[i * n + m] * factor[j * n + m];
        y[i * n + j] = y[j * n + i] = dot;
      }
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real>, View<const Real> factor, View<const Real> y_adjoint, std::size_t n,
                       double jacobian_adjoint, View<Real> x_adjoint) {
    std::size_t k = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t m = 0; m <= i; ++m, ++k) {
        Real sum = 0;  // (Ȳ + Ȳᵀ) L
        for (std::size_t j = m; j < n; ++j) sum += (y_adjoint[i * n + j] + y_adjoint[j * n + i]) * factor[j * n + m];
        x_adjoint[k] += m < i ? sum : sum * factor[i * n + i] + jacobian_adjoint * weight(n, i);
      }
  }
  /// `factor`: [K][K], set to the Cholesky factor.
  static Violation unconstrain(View<const double> y, std::size_t n, View<double> x, View<double> factor) {
    if (const Violation v = detail::cholesky(y, n, factor)) return v;
    return CholeskyFactorCov::unconstrain({factor.data, factor.length, factor.stride}, n, n, x);
  }

 private:
  static constexpr double weight(std::size_t n, std::size_t i) { return static_cast<double>(n - i + 1); }
  static constexpr std::size_t diagonal(std::size_t i) { return i * (i + 1) / 2 + i; }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
