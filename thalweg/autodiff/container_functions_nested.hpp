// Scalar functions of arrays of containers, item by item, as deep as they go; and operators by name.
#pragma once
#include "thalweg/autodiff/container_functions_reduce.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class F, class E>
auto mapped_items(const ArrayOf<E>& a, const F& f) {
  using Item = std::remove_cvref_t<decltype(let(f(a.items[0])))>;
  const auto result = make_array_of<Item>(a.length);
  for (int i = 0; i < a.length; ++i) result.items[i] = let(f(a.items[i]));
  return result;
}
/// Item i of a nested array; anything else goes with every item.
template <class A>
THALWEG_INLINE const auto& item_of(const A& a, [[maybe_unused]] int i) {
  if constexpr (NestedArray<A>)
    return a.items[i];
  else
    return a;
}
template <class F, class A, class B>
auto mapped_pairs(const A& a, const B& b, const F& f) {
  int n;
  if constexpr (NestedArray<A> && NestedArray<B>) {
    if (a.length != b.length) Tape::current().reject_all("sizes do not match: # and #", a.length, b.length);
    n = a.length;
  } else if constexpr (NestedArray<A>) {
    n = a.length;
  } else {
    n = b.length;
  }
  using Item = std::remove_cvref_t<decltype(let(f(item_of(a, 0), item_of(b, 0))))>;
  const auto result = make_array_of<Item>(n);
  for (int i = 0; i < n; ++i) result.items[i] = let(f(item_of(a, i), item_of(b, i)));
  return result;
}
template <class A, class B>
concept PairOfNested = (NestedArray<A> && (NestedArray<B> || ScalarOperand<B>)) || (ScalarOperand<A> && NestedArray<B>);
}  // namespace detail

#define THALWEG_NESTED(function)                                                     \
  template <class E>                                                                 \
  auto function(const ArrayOf<E>& a) {                                               \
    return detail::mapped_items(a, [](const auto& item) { return function(item); }); \
  }
#define THALWEG_NESTED2(function)                                                                   \
  template <class A, class B>                                                                       \
  requires detail::PairOfNested<A, B>                                                               \
  auto function(const A& a, const B& b) {                                                           \
    return detail::mapped_pairs(a, b, [](const auto& x, const auto& y) { return function(x, y); }); \
  }
THALWEG_NESTED(exp)
THALWEG_NESTED(log)
THALWEG_NESTED(log1p)
THALWEG_NESTED(expm1)
THALWEG_NESTED(sqrt)
THALWEG_NESTED(sin)
THALWEG_NESTED(cos)
THALWEG_NESTED(tan)
THALWEG_NESTED(asin)
THALWEG_NESTED(acos)
THALWEG_NESTED(atan)
THALWEG_NESTED(sinh)
THALWEG_NESTED(cosh)
THALWEG_NESTED(tanh)
THALWEG_NESTED(asinh)
THALWEG_NESTED(acosh)
THALWEG_NESTED(atanh)
THALWEG_NESTED(exp2)
THALWEG_NESTED(log2)
THALWEG_NESTED(log10)
THALWEG_NESTED(cbrt)
THALWEG_NESTED(logistic)
THALWEG_NESTED(log1p_exp)
THALWEG_NESTED(log1m_exp)
THALWEG_NESTED(log_logistic)
THALWEG_NESTED(erf)
THALWEG_NESTED(erfc)
THALWEG_NESTED(normal_cdf)
THALWEG_NESTED(log_normal_cdf)
THALWEG_NESTED(normal_quantile)
THALWEG_NESTED(lgamma)
THALWEG_NESTED(digamma)
THALWEG_NESTED(trigamma)
THALWEG_NESTED(square)
THALWEG_NESTED(inv)
THALWEG_NESTED(abs)
THALWEG_NESTED(log1m)
THALWEG_NESTED(logit)
THALWEG_NESTED(inv_cloglog)
THALWEG_NESTED(floor)
THALWEG_NESTED(ceil)
THALWEG_NESTED(round)
THALWEG_NESTED(trunc)
THALWEG_NESTED(softmax)
THALWEG_NESTED(log_softmax)
THALWEG_NESTED2(pow)
THALWEG_NESTED2(fmin)
THALWEG_NESTED2(fmax)
THALWEG_NESTED2(log_sum_exp)
THALWEG_NESTED2(log_diff_exp)
THALWEG_NESTED2(atan2)
THALWEG_NESTED2(hypot)
THALWEG_NESTED2(fmod)
THALWEG_NESTED2(lbeta)
THALWEG_NESTED2(lmultiply)
THALWEG_NESTED2(fdim)
#undef THALWEG_NESTED
#undef THALWEG_NESTED2

// ---- operators by name; the quotient of integers is the language's own ----

template <class A, class B>
THALWEG_INLINE auto add(const A& a, const B& b) {
  return a + b;
}
template <class A, class B>
THALWEG_INLINE auto subtract(const A& a, const B& b) {
  return a - b;
}
template <class A, class B>
THALWEG_INLINE auto multiply(const A& a, const B& b) {
  return a * b;
}
template <class A, class B>
requires(!(std::is_integral_v<A> && std::is_integral_v<B>)) THALWEG_INLINE auto divide(const A& a, const B& b) {
  return a / b;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
