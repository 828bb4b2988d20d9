// Containers put one behind, below or beside the other.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class S, Container A, Container B>
S joined(const A& a, const B& b) {
  const int n = a.extent().rows;
  const auto result = make_unset_sequence<S>(n + b.extent().rows);
  write_places(result.storage, Contiguous{0}, a);
  write_places(result.storage, Contiguous{n}, b);
  return result;
}
/// A scalar as a container of one element.
template <Shape s, ScalarOperand T>
THALWEG_INLINE auto single(const T& x) {
  return Repeated<OperandOf<T>, s>{as_operand(x), {1, 1}};
}

template <class E>
concept VectorLike = Sequenced<E> && E::shape != Shape::array;
template <class E>
concept Columns = Container<E> && E::shape == Shape::column;
template <class E>
concept Rows = Container<E> && E::shape == Shape::row;
template <class E>
concept Linear = Matrices<E> || VectorLike<E>;
}  // namespace detail

// ---- below each other ----

template <detail::Columns A, detail::Columns B>
auto append_row(const A& a, const B& b) {
  return detail::joined<Vector<CommonScalar<A, B>>>(a, b);
}
template <detail::Columns A, ScalarOperand T>
auto append_row(const A& a, const T& b) {
  return append_row(a, detail::single<Shape::column>(b));
}
template <ScalarOperand T, detail::Columns B>
auto append_row(const T& a, const B& b) {
  return append_row(detail::single<Shape::column>(a), b);
}
/// Matrices and row vectors, which count as one row.
template <detail::Linear A, detail::Linear B>
requires(!detail::Columns<A> && !detail::Columns<B>) auto append_row(const A& a, const B& b) {
  const int m = rows(a), n = cols(a);
  if (n != cols(b)) Tape::current().reject_all("append_row: # columns above # columns", n, cols(b));
  const auto result = make_unset_matrix<CommonScalar<A, B>>(m + rows(b), n);
  detail::write_places(result.storage, Contiguous{0}, a);
  detail::write_places(result.storage, Contiguous{std::ptrdiff_t{m} * n}, b);
  return result;
}

// ---- side by side ----

template <detail::Rows A, detail::Rows B>
auto append_col(const A& a, const B& b) {
  return detail::joined<RowVector<CommonScalar<A, B>>>(a, b);
}
template <detail::Rows A, ScalarOperand T>
auto append_col(const A& a, const T& b) {
  return append_col(a, detail::single<Shape::row>(b));
}
template <ScalarOperand T, detail::Rows B>
auto append_col(const T& a, const B& b) {
  return append_col(detail::single<Shape::row>(a), b);
}
/// Matrices and vectors, which count as one column.
template <detail::Linear A, detail::Linear B>
requires(!detail::Rows<A> && !detail::Rows<B>) auto append_col(const A& a, const B& b) {
  const int m = rows(a), left = cols(a), right = cols(b), n = left + right;
  if (m != rows(b)) Tape::current().reject_all("append_col: # rows beside # rows", m, rows(b));
  const auto result = make_unset_matrix<CommonScalar<A, B>>(m, n);
  if (left > 0) detail::write_places(result.storage, Boxed{left, 0, n}, a);
  if (right > 0) detail::write_places(result.storage, Boxed{right, left, n}, b);
  return result;
}

// ---- arrays one behind the other ----

template <Sequenced A, Sequenced B>
auto append_array(const A& a, const B& b) {
  return detail::joined<Array<CommonScalar<A, B>>>(a, b);
}
namespace detail {
/// The handle that holds an item of either array: with variables where one has them.
template <class A, class B>
struct CommonItem {
  using type = typename Holder<CommonScalar<A, B>, A::shape>::type;
};
template <class A, class B>
struct CommonItem<ArrayOf<A>, ArrayOf<B>> {
  using type = ArrayOf<typename CommonItem<A, B>::type>;
};
/// A handle as it is, or a copy of another type.
template <class C, class E>
C as_item(const E& e) {
  if constexpr (std::same_as<C, E>) {
    return e;
  } else if constexpr (NestedArray<E>) {
    const auto result = make_array_of<typename C::Item>(e.length);
    for (int i = 0; i < e.length; ++i) result.items[i] = as_item<typename C::Item>(e.items[i]);
    return result;
  } else {
    const auto result = make_unset<C>(e.extent());
    write_places(result.storage, Contiguous{}, e);
    return result;
  }
}
}  // namespace detail
template <class A, class B>
auto append_array(const ArrayOf<A>& a, const ArrayOf<B>& b) {
  using Item = typename detail::CommonItem<A, B>::type;
  const auto result = make_array_of<Item>(a.length + b.length);
  for (int i = 0; i < a.length; ++i) result.items[i] = detail::as_item<Item>(a.items[i]);
  for (int i = 0; i < b.length; ++i) result.items[a.length + i] = detail::as_item<Item>(b.items[i]);
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
