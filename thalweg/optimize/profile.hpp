// How high log p gets when one coordinate is moved on and on, and all others follow.
#pragma once
#include <cstddef>
#include <vector>

#include "thalweg/density/points.hpp"

namespace thalweg {

enum class Rise {
  ends,           ///< it falls somewhere
  to_a_limit,     ///< it never falls, but what is gained vanishes
  without_bound,  ///< it goes on rising as far as numbers reach
};

struct Profile {
  Rise rises = Rise::ends;
  std::vector<double> offsets, log_p;  ///< the heights found
};

/// f(t) = max over all coordinates but j of log p, with x_j = x_j(start) + t, for t = s, 2s, 4s, … in the direction
/// of `towards`, each maximum looked for from the last.
///
/// Cost    an L-BFGS ascent for each of up to 24 offsets.
Profile profile_along(Points& points, const std::vector<double>& start, std::size_t j, double towards);

}  // namespace thalweg
