// Normal scores of split chains, from the ordering of all draws.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/trust/ordering.hpp"

namespace thalweg {

/// Replaces the draws of chains split in halves by the normal scores of their ranks among all split draws; ties share
/// their average rank. With an odd number of draws the middle one of each chain is left out.
///
/// Shapes  out: [2·chains][draws/2].
void rank_normalise(const Ordering& order, std::int64_t chains, NormalScores& scores, std::vector<double>& out);

/// The same for |x − median of all draws|.
void rank_normalise_folded(const Ordering& order, std::int64_t chains, NormalScores& scores, std::vector<double>& out);

}  // namespace thalweg
