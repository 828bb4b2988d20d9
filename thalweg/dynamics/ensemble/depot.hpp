// Where the shards of an ensemble leave what is to be saved.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/dynamics/ensemble/ensemble_state.hpp"

namespace thalweg {

/// Where shards leave what is to be saved.
struct Depot {
  EnsembleState state;  ///< without its particles
  std::vector<double> particles;
  std::vector<LogEntry> log;
  std::vector<std::vector<double>> rows;  ///< of each particle, draw after draw
  std::int64_t first_row = 0;             ///< number of the first of these draws in its phase
  Phase phase = Phase::sampling;
  bool finished = false;
};

}  // namespace thalweg
