// Containers made from sizes and scalars.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

// ---- one scalar, or one vector, many times ----

namespace detail {
template <Shape s, ScalarOperand T>
THALWEG_INLINE auto repeated(const T& x, const Extent& extent) {
  return Repeated<OperandOf<T>, s>{as_operand(x), extent};
}
}  // namespace detail

template <ScalarOperand T>
THALWEG_INLINE auto rep_vector(const T& x, int n) {
  return detail::repeated<Shape::column>(x, {checked_size(n), 1});
}
template <ScalarOperand T>
THALWEG_INLINE auto rep_row_vector(const T& x, int n) {
  return detail::repeated<Shape::row>(x, {checked_size(n), 1});
}
template <ScalarOperand T>
THALWEG_INLINE auto rep_matrix(const T& x, int m, int n) {
  return detail::repeated<Shape::matrix>(x, {checked_size(m), checked_size(n)});
}
/// A vector in each of n columns; a row vector in each of n rows.
template <Sequenced E>
requires(E::shape != Shape::array) THALWEG_INLINE auto rep_matrix(const E& expression, int n) {
  const auto x = let(expression);
  if constexpr (E::shape == Shape::column)
    return rearranged<Shape::matrix>(x, Spreading{n}, {x.length, checked_size(n)});
  else
    return rearranged<Shape::matrix>(x, Repeating{x.length}, {checked_size(n), x.length});
}
template <ScalarOperand T>
THALWEG_INLINE auto rep_array(const T& x, int n) {
  if constexpr (std::is_integral_v<T>) {
    const auto result = make_unset_sequence<Array<int>>(checked_size(n));
    for (int i = 0; i < n; ++i) result.storage.data[i] = static_cast<int>(x);
    return result;
  } else {
    return let(detail::repeated<Shape::array>(x, {checked_size(n), 1}));
  }
}
/// The items are one container seen n times: copy before changing them (`assign` does).
template <class E>
requires(Container<E> || NestedArray<E>) auto rep_array(const E& x, int n) {
  const auto item = let(x);
  const auto result = make_array_of<std::remove_cvref_t<decltype(item)>>(n);
  for (int i = 0; i < n; ++i) result.items[i] = item;
  return result;
}
template <class E, class... Sizes>
requires(sizeof...(Sizes) > 0) THALWEG_INLINE auto rep_array(const E& x, int n, const Sizes&... inner) {
  return rep_array(rep_array(x, inner...), n);
}

// ---- containers of numbers ----

namespace detail {
template <class S, class F>
THALWEG_INLINE S made_of(int n, const F& element) {
  const auto result = make_unset_sequence<S>(checked_size(n));
  for (int i = 0; i < n; ++i) result.storage.data[i] = element(i);
  return result;
}
/// n numbers from `low` to `high` at equal distances; one number is `high`.
template <class S>
inline S linspaced(int n, double low, double high) {
  return made_of<S>(n, [&](int i) { return i == n - 1 ? high : low + i * ((high - low) / (n - 1)); });
}
template <class S>
inline S one_hot(int n, int k) {
  checked_index(k, n);
  return made_of<S>(n, [&](int i) { return i == k - 1 ? 1 : 0; });
}
template <class S>
inline S constant(int n, int value) {
  return made_of<S>(n, [&](int) { return value; });
}
}  // namespace detail

inline Vector<double> linspaced_vector(int n, double low, double high) {
  return detail::linspaced<Vector<double>>(n, low, high);
}
inline RowVector<double> linspaced_row_vector(int n, double low, double high) {
  return detail::linspaced<RowVector<double>>(n, low, high);
}
inline Array<double> linspaced_array(int n, double low, double high) {
  return detail::linspaced<Array<double>>(n, low, high);
}
/// Whole numbers from `low` upwards: with at most one number a step, the whole part of (high − low)/(n − 1) apart;
/// with more, each number equally often. One number is `high`.
inline Array<int> linspaced_int_array(int n, int low, int high) {
  if (high < low) Tape::current().reject_all("linspaced_int_array: # is above #", low, high);
  const int steps = high - low, step = n > 1 ? steps / (n - 1) : 0, times = (steps + n) / (steps + 1);
  return detail::made_of<Array<int>>(n, [&](int i) {
    if (n == 1) return high;
    return steps + 1 < n ? low + i / times : low + i * step;
  });
}
inline Vector<double> one_hot_vector(int n, int k) { return detail::one_hot<Vector<double>>(n, k); }
inline RowVector<double> one_hot_row_vector(int n, int k) { return detail::one_hot<RowVector<double>>(n, k); }
inline Array<double> one_hot_array(int n, int k) { return detail::one_hot<Array<double>>(n, k); }
inline Array<int> one_hot_int_array(int n, int k) { return detail::one_hot<Array<int>>(n, k); }
inline Vector<double> ones_vector(int n) { return detail::constant<Vector<double>>(n, 1); }
inline RowVector<double> ones_row_vector(int n) { return detail::constant<RowVector<double>>(n, 1); }
inline Array<double> ones_array(int n) { return detail::constant<Array<double>>(n, 1); }
inline Array<int> ones_int_array(int n) { return detail::constant<Array<int>>(n, 1); }
inline Vector<double> zeros_vector(int n) { return detail::constant<Vector<double>>(n, 0); }
inline RowVector<double> zeros_row_vector(int n) { return detail::constant<RowVector<double>>(n, 0); }
inline Array<double> zeros_array(int n) { return detail::constant<Array<double>>(n, 0); }
inline Array<int> zeros_int_array(int n) { return detail::constant<Array<int>>(n, 0); }
inline Vector<double> uniform_simplex(int n) {
  return detail::made_of<Vector<double>>(n, [&](int) { return 1.0 / n; });
}

// ---- diagonals ----

namespace detail {
/// n × n zeros; the values are to be completed by the caller.
template <class T>
inline Matrix<T> zero_matrix(int rows, int cols) {
  const auto result = make_unset_matrix<T>(checked_size(rows), checked_size(cols));
  for (int i = 0; i < rows * cols; ++i) set_value(result.storage, i, 0.0);
  return result;
}
}  // namespace detail

inline Matrix<double> zeros_matrix(int rows, int cols) { return detail::zero_matrix<double>(rows, cols); }
inline Matrix<double> identity_matrix(int n) {
  const auto result = detail::zero_matrix<double>(n, n);
  for (int i = 0; i < n; ++i) result.storage.data[std::ptrdiff_t{i} * (n + 1)] = 1.0;
  return result;
}
/// The diagonal of a matrix, the same storage.
template <Matrices E>
THALWEG_INLINE auto diagonal(const E& expression) {
  const auto x = let(expression);
  return Vector<detail::ScalarOf<E>>{x.storage, x.rows < x.cols ? x.rows : x.cols, x.cols + 1};
}
template <Sequenced E>
auto diag_matrix(const E& d) {
  const int n = d.extent().rows;
  const auto result = detail::zero_matrix<detail::ScalarOf<E>>(n, n);
  detail::write_places(result.storage, Strided{n + 1}, d);
  return result;
}
/// The lower triangle of a square matrix, mirrored.
struct Mirrored {
  int n;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const {
    const int r = i / n, c = i % n;
    return r >= c ? i : std::ptrdiff_t{c} * n + r;
  }
};
template <Matrices E>
auto symmetrize_from_lower_tri(const E& expression) {
  const auto x = let(expression);
  if (x.rows != x.cols) Tape::current().reject_all("symmetrize_from_lower_tri: the matrix is # × #", x.rows, x.cols);
  return rearranged<Shape::matrix>(x, Mirrored{x.rows}, x.extent());
}
/// A matrix with numbers added to its diagonal: one for each place, or one for all.
template <Matrices E, Sequenced D>
auto add_diag(const E& a, const D& d) {
  const Extent extent = a.extent();
  const int n = extent.rows < extent.cols ? extent.rows : extent.cols;
  if (d.extent().rows != n) Tape::current().reject_all("add_diag: a diagonal of #, # numbers", n, d.extent().rows);
  const auto result = make_unset_matrix<CommonScalar<E, D>>(extent.rows, extent.cols);
  detail::write_places(result.storage, Contiguous{}, a);
  const Strided place{extent.cols + 1};
  for_each_value(d, [&](int i, const auto& v) {
    detail::set_value(result.storage, place(i), detail::value_in(result.storage, place(i)) + v);
  });
  detail::record_places(result.storage, place, d);
  return result;
}
template <Matrices E, ScalarOperand T>
auto add_diag(const E& a, const T& d) {
  const Extent extent = a.extent();
  return add_diag(a, rep_vector(d, extent.rows < extent.cols ? extent.rows : extent.cols));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
