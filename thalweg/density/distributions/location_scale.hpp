// Distributions on the line with a location and a scale, other than the normal.
#pragma once
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// What the members share: arguments (y, μ, σ), of which σ is prepared.
struct LocationScale : Distribution<role::Outcome, role::Location, role::Scale> {
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return real_of(x);
  }
  /// −log σ and −constant where they stay.
  template <class Keep, class R, class S>
  THALWEG_INLINE static R normalisation(const S& sigma, double constant) {
    R value(0.0);
    if constexpr (Keep::template terms<2>()) value -= R(sigma.log);
    if constexpr (Keep::constants) value -= R(constant);
    return value;
  }
  /// The partials for y, μ and σ from z = (y − μ)/σ and the slope of the log density in z.
  template <class R, class S>
  THALWEG_INLINE static void chain(const R& z, const R& slope, const S& sigma, R (&partial)[3]) {
    partial[0] = slope * sigma.inverse;
    partial[1] = -partial[0];
    partial[2] = -(1.0 + z * slope) * sigma.inverse;
  }
};

/// Student's t with ν degrees of freedom:
///   Γ((ν+1)/2) / (Γ(ν/2) √(πν) σ) · (1 + z²/ν)^(−(ν+1)/2),  z = (y − μ)/σ.
struct StudentT : Distribution<role::Outcome, role::Freedom, role::Location, role::Scale> {
  static constexpr const char* name = "student_t";
  template <class R>
  struct Prepared {
    using Real = R;
    R nu, inverse, log_normaliser, slope;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 1) {
      const auto ratio = gamma_ratio_half(0.5 * r);
      return Prepared<decltype(real_of(x))>{r, 1.0 / r, ratio.excess - half_log_two_pi, 0.5 * ratio.excess_slope};
    } else if constexpr (i == 3) {
      return positive(x);
    } else {
      return r;
    }
  }
  template <class Keep, class Y, class N, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const N& nu, const M& mu, const S& sigma) {
    using R = Widest<Y, N, M, S>;
    const R z = (y - mu) * sigma.inverse, u = z * z * nu.inverse, log_u = log1p(u);
    R value = (-0.5 * (nu.nu + 1.0)) * log_u;
    if constexpr (Keep::template terms<1>()) value += R(nu.log_normaliser);
    if constexpr (Keep::template terms<3>()) value -= R(sigma.log);
    // (ν+1) z / (ν + z²), and the same times z: at most ν + 1 however large z is
    const R weight = (1.0 + nu.inverse) / (1.0 + u), slope = weight * z * sigma.inverse;
    const R pull = (nu.nu + 1.0) * (u / (1.0 + u));
    Term<R, 4> t{value, {-slope, R(nu.slope) + 0.5 * (pull * nu.inverse - log_u), slope, (pull - 1.0) * sigma.inverse}};
    return t;
  }
};

/// Cauchy: 1 / (πσ (1 + z²)).
struct Cauchy : LocationScale {
  static constexpr const char* name = "cauchy";
  static constexpr double factor_weight = -1;
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * sigma.inverse, factor = 1.0 + z * z;
    FactoredTerm<R, 3> t{normalisation<Keep, R>(sigma, log_pi), factor, {}};
    chain(z, -2.0 * (z / factor), sigma, t.partial);
    return t;
  }
};

/// Double exponential (Laplace): exp(−|z|) / 2σ.
struct DoubleExponential : LocationScale {
  static constexpr const char* name = "double_exponential";
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * sigma.inverse;
    const R sign = select(z > R(0.0), R(1.0), select(z < R(0.0), R(-1.0), R(0.0)));
    Term<R, 3> t{normalisation<Keep, R>(sigma, ln2) - abs(z), {}};
    chain(z, -sign, sigma, t.partial);
    return t;
  }
};

/// Logistic: e⁻ᶻ / (σ (1 + e⁻ᶻ)²).
struct Logistic : LocationScale {
  static constexpr const char* name = "logistic";
  static constexpr double factor_weight = -2;
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& sigma) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * sigma.inverse, size = select(z > R(0.0), z, -z);
    const R fall = -expm1(-size), factor = 2.0 - fall;  // 1 − e^(−|z|) and 1 + e^(−|z|)
    const R tanh_half = fall / factor;
    FactoredTerm<R, 3> t{normalisation<Keep, R>(sigma, 0.0) - size, factor, {}};
    chain(z, select(z > R(0.0), -tanh_half, tanh_half), sigma, t.partial);
    return t;
  }
};

/// Gumbel: exp(−z − e⁻ᶻ) / β.
struct Gumbel : LocationScale {
  static constexpr const char* name = "gumbel";
  template <class Keep, class Y, class M, class S>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const S& beta) {
    using R = Widest<Y, M, S>;
    const R z = (y - mu) * beta.inverse, e = expm1(-z);
    Term<R, 3> t{normalisation<Keep, R>(beta, 0.0) - (z + (1.0 + e)), {}};
    chain(z, e, beta, t.partial);
    return t;
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
