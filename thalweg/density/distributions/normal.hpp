// The normal distribution and its logarithmic form.
#pragma once
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Normal(y | μ, σ) = exp(−½ z²) / (√(2π) σ),  z = (y − μ)/σ.
struct Normal : Distribution<role::Outcome, role::Location, role::Scale> {
  static constexpr const char* name = "normal";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * sigma.inverse, slope = z * sigma.inverse;
    R value = -0.5 * z * z;
    if constexpr (Keep::template terms<2>()) value -= R(sigma.log);
    if constexpr (Keep::constants) value -= R(half_log_two_pi);
    return Term<R, 3>{value, {-slope, slope, (z * z - 1.0) * sigma.inverse}};
  }
};

/// Normal(y | 0, 1).
struct StdNormal : Distribution<role::Outcome> {
  static constexpr const char* name = "std_normal";
  template <class Keep, class Y>
  THALWEG_INLINE static auto term(const Y& y) {
    Y value = -0.5 * y * y;
    if constexpr (Keep::constants) value -= Y(half_log_two_pi);
    return Term<Y, 1>{value, {-y}};
  }
};

/// Lognormal(y | μ, σ) = Normal(log y | μ, σ) / y for y > 0.
struct Lognormal : Distribution<role::Outcome, role::Location, role::Scale> {
  static constexpr const char* name = "lognormal";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return real_of(x);
    else
      return positive(x);
  }
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y.log - mu) * sigma.inverse, slope = z * sigma.inverse;
    R value = -0.5 * z * z;
    if constexpr (Keep::template terms<0>()) value -= R(y.log);
    if constexpr (Keep::template terms<2>()) value -= R(sigma.log);
    if constexpr (Keep::constants) value -= R(half_log_two_pi);
    const R v(y.value);
    return in_support(v > R(0.0) && v < R(infinity),
                      Term<R, 3>{value, {-(1.0 + slope) * y.inverse, slope, (z * z - 1.0) * sigma.inverse}});
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
