// Lcdf and Lccdf through the incomplete beta function: beta, Student's t, and the counts of successes.
#pragma once
#include "thalweg/core/incomplete_beta.hpp"
#include "thalweg/density/distributions/counts.hpp"
#include "thalweg/density/distributions/tails.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// log I_x(a, b), or log(1 − I) with `upper`, and its slopes in a, b and x.
template <class R>
struct BetaTailTerm {
  R log, slope_a, slope_b, slope_x;
};
template <bool upper, class R>
THALWEG_INLINE BetaTailTerm<R> beta_tail(const R& a, const R& b, const R& x, const R& one_minus_x) {
  const auto t = beta_tails(a, b, x, one_minus_x);
  const R log_tail = upper ? t.log_upper : t.log_lower;
  const R density =
      exp(product_or_zero(R(a - 1.0), log(x)) + product_or_zero(R(b - 1.0), log(one_minus_x)) - lbeta(a, b) - log_tail);
  return {log_tail, upper ? t.upper_slope_a : t.lower_slope_a, upper ? t.upper_slope_b : t.lower_slope_b,
          upper ? -density : density};
}
/// Past the end of the support: log F = 0, log(1 − F) = −∞, and no slope.
template <bool upper, class R, int arity, class M>
THALWEG_INLINE Term<R, arity> before_end(const M& inside, const Term<R, arity>& term) {
  return above_start<!upper>(inside, term);
}

template <bool upper>
struct BetaTail : Distribution<role::Outcome, role::Shape, role::Shape> {
  static constexpr const char* name = upper ? "beta_lccdf" : "beta_lcdf";
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R x(y), rest = 1.0 - x;
    const auto t = beta_tail<upper>(R(alpha), R(beta), x, rest);
    const Term<R, 3> out{t.log, {t.slope_x, t.slope_a, t.slope_b}};
    return above_start<upper>(x > R(0.0), before_end<upper>(x < R(1.0), out));
  }
};
using BetaLcdf = BetaTail<false>;
using BetaLccdf = BetaTail<true>;

template <bool upper>
struct BetaProportionTail : Distribution<role::Outcome, role::OpenProbability, role::Shape> {
  static constexpr const char* name = upper ? "beta_proportion_lccdf" : "beta_proportion_lcdf";
  template <class Keep, class Y, class M, class K>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const K& kappa) {
    using R = Widest<Y, M, K>;
    const auto t = BetaTail<upper>::template term<Keep>(R(y), R(mu * kappa), R((1.0 - mu) * kappa));
    const R slope_kappa = mu * t.partial[1] + (1.0 - mu) * t.partial[2];
    return Term<R, 3>{t.value, {t.partial[0], kappa * (t.partial[1] - t.partial[2]), slope_kappa}};
  }
};
using BetaProportionLcdf = BetaProportionTail<false>;
using BetaProportionLccdf = BetaProportionTail<true>;

/// F(z) = ½ I_x(ν/2, ½) for z ≤ 0 and 1 − that for z > 0, where x = ν/(ν + z²).
template <bool upper>
struct StudentTTail : Distribution<role::Outcome, role::Freedom, role::Location, role::Scale> {
  static constexpr const char* name = upper ? "student_t_lccdf" : "student_t_lcdf";
  template <class Keep, class Y, class N, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const N& nu, const M& mu, const S& sigma) {
    using R = Widest<Y, N, M, S>;
    const R inverse(1.0 / sigma), z = upper ? R((mu - y) * inverse) : R((y - mu) * inverse);
    // x and 1 − x from z²/ν or its inverse, so that neither overflows
    const auto below = z <= R(0.0);
    const R u = select(below, -z, z) / sqrt(R(nu)), w = 1.0 / u;
    const auto far = u > R(1.0);
    const R x = select(far, w * w / (1.0 + w * w), 1.0 / (1.0 + u * u));
    const R rest = select(far, 1.0 / (1.0 + w * w), u * u / (1.0 + u * u));
    const auto t = beta_tails(R(0.5 * nu), R(0.5), x, rest);
    const R half = 0.5 * exp(t.log_lower);
    R value = select(below, t.log_lower - ln2, log1p(-half));
    // the hazard f(z)/F, which also carries the part of the slope in ν that comes through x: −z f/2νF
    const auto freedom = StudentT::prepare<1>(nu);
    const R log_tail = select(far, 2.0 * log(u) + log1p(w * w), log1p(u * u));
    const R log_density = freedom.log_normaliser - (0.5 * (nu + 1.0)) * log_tail;
    R hazard = exp(log_density - value);
    const R turn = select(below, R(1.0), -half / (1.0 - half));
    R slope_nu = turn * t.lower_slope_a;
    if constexpr (CarriesTangent<R>) {  // at z = 0, where x turns back at 1, from the hazard and its slope in ν
      const auto centre = z.value == 0.0;
      value = R(value.value, select(centre, hazard.value * z.tangent, value.tangent));
      hazard = exp(log_density - value);
      const auto across = hazard.value * (2.0 * R(freedom.slope).value + 1.0 / R(nu).value) * z.tangent;
      slope_nu = R(slope_nu.value, select(centre, across, slope_nu.tangent));
    }
    const R pull = product_or_zero(hazard, z);
    const R slope_y = (upper ? -hazard : hazard) * inverse;
    return Term<R, 4>{value, {slope_y, 0.5 * (slope_nu - pull / nu), -slope_y, -(pull * inverse)}};
  }
};
using StudentTLcdf = StudentTTail<false>;
using StudentTLccdf = StudentTTail<true>;

template <bool upper>
struct BernoulliTail : Distribution<role::Integer, role::Probability> {
  static constexpr const char* name = upper ? "bernoulli_lccdf" : "bernoulli_lcdf";
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, const T& theta) {
    const Term<T, 2> t{upper ? log(theta) : log1m(theta), {T(0.0), upper ? 1.0 / theta : -1.0 / (1.0 - theta)}};
    return above_start<upper>(n >= 0.0, before_end<upper>(n < 1.0, t));
  }
};
using BernoulliLcdf = BernoulliTail<false>;
using BernoulliLccdf = BernoulliTail<true>;

/// P(n successes at most) = I_{1−θ}(N − n, n + 1).
template <bool upper>
struct BinomialTail : Distribution<role::Integer, role::Trials, role::Probability> {
  static constexpr const char* name = upper ? "binomial_lccdf" : "binomial_lcdf";
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, double trials, const T& theta) {
    const bool some = n >= 0.0, inside = some && n < trials;
    const auto t = beta_tail<upper>(T(inside ? trials - n : 1.0), T(inside ? n + 1.0 : 1.0), T(1.0 - theta), theta);
    return above_start<upper>(some, before_end<upper>(inside, Term<T, 3>{t.log, {T(0.0), T(0.0), -t.slope_x}}));
  }
};
using BinomialLcdf = BinomialTail<false>;
using BinomialLccdf = BinomialTail<true>;

/// P(N ≤ n) = I_p(α, n + 1) with p = β/(β + 1).
template <bool upper>
struct NegBinomialTail : Distribution<role::Integer, role::Shape, role::InverseScale> {
  static constexpr const char* name = upper ? "neg_binomial_lccdf" : "neg_binomial_lcdf";
  template <class Keep, class A, class B>
  THALWEG_INLINE static auto term(double n, const A& alpha, const B& beta) {
    using R = Widest<A, B>;
    const R rest(1.0 / (1.0 + beta)), p = beta * rest;
    const auto t = beta_tail<upper>(R(alpha), R(n < 0.0 ? 1.0 : n + 1.0), p, rest);
    return above_start<upper>(n >= 0.0, Term<R, 3>{t.log, {R(0.0), t.slope_a, t.slope_x * rest * rest}});
  }
};
using NegBinomialLcdf = NegBinomialTail<false>;
using NegBinomialLccdf = NegBinomialTail<true>;

/// The same with p = φ/(φ + μ) and shape φ.
template <bool upper>
struct NegBinomial2Tail : Distribution<role::Integer, role::Mean, role::Precision> {
  static constexpr const char* name = upper ? "neg_binomial_2_lccdf" : "neg_binomial_2_lcdf";
  template <class Keep, class M, class P>
  THALWEG_INLINE static auto term(double n, const M& mu, const P& phi) {
    using R = Widest<M, P>;
    const R sum(1.0 / (mu + phi)), p = phi * sum, rest = mu * sum;
    const auto t = beta_tail<upper>(R(phi), R(n < 0.0 ? 1.0 : n + 1.0), p, rest);
    return above_start<upper>(n >= 0.0,
                              Term<R, 3>{t.log, {R(0.0), -(t.slope_x * p * sum), t.slope_a + t.slope_x * rest * sum}});
  }
};
using NegBinomial2Lcdf = NegBinomial2Tail<false>;
using NegBinomial2Lccdf = NegBinomial2Tail<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
