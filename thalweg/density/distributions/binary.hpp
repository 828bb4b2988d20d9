// Outcomes that count successes, by probability and by log odds, and other bounded counts.
#pragma once
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// The parts of the logistic function at x that a log density and its slope are made of.
template <class R>
struct LogisticParts {
  R decay;         ///< e^(−|x|)
  R lower, upper;  ///< 1 / (1 + eˣ) and 1 / (1 + e⁻ˣ)
  R below;         ///< min(x, 0), with the slope at 0 that goes with the decay's
};
template <class R>
THALWEG_INLINE LogisticParts<R> logistic_parts(const R& x) {
  const auto positive = x > R(0.0);
  const R decay = exp(select(positive, -x, x)), large = 1.0 / (1.0 + decay), small = decay * large;
  return {decay, select(positive, small, large), select(positive, large, small), select(positive, R(0.0), x)};
}

/// Bernoulli(n | θ) = θ if n = 1, 1 − θ if n = 0.
struct Bernoulli : Distribution<role::Bit, role::Probability> {
  static constexpr const char* name = "bernoulli";
  static constexpr double factor_weight = 1;
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, const T& theta) {
    const T p = select(n != 0.0, theta, 1.0 - theta);
    return FactoredTerm<T, 2>{T(0.0), p, {T(0.0), (2.0 * n - 1.0) / p}};
  }
};

/// Bernoulli with log odds x: 1 / (1 + e^(∓x)).
struct BernoulliLogit : Distribution<role::Bit, role::LogOdds> {
  static constexpr const char* name = "bernoulli_logit";
  static constexpr double factor_weight = -1;
  /// +1 for a success, −1 for a failure.
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    if constexpr (i == 0)
      return 2.0 * real_of(x) - 1.0;
    else
      return real_of(x);
  }
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double sign, const T& x) {
    const T s = sign * x;
    const auto parts = logistic_parts(s);
    return FactoredTerm<T, 2>{parts.below, 1.0 + parts.decay, {T(0.0), sign * parts.lower}};
  }
};

/// Binomial(n | N, θ) = C(N, n) θⁿ (1−θ)^(N−n).
struct Binomial : Distribution<role::Count, role::Trials, role::Probability> {
  static constexpr const char* name = "binomial";
  template <class R>
  struct Prepared {
    using Real = R;
    R value, log, log1m;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 2)
      return Prepared<decltype(real_of(x))>{r, log(r), log1m(r)};
    else
      return r;
  }
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, double trials, const T& theta) {
    using R = Widest<T>;
    const R successes(n), failures(trials - n);
    R value = product_or_zero(successes, theta.log) + product_or_zero(failures, theta.log1m);
    if constexpr (Keep::constants) value += R(log_choose(trials, n));
    const R slope =
        product_or_zero(successes, 1.0 / theta.value) - product_or_zero(failures, 1.0 / (1.0 - theta.value));
    return in_support(n <= trials, Term<R, 3>{value, {R(0.0), R(0.0), slope}});
  }
};

/// Binomial with log odds x.
struct BinomialLogit : Distribution<role::Count, role::Trials, role::LogOdds> {
  static constexpr const char* name = "binomial_logit";
  template <class Keep, class T>
  THALWEG_INLINE static auto term(double n, double trials, const T& x) {
    const auto parts = logistic_parts(x);
    const T successes(n), failures(trials - n);
    T value = product_or_zero(successes, parts.below) - product_or_zero(failures, select(x > T(0.0), x, T(0.0))) -
              trials * log1p(parts.decay);
    if constexpr (Keep::constants) value += T(log_choose(trials, n));
    return in_support(n <= trials, Term<T, 3>{value, {T(0.0), T(0.0), n * parts.lower - failures * parts.upper}});
  }
};

/// BetaBinomial(n | N, α, β) = C(N, n) B(n + α, N − n + β) / B(α, β).
struct BetaBinomial : Distribution<role::Count, role::Trials, role::Shape, role::Shape> {
  static constexpr const char* name = "beta_binomial";
  template <class Keep, class A, class B>
  THALWEG_INLINE static auto term(double n, double trials, const A& alpha, const B& beta) {
    using R = Widest<A, B>;
    const bool inside = n <= trials;
    const double failures = inside ? trials - n : 0.0, all = inside ? trials : n;
    const R sum = alpha + beta;
    // rising factorials of α, β and α + β: nothing cancels at large shapes
    R value(0.0), slope_a(0.0), slope_b(0.0);
    if constexpr (Keep::template terms<2, 3>())
      value = R(log_rising_factorial(alpha, n) + log_rising_factorial(beta, failures)) - log_rising_factorial(sum, all);
    if constexpr (Keep::constants) value += R(log_choose(all, n));
    if constexpr (Keep::template parameter<2>() || Keep::template parameter<3>()) {
      const R common = digamma_difference(sum, all);
      slope_a = digamma_difference(alpha, n) - common;
      slope_b = digamma_difference(beta, failures) - common;
    }
    return in_support(inside, Term<R, 4>{value, {R(0.0), R(0.0), slope_a, slope_b}});
  }
};

/// Hypergeometric(n | N, a, b) = C(a, n) C(b, N − n) / C(a + b, N): of a + b balls N are taken, n of them of the a.
struct Hypergeometric : Distribution<role::Count, role::Trials, role::Trials, role::Trials> {
  static constexpr const char* name = "hypergeometric";
  template <class Keep>
  THALWEG_INLINE static auto term(double n, double draws, double a, double b) {
    const bool inside = n <= a && n <= draws && draws - n <= b;
    double value = 0;
    if constexpr (Keep::constants)
      if (inside) value = log_choose(a, n) + log_choose(b, draws - n) - log_choose(a + b, draws);
    return in_support(inside, Term<double, 4>{value, {0, 0, 0, 0}});
  }
};

/// DiscreteRange(n | l, u) = 1 / (u − l + 1) for l ≤ n ≤ u.
struct DiscreteRange : Distribution<role::Integer, role::IntegerBound, role::IntegerBound> {
  static constexpr const char* name = "discrete_range";
  template <class Keep>
  THALWEG_INLINE static auto term(double n, double lower, double upper) {
    double value = 0;
    if constexpr (Keep::constants) value = -log(upper - lower + 1.0);
    return in_support(lower <= n && n <= upper, Term<double, 3>{value, {0, 0, 0}});
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
