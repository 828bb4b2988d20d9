// Declared constraints of scalars and elementwise containers: from the unconstrained space, back to it, and checks.
#pragma once
#include "thalweg/stan/runtime/functions.hpp"
#include "thalweg/stan/runtime/target.hpp"
#include "thalweg/stan/runtime/text.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace detail {
/// A bound of data that is infinite is no bound.
THALWEG_INLINE
bool is_unbounded(double bound, double infinite) { return bound == infinite; }
template <class B>
THALWEG_INLINE bool is_unbounded(const B&, double) {
  return false;
}
/// Bound i of a scalar or container bound, as a number.
template <class B>
THALWEG_INLINE double bound_at(const B& bound, int i) {
  if constexpr (Container<B>)
    return value_of(bound[i]);
  else
    return static_cast<double>(value_of(bound));
}
}  // namespace detail

/// Each constraint maps x, a scalar or a container, to the constrained value; `target` gains log |∂y/∂x| summed over
/// the elements. `free` is the inverse for element i, `holds` tests a number and `require` says in words what it must
/// be.
struct Unconstrained {
  template <class X, class T>
  THALWEG_INLINE X constrain(const X& x, T&) const {
    return x;
  }
  double free(double y, int) const { return y; }
  bool holds(double, int) const { return true; }
  void require(Text&, int) const {}
};

/// y = bound + eˣ
template <class B>
struct LowerBound {
  B bound;
  template <class X, class T>
  THALWEG_INLINE auto constrain(const X& x, T& target) const -> decltype(let(exp(x) + bound)) {
    if (detail::is_unbounded(bound, -infinity)) return let(x + 0.0);
    if (target.wants_jacobian()) target += sum(x);
    return let(exp(x) + bound);
  }
  double free(double y, int i) const {
    const double b = detail::bound_at(bound, i);
    return b == -infinity ? y : log(y - b);
  }
  bool holds(double y, int i) const { return y >= detail::bound_at(bound, i); }
  void require(Text& text, int i) const { text << ">= " << detail::bound_at(bound, i); }
};

/// y = bound − eˣ
template <class B>
struct UpperBound {
  B bound;
  template <class X, class T>
  THALWEG_INLINE auto constrain(const X& x, T& target) const -> decltype(let(bound - exp(x))) {
    if (detail::is_unbounded(bound, infinity)) return let(0.0 + x);
    if (target.wants_jacobian()) target += sum(x);
    return let(bound - exp(x));
  }
  double free(double y, int i) const {
    const double b = detail::bound_at(bound, i);
    return b == infinity ? y : log(b - y);
  }
  bool holds(double y, int i) const { return y <= detail::bound_at(bound, i); }
  void require(Text& text, int i) const { text << "<= " << detail::bound_at(bound, i); }
};

/// y = low + (high − low) / (1 + e⁻ˣ)
template <class L, class U>
struct IntervalBounds {
  L low;
  U high;
  template <class X, class T>
  THALWEG_INLINE auto constrain(const X& x, T& target) const {
    const auto width = let(high - low);
    using Y = decltype(let(logistic(x) * width + low));
    if (detail::is_unbounded(low, -infinity)) return Y(UpperBound<U>{high}.constrain(x, target));
    if (detail::is_unbounded(high, infinity)) return Y(LowerBound<L>{low}.constrain(x, target));
    if (target.wants_jacobian()) target += sum(log_logistic(x) + log_logistic(-x) + log(width));
    return Y(let(logistic(x) * width + low));
  }
  double free(double y, int i) const {
    const double a = detail::bound_at(low, i), b = detail::bound_at(high, i);
    if (a == -infinity) return UpperBound<double>{b}.free(y, 0);
    if (b == infinity) return LowerBound<double>{a}.free(y, 0);
    return logit((y - a) / (b - a));
  }
  bool holds(double y, int i) const { return y >= detail::bound_at(low, i) && y <= detail::bound_at(high, i); }
  void require(Text& text, int i) const {
    text << "between " << detail::bound_at(low, i) << " and " << detail::bound_at(high, i);
  }
};

/// y = offset + multiplier · x
template <class O, class M>
struct Affine {
  O offset;
  M multiplier;
  template <class X, class T>
  THALWEG_INLINE auto constrain(const X& x, T& target) const {
    if (!target.wants_jacobian()) {
    } else if constexpr (Container<X> && !Container<M>)
      target += log(multiplier) * static_cast<double>(x.size());
    else
      target += sum(log(multiplier));
    return let(elt_multiply(x, multiplier) + offset);
  }
  double free(double y, int i) const { return (y - detail::bound_at(offset, i)) / detail::bound_at(multiplier, i); }
  bool holds(double, int) const { return true; }
  void require(Text&, int) const {}
};

template <class B>
THALWEG_INLINE LowerBound<B> lower(const B& bound) {
  return {bound};
}
template <class B>
THALWEG_INLINE UpperBound<B> upper(const B& bound) {
  return {bound};
}
template <class L, class U>
THALWEG_INLINE IntervalBounds<L, U> lower_upper(const L& low, const U& high) {
  return {low, high};
}
template <class O, class M>
THALWEG_INLINE Affine<O, M> offset_multiplier(const O& offset, const M& multiplier) {
  return {offset, multiplier};
}
}  // namespace THALWEG_ISA
}  // namespace thalweg
