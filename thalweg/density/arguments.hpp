// The arguments of a distribution during one pass over its elements: shared by all elements, or one value an element.
#pragma once
#include <utility>

#include "thalweg/autodiff/reductions.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// A number or an integer that all elements share.
template <Number T>
struct NumberArgument {
  using Value = double;
  static constexpr bool is_variable = false;
  T number;
};
/// A scalar expression that all elements share: evaluated once a pass.
template <class E>
struct ScalarArgument {
  using Value = typename E::Value;
  static constexpr bool is_variable = E::is_variable;
  E expression;
};

/// Argument j of distribution D outside a loop whose iterations all use it: prepared once, its adjoint summed until the
/// loop is over.
template <class D, int j, class E>
class Hoisted {
 public:
  using Value = typename E::Value;
  static constexpr bool is_variable = E::is_variable;

  THALWEG_INLINE explicit Hoisted(const E& e)
      : expression(e), value(expression.forward(kept)), prepared(D::template prepare<j>(value)), sum(Value(0.0)) {}
  THALWEG_INLINE ~Hoisted() {
    if constexpr (is_variable)
      if (!Tape::current().left()) expression.backward(kept, sum);
  }
  Hoisted(const Hoisted&) = delete;
  Hoisted& operator=(const Hoisted&) = delete;

  E expression;
  typename E::Kept kept;
  Value value;
  decltype(D::template prepare<j>(std::declval<const Value&>())) prepared;
  mutable Value sum;
};
template <class H>
struct HoistedArgument {
  using Value = typename H::Value;
  static constexpr bool is_variable = H::is_variable;
  const H* argument;
};

template <Number T>
THALWEG_INLINE NumberArgument<T> distribution_operand(T x) {
  return {x};
}
template <ScalarExpression E>
THALWEG_INLINE auto distribution_operand(const E& e) {
  return ScalarArgument<ExpressionOf<E>>{as_expression(e)};
}
template <Container E>
THALWEG_INLINE const E& distribution_operand(const E& e) {
  return e;
}
template <class D, int j, class E>
THALWEG_INLINE HoistedArgument<Hoisted<D, j, E>> distribution_operand(const Hoisted<D, j, E>& h) {
  return {&h};
}
template <class T>
using DistributionOperand = std::remove_cvref_t<decltype(distribution_operand(std::declval<const T&>()))>;

/// Roles whose every violation makes the log density NaN or infinite by itself: no test an element is needed.
consteval bool shows_by_itself(const char* requirement) {
  for (const char* known : {"outcome must not be NaN", "location", "log odds", "log rate"}) {
    const char *a = known, *b = requirement;
    while (*a && *a == *b) ++a, ++b;
    if (!*a) return true;
  }
  return false;
}

template <class D, int j, class Op>
struct Argument;

/// What an element sees of an argument that all share.
template <class Prepared>
struct SharedValue {
  const Prepared& ready;
  THALWEG_INLINE const Prepared& prepared() const { return ready; }
};
/// Nothing to do at blocks and elements.
struct SharedPass {
  THALWEG_INLINE void begin(int, int) {}
  THALWEG_INLINE void end(int, int) {}
  template <class Live, class M>
  THALWEG_INLINE void check_element(const Live&, M&) const {}
};
template <class D, int j, class V>
THALWEG_INLINE void check_shared(const V& value) {
  const auto good = D::template valid<j>(value);
  if constexpr (std::same_as<std::remove_cvref_t<decltype(good)>, bool>) {
    if (!good) [[unlikely]]
      Tape::current().reject_all(D::requirement(j));
  } else {
    Tape::current().reject(!good, D::requirement(j));
  }
}

template <class D, int j, class T>
struct Argument<D, j, NumberArgument<T>> : SharedPass {
  T value;
  decltype(D::template prepare<j>(std::declval<const T&>())) ready;
  THALWEG_INLINE explicit Argument(const NumberArgument<T>& o)
      : value(o.number), ready(D::template prepare<j>(value)) {}
  THALWEG_INLINE void check() const { check_shared<D, j>(value); }
  THALWEG_INLINE auto element(int) { return SharedValue<decltype(ready)>{ready}; }
  template <class Live, class R>
  THALWEG_INLINE void backward(const Live&, const R&) {}
  THALWEG_INLINE void finish() {}
};

template <class D, int j, class E>
struct Argument<D, j, ScalarArgument<E>> : SharedPass {
  using Value = typename E::Value;
  const E& expression;
  typename E::Kept kept;
  Value value;
  decltype(D::template prepare<j>(std::declval<const Value&>())) ready;
  Value sum;
  THALWEG_INLINE explicit Argument(const ScalarArgument<E>& o)
      : expression(o.expression), value(expression.forward(kept)), ready(D::template prepare<j>(value)), sum(0.0) {}
  THALWEG_INLINE void check() const { check_shared<D, j>(value); }
  THALWEG_INLINE auto element(int) { return SharedValue<decltype(ready)>{ready}; }
  template <class Live, class R>
  THALWEG_INLINE void backward(const Live&, const R& g) {
    if constexpr (E::is_variable) sum += g;
  }
  THALWEG_INLINE void finish() {
    if constexpr (E::is_variable) expression.backward(kept, sum);
  }
};

template <class D, int j, class H>
struct Argument<D, j, HoistedArgument<H>> : SharedPass {
  const H& hoisted;
  THALWEG_INLINE explicit Argument(const HoistedArgument<H>& o) : hoisted(*o.argument) {}
  THALWEG_INLINE void check() const { check_shared<D, j>(hoisted.value); }
  THALWEG_INLINE auto element(int) { return SharedValue<decltype(hoisted.prepared)>{hoisted.prepared}; }
  template <class Live, class R>
  THALWEG_INLINE void backward(const Live&, const R& g) {
    if constexpr (H::is_variable) hoisted.sum += g;
  }
  THALWEG_INLINE void finish() {}
};

/// One value an element.
template <class D, int j, class Op>
requires Container<Op>
struct Argument<D, j, Op> {
  using Cursor = decltype(std::declval<const Op&>().cursor());
  Cursor cursor;
  THALWEG_INLINE explicit Argument(const Op& o) : cursor(o.cursor()) {}

  template <class E>
  struct LiveVariable {
    E expression;
    typename E::Kept kept;
    typename E::Value value;
    decltype(D::template prepare<j>(std::declval<const typename E::Value&>())) ready;
    THALWEG_INLINE explicit LiveVariable(const E& e)
        : expression(e), value(expression.forward(kept)), ready(D::template prepare<j>(value)) {}
    THALWEG_INLINE const auto& prepared() const { return ready; }
  };
  template <class T>
  struct LiveNumber {
    T value;
    decltype(D::template prepare<j>(std::declval<const T&>())) ready;
    THALWEG_INLINE explicit LiveNumber(T v) : value(v), ready(D::template prepare<j>(v)) {}
    THALWEG_INLINE const auto& prepared() const { return ready; }
  };
  THALWEG_INLINE void begin(int first, int count) { cursor.begin(first, count); }
  THALWEG_INLINE auto element(int i) {
    if constexpr (Op::is_variable) {
      const auto e = as_expression(cursor.element(i));
      return LiveVariable<std::remove_cvref_t<decltype(e)>>(e);
    } else {
      const auto v = value_of(cursor.element(i));
      return LiveNumber<std::remove_cvref_t<decltype(v)>>(v);
    }
  }
  /// Keeps in `bad` that some element is outside the domain of argument j.
  template <class Live, class M>
  THALWEG_INLINE void check_element(const Live& live, M& bad) const {
    if constexpr (!shows_by_itself(D::requirement(j))) {
      const auto good = D::template valid<j>(live.value);
      if constexpr (Op::is_variable)
        bad = bad || !good;
      else if (!good) [[unlikely]]
        Tape::current().reject_all(D::requirement(j));
    }
  }
  template <class Live, class R>
  THALWEG_INLINE void backward(const Live& live, const R& g) {
    if constexpr (Op::is_variable) live.expression.backward(live.kept, g);
  }
  THALWEG_INLINE void end(int first, int count) { cursor.end(first, count); }
  THALWEG_INLINE void finish() { cursor.finish(); }
  THALWEG_INLINE void check() const {}
};

}  // namespace detail

/// Argument j of distribution D for a loop: see Hoisted. Keep it alive until the loop is over.
template <class D, int j, ScalarOperand T>
THALWEG_INLINE auto hoist_argument(const T& x) {
  return detail::Hoisted<D, j, ExpressionOf<T>>(as_expression(x));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
