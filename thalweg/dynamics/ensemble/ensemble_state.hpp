// All that an ensemble carries from one step to the next; a checkpoint is made of it.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/dynamics/chain_state.hpp"

namespace thalweg {

struct EnsembleState {
  std::int64_t step = 0;       ///< completed steps, warm-up included
  std::int64_t warmup = -1;    ///< steps of warm-up, once known
  std::int64_t gradients = 0;  ///< of a particle, in the phase under way
  TransitionCounts warmup_counts, sampling_counts;
  std::vector<double> facts, numbers;  ///< of the method, see EnsembleFacts and EnsembleMethod::archive
  std::int64_t pack_numbers = 0;       ///< Particles::numbers_of_pack
  std::int64_t particle_pieces = 0;    ///< the first of the checkpoint's pieces: see ParticlePieces; 0: not begun
  bool operator==(const EnsembleState&) const = default;
};

}  // namespace thalweg
