// Powers and roots, and logarithms to other bases, with a logarithm of twice the precision behind them.
#pragma once
#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// log x for positive finite x as hi + lo, error below 2⁻⁶⁶ relative.
template <class R>
THALWEG_INLINE Sum<R> log_extended(R x) {
  const auto [f, k] = log_argument(x);
  const auto d = fast_two_sum(all_of<R>(2.0), f);
  const R s = f / d.hi, s_low = (fma(-s, d.hi, f) - s * d.lo) / d.hi;  // s + s_low = f / (2 + f)
  const auto z = two_product(s, s);
  const R z_low = fma(2.0 * s, s_low, z.lo);
  // 2s + s z (2/3 + z q(z)); minimax, error 2⁻⁷³
  const R q = polynomial(z.hi, 0.11981831358525424, 0.11675772701522211, 0.13336264819761348, 0.1538455842231181,
                         0.18181818844051173, 0.2222222221778953, 0.2857142857144384, 0.3999999999999998);
  const auto t = fast_two_sum(all_of<R>(0x1.5555555555555p-1), z.hi * q);
  const auto u = two_product(z.hi, t.hi);
  const R u_low = u.lo + fma(z.hi, t.lo + 0x1.5555555555555p-55, z_low * t.hi);
  const auto v = two_product(s, u.hi);
  const R v_low = v.lo + fma(s, u_low, s_low * u.hi);
  const auto w = fast_two_sum(2.0 * s, v.hi);
  const auto whole = two_product(k, all_of<R>(ln2));
  const auto sum = fast_two_sum(whole.hi, w.hi);
  const R low = sum.lo + (w.lo + (fma(k, all_of<R>(ln2_lo), whole.lo) + fma(all_of<R>(2.0), s_low, v_low)));
  return fast_two_sum(sum.hi, low);
}
/// True (−1 or bool) where a ≥ 0 is an integer.
template <class R>
THALWEG_INLINE auto is_whole(R a) {
  return ((a + 0x1p52) - 0x1p52 == a) | (a >= 0x1p52);
}

template <class R>
THALWEG_INLINE R pow(R x, R y) {
  const R size = abs(x), reach = abs(y);
  const auto l = log_extended(size);
  const auto p = two_product(y, l.hi);
  const R low = select(abs(p.hi) < 800.0, fma(y, l.lo, p.lo), R{});
  R z = exp_scaled(p.hi, low, 0);
  // 0, ∞ and 1 as |x|
  const R grows = select(y > 0.0, all_of<R>(infinity), R{}), shrinks = select(y > 0.0, R{}, all_of<R>(infinity));
  z = select(size == 0.0, shrinks, select(size == infinity, grows, select(size == 1.0, all_of<R>(1.0), z)));
  // the sign: of odd powers, of −0 too
  const auto whole = is_whole(reach);
  const R half = 0.5 * reach;
  const R sign = select(is_whole(half), all_of<R>(1.0), copy_sign(all_of<R>(1.0), x));
  z = select(whole, copy_sign(z, sign), select((x < 0.0) & (size < infinity), all_of<R>(not_a_number), z));
  z = select((x != x) | (y != y), x + y, z);
  return select((y == 0.0) | (x == 1.0), all_of<R>(1.0), z);
}
/// log x · (c + c_low).
template <class R>
THALWEG_INLINE R log_times(R x, double c, double c_low) {
  const auto l = log_extended(x);
  const auto p = two_product(l.hi, all_of<R>(c));
  return log_special(x, p.hi + (p.lo + fma(l.lo, all_of<R>(c), l.hi * c_low)));
}
template <class R>
THALWEG_INLINE R log2(R x) {
  return log_times(x, log2_e, 0x1.777d0ffda0d24p-56);
}
template <class R>
THALWEG_INLINE R log10(R x) {
  return log_times(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57);
}

template <class R>
THALWEG_INLINE R cbrt(R x) {
  const R a = abs(x);
  const auto [big, k0] = normalise(a);
  const auto [m, k1] = split(big);
  const R k = k1 + k0, q = fma(k, all_of<R>(1.0 / 3), all_of<R>(rounder)) - rounder, r = fma(all_of<R>(-3.0), q, k);
  const R root2r =
      select(r > 0.0, all_of<R>(0x1.428a2f98d728bp0), select(r < 0.0, all_of<R>(0x1.965fea53d6e3dp-1), all_of<R>(1.0)));
  const R w = m * select(r > 0.0, all_of<R>(2.0), select(r < 0.0, all_of<R>(0.5), all_of<R>(1.0)));
  // minimax for the root of m, error 2⁻²⁵; then one step of Halley's with the exact residual
  const R y =
      root2r * polynomial(m, 0.016034453121743255, -0.13870183395809335, 0.5264201723887868, -1.1537556124059634,
                          1.6253407756866567, -1.585001145749915, 1.3302051869885778, 0.3794580177618359);
  const auto yy = two_product(y, y);
  const R residual = fma(yy.lo, y, fma(yy.hi, y, -w));
  const R root = y - y * residual / (2.0 * yy.hi * y + w);
  return select((a > 0.0) & (a < infinity), copy_sign(scale(root, q), x), x);
}
template <class R>
THALWEG_INLINE R hypot(R x, R y) {
  const R a = max(abs(x), abs(y)), b = min(abs(x), abs(y));
  const auto large = a > 0x1p500, small = a < 0x1p-400;
  const R down = select(large, all_of<R>(0x1p-600), select(small, all_of<R>(0x1p600), all_of<R>(1.0)));
  const R up = select(large, all_of<R>(0x1p600), select(small, all_of<R>(0x1p-600), all_of<R>(1.0)));
  const auto aa = two_product(a * down, a * down), bb = two_product(b * down, b * down);
  const auto s = fast_two_sum(aa.hi, bb.hi);
  const R h = sqrt(s.hi), rest = fma(-h, h, s.hi) + (s.lo + aa.lo + bb.lo);
  const R z = select(a == 0.0, R{}, h + rest / (2.0 * h)) * up;
  const auto far_x = abs(x) == infinity, far_y = abs(y) == infinity;
  return select(far_x | far_y, all_of<R>(infinity), select(x == x, z, x));
}
}  // namespace kernel

/// xʸ with the special values of C's pow. Within 1 ulp.
THALWEG_BINARY(pow)
/// Logarithm to base 2. Within 0.6 ulp; exact at powers of 2.
THALWEG_UNARY(log2)
/// Logarithm to base 10. Within 0.6 ulp; exact at powers of 10.
THALWEG_UNARY(log10)
/// Cube root. Within 0.6 ulp.
THALWEG_UNARY(cbrt)
/// √(x² + y²) without overflow on the way. Within 0.6 ulp; ∞ when either is, even beside NaN.
THALWEG_BINARY(hypot)

}  // namespace THALWEG_ISA
}  // namespace thalweg
