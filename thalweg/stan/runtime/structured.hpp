// Parameters whose elements are constrained together: a transform of `density/transforms` as one recorded node.
#pragma once
#include "thalweg/density/transforms/correlation.hpp"
#include "thalweg/density/transforms/covariance.hpp"
#include "thalweg/density/transforms/ordered.hpp"
#include "thalweg/density/transforms/simplex.hpp"
#include "thalweg/density/transforms/sum_to_zero.hpp"
#include "thalweg/density/transforms/unit_vector.hpp"
#include "thalweg/stan/runtime/target.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// A matrix from a vector of its columns, as a recorded copy.
template <class T>
Matrix<T> from_columns(const Vector<T>& x, int rows, int cols) {
  const auto result = make_unset_matrix<T>(rows, cols);
  if constexpr (Matrix<T>::is_variable) {
    struct Back : Record {
      Vector<T> x;
      Matrix<T> y;
      static void undo(Back& r) {
        for (int j = 0; j < r.y.cols; ++j)
          for (int i = 0; i < r.y.rows; ++i)
            r.x.storage.adjoints[j * r.y.rows + i] += r.y.storage.adjoints[i * r.y.cols + j];
      }
    };
    for (int j = 0; j < cols; ++j)
      for (int i = 0; i < rows; ++i) result.storage.values[i * cols + j] = x.storage.values[j * rows + i];
    auto& r = Tape::current().record<Back>();
    r.x = x;
    r.y = result;
  } else {
    for (int j = 0; j < cols; ++j)
      for (int i = 0; i < rows; ++i) result.storage.data[i * cols + j] = x.storage.data[j * rows + i];
  }
  return result;
}
template <class Element>
THALWEG_INLINE View<Element> view(Element* data, std::size_t n) {
  return {data, n, 1};
}

/// Vectors: simplex, unit_vector, ordered, positive_ordered, sum_to_zero_vector.
template <class Transform>
struct VectorStructure {
  static constexpr Shape shape = Shape::column;
  int n;
  int free_size() const { return static_cast<int>(Transform::unconstrained_size(static_cast<std::size_t>(n))); }
  Extent extent() const { return {n, 1}; }
  std::size_t scratch() const { return 0; }  ///< Reals kept beside y for the way back
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, Real*) const {
    return Transform::constrain(x, y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, const Real*, View<const Real> y_adjoint, double jacobian,
                View<Real> x_adjoint) const {
    Transform::pullback(x, y, y_adjoint, jacobian, x_adjoint);
  }
  Violation unconstrain(View<const double> y, View<double> x, double*) const { return Transform::unconstrain(y, x); }
};

/// Triangular factors, square or not.
template <class Transform, bool square>
struct FactorStructure {
  static constexpr Shape shape = Shape::matrix;
  int rows, cols;
  std::size_t m() const { return static_cast<std::size_t>(rows); }
  std::size_t n() const { return static_cast<std::size_t>(cols); }
  int free_size() const {
    if constexpr (square)
      return static_cast<int>(Transform::unconstrained_size(m()));
    else
      return static_cast<int>(Transform::unconstrained_size(m(), n()));
  }
  Extent extent() const { return {rows, cols}; }
  std::size_t scratch() const { return 0; }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, Real*) const {
    if constexpr (square)
      return Transform::constrain(x, m(), y);
    else
      return Transform::constrain(x, m(), n(), y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, const Real*, View<const Real> y_adjoint, double jacobian,
                View<Real> x_adjoint) const {
    if constexpr (square)
      Transform::pullback(x, y, y_adjoint, m(), jacobian, x_adjoint);
    else
      Transform::pullback(x, y, y_adjoint, m(), n(), jacobian, x_adjoint);
  }
  Violation unconstrain(View<const double> y, View<double> x, double*) const {
    if constexpr (square)
      return Transform::unconstrain(y, m(), x);
    else
      return Transform::unconstrain(y, m(), n(), x);
  }
};

/// Symmetric matrices made from a factor that is kept for the way back; the way back of a correlation matrix needs a
/// row of room besides.
template <class Transform, bool needs_row>
struct SymmetricStructure {
  static constexpr Shape shape = Shape::matrix;
  int rows;
  std::size_t n() const { return static_cast<std::size_t>(rows); }
  int free_size() const { return static_cast<int>(Transform::unconstrained_size(n())); }
  Extent extent() const { return {rows, rows}; }
  std::size_t scratch() const { return n() * n() + n(); }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, Real* factor) const {
    return Transform::constrain(x, n(), y, view(factor, n() * n()));
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real>, const Real* factor, View<const Real> y_adjoint, double jacobian,
                View<Real> x_adjoint) const {
    if constexpr (needs_row)
      Transform::pullback(x, view(factor, n() * n()), y_adjoint, n(), jacobian, x_adjoint,
                          view(const_cast<Real*>(factor) + n() * n(), n()));
    else
      Transform::pullback(x, view(factor, n() * n()), y_adjoint, n(), jacobian, x_adjoint);
  }
  Violation unconstrain(View<const double> y, View<double> x, double* factor) const {
    return Transform::unconstrain(y, n(), x, view(factor, n() * n()));
  }
};
}  // namespace detail

/// The structured types by their Stan names and sizes.
inline auto simplex(int n) { return detail::VectorStructure<Simplex>{n}; }
inline auto unit_vector(int n) { return detail::VectorStructure<UnitVector>{n}; }
inline auto ordered(int n) { return detail::VectorStructure<Ordered>{n}; }
inline auto positive_ordered(int n) { return detail::VectorStructure<PositiveOrdered>{n}; }
inline auto sum_to_zero_vector(int n) { return detail::VectorStructure<SumToZero>{n}; }
inline auto cholesky_factor_corr(int n) { return detail::FactorStructure<CholeskyFactorCorr, true>{n, n}; }
inline auto cholesky_factor_cov(int m, int n) { return detail::FactorStructure<CholeskyFactorCov, false>{m, n}; }
inline auto cholesky_factor_cov(int n) { return cholesky_factor_cov(n, n); }
inline auto corr_matrix(int n) { return detail::SymmetricStructure<CorrMatrix, true>{n}; }
inline auto cov_matrix(int n) { return detail::SymmetricStructure<CovMatrix, false>{n}; }

/// The constrained container from its free numbers; the target gains the log Jacobian.
template <class Structure, class T>
auto constrain_structured(const Structure& structure, const Vector<T>& x, Target<T>& target) {
  using Result = typename detail::Holder<T, Structure::shape>::type;
  using Real = typename Result::Value;
  using detail::view;
  const auto y = make_unset<Result>(structure.extent());
  const auto n = static_cast<std::size_t>(x.length), m = static_cast<std::size_t>(y.size());
  Real* scratch = Tape::current().allocate<Real>(structure.scratch());
  if constexpr (Result::is_variable) {
    struct Back : Record {
      Structure structure;
      Vector<T> x;
      Result y;
      const Real* scratch;
      double jacobian;
      static void undo(Back& r) {
        const auto n = static_cast<std::size_t>(r.x.length), m = static_cast<std::size_t>(r.y.size());
        r.structure.pullback(view<const Real>(r.x.storage.values, n), view<const Real>(r.y.storage.values, m),
                             r.scratch, view<const Real>(r.y.storage.adjoints, m), r.jacobian,
                             view(r.x.storage.adjoints, n));
      }
    };
    const Real log_jacobian =
        structure.constrain(view<const Real>(x.storage.values, n), view(y.storage.values, m), scratch);
    if (target.wants_jacobian()) target.value += log_jacobian;
    auto& r = Tape::current().record<Back>();
    r.structure = structure;
    r.x = x;
    r.y = y;
    r.scratch = scratch;
    r.jacobian = target.wants_jacobian() ? 1.0 : 0.0;
  } else {
    target.value += structure.constrain(view<const double>(x.storage.data, n), view(y.storage.data, m), scratch);
  }
  return y;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
