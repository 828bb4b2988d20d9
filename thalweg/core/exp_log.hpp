// Exponentials and logarithms.
#pragma once
#include "thalweg/core/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

inline constexpr double ln2 = 0x1.62e42fefa39efp-1;

namespace kernel {
inline constexpr double ln2_lo = 0x1.abc9e3b39803fp-56;  // ln 2 − ln2
inline constexpr double log2_e = 0x1.71547652b82fep0;

/// x = k ln 2 + r + r_low with |r| ≤ ½ ln 2, for |x| < 2000; `r_low` is below an ulp of r.
template <class R>
struct Reduced {
  R k, r, r_low;
};
template <class R>
THALWEG_INLINE Reduced<R> reduce_exp(R x) {
  const R k = fma(x, all_of<R>(log2_e), all_of<R>(rounder)) - rounder;
  const R head = fma(-k, all_of<R>(ln2), x);  // exact: a multiple of 2⁻⁵⁴ below ½
  const R low = k * ln2_lo, r = head - low;
  return {k, r, (head - r) - low};
}
/// (exp(r) − 1 − r) / r² for |r| ≤ ½ ln 2; minimax, error 2⁻⁶¹ relative to exp(r) − 1.
template <class R>
THALWEG_INLINE R exp_quotient(R r) {
  return polynomial(r, 2.0944964564024584e-09, 2.510931177603045e-08, 2.75571875130724e-07, 2.75572435228521e-06,
                    2.480158740984801e-05, 0.0001984126988671172, 0.0013888888888851578, 0.008333333333321428,
                    0.041666666666666706, 0.16666666666666677, 0.5);
}
/// 2ⁿ exp(r + r_low) from the reduced argument: 1 + r is kept exact.
template <class R>
THALWEG_INLINE R exp_of_reduced(R r, R r_low, R n) {
  const auto one = fast_two_sum(all_of<R>(1.0), r);
  return scale(one.hi + fma(r * r, exp_quotient(r), one.lo + r_low), n);
}
template <class R>
THALWEG_INLINE R bound(R x, double low, double high) {
  return select(x > high, all_of<R>(high), select(x < low, all_of<R>(low), x));
}
template <class R>
THALWEG_INLINE R exp(R x) {
  const R bounded = bound(x, -760, 720);
  const R k = fma(bounded, all_of<R>(log2_e), all_of<R>(rounder)) - rounder;
  const R r = fma(-k, all_of<R>(ln2_lo), fma(-k, all_of<R>(ln2), bounded));
  const auto one = fast_two_sum(all_of<R>(1.0), r);
  return scale(one.hi + fma(r * r, exp_quotient(r), one.lo), k);
}
/// 2ⁿ exp(x + x_low) for a small integer n and |x_low| below 2⁻⁴⁰.
template <class R>
THALWEG_INLINE R exp_scaled(R x, R x_low, double n) {
  const auto [k, r, r_low] = reduce_exp(bound(x, -760, 720));
  const auto t = fast_two_sum(r, r_low + x_low);
  return exp_of_reduced(t.hi, t.lo, k + n);
}
template <class R>
THALWEG_INLINE R exp2(R x) {
  const R bounded = bound(x, -1080, 1030);
  const R k = (bounded + rounder) - rounder;
  const R t = bounded - k;
  const auto r = two_product(t, all_of<R>(ln2));
  return exp_of_reduced(r.hi, fma(t, all_of<R>(ln2_lo), r.lo), k);
}
/// ½(eˣ − 1) as a sum: ½(2ᵏ(1 + r + tail) − 1) with 2ᵏr + 2ᵏ − 1 kept exact. Halved, so that k = 1024 works.
template <class R>
THALWEG_INLINE Sum<R> half_expm1(R x) {
  const auto [k, r, r_low] = reduce_exp(bound(x, -40, 709.9));
  const R s = power_of_two(k + (rounder - 1)), shift = s - 0.5;
  const R hi = fma(s, r, shift), lo = fma(s, r, shift - hi) + (s - (shift + 0.5));
  return {hi, fma(s, fma(r * r, exp_quotient(r), r_low), lo)};
}
template <class R>
THALWEG_INLINE R expm1(R x) {
  const auto half = half_expm1(x);
  return select(abs(x) < 0x1p-54, x, 2.0 * (half.hi + half.lo));
}

/// f − log(1 + f), less the low part of k ln 2, for √½ ≤ 1 + f ≤ √2 and an integer k: the atanh series in
/// s = f/(2 + f), minimax, error 2⁻⁶⁶ relative to log(1 + f).
template <class R>
THALWEG_INLINE R log_correction(R f, R k) {
  const R s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
  const R p = z * polynomial(z, 0.13234902782591884, 0.1325213766636069, 0.15386989129987472, 0.18181778354059402,
                             0.22222222606912645, 0.28571428569411966, 0.4000000000000492, 0.6666666666666666);
  return half - fma(s, half + p, k * ln2_lo);
}
/// log(1 + f) + k ln 2.
template <class R>
THALWEG_INLINE R log_of_reduced(R f, R k) {
  return fma(k, all_of<R>(ln2), f - log_correction(f, k));
}
/// The value of log at arguments that are not positive and finite; y elsewhere.
template <class R>
THALWEG_INLINE R log_special(R x, R y) {
  const R outside = select(x == 0.0, all_of<R>(-infinity), all_of<R>(not_a_number));
  return select(x > 0.0, select(x == infinity, x, y), outside);
}
template <class R>
struct Normalised {
  R x, k;
};
/// x·2⁵⁴ and −54 for a positive x below the normal range, else x and 0.
template <class R>
THALWEG_INLINE Normalised<R> normalise(R x) {
  const auto tiny = x < 0x1p-1022;
  return {select(tiny, x * 0x1p54, x), select(tiny, all_of<R>(-54.0), R{})};
}
/// x = 2ᵏ(1 + f) with √½ ≤ 1 + f ≤ √2.
template <class R>
struct LogArgument {
  R f, k;
};
template <class R>
THALWEG_INLINE LogArgument<R> log_argument(R x) {
  const auto [big, k0] = normalise(x);
  const auto [m, k] = split(big);
  return {m - 1.0, k + k0};
}
/// The same for 1 + x, with f rounded only once.
template <class R>
THALWEG_INLINE LogArgument<R> log1p_argument(R x) {
  const auto [m, k] = split(1.0 + x);
  const R s = power_of_two(rounder - k);
  return {select(k > 60.0, m - 1.0, fma(s, x, s - 1.0)), k};  // above 2⁶⁰ the 1 is below half an ulp
}
template <class R>
THALWEG_INLINE R log(R x) {
  const auto [f, k] = log_argument(x);
  return log_special(x, log_of_reduced(f, k));
}
template <class R>
THALWEG_INLINE R log1p(R x) {
  const auto [f, k] = log1p_argument(x);
  const R y = log_special(1.0 + x, log_of_reduced(f, k));
  return select(abs(x) < 0x1p-54, x, y);
}
}  // namespace kernel

/// eˣ. Within 0.9 ulp; subnormal results within 1 ulp. Source: Cody–Waite reduction, minimax polynomial.
THALWEG_UNARY(exp)
/// 2ˣ. Within 0.9 ulp; subnormal results within 1 ulp.
THALWEG_UNARY(exp2)
/// eˣ − 1. Within 1.2 ulp.
THALWEG_UNARY(expm1)
/// Natural logarithm. Within 0.9 ulp; log 0 = −∞, NaN below.
THALWEG_UNARY(log)
/// log(1 + x). Within 1.2 ulp; −∞ at −1, NaN below.
THALWEG_UNARY(log1p)

}  // namespace THALWEG_ISA
}  // namespace thalweg
