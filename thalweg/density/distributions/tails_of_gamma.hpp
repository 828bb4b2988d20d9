// Lcdf and Lccdf through the incomplete gamma functions: gamma and its relatives, and Poisson.
#pragma once
#include "thalweg/core/incomplete_gamma.hpp"
#include "thalweg/density/distributions/tails.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// log P(a, x), or log Q with `upper`, and its slopes in a and x.
template <class R>
struct GammaTailTerm {
  R log, slope_a, slope_x;
};
template <bool upper, class R>
THALWEG_INLINE GammaTailTerm<R> gamma_tail(const R& a, const R& x) {
  const auto tails = gamma_tails(a, x);
  const R log_tail = upper ? tails.log_upper : tails.log_lower;
  const R density = exp((a - 1.0) * log(x) - x - lgamma(a) - log_tail);
  return {log_tail, upper ? tails.upper_slope : tails.lower_slope, upper ? -density : density};
}

template <bool upper>
struct GammaTail : Distribution<role::Outcome, role::Shape, role::InverseScale> {
  static constexpr const char* name = upper ? "gamma_lccdf" : "gamma_lcdf";
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const auto t = gamma_tail<upper>(R(alpha), R(beta * y));
    return above_start<upper>(R(y) > R(0.0), Term<R, 3>{t.log, {t.slope_x * beta, t.slope_a, t.slope_x * y}});
  }
};
using GammaLcdf = GammaTail<false>;
using GammaLccdf = GammaTail<true>;

/// P(Y ≤ y) = Q(α, β/y).
template <bool upper>
struct InvGammaTail : Distribution<role::Outcome, role::Shape, role::Scale> {
  static constexpr const char* name = upper ? "inv_gamma_lccdf" : "inv_gamma_lcdf";
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R inverse(1.0 / y), x = beta * inverse;
    const auto t = gamma_tail<!upper>(R(alpha), x);
    return above_start<upper>(R(y) > R(0.0),
                              Term<R, 3>{t.log, {-(t.slope_x * x * inverse), t.slope_a, t.slope_x * inverse}});
  }
};
using InvGammaLcdf = InvGammaTail<false>;
using InvGammaLccdf = InvGammaTail<true>;

template <bool upper>
struct ChiSquareTail : Distribution<role::Outcome, role::Freedom> {
  static constexpr const char* name = upper ? "chi_square_lccdf" : "chi_square_lcdf";
  template <class Keep, class Y, class N>
  THALWEG_INLINE static auto term(const Y& y, const N& nu) {
    using R = Widest<Y, N>;
    const auto t = gamma_tail<upper>(R(0.5 * nu), R(0.5 * y));
    return above_start<upper>(R(y) > R(0.0), Term<R, 2>{t.log, {0.5 * t.slope_x, 0.5 * t.slope_a}});
  }
};
using ChiSquareLcdf = ChiSquareTail<false>;
using ChiSquareLccdf = ChiSquareTail<true>;

template <bool upper>
struct InvChiSquareTail : Distribution<role::Outcome, role::Freedom> {
  static constexpr const char* name = upper ? "inv_chi_square_lccdf" : "inv_chi_square_lcdf";
  template <class Keep, class Y, class N>
  THALWEG_INLINE static auto term(const Y& y, const N& nu) {
    using R = Widest<Y, N>;
    const R inverse(1.0 / y), x = 0.5 * inverse;
    const auto t = gamma_tail<!upper>(R(0.5 * nu), x);
    return above_start<upper>(R(y) > R(0.0), Term<R, 2>{t.log, {-(t.slope_x * x * inverse), 0.5 * t.slope_a}});
  }
};
using InvChiSquareLcdf = InvChiSquareTail<false>;
using InvChiSquareLccdf = InvChiSquareTail<true>;

template <bool upper>
struct ScaledInvChiSquareTail : Distribution<role::Outcome, role::Freedom, role::Scale> {
  static constexpr const char* name = upper ? "scaled_inv_chi_square_lccdf" : "scaled_inv_chi_square_lcdf";
  template <class Keep, class Y, class N, class S>
  THALWEG_INLINE static auto term(const Y& y, const N& nu, const S& s) {
    using R = Widest<Y, N, S>;
    const R inverse(1.0 / y), half = 0.5 * s * s * inverse, x = nu * half;
    const auto t = gamma_tail<!upper>(R(0.5 * nu), x);
    const R slope_s = t.slope_x * nu * s * inverse;
    return above_start<upper>(
        R(y) > R(0.0), Term<R, 3>{t.log, {-(t.slope_x * x * inverse), 0.5 * t.slope_a + t.slope_x * half, slope_s}});
  }
};
using ScaledInvChiSquareLcdf = ScaledInvChiSquareTail<false>;
using ScaledInvChiSquareLccdf = ScaledInvChiSquareTail<true>;

/// P(N ≤ n) = Q(n + 1, λ), for any integer n.
template <bool upper>
struct PoissonTail : Distribution<role::Integer, role::Rate> {
  static constexpr const char* name = upper ? "poisson_lccdf" : "poisson_lcdf";
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, const T& lambda) {
    const auto t = gamma_tail<!upper>(T(n < 0.0 ? 1.0 : n + 1.0), lambda);
    const T slope = select(lambda == T(0.0) && T(n) > T(0.0), T(0.0), t.slope_x);  // at λ = 0 only n = 0 has one
    return above_start<upper>(n >= 0.0, Term<T, 2>{t.log, {T(0.0), slope}});
  }
};
using PoissonLcdf = PoissonTail<false>;
using PoissonLccdf = PoissonTail<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
