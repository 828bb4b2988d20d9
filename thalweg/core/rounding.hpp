// Rounding to integers, and the remainder.
#pragma once
#include "thalweg/core/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// The nearest integer of a ≥ 0, ties to even; a itself from 2⁵² on.
template <class R>
THALWEG_INLINE R nearest(R a) {
  return select(a < 0x1p52, (a + 0x1p52) - 0x1p52, a);
}
template <class R>
THALWEG_INLINE R trunc(R x) {
  const R a = abs(x), t = nearest(a);
  return copy_sign(select(t > a, t - 1.0, t), x);
}
template <class R>
THALWEG_INLINE R floor(R x) {
  const R t = copy_sign(nearest(abs(x)), x);
  return copy_sign(select(t > x, t - 1.0, t), x);
}
template <class R>
THALWEG_INLINE R ceil(R x) {
  return -floor(-x);
}
template <class R>
THALWEG_INLINE R round(R x) {
  const R t = trunc(abs(x));
  return copy_sign(select(abs(x) - t >= 0.5, t + 1.0, t), x);
}

/// The exponent field of a positive number, going on below 1 for subnormal ones.
THALWEG_INLINE
int exponent_of(double x) {
  const int e = static_cast<int>(word(x) >> 52);
  return e > 0 ? e : 12 - std::countl_zero(word(x));
}
/// The exact remainder of one pair of numbers: multiples of |y| are taken off, 50 bits of the quotient at a time.
template <class R>
[[gnu::noinline]] R remainder_of_one(R x, R y) {
  R rest = abs(x);
  const R divisor = abs(y);
  if (!(rest < infinity) || !(divisor > 0.0)) return not_a_number;
  while (rest >= divisor) {
    // a multiple of the divisor by a power of two, at least 2⁻⁵⁰ of what is left
    const int gap = exponent_of(rest) - exponent_of(divisor) - 49;
    const R step = gap > 0 ? scale(scale(divisor, R(gap / 2)), R(gap - gap / 2)) : divisor;
    rest = fma(-trunc(rest / step), step, rest);  // exact
    if (rest < 0.0) rest += step;
  }
  return copy_sign(rest, x);
}
template <class R>
THALWEG_INLINE R fmod(R x, R y) {
  if constexpr (lanes_of<R> == 1) {
    return remainder_of_one(x, y);
  } else {
    R z;
    for (int i = 0; i < lanes_of<R>; ++i) z[i] = remainder_of_one(static_cast<double>(x[i]), static_cast<double>(y[i]));
    return z;
  }
}
}  // namespace kernel

/// The integer part, towards zero. Exact.
THALWEG_UNARY(trunc)
/// The largest integer not above x. Exact.
THALWEG_UNARY(floor)
/// The smallest integer not below x. Exact.
THALWEG_UNARY(ceil)
/// The nearest integer, halves away from zero. Exact.
THALWEG_UNARY(round)
/// x − y·trunc(x/y), exactly, with the sign of x; NaN for y = 0 or infinite x.
THALWEG_BINARY(fmod)

}  // namespace THALWEG_ISA
}  // namespace thalweg
