// Outcomes that count events without a bound.
#pragma once
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Poisson(n | λ) = λⁿ e^(−λ) / n!.
struct Poisson : Distribution<role::Count, role::Rate> {
  static constexpr const char* name = "poisson";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 1)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, const T& lambda) {
    using R = Widest<T>;
    const R count(n), rate(lambda.value);
    R value = product_or_zero(count, lambda.log) - rate;
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    return in_support(rate < R(infinity), Term<R, 2>{value, {R(0.0), product_or_zero(count, lambda.inverse) - 1.0}});
  }
};

/// Poisson with log rate η.
struct PoissonLog : Distribution<role::Count, role::LogRate> {
  static constexpr const char* name = "poisson_log";
  template <class R>
  struct Prepared {
    using Real = R;
    R value, exp;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 1)
      return Prepared<decltype(real_of(x))>{r, exp(r)};
    else
      return r;
  }
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, const T& eta) {
    using R = Widest<T>;
    R value = product_or_zero(R(n), eta.value) - eta.exp;
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    return in_support(eta.exp < R(infinity), Term<R, 2>{value, {R(0.0), n - eta.exp}});
  }
};

/// NegBinomial(n | α, β) = C(n + α − 1, n) (β/(β+1))^α (1/(β+1))ⁿ.
struct NegBinomial : Distribution<role::Count, role::Shape, role::InverseScale> {
  static constexpr const char* name = "neg_binomial";
  template <class R>
  struct Prepared {
    using Real = R;
    R value, inverse, log1p, log1p_inverse;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 2)
      return Prepared<decltype(real_of(x))>{r, 1.0 / r, log1p(r), log1p(1.0 / r)};
    else
      return r;
  }
  template <class Keep, class A, class B>
  THALWEG_INLINE static auto term(double n, const A& alpha, const B& beta) {
    using R = Widest<A, B>;
    R value(0.0);
    if constexpr (Keep::template terms<1>()) value += R(log_rising_factorial(alpha, n));
    if constexpr (Keep::template terms<1, 2>()) value -= alpha * beta.log1p_inverse;
    if constexpr (Keep::template terms<2>()) value -= R(n * beta.log1p);
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    const R slope_a = digamma_difference(alpha, n) - beta.log1p_inverse;
    return Term<R, 3>{value, {R(0.0), slope_a, (alpha * beta.inverse - n) / (1.0 + beta.value)}};
  }
};

/// The negative binomial by its mean μ and precision φ: variance μ + μ²/φ, p = φ / (φ + μ).
struct NegBinomial2 : Distribution<role::Count, role::Mean, role::Precision> {
  static constexpr const char* name = "neg_binomial_2";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 0)
      return real_of(x);
    else
      return positive(x);
  }
  template <class Keep, class M, class P>
  THALWEG_INLINE static auto term(double n, const M& mu, const P& phi) {
    using R = Widest<M, P>;
    const R ratio = mu.value * phi.inverse, log_ratio = log1p(ratio), sum = mu.value + phi.value;
    R value = -((n + phi.value) * log_ratio);
    if constexpr (Keep::template terms<1>()) value += R(n * mu.log);
    if constexpr (Keep::template terms<2>()) value += R(log_rising_factorial(phi.value, n) - n * phi.log);
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    const R excess = n - R(mu.value);
    R slope_phi(0.0);
    if constexpr (Keep::template parameter<2>())
      slope_phi = digamma_difference(phi.value, n) - log_ratio - excess / sum;
    return Term<R, 3>{value, {R(0.0), excess / (mu.value * (1.0 + ratio)), slope_phi}};
  }
};

/// The same with log mean η.
struct NegBinomial2Log : Distribution<role::Count, role::LogMean, role::Precision> {
  static constexpr const char* name = "neg_binomial_2_log";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 2)
      return positive(x);
    else
      return real_of(x);
  }
  template <class Keep, class M, class P>
  THALWEG_INLINE static auto term(double n, const M& eta, const P& phi) {
    using R = Widest<M, P>;
    const R d = eta - phi.log;
    const auto up = d > R(0.0);
    const R decay = exp(select(up, -d, d)), large = 1.0 / (1.0 + decay), small = decay * large;
    const R p = select(up, small, large), q = select(up, large, small);  // φ/(φ+μ) and μ/(φ+μ)
    const R log_ratio = select(up, d, R(0.0)) + log1p(decay);
    R value = -((n + phi.value) * log_ratio);
    if constexpr (Keep::template terms<1>()) value += R(n * eta);
    if constexpr (Keep::template terms<2>()) value += R(log_rising_factorial(phi.value, n) - n * phi.log);
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    R slope_phi(0.0);
    if constexpr (Keep::template parameter<2>())
      slope_phi = digamma_difference(phi.value, n) - log_ratio + q - n * phi.inverse * p;
    return Term<R, 3>{value, {R(0.0), n * p - phi.value * q, slope_phi}};
  }
};

/// BetaNegBinomial(n | r, α, β) = B(r + n, α + β) / B(r, α) · Γ(n + β) / (n! Γ(β)): a negative binomial with shape r
/// whose probability of stopping is Beta(α, β) distributed.
struct BetaNegBinomial : Distribution<role::Count, role::Shape, role::Shape, role::Shape> {
  static constexpr const char* name = "beta_neg_binomial";
  template <class Keep, class N, class A, class B>
  THALWEG_INLINE static auto term(double n, const N& r, const A& alpha, const B& beta) {
    using R = Widest<N, A, B>;
    // in rising factorials: r^(n) β^(n) α^(β) / (n! (r + α)^(β + n))
    const R sum = r + alpha, more = beta + n;
    R value = log_rising_factorial(R(alpha), R(beta)) - log_rising_factorial(sum, more);
    if constexpr (Keep::template terms<1>()) value += R(log_rising_factorial(r, n));
    if constexpr (Keep::template terms<3>()) value += R(log_rising_factorial(beta, n));
    if constexpr (Keep::constants) value -= R(log_factorial(n));
    const R common = digamma_difference(sum, more), end = digamma(R(sum + more));
    const R slope_beta = digamma(R(alpha + beta)) - end + digamma_difference(beta, n);
    return Term<R, 4>{
        value, {R(0.0), digamma_difference(r, n) - common, digamma_difference(R(alpha), R(beta)) - common, slope_beta}};
  }
};

/// YuleSimon(n | α) = α B(n, α + 1) for n ≥ 1.
struct YuleSimon : Distribution<role::PositiveCount, role::Shape> {
  static constexpr const char* name = "yule_simon";
  template <class Keep, class A>
  THALWEG_INLINE static auto term(double n, const A& alpha) {
    const A next = alpha + 1.0;
    A value = log(alpha) - log_rising_factorial(next, n);
    if constexpr (Keep::constants) value += A(log_factorial(n - 1.0));
    return Term<A, 2>{value, {A(0.0), 1.0 / alpha - digamma_difference(next, n)}};
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
