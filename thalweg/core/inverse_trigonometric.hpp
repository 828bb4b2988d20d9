// Arcsine, arccosine and arctangent.
#pragma once
#include "thalweg/core/trigonometric.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// arctan(n/d) for n, d ≥ 0, d finite, not both 0: the quotient is turned by 0, π/4 or π/2 into |t| ≤ tan(π/8), where
/// arctan t = t + t³ p(t²), minimax, error 2⁻⁵⁸. The rounding error of t is carried along.
template <class R>
THALWEG_INLINE Sum<R> arctangent(R n, R d) {
  constexpr double tan_eighth = 0x1.a827999fcef32p-2;
  const auto small = n <= tan_eighth * d, large = tan_eighth * n > d;
  const auto sum = two_sum(n, d), difference = two_sum(n, -d);
  const R top = select(small, n, select(large, -d, difference.hi));
  const R top_low = select(small | large, R{}, difference.lo);
  const R bottom = select(small, d, select(large, n, sum.hi));
  const R bottom_low = select(small | large, R{}, sum.lo);
  const R t = top / bottom;
  const R t_low = (fma(-t, bottom, top) + (top_low - t * bottom_low)) / bottom;
  const R z = t * t;
  const R p = polynomial(z, -0.01792050826107565, 0.038076832029670764, -0.05039792578482155, 0.058479986012303344,
                         -0.06663119194225565, 0.076920615561748, -0.09090897833519779, 0.11111110786107119,
                         -0.1428571428024979, 0.1999999999995412, -0.333333333333332);
  const R turn = select(small, R{}, select(large, all_of<R>(half_pi), all_of<R>(0.5 * half_pi)));
  const R turn_low = select(small, R{}, select(large, all_of<R>(half_pi_lo), all_of<R>(0.5 * half_pi_lo)));
  const auto y = fast_two_sum(turn, t);
  return fast_two_sum(y.hi, y.lo + fma(t * z, p, t_low + turn_low));
}
template <class R>
THALWEG_INLINE R atan(R x) {
  const R a = abs(x);
  const auto y = arctangent(select(a > 0x1p60, all_of<R>(0x1p60), a), all_of<R>(1.0));
  return copy_sign(select(a < 0x1p-27, a, select(x == x, y.hi + y.lo, x)), x);
}
template <class R>
THALWEG_INLINE R atan2(R y, R x) {
  const R n0 = abs(y), d0 = abs(x), top = max(n0, d0);
  // the ratio is kept within the range where products and residuals neither overflow nor underflow
  const R factor =
      select(top > 0x1p900, all_of<R>(0x1p-200), select(top < 0x1p-700, all_of<R>(0x1p300), all_of<R>(1.0)));
  const R n = select(n0 == infinity, all_of<R>(1.0), select(d0 == infinity, R{}, n0 * factor));
  const R d = select((d0 == infinity) | (top == 0.0), all_of<R>(1.0), select(n0 == infinity, R{}, d0 * factor));
  const auto angle = arctangent(n, d);
  const auto left = (word(x) & sign_bit) != 0;
  const R tiny = select(d0 == infinity, R{}, n0 / select(d0 == 0.0, all_of<R>(1.0), d0));
  const auto is_tiny = (n < 0x1p-60 * d) & (n0 <= d0);
  const R right = select(is_tiny, tiny, angle.hi + angle.lo);
  const R turned = (pi - angle.hi) - (angle.lo - 2.0 * half_pi_lo);
  const R z = copy_sign(select(left, turned, right), y);
  return select((x != x) | (y != y), x + y, z);
}

/// (arcsin s − s) / s³ for z = s² ≤ ¼; minimax, error 2⁻⁵⁸ relative to arcsin.
template <class R>
THALWEG_INLINE R arcsine_tail(R z) {
  return polynomial(z, 0.032699558395589995, -0.021112367394785274, 0.021787418013793386, 0.003673586250610592,
                    0.010788926943018815, 0.011397368399133133, 0.013981008567015193, 0.01735159641239249,
                    0.022372215849173715, 0.030381942677584935, 0.044642857175229075, 0.07499999999970174,
                    0.16666666666666763);
}
/// arcsin of s + s_low where s = |x| ≤ ½, or s = √((1 − |x|)/2) above: arcsin |x| = π/2 − 2 arcsin s.
template <class R>
struct Arcsine {
  R s, rest;  ///< s + rest is the arcsine of the smaller angle
};
template <class R>
THALWEG_INLINE Arcsine<R> smaller_arcsine(R a) {
  const auto small = a <= 0.5;
  const R z = select(small, a * a, 0.5 - 0.5 * a), root = sqrt(z);  // exact above ½
  const R root_low = fma(-root, root, z) / (2.0 * root);
  const R s = select(small, a, root), s_low = select(small | (z == 0.0), R{}, root_low);
  return {s, fma(s * z, arcsine_tail(z), s_low)};
}
template <class R>
THALWEG_INLINE R asin(R x) {
  const R a = abs(x);
  const auto [s, rest] = smaller_arcsine(a);
  const auto turned = fast_two_sum(all_of<R>(half_pi), -2.0 * s);
  const R large = turned.hi + (turned.lo - (2.0 * rest - half_pi_lo));
  return copy_sign(select(a <= 0.5, s + rest, large), x);
}
template <class R>
THALWEG_INLINE R acos(R x) {
  const R a = abs(x);
  const auto [s, rest] = smaller_arcsine(a);
  const auto right_angle = fast_two_sum(all_of<R>(half_pi), -copy_sign(s, x));
  const R middle = right_angle.hi + (right_angle.lo - (copy_sign(rest, x) - half_pi_lo));
  const auto straight = fast_two_sum(all_of<R>(pi), -2.0 * s);
  const R left = straight.hi + (straight.lo - (2.0 * rest - 2.0 * half_pi_lo));
  return select(a <= 0.5, middle, select(x < 0.0, left, 2.0 * (s + rest)));
}
}  // namespace kernel

/// arcsin x. Within 0.8 ulp; NaN outside [−1, 1].
THALWEG_UNARY(asin)
/// arccos x. Within 0.8 ulp; NaN outside [−1, 1].
THALWEG_UNARY(acos)
/// arctan x. Within 0.8 ulp.
THALWEG_UNARY(atan)
/// The angle of the point (x, y): atan2(y, x), with the special values of C. Within 1.2 ulp.
THALWEG_BINARY(atan2)

}  // namespace THALWEG_ISA
}  // namespace thalweg
