// Assignment: whole variables, and parts of them in place. Containers are values: what is assigned is copied.
#pragma once
#include "thalweg/autodiff/indexing.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class A, class B>
concept BothContainers = Container<A> && Container<B>;

/// Puts the bytes of an object back: a number or a handle that was overwritten after it may have been read.
template <class T>
struct RestoreRecord : Record {
  T* at;
  T old;
  static void undo(RestoreRecord& r) { *r.at = r.old; }
};
/// Overwrites a number or a handle that records behind us may read again on the way back. Before the first record
/// (in transformed data, for one) there is nothing to come back to.
template <class T>
THALWEG_INLINE void overwrite(T& at, const T& value) {
  Tape& tape = Tape::current();
  if (tape_records && tape.mark().last != nullptr) {
    auto& r = tape.record<RestoreRecord<T>>();
    r.at = &at;
    r.old = at;
  }
  at = value;
}

/// Several elements overwritten at once. The new values are evaluated before the first is written, so x[1:3] = x[2:4]
/// is right; on the way back the adjoints of the new values are taken out, and old values and old adjoints put back,
/// in opposite order, so that a place listed twice is right as well.
template <class E, class Real, class Place>
struct OverwriteRecord : Record {
  E expression;
  Storage<Var<Real>> storage;
  Place place;
  Real *values, *adjoints;  // the old ones; on the way back, the adjoints of the new values
  static void undo(OverwriteRecord& r) {
    for (int i = r.expression.extent().size() - 1; i >= 0; --i) {
      const std::ptrdiff_t p = r.place(i);
      const Real adjoint = r.storage.adjoints[p];
      r.storage.adjoints[p] = r.adjoints[i];
      r.adjoints[i] = adjoint;
      r.storage.values[p] = r.values[i];
    }
    if constexpr (E::is_variable) carry_back(r.expression, [&r](int i) { return r.adjoints[i]; });
  }
};
template <class Real, class Place, Container E>
void overwrite_places(const Storage<Var<Real>>& to, const Place& place, const E& e) {
  const int n = e.extent().size();
  Tape& tape = Tape::current();
  Real* values = tape.allocate<Real>(2 * static_cast<std::size_t>(n));
  for_each_value(e, [&](int i, const auto& v) { values[i] = Real(v); });
  if constexpr (!tape_records) {
    for (int i = 0; i < n; ++i) to.values[place(i)] = values[i];
    return;
  }
  auto& r = tape.record<OverwriteRecord<E, Real, Place>>();
  r.expression = e;
  r.storage = to;
  r.place = place;
  r.values = values;
  r.adjoints = values + n;
  for (int i = 0; i < n; ++i) {
    const std::ptrdiff_t p = place(i);
    const Real value = values[i];
    values[i] = to.values[p];
    to.values[p] = value;
    r.adjoints[i] = to.adjoints[p];
    to.adjoints[p] = Real(0.0);
  }
}
template <Number T, class Place, Container E>
void overwrite_places(const Storage<T>& to, const Place& place, const E& e) {
  const int n = e.extent().size();
  T* values = Tape::current().allocate<T>(static_cast<std::size_t>(n));
  for_each_value(e, [&](int i, const auto& v) { values[i] = static_cast<T>(v); });
  for (int i = 0; i < n; ++i) overwrite(to.data[place(i)], values[i]);
}

template <class A, class B>
void check_assigned(const A& to, const B& from) {
  if (to == from) return;
  if (to.cols == 1 && from.cols == 1)
    Tape::current().reject_all("assignment: # elements are expected, # are given", to.rows, from.rows);
  if (to.cols == from.cols)
    Tape::current().reject_all("assignment: # rows are expected, # are given", to.rows, from.rows);
  Tape::current().reject_all("assignment: # columns are expected, # are given", to.cols, from.cols);
}
}  // namespace detail

// ---- copies ----

/// A new container of type C with the elements of an expression: numbers become variables, integers reals, where C
/// says so.
template <class C, Container E>
C copy_as(const E& e) {
  if constexpr (std::same_as<C, Evaluated<E>>) {
    return copy(e);
  } else {
    const auto result = make_unset<C>(e.extent());
    detail::write_places(result.storage, Contiguous{}, e);
    return result;
  }
}
template <NestedArray C, class E>
C copy_as(const ArrayOf<E>& a) {
  const auto result = make_array_of<typename C::Item>(a.length);
  for (int i = 0; i < a.length; ++i) result.items[i] = copy_as<typename C::Item>(a.items[i]);
  return result;
}
template <class T, ScalarOperand E>
THALWEG_INLINE T copy_as(const E& e) {
  if constexpr (Number<T>)
    return static_cast<T>(value_of(e));
  else
    return T(e);
}

/// A new container of type C with these sizes, outermost first; its elements are NaN (integers: the least one).
template <Sequenced C>
THALWEG_INLINE C make(int n) {
  return make_sequence<C>(n);
}
template <Matrices C>
THALWEG_INLINE C make(int rows, int cols) {
  return make_matrix<typename C::Scalar>(rows, cols);
}
template <NestedArray C, class... Inner>
C make(int n, const Inner&... inner) {
  const auto result = make_array_of<typename C::Item>(n);
  for (int i = 0; i < n; ++i) result.items[i] = make<typename C::Item>(inner...);
  return result;
}

// ---- whole variables ----

namespace detail {
/// Leaves the evaluation unless a value has the sizes of the variable.
template <Container A, Container B>
void check_sizes(const A& to, const B& value) {
  check_assigned(to.extent(), value.extent());
}
template <class A, class B>
void check_sizes(const ArrayOf<A>& to, const ArrayOf<B>& value) {
  check_assigned(Extent{to.length, 1}, Extent{value.length, 1});
  for (int i = 0; i < to.length; ++i) check_sizes(to.items[i], value.items[i]);
}
}  // namespace detail

/// The variable stands for a fresh copy of the value; sizes must agree.
template <ScalarOperand T, ScalarOperand V>
THALWEG_INLINE void assign(T& variable, const V& value) {
  variable = copy_as<T>(value);
}
template <Container C, Container E>
void assign(C& variable, const E& value) {
  detail::check_sizes(variable, value);
  variable = copy_as<C>(value);
}
template <class C, class E>
void assign(ArrayOf<C>& variable, const ArrayOf<E>& value) {
  detail::check_sizes(variable, value);
  variable = copy_as<ArrayOf<C>>(value);
}

// ---- parts of variables ----

template <class T, Shape s, ScalarOperand V>
THALWEG_INLINE void assign_at(const Sequence<T, s>& x, const V& value, int i) {
  if constexpr (Number<T>)
    detail::overwrite(x(i), static_cast<T>(value_of(value)));
  else
    x(i) = value;
}
template <class T, Shape s, Container V, ManyIndex I>
void assign_at(const Sequence<T, s>& x, const V& value, const I& i) {
  const Selection picked = selection(detail::settled(i), x.length);
  detail::check_assigned(Extent{picked.count, 1}, value.extent());
  detail::overwrite_places(x.storage, Listed{picked, x.stride}, value);
}

template <class T, ScalarOperand V>
THALWEG_INLINE void assign_at(const Matrix<T>& x, const V& value, int i, int j) {
  assign_at(x(i), value, j);
}
template <class T, Container V>
THALWEG_INLINE void assign_at(const Matrix<T>& x, const V& value, int i) {
  assign_at(x(i), value, All{});
}
template <class T, Container V, ManyIndex J>
THALWEG_INLINE void assign_at(const Matrix<T>& x, const V& value, int i, const J& j) {
  assign_at(x(i), value, j);
}
template <class T, Container V, ManyIndex I>
THALWEG_INLINE void assign_at(const Matrix<T>& x, const V& value, const I& i, int j) {
  assign_at(x.col(checked_index(j, x.cols)), value, i);
}
template <class T, Container V, ManyIndex I, ManyIndex J>
void assign_at(const Matrix<T>& x, const V& value, const I& i, const J& j) {
  const Selection r = selection(detail::settled(i), x.rows), c = selection(detail::settled(j), x.cols);
  detail::check_assigned(Extent{r.count, c.count}, value.extent());
  detail::overwrite_places(x.storage, Grid{r, c, x.cols, 1}, value);
}
template <class T, Container V, ManyIndex I>
THALWEG_INLINE void assign_at(const Matrix<T>& x, const V& value, const I& i) {
  assign_at(x, value, i, All{});
}

/// One item of an array: the array holds a fresh copy.
template <class E, class V>
void assign_at(const ArrayOf<E>& a, const V& value, int i) {
  E& item = a(i);
  detail::check_sizes(item, value);
  detail::overwrite(item, copy_as<E>(value));
}
template <class E, class V, class... Rest>
requires(sizeof...(Rest) > 0) void assign_at(const ArrayOf<E>& a, const V& value, int i, const Rest&... rest) {
  assign_at(a(i), value, rest...);
}
/// Several items: item k of the value, an array, goes to the rest of the indexes in the item picked k-th. The value is
/// copied first, in case it shares storage with the array.
template <class E, class V, ManyIndex I, class... Rest>
requires(Container<V> || NestedArray<V>) void assign_at(const ArrayOf<E>& a, const V& value, const I& i,
                                                        const Rest&... rest) {
  const Selection picked = selection(detail::settled(i), a.length);
  if constexpr (Container<V>) {
    const auto items = copy(value);
    detail::check_assigned(Extent{picked.count, 1}, items.extent());
    for (int k = 0; k < picked.count; ++k) assign_at(a.items[picked[k]], items[k], rest...);
  } else {
    const auto items = copy_as<V>(value);
    detail::check_assigned(Extent{picked.count, 1}, Extent{items.length, 1});
    for (int k = 0; k < picked.count; ++k) {
      if constexpr (sizeof...(Rest) == 0)
        assign_at(a, items.items[k], picked[k] + 1);
      else
        assign_at(a.items[picked[k]], items.items[k], rest...);
    }
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
