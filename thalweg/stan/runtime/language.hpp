// What the Stan language has and C++ has not: conversions, checked integer arithmetic, literals, checks of constraints,
// and Stan's names for functions that have another name here.
#pragma once
#include "thalweg/autodiff/assignment.hpp"
#include "thalweg/autodiff/container_functions.hpp"
#if __has_include("thalweg/autodiff/linear_algebra.hpp")
#include "thalweg/autodiff/linear_algebra.hpp"
#include "thalweg/autodiff/sum_over.hpp"
#endif
#include "thalweg/stan/runtime/checks.hpp"
#include "thalweg/stan/runtime/constraints.hpp"
#include "thalweg/stan/runtime/structured.hpp"
#include "thalweg/stan/runtime/text.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

// ---- types ----

namespace detail {
template <class T>
struct ScalarIn {
  using type = double;
};
template <ScalarExpression E>
struct ScalarIn<E> {
  using type = std::conditional_t<E::is_variable, Var<typename E::Value>, double>;
};
template <Container E>
struct ScalarIn<E> {
  using type = std::conditional_t<E::is_variable, ScalarOf<E>, double>;
};
template <class E>
struct ScalarIn<ArrayOf<E>> : ScalarIn<E> {};

template <class... Ts>
struct CommonScalarType {
  using type = double;
};
template <class T, class... Rest>
struct CommonScalarType<T, Rest...> {
  using First = typename ScalarIn<T>::type;
  using type = std::conditional_t<std::same_as<First, double>, typename CommonScalarType<Rest...>::type, First>;
};
}  // namespace detail
/// The scalar type of a function whose arguments have these types: a variable if any argument has variables.
template <class... Ts>
using Scalar = typename detail::CommonScalarType<Ts...>::type;

inline constexpr int not_an_integer = -2147483647 - 1;

// ---- conversions ----

/// An argument of a user's function: evaluated once.
template <Number T>
THALWEG_INLINE T argument(T x) {
  return x;
}
template <ScalarExpression E>
THALWEG_INLINE auto argument(const E& e) {
  return let(as_expression(e));
}
template <Container E>
THALWEG_INLINE auto argument(const E& e) {
  return let(e);
}
template <class E>
THALWEG_INLINE const ArrayOf<E>& argument(const ArrayOf<E>& a) {
  return a;
}

/// A value as a C: the same handle where the type is C already, promoted otherwise.
template <class C, class E>
THALWEG_INLINE C as(const E& e) {
  if constexpr (Container<E>) {
    if constexpr (std::same_as<C, Evaluated<E>>)
      return let(e);
    else
      return copy_as<C>(e);
  } else if constexpr (std::same_as<C, E>) {
    return e;
  } else {
    return copy_as<C>(e);
  }
}
/// The value of a definition: a fresh C whose sizes must be those declared.
template <class C, class E, class... Sizes>
C define(const E& e, const Sizes&... sizes) {
  const C result = copy_as<C>(e);
  check_declared(result, sizes...);
  return result;
}
template <Sequenced C>
void check_declared(const C& c, int n) {
  if (c.length != n) Tape::current().reject_all("definition: # elements are declared, # are given", n, c.length);
}
template <Matrices C>
void check_declared(const C& c, int rows, int cols) {
  if (c.rows != rows) Tape::current().reject_all("definition: # rows are declared, # are given", rows, c.rows);
  if (c.cols != cols) Tape::current().reject_all("definition: # columns are declared, # are given", cols, c.cols);
}
template <class E, class... Inner>
void check_declared(const ArrayOf<E>& a, int n, const Inner&... inner) {
  if (a.length != n) Tape::current().reject_all("definition: # elements are declared, # are given", n, a.length);
  for (int i = 0; i < a.length; ++i) check_declared(a.items[i], inner...);
}

/// An integer, or integers, promoted to real.
template <Number T>
THALWEG_INLINE double real(T x) {
  return static_cast<double>(x);
}
template <ScalarExpression E>
THALWEG_INLINE const E& real(const E& e) {
  return e;
}
template <Container E>
THALWEG_INLINE auto real(const E& e) {
  if constexpr (std::same_as<typename E::Value, int>)
    return copy_as<Array<double>>(e);
  else
    return e;
}
template <class E>
auto real(const ArrayOf<E>& a) {
  using Item = std::remove_cvref_t<decltype(real(a.items[0]))>;
  const auto result = make_array_of<Item>(a.length);
  for (int i = 0; i < a.length; ++i) result.items[i] = real(a.items[i]);
  return result;
}

/// A number as a condition.
THALWEG_INLINE bool truth(bool x) { return x; }
THALWEG_INLINE bool truth(int x) { return x != 0; }
THALWEG_INLINE bool truth(double x) { return x != 0.0; }
template <ScalarExpression E>
THALWEG_INLINE bool truth(const E& e) {
  return value_of(e) != 0.0;
}

// ---- integers ----

THALWEG_INLINE int divide(int a, int b) {
  if (b == 0 || (b == -1 && a == not_an_integer)) Tape::current().reject_all("integer division: # / #", a, b);
  return a / b;
}
THALWEG_INLINE int modulus(int a, int b) {
  if (b == 0) Tape::current().reject_all("remainder: # % #", a, b);
  return b == -1 ? 0 : a % b;
}
THALWEG_INLINE int abs(int x) { return x < 0 ? -x : x; }
THALWEG_INLINE int min(int a, int b) { return a < b ? a : b; }
THALWEG_INLINE int max(int a, int b) { return a > b ? a : b; }

/// How many free numbers an array of these sizes takes.
template <class... Sizes>
std::int64_t free_count(Sizes... sizes) {
  std::int64_t n = 1;
  for (const std::int64_t size : {std::int64_t{1}, static_cast<std::int64_t>(sizes)...}) {
    if (size < 0) Tape::current().reject_all("a size must not be negative; found #", static_cast<long>(size));
    n *= size;
  }
  return n;
}

// ---- literals, ranges, loops ----

template <class Item, class... Items>
auto array_literal(const Items&... items) {
  if constexpr (std::same_as<Item, int> || ScalarOperand<Item>) {
    const auto a = make<Array<Item>>(sizeof...(items));
    int i = 0;
    if constexpr (Number<Item>)
      ((a.storage.data[i++] = static_cast<Item>(value_of(items))), ...);
    else
      ((a[i++] = items), ...);
    return a;
  } else {
    const auto a = make_array_of<Item>(sizeof...(items));
    int i = 0;
    ((a.items[i++] = copy_as<Item>(items)), ...);
    return a;
  }
}
template <class T, class... Items>
RowVector<T> row_vector_literal(const Items&... items) {
  const auto v = make<RowVector<T>>(sizeof...(items));
  [[maybe_unused]] int i = 0;
  ((v[i++] = items), ...);
  return v;
}
template <class T, class First, class... Rows>
Matrix<T> matrix_literal(const First& first, const Rows&... rows) {
  const auto m = make<Matrix<T>>(1 + static_cast<int>(sizeof...(rows)), first.size());
  int i = 0;
  assign_at(m, first, ++i);
  (assign_at(m, rows, ++i), ...);
  return m;
}

THALWEG_INLINE Range range(int from, int to) { return {from, to}; }
THALWEG_INLINE Range from(int first) { return {first, Range::to_end}; }
THALWEG_INLINE Range to(int last) { return {1, last}; }

/// What `for (x in c)` runs over: the items of an array or vector, the elements of a matrix column by column.
template <Sequenced E>
auto elements(const E& e) {
  return let(e);
}
template <Matrices E>
auto elements(const E& e) {
  return let(to_vector(e));
}
template <class E>
const ArrayOf<E>& elements(const ArrayOf<E>& a) {
  return a;
}

// ---- truncation ----

template <class Y>
THALWEG_INLINE int element_count(const Y& y) {
  if constexpr (Container<Y>)
    return y.size();
  else
    return 1;
}
namespace detail {
inline void reject_value(bool outside, const char* reason) {
  if (outside) Tape::current().reject_all(reason);
}
template <int W>
void reject_value(const PackMask<W>& outside, const char* reason) {
  Tape::current().reject(outside, reason);
}
template <class T, class Y, class Outside>
void reject_outside(const Y& y, const char* reason, const Outside& outside) {
  if constexpr (Container<Y>) {
    for_each_value(y, [&](int, const auto& v) { refuse_unless(!outside(v), reason); });
  } else {
    refuse_unless(!outside(value_of(y)), reason);
  }
}
}  // namespace detail
template <class T, class Y, class B>
void truncate_below(Target<T>&, const Y& y, const B& bound) {
  const auto b = value_of(bound);
  detail::reject_outside<T>(y, "outcome is below its truncation bound", [&](const auto& v) { return v < b; });
}
template <class T, class Y, class B>
void truncate_above(Target<T>&, const Y& y, const B& bound) {
  const auto b = value_of(bound);
  detail::reject_outside<T>(y, "outcome is above its truncation bound", [&](const auto& v) { return v > b; });
}

// ---- constraints of what a program computes ----

namespace detail {
/// Element i of a bound: the same for all elements when it is a scalar.
template <class B>
THALWEG_INLINE auto bound_value(const B& bound, int i) {
  if constexpr (Container<B>)
    return value_of(bound[i]);
  else
    return value_of(bound);
}
template <class X, class Outside>
void check_elements(const X& x, const char* reason, const Outside& outside) {
  if constexpr (Container<X>)
    for_each_value(x, [&](int i, const auto& v) { refuse_unless(!outside(v, i), reason); });
  else
    refuse_unless(!outside(value_of(x), 0), reason);
}
}  // namespace detail
template <class X, class B>
requires(!NestedArray<X>) void check_bounds(const char* reason, const X& x, const LowerBound<B>& c) {
  detail::check_elements(x, reason, [&](const auto& v, int i) { return !(v >= detail::bound_value(c.bound, i)); });
}
template <class X, class B>
requires(!NestedArray<X>) void check_bounds(const char* reason, const X& x, const UpperBound<B>& c) {
  detail::check_elements(x, reason, [&](const auto& v, int i) { return !(v <= detail::bound_value(c.bound, i)); });
}
template <class X, class L, class U>
requires(!NestedArray<X>) void check_bounds(const char* reason, const X& x, const IntervalBounds<L, U>& c) {
  check_bounds(reason, x, LowerBound<L>{c.low});
  check_bounds(reason, x, UpperBound<U>{c.high});
}
template <class E, class C>
void check_bounds(const char* reason, const ArrayOf<E>& a, const C& c) {
  for (int i = 0; i < a.length; ++i) check_bounds(reason, a.items[i], c);
}
/// Structured constraints are checked where values are written: on numbers.
template <class X, class Structure>
requires(!NestedArray<X>) void check_structure(const char* reason, const X& x, const Structure& structure) {
  if constexpr (Container<X> && !X::is_variable) {
    const auto m = static_cast<std::size_t>(x.size());
    const auto y = let(x);
    if (y.extent() != structure.extent()) Tape::current().reject_all(reason);
    Tape& tape = Tape::current();
    double* free = tape.allocate<double>(static_cast<std::size_t>(structure.free_size()));
    if (structure.unconstrain({y.storage.data, m, 1}, {free, static_cast<std::size_t>(structure.free_size()), 1},
                              tape.allocate<double>(structure.scratch())))
      tape.reject_all(reason);
  }
}
template <class E, class Structure>
void check_structure(const char* reason, const ArrayOf<E>& a, const Structure& structure) {
  for (int i = 0; i < a.length; ++i) check_structure(reason, a.items[i], structure);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
