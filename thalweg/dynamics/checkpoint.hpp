// The bytes of a checkpoint.
#pragma once
#include "thalweg/dynamics/sample.hpp"

namespace thalweg {

/// Where a run stands: all that is needed to go on to the same bits.
struct Standing {
  SampleSettings settings;
  SharedState shared;
  std::vector<ChainState> chains;
  bool finished = false;
};

Checkpoint write_checkpoint(const Standing& standing);
/// Throws Error on bytes that are not a checkpoint of this version.
Standing read_checkpoint(const Checkpoint& checkpoint);

}  // namespace thalweg
