// What the kernels of distributions need for dual numbers: derivatives of the functions that they use as slopes.
#pragma once
#include "thalweg/autodiff/dual.hpp"
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/skewed.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// f(x) with the slope f'(x).
template <class R>
THALWEG_INLINE Dual<R> with_slope(const Dual<R>& x, const R& value, const R& slope) {
  return {value, moved(slope, x.tangent)};
}
/// d/dx of φ(x)/Φ(x) + x: 1 − h (h + x) with the hazard h, and far below 0, where that cancels, the series
/// 1/x² − 6/x⁴ + 50/x⁶ − …
template <class R>
R slope_of_hazard_excess(const R& x, const R& excess) {
  const auto far = x < R(-25.0);
  const R safe = select(far, x, R(-25.0)), w = 1.0 / (safe * safe);
  R series(505785122.0);
  for (const double c : {-25625910.0, 1435330.0, -89782.0, 6354.0, -518.0, 50.0, -6.0, 1.0})
    series = fma(series, w, R(c));
  return select(far, w * series, 1.0 - (excess - x) * excess);
}
/// d/dx of 1 − I₁(x)/I₀(x) for x ≥ 0:  −(1 − r/x − r²) with the ratio r, whose first terms are x/2 − x³/16 + x⁵/96.
template <class R>
R slope_of_bessel_shortfall(const R& x, const R& shortfall) {
  const R r = 1.0 - shortfall, xx = x * x;
  const auto near = x < R(0.03);
  const R by_x =
      select(near, 0.5 - xx * (1.0 / 16 - xx * (1.0 / 96 - xx * (11.0 / 6144))), r / select(near, R(1.0), x));
  return by_x - shortfall * (2.0 - shortfall);
}
/// ψ′(x + n) − ψ′(x) for x > 0 and n ≥ 0, without the cancellation at large x: from 16 on the difference of 1/x is
/// taken exactly, and ψ′(x) − 1/x is its asymptotic series, 1/(2x²) + 1/(6x³) − 1/(30x⁵) + ….
template <class R>
R trigamma_difference(const R& x, const R& n) {
  const auto excess = [](const R& at) {
    const R v = 1.0 / at, w = v * v;
    R series(-691.0 / 2730);
    for (const double c : {5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6}) series = fma(series, w, R(c));
    return fma(w * v, series, 0.5 * w);
  };
  const auto large = x >= R(16.0);
  const R safe = select(large, x, R(16.0)), sum = safe + n;
  return select(large, (excess(sum) - excess(safe)) - n / (safe * sum), trigamma(x + n) - trigamma(x));
}
}  // namespace detail

template <class R>
THALWEG_INLINE Dual<R> normal_hazard(const Dual<R>& x) {
  const R h = normal_hazard(x.value);
  return detail::with_slope(x, h, R(-h * normal_hazard_excess(x.value)));
}
template <class R>
THALWEG_INLINE Dual<R> normal_hazard_excess(const Dual<R>& x) {
  const R e = normal_hazard_excess(x.value);
  return detail::with_slope(x, e, detail::slope_of_hazard_excess(x.value, e));
}
template <class R>
THALWEG_INLINE Dual<R> log_scaled_normal_cdf(const Dual<R>& x) {
  const R slope = select(x.value < R(0.0), normal_hazard_excess(x.value), normal_hazard(x.value));
  return detail::with_slope(x, R(log_scaled_normal_cdf(x.value)), slope);
}
template <class R>
THALWEG_INLINE Dual<R> log_scaled_bessel_i0(const Dual<R>& x) {
  return detail::with_slope(x, R(log_scaled_bessel_i0(x.value)), R(-bessel_shortfall(x.value)));
}
template <class R>
THALWEG_INLINE Dual<R> bessel_shortfall(const Dual<R>& x) {
  const R s = bessel_shortfall(x.value);
  return detail::with_slope(x, s, detail::slope_of_bessel_shortfall(x.value, s));
}

/// log(Γ(x + n)/Γ(x)): slopes ψ(x + n) − ψ(x) and ψ(x + n).
template <class R>
THALWEG_INLINE Dual<R> log_rising_factorial(const Dual<R>& x, const Dual<R>& n) {
  return {log_rising_factorial(x.value, n.value), detail::moved(R(digamma_difference(x.value, n.value)), x.tangent) +
                                                      detail::moved(R(digamma(x.value + n.value)), n.tangent)};
}
template <class R>
THALWEG_INLINE Dual<R> log_rising_factorial(const Dual<R>& x, double n) {
  return detail::with_slope(x, R(log_rising_factorial(x.value, R(n))), R(digamma_difference(x.value, R(n))));
}
template <class R>
THALWEG_INLINE Dual<R> log_rising_factorial(double x, const Dual<R>& n) {
  return detail::with_slope(n, R(log_rising_factorial(R(x), n.value)), R(digamma(x + n.value)));
}
/// ψ(x + n) − ψ(x): slopes ψ′(x + n) − ψ′(x) and ψ′(x + n).
template <class R>
THALWEG_INLINE Dual<R> digamma_difference(const Dual<R>& x, const Dual<R>& n) {
  return {digamma_difference(x.value, n.value),
          detail::moved(detail::trigamma_difference(x.value, n.value), x.tangent) +
              detail::moved(R(trigamma(x.value + n.value)), n.tangent)};
}
template <class R>
THALWEG_INLINE Dual<R> digamma_difference(const Dual<R>& x, double n) {
  return detail::with_slope(x, R(digamma_difference(x.value, R(n))), detail::trigamma_difference(x.value, R(n)));
}
template <class R>
THALWEG_INLINE Dual<R> digamma_difference(double x, const Dual<R>& n) {
  return detail::with_slope(n, R(digamma_difference(R(x), n.value)), R(trigamma(x + n.value)));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
