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

/// Each draw belongs to the maximum whose own Gaussian N(x̂, (−H)⁻¹), times the maximum's weight, is the highest there.
/// A maximum of weight w is covered when at least w/10 of the draws belong to it; those of weight below 0.001 count as
/// covered, and so do all above d = 2000, where Hessians are not formed.
///
/// Cost    d products for each maximum, d² operations a draw and maximum.
Coverage coverage(const Model& model, const Census& census, const Approximation& q, int threads);

}  // namespace thalweg
