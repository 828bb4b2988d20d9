// All that one chain carries from one transition to the next; a checkpoint is made of these.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"
#include "thalweg/dynamics/hamiltonian/moments.hpp"

namespace thalweg {

/// Counts over a phase.
struct TransitionCounts {
  std::int64_t transitions = 0, gradients = 0, divergences = 0, deepest = 0;  ///< deepest: those that hit max_depth
  double squared_errors = 0;                                                  ///< Σ W², see TransitionInfo::error
  TransitionCounts& operator+=(const TransitionCounts& other) {
    transitions += other.transitions;
    gradients += other.gradients;
    divergences += other.divergences;
    deepest += other.deepest;
    squared_errors += other.squared_errors;
    return *this;
  }
  bool operator==(const TransitionCounts&) const = default;
};

struct ChainState {
  std::int64_t transition = 0;   ///< number of completed transitions, warm-up included
  std::int64_t step_epoch = -1;  ///< epoch for which `step` was started
  std::int64_t restarts = 0;     ///< new starts in warm-up
  double log_p = 0;
  std::vector<double> x, gradient;  ///< [dimension]
  std::vector<double> carried;      ///< what the method goes on from beside them, see Kernel::carried
  DualAveraging::State step;
  EpochMoments moments;
  TransitionCounts warmup, sampling;
  bool operator==(const ChainState&) const = default;
};

}  // namespace thalweg
