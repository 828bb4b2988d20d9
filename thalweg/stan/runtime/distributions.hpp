// Distributions by their Stan names: name_lpdf<propto>(outcome, parameters …) over any mix of arguments, and
// name_argument<j>(x), which prepares argument j once for all iterations of a loop.
#pragma once
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/vectorised.hpp"
#include "thalweg/stan/runtime/distribution_list.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

#define THALWEG_DISTRIBUTION(stan_name, Type, ending)             \
  template <bool propto = false, class... Args>                   \
  THALWEG_INLINE auto stan_name##_##ending(const Args&... args) { \
    return log_density<distribution::Type, propto>(args...);      \
  }                                                               \
  template <int j, ScalarOperand T>                               \
  THALWEG_INLINE auto stan_name##_argument(const T& x) {          \
    return hoist_argument<distribution::Type, j>(x);              \
  }
THALWEG_EACH_DISTRIBUTION(THALWEG_DISTRIBUTION)
#undef THALWEG_DISTRIBUTION

}  // namespace THALWEG_ISA
}  // namespace thalweg
