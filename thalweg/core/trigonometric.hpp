// Sine, cosine and tangent of any finite argument.
#pragma once
#include "thalweg/core/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

inline constexpr double pi = 0x1.921fb54442d18p1;
inline constexpr double two_pi = 0x1.921fb54442d18p2;
inline constexpr double half_pi = 0x1.921fb54442d18p0;

namespace kernel {
inline constexpr double half_pi_lo = 0x1.1a62633145c07p-54,
                        half_pi_rest = -0x1.f1976b7ed8fbcp-110;  // the next 53 bits, and the next

/// x = q · π/2 + hi + lo with |hi| ≤ π/4 (and a little); q is held as q + rounder and counts modulo 4.
template <class R>
struct Angle {
  R hi, lo, q;
};

/// For finite |x| ≥ 2³⁰: x · 2/π modulo 4 from the 192 bits of 2/π that matter; the error is below 2⁻⁶⁰ relative to hi.
/// Source: M. H. Payne & R. N. Hanek (1983), SIGNUM Newsletter 18(1), 19–24.
template <class R>
[[gnu::noinline]] Angle<R> reduce_far(R x) {
  __extension__ typedef unsigned __int128 Wide;
  constexpr std::uint64_t two_over_pi[] = {
      // one word of zeros, then the bits behind the point
      0x0000000000000000u, 0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u, 0xfe5163abdebbc561u,
      0xb7246e3a424dd2e0u, 0x06492eea09d1921cu, 0xfe1deb1cb129a73eu, 0xe88235f52ebb4484u, 0xe99c7026b45f7e41u,
      0x3991d639835339f4u, 0x9c845f8bbdf9283bu, 0x1ff897ffde05980fu, 0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u,
      0x4f463f669e5fea2du, 0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu,
  };
  const std::uint64_t w = word(x), m = (w & mantissa_bits) | (mantissa_bits + 1);
  const int exponent = static_cast<int>((w & exponent_bits) >> 52) - 1075;  // |x| = m · 2^exponent
  // The bits before exponent − 2 add multiples of 4; from there on, m times 192 bits modulo 2¹⁹² is in units of 2⁻¹⁹⁰.
  const int first = exponent - 2 + 64, i = first / 64, shift = first % 64;
  std::uint64_t a[3];
  for (int j = 0; j < 3; ++j)
    a[j] = static_cast<std::uint64_t>(((Wide{two_over_pi[i + j]} << 64 | two_over_pi[i + j + 1]) << shift) >> 64);
  const Wide p2 = Wide{m} * a[2], p1 = Wide{m} * a[1] + static_cast<std::uint64_t>(p2 >> 64);
  const std::uint64_t high = m * a[0] + static_cast<std::uint64_t>(p1 >> 64), middle = static_cast<std::uint64_t>(p1);
  // the fraction to 128 bits, rounded into [−½, ½), and its sign and magnitude
  Wide fraction = (Wide{high} << 64 | middle) << 2 | static_cast<std::uint64_t>(p2) >> 62;
  const bool round_up = fraction >> 127;
  if (round_up) fraction = ~fraction + 1;
  const double q = static_cast<double>(static_cast<int>(high >> 62) + round_up);
  const int zeros = fraction >> 64 ? std::countl_zero(static_cast<std::uint64_t>(fraction >> 64))
                                   : 64 + std::countl_zero(static_cast<std::uint64_t>(fraction) | 1);
  fraction <<= zeros;
  const double unit = from_word<double>(static_cast<std::uint64_t>(1023 - 53 - zeros) << 52);
  const double head = static_cast<double>(static_cast<std::int64_t>(fraction >> 75)) * unit;
  const double tail =
      static_cast<double>(static_cast<std::int64_t>(fraction >> 12 & 0x7fffffffffffffff)) * (unit * 0x1p-63);
  const double hi = head * half_pi;
  const double lo = fma(head, half_pi, -hi) + (head * half_pi_lo + tail * half_pi);
  const double sign = w >> 63 ? -1.0 : 1.0, turn = round_up ? -sign : sign;
  return {turn * hi, turn * lo, sign * q + rounder};
}

/// Replaces the angles of the lanes that are far from 0.
template <class R>
[[gnu::noinline]] Angle<R> reduce_far_lanes(R x, Angle<R> angle) {
  if constexpr (lanes_of<R> == 1) {
    return abs(x) < infinity ? reduce_far(x) : angle;
  } else {
    for (int lane = 0; lane < lanes_of<R>; ++lane) {
      const double value = x[lane], size = abs(value);
      if (!(size >= 0x1p30 && size < infinity)) continue;
      const auto far = reduce_far(value);
      angle.hi[lane] = far.hi;
      angle.lo[lane] = far.lo;
      angle.q[lane] = far.q;
    }
    return angle;
  }
}
template <class R>
THALWEG_INLINE Angle<R> reduce_angle(R x) {
  const R q = fma(x, all_of<R>(0x1.45f306dc9c883p-1), all_of<R>(rounder)), k = q - rounder;
  const R a = fma(-k, all_of<R>(half_pi), x);  // exact below 2³⁰
  const auto b = two_product(k, all_of<R>(half_pi_lo));
  const auto c = two_sum(a, -b.hi);
  const Angle<R> angle{c.hi, fma(-k, all_of<R>(half_pi_rest), c.lo - b.lo), q};
  if (any(abs(x) >= 0x1p30)) [[unlikely]]
    return reduce_far_lanes(x, angle);  // rare, and skipped by packs that have no such lane
  return angle;
}

/// u · 2π for |u| < 2⁴⁰, with the quadrants taken off exactly.
template <class R>
THALWEG_INLINE Angle<R> reduce_turns(R u) {
  const R q = fma(u, all_of<R>(4.0), all_of<R>(rounder));
  const R t = fma(q - rounder, all_of<R>(-0.25), u), hi = t * two_pi;
  return {hi, fma(t, all_of<R>(two_pi), -hi) + t * (4.0 * half_pi_lo), q};
}

template <class R>
struct SineCosine {
  R sine, cosine;
};
/// Minimax polynomials on |hi| ≤ π/4, errors 2⁻⁵⁸ and 2⁻⁶⁴; then the quadrant.
template <class R>
THALWEG_INLINE SineCosine<R> sine_cosine(const Angle<R>& angle) {
  const R r = angle.hi, lo = angle.lo, z = r * r, half = 0.5 * z;
  const R s = polynomial(z, 1.5896891491813926e-10, -2.5050759933248053e-08, 2.7557313705132336e-06,
                         -0.00019841269829853287, 0.008333333333322486, -0.16666666666666632);
  const R c = polynomial(z, -1.135874384810858e-11, 2.087570531874765e-09, -2.755731421667688e-07,
                         2.4801587289001527e-05, -0.0013888888888873342, 0.041666666666666595);
  const R sine = r + fma(r * z, s, fma(-half, lo, lo));
  const R whole = 1.0 - half;
  const R cosine = whole + (((1.0 - whole) - half) + fma(z * z, c, -(r * lo)));
  const auto q = word(angle.q);
  const auto odd = (q & 1) != 0;
  const auto sine_sign = (q & 2) << 62, cosine_sign = ((q + 1) & 2) << 62;
  return {from_word<R>(word(select(odd, cosine, sine)) ^ sine_sign),
          from_word<R>(word(select(odd, sine, cosine)) ^ cosine_sign)};
}
template <class R>
THALWEG_INLINE R sin(R x) {
  return select(abs(x) < 0x1p-27, x, sine_cosine(reduce_angle(x)).sine);
}
template <class R>
THALWEG_INLINE R cos(R x) {
  return sine_cosine(reduce_angle(x)).cosine;
}
template <class R>
THALWEG_INLINE R tan(R x) {
  const auto t = sine_cosine(reduce_angle(x));
  return select(abs(x) < 0x1p-27, x, t.sine / t.cosine);
}
}  // namespace kernel

/// sin x, for every finite x. Within 0.9 ulp. NaN at ±∞.
THALWEG_UNARY(sin)
/// cos x, for every finite x. Within 0.9 ulp. NaN at ±∞.
THALWEG_UNARY(cos)
/// tan x, for every finite x. Within 2.2 ulp. NaN at ±∞.
THALWEG_UNARY(tan)

/// sin and cos of one angle.
template <class Real>
struct SineCosine {
  Real sine, cosine;
};
/// sin 2πu and cos 2πu for |u| < 2⁴⁰, exact at quarter turns. Within 0.9 ulp.
[[gnu::noinline]] inline SineCosine<double> sincos_turns(double u) {
  const auto t = kernel::sine_cosine(kernel::reduce_turns(u));
  return {t.sine, t.cosine};
}
template <int W>
[[gnu::noinline]] SineCosine<Pack<W>> sincos_turns(const Pack<W>& u) {
  SineCosine<Pack<W>> out;
  for (int i = 0; i < Pack<W>::count; ++i) {
    const auto t = kernel::sine_cosine(kernel::reduce_turns(u.r[i]));
    out.sine.r[i] = t.sine;
    out.cosine.r[i] = t.cosine;
  }
  return out;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
