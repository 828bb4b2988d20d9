// Detailed balance of a generator, found out from its rates.
#pragma once
#include <optional>
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

/// log π of cells, normalised to sum 1, where π_i L_ji = π_j L_ij for all links (Kolmogorov's criterion, to 1e-9 in the
/// logarithm round every cycle); nothing where that fails or a link goes one way only. Exits and entries don't count.
///
/// Cost    one pass over the links.
std::optional<std::vector<double>> log_equilibrium(const Generator& generator);

}  // namespace thalweg::fokker_planck
