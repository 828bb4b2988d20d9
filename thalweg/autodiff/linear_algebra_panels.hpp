// What the functions of linear algebra are made of: panels of containers, checks, and results with their way back.
#pragma once
#include "thalweg/autodiff/container_functions_products.hpp"
#include "thalweg/autodiff/matrix_kernels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// The values (or numbers) and the adjoints of an evaluated container; a vector is one column, a row vector one row.
template <class T>
THALWEG_INLINE auto panel_of(typename Storage<T>::Value* data, const Matrix<T>& a) {
  return Panel<typename Storage<T>::Value>{data, a.cols, 1};
}
template <class T>
THALWEG_INLINE auto panel_of(typename Storage<T>::Value* data, const Vector<T>& a) {
  return Panel<typename Storage<T>::Value>{data, a.stride, 1};
}
template <class T>
THALWEG_INLINE auto panel_of(typename Storage<T>::Value* data, const RowVector<T>& a) {
  return Panel<typename Storage<T>::Value>{data, 0, a.stride};
}
template <class C>
THALWEG_INLINE auto values_of(const C& a) {
  if constexpr (C::is_variable)
    return panel_of(a.storage.values, a);
  else
    return panel_of(a.storage.data, a);
}
template <class C>
THALWEG_INLINE auto adjoints_of(const C& a) {
  return panel_of(a.storage.adjoints, a);
}

/// A new n × m rectangle of Reals, not set; of zeros; with the numbers of another.
template <class Real>
THALWEG_INLINE Panel<Real> new_panel(int n, int m) {
  return {Tape::current().allocate<Real>(static_cast<std::size_t>(n) * m), m, 1};
}
template <class Real>
THALWEG_INLINE Panel<Real> zero_panel(int n, int m) {
  const auto b = new_panel<Real>(n, m);
  kernels::fill(b, n, m, Real(0.0));
  return b;
}
template <class Real, class T>
THALWEG_INLINE Panel<Real> copied_panel(const Panel<T>& from, int n, int m) {
  const auto b = new_panel<Real>(n, m);
  kernels::copy(b, from, n, m);
  return b;
}
template <class Real>
Panel<Real> identity_panel(int n) {
  const auto b = zero_panel<Real>(n, n);
  for (int i = 0; i < n; ++i) b(i, i) = Real(1.0);
  return b;
}
template <class Real, class T>
void add_panel(const Panel<Real>& to, const Panel<T>& from, int n, int m) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) to(i, j) += from(i, j);
}
/// C −= A B for the lower triangle of C [n, n] alone.
template <class C, class A, class B>
void subtract_lower(const Panel<C>& c, const Panel<A>& a, const Panel<B>& b, int n, int depth) {
  for (int first = 0; first < n; first += kernels::triangle) {
    const int count = n - first < kernels::triangle ? n - first : kernels::triangle;
    kernels::subtract(c.from(first, 0), a.from(first, 0), b, count, first, depth);
    for (int i = first; i < first + count; ++i)
      kernels::subtract(c.from(i, first), a.from(i, 0), b.from(0, first), 1, i - first + 1, depth);
  }
}

template <class C>
int checked_square(const C& a, const char* what) {
  if (a.rows != a.cols) Tape::current().reject_all(what, a.rows, a.cols);
  return a.rows;
}
/// Marks the lanes in which a square matrix is not symmetric to 1e-8.
template <class C>
void check_symmetric(const C& a, const char* reason) {
  using Value = typename C::Value;
  const auto v = values_of(a);
  auto sound = Value(0.0) == Value(0.0);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < i; ++j) sound = sound && abs(v(i, j) - v(j, i)) <= Value(1e-8);
  Tape::current().reject(!sound, reason);
}

/// The container with the shape of B and the scalar of A and B together.
template <class A, class B>
using ShapedLike = typename Holder<CommonScalar<A, B>, B::shape>::type;

}  // namespace detail
}  // namespace THALWEG_ISA
}  // namespace thalweg
