// What a run says of its way from a reference to the density.
#pragma once
#include <cstddef>
#include <vector>

namespace thalweg {

/// Stages of a path, from the first after the reference to β = 1.
///
/// Shapes  one number a stage; ais does not count moves and acceptances, of which it has one a stage.
struct AnnealingFacts {
  std::vector<double> beta, ess, moves, acceptance;  ///< ess: a share of the particles, before resampling
  /// Of ais, the settings of each stage, so that it can be walked back: step sizes, and standard deviations of the
  /// metric, [stage][d].
  std::vector<double> step_sizes, metrics;
  bool gaussian = false;   ///< the reference is one, not the prior
  double lower_bound = 0;  ///< ais: the mean of the log weights
  bool operator==(const AnnealingFacts&) const = default;
};

}  // namespace thalweg
