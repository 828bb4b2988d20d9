#include "thalweg/trust/resample.hpp"

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/core/log_sum.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

/// Sums of the weights up to each, the last exactly 1.
std::vector<double> cumulative(std::span<const double> log_weights, double log_total) {
  std::vector<double> sums(log_weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sum += exp(log_weights[i] - log_total);
  for (double& s : sums) s /= sum;
  return sums;
}

std::vector<std::int64_t> systematic(const std::vector<double>& sums, std::size_t count, double u) {
  std::vector<std::int64_t> index;
  std::size_t i = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const double place = (static_cast<double>(k) + u) / static_cast<double>(count);
    while (sums[i] <= place && sums[i] < 1) ++i;
    index.push_back(static_cast<std::int64_t>(i));
  }
  return index;
}

std::vector<std::int64_t> smallest_times(std::span<const double> log_weights, std::size_t count, std::uint64_t seed,
                                         std::uint64_t step) {
  struct Arrival {
    double log_time;
    std::int64_t index;
    bool operator<(const Arrival& o) const {
      return log_time < o.log_time || (log_time == o.log_time && index < o.index);
    }
  };
  std::vector<Arrival> arrivals;
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    if (log_weights[i] == -infinity) continue;
    Random<double> random(seed, Purpose::resampling, i, step);
    arrivals.push_back({log(random.exponential()) - log_weights[i], static_cast<std::int64_t>(i)});
  }
  require(count <= arrivals.size(),
          "count without replacement must be at most the {} draws of positive weight; found {}", arrivals.size(),
          count);
  std::nth_element(arrivals.begin(), arrivals.begin() + static_cast<std::ptrdiff_t>(count), arrivals.end());
  std::vector<std::int64_t> index(count);
  for (std::size_t k = 0; k < count; ++k) index[k] = arrivals[k].index;
  std::sort(index.begin(), index.end());
  return index;
}

std::int64_t count_distinct(std::vector<std::int64_t> index) {
  std::sort(index.begin(), index.end());
  return std::unique(index.begin(), index.end()) - index.begin();
}

}  // namespace

Resampled resample(std::span<const double> log_weights, std::size_t count, Resampling method, std::uint64_t seed,
                   std::uint64_t step) {
  const double total = log_sum_exp(log_weights);
  require(total > -infinity && total < infinity,
          "log_weights must be finite or -inf, at least one finite; the log of their sum is {}", total);
  Resampled out;
  Random<double> random(seed, Purpose::resampling, 0, step);
  if (method == Resampling::without_replacement) {
    out.index = smallest_times(log_weights, count, seed, step);
  } else {
    const std::vector<double> sums = cumulative(log_weights, total);
    if (method == Resampling::systematic) out.index = systematic(sums, count, random.uniform());
    for (std::size_t k = 0; k < count && method == Resampling::with_replacement; ++k)
      out.index.push_back(std::upper_bound(sums.begin(), sums.end(), random.uniform()) - sums.begin());
  }
  out.distinct = count_distinct(out.index);
  return out;
}

}  // namespace thalweg
