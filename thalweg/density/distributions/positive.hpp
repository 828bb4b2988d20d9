// Distributions on the positive half-line built on the gamma function and the exponential.
#pragma once
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// x, log Γ(x) and its slope.
template <class R>
struct GammaShape {
  using Real = R;
  R value, lgamma, digamma;
};
template <class T>
THALWEG_INLINE auto gamma_shape(const T& x) {
  const auto r = real_of(x);
  return GammaShape<decltype(real_of(x))>{r, lgamma(r), digamma(r)};
}

/// Gamma(y | α, β) = β^α y^(α−1) e^(−βy) / Γ(α) for y ≥ 0; β is an inverse scale.
struct Gamma : Distribution<role::Outcome, role::Shape, role::InverseScale> {
  static constexpr const char* name = "gamma";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return gamma_shape(x);
    else
      return positive(x);
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R power = R(alpha.value) - 1.0;
    R value(0.0);
    if constexpr (Keep::template terms<1>()) value -= R(alpha.lgamma);
    if constexpr (Keep::template terms<1, 2>()) value += alpha.value * beta.log;
    if constexpr (Keep::template terms<0, 1>()) value += product_or_zero(power, R(y.log));
    if constexpr (Keep::template terms<0, 2>()) value -= beta.value * y.value;
    const R slope_y = product_or_zero(power, 1.0 / R(y.value)) - beta.value;
    const Term<R, 3> t{value, {slope_y, beta.log - alpha.digamma + y.log, alpha.value / beta.value - y.value}};
    return in_support(R(y.value) >= R(0.0), t);
  }
};

/// InvGamma(y | α, β) = β^α y^(−α−1) e^(−β/y) / Γ(α) for y > 0.
struct InvGamma : Distribution<role::Outcome, role::Shape, role::Scale> {
  static constexpr const char* name = "inv_gamma";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return gamma_shape(x);
    else
      return positive(x);
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R scaled = beta.value * y.inverse;
    R value(0.0);
    if constexpr (Keep::template terms<1>()) value -= R(alpha.lgamma);
    if constexpr (Keep::template terms<1, 2>()) value += alpha.value * beta.log;
    if constexpr (Keep::template terms<0, 1>()) value -= (alpha.value + 1.0) * y.log;
    if constexpr (Keep::template terms<0, 2>()) value -= scaled;
    const R slope_y = (scaled - (alpha.value + 1.0)) * y.inverse;
    const Term<R, 3> t{value, {slope_y, beta.log - alpha.digamma - y.log, alpha.value / beta.value - y.inverse}};
    const R v(y.value);
    return in_support(v > R(0.0) && v < R(infinity), t);
  }
};

/// Exponential(y | β) = β e^(−βy) for y ≥ 0; β is an inverse scale.
struct Exponential : Distribution<role::Outcome, role::InverseScale> {
  static constexpr const char* name = "exponential";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class B>
  THALWEG_INLINE static auto term(const Y& y, const B& beta) {
    using R = Widest<Y, B>;
    const R b(beta.value);
    R value = -(b * y);
    if constexpr (Keep::template terms<1>()) value += R(beta.log);
    return in_support(R(y) >= R(0.0), Term<R, 2>{value, {-b, beta.inverse - y}});
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
