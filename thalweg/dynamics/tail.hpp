// A tail: where a biased run of an ensemble ended, an exact method goes on with full gradients.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg {

struct TailSettings {
  std::int64_t draws = 1000;  ///< over all its chains
  std::int64_t chains = 32;   ///< at most; evenly spaced among the particles
};

/// The draws of a tail: what the biased ones are compared with.
struct Tail {
  std::int64_t chains = 0, draws = 0;  ///< draws: of each chain
  SampleOutcome outcome;               ///< finished: false when it was interrupted
  std::vector<double> values;          ///< [value of a draw, see Model::variables][chain][draw]
  std::span<const double> column(std::int64_t k) const {
    return std::span(values).subspan(static_cast<std::size_t>(k * chains * draws),
                                     static_cast<std::size_t>(chains * draws));
  }
};

/// NUTS from the places of the particles in a checkpoint, with the run's temperature. It begins with the variances of
/// those places for its metric, and its warm-up lasts until it has settled: what the places had of a bias is forgotten
/// by then. The run itself is left as it is.
///
/// Cost    about 5,000 to 50,000 full gradients with the defaults.
/// Random  streams of a seed of its own, made from the run's.
/// Errors  std::invalid_argument on a run that is no ensemble or has temperature 0; Error as `sample`.
Tail full_gradient_tail(const Model& model, const Checkpoint& checkpoint, const TailSettings& settings,
                        const Execution& execution, Clock& clock, Observer& observer);

}  // namespace thalweg
