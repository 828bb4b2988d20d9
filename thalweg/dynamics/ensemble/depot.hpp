// Where the shards of an ensemble leave what is to be saved.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "thalweg/core/rows.hpp"
#include "thalweg/core/sink.hpp"
#include "thalweg/dynamics/ensemble/ensemble_state.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/trust/streams.hpp"

namespace thalweg {

/// The particles themselves stay where they are: a checkpoint takes them from `shards` while these wait.
struct Depot {
  std::mutex mutex;  ///< of `streams`, and of the pieces that a run goes on from
  EnsembleState state;
  std::vector<Particles*> shards;  ///< [rank]; those of other processes are null, or copies in the first
  std::vector<std::unique_ptr<Particles>> copies;
  std::vector<LogEntry> log;
  std::vector<Rows> rows;                ///< of each particle
  std::shared_ptr<DrawStreams> streams;  ///< of all shards; null: all draws are kept, or none is there yet
  bool finished = false;
};

}  // namespace thalweg
