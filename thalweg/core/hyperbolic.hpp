// Hyperbolic functions and their inverses.
#pragma once
#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

template <class R>
THALWEG_INLINE R tanh(R x) {
  // −t / (1 + t) with t = ½ expm1(−2|x|) as a sum
  const auto half = half_expm1(-2.0 * abs(x));
  const auto t = fast_two_sum(half.hi, half.lo), d = fast_two_sum(all_of<R>(1.0), t.hi);
  const R q = t.hi / d.hi;
  const R rest = fma(-q, d.hi, t.hi) + (t.lo - q * (d.lo + t.lo));
  return copy_sign(select(abs(x) < 0x1p-28, abs(x), q + rest / d.hi), x);
}
template <class R>
THALWEG_INLINE R sinh(R x) {
  const R a = abs(x), t = expm1(a);
  const R middle = 0.5 * (t + t / (1.0 + t));
  return copy_sign(select(a > 20.0, exp_scaled(a, R{}, -1), select(a < 0x1p-28, a, middle)), x);
}
template <class R>
THALWEG_INLINE R cosh(R x) {
  const R half = exp_scaled(abs(x), R{}, -1);
  return half + 0.25 / half;
}
template <class R>
THALWEG_INLINE R asinh(R x) {
  const R a = abs(x), aa = a * a;
  const auto large = a > 0x1p60;
  const R y = log1p(select(large, a, a + aa / (1.0 + sqrt(1.0 + aa)))) + select(large, all_of<R>(ln2), R{});
  return copy_sign(select(a < 0x1p-28, a, y), x);
}
template <class R>
THALWEG_INLINE R acosh(R x) {
  const R t = x - 1.0;
  const auto large = x > 0x1p60;
  const R y = log1p(select(large, x, t + sqrt(2.0 * t + t * t))) + select(large, all_of<R>(ln2), R{});
  return select(x < 1.0, all_of<R>(not_a_number), y);
}
template <class R>
THALWEG_INLINE R atanh(R x) {
  const R a = abs(x);
  return copy_sign(select(a < 0x1p-28, a, 0.5 * log1p(2.0 * a / (1.0 - a))), x);
}
}  // namespace kernel

/// tanh x. Within 1 ulp.
THALWEG_UNARY(tanh)
/// sinh x. Within 2.2 ulp.
THALWEG_UNARY(sinh)
/// cosh x. Within 1.3 ulp.
THALWEG_UNARY(cosh)
/// Inverse of sinh. Within 2 ulp.
THALWEG_UNARY(asinh)
/// Inverse of cosh, NaN below 1. Within 2 ulp.
THALWEG_UNARY(acosh)
/// Inverse of tanh, ±∞ at ±1, NaN beyond. Within 2 ulp.
THALWEG_UNARY(atanh)

}  // namespace THALWEG_ISA
}  // namespace thalweg
