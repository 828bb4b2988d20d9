// The multivariate normal and Student's t, by a Cholesky factor, a covariance or a precision.
//
// Contract  `residuals` is d × n: column i is yᵢ − μᵢ for outcome i. `value<Keep>` is the log density summed over the
//           outcomes and leaves in its panels what the way back needs; `pullback` is called at most once after it,
//           turns `residuals` into their own adjoints (those of y; of μ the negative) and adds to the adjoint of the
//           matrix if that has a place (data ≠ null). Keep's arguments are (y, μ, matrix), for t (y, ν, μ, matrix).
//           Only lower triangles of matrices are read. Adjoints of Σ and Ω are symmetric: the slope of the function of
//           the symmetric part.
// Cost      n d² multiply-adds; from a covariance or precision d³/3 more, and d³ on its way back.
#pragma once
#include "thalweg/autodiff/matrix_kernels.hpp"
#include "thalweg/density/distributions/gamma_functions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Σ log L_ii.
template <class T>
T log_diagonal(const Panel<const T>& factor, int d) {
  LogProduct<T> product;
  for (int i = 0; i < d; ++i) product *= factor(i, i);
  return product.log();
}
/// Σ x² over column j.
template <class R>
R column_square(const Panel<R>& x, int d, int j) {
  R sum(0.0);
  for (int i = 0; i < d; ++i) sum = fma(x(i, j), x(i, j), sum);
  return sum;
}
/// (L Lᵀ)⁻¹ into `inverse` [d, d]; `work` [d, d] is overwritten.
template <class R, class T>
void inverse_from_factor(const Panel<const T>& factor, const Panel<R>& work, const Panel<R>& inverse, int d) {
  kernels::fill(work, d, d, R(0.0));
  for (int i = 0; i < d; ++i) work(i, i) = R(1.0);
  kernels::solve_lower(factor, work, d, d);
  kernels::fill(inverse, d, d, R(0.0));
  kernels::add(inverse, Panel<const R>(work).transposed(), Panel<const R>(work), d, d, d);
}

/// (2π)^(−d/2) |L|⁻¹ exp(−½ |L⁻¹(y − μ)|²).
struct MultiNormalCholesky {
  static constexpr const char* name = "multi_normal_cholesky";
  /// Leaves L⁻¹(y − μ) in `residuals`.
  template <class Keep, class R, class T>
  static R value(const Panel<const T>& factor, const Panel<R>& residuals, int d, int n) {
    kernels::solve_lower(factor, residuals, d, n);
    R square(0.0);
    for (int j = 0; j < n; ++j) square += column_square(residuals, d, j);
    R value = -0.5 * square;
    if constexpr (Keep::template terms<2>()) value -= R(static_cast<double>(n) * log_diagonal(factor, d));
    if constexpr (Keep::constants) value -= R(half_log_two_pi * d * n);
    return value;
  }
  /// `work` [d, n] is overwritten.
  template <class R, class T>
  static void pullback(const R& adjoint, const Panel<const T>& factor, const Panel<R>& residuals, const Panel<R>& work,
                       const Panel<R>& factor_adjoint, int d, int n) {
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < n; ++j) {
        work(i, j) = residuals(i, j);
        residuals(i, j) = -(adjoint * residuals(i, j));
      }
    kernels::solve_upper(factor.transposed(), residuals, d, n);
    if (!factor_adjoint.data) return;
    // L̄ −= lower triangle of r̄ zᵀ, and −n/L_ii from the determinant
    for (int i = 0; i < d; ++i) {
      for (int k = 0; k <= i; ++k) {
        R sum = factor_adjoint(i, k);
        for (int j = 0; j < n; ++j) sum = fma(-residuals(i, j), work(k, j), sum);
        factor_adjoint(i, k) = sum;
      }
      factor_adjoint(i, i) -= adjoint * static_cast<double>(n) / factor(i, i);
    }
  }
};

/// The same by the covariance Σ = L Lᵀ. `factor` holds Σ and gets L; `failed` gets the lanes whose Σ is not positive
/// definite.
struct MultiNormal {
  static constexpr const char* name = "multi_normal";
  template <class Keep, class R, class T>
  static R value(const Panel<T>& factor, const Panel<R>& residuals, int d, int n, Mask<T>& failed) {
    failed = kernels::cholesky(factor, d);
    return MultiNormalCholesky::value<Keep>(Panel<const T>(factor), residuals, d, n);
  }
  /// `work` and `inverse` [d, d] are overwritten; they may be null when Σ has no adjoint.
  template <class R, class T>
  static void pullback(const R& adjoint, const Panel<const T>& factor, const Panel<R>& residuals, const Panel<R>& work,
                       const Panel<R>& inverse, const Panel<R>& covariance_adjoint, int d, int n) {
    kernels::solve_upper(factor.transposed(), residuals, d, n);  // w = Σ⁻¹(y − μ)
    if (covariance_adjoint.data) {
      // Σ̄ += ½(Σⱼ w wᵀ − n Σ⁻¹)
      inverse_from_factor(factor, work, inverse, d);
      const R half = 0.5 * adjoint;
      for (int i = 0; i < d; ++i)
        for (int k = 0; k < d; ++k) {
          R sum = -(static_cast<double>(n) * inverse(i, k));
          for (int j = 0; j < n; ++j) sum = fma(residuals(i, j), residuals(k, j), sum);
          covariance_adjoint(i, k) = fma(half, sum, covariance_adjoint(i, k));
        }
    }
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < n; ++j) residuals(i, j) = -(adjoint * residuals(i, j));
  }
};

/// The same by the precision Ω = Σ⁻¹. `factor` is overwritten by the Cholesky factor of Ω.
struct MultiNormalPrec {
  static constexpr const char* name = "multi_normal_prec";
  /// `product` [d, n] gets Ω(y − μ).
  template <class Keep, class R, class T>
  static R value(const Panel<const T>& precision, const Panel<T>& factor, const Panel<R>& residuals,
                 const Panel<R>& product, int d, int n, Mask<T>& failed) {
    kernels::copy(factor, precision, d, d);
    failed = kernels::cholesky(factor, d);
    R square(0.0);
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < d; ++i) {
        R sum(0.0);
        for (int k = 0; k < d; ++k) sum += (k <= i ? precision(i, k) : precision(k, i)) * residuals(k, j);
        product(i, j) = sum;
        square = fma(residuals(i, j), sum, square);
      }
    R value = -0.5 * square;
    if constexpr (Keep::template terms<2>())
      value += R(static_cast<double>(n) * log_diagonal(Panel<const T>(factor), d));
    if constexpr (Keep::constants) value -= R(half_log_two_pi * d * n);
    return value;
  }
  template <class R, class T>
  static void pullback(const R& adjoint, const Panel<const T>& factor, const Panel<R>& residuals,
                       const Panel<R>& product, const Panel<R>& work, const Panel<R>& inverse,
                       const Panel<R>& precision_adjoint, int d, int n) {
    if (precision_adjoint.data) {
      // Ω̄ += ½(n Ω⁻¹ − Σⱼ r rᵀ)
      inverse_from_factor(factor, work, inverse, d);
      const R half = 0.5 * adjoint;
      for (int i = 0; i < d; ++i)
        for (int k = 0; k < d; ++k) {
          R sum = static_cast<double>(n) * inverse(i, k);
          for (int j = 0; j < n; ++j) sum = fma(-residuals(i, j), residuals(k, j), sum);
          precision_adjoint(i, k) = fma(half, sum, precision_adjoint(i, k));
        }
    }
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < n; ++j) residuals(i, j) = -(adjoint * product(i, j));
  }
};

/// Student's t with ν degrees of freedom about μ and scale matrix Σ = L Lᵀ:
///   Γ((ν+d)/2) / (Γ(ν/2) (νπ)^(d/2) |L|) · (1 + |L⁻¹(y − μ)|²/ν)^(−(ν+d)/2).
struct MultiStudentTCholesky {
  static constexpr const char* name = "multi_student_t_cholesky";
  /// Leaves L⁻¹(y − μ) in `residuals`.
  template <class Keep, class R, class N, class T>
  static R value(const N& nu, const Panel<const T>& factor, const Panel<R>& residuals, int d, int n) {
    kernels::solve_lower(factor, residuals, d, n);
    const R freedom(nu);
    R value(0.0);
    for (int j = 0; j < n; ++j) value += log1p(column_square(residuals, d, j) / freedom);
    value = -(0.5 * (freedom + static_cast<double>(d)) * value);
    if constexpr (Keep::template terms<1>())
      value += static_cast<double>(n) * R(log_rising_factorial(N(0.5 * nu), 0.5 * d) - 0.5 * d * log(nu));
    if constexpr (Keep::template terms<3>()) value -= R(static_cast<double>(n) * log_diagonal(factor, d));
    if constexpr (Keep::constants) value -= R(0.5 * log_pi * d * n);
    return value;
  }
  /// `work` [d, n] is overwritten; `nu_adjoint` may be null.
  template <class R, class N, class T>
  static void pullback(const R& adjoint, const N& nu, const Panel<const T>& factor, const Panel<R>& residuals,
                       const Panel<R>& work, R* nu_adjoint, const Panel<R>& factor_adjoint, int d, int n) {
    const R freedom(nu), power = freedom + static_cast<double>(d);
    R slope(0.0);
    for (int j = 0; j < n; ++j) {
      const R u = column_square(residuals, d, j) / freedom, weight = power / (freedom * (1.0 + u));
      slope += power * u / (freedom * (1.0 + u)) - log1p(u);
      for (int i = 0; i < d; ++i) {
        work(i, j) = residuals(i, j);
        residuals(i, j) = -(adjoint * weight * residuals(i, j));
      }
    }
    if (nu_adjoint) {
      const R shape = digamma_difference(N(0.5 * nu), 0.5 * d);
      *nu_adjoint += 0.5 * adjoint * (slope + static_cast<double>(n) * (shape - static_cast<double>(d) / freedom));
    }
    kernels::solve_upper(factor.transposed(), residuals, d, n);
    if (!factor_adjoint.data) return;
    for (int i = 0; i < d; ++i) {
      for (int k = 0; k <= i; ++k) {
        R sum = factor_adjoint(i, k);
        for (int j = 0; j < n; ++j) sum = fma(-residuals(i, j), work(k, j), sum);
        factor_adjoint(i, k) = sum;
      }
      factor_adjoint(i, i) -= adjoint * static_cast<double>(n) / factor(i, i);
    }
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
