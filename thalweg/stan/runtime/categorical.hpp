// Outcomes of several categories: categorical, multinomial and their kin.
#pragma once
#include "thalweg/autodiff/indexing.hpp"
#include "thalweg/density/distributions/gamma_functions.hpp"
#include "thalweg/stan/runtime/checks.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

inline Array<int> categories(int y) {
  const auto one = make_unset_sequence<Array<int>>(1);
  one.storage.data[0] = y;
  return one;
}
template <Sequenced Y>
Array<int> categories(const Y& y) {
  return let(y);
}
inline void check_counts(const Array<int>& y, int expected) {
  if (y.length != expected) Tape::current().reject_all("# counts are given for # categories", y.length, expected);
  for (int i = 0; i < y.length; ++i)
    if (y[i] < 0) Tape::current().reject_all("a count must be >= 0; found #", y[i]);
}
/// log (Σ yᵢ)! − Σ log yᵢ!
inline double log_multinomial_coefficient(const Array<int>& y) {
  double total = 0.0, value = 0.0;
  for (int i = 0; i < y.length; ++i) {
    total += y[i];
    value -= log_factorial(y[i]);
  }
  return value + log_factorial(total);
}
}  // namespace detail

/// Σₙ log θ[yₙ] for a simplex θ.
template <bool propto = false, class Y, Container E>
auto categorical_lpmf(const Y& y, const E& proportions) {
  if constexpr (!detail::keeps<propto, E>) {
    return 0.0;
  } else {
    const auto theta = let(proportions);
    detail::check_simplex(theta, "categorical: the probabilities must be a simplex");
    if constexpr (Number<Y>)
      return log(copy(theta(y)));
    else
      return sum(log(gather(theta, detail::categories(y))));
  }
}
/// Σₙ log softmax(β)[yₙ].
template <bool propto = false, class Y, Container E>
auto categorical_logit_lpmf(const Y& y, const E& log_odds) {
  if constexpr (!detail::keeps<propto, E>) {
    return 0.0;
  } else {
    const auto beta = let(log_odds);
    if constexpr (Number<Y>)
      return copy(beta(y)) - log_sum_exp(beta);
    else
      return sum(gather(beta, detail::categories(y))) - static_cast<double>(y.size()) * log_sum_exp(beta);
  }
}
/// Σₙ log softmax(α + xₙ β)[yₙ], x [N, K], β [K, C].
template <bool propto = false, class Y, Container X, Container A, Container B>
auto categorical_logit_glm_lpmf(const Y& y, const X& x, const A& alpha, const B& beta) {
  if constexpr (!detail::keeps<propto, A, B, X>) {
    return 0.0;
  } else {
    const auto k = detail::categories(y);
    const auto common = let(alpha);
    const auto eta = [&] {
      if constexpr (X::shape == Shape::matrix) {
        return let(x * beta);
      } else {
        return to_matrix(x) * beta;  // one row for all outcomes
      }
    }();
    if (eta.rows != k.length && eta.rows != 1)
      Tape::current().reject_all("categorical_logit_glm: # outcomes and # rows of x", k.length, eta.rows);
    using Term = decltype(let(categorical_logit_lpmf<false>(1, transpose(eta.row(0)) + common)));
    Term total(0.0);
    for (int n = 0; n < k.length; ++n)
      total = let(total + categorical_logit_lpmf<false>(k[n], transpose(eta.row(eta.rows == 1 ? 0 : n)) + common));
    return total;
  }
}

/// log multinomial coefficient + Σᵢ yᵢ log θᵢ.
template <bool propto = false, Sequenced Y, Container E>
auto multinomial_lpmf(const Y& y, const E& proportions) {
  if constexpr (!detail::keeps<propto, E>) {
    return 0.0;
  } else {
    const auto counts = detail::categories(y);
    const auto theta = let(proportions);
    detail::check_counts(counts, theta.size());
    detail::check_simplex(theta, "multinomial: the probabilities must be a simplex");
    // lmultiply: no outcome of a category without probability is no evidence against it
    const auto value = sum(lmultiply(to_vector(counts), to_vector(theta)));
    return value + (propto ? 0.0 : detail::log_multinomial_coefficient(counts));
  }
}
template <bool propto = false, Sequenced Y, Container E>
auto multinomial_logit_lpmf(const Y& y, const E& log_odds) {
  if constexpr (!detail::keeps<propto, E>) {
    return 0.0;
  } else {
    const auto counts = detail::categories(y);
    const auto beta = let(log_odds);
    detail::check_counts(counts, beta.size());
    return dot_product(counts, beta) - static_cast<double>(sum(counts)) * log_sum_exp(beta) +
           (propto ? 0.0 : detail::log_multinomial_coefficient(counts));
  }
}
/// Multinomial with Dirichlet-distributed probabilities: log coefficient + log Γ(A)/Γ(A + N) + Σ log Γ(αᵢ + yᵢ)/Γ(αᵢ),
/// A = Σ α, N = Σ y.
template <bool propto = false, Sequenced Y, Container E>
auto dirichlet_multinomial_lpmf(const Y& y, const E& prior_counts) {
  if constexpr (!detail::keeps<propto, E>) {
    return 0.0;
  } else {
    const auto counts = detail::categories(y);
    const auto alpha = let(prior_counts);
    detail::check_counts(counts, alpha.size());
    detail::check_each(alpha, "dirichlet_multinomial: prior counts must be positive and finite", detail::is_positive);
    const auto total = let(sum(alpha));
    return lgamma(total) - lgamma(total + static_cast<double>(sum(counts))) +
           sum(lgamma(to_vector(alpha) + to_vector(counts)) - lgamma(to_vector(alpha))) +
           (propto ? 0.0 : detail::log_multinomial_coefficient(counts));
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
