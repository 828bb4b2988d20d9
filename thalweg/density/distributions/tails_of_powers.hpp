// Lcdf and Lccdf of distributions whose 1 − F or F is e^(−h): exponential, Weibull, Rayleigh, Pareto, Fréchet; and of
// the uniform and the log-logistic.
#pragma once
#include "thalweg/density/distributions/positive.hpp"
#include "thalweg/density/distributions/powers.hpp"
#include "thalweg/density/distributions/tails.hpp"
#include "thalweg/density/distributions/unit_interval.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

template <bool upper>
struct ExponentialTail : Distribution<role::Outcome, role::InverseScale> {
  static constexpr const char* name = upper ? "exponential_lccdf" : "exponential_lcdf";
  template <class Keep, class Y, class B>
  THALWEG_INLINE static auto term(const Y& y, const B& beta) {
    using R = Widest<Y, B>;
    const R h = y * beta;
    return above_start<upper>(R(y) > R(0.0), from_exponent<!upper>(h, log(h), {R(1.0 / y), R(1.0 / beta)}));
  }
};
using ExponentialLcdf = ExponentialTail<false>;
using ExponentialLccdf = ExponentialTail<true>;

template <bool upper>
struct RayleighTail : Distribution<role::Outcome, role::Scale> {
  static constexpr const char* name = upper ? "rayleigh_lccdf" : "rayleigh_lcdf";
  template <class Keep, class Y, class S>
  THALWEG_INLINE static auto term(const Y& y, const S& sigma) {
    using R = Widest<Y, S>;
    const R z = y / sigma, log_h = 2.0 * log(z) - ln2;
    return above_start<upper>(R(y) > R(0.0),
                              from_exponent<!upper>(R(0.5 * z * z), log_h, {R(2.0 / y), R(-2.0 / sigma)}));
  }
};
using RayleighLcdf = RayleighTail<false>;
using RayleighLccdf = RayleighTail<true>;

/// h = (y/σ)^α for Weibull, whose 1 − F is e^(−h); and (y/σ)^(−α) for Fréchet, whose F is.
template <class Power, bool upper>
struct PowerTail : Distribution<role::Outcome, role::Shape, role::Scale> {
  static constexpr bool weibull = Power::sign > 0;
  static constexpr const char* name = upper ? Power::upper_name : Power::lower_name;
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class A, class S>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const S& sigma) {
    using R = Widest<Y, A, S>;
    const R log_ratio = y.log - sigma.log, log_h = Power::sign * (alpha.value * log_ratio);
    const R pull = Power::sign * R(alpha.value);
    return above_start<upper>(
        R(y.value) > R(0.0),
        from_exponent<upper != weibull>(exp(log_h), log_h,
                                        {pull * y.inverse, Power::sign * log_ratio, -(pull * sigma.inverse)}));
  }
};
struct WeibullPower {
  static constexpr double sign = 1;
  static constexpr const char *lower_name = "weibull_lcdf", *upper_name = "weibull_lccdf";
};
struct FrechetPower {
  static constexpr double sign = -1;
  static constexpr const char *lower_name = "frechet_lcdf", *upper_name = "frechet_lccdf";
};
using WeibullLcdf = PowerTail<WeibullPower, false>;
using WeibullLccdf = PowerTail<WeibullPower, true>;
using FrechetLcdf = PowerTail<FrechetPower, false>;
using FrechetLccdf = PowerTail<FrechetPower, true>;

template <bool upper>
struct ParetoTail : Distribution<role::Outcome, role::Scale, role::Shape> {
  static constexpr const char* name = upper ? "pareto_lccdf" : "pareto_lcdf";
  template <class Keep, class Y, class M, class A>
  THALWEG_INLINE static auto term(const Y& y, const M& low, const A& alpha) {
    using R = Widest<Y, M, A>;
    const R log_ratio = log1p((y - low) / low);
    const R h = alpha * log_ratio, by_ratio = 1.0 / log_ratio;
    return above_start<upper>(R(y) > R(low),
                              from_exponent<!upper>(h, log(h), {by_ratio / y, -(by_ratio / low), R(1.0 / alpha)}));
  }
};
using ParetoLcdf = ParetoTail<false>;
using ParetoLccdf = ParetoTail<true>;

template <bool upper>
struct ParetoType2Tail : Distribution<role::Outcome, role::Location, role::Scale, role::Shape> {
  static constexpr const char* name = upper ? "pareto_type_2_lccdf" : "pareto_type_2_lcdf";
  template <class Keep, class Y, class M, class L, class A>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const L& lambda, const A& alpha) {
    using R = Widest<Y, M, L, A>;
    const R z = (y - mu) / R(lambda), log_z = log1p(z), h = alpha * log_z, slope = 1.0 / ((1.0 + z) * log_z * lambda);
    return above_start<upper>(R(y) > R(mu),
                              from_exponent<!upper>(h, log(h), {slope, -slope, -(slope * z), R(1.0 / alpha)}));
  }
};
using ParetoType2Lcdf = ParetoType2Tail<false>;
using ParetoType2Lccdf = ParetoType2Tail<true>;

template <bool upper>
struct LogLogisticTail : Distribution<role::Outcome, role::Scale, role::Shape> {
  static constexpr const char* name = upper ? "loglogistic_lccdf" : "loglogistic_lcdf";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R log_ratio = y.log - alpha.log, t = beta.value * log_ratio;
    const Tail<R> tail = StandardLogistic::lower(upper ? -t : t);
    const R slope = upper ? -tail.slope : tail.slope, pull = slope * beta.value;
    const Term<R, 3> out{
        tail.log, {product_or_zero(pull, R(y.inverse)), -(pull * alpha.inverse), product_or_zero(slope, log_ratio)}};
    return above_start<upper>(R(y.value) > R(0.0), out);
  }
};
using LogLogisticLcdf = LogLogisticTail<false>;
using LogLogisticLccdf = LogLogisticTail<true>;

/// log of (y − a)/(b − a), or of (b − y)/(b − a).
template <bool upper>
struct UniformTail : Distribution<role::Outcome, role::Bound, role::Bound> {
  static constexpr const char* name = upper ? "uniform_lccdf" : "uniform_lcdf";
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& a, const B& b) {
    using R = Widest<Y, A, B>;
    const R width = b - a, part = upper ? R(b - y) : R(y - a), rest = upper ? R(y - a) : R(b - y);
    const R by_width = 1.0 / width, by_part = 1.0 / part, other = rest * by_part * by_width;
    Term<R, 3> t{log(part * by_width), {by_part, -other, -by_width}};
    if constexpr (upper) t = {t.value, {-by_part, by_width, other}};
    const auto whole = upper ? R(y) <= R(a) : R(y) >= R(b);
    const auto none = upper ? R(y) >= R(b) : R(y) <= R(a);
#pragma GCC unroll 8
    for (auto& p : t.partial) p = select(whole, R(0.0), p);
    t.value = select(whole, R(0.0), t.value);
    return in_support(!none && width > R(0.0), t);
  }
};
using UniformLcdf = UniformTail<false>;
using UniformLccdf = UniformTail<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
