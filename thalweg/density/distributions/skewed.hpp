// Distributions on the line with a shape besides location and scale, and the von Mises distribution on the circle.
#pragma once
#include "thalweg/density/distributions/location_scale.hpp"
#include "thalweg/density/distributions/tails.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// log Φ(x) + ½x² below 0, log Φ(x) above: what is left when the Gaussian factor is taken out.
template <class R>
THALWEG_INLINE R log_scaled_normal_cdf(R x) {
  return select(x < 0.0, log(normal_tail(abs(x)).scaled), log1p(-normal_tail(abs(x)).tail));
}
/// φ(x)/Φ(x) + x > 0, about −1/x far below 0, where the two terms cancel.
template <class R>
THALWEG_INLINE R normal_hazard_excess(R x) {
  const auto far = x < -25.0;
  const R safe = select(far, x, all_of<R>(-25.0)), v = 1.0 / safe, w = v * v;
  return select(far, -v * horner(w, 29752066.0, -1708394.0, 110410.0, -8162.0, 706.0, -74.0, 10.0, -2.0, 1.0),
                normal_hazard(x) + x);
}

/// Coefficients of I₀ and I₁: of powers of x²/4, and of 1/x at large x.
struct BesselCoefficients {
  static constexpr int near = 38, far = 28;
  double i0[near], i1[near], i0_far[far], difference_far[far];
  constexpr BesselCoefficients() : i0(), i1(), i0_far(), difference_far() {
    double term = 1, a = 1, b = 1;  // 1/k!², and the terms of both asymptotic series
    for (int k = 0; k < near; ++k) {
      i0[k] = term;
      i1[k] = term / (k + 1);
      term /= (k + 1.0) * (k + 1.0);
    }
    for (int k = 0; k < far; ++k) {
      i0_far[k] = a;
      difference_far[k] = a - b;
      const double odd = (2 * k + 1) * (2 * k + 1);
      a *= odd / (8 * (k + 1.0));
      b *= (odd - 4) / (8 * (k + 1.0));
    }
  }
};
inline constexpr BesselCoefficients bessel{};
template <class R, int n>
THALWEG_INLINE R series(R x, const double (&c)[n]) {
  R sum = all_of<R>(c[n - 1]);
  for (int k = n - 2; k >= 0; --k) sum = fma(sum, x, all_of<R>(c[k]));
  return sum;
}
template <class R>
THALWEG_INLINE R log_scaled_bessel_i0(R x) {
  const auto far = x >= 20.0;
  const R small = select(far, R{}, x), large = select(far, x, all_of<R>(20.0));
  const R value = log(select(far, series(1.0 / large, bessel.i0_far), series(0.25 * small * small, bessel.i0)));
  return value - select(far, 0.5 * log(6.283185307179586 * large), small);
}
template <class R>
THALWEG_INLINE R bessel_shortfall(R x) {
  const auto far = x >= 20.0;
  const R small = select(far, R{}, x), large = select(far, x, all_of<R>(20.0)), q = 0.25 * small * small;
  const R v = 1.0 / large, ratio = 0.5 * small * series(q, bessel.i1) / series(q, bessel.i0);
  return select(far, series(v, bessel.difference_far) / series(v, bessel.i0_far), 1.0 - ratio);
}
}  // namespace kernel
THALWEG_UNARY(log_scaled_normal_cdf)
THALWEG_UNARY(normal_hazard_excess)
/// log(I₀(x) e⁻ˣ) for x ≥ 0.
THALWEG_UNARY(log_scaled_bessel_i0)
/// 1 − I₁(x)/I₀(x) for x ≥ 0, without the cancellation at large x.
THALWEG_UNARY(bessel_shortfall)

namespace distribution {

/// SkewNormal(y | ξ, ω, α) = 2 φ(z) Φ(αz) / ω,  z = (y − ξ)/ω.
struct SkewNormal : Distribution<role::Outcome, role::Location, role::Scale, role::AnyShape> {
  static constexpr const char* name = "skew_normal";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class X, class W, class A>
  THALWEG_INLINE static auto term(const Y& y, const X& xi, const W& omega, const A& alpha) {
    using R = Widest<Y, X, W, A>;
    const R z = (y - xi) * omega.inverse, t = alpha * z, hazard = normal_hazard(t);
    R value = log_normal_cdf(t) - 0.5 * z * z;
    if constexpr (Keep::template terms<2>()) value -= R(omega.log);
    if constexpr (Keep::constants) value += R(ln2 - half_log_two_pi);
    const R slope = alpha * hazard - z, slope_y = slope * omega.inverse;
    return Term<R, 4>{value, {slope_y, -slope_y, -(1.0 + z * slope) * omega.inverse, z * hazard}};
  }
};

/// ExpModNormal(y | μ, σ, λ): the sum of Normal(μ, σ) and Exponential(λ),
///   λ exp(½v² − vz) Φ(z − v),  z = (y − μ)/σ, v = λσ.
struct ExpModNormal : Distribution<role::Outcome, role::Location, role::Scale, role::InverseScale> {
  static constexpr const char* name = "exp_mod_normal";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i >= 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class M, class S, class L>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma, const L& lambda) {
    using R = Widest<Y, M, S, L>;
    const R z = (y - mu) * sigma.inverse, v = lambda.value * sigma.value, t = z - v;
    const auto below = t < R(0.0);
    // with the Gaussian factor of Φ taken out below 0, where the exponents cancel to −½z²
    R value = log_scaled_normal_cdf(t) + select(below, -0.5 * z * z, v * (0.5 * v - z));
    if constexpr (Keep::template terms<3>()) value += R(lambda.log);
    // slopes in z and, with v = λσ, in σ: from hazard + t below 0, from the hazard itself above
    const R hazard = normal_hazard(t), excess = normal_hazard_excess(t);
    const R slope_y = select(below, excess - z, hazard - v) * sigma.inverse;
    const R slope_sigma = select(below, -(z * slope_y) - lambda.value * excess,
                                 lambda.value * v - hazard * (lambda.value + z * sigma.inverse));
    const Term<R, 4> out{value, {slope_y, -slope_y, slope_sigma, lambda.inverse - sigma.value * excess}};
    return out;
  }
};

/// SkewDoubleExponential(y | μ, σ, τ) = 2τ(1−τ)/σ · exp(−2/σ · ((1−τ)(μ−y) below μ, τ(y−μ) above)).
struct SkewDoubleExponential : Distribution<role::Outcome, role::Location, role::Scale, role::OpenProbability> {
  static constexpr const char* name = "skew_double_exponential";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class M, class S, class T>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma, const T& tau) {
    using R = Widest<Y, M, S, T>;
    const R z = (y - mu) * sigma.inverse;
    const auto below = z < R(0.0);
    const R rate = 2.0 * select(below, R(1.0 - tau), R(tau)), size = abs(z);
    const R sign = select(below, R(1.0), select(z > R(0.0), R(-1.0), R(0.0)));
    R value = -(rate * size);
    if constexpr (Keep::template terms<3>()) value += R(log(tau) + log1m(tau));
    if constexpr (Keep::template terms<2>()) value -= R(sigma.log);
    if constexpr (Keep::constants) value += R(ln2);
    const R slope_y = sign * rate * sigma.inverse;
    const R slope_tau = R(1.0 / tau - 1.0 / (1.0 - tau)) + 2.0 * select(below, size, -size);
    return Term<R, 4>{value, {slope_y, -slope_y, (rate * size - 1.0) * sigma.inverse, slope_tau}};
  }
};

/// VonMises(y | μ, κ) = exp(κ cos(y − μ)) / (2π I₀(κ)), for any y (its period is 2π).
struct VonMises : Distribution<role::Outcome, role::Location, role::Concentration> {
  static constexpr const char* name = "von_mises";
  template <class R>
  struct Prepared {
    using Real = R;
    R value, log_bessel, shortfall;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 2)
      return Prepared<decltype(real_of(x))>{r, log_scaled_bessel_i0(r), bessel_shortfall(r)};
    else
      return r;
  }
  template <class Keep, class Y, class M, class K>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const K& kappa) {
    using R = Widest<Y, M, K>;
    const R half = 0.5 * (y - mu), s = sin(half), fall = 2.0 * s * s;  // 1 − cos(y − μ)
    R value = -(kappa.value * fall);
    if constexpr (Keep::template terms<2>()) value -= R(kappa.log_bessel);
    if constexpr (Keep::constants) value -= R(2.0 * half_log_two_pi);
    const R slope = -(kappa.value * (2.0 * s * cos(half)));
    return Term<R, 3>{value, {slope, -slope, kappa.shortfall - fall}};
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
