// The bytes of a checkpoint.
#pragma once
#include <span>
#include <vector>

#include "thalweg/dynamics/ensemble/ensemble_state.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg {

/// Where a run stands: all that is needed to go on to the same bits.
struct Standing {
  SampleSettings settings;
  std::int64_t dimension = 0;
  SharedState shared;
  std::vector<ChainState> chains;
  EnsembleState ensemble = {};  ///< in the place of `shared` and `chains` for a method that moves all particles at once
  bool finished = false;
};

Checkpoint write_checkpoint(const Standing& standing);
/// Throws Error on bytes that are not a checkpoint of this version.
Standing read_checkpoint(const Checkpoint& checkpoint);

/// States of chains alone, for other processes of the run.
std::vector<unsigned char> write_chains(std::vector<ChainState> chains);
std::vector<ChainState> read_chains(std::span<const unsigned char> bytes);

}  // namespace thalweg
