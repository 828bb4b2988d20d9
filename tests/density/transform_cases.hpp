// Every constraint transform with its sizes fixed, for the laws; and the planted errors that the laws must fail.
#pragma once
#include <numeric>
#include <vector>

#include "thalweg/density/transforms/bounds.hpp"
#include "thalweg/density/transforms/covariance.hpp"
#include "thalweg/density/transforms/ordered.hpp"
#include "thalweg/density/transforms/simplex.hpp"
#include "thalweg/density/transforms/sum_to_zero.hpp"
#include "thalweg/density/transforms/unit_vector.hpp"

namespace thalweg::laws {

using Indices = std::vector<std::size_t>;
inline Indices first_indices(std::size_t n) {
  Indices i(n);
  std::iota(i.begin(), i.end(), std::size_t{0});
  return i;
}
/// Places of a lower triangle in a row-major matrix; `diagonal` is 1 to have the diagonal too.
inline Indices lower_triangle(std::size_t rows, std::size_t cols, std::size_t diagonal) {
  Indices places;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols && j < i + diagonal; ++j) places.push_back(i * cols + j);
  return places;
}

struct CaseSizes {
  std::size_t nx, ny, np = 0, nw = 0;
  bool invertible = true;
  double largest = 600;
  std::vector<double> parameters() const { return {}; }
  Indices y_rows() const { return first_indices(ny); }
};

/// The k-th of several parameters, one for all elements or (each) one an element.
template <class Real>
View<Real> one_for_all(View<Real> p, std::size_t k, std::size_t n) {
  return {p.data + k, n, 0};
}
template <class Real>
View<Real> one_each(View<Real> p, std::size_t k, std::size_t n) {
  return {p.data + k * n, n, 1};
}

/// Lower or Upper, one bound for all three elements.
template <class T>
struct OneBoundCase : CaseSizes {
  OneBoundCase() : CaseSizes{3, 3, 1} {}
  std::vector<double> parameters() const { return {-1.25}; }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real> p, View<Real> y, View<Real>) const {
    return T::constrain(x, one_for_all(p, 0, ny), y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real> p, double j, View<Real> dx,
                View<Real> dp, View<Real>) const {
    T::pullback(x, y, w, one_for_all(p, 0, ny), j, dx, one_for_all(dp, 0, ny));
  }
  Violation unconstrain(View<const double> y, View<const double> p, View<double> x, View<double>) const {
    return T::unconstrain(y, one_for_all(p, 0, ny), x);
  }
};

/// LowerUpper or OffsetMultiplier, two parameters an element.
template <class T>
struct TwoParameterCase : CaseSizes {
  TwoParameterCase() : CaseSizes{3, 3, 6} {}
  std::vector<double> parameters() const { return {-1.25, 0.5, 2, 0.75, 1.5, 4}; }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real> p, View<Real> y, View<Real>) const {
    return T::constrain(x, one_each(p, 0, ny), one_each(p, 1, ny), y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real> p, double j, View<Real> dx,
                View<Real> dp, View<Real>) const {
    T::pullback(x, y, w, one_each(p, 0, ny), one_each(p, 1, ny), j, dx, one_each(dp, 0, ny), one_each(dp, 1, ny));
  }
  Violation unconstrain(View<const double> y, View<const double> p, View<double> x, View<double>) const {
    return T::unconstrain(y, one_each(p, 0, ny), one_each(p, 1, ny), x);
  }
};

/// Transforms of vectors without parameters.
template <class T, std::size_t n>
struct VectorCase : CaseSizes {
  VectorCase() : CaseSizes{T::unconstrained_size(n), n} {
    invertible = !std::is_same_v<T, UnitVector>;
    if (!invertible) largest = 1e100;
  }
  Indices y_rows() const { return first_indices(std::is_same_v<T, SumToZero> ? ny : nx); }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real>, View<Real> y, View<Real>) const {
    return T::constrain(x, y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real>, double j, View<Real> dx,
                View<Real>, View<Real>) const {
    T::pullback(x, y, w, j, dx);
  }
  Violation unconstrain(View<const double> y, View<const double>, View<double> x, View<double>) const {
    return T::unconstrain(y, x);
  }
};

template <std::size_t n>
struct CholeskyFactorCorrCase : CaseSizes {
  CholeskyFactorCorrCase() : CaseSizes{CholeskyFactorCorr::unconstrained_size(n), n * n} {}
  Indices y_rows() const { return lower_triangle(n, n, 0); }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real>, View<Real> y, View<Real>) const {
    return CholeskyFactorCorr::constrain(x, n, y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real>, double j, View<Real> dx,
                View<Real>, View<Real>) const {
    CholeskyFactorCorr::pullback(x, y, w, n, j, dx);
  }
  Violation unconstrain(View<const double> y, View<const double>, View<double> x, View<double>) const {
    return CholeskyFactorCorr::unconstrain(y, n, x);
  }
};

template <std::size_t rows, std::size_t cols>
struct CholeskyFactorCovCase : CaseSizes {
  CholeskyFactorCovCase() : CaseSizes{CholeskyFactorCov::unconstrained_size(rows, cols), rows * cols} {}
  Indices y_rows() const { return lower_triangle(rows, cols, 1); }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real>, View<Real> y, View<Real>) const {
    return CholeskyFactorCov::constrain(x, rows, cols, y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real>, double j, View<Real> dx,
                View<Real>, View<Real>) const {
    CholeskyFactorCov::pullback(x, y, w, rows, cols, j, dx);
  }
  Violation unconstrain(View<const double> y, View<const double>, View<double> x, View<double>) const {
    return CholeskyFactorCov::unconstrain(y, rows, cols, x);
  }
};

/// CorrMatrix and CovMatrix: their workspace is the factor and a row.
template <class T, std::size_t n>
struct SymmetricCase : CaseSizes {
  static constexpr bool correlation = std::is_same_v<T, CorrMatrix>;
  SymmetricCase() : CaseSizes{T::unconstrained_size(n), n * n, 0, n * n + n} {
    if (!correlation) largest = 300;  // y is a square of eˣ
  }
  Indices y_rows() const { return lower_triangle(n, n, correlation ? 0 : 1); }
  template <class Real>
  Real constrain(View<const Real> x, View<const Real>, View<Real> y, View<Real> work) const {
    return T::constrain(x, n, y, View<Real>{work.data, n * n});
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real>, View<const Real> w, View<const Real>, double j, View<Real> dx,
                View<Real>, View<Real> work) const {
    const View<const Real> factor{work.data, n * n};
    if constexpr (correlation)
      T::pullback(x, factor, w, n, j, dx, View<Real>{work.data + n * n, n});
    else
      T::pullback(x, factor, w, n, j, dx);
  }
  Violation unconstrain(View<const double> y, View<const double>, View<double> x, View<double> work) const {
    return T::unconstrain(y, n, x, View<double>{work.data, n * n});
  }
};

// ---- planted errors: each must be failed by the law that it breaks ----

/// A Jacobian dropped.
struct LowerWithoutJacobian : Lower {
  template <class Real>
  static Real constrain(View<const Real> x, View<const Real> lower, View<Real> y) {
    Lower::constrain(x, lower, y);
    return Real(0);
  }
};
/// The exponential's part of the Jacobian dropped: only that of L Lᵀ is left.
template <std::size_t n>
struct CovMatrixWithHalfAJacobian : SymmetricCase<CovMatrix, n> {
  template <class Real>
  Real constrain(View<const Real> x, View<const Real> p, View<Real> y, View<Real> work) const {
    Real sum = SymmetricCase<CovMatrix, n>::constrain(x, p, y, work);
    for (std::size_t i = 0; i < n; ++i) sum -= x[i * (i + 1) / 2 + i];
    return sum;
  }
};
/// A transform's inverse off by a sign: of the shift log(K − k).
struct SimplexWithInverseOffBySign : Simplex {
  static Violation unconstrain(View<const double> y, View<double> x) {
    const Violation v = Simplex::unconstrain(y, x);
    for (std::size_t k = 0; k < x.size(); ++k) x[k] -= 2 * log(static_cast<double>(x.size() - k));
    return v;
  }
};
/// A pullback off by a sign: of the upper bound's slope.
struct UpperWithPullbackOffBySign : Upper {
  template <class Real>
  static void pullback(View<const Real> x, View<const Real> y, View<const Real> w, View<const Real> p, double j,
                       View<Real> dx, View<Real> dp) {
    Lower::pullback(x, y, w, p, j, dx, dp);
  }
};

}  // namespace thalweg::laws
