// The regularised incomplete beta function, as logarithms and with its slopes in the shapes.
#pragma once
#include "thalweg/core/stable.hpp"
#include "thalweg/core/tangent.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// log I and log(1 − I) for I = I_x(a, b), and their derivatives in a and b.
template <class Real>
struct BetaTails {
  Real log_lower, log_upper, lower_slope_a, lower_slope_b, upper_slope_a, upper_slope_b;
};

namespace kernel {

template <class S>
using Tangent2 = Tangent<2, S>;

/// log B(a, b).
template <class S>
Tangent2<S> log_beta(const Tangent2<S>& a, const Tangent2<S>& b) {
  const S together = digamma_of(S(a.v + b.v));
  const S da = digamma_of(a.v) - together, db = digamma_of(b.v) - together;
  const double value = thalweg::lbeta(plain(a.v), plain(b.v));
  Tangent2<S> y;
  if constexpr (CarriesTangent<S>)
    y = S(value, da.value * a.v.tangent + db.value * b.v.tangent);
  else
    y = value;
  for (int i = 0; i < 2; ++i) y.d[i] = da * a.d[i] + db * b.d[i];
  return y;
}
/// log(xᵃ yᵇ / B(a, b)) for y = 1 − x. Large shapes: about the mode, where the linear terms cancel.
template <class S>
Tangent2<S> log_beta_term(const Tangent2<S>& a, const Tangent2<S>& b, const S& x, const S& y) {
  using T = Tangent2<S>;
  if (a.v < 8 || b.v < 8) return a * T(log_of(x)) + b * T(log_of(y)) - log_beta(a, b);
  const T s = a + b, offset = x < y ? s * x - a : b - s * y;  // s·x − a, from the smaller of x and y
  const T corrections = stirling_correction(a) + stirling_correction(b) - stirling_correction(s);
  // far below a mode, where the excess is taken near −1, the logarithm itself
  const auto part = [](const T& shape, const T& off, const T& at) {
    return off.v < -0.5 * shape.v ? shape * log(at / shape) - off : -(shape * excess_over_log1p(off / shape));
  };
  return 0.5 * log(a * b / (two_pi * s)) + part(a, offset, s * x) + part(b, -offset, s * y) - corrections;
}
/// log I_x(a, b) for x ≤ (a + 1)/(a + b + 2), by the continued fraction of DLMF 8.17.22 and Lentz's method.
template <class S>
Tangent2<S> beta_fraction(const Tangent2<S>& a, const Tangent2<S>& b, const S& x, const S& y) {
  using T = Tangent2<S>;
  T c = 1.0, d = 1.0 / (1.0 - (a + b) * x / (a + 1.0)), h = d;
  for (int m = 1; m < 50000; ++m) {
    const double k = m;
    const T even = k * (b - k) * x / ((a + (2 * k - 1)) * (a + 2 * k));
    d = 1.0 / (1.0 + even * d);
    c = 1.0 + even / c;
    h = h * (c * d);
    const T odd = -((a + k) * (a + b + k) * x / ((a + 2 * k) * (a + (2 * k + 1))));
    d = 1.0 / (1.0 + odd * d);
    c = 1.0 + odd / c;
    h = h * (c * d);
    if (settled(c, d)) break;
  }
  return log_beta_term(a, b, x, y) + log(h / a);
}
template <class S>
[[gnu::noinline]] BetaTails<S> beta_tails_of_one(const S& first, const S& second, const S& x, const S& y) {
  using T = Tangent2<S>;
  const bool shapes = first > 0 && second > 0 && first < infinity && second < infinity;
  if (!(shapes && x >= 0 && y >= 0 && x <= 1 && y <= 1))
    return {not_a_number, not_a_number, not_a_number, not_a_number, not_a_number, not_a_number};
  if (x == 0) return {-infinity, 0, -infinity, infinity, 0, 0};
  if (y == 0) return {0, -infinity, 0, 0, infinity, -infinity};
  const T a = T::variable(first, 0), b = T::variable(second, 1);
  const bool turned = x * (first + second + 2) > first + 1;
  const T one = turned ? beta_fraction(b, a, y, x) : beta_fraction(a, b, x, y);
  const T other = log1m_exp(one), &lower = turned ? other : one, &upper = turned ? one : other;
  return {lower.v, upper.v, lower.d[0], lower.d[1], upper.d[0], upper.d[1]};
}
}  // namespace kernel

/// Both tails of the beta distribution with shapes a and b at x, computed lane by lane. `one_minus_x` is 1 − x, given
/// apart so that either may be tiny.
///
/// I = 1/B(a, b) ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt.  ∂log I/∂x = exp((a − 1) log x + (b − 1) log(1 − x) − log B(a, b) − log I).
///
/// Cost    a continued fraction: some ten steps a lane, about √max(a, b) near the middle of large shapes.
/// Errors  NaN unless a, b > 0 and 0 ≤ x ≤ 1. Within 1e-12 of max(1, |log|) for shapes up to 1e5.
template <class Real>
[[gnu::noinline]] BetaTails<Real> beta_tails(const Real& a, const Real& b, const Real& x, const Real& one_minus_x) {
  BetaTails<Real> out;
  for (int lane = 0; lane < width_of<Real>; ++lane) {
    const auto one = kernel::beta_tails_of_one(kernel::number_in(a, lane), kernel::number_in(b, lane),
                                               kernel::number_in(x, lane), kernel::number_in(one_minus_x, lane));
    kernel::put_number(out.log_lower, lane, one.log_lower);
    kernel::put_number(out.log_upper, lane, one.log_upper);
    kernel::put_number(out.lower_slope_a, lane, one.lower_slope_a);
    kernel::put_number(out.lower_slope_b, lane, one.lower_slope_b);
    kernel::put_number(out.upper_slope_a, lane, one.upper_slope_a);
    kernel::put_number(out.upper_slope_b, lane, one.upper_slope_b);
  }
  return out;
}
/// I_x(a, b), the regularised incomplete beta function.
inline double inc_beta(double a, double b, double x) { return exp(beta_tails(a, b, x, 1.0 - x).log_lower); }

}  // namespace THALWEG_ISA
}  // namespace thalweg
