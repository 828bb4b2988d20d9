// Generalised linear models: the distribution at α + X β, which is the same formula and as fast.
#pragma once
#include "thalweg/autodiff/products.hpp"
#include "thalweg/stan/runtime/distributions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

template <bool propto = false, class Y, class X, class A, class B, class S>
THALWEG_INLINE auto normal_id_glm_lpdf(const Y& y, const X& x, const A& alpha, const B& beta, const S& sigma) {
  return normal_lpdf<propto>(y, alpha + x * beta, sigma);
}
template <bool propto = false, class Y, class X, class A, class B>
THALWEG_INLINE auto bernoulli_logit_glm_lpmf(const Y& y, const X& x, const A& alpha, const B& beta) {
  return bernoulli_logit_lpmf<propto>(y, alpha + x * beta);
}
template <bool propto = false, class Y, class N, class X, class A, class B>
THALWEG_INLINE auto binomial_logit_glm_lpmf(const Y& y, const N& trials, const X& x, const A& alpha, const B& beta) {
  return binomial_logit_lpmf<propto>(y, trials, alpha + x * beta);
}
template <bool propto = false, class Y, class X, class A, class B>
THALWEG_INLINE auto poisson_log_glm_lpmf(const Y& y, const X& x, const A& alpha, const B& beta) {
  return poisson_log_lpmf<propto>(y, alpha + x * beta);
}
template <bool propto = false, class Y, class X, class A, class B, class P>
THALWEG_INLINE auto neg_binomial_2_log_glm_lpmf(const Y& y, const X& x, const A& alpha, const B& beta, const P& phi) {
  return neg_binomial_2_log_lpmf<propto>(y, alpha + x * beta, phi);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
