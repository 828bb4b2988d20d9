// The length over which a microcanonical method should forget its direction, from how long its draws remember.
#pragma once
#include <algorithm>
#include <cmath>

#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {

/// Before draws have told:  √(Σ Var xᵢ/σᵢ²) of a diagonal metric; √d of a dense one.
inline double typical_length(const PooledEpoch& pooled, const Metric& metric) {
  const auto d = static_cast<double>(pooled.variance.size());
  if (metric.kind() == MetricKind::dense) return std::sqrt(d);
  const std::vector<double> assumed = metric.variances();
  double sum = 0;
  for (std::size_t i = 0; i < pooled.variance.size(); ++i) sum += pooled.variance[i] / assumed[i];
  return std::isfinite(sum) && sum > 0 ? std::sqrt(sum) : std::sqrt(d);
}

/// The L that draws at length L₀ ask for:  L² = c L₀ T,  T = path · correlation the way an independent draw takes.
/// Along a direction of standard deviation s the motion is an oscillator of frequency ω = 1/(s√d) (metric's widths 1).
/// As long as L is too short, T ∝ 1/(ω² L), so that L₀ T does not depend on L₀ and one look is enough:
///   mclmc:  u forgets itself as e^(−t/L), T = 2/(ω² L), and x² is independent soonest at ωL = 1: c = 1/2;
///   mams:   t is uniform on [0, 2L], T = 3/(ω² L), and x² is independent soonest at ωL = 0.88: c = 1/4.
/// With many frequencies it is the mean of T over the coordinates. A way longer than L₀ counts as the length.
inline double learned_length(double share, double length, double path, double correlation) {
  return std::sqrt(share * std::max(length, path) * path * correlation);
}

}  // namespace thalweg
