// An ensemble in several processes: what goes between the first and the others, beside reductions.
#pragma once
#include <vector>

#include "thalweg/core/collective.hpp"
#include "thalweg/dynamics/ensemble/depot.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// Where particles begin, as the first process has found it, in all.
EnsembleStarts starts_of_first(World& world, EnsembleStarts starts);

/// The shards of all processes, of which this one has `threads`. All processes call it.
int shards_of(World& world, int threads);

/// What the depots of all processes hold of particles and rows comes to that of the first: copies of the shards that
/// are elsewhere, and their rows at their place. All processes call it.
void bring_to_first(World& world, Depot& depot);

}  // namespace thalweg
