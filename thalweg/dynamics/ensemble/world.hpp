// An ensemble in several processes: what goes between the first and the others, beside reductions.
#pragma once
#include <vector>

#include "thalweg/core/collective.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// Where particles begin, as the first process has found it, in all.
EnsembleStarts starts_of_first(World& world, EnsembleStarts starts);

/// What is to be saved of the particles of each process, behind one another in the first. All processes call it.
///
/// Shapes  particles, [particle of this process][any number]: in the first process those of all afterwards; rows, of
///         each particle of this process as many numbers: in the first process at their place among those of all.
void bring_to_first(World& world, const Shard& share, std::vector<double>& particles,
                    std::vector<std::vector<double>>& rows);

}  // namespace thalweg
