// How many standard errors draws are away from exact moments.
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tests/dynamics/run_in_memory.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg::test {

/// Largest |z| over all variables of the means of x and of (x − mean)², against the exact moments. The standard error
/// comes from the spread of the chain means: chains are independent, whatever their autocorrelation.
inline double largest_z(const MemorySink& sink, const Moments& truth) {
  double worst = 0;
  for (std::size_t j = 0; j < truth.mean.size(); ++j) {
    for (const bool square : {false, true}) {
      const double expected = square ? truth.variance[j] : truth.mean[j];
      if (!std::isfinite(expected)) continue;
      std::vector<double> means;
      for (const auto& [key, rows] : sink.tracks) {
        double sum = 0;
        for (const auto& row : rows) {
          const double x = row[statistic_count + j];
          sum += square ? (x - truth.mean[j]) * (x - truth.mean[j]) : x;
        }
        means.push_back(sum / static_cast<double>(rows.size()));
      }
      const double n = static_cast<double>(means.size()), mean = std::accumulate(means.begin(), means.end(), 0.0) / n;
      double squares = 0;
      for (const double m : means) squares += (m - mean) * (m - mean);
      worst = std::max(worst, std::fabs(mean - expected) / std::sqrt(squares / (n - 1) / n));
    }
  }
  return worst;
}

}  // namespace thalweg::test
