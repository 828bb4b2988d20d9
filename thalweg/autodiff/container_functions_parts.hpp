// What container functions are made of: elements of one container read in another order, and written to places of
// another.
#pragma once
#include "thalweg/autodiff/products.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

// ---- places: from the number of an element (0-based, row by row) to where it lies ----

/// Where it was, or `offset` further on.
struct Contiguous {
  std::ptrdiff_t offset = 0;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return offset + i; }
};
/// `stride` apart.
struct Strided {
  std::ptrdiff_t stride;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return i * stride; }
};
/// Element i of the transpose of a matrix rows × cols; read in a line, the columns of the matrix one after another.
struct Transposing {
  int rows, cols;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return std::ptrdiff_t{i % rows} * cols + i / rows; }
};
/// 0, 1, …, period − 1, 0, 1, …
struct Repeating {
  int period;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return i % period; }
};
/// Each place `times` times.
struct Spreading {
  int times;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return i / times; }
};
/// The elements of a matrix of `cols` columns inside a wider one, rows `row_stride` apart.
struct Boxed {
  int cols;
  std::ptrdiff_t first, row_stride;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return first + i / cols * row_stride + i % cols; }
};
/// One place after another through both: outer(inner(i)).
template <class Outer, class Inner>
struct Through {
  Outer outer;
  Inner inner;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return outer(static_cast<int>(inner(i))); }
};

namespace detail {
/// The number type of a container of this shape: only arrays hold integers.
template <class V, Shape s>
using NumberIn = std::conditional_t<std::same_as<V, int> && s != Shape::array, double, V>;
}  // namespace detail

/// A container whose element i is element place(i) of a handle's storage. Nothing is moved until it is evaluated.
template <class T, Shape s, class Place>
struct Rearranged {
  using container_expression = void;
  using Value = detail::NumberIn<typename detail::Storage<T>::Value, s>;
  static constexpr Shape shape = s;
  static constexpr bool is_variable = detail::Storage<T>::is_variable;
  detail::Storage<T> storage;
  std::ptrdiff_t stride;
  Place place;
  Extent whole;
  THALWEG_INLINE
  Extent extent() const { return whole; }
  THALWEG_INLINE
  int size() const { return whole.size(); }
  struct Cursor {
    detail::Storage<T> storage;
    std::ptrdiff_t stride;
    Place place;
    THALWEG_INLINE
    void begin(int, int) {}
    THALWEG_INLINE
    auto element(int i) {
      if constexpr (is_variable)
        return storage.read(place(i) * stride);
      else
        return static_cast<Value>(storage.read(place(i) * stride));
    }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() {}
  };
  THALWEG_INLINE
  Cursor cursor() const { return {storage, stride, place}; }
};
template <Shape s, class T, Shape from, class Place>
THALWEG_INLINE Rearranged<T, s, Place> rearranged(const Sequence<T, from>& x, const Place& place,
                                                  const Extent& extent) {
  return {x.storage, x.stride, place, extent};
}
template <Shape s, class T, class Place>
THALWEG_INLINE Rearranged<T, s, Place> rearranged(const Matrix<T>& x, const Place& place, const Extent& extent) {
  return {x.storage, 1, place, extent};
}

/// The same elements in the same order under another shape.
template <class E, Shape s>
struct Reshaped {
  using container_expression = void;
  using Value = typename E::Value;
  static constexpr Shape shape = s;
  static constexpr bool is_variable = E::is_variable;
  E expression;
  Extent whole;
  THALWEG_INLINE
  Extent extent() const { return whole; }
  THALWEG_INLINE
  int size() const { return whole.size(); }
  THALWEG_INLINE
  auto cursor() const { return expression.cursor(); }
};

/// A container of one scalar many times; `Operand` is a Broadcast or a BroadcastVar.
template <class Operand, Shape s>
struct Repeated {
  using container_expression = void;
  using Value = typename Operand::Value;
  static constexpr Shape shape = s;
  static constexpr bool is_variable = Operand::is_variable;
  Operand operand;
  Extent whole;
  THALWEG_INLINE
  Extent extent() const { return whole; }
  THALWEG_INLINE
  int size() const { return whole.size(); }
  THALWEG_INLINE
  auto cursor() const { return operand.cursor(); }
};

// ---- writing to places ----

/// Adds adjoint(i) · ∂(element i)/∂(leaf) to the leaves of an expression.
template <Container E, class Adjoint>
THALWEG_INLINE void carry_back(const E& expression, const Adjoint& adjoint) {
  auto cursor = expression.cursor();
  const int n = expression.extent().size();
  for (int first = 0; first < n; first += block_rows) {
    const int count = n - first < block_rows ? n - first : block_rows;
    cursor.begin(first, count);
    for (int i = first; i < first + count; ++i) {
      const auto e = as_expression(cursor.element(i));
      typename std::remove_cvref_t<decltype(e)>::Kept kept;
      e.forward(kept);
      e.backward(kept, adjoint(i));
    }
    cursor.end(first, count);
  }
  cursor.finish();
}

namespace detail {
template <class T, class V>
THALWEG_INLINE void set_value(const Storage<T>& storage, std::ptrdiff_t i, const V& v) {
  if constexpr (Storage<T>::is_variable)
    storage.values[i] = typename Storage<T>::Value(v);
  else
    storage.data[i] = static_cast<T>(v);
}
template <class T>
THALWEG_INLINE const auto& value_in(const Storage<T>& storage, std::ptrdiff_t i) {
  if constexpr (Storage<T>::is_variable)
    return storage.values[i];
  else
    return storage.data[i];
}

template <class E, class Place>
struct PlaceRecord : Record {
  E expression;
  Place place;
  const typename E::Value* adjoints;
  static void undo(PlaceRecord& r) {
    carry_back(r.expression, [&r](int i) { return r.adjoints[r.place(i)]; });
  }
};
/// Records that element i of the expression was used for the element at place(i).
template <class T, Container E, class Place>
THALWEG_INLINE void record_places(const Storage<T>& to, const Place& place, const E& e) {
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<PlaceRecord<E, Place>>();
    r.expression = e;
    r.place = place;
    r.adjoints = to.adjoints;
  }
}
/// Writes the elements of an expression to places of new storage, and records it.
template <class T, Container E, class Place>
THALWEG_INLINE void write_places(const Storage<T>& to, const Place& place, const E& e) {
  for_each_value(e, [&](int i, const auto& v) { set_value(to, place(i), v); });
  record_places(to, place, e);
}

/// A new scalar variable: its value, and an adjoint of 0 behind it.
template <class Real>
THALWEG_INLINE Real* new_slot(const Real& value) {
  Real* slot = Tape::current().allocate<Real>(2);
  slot[0] = value;
  slot[1] = Real(0.0);
  return slot;
}
}  // namespace detail

/// The scalar that holds an element of either container.
template <class A, class B>
using CommonScalar = std::conditional_t<
    A::is_variable || B::is_variable, Var<Wider<typename A::Value, typename B::Value>>,
    std::conditional_t<std::same_as<typename A::Value, int> && std::same_as<typename B::Value, int>, int, double>>;

template <class E>
inline constexpr bool is_array_of = false;
template <class E>
inline constexpr bool is_array_of<ArrayOf<E>> = true;
template <class E>
concept NestedArray = is_array_of<E>;

/// Arrays of containers are always handles.
template <class E>
THALWEG_INLINE const ArrayOf<E>& let(const ArrayOf<E>& a) {
  return a;
}

/// The size n if it is one; the evaluation is left when it is negative.
THALWEG_INLINE
int checked_size(int n) {
  if (n < 0) [[unlikely]]
    Tape::current().reject_all("a size must not be negative; found #", n);
  return n;
}
/// A new array of n handles, not yet set.
template <class E>
THALWEG_INLINE ArrayOf<E> make_array_of(int n) {
  return {Tape::current().allocate<E>(static_cast<std::size_t>(checked_size(n))), n};
}

/// Elements first … first + count − 1 (0-based) of a sequence or an array of anything, the same storage; lazy
/// expressions are evaluated before.
template <Sequenced E>
THALWEG_INLINE auto part_of(const E& e, int first, int count) {
  return let(e).part(first, count);
}
template <class E>
THALWEG_INLINE ArrayOf<E> part_of(const ArrayOf<E>& a, int first, int count) {
  return {a.items + first, count};
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
