// The bytes of a checkpoint.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "thalweg/dynamics/ensemble/ensemble_state.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/trust/streams.hpp"

namespace thalweg {

/// Where a run stands: all that is needed to go on to the same bits.
struct Standing {
  SampleSettings settings;
  std::int64_t dimension = 0;
  SharedState shared;
  std::vector<ChainState> chains;
  EnsembleState ensemble = {};  ///< in the place of `shared` and `chains` for a method that moves all particles at once
  bool finished = false;
  std::shared_ptr<const Pieces> particles = nullptr;  ///< of an ensemble: the first `ensemble.particle_pieces` of them
  std::shared_ptr<const DrawStreams> streams = nullptr;  ///< once sampling has begun, when not all draws are kept
};

/// Particles and streams become pieces, which are read while both stay as they are.
Checkpoint write_checkpoint(const Standing& standing);
/// Without the streams, which are large. Throws Error on bytes that are not a checkpoint of this version.
Standing read_checkpoint(const Checkpoint& checkpoint);
/// Null when all draws are kept, and before the first. Throws Error as well.
std::shared_ptr<const DrawStreams> streams_of(const Checkpoint& checkpoint);

/// States of chains alone, for other processes of the run.
std::vector<unsigned char> write_chains(std::vector<ChainState> chains);
std::vector<ChainState> read_chains(std::span<const unsigned char> bytes);

}  // namespace thalweg
