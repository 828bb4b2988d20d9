// What is known of an ensemble at one time: means, variances, quantiles, histograms, with their errors.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/sde/ensemble.hpp"

namespace thalweg {

/// A number with the two errors that it has: of chance, and of the step.
struct Estimate {
  double value = 0;
  double standard_error = 0;  ///< Monte-Carlo
  double bias = 0;            ///< estimated discretisation bias (value − bias is the extrapolated estimate)
  double bias_error = 0;      ///< standard error of that estimate
};

/// Counts of one coordinate in equal bins of [low, high); what lies outside is counted too.
struct Bins {
  std::int64_t coordinate = 0;
  double low = 0, high = 1;
  std::int64_t count = 100;
};
struct Histogram {
  Bins bins;
  std::vector<std::int64_t> counts;
  std::int64_t below = 0, above = 0;
};

struct Quantile {
  double probability = 0, value = 0;
  double standard_error = 0;  ///< half the distance between the quantiles one standard error of the rank away
};

/// All that is asked of a time.
struct ObservationRequest {
  bool covariance = false;
  std::vector<double> probabilities = {};
  std::vector<Bins> histograms = {};
};

struct Observation {
  double time = 0;
  std::int64_t paths = 0;  ///< those that are finite; all numbers are of them
  std::vector<Estimate> mean, variance;
  std::vector<double> covariance = {};                ///< [d][d]; empty unless asked for
  std::vector<std::vector<Quantile>> quantiles = {};  ///< [coordinate][probability]
  std::vector<Histogram> histograms = {};
};

/// Sums run over blocks of 32 paths and a binary tree of blocks: the same bits for any number of threads.
Observation observe(const Ensemble& paths, double time, const ObservationRequest& request, int threads);

/// Fills in the biases of means and variances from the first paths of `fine` and the same paths with steps twice as
/// long, for a scheme of weak order p:  bias = (E_2h − E_h)/(2^p − 1),  with the standard error of the paired
/// difference.
void add_bias(Observation& observation, const Ensemble& fine, const Ensemble& coarse, double weak_order);

/// Quantiles of any numbers, which are reordered.
std::vector<Quantile> quantiles_of(std::span<double> values, std::span<const double> probabilities);

}  // namespace thalweg
