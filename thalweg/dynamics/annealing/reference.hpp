// Where a path to the density begins, in settings.
#pragma once
#include <cstdint>

namespace thalweg {

/// The values are part of the format of a run: never renumber.
enum class Reference : std::int32_t {
  automatic = 0,  ///< the prior where the model has one that is not seen to be improper, else the Gaussian
  prior = 1,
  gaussian = 2,  ///< N(m, diag s²), tuned in warm-up
};
constexpr const char* to_string(Reference r) {
  return r == Reference::automatic ? "automatic" : r == Reference::prior ? "prior" : "gaussian";
}

}  // namespace thalweg
