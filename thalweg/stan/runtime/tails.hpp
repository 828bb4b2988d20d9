// Cumulative distributions by their Stan names: name_lcdf, name_lccdf and name_cdf of (outcome, parameters …), over any
// mix of arguments; elements are independent, so their probabilities are multiplied.
#pragma once
#include "thalweg/density/distributions/tails.hpp"
#include "thalweg/density/distributions/tails_of_beta.hpp"
#include "thalweg/density/distributions/tails_of_gamma.hpp"
#include "thalweg/density/distributions/tails_of_powers.hpp"
#include "thalweg/density/distributions/tails_of_skewed.hpp"
#include "thalweg/density/vectorised.hpp"
#include "thalweg/stan/runtime/distribution_list.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

#define THALWEG_TAIL(name, Type)                                   \
  template <class... Args>                                         \
  THALWEG_INLINE auto name##_lcdf(const Args&... args) {           \
    return log_density<distribution::Type##Lcdf, false>(args...);  \
  }                                                                \
  template <class... Args>                                         \
  THALWEG_INLINE auto name##_lccdf(const Args&... args) {          \
    return log_density<distribution::Type##Lccdf, false>(args...); \
  }                                                                \
  template <class... Args>                                         \
  THALWEG_INLINE auto name##_cdf(const Args&... args) {            \
    return exp(name##_lcdf(args...));                              \
  }
THALWEG_EACH_TAIL(THALWEG_TAIL)
#undef THALWEG_TAIL

// ---- the regularised incomplete functions, which are tails of distributions ----

/// P(a, x) and Q(a, x), the incomplete gamma functions over Γ(a).
template <ScalarOperand A, ScalarOperand X>
THALWEG_INLINE auto gamma_p(const A& a, const X& x) {
  return exp(gamma_lcdf(x, a, 1.0));
}
template <ScalarOperand A, ScalarOperand X>
THALWEG_INLINE auto gamma_q(const A& a, const X& x) {
  return exp(gamma_lccdf(x, a, 1.0));
}
/// I_x(a, b), the incomplete beta function over B(a, b).
template <ScalarOperand A, ScalarOperand B, ScalarOperand X>
THALWEG_INLINE auto inc_beta(const A& a, const B& b, const X& x) {
  return exp(beta_lcdf(x, a, b));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
