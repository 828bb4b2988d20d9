// Cholesky factors, and solving with triangular, symmetric positive definite and general matrices.
#pragma once
#include "thalweg/autodiff/linear_algebra_panels.hpp"
#include "thalweg/autodiff/matrix_lu.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class Real>
struct CholeskyRecord : Record {
  Matrix<Var<Real>> a, l;
  static void undo(CholeskyRecord& r) {
    const int n = r.a.rows;
    const auto g = copied_panel<Real>(adjoints_of(r.l), n, n);
    kernels::cholesky_backward<Real>(values_of(r.l), g, n);
    const auto to = adjoints_of(r.a);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j <= i; ++j) to(i, j) += g(i, j);
  }
};
/// The lower triangle of A as L with A = L Lᵀ; zeros above the diagonal.
template <class T>
Matrix<T> cholesky_of(const Matrix<T>& a) {
  Tape& tape = Tape::current();
  const auto l = make_unset_matrix<T>(a.rows, a.cols);
  const auto from = values_of(a), to = values_of(l);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.cols; ++j) to(i, j) = j <= i ? from(i, j) : typename Matrix<T>::Value(0.0);
  check_symmetric(a, "the matrix is not symmetric");
  tape.reject(kernels::cholesky(to, a.rows), "the matrix is not positive definite");
  return l;
}
}  // namespace detail

/// The lower triangular L with positive diagonal and A = L Lᵀ. Derivatives are those of the lower triangle of A.
/// Errors  a lane that is not symmetric to 1e-8 or not positive definite is refused.
template <Matrices E>
auto cholesky_decompose(const E& expression) {
  const auto a = let(expression);
  detail::checked_square(a, "cholesky_decompose: the matrix is # × #");
  const auto l = detail::cholesky_of(a);
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<detail::CholeskyRecord<typename E::Value>>();
    r.a = a;
    r.l = l;
  }
  return l;
}

namespace detail {

// A factored matrix solves A X = B and Aᵀ X = B in place; `lower_only` when only its lower triangle counts.

template <class T>
struct TriangularFactor {
  static constexpr bool lower_only = true;
  Panel<const T> l;
  int n;
  template <class Real>
  void solve(const Panel<Real>& x, int m) const {
    kernels::solve_lower(l, x, n, m);
  }
  template <class Real>
  void solve_transposed(const Panel<Real>& x, int m) const {
    kernels::solve_upper(l.transposed(), x, n, m);
  }
};
template <class T>
struct SpdFactor {
  static constexpr bool lower_only = false;
  Panel<const T> l;
  int n;
  template <class Real>
  void solve(const Panel<Real>& x, int m) const {
    kernels::solve_lower(l, x, n, m);
    kernels::solve_upper(l.transposed(), x, n, m);
  }
  template <class Real>
  void solve_transposed(const Panel<Real>& x, int m) const {
    solve(x, m);
  }
};
template <class T>
struct LuFactor {
  static constexpr bool lower_only = false;
  Panel<const T> lu;
  int n;
  const T* pivots;
  T sign;
  template <class Real>
  void solve(const Panel<Real>& x, int m) const {
    kernels::permute_rows(pivots, x, n, m, false);
    kernels::solve_lower<kernels::Diagonal::ones>(lu, x, n, m);
    kernels::solve_upper(lu, x, n, m);
  }
  template <class Real>
  void solve_transposed(const Panel<Real>& x, int m) const {
    kernels::solve_lower(lu.transposed(), x, n, m);
    kernels::solve_upper<kernels::Diagonal::ones>(lu.transposed(), x, n, m);
    kernels::permute_rows(pivots, x, n, m, true);
  }
};
template <class T>
auto triangular_factor(const Matrix<T>& a) {
  using Value = typename Matrix<T>::Value;
  const int n = checked_square(a, "a triangular matrix must be square; found # × #");
  return TriangularFactor<Value>{values_of(a), n};
}
template <class T>
auto spd_factor(const Matrix<T>& a) {
  using Value = typename Matrix<T>::Value;
  const int n = checked_square(a, "a symmetric matrix must be square; found # × #");
  const auto l = new_panel<Value>(n, n);
  kernels::copy(l, values_of(a), n, n);
  check_symmetric(a, "the matrix is not symmetric");
  Tape::current().reject(kernels::cholesky(l, n), "the matrix is not positive definite");
  return SpdFactor<Value>{l, n};
}
template <class T>
auto lu_factor(const Matrix<T>& a) {
  using Value = typename Matrix<T>::Value;
  const int n = checked_square(a, "the matrix must be square; found # × #");
  const auto lu = copied_panel<Value>(values_of(a), n, n);
  auto* pivots = Tape::current().allocate<Value>(static_cast<std::size_t>(n));
  const Value sign = kernels::lu_decompose(lu, pivots, n);
  return LuFactor<Value>{lu, n, pivots, sign};
}

/// X = A⁻¹ B:  B̄ += G and Ā −= G Xᵀ with G = A⁻ᵀ X̄.   X = B A⁻¹:  B̄ += G and Ā −= Xᵀ G with G = X̄ A⁻ᵀ.
/// The second is the first, transposed.
template <class Factor, class A, class B>
struct SolveRecord : Record {
  using Result = ShapedLike<A, B>;
  using Real = typename Result::Value;
  Factor factor;
  A a;
  B b;
  Result x;
  bool left;
  static void undo(SolveRecord& r) {
    const int n = r.factor.n, m = r.left ? cols(r.x) : rows(r.x);
    const auto turned = [&r](const auto& panel) { return r.left ? panel : panel.transposed(); };
    const auto g = copied_panel<Real>(turned(adjoints_of(r.x)), n, m);
    const auto x = turned(values_of(r.x));
    if (r.left)
      r.factor.solve_transposed(g, m);
    else
      r.factor.solve(g, m);
    if constexpr (B::is_variable) add_panel(turned(adjoints_of(r.b)), g, n, m);
    if constexpr (A::is_variable) {
      const auto left = r.left ? g : x, right = r.left ? x.transposed() : g.transposed();
      if constexpr (Factor::lower_only)
        subtract_lower(adjoints_of(r.a), left, right, n, m);
      else
        kernels::subtract(adjoints_of(r.a), left, right, n, n, m);
    }
  }
};
template <class Factor, class A, class B>
auto solved(const Factor& factor, const A& a, const B& b, bool left) {
  using Result = ShapedLike<A, B>;
  const int m = left ? cols(b) : rows(b), inner = left ? rows(b) : cols(b);
  if (inner != factor.n) Tape::current().reject_all("solving with # equations for # unknowns", inner, factor.n);
  const auto x = make_unset<Result>(b.extent());
  kernels::copy(values_of(x), values_of(b), rows(b), cols(b));
  if (left)
    factor.solve(values_of(x), m);
  else
    factor.solve_transposed(values_of(x).transposed(), m);
  if constexpr (Result::is_variable) {
    auto& r = Tape::current().record<SolveRecord<Factor, A, B>>();
    r.factor = factor;
    r.a = a;
    r.b = b;
    r.x = x;
    r.left = left;
  }
  return x;
}
template <class E>
concept LeftSide = Container<E> &&(E::shape == Shape::matrix || E::shape == Shape::row);
template <class E>
concept RightSide = Container<E> &&(E::shape == Shape::matrix || E::shape == Shape::column);
}  // namespace detail

/// A⁻¹ B and B A⁻¹ for a lower triangular A: nothing above its diagonal is read.
template <Matrices A, detail::RightSide B>
auto mdivide_left_tri_low(const A& left, const B& right) {
  const auto a = let(left);
  return detail::solved(detail::triangular_factor(a), a, let(right), true);
}
template <detail::LeftSide B, Matrices A>
auto mdivide_right_tri_low(const B& left, const A& right) {
  const auto a = let(right);
  return detail::solved(detail::triangular_factor(a), a, let(left), false);
}
/// The same for a symmetric positive definite A.
template <Matrices A, detail::RightSide B>
auto mdivide_left_spd(const A& left, const B& right) {
  const auto a = let(left);
  return detail::solved(detail::spd_factor(a), a, let(right), true);
}
template <detail::LeftSide B, Matrices A>
auto mdivide_right_spd(const B& left, const A& right) {
  const auto a = let(right);
  return detail::solved(detail::spd_factor(a), a, let(left), false);
}
/// A⁻¹ B (also written A \ B) and B A⁻¹ (B / A) for any square A. A singular lane becomes infinite or NaN.
template <Matrices A, detail::RightSide B>
auto mdivide_left(const A& left, const B& right) {
  const auto a = let(left);
  return detail::solved(detail::lu_factor(a), a, let(right), true);
}
template <detail::LeftSide B, Matrices A>
auto mdivide_right(const B& left, const A& right) {
  const auto a = let(right);
  return detail::solved(detail::lu_factor(a), a, let(left), false);
}
template <detail::LeftSide B, Matrices A>
THALWEG_INLINE auto operator/(const B& left, const A& right) {
  return mdivide_right(left, right);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
