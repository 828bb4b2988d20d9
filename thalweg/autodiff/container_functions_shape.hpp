// Sizes of containers, and the same elements under another shape. Matrices are read column by column, as in Stan.
#pragma once
#include "thalweg/autodiff/container_functions_parts.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

// ---- sizes ----

/// The number of elements; of an array, the number of its items.
template <ScalarOperand T>
THALWEG_INLINE int size(const T&) {
  return 1;
}
template <Container E>
THALWEG_INLINE int size(const E& e) {
  return e.extent().size();
}
template <class E>
THALWEG_INLINE int size(const ArrayOf<E>& a) {
  return a.length;
}

/// The number of scalars in all.
template <ScalarOperand T>
THALWEG_INLINE int num_elements(const T&) {
  return 1;
}
template <Container E>
THALWEG_INLINE int num_elements(const E& e) {
  return e.extent().size();
}
template <class E>
int num_elements(const ArrayOf<E>& a) {
  return a.length == 0 ? 0 : a.length * num_elements(a.items[0]);
}

template <Container E>
THALWEG_INLINE int rows(const E& e) {
  if constexpr (E::shape == Shape::row)
    return 1;
  else
    return e.extent().rows;
}
template <Container E>
THALWEG_INLINE int cols(const E& e) {
  if constexpr (E::shape == Shape::row)
    return e.extent().rows;
  else
    return e.extent().cols;
}

namespace detail {
template <class T>
inline constexpr int rank_of = 0;
template <Sequenced E>
inline constexpr int rank_of<E> = 1;
template <Matrices E>
inline constexpr int rank_of<E> = 2;
template <class E>
inline constexpr int rank_of<ArrayOf<E>> = 1 + rank_of<E>;

template <Container E>
void write_dims(const E& e, int* to) {
  to[0] = e.extent().rows;
  if constexpr (E::shape == Shape::matrix) to[1] = e.extent().cols;
}
template <class E>
void write_dims(const ArrayOf<E>& a, int* to) {
  to[0] = a.length;
  if (a.length > 0)
    write_dims(a.items[0], to + 1);
  else
    for (int i = 1; i < rank_of<ArrayOf<E>>; ++i) to[i] = 0;
}
}  // namespace detail
/// All sizes, outermost first; those inside an empty array are 0.
template <class E>
requires(Container<E> || NestedArray<E>) Array<int> dims(const E& e) {
  const auto result = make_unset_sequence<Array<int>>(detail::rank_of<E>);
  detail::write_dims(e, result.storage.data);
  return result;
}
template <ScalarOperand T>
THALWEG_INLINE Array<int> dims(const T&) {
  return make_unset_sequence<Array<int>>(0);
}

// ---- transposition ----

template <class T>
THALWEG_INLINE RowVector<T> transpose(const Vector<T>& x) {
  return {x.storage, x.length, x.stride};
}
template <class T>
THALWEG_INLINE Vector<T> transpose(const RowVector<T>& x) {
  return {x.storage, x.length, x.stride};
}
template <Sequenced E>
requires(!is_handle<E>) THALWEG_INLINE auto transpose(const E& x) {
  return Reshaped < E, E::shape == Shape::column ? Shape::row : Shape::column > {x, x.extent()};
}
template <Matrices E>
THALWEG_INLINE auto transpose(const E& expression) {
  const auto x = let(expression);
  return rearranged<Shape::matrix>(x, Transposing{x.rows, x.cols}, {x.cols, x.rows});
}

// ---- to vectors ----

namespace detail {
template <Shape s, Container E>
THALWEG_INLINE auto flattened(const E& e) {
  if constexpr (E::shape == Shape::matrix) {
    const auto x = let(e);
    return rearranged<s>(x, Transposing{x.rows, x.cols}, {x.rows * x.cols, 1});
  } else if constexpr (std::same_as<typename E::Value, int>) {
    return rearranged<s>(let(e), Contiguous{}, e.extent());
  } else if constexpr (is_handle<E>) {
    return Sequence<typename E::Scalar, s>{e.storage, e.length, e.stride};
  } else {
    return Reshaped<E, s>{e, e.extent()};
  }
}
template <class T>
struct InnermostScalar {
  using type = T;
};
template <Container E>
struct InnermostScalar<E> {
  using type = typename E::Scalar;
};
template <class E>
struct InnermostScalar<ArrayOf<E>> : InnermostScalar<E> {};

/// Writes the elements of a nested array one after another, each container column by column; returns how many.
template <class T, class E>
int write_in_line(const Storage<T>& to, int at, const E& e) {
  if constexpr (NestedArray<E>) {
    int used = 0;
    for (int i = 0; i < e.length; ++i) used += write_in_line(to, at + used, e.items[i]);
    return used;
  } else {
    write_places(to, Contiguous{at}, flattened<Shape::array>(e));
    return e.size();
  }
}
}  // namespace detail

/// A matrix column by column, a row vector or an array of numbers as a column.
template <Container E>
THALWEG_INLINE auto to_vector(const E& e) {
  return detail::flattened<Shape::column>(e);
}
template <Container E>
THALWEG_INLINE auto to_row_vector(const E& e) {
  return detail::flattened<Shape::row>(e);
}
/// The same as an array; nested arrays in the order of their indices.
template <Container E>
THALWEG_INLINE auto to_array_1d(const E& e) {
  if constexpr (E::shape == Shape::array)
    return let(e);
  else
    return detail::flattened<Shape::array>(e);
}
template <class E>
auto to_array_1d(const ArrayOf<E>& a) {
  using T = typename detail::InnermostScalar<E>::type;
  const auto result = make_unset_sequence<Array<T>>(num_elements(a));
  detail::write_in_line(result.storage, 0, a);
  return result;
}
/// The rows of a matrix as an array of arrays.
template <Matrices E>
auto to_array_2d(const E& expression) {
  using T = detail::ScalarOf<E>;
  const Matrix<T> x = let(expression);
  const auto result = make_array_of<Array<T>>(x.rows);
  for (int i = 0; i < x.rows; ++i) result.items[i] = {x.row(i).storage, x.cols, 1};
  return result;
}

// ---- to matrices ----

template <Matrices E>
THALWEG_INLINE const E& to_matrix(const E& e) {
  return e;
}
/// A vector as one column, a row vector as one row.
template <Sequenced E>
requires(E::shape != Shape::array) THALWEG_INLINE auto to_matrix(const E& e) {
  const int n = e.extent().rows;
  return Reshaped<E, Shape::matrix>{e, E::shape == Shape::row ? Extent{1, n} : Extent{n, 1}};
}
/// `m` × `n` filled column by column from the elements of x (a matrix is read column by column), or row by row when
/// `column_major` is 0.
template <Container E>
auto to_matrix(const E& expression, int m, int n, int column_major = 1) {
  const auto x = let(expression);
  checked_size(m);
  checked_size(n);
  if (std::ptrdiff_t{m} * n != x.size())
    Tape::current().reject_all("to_matrix: # elements are expected, # are given", std::ptrdiff_t{m} * n, x.size());
  // element i of the result, row by row, is number fill(i) of x in x's own order
  const Transposing fill = column_major != 0 ? Transposing{n, m} : Transposing{1, m * n};
  if constexpr (E::shape == Shape::matrix)
    return rearranged<Shape::matrix>(x, Through<Transposing, Transposing>{{x.rows, x.cols}, fill}, {m, n});
  else
    return rearranged<Shape::matrix>(x, fill, {m, n});
}
/// An array of rows: row vectors, or arrays of numbers.
template <Sequenced E>
auto to_matrix(const ArrayOf<E>& a) {
  using T = std::conditional_t<E::is_variable, typename E::Scalar, double>;
  const int m = a.length, n = m == 0 ? 0 : a.items[0].length;
  const auto result = make_unset_matrix<T>(m, n);
  for (int i = 0; i < m; ++i) {
    if (a.items[i].length != n) Tape::current().reject_all("to_matrix: rows of # and # elements", n, a.items[i].length);
    detail::write_places(result.storage, Contiguous{std::ptrdiff_t{i} * n}, a.items[i]);
  }
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
