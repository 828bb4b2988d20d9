// Reading parts of containers: single indexes, ranges, all, and arrays of indexes, in any mix. Indexes start at 1.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Both ends belong to it; empty when `to` is below `from`. `to_end` stands for the size of what is indexed.
struct Range {
  static constexpr int to_end = 2147483647;
  int from = 1, to = to_end;
};
/// An omitted index.
struct All {};

/// The places that one index picks from a dimension: consecutive ones, or those of a list.
struct Selection {
  int first, count;
  const int* list = nullptr;  ///< from 1
  std::ptrdiff_t list_stride = 1;
  THALWEG_INLINE
  int operator[](int k) const { return list == nullptr ? first + k : list[k * list_stride] - 1; }
};
THALWEG_INLINE
Selection selection(All, int size) { return {0, size}; }
inline Selection selection(const Range& r, int size) {
  const int to = r.to == Range::to_end ? size : r.to;
  if (to < r.from) return {0, 0};
  checked_index(r.from, size);
  checked_index(to, size);
  return {r.from - 1, to - r.from + 1};
}
inline Selection selection(const Array<int>& list, int size) {
  for (int k = 0; k < list.length; ++k) checked_index(list[k], size);
  return {0, list.length, list.storage.data, list.stride};
}

/// Places of a grid of rows and columns.
struct Grid {
  Selection rows, cols;
  std::ptrdiff_t row_stride, col_stride;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const {
    return rows[i / cols.count] * row_stride + cols[i % cols.count] * col_stride;
  }
};
/// Places of a list of elements.
struct Listed {
  Selection elements;
  std::ptrdiff_t stride;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return elements[i] * stride; }
};

/// Indexes that pick several elements; those of them that pick consecutive ones.
template <class I>
concept Consecutive = std::same_as<I, Range> || std::same_as<I, All>;
template <class I>
concept IndexList = Sequenced<I> && std::same_as<typename I::Value, int>;
template <class I>
concept ManyIndex = Consecutive<I> || IndexList<I>;

namespace detail {
template <Consecutive I>
THALWEG_INLINE const I& settled(const I& i) {
  return i;
}
template <IndexList I>
THALWEG_INLINE Array<int> settled(const I& i) {
  return let(i);
}
}  // namespace detail

/// The whole: no index is left.
template <class E>
THALWEG_INLINE const E& index(const E& e) {
  return e;
}

// ---- sequences ----

template <class T, Shape s>
THALWEG_INLINE decltype(auto) index(const Sequence<T, s>& x, int i) {
  return x(i);
}
template <class T, Shape s, Consecutive I>
THALWEG_INLINE Sequence<T, s> index(const Sequence<T, s>& x, const I& i) {
  const Selection picked = selection(i, x.length);
  return x.part(picked.first, picked.count);
}
template <class T, Shape s, IndexList I>
THALWEG_INLINE auto index(const Sequence<T, s>& x, const I& i) {
  return gather(x, let(i));
}

// ---- matrices ----

template <class T>
THALWEG_INLINE RowVector<T> index(const Matrix<T>& x, int i) {
  return x(i);
}
template <class T>
THALWEG_INLINE decltype(auto) index(const Matrix<T>& x, int i, int j) {
  return x(i, j);
}
template <class T, ManyIndex J>
THALWEG_INLINE auto index(const Matrix<T>& x, int i, const J& j) {
  return index(x(i), j);
}
template <class T, ManyIndex I>
THALWEG_INLINE auto index(const Matrix<T>& x, const I& i, int j) {
  return index(x.col(checked_index(j, x.cols)), i);
}
template <class T, ManyIndex I, ManyIndex J>
auto index(const Matrix<T>& x, const I& i, const J& j) {
  const Selection r = selection(detail::settled(i), x.rows), c = selection(detail::settled(j), x.cols);
  return rearranged<Shape::matrix>(x, Grid{r, c, x.cols, 1}, {r.count, c.count});
}
template <class T, ManyIndex I>
THALWEG_INLINE auto index(const Matrix<T>& x, const I& i) {
  return index(x, i, All{});
}

/// Expressions are evaluated first.
template <Container E, class... I>
requires(!is_handle<E> && sizeof...(I) > 0) THALWEG_INLINE decltype(auto) index(const E& e, const I&... i) {
  return index(let(e), i...);
}

// ---- arrays of containers ----

/// Elements of a list of variables that lie anywhere, as an array.
template <class Real>
struct Collected {
  using container_expression = void;
  using Value = Real;
  static constexpr Shape shape = Shape::array;
  static constexpr bool is_variable = true;
  Var<Real>* items;
  int length;
  THALWEG_INLINE
  Extent extent() const { return {length, 1}; }
  THALWEG_INLINE
  int size() const { return length; }
  struct Cursor {
    Var<Real>* items;
    THALWEG_INLINE
    void begin(int, int) {}
    THALWEG_INLINE
    const Var<Real>& element(int i) { return items[i]; }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() {}
  };
  THALWEG_INLINE
  Cursor cursor() const { return {items}; }
};

template <class E, class... Rest>
decltype(auto) index(const ArrayOf<E>& a, int i, const Rest&... rest) {
  return index(a(i), rest...);
}
template <class E, Consecutive I>
ArrayOf<E> index(const ArrayOf<E>& a, const I& i) {
  const Selection picked = selection(i, a.length);
  return {a.items + picked.first, picked.count};
}
/// An array of what each item gives for the rest of the indexes.
template <class E, ManyIndex I, class... Rest>
requires(!Consecutive<I> || sizeof...(Rest) > 0) auto index(const ArrayOf<E>& a, const I& i, const Rest&... rest) {
  const Selection picked = selection(detail::settled(i), a.length);
  using Item = std::remove_cvref_t<decltype(index(a.items[0], rest...))>;
  if constexpr (Number<Item>) {
    const auto result = make_unset_sequence<Array<Item>>(picked.count);
    for (int k = 0; k < picked.count; ++k) result.storage.data[k] = index(a.items[picked[k]], rest...);
    return result;
  } else if constexpr (ScalarExpression<Item>) {
    using Real = typename Item::Value;
    auto* items = Tape::current().allocate<Var<Real>>(static_cast<std::size_t>(picked.count));
    for (int k = 0; k < picked.count; ++k) items[k] = index(a.items[picked[k]], rest...);
    return Collected<Real>{items, picked.count};
  } else {
    using Handle = std::remove_cvref_t<decltype(let(index(a.items[0], rest...)))>;
    const auto result = make_array_of<Handle>(picked.count);
    for (int k = 0; k < picked.count; ++k) result.items[k] = let(index(a.items[picked[k]], rest...));
    return result;
  }
}

// ---- the same by name ----

template <class E>
requires(Sequenced<E> || NestedArray<E>) auto head(const E& x, int n) { return segment(x, 1, n); }
template <class E>
requires(Sequenced<E> || NestedArray<E>) auto tail(const E& x, int n) { return segment(x, size(x) - n + 1, n); }
/// n elements from element i on.
template <class E>
requires(Sequenced<E> || NestedArray<E>) auto segment(const E& x, int i, int n) {
  if (checked_size(n) > 0) {
    checked_index(i, size(x));
    checked_index(i + n - 1, size(x));
  }
  return part_of(x, n > 0 ? i - 1 : 0, n);
}
template <Matrices E>
THALWEG_INLINE auto row(const E& x, int i) {
  return index(let(x), i);
}
template <Matrices E>
THALWEG_INLINE auto col(const E& x, int j) {
  return index(let(x), All{}, j);
}
/// n elements of column j from row i on; of row i from column j on.
template <Matrices E>
auto sub_col(const E& x, int i, int j, int n) {
  return segment(col(x, j), i, n);
}
template <Matrices E>
auto sub_row(const E& x, int i, int j, int n) {
  return segment(row(x, i), j, n);
}
/// `m` × `n` elements with (i, j) first.
template <Matrices E>
auto block(const E& x, int i, int j, int m, int n) {
  return index(let(x), Range{i, i + checked_size(m) - 1}, Range{j, j + checked_size(n) - 1});
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
