// Which modes of a density the draws of an approximation reach.
#pragma once
#include <vector>

#include "thalweg/optimize/approximation.hpp"
#include "thalweg/optimize/census.hpp"

namespace thalweg {

struct Coverage {
  std::vector<bool> covered;  ///< of the ends of the census; true for those that are no maxima
  int missed = 0;             ///< maxima that are not covered; a copy counts as a mode
  double missed_weight = 0;   ///< of all maxima's weight
};

/// A maximum of weight w is covered when at least w/10 of the draws lie within the ball in which its own Gaussian has
/// 99.9 % of its mass: with m = x̂, |x − m| in the metric −H below √(d + 3.1 √(2d) + 7). Maxima of weight below 0.001
/// count as covered. Above d = 2000, where Hessians are not formed, all count as covered.
///
/// Cost    d products for each maximum, d² operations a draw.
Coverage coverage(const Model& model, const Census& census, const Approximation& q, int threads);

}  // namespace thalweg
