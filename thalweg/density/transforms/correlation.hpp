// Correlation matrices and their Cholesky factors, from canonical partial correlations tanh(x).
#pragma once
#include "thalweg/density/transforms/transform.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace detail {
/// Row i of the Cholesky factor of a correlation matrix:  L_ij = tanh(x_ij) Π_{m<j} sech(x_im),  L_ii = Π sech(x_im).
/// `at(j)` is the place of x_ij in x.
template <class Real, class Place>
THALWEG_INLINE void correlation_row(View<const Real> x, std::size_t i, const Place& at, View<Real> row) {
  Real left = 1;  // √(1 − Σ_{m<j} L_im²)
  for (std::size_t j = 0; j < i; ++j) {
    row[j] = tanh(x[at(j)]) * left;
    left = left * sech(x[at(j)]);
  }
  row[i] = left;
}
/// Adds to the adjoint of x what comes back through row i. The lengths √(1 − Σ_{m<j} L_im²) are summed from the end,
/// where nothing cancels: rows have length 1.
template <class Real, class Place>
THALWEG_INLINE void correlation_row_pullback(View<const Real> x, std::size_t i, const Place& at, View<const Real> row,
                                             View<const Real> row_adjoint, View<Real> x_adjoint) {
  Real square = row[i] * row[i], left_adjoint = row_adjoint[i];
  for (std::size_t j = i; j-- > 0;) {
    square += row[j] * row[j];
    const Real s = sech(x[at(j)]), t = tanh(x[at(j)]), left = sqrt(square);
    x_adjoint[at(j)] += left * s * (row_adjoint[j] * s - left_adjoint * t);
    left_adjoint = row_adjoint[j] * t + left_adjoint * s;
  }
}
/// The inverse of correlation_row for a row of length 1 with a positive last element.
template <class Place>
void correlation_row_unconstrain(View<const double> row, std::size_t i, const Place& at, View<double> x) {
  double square = row[i] * row[i];
  for (std::size_t j = i; j-- > 0;) {
    x[at(j)] = inverse_sinh(row[j] / sqrt(square));
    square += row[j] * row[j];
  }
}
/// Row i of a matrix.
template <class Element>
THALWEG_INLINE View<Element> row_of(View<Element> y, std::size_t cols, std::size_t i) {
  return {y.data + i * cols * y.stride, cols, y.stride};
}
}  // namespace detail

/// L lower triangular with positive diagonal and rows of length 1:  log |∂L/∂x| = Σ_{j<i} (i − j + 1) log sech(x_ij)
/// (of the elements below the diagonal).
///
/// Shapes  x: [K (K − 1)/2], row after row; L: [K][K].
/// Source  Lewandowski, Kurowicka & Joe (2009), J. Multivar. Anal. 100, 1989–2001.
struct CholeskyFactorCorr {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return n * (n - (n > 0)) / 2; }

  template <class Real>
  static Real constrain(View<const Real> x, std::size_t n, View<Real> y) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const Row at{i};
      detail::correlation_row(x, i, at, detail::row_of(y, n, i));
      for (std::size_t j = i + 1; j < n; ++j) y[i * n + j] = Real(0);
      for (std::size_t j = 0; j < i; ++j) log_jacobian += weight(i, j) * log_sech(x[at(j)]);
    }
    return log_jacobian;
  }
  template <class Real>
  static void pullback(View<const Real> x, View<const Real> y, View<const Real> y_adjoint, std::size_t n,
                       double jacobian_adjoint, View<Real> x_adjoint) {
    for (std::size_t i = 0; i < n; ++i) {
      const Row at{i};
      detail::correlation_row_pullback(x, i, at, detail::row_of(y, n, i), detail::row_of(y_adjoint, n, i), x_adjoint);
      for (std::size_t j = 0; j < i; ++j) x_adjoint[at(j)] -= jacobian_adjoint * weight(i, j) * tanh(x[at(j)]);
    }
  }
  static Violation unconstrain(View<const double> y, std::size_t n, View<double> x) {
    for (std::size_t i = 0; i < n; ++i) {
      double square = 0;
      for (std::size_t j = 0; j < n; ++j) {
        const double v = y[i * n + j];
        if (j > i && v != 0) return {"above the diagonal of a lower triangular matrix, so", i * n + j, 0, v};
        square += v * v;
      }
      if (!(y[i * n + i] > 0))
        return {"on the diagonal of a Cholesky factor, so greater than", i * n + i, 0, y[i * n + i]};
      if (!(abs(square - 1) <= constraint_tolerance)) return {"in a row whose sum of squares is", i * n, 1, square};
      detail::correlation_row_unconstrain(detail::row_of(y, n, i), i, Row{i}, x);
    }
    return {};
  }

 private:
  struct Row {
    std::size_t i;
    THALWEG_INLINE
    std::size_t operator()(std::size_t j) const { return i * (i - 1) / 2 + j; }
  };
  static constexpr double weight(std::size_t i, std::size_t j) { return static_cast<double>(i - j + 1); }
};

/// Symmetric, positive definite, ones on the diagonal:  y = L Lᵀ with L as above, but x runs down the columns of L;
/// log |∂y/∂x| = Σ_{j<i} (K − j) log sech(x_ij), j from 0 (of the elements below the diagonal).
///
/// Shapes  x: [K (K − 1)/2], column after column; y, factor: [K][K]; `factor` is L, kept for the way back.
/// Source  as above.
struct CorrMatrix {
  static constexpr std::size_t unconstrained_size(std::size_t n) { return CholeskyFactorCorr::unconstrained_size(n); }

  template <class Real>
  static Real constrain(View<const Real> x, std::size_t n, View<Real> y, View<Real> factor) {
    Real log_jacobian = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const Column at{n, i};
      detail::correlation_row(x, i, at, detail::row_of(factor, n, i));
      for (std::size_t j = 0; j < i; ++j) {
        log_jacobian += weight(n, j) * log_sech(x[at(j)]);
        Real dot = 0;
        for (std::size_t m = 0; m <= j; ++m) dot += factor[i * n + m] * factor[j * n + m];
        y[i * n + j] = y[j * n + i] = dot;
      }
      y[i * n + i] = Real(1);
      for (std::size_t j = i + 1; j < n; ++j) factor[i * n + j] = Real(0);
    }
    return log_jacobian;
  }
  /// `row_adjoint`: [K], for its own use.
  template <class Real>
  static void pullback(View<const Real> x, View<const Real> factor, View<const Real> y_adjoint, std::size_t n,
                       double jacobian_adjoint, View<Real> x_adjoint, View<Real> row_adjoint) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t m = 0; m <= i; ++m) {  // (Ȳ + Ȳᵀ) L; the diagonal of y is constant
        Real sum = 0;
        for (std::size_t j = m; j < n; ++j)
          if (j != i) sum += (y_adjoint[i * n + j] + y_adjoint[j * n + i]) * factor[j * n + m];
        row_adjoint[m] = sum;
      }
      const Column at{n, i};
      detail::correlation_row_pullback(x, i, at, detail::row_of(factor, n, i),
                                       View<const Real>{row_adjoint.data, n, row_adjoint.stride}, x_adjoint);
      for (std::size_t j = 0; j < i; ++j) x_adjoint[at(j)] -= jacobian_adjoint * weight(n, j) * tanh(x[at(j)]);
    }
  }
  /// `factor`: [K][K], set to the Cholesky factor.
  static Violation unconstrain(View<const double> y, std::size_t n, View<double> x, View<double> factor);

 private:
  struct Column {
    std::size_t n, i;
    THALWEG_INLINE
    std::size_t operator()(std::size_t j) const { return j * (2 * n - j - 1) / 2 + (i - j - 1); }
  };
  static constexpr double weight(std::size_t n, std::size_t j) { return static_cast<double>(n - j); }
};

namespace detail {
/// L with L Lᵀ = y for a symmetric matrix; says which element is not symmetric or where y is not positive definite.
inline Violation cholesky(View<const double> y, std::size_t n, View<double> factor) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!(abs(y[i * n + j] - y[j * n + i]) <= constraint_tolerance))
        return {"in a symmetric matrix, so", i * n + j, y[j * n + i], y[i * n + j]};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = y[i * n + j];
      for (std::size_t m = 0; m < j; ++m) rest -= factor[i * n + m] * factor[j * n + m];
      if (j == i && !(rest > 0))
        return violation(i * n + i, "on the diagonal of a positive definite matrix", y[i * n + i]);
      factor[i * n + j] = j == i ? sqrt(rest) : rest / factor[j * n + j];
    }
    for (std::size_t j = i + 1; j < n; ++j) factor[i * n + j] = 0;
  }
  return {};
}
}  // namespace detail

inline Violation CorrMatrix::unconstrain(View<const double> y, std::size_t n, View<double> x, View<double> factor) {
  for (std::size_t i = 0; i < n; ++i)
    if (!(abs(y[i * n + i] - 1) <= constraint_tolerance))
      return {"on the diagonal of a correlation matrix, so", i * n + i, 1, y[i * n + i]};
  if (const Violation v = detail::cholesky(y, n, factor)) return v;
  for (std::size_t i = 0; i < n; ++i)
    detail::correlation_row_unconstrain({factor.data + i * n * factor.stride, n, factor.stride}, i, Column{n, i}, x);
  return {};
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
