// Where a path to the density begins, in settings.
#pragma once
#include <cstdint>

namespace thalweg {

/// The values are part of the format of a run: never renumber.
enum class Reference : std::int32_t {
  automatic = 0,  ///< the prior where the model has one that is not seen to be improper, else the Gaussian
  prior = 1,
  gaussian = 2,  ///< N(m, S), tuned in warm-up: of tempering
  laplace = 3,   ///< N(m, S), known before the run: m is its one start, S its initial metric
};
constexpr const char* to_string(Reference r) {
  switch (r) {
    case Reference::automatic:
      return "automatic";
    case Reference::prior:
      return "prior";
    case Reference::gaussian:
      return "gaussian";
    case Reference::laplace:
      break;
  }
  return "laplace";
}

}  // namespace thalweg
