// Logarithms of cumulative distribution functions (Lcdf) and of their complements (Lccdf): what they share, and those
// of the location–scale families. They obey the contract of a distribution; nothing is ever dropped.
#pragma once
#include "thalweg/core/inverse_trigonometric.hpp"
#include "thalweg/core/normal_functions.hpp"
#include "thalweg/density/distributions/location_scale.hpp"
#include "thalweg/density/distributions/normal.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace kernel {
template <class R>
THALWEG_INLINE R normal_hazard(R x) {
  const auto t = normal_tail(abs(x));
  constexpr double peak = 0x1.9884533d43651p-2;  // 1/√(2π)
  return select(x < 0.0, peak / t.scaled, peak * (t.tail / t.scaled) / (1.0 - t.tail));
}
}  // namespace kernel
/// φ(x)/Φ(x), the slope of log_normal_cdf: about −x far below 0.
THALWEG_UNARY(normal_hazard)

namespace distribution {

/// A standardised log F(z) and its slope f(z)/F(z).
template <class R>
struct Tail {
  R log, slope;
};

/// Where y is not above its support: log F = −∞, log(1 − F) = 0, and no slope.
template <bool upper, class R, int arity, class M>
THALWEG_INLINE Term<R, arity> above_start(const M& inside, const Term<R, arity>& term) {
  auto t = in_support(inside, term);
  if constexpr (upper) t.value = select(inside, term.value, R(0.0));
  return t;
}
/// −h, or with `complement` log(1 − e^(−h)), for an exponent h ≥ 0; from h, log h and the partials of log h.
template <bool complement, class R, int arity>
THALWEG_INLINE Term<R, arity> from_exponent(const R& h, const R& log_h, const R (&partial)[arity]) {
  Term<R, arity> t;
  // log(1 − e^(−h)) is log h where h underflows; its slope in log h is h/(eʰ − 1)
  t.value = complement ? select(h < R(0x1p-60), log_h, log1m_exp(-h)) : -h;
  const R slope = complement ? select(h < R(0x1p-60), R(1.0), select(h < R(700.0), h / expm1(h), R(0.0))) : -h;
#pragma GCC unroll 8
  for (int i = 0; i < arity; ++i) t.partial[i] = product_or_zero(slope, partial[i]);
  return t;
}

/// log F((y − μ)/σ) of a symmetric family, or of its complement F(−z).
template <class Standard, bool upper>
struct LocationScaleTail : LocationScale {
  static constexpr const char* name = upper ? Standard::upper_name : Standard::lower_name;
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * sigma.inverse;
    const Tail<R> tail = Standard::lower(upper ? -z : z);
    const R slope = upper ? -tail.slope : tail.slope, slope_y = slope * sigma.inverse;
    return Term<R, 3>{tail.log, {slope_y, -slope_y, -product_or_zero(slope_y, z)}};
  }
};

struct StandardNormal {
  static constexpr const char *lower_name = "normal_lcdf", *upper_name = "normal_lccdf";
  template <class R>
  THALWEG_INLINE static Tail<R> lower(const R& z) {
    return {log_normal_cdf(z), normal_hazard(z)};
  }
};
struct StandardCauchy {
  static constexpr const char *lower_name = "cauchy_lcdf", *upper_name = "cauchy_lccdf";
  template <class R>
  THALWEG_INLINE static Tail<R> lower(const R& z) {
    const auto below = z < R(0.0);
    const R size = select(below, -z, z);
    const auto far = size > R(1.0);
    const R u = select(far, 1.0 / size, size), angle = atan(u) * (1 / pi);
    const R tail = select(far, angle, 0.5 - angle);
    const R density = select(far, u * u, R(1.0)) / (1.0 + u * u) * (1 / pi);
    return {select(below, log(tail), log1p(-tail)), density / select(below, tail, 1.0 - tail)};
  }
};
struct StandardDoubleExponential {
  static constexpr const char *lower_name = "double_exponential_lcdf", *upper_name = "double_exponential_lccdf";
  template <class R>
  THALWEG_INLINE static Tail<R> lower(const R& z) {
    const auto below = z < R(0.0);
    const R half = 0.5 * exp(select(below, z, -z));
    return {select(below, z - ln2, log1p(-half)), select(below, R(1.0), half / (1.0 - half))};
  }
};
struct StandardLogistic {
  static constexpr const char *lower_name = "logistic_lcdf", *upper_name = "logistic_lccdf";
  template <class R>
  THALWEG_INLINE static Tail<R> lower(const R& z) {
    const auto below = z < R(0.0);
    const R decay = exp(select(below, z, -z)), large = 1.0 / (1.0 + decay);
    return {select(below, z, R(0.0)) - log1p(decay), select(below, large, decay * large)};
  }
};

using NormalLcdf = LocationScaleTail<StandardNormal, false>;
using NormalLccdf = LocationScaleTail<StandardNormal, true>;
using CauchyLcdf = LocationScaleTail<StandardCauchy, false>;
using CauchyLccdf = LocationScaleTail<StandardCauchy, true>;
using DoubleExponentialLcdf = LocationScaleTail<StandardDoubleExponential, false>;
using DoubleExponentialLccdf = LocationScaleTail<StandardDoubleExponential, true>;
using LogisticLcdf = LocationScaleTail<StandardLogistic, false>;
using LogisticLccdf = LocationScaleTail<StandardLogistic, true>;

template <bool upper>
struct StdNormalTail : Distribution<role::Outcome> {
  static constexpr const char* name = upper ? "std_normal_lccdf" : "std_normal_lcdf";
  template <class Keep, class Y>
  THALWEG_INLINE static auto term(const Y& y) {
    const Tail<Y> tail = StandardNormal::lower(upper ? -y : y);
    return Term<Y, 1>{tail.log, {upper ? -tail.slope : tail.slope}};
  }
};
using StdNormalLcdf = StdNormalTail<false>;
using StdNormalLccdf = StdNormalTail<true>;

template <bool upper>
struct LognormalTail : Distribution<role::Outcome, role::Location, role::Scale> {
  static constexpr const char* name = upper ? "lognormal_lccdf" : "lognormal_lcdf";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return Lognormal::prepare<i>(x);
  }
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    auto t = LocationScaleTail<StandardNormal, upper>::template term<Keep>(y.log, mu, sigma);
    t.partial[0] = product_or_zero(t.partial[0], R(y.inverse));
    return above_start<upper>(R(y.value) > R(0.0), t);
  }
};
using LognormalLcdf = LognormalTail<false>;
using LognormalLccdf = LognormalTail<true>;

template <bool upper>
struct GumbelTail : LocationScale {
  static constexpr const char* name = upper ? "gumbel_lccdf" : "gumbel_lcdf";
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& beta) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * beta.inverse, inverse(beta.inverse);
    return from_exponent<upper>(exp(-z), R(-z), {-inverse, inverse, z * inverse});
  }
};
using GumbelLcdf = GumbelTail<false>;
using GumbelLccdf = GumbelTail<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
