// The error function, the normal distribution function, its logarithm and its inverse.
#pragma once
#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// exp(x²) erfc(x) for x ≥ 0: (1 + 2x) times it is a polynomial in t = (x − 3.5)/(x + 3.5), minimax, error 2⁻⁵⁵; the
/// quotient by 1 + 2x is carried beyond double precision.
/// Source: the variable of M. M. Shepherd & J. G. Laframboise (1981), Math. Comp. 36, 249–253.
template <class R>
THALWEG_INLINE Sum<R> scaled_erfc(R x) {
  const R bounded = select(x > 0x1p60, all_of<R>(0x1p60), x);
  const R t = (bounded - 3.5) / (bounded + 3.5);
  const R p = polynomial(t, 1.933597520180056e-10, -9.2095052298429e-11, -2.3745529661885867e-09, 6.128929185398432e-10,
                         1.695001424841045e-08, -7.848640840947495e-10, -1.0169306129707998e-07, -6.425358307557166e-09,
                         6.068716813093e-07, -4.518255092714234e-08, -3.81767888948366e-06, 2.328650797707834e-06,
                         2.426199020757897e-05, -4.278229588160073e-05, -0.00012151264404207949, 0.0005643844209962617,
                         -0.0003022678475956675, -0.0042150199068593415, 0.019099330940033313, -0.04882332582807602,
                         0.08798315382496406, -0.11508959816018113, 0.09751909515325694, -0.010555596332218515,
                         -0.14000918013761943, 1.2423492448711544);
  const auto d = two_sum(all_of<R>(1.0), 2.0 * bounded);
  const R q = p / d.hi;
  return {q, (fma(-q, d.hi, p) - q * d.lo) / d.hi};
}
/// exp(−c x²)·y for c = 1 or ½, with x² to twice the precision.
template <class R>
THALWEG_INLINE R gaussian_times(R x, double c, Sum<R> y) {
  const double last = c == 1.0 ? 28.0 : 39.5;  // 0 from there on
  const R bounded = select(x > last, all_of<R>(last), x);
  const auto s = two_product(bounded, -c * bounded);
  const auto [k, r, r_low] = reduce_exp(s.hi);
  const auto t = fast_two_sum(r, r_low + s.lo);
  const auto one = fast_two_sum(all_of<R>(1.0), t.hi);
  const R rest = fma(t.hi * t.hi, exp_quotient(t.hi), one.lo + t.lo);
  return scale(fma(one.hi, y.hi, fma(rest, y.hi, one.hi * y.lo)), k);
}
/// erf a for 0 ≤ a ≤ 1, odd minimax polynomial, error 2⁻⁵⁶.
template <class R>
THALWEG_INLINE R erf_near_zero(R a) {
  const R z = a * a;
  const R p =
      polynomial(z, 5.970943663260963e-11, -1.1381351214797917e-09, 1.4662082465887851e-08, -1.635067430628587e-07,
                 1.6461036672863302e-06, -1.4925597680535047e-05, 0.0001205533122034004, -0.0008548326984110837,
                 0.005223977624882215, -0.02686617064508451, 0.1128379167095493, -0.3761263890318375);
  return fma(a, all_of<R>(0x1.20dd750429b6dp0), a * fma(z, p, all_of<R>(0x1.1ae3a914fed80p-56)));
}
template <class R>
THALWEG_INLINE R erf(R x) {
  const R a = abs(x);
  R y = erf_near_zero(a);
  if (any(a >= 1.0)) y = select(a < 1.0, y, 1.0 - gaussian_times(a, 1.0, scaled_erfc(a)));
  return copy_sign(y, x);
}
template <class R>
THALWEG_INLINE R erfc(R x) {
  const R a = abs(x), tail = gaussian_times(a, 1.0, scaled_erfc(a));
  return select(a < 0.5, 1.0 - copy_sign(erf_near_zero(a), x), select(x < 0.0, 2.0 - tail, tail));
}
/// ½ exp(x²/2) erfc(x/√2), the upper tail of the standard normal at x ≥ 0 without its exponential.
template <class R>
THALWEG_INLINE Sum<R> scaled_normal_tail(R x) {
  const auto y = scaled_erfc(x * 0x1.6a09e667f3bcdp-1);
  return {0.5 * y.hi, 0.5 * y.lo};
}
/// Both forms of the upper tail of the standard normal at x ≥ 0: ½ erfc(x/√2), and that times exp(x²/2).
template <class R>
struct NormalTail {
  R tail, scaled;
};
template <class R>
THALWEG_INLINE NormalTail<R> normal_tail(R x) {
  const R u = x * 0x1.6a09e667f3bcdp-1;
  const auto half = scaled_normal_tail(x);
  return {select(u < 0.5, 0.5 - 0.5 * erf_near_zero(u), gaussian_times(x, 0.5, half)), half.hi};
}
template <class R>
THALWEG_INLINE R normal_cdf(R x) {
  const R y = normal_tail(abs(x)).tail;
  return select(x > 0.0, 1.0 - y, y);
}
template <class R>
THALWEG_INLINE R log_normal_cdf(R x) {
  // log Φ = log tail near 0, log(tail exp(x²/2)) − x²/2 below, log1p(−tail) above 0
  const R a = abs(x);
  const auto t = normal_tail(a);
  const auto lower = x<0.0, far = a> 0.5;
  const auto low = log_argument(select(far, t.scaled, t.tail)), high = log1p_argument(-t.tail);
  const R l = log_of_reduced(select(lower, low.f, high.f), select(lower, low.k, high.k));
  const R below = select(far, l - 0.5 * a * a, l), above = select(t.tail < 0x1p-54, -t.tail, l);
  return select(x == x, select(lower, below, above), x);
}
/// −Φ⁻¹(t) for t below 0.075: rational functions of √(−log t) up to and beyond 5, then a step of Newton's method for
/// log Φ(−z) = log t, with Φ(−z) = exp(−z²/2) T(z).
template <class R>
THALWEG_INLINE R normal_quantile_tail(R tail) {
  const R log_tail = log(tail), r = sqrt(-log_tail), near = r - 1.6, far = r - 5.0;
  const R tail_near =
      horner(near, 7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
             3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734) /
      horner(near, 1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
             0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0);
  const R tail_far =
      horner(far, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
             0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
             6.6579046435011037772) /
      horner(far, 2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
             7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0);
  const R z = select(r <= 5.0, tail_near, tail_far), t = scaled_normal_tail(z).hi;
  const R step = ((log(t) - log_tail) - 0.5 * z * z) * (t * 2.5066282746310005024);
  return z + step;
}
/// A rational function of q² for |q| = |p − ½| ≤ 0.425, and the tails.
template <class R>
THALWEG_INLINE R normal_quantile(R p) {
  const R q = p - 0.5, tail = select(q < 0.0, p, 1.0 - p);
  const R s = 0.180625 - q * q;
  const R middle = q *
                   horner(s, 2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                          13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608) /
                   horner(s, 5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
                          5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0);
  const auto inside = abs(q) <= 0.425;
  R z = middle;
  if (!all(inside)) z = select(inside, middle, copy_sign(normal_quantile_tail(tail), q));
  return select(tail == 0.0, copy_sign(all_of<R>(infinity), q), z);
}
}  // namespace kernel

/// The error function 2/√π ∫₀ˣ exp(−t²) dt. Within 1.5 ulp.
THALWEG_UNARY(erf)
/// 1 − erf x, with full relative accuracy in the upper tail. Within 2.5 ulp.
THALWEG_UNARY(erfc)
/// Φ(x), the standard normal distribution function, with full relative accuracy in the lower tail. Within 3.5 ulp.
THALWEG_UNARY(normal_cdf)
/// log Φ(x), finite far below where Φ underflows. Within 4 ulp.
THALWEG_UNARY(log_normal_cdf)
/// Φ⁻¹(p): −∞ at 0, ∞ at 1, NaN outside [0, 1]. Within 5.5 ulp between 0.075 and 0.925, within 2 in the tails.
/// Source: M. J. Wichura (1988), algorithm AS 241, Appl. Stat. 37(3), 477–484, routine PPND16.
THALWEG_UNARY(normal_quantile)
}  // namespace THALWEG_ISA
}  // namespace thalweg
