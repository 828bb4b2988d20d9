// Cumulative distributions by their Stan names: name_lcdf, name_lccdf and name_cdf of (outcome, parameters …), over any
// mix of arguments; elements are independent, so their probabilities are multiplied.
#pragma once
#include "thalweg/density/distributions/tails.hpp"
#include "thalweg/density/distributions/tails_of_beta.hpp"
#include "thalweg/density/distributions/tails_of_gamma.hpp"
#include "thalweg/density/distributions/tails_of_powers.hpp"
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

}  // namespace THALWEG_ISA
}  // namespace thalweg
