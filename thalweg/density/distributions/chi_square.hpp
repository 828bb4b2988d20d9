// The chi-square family: gamma distributions and their inverses by degrees of freedom.
#pragma once
#include "thalweg/density/distributions/positive.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Half the degrees of freedom, log Γ of it and its slope there; and log of the half.
template <class R>
struct HalfFreedom {
  using Real = R;
  R half, lgamma, digamma, log;
};
template <class T>
THALWEG_INLINE auto half_freedom(const T& nu) {
  const auto h = 0.5 * real_of(nu);
  return HalfFreedom<decltype(real_of(nu))>{h, lgamma(h), digamma(h), log(h)};
}

/// ChiSquare(y | ν) = 2^(−ν/2) y^(ν/2−1) e^(−y/2) / Γ(ν/2) for y ≥ 0.
struct ChiSquare : Distribution<role::Outcome, role::Freedom> {
  static constexpr const char* name = "chi_square";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return half_freedom(x);
    else
      return positive(x);
  }
  template <class Keep, class Y, class N>
  THALWEG_INLINE static auto term(const Y& y, const N& nu) {
    using R = Widest<Y, N>;
    const R power = R(nu.half) - 1.0;
    R value = product_or_zero(power, R(y.log));
    if constexpr (Keep::template terms<1>()) value -= R(nu.half * ln2 + nu.lgamma);
    if constexpr (Keep::template terms<0>()) value -= 0.5 * y.value;
    const Term<R, 2> t{value, {product_or_zero(power, R(y.inverse)) - 0.5, 0.5 * (y.log - ln2 - nu.digamma)}};
    return in_support(R(y.value) >= R(0.0), t);
  }
};

/// InvChiSquare(y | ν) = 2^(−ν/2) y^(−ν/2−1) e^(−1/2y) / Γ(ν/2) for y > 0.
struct InvChiSquare : Distribution<role::Outcome, role::Freedom> {
  static constexpr const char* name = "inv_chi_square";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return ChiSquare::prepare<i>(x);
  }
  template <class Keep, class Y, class N>
  THALWEG_INLINE static auto term(const Y& y, const N& nu) {
    using R = Widest<Y, N>;
    const R power = R(nu.half) + 1.0, v(y.value);
    R value = -(power * y.log);
    if constexpr (Keep::template terms<1>()) value -= R(nu.half * ln2 + nu.lgamma);
    if constexpr (Keep::template terms<0>()) value -= 0.5 * y.inverse;
    const Term<R, 2> t{value, {(0.5 * y.inverse - power) * y.inverse, -0.5 * (y.log + ln2 + nu.digamma)}};
    return in_support(v > R(0.0) && v < R(infinity), t);
  }
};

/// ScaledInvChiSquare(y | ν, s) = (ν/2)^(ν/2) s^ν y^(−ν/2−1) exp(−νs²/2y) / Γ(ν/2) for y > 0.
struct ScaledInvChiSquare : Distribution<role::Outcome, role::Freedom, role::Scale> {
  static constexpr const char* name = "scaled_inv_chi_square";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return ChiSquare::prepare<i>(x);
  }
  template <class Keep, class Y, class N, class S>
  THALWEG_INLINE static auto term(const Y& y, const N& nu, const S& s) {
    using R = Widest<Y, N, S>;
    const R ratio = s.value * s.value * y.inverse, v(y.value);
    R value = -(nu.half * ratio);
    if constexpr (Keep::template terms<0, 1>()) value -= (nu.half + 1.0) * y.log;
    if constexpr (Keep::template terms<1>()) value += R(nu.half * nu.log - nu.lgamma);
    if constexpr (Keep::template terms<1, 2>()) value += 2.0 * nu.half * s.log;
    const R slope_nu = 0.5 * (nu.log + 1.0 - nu.digamma + 2.0 * s.log - y.log - ratio);
    const Term<R, 3> t{
        value, {(nu.half * (ratio - 1.0) - 1.0) * y.inverse, slope_nu, 2.0 * nu.half * (1.0 - ratio) * s.inverse}};
    return in_support(v > R(0.0) && v < R(infinity), t);
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
