// Stan's names for scalar functions that have another name here, or are one formula in those that exist.
#pragma once
#include "thalweg/autodiff/container_functions_nested.hpp"
#include "thalweg/autodiff/elementwise.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Products and quotients element by element, for scalars too.
template <ScalarOperand A, ScalarOperand B>
THALWEG_INLINE auto elt_multiply(const A& a, const B& b) {
  return a * b;
}
template <ScalarOperand A, ScalarOperand B>
THALWEG_INLINE auto elt_divide(const A& a, const B& b) {
  return a / b;
}

// ---- constants ----

inline double constant_pi() { return pi; }  // Stan's pi()
inline double constant_e() { return 2.71828182845904523536; }
inline double constant_sqrt2() { return 1.41421356237309504880; }
inline double log2() { return 0.69314718055994530942; }
inline double log10() { return 2.30258509299404568402; }
inline double machine_precision() { return 2.220446049250313e-16; }
inline double negative_infinity() { return -infinity; }
inline double quiet_nan() { return not_a_number; }  // Stan's not_a_number()
inline double positive_infinity() { return infinity; }

// ---- one argument ----

#define THALWEG_STAN_NAME(name, formula)                                                              \
  template <class A>                                                                                  \
  requires(ScalarOperand<A> || Container<A>) THALWEG_INLINE auto name(const A& a) { return formula; } \
  template <class E>                                                                                  \
  auto name(const ArrayOf<E>& a) {                                                                    \
    return detail::mapped_items(a, [](const auto& item) { return name(item); });                      \
  }
THALWEG_STAN_NAME(inv_logit, logistic(a))
THALWEG_STAN_NAME(log_inv_logit, log_logistic(a))
THALWEG_STAN_NAME(log1m_inv_logit, log_logistic(-a))
THALWEG_STAN_NAME(Phi, normal_cdf(a))
THALWEG_STAN_NAME(Phi_approx, logistic(elt_multiply(a, 0.07056 * square(a) + 1.5976)))
THALWEG_STAN_NAME(inv_Phi, normal_quantile(a))
THALWEG_STAN_NAME(std_normal_qf, normal_quantile(a))
THALWEG_STAN_NAME(inv_erfc, -0.70710678118654752440 * normal_quantile(0.5 * a))
THALWEG_STAN_NAME(inv_sqrt, inv(sqrt(a)))
THALWEG_STAN_NAME(inv_square, inv(square(a)))
/// −1 where Γ is negative: between −1 and 0, −3 and −2, …
THALWEG_STAN_NAME(gamma_sign, 1.0 - 2.0 * elt_multiply(step(-a), floor(a) - 2.0 * floor(0.5 * floor(a))))
THALWEG_STAN_NAME(tgamma, elt_multiply(gamma_sign(a), exp(lgamma(a))))
THALWEG_STAN_NAME(minus, -a)
THALWEG_STAN_NAME(plus, +a)
#undef THALWEG_STAN_NAME

// ---- two arguments ----

#define THALWEG_STAN_NAME2(name, formula)                                                                           \
  template <class A, class B>                                                                                       \
  requires(!NestedArray<A> && !NestedArray<B>) THALWEG_INLINE auto name(const A& a, const B& b) { return formula; } \
  template <class A, class B>                                                                                       \
  requires detail::PairOfNested<A, B>                                                                               \
  auto name(const A& a, const B& b) {                                                                               \
    return detail::mapped_pairs(a, b, [](const auto& x, const auto& y) { return name(x, y); });                     \
  }
THALWEG_STAN_NAME2(beta, exp(lbeta(a, b)))
THALWEG_STAN_NAME2(lchoose, lgamma(a + 1.0) - lgamma(b + 1.0) - lgamma(a - b + 1.0))
THALWEG_STAN_NAME2(log_falling_factorial, lgamma(a + 1.0) - lgamma(a - b + 1.0))
THALWEG_STAN_NAME2(log_rising_factorial, lgamma(a + b) - lgamma(a))
THALWEG_STAN_NAME2(log_inv_logit_diff, log_diff_exp(log_logistic(a), log_logistic(b)))
#undef THALWEG_STAN_NAME2
template <ScalarOperand A>
THALWEG_INLINE auto ldexp(const A& a, int exponent) {
  return a * exp2(static_cast<double>(exponent));
}
template <ScalarOperand A>
THALWEG_INLINE auto binary_log_loss(int outcome, const A& a) {
  return -log(static_cast<double>(outcome) * a + static_cast<double>(1 - outcome) * (1.0 - a));
}
/// log Γ_k(a), the multivariate gamma function.
template <class A>
auto lmgamma(int k, const A& a) {
  const auto x = let(a);
  auto total = let(lgamma(x + 0.0) + k * (k - 1) / 4.0 * 1.14472988584940017414);
  for (int j = 2; j <= k; ++j) total = let(total + lgamma(x + (1 - j) / 2.0));
  return total;
}
inline int choose(int n, int k) {
  if (k < 0 || k > n) return 0;
  std::int64_t c = 1;
  for (int j = 1; j <= (k < n - k ? k : n - k); ++j) c = c * (n + 1 - j) / j;
  return static_cast<int>(c);
}
template <ScalarOperand A>
auto falling_factorial(const A& a, int n) {
  auto total = let(a + 0.0);
  if (n == 0) total = 1.0;
  for (int j = 1; j < n; ++j) total = let(total * (a - static_cast<double>(j)));
  return total;
}
template <ScalarOperand A>
auto rising_factorial(const A& a, int n) {
  auto total = let(a + 0.0);
  if (n == 0) total = 1.0;
  for (int j = 1; j < n; ++j) total = let(total * (a + static_cast<double>(j)));
  return total;
}
template <ScalarOperand A, ScalarOperand B>
THALWEG_INLINE auto squared_distance(const A& a, const B& b) {
  return square(a - b);
}

// ---- questions ----

template <ScalarExpression A>
THALWEG_INLINE int is_nan(const A& a) {
  return any(is_nan(value_of(a)));
}
template <ScalarOperand A>
THALWEG_INLINE int is_inf(const A& a) {
  const double x = value_of(a);
  return x == infinity || x == -infinity;
}
template <ScalarOperand A>
THALWEG_INLINE int int_step(const A& a) {
  return value_of(a) > 0;
}
#define THALWEG_LOGICAL(name, op)                   \
  template <ScalarOperand A, ScalarOperand B>       \
  THALWEG_INLINE int name(const A& a, const B& b) { \
    return value_of(a) op value_of(b);              \
  }
THALWEG_LOGICAL(logical_eq, ==)
THALWEG_LOGICAL(logical_neq, !=)
THALWEG_LOGICAL(logical_lt, <)
THALWEG_LOGICAL(logical_lte, <=)
THALWEG_LOGICAL(logical_gt, >)
THALWEG_LOGICAL(logical_gte, >=)
#undef THALWEG_LOGICAL
inline int logical_and(int a, int b) { return a && b; }
inline int logical_or(int a, int b) { return a || b; }
inline int logical_negation(int a) { return !a; }
inline int to_int(int a) { return a; }
inline int to_int(double a) {
  if (!(a > -2147483649.0 && a < 2147483648.0))
    Tape::current().reject_all("to_int: the number does not fit an integer");
  return static_cast<int>(a);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
