// The regularised incomplete gamma functions, as logarithms and with their slopes in the shape.
#pragma once
#include "thalweg/core/tangent.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// log P(a, x) and log Q(a, x) = log(1 − P), and their derivatives in a.
template <class Real>
struct GammaTails {
  Real log_lower, log_upper, lower_slope, upper_slope;
};

namespace kernel {

template <class S>
using Tangent1 = Tangent<1, S>;
template <class S>
struct LogTails {
  Tangent1<S> lower, upper;
};

/// log(xᵃ e⁻ˣ / Γ(a + 1)).
template <class S>
Tangent1<S> log_gamma_term(const Tangent1<S>& a, S x) {
  using T = Tangent1<S>;
  if (a.v < 8) {
    T power = a * T(log_of(x));
    finish(power.v);
    return power - x - lgamma1p(a);
  }
  if (x < 0.5 * a.v)  // far below a, where mu is near −1, the logarithm of x/a itself
    return a * log(T(x) / a) + (a - x) - 0.5 * log(two_pi * a) - stirling_correction(a);
  const T mu = (T(x) - a) / a;
  return -(a * excess_over_log1p(mu)) - 0.5 * log(two_pi * a) - stirling_correction(a);
}
/// P = term · (1 + x/(a+1) + x²/((a+1)(a+2)) + …); x not far above a.
template <class S>
Tangent1<S> gamma_series(const Tangent1<S>& a, S x) {
  using T = Tangent1<S>;
  T term = 1.0, sum = 1.0;
  for (int n = 1; n < 2000; ++n) {
    term = term * x / (a + double(n));
    sum = sum + term;
    // a number with a tangent goes on until that has converged too
    if (!(term.v > (CarriesTangent<S> ? 0x1p-75 : 0x1p-56) * sum.v)) break;
  }
  return log_gamma_term(a, x) + log(sum);
}
/// Q = term · a / (x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(…))), by Lentz's method; x above a and above 1.
template <class S>
Tangent1<S> gamma_fraction(const Tangent1<S>& a, S x) {
  using T = Tangent1<S>;
  T b = x + 1.0 - a, c = 0x1p1000, d = 1.0 / b, h = d;
  for (int n = 1; n < 2000; ++n) {
    const T numerator = -(double(n) * (double(n) - a));
    b = b + 2.0;
    d = 1.0 / (numerator * d + b);
    c = b + numerator / c;
    h = h * (c * d);
    if (settled(c, d)) break;
  }
  return log_gamma_term(a, x) + log(a * h);
}
/// For a < 1 and x < 1: P = xᵃ/Γ(a + 1) · (1 − aE) with E = Σ −(−x)ⁿ/((a + n) n!), so that 1 − P has no cancellation.
template <class S>
LogTails<S> gamma_small(const Tangent1<S>& a, S x) {
  using T = Tangent1<S>;
  T e = 0.0;
  S power = 1;
  for (int n = 1; n < 40; ++n) {
    power *= -x / n;
    e = e - power / (a + double(n));
    if (!(abs(plain(power)) > 0x1p-60)) break;
  }
  const T l = a * T(log_of(x)) - lgamma1p(a), ae = a * e;
  const T lower = l + log1p(-ae), upper = -(expm1(l)) + exp(l) * ae;
  return {lower, log(upper)};
}
/// dη/dμ for η²/2 = μ − log(1 + μ), from μ and the number η: μ/(η (1 + μ)), whose own slope cancels near 0.
template <class S>
S slope_of_eta(const S& mu, double eta) {
  if constexpr (CarriesTangent<S>) {
    if (abs(mu.value) < 1e-3) return horner_of(mu, 1331.0 / 2592, -73.0 / 135, 7.0 / 12, -2.0 / 3, 1.0);
    return mu / (S(eta, slope_of_eta(mu.value, eta) * mu.tangent) * (1 + mu));
  } else {
    return eta == 0 ? 1 : mu / (eta * (1 + mu));
  }
}
/// For a ≥ 1000 and |x − a| ≤ a/4: the uniform expansion. Source: N. M. Temme (1979), SIAM J. Math. Anal. 10, 757–766;
/// DLMF 8.12; the Taylor series in η of the coefficients follow from DLMF 8.12.10.
template <class S>
LogTails<S> gamma_large(const Tangent1<S>& a, S x) {
  using T = Tangent1<S>;
  const T mu = (T(x) - a) / a, half_square = excess_over_log1p(mu);
  const double size = thalweg::sqrt(2 * plain(half_square.v)), e = mu.v < 0 ? -size : size;
  const T eta = T::chain(mu, lifted(mu.v, e, S(slope_of_eta(plain(mu.v), e))), slope_of_eta(mu.v, e));
  const auto series = [&](auto... cs) {
    T p = 0.0;
    ((p = p * eta + T(cs)), ...);
    return p;
  };
  const T c0 = series(1.0261809784240309e-08, 6.707853543401498e-09, -1.7665952736826078e-07, 8.296711340953087e-07,
                      -1.85406221071516e-06, -2.185448510679992e-06, 3.919263178522438e-05, -0.0001787551440329218,
                      0.0003527336860670194, 0.0011574074074074073, -0.014814814814814815, 0.08333333333333333,
                      -0.3333333333333333);
  const T c1 = series(-1.6120900894563446e-06, 7.64916091608111e-06, -1.8098550334489977e-05, -4.018775720164609e-07,
                      0.00020576131687242798, -0.0009902263374485596, 0.0026455026455026454, -0.003472222222222222,
                      -0.001851851851851852);
  const T c2 = series(-0.0001073665322636516, 2.0093878600823047e-06, 0.0007716049382716049, -0.0026813271604938273,
                      0.004133597883597883);
  const T c3 = series(-0.0004691894943952557, 0.00022947209362139917, 0.0006494341563786008);
  const T sum = c0 + (c1 + (c2 + c3 / a) / a) / a;
  // Φ(−|s|) = exp(−s²/2) T(|s|) with s = η√a and T′ = |s| T − 1/√(2π)
  const T s = (e < 0 ? -eta : eta) * sqrt(a), gaussian = -(a * half_square);
  const double t = normal_tail(plain(s.v)).scaled;
  const S tail = lifted(s.v, t, S(plain(s.v) * t - 0.39894228040143267794));
  const T scaled = T::chain(s, tail, s.v * tail - 0.39894228040143267794);
  const T rest = sum / sqrt(two_pi * a);
  const T smaller = gaussian + log(e < 0 ? scaled - rest : scaled + rest);
  return e < 0 ? LogTails<S>{smaller, log1m_exp(smaller)} : LogTails<S>{log1m_exp(smaller), smaller};
}
template <class S>
[[gnu::noinline]] GammaTails<S> gamma_tails_of_one(S shape, S x) {
  using T = Tangent1<S>;
  if (!(shape > 0 && shape < infinity && x >= 0)) return {not_a_number, not_a_number, not_a_number, not_a_number};
  if (x == 0) return {-infinity, 0, -infinity, 0};
  if (x == infinity) return {0, -infinity, 0, infinity};
  const T a = T::variable(shape, 0);
  LogTails<S> t;
  if (shape >= 1000 && abs(plain(x - shape)) <= 0.25 * plain(shape)) {
    t = gamma_large(a, x);
  } else if (shape < 1 && x < 1) {
    t = gamma_small(a, x);
  } else if (x < 1 || x < shape) {
    t.lower = gamma_series(a, x);
    t.upper = log1m_exp(t.lower);
  } else {
    t.upper = gamma_fraction(a, x);
    t.lower = log1m_exp(t.upper);
  }
  return {t.lower.v, t.upper.v, t.lower.d[0], t.upper.d[0]};
}
}  // namespace kernel

/// Both tails of the gamma distribution with shape a and scale 1 at x, computed lane by lane.
///
/// P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt,  Q = 1 − P.  ∂log P/∂x = exp((a − 1) log x − x − log Γ(a) − log P).
///
/// Cost    a series or continued fraction: up to some 300 steps a lane near x = a < 1000, else some ten.
/// Errors  NaN unless a > 0 and x ≥ 0. Within 1e-13 of max(1, |log|), slopes within 1e-11 of max(1, |slope|).
template <class Real>
[[gnu::noinline]] GammaTails<Real> gamma_tails(const Real& a, const Real& x) {
  GammaTails<Real> out;
  for (int lane = 0; lane < width_of<Real>; ++lane) {
    const auto one = kernel::gamma_tails_of_one(kernel::number_in(a, lane), kernel::number_in(x, lane));
    kernel::put_number(out.log_lower, lane, one.log_lower);
    kernel::put_number(out.log_upper, lane, one.log_upper);
    kernel::put_number(out.lower_slope, lane, one.lower_slope);
    kernel::put_number(out.upper_slope, lane, one.upper_slope);
  }
  return out;
}
/// P(a, x) and Q(a, x), the regularised lower and upper incomplete gamma functions.
inline double gamma_p(double a, double x) { return exp(gamma_tails(a, x).log_lower); }
inline double gamma_q(double a, double x) { return exp(gamma_tails(a, x).log_upper); }

}  // namespace THALWEG_ISA
}  // namespace thalweg
