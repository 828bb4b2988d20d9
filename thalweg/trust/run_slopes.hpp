// The gradient against differences of log p, at points of a run.
#pragma once
#include "thalweg/trust/run_certificate.hpp"

namespace thalweg {

/// Compares at `points` rows of x, evenly spaced, along one random direction each, in units of the draws' standard
/// deviations. Steps that change log p by more than a nat are passed over. Comparisons that fail, or say little, are
/// made again with all of Ridders' steps, then with smaller ones; where one still fails,
/// each of up to 200 coordinates is compared, to name it.
///
/// Shapes  x, gradient: [n][d]; log_p: [n]; all finite.
SlopesOfRun slopes_of_run(const EvaluateRows& evaluate, std::span<const double> x, std::span<const double> gradient,
                          std::span<const double> log_p, std::size_t dimension, std::size_t points, std::uint64_t seed);

}  // namespace thalweg
