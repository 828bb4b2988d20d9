// Distributions with a vector argument: categorical, multinomial, Dirichlet and ordered regressions.
//
// Contract  `value<Keep>(…)` is the log density; Keep's arguments are outcome first. `pullback(adjoint, …)` adds
//           adjoint · ∂value to the adjoints of the arguments; a View without data stands for an argument that has
//           none. T and U are what the arguments hold: double for data, R for parameters; R is the wider of both.
// Errors    the domains are the caller's to check (on_simplex, all_positive, increasing); nothing throws.
#pragma once
#include "thalweg/density/distributions/binary.hpp"
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/density/distributions/tails.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// x ≥ 0 with sum 1 to within 1e-8, as Stan has it.
template <class T>
Mask<T> on_simplex(View<const T> x) {
  T sum(0.0), smallest(infinity);
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += x[i];
    smallest = min(x[i], smallest);
  }
  return smallest >= T(0.0) && abs(sum - 1.0) <= T(1e-8);
}
/// x > 0 and finite, all of them.
template <class T>
Mask<T> all_positive(View<const T> x) {
  Mask<T> good = T(0.0) == T(0.0);
  for (std::size_t i = 0; i < x.size(); ++i) good = good && x[i] > T(0.0) && is_finite(x[i]);
  return good;
}
/// x₁ < x₂ < … and finite, as cutpoints are.
template <class T>
Mask<T> increasing(View<const T> x) {
  Mask<T> good = T(0.0) == T(0.0);
  for (std::size_t i = 0; i < x.size(); ++i)
    good = good && is_finite(x[i]) && (i == 0 ? x[i] == x[i] : x[i] > x[i - 1]);
  return good;
}
/// log Σ exp x.
template <class T>
T log_sum_exp(View<const T> x) {
  T largest(-infinity), sum(0.0);
  for (std::size_t i = 0; i < x.size(); ++i) largest = max(x[i], largest);
  const T shift = select(is_finite(largest), largest, T(0.0));
  for (std::size_t i = 0; i < x.size(); ++i) sum += exp(x[i] - shift);
  return shift + log(sum);
}

/// Categorical(n | θ) = θₙ, n = 1 … K; summed over outcomes.
struct Categorical {
  static constexpr const char* name = "categorical";
  template <class Keep, class T>
  static T value(const int* outcomes, std::size_t count, View<const T> theta) {
    LogProduct<T> product;
    if constexpr (Keep::template terms<1>())
      for (std::size_t i = 0; i < count; ++i) product *= theta[static_cast<std::size_t>(outcomes[i]) - 1];
    return product.log();
  }
  template <class T>
  static void pullback(const T& adjoint, const int* outcomes, std::size_t count, View<const T> theta,
                       View<T> theta_adjoint) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto k = static_cast<std::size_t>(outcomes[i]) - 1;
      theta_adjoint[k] += adjoint / theta[k];
    }
  }
};

/// Categorical with log odds x: exp(xₙ) / Σ exp x; summed over outcomes. One softmax serves them all.
struct CategoricalLogit {
  static constexpr const char* name = "categorical_logit";
  template <class Keep, class T>
  static T value(const int* outcomes, std::size_t count, View<const T> x) {
    T value(0.0);
    if constexpr (Keep::template terms<1>()) {
      for (std::size_t i = 0; i < count; ++i) value += x[static_cast<std::size_t>(outcomes[i]) - 1];
      value -= static_cast<double>(count) * log_sum_exp(x);
    }
    return value;
  }
  template <class T>
  static void pullback(const T& adjoint, const int* outcomes, std::size_t count, View<const T> x, View<T> x_adjoint) {
    const T total = log_sum_exp(x), all = -(adjoint * static_cast<double>(count));
    for (std::size_t k = 0; k < x.size(); ++k) x_adjoint[k] += all * exp(x[k] - total);
    for (std::size_t i = 0; i < count; ++i) x_adjoint[static_cast<std::size_t>(outcomes[i]) - 1] += adjoint;
  }
};

/// Multinomial(n | θ) = N! Π θₖ^nₖ / nₖ!.
struct Multinomial {
  static constexpr const char* name = "multinomial";
  template <class Keep, class T>
  static T value(const int* counts, View<const T> theta) {
    T value(0.0);
    if constexpr (Keep::constants) value += T(coefficient(counts, theta.size()));
    if constexpr (Keep::template terms<1>())
      for (std::size_t k = 0; k < theta.size(); ++k) value += product_or_zero(T(counts[k]), log(theta[k]));
    return value;
  }
  template <class T>
  static void pullback(const T& adjoint, const int* counts, View<const T> theta, View<T> theta_adjoint) {
    for (std::size_t k = 0; k < theta.size(); ++k)
      theta_adjoint[k] += product_or_zero(T(counts[k]), adjoint / theta[k]);
  }
  /// log(N! / Π nₖ!).
  static double coefficient(const int* counts, std::size_t size) {
    double total = 0, value = 0;
    for (std::size_t k = 0; k < size; ++k) {
      total += counts[k];
      value -= log_factorial(counts[k]);
    }
    return value + log_factorial(total);
  }
};

/// Multinomial with log odds x.
struct MultinomialLogit {
  static constexpr const char* name = "multinomial_logit";
  template <class Keep, class T>
  static T value(const int* counts, View<const T> x) {
    T value(0.0);
    double total = 0;
    if constexpr (Keep::constants) value += T(Multinomial::coefficient(counts, x.size()));
    if constexpr (Keep::template terms<1>()) {
      for (std::size_t k = 0; k < x.size(); ++k) {
        value += product_or_zero(T(counts[k]), T(x[k]));
        total += counts[k];
      }
      value -= product_or_zero(T(total), log_sum_exp(x));
    }
    return value;
  }
  template <class T>
  static void pullback(const T& adjoint, const int* counts, View<const T> x, View<T> x_adjoint) {
    const T sum = log_sum_exp(x);
    double total = 0;
    for (std::size_t k = 0; k < x.size(); ++k) total += counts[k];
    for (std::size_t k = 0; k < x.size(); ++k)
      x_adjoint[k] += adjoint * (static_cast<double>(counts[k]) - total * exp(x[k] - sum));
  }
};

/// Dirichlet(θ | α) = Γ(Σα) / Π Γ(αₖ) · Π θₖ^(αₖ−1).
struct Dirichlet {
  static constexpr const char* name = "dirichlet";
  template <class Keep, class T, class U>
  static Widest<T, U> value(View<const T> theta, View<const U> alpha) {
    using R = Widest<T, U>;
    R value(0.0);
    if constexpr (Keep::template terms<1>()) {
      U sum(0.0);
      for (std::size_t k = 0; k < alpha.size(); ++k) {
        sum += alpha[k];
        value -= R(lgamma(alpha[k]));
      }
      value += R(lgamma(sum));
    }
    if constexpr (Keep::template terms<0, 1>())
      for (std::size_t k = 0; k < alpha.size(); ++k) value += product_or_zero(R(alpha[k] - 1.0), R(log(theta[k])));
    return value;
  }
  template <class T, class U>
  static void pullback(const Widest<T, U>& adjoint, View<const T> theta, View<const U> alpha,
                       View<Widest<T, U>> theta_adjoint, View<Widest<T, U>> alpha_adjoint) {
    using R = Widest<T, U>;
    if (theta_adjoint.data)
      for (std::size_t k = 0; k < theta.size(); ++k)
        theta_adjoint[k] += product_or_zero(R(alpha[k] - 1.0), adjoint / theta[k]);
    if (alpha_adjoint.data) {
      U sum(0.0);
      for (std::size_t k = 0; k < alpha.size(); ++k) sum += alpha[k];
      const U total = digamma(sum);
      for (std::size_t k = 0; k < alpha.size(); ++k)
        alpha_adjoint[k] += adjoint * (total - digamma(alpha[k]) + log(theta[k]));
    }
  }
};

/// DirichletMultinomial(n | α): N! Γ(A)/Γ(A + N) · Π Γ(αₖ + nₖ)/(Γ(αₖ) nₖ!) with A = Σα.
struct DirichletMultinomial {
  static constexpr const char* name = "dirichlet_multinomial";
  template <class Keep, class T>
  static T value(const int* counts, View<const T> alpha) {
    T value(0.0), sum(0.0);
    double total = 0;
    if constexpr (Keep::constants) value += T(Multinomial::coefficient(counts, alpha.size()));
    if constexpr (Keep::template terms<1>()) {
      for (std::size_t k = 0; k < alpha.size(); ++k) {
        value += log_rising_factorial(alpha[k], static_cast<double>(counts[k]));
        sum += alpha[k];
        total += counts[k];
      }
      value -= log_rising_factorial(sum, total);
    }
    return value;
  }
  template <class T>
  static void pullback(const T& adjoint, const int* counts, View<const T> alpha, View<T> alpha_adjoint) {
    T sum(0.0);
    double total = 0;
    for (std::size_t k = 0; k < alpha.size(); ++k) {
      sum += alpha[k];
      total += counts[k];
    }
    const T common = digamma_difference(sum, total);
    for (std::size_t k = 0; k < alpha.size(); ++k)
      alpha_adjoint[k] += adjoint * (digamma_difference(alpha[k], static_cast<double>(counts[k])) - common);
  }
};

/// What an ordered regression gives for one outcome: the log probability of lying between two cutpoints, and its slopes
/// in the place η and in both cutpoints (0 for one that is not there).
template <class R>
struct BetweenCuts {
  R value, eta, lower, upper;
};

/// OrderedLogistic(k | η, c) = σ(η − c_{k−1}) − σ(η − c_k), k = 1 … K, with c₀ = −∞ and c_K = ∞.
struct OrderedLogistic {
  static constexpr const char* name = "ordered_logistic";
  template <class T, class U>
  static auto term(int k, const T& eta, View<const U> cuts) {
    using R = Widest<T, U>;
    const auto last = static_cast<int>(cuts.size()) + 1;
    if (k == 1) {
      const auto p = logistic_parts(R(eta - cuts[0]));
      return BetweenCuts<R>{log_logistic(R(cuts[0] - eta)), -p.upper, R(0.0), p.upper};
    }
    const R a = eta - cuts[static_cast<std::size_t>(k) - 2];
    const auto up = logistic_parts(a);
    if (k == last) return BetweenCuts<R>{log_logistic(a), up.lower, -up.lower, R(0.0)};
    // σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(−(a − b)))
    const R b = eta - cuts[static_cast<std::size_t>(k) - 1];
    const R gap(cuts[static_cast<std::size_t>(k) - 1] - cuts[static_cast<std::size_t>(k) - 2]);
    const auto down = logistic_parts(b);
    const R squeeze = 1.0 / expm1(gap);
    return BetweenCuts<R>{log_logistic(a) + log_logistic(-b) + log1m_exp(-gap), up.lower - down.upper,
                          -(up.lower + squeeze), down.upper + squeeze};
  }
};

/// OrderedProbit(k | η, c) = Φ(c_k − η) − Φ(c_{k−1} − η).
struct OrderedProbit {
  static constexpr const char* name = "ordered_probit";
  template <class T, class U>
  static auto term(int k, const T& eta, View<const U> cuts) {
    using R = Widest<T, U>;
    const auto last = static_cast<int>(cuts.size()) + 1;
    if (k == 1) {
      const R b = cuts[0] - eta, slope = normal_hazard(b);
      return BetweenCuts<R>{log_normal_cdf(b), -slope, R(0.0), slope};
    }
    const R a = cuts[static_cast<std::size_t>(k) - 2] - eta;
    if (k == last) {
      const R slope = normal_hazard(-a);
      return BetweenCuts<R>{log_normal_cdf(-a), slope, -slope, R(0.0)};
    }
    const R b = cuts[static_cast<std::size_t>(k) - 1] - eta;
    // from the side where both are in the lower tail
    const auto right = a > R(0.0);
    const R high = select(right, -a, b), low = select(right, -b, a);
    const R value = log_diff_exp(log_normal_cdf(high), log_normal_cdf(low));
    const R at_a = exp(-0.5 * a * a - half_log_two_pi - value), at_b = exp(-0.5 * b * b - half_log_two_pi - value);
    return BetweenCuts<R>{value, at_a - at_b, -at_a, at_b};
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
