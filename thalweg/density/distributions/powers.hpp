// Distributions on the positive half-line built on powers of the outcome: Weibull, Fréchet, log-logistic, Pareto.
#pragma once
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Weibull(y | α, σ) = (α/σ) (y/σ)^(α−1) exp(−(y/σ)^α) for y ≥ 0.
struct Weibull : Distribution<role::Outcome, role::Shape, role::Scale> {
  static constexpr const char* name = "weibull";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class A, class S>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const S& sigma) {
    using R = Widest<Y, A, S>;
    const R log_ratio = y.log - sigma.log, power = exp(alpha.value * log_ratio), less = R(alpha.value) - 1.0;
    R value = -power;
    if constexpr (Keep::template terms<1>()) value += R(alpha.log);
    if constexpr (Keep::template terms<0, 1>()) value += product_or_zero(less, R(y.log));
    if constexpr (Keep::template terms<1, 2>()) value -= R(alpha.value * sigma.log);
    const R pull = alpha.value * power;  // slopes: less − pull in log y, pull − α in log σ; at y = 0 only less counts
    const R at_zero = select(less == R(0.0), R(sigma.inverse), R(0.0));
    const R slope_y = product_or_zero(less, R(y.inverse)) - select(pull == R(0.0), at_zero, pull * y.inverse);
    const R slope_alpha = alpha.inverse + log_ratio * (1.0 - power);
    return in_support(R(y.value) >= R(0.0),
                      Term<R, 3>{value, {slope_y, slope_alpha, (pull - alpha.value) * sigma.inverse}});
  }
};

/// Frechet(y | α, σ) = (α/σ) (y/σ)^(−α−1) exp(−(y/σ)^(−α)) for y > 0.
struct Frechet : Distribution<role::Outcome, role::Shape, role::Scale> {
  static constexpr const char* name = "frechet";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class A, class S>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const S& sigma) {
    using R = Widest<Y, A, S>;
    const R log_ratio = y.log - sigma.log, power = exp(-(alpha.value * log_ratio));
    R value = -power;
    if constexpr (Keep::template terms<1>()) value += R(alpha.log);
    if constexpr (Keep::template terms<0, 1>()) value -= (alpha.value + 1.0) * y.log;
    if constexpr (Keep::template terms<1, 2>()) value += alpha.value * sigma.log;
    const R slope = alpha.value * (power - 1.0), v(y.value);
    const Term<R, 3> t{value,
                       {(slope - 1.0) * y.inverse, alpha.inverse + log_ratio * (power - 1.0), -slope * sigma.inverse}};
    return in_support(v > R(0.0) && v < R(infinity), t);
  }
};

/// LogLogistic(y | α, β) = (β/α) (y/α)^(β−1) / (1 + (y/α)^β)² for y ≥ 0; α is the scale.
struct LogLogistic : Distribution<role::Outcome, role::Scale, role::Shape> {
  static constexpr const char* name = "loglogistic";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    using R = Widest<Y, A, B>;
    const R log_ratio = y.log - alpha.log, t = beta.value * log_ratio;
    const auto above = t > R(0.0);
    const R fall = -expm1(select(above, -t, t)), size = fall / (2.0 - fall);  // |tanh(t/2)|
    const R slope = -(beta.value * select(above, size, -size));
    // −2 log(1 + eᵗ) = −t − |t| − 2 log(1 + e^(−|t|))
    R value = select(above, -t, t) - 2.0 * log1p(1.0 - fall);
    if constexpr (Keep::template terms<0>()) value -= R(y.log);
    if constexpr (Keep::template terms<2>()) value += R(beta.log);
    const R slope_beta = beta.inverse + log_ratio * (slope * beta.inverse), v(y.value);
    return in_support(v > R(0.0) && v < R(infinity),
                      Term<R, 3>{value, {(slope - 1.0) * y.inverse, -slope * alpha.inverse, slope_beta}});
  }
};

/// Pareto(y | m, α) = α m^α y^(−α−1) for y ≥ m.
struct Pareto : Distribution<role::Outcome, role::Scale, role::Shape> {
  static constexpr const char* name = "pareto";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class M, class A>
  THALWEG_INLINE static auto term(const Y& y, const M& low, const A& alpha) {
    using R = Widest<Y, M, A>;
    R value(0.0);
    if constexpr (Keep::template terms<2>()) value += R(alpha.log);
    if constexpr (Keep::template terms<1, 2>()) value += alpha.value * low.log;
    if constexpr (Keep::template terms<0, 2>()) value -= (alpha.value + 1.0) * y.log;
    const Term<R, 3> t{
        value, {-((alpha.value + 1.0) * y.inverse), alpha.value * low.inverse, alpha.inverse + low.log - y.log}};
    return in_support(R(y.value) >= R(low.value), t);
  }
};

/// ParetoType2(y | μ, λ, α) = (α/λ) (1 + (y − μ)/λ)^(−α−1) for y ≥ μ.
struct ParetoType2 : Distribution<role::Outcome, role::Location, role::Scale, role::Shape> {
  static constexpr const char* name = "pareto_type_2";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i >= 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class Y, class M, class L, class A>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const L& lambda, const A& alpha) {
    using R = Widest<Y, M, L, A>;
    const R z = (y - mu) * lambda.inverse, log_z = log1p(z), slope = (alpha.value + 1.0) / (1.0 + z) * lambda.inverse;
    R value = -((alpha.value + 1.0) * log_z);
    if constexpr (Keep::template terms<3>()) value += R(alpha.log);
    if constexpr (Keep::template terms<2>()) value -= R(lambda.log);
    const Term<R, 4> t{value, {-slope, slope, z * slope - lambda.inverse, alpha.inverse - log_z}};
    return in_support(R(y) >= R(mu), t);
  }
};

/// Rayleigh(y | σ) = (y/σ²) exp(−y²/2σ²) for y ≥ 0.
struct Rayleigh : Distribution<role::Outcome, role::Scale> {
  static constexpr const char* name = "rayleigh";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return positive(x);
  }
  template <class Keep, class Y, class S>
  THALWEG_INLINE static auto term(const Y& y, const S& sigma) {
    using R = Widest<Y, S>;
    const R z = y.value * sigma.inverse;
    R value = -0.5 * z * z;
    if constexpr (Keep::template terms<0>()) value += R(y.log);
    if constexpr (Keep::template terms<1>()) value -= 2.0 * R(sigma.log);
    const Term<R, 2> t{value, {y.inverse - z * sigma.inverse, (z * z - 2.0) * sigma.inverse}};
    return in_support(R(y.value) > R(0.0), t);
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
