#include "thalweg/sde/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "thalweg/core/collective.hpp"

namespace thalweg {
namespace {

using Function = std::function<double(std::int64_t path)>;

/// Σ over paths that are alive of some functions of a path, in the order that a Collective fixes.
std::vector<double> sums_of(const Ensemble& paths, const std::vector<Function>& functions, int threads) {
  std::vector<double> sums(functions.size());
  run_shards(paths.count(), threads, [&](Collective& collective) {
    const Shard& shard = collective.shard();
    std::vector<double> mine(static_cast<std::size_t>(shard.count));
    for (std::size_t q = 0; q < functions.size(); ++q) {
      for (std::int64_t k = 0; k < shard.count; ++k)
        mine[static_cast<std::size_t>(k)] = paths.alive(shard.first + k) ? functions[q](shard.first + k) : 0;
      const double sum = collective.sum(mine);
      if (shard.rank == 0) sums[q] = sum;
    }
  });
  return sums;
}

void add_moments(Observation& seen, const Ensemble& paths, std::size_t d, int threads) {
  std::vector<Function> first{[](std::int64_t) { return 1.0; }};
  for (std::size_t i = 0; i < d; ++i)
    first.push_back([&paths, i](std::int64_t p) { return paths.x(p, static_cast<std::int64_t>(i)); });
  const std::vector<double> sums = sums_of(paths, first, threads);
  const double n = sums[0];
  seen.paths = static_cast<std::int64_t>(n);
  seen.mean.resize(d), seen.variance.resize(d);
  std::vector<Function> central;
  for (std::size_t i = 0; i < d; ++i) {
    const double mean = sums[i + 1] / n;
    seen.mean[i].value = mean;
    for (const int power : {2, 4})
      central.push_back([&paths, i, mean, power](std::int64_t p) {
        const double r = paths.x(p, static_cast<std::int64_t>(i)) - mean, r2 = r * r;
        return power == 2 ? r2 : r2 * r2;
      });
  }
  const std::vector<double> moments = sums_of(paths, central, threads);
  for (std::size_t i = 0; i < d; ++i) {
    const double variance = moments[2 * i] / (n - 1), second = moments[2 * i] / n, fourth = moments[2 * i + 1] / n;
    seen.mean[i].standard_error = std::sqrt(variance / n);
    seen.variance[i].value = variance;
    seen.variance[i].standard_error = std::sqrt(std::max(fourth - second * second, 0.0) / n);
  }
}

void add_covariance(Observation& seen, const Ensemble& paths, std::size_t d, int threads) {
  std::vector<Function> products;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      products.push_back([&paths, i, j, a = seen.mean[i].value, b = seen.mean[j].value](std::int64_t p) {
        return (paths.x(p, static_cast<std::int64_t>(i)) - a) * (paths.x(p, static_cast<std::int64_t>(j)) - b);
      });
  const std::vector<double> sums = sums_of(paths, products, threads);
  seen.covariance.resize(d * d);
  for (std::size_t i = 0, at = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++at)
      seen.covariance[i * d + j] = seen.covariance[j * d + i] = sums[at] / static_cast<double>(seen.paths - 1);
}

std::vector<double> column_of(const Ensemble& paths, std::int64_t i) {
  std::vector<double> column;
  column.reserve(static_cast<std::size_t>(paths.count()));
  for (std::int64_t p = 0; p < paths.count(); ++p)
    if (paths.alive(p)) column.push_back(paths.x(p, i));
  return column;
}

Histogram histogram_of(const Ensemble& paths, const Bins& bins) {
  Histogram h{bins, std::vector<std::int64_t>(static_cast<std::size_t>(bins.count))};
  const double scale = static_cast<double>(bins.count) / (bins.high - bins.low);
  for (std::int64_t p = 0; p < paths.count(); ++p) {
    if (!paths.alive(p)) continue;
    const double at = (paths.x(p, bins.coordinate) - bins.low) * scale;
    if (at < 0)
      ++h.below;
    else if (at >= static_cast<double>(bins.count))
      ++h.above;
    else
      ++h.counts[static_cast<std::size_t>(at)];
  }
  return h;
}

/// The mean of numbers and the standard error of it.
struct Mean {
  double value, error;
};
Mean mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double mean = sum / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / (n * (n - 1)))};
}

}  // namespace

std::vector<Quantile> quantiles_of(std::span<double> values, std::span<const double> probabilities) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const auto at = [&](double rank) {  // linear between order statistics 0, 1, …, n − 1
    rank = std::clamp(rank, 0.0, n - 1);
    const auto low = static_cast<std::size_t>(rank), high = std::min(low + 1, values.size() - 1);
    return std::lerp(values[low], values[high], rank - static_cast<double>(low));
  };
  std::vector<Quantile> quantiles;
  for (const double p : probabilities) {
    if (values.empty()) {
      quantiles.push_back({p, not_a_number, not_a_number});
      continue;
    }
    const double rank = p * (n - 1), spread = std::sqrt(n * p * (1 - p));
    quantiles.push_back({p, at(rank), 0.5 * (at(rank + spread) - at(rank - spread))});
  }
  return quantiles;
}

Observation observe(const Ensemble& paths, double time, const ObservationRequest& request, int threads) {
  Observation seen;
  seen.time = time;
  const std::size_t d = paths.dimension();
  add_moments(seen, paths, d, threads);
  if (request.covariance) add_covariance(seen, paths, d, threads);
  if (!request.probabilities.empty())
    for (std::size_t i = 0; i < d; ++i) {
      std::vector<double> column = column_of(paths, static_cast<std::int64_t>(i));
      seen.quantiles.push_back(quantiles_of(column, request.probabilities));
    }
  for (const Bins& bins : request.histograms) seen.histograms.push_back(histogram_of(paths, bins));
  return seen;
}

void add_bias(Observation& observation, const Ensemble& fine, const Ensemble& coarse, double weak_order) {
  const double factor = 1 / (std::exp2(weak_order) - 1);
  for (std::size_t i = 0; i < fine.dimension(); ++i) {
    std::vector<double> x, y, difference;
    for (std::int64_t p = 0; p < coarse.count(); ++p)
      if (fine.alive(p) && coarse.alive(p)) {
        x.push_back(fine.x(p, static_cast<std::int64_t>(i)));
        y.push_back(coarse.x(p, static_cast<std::int64_t>(i)));
        difference.push_back(y.back() - x.back());
      }
    const Mean of_mean = mean_of(difference);
    observation.mean[i].bias = factor * of_mean.value;
    observation.mean[i].bias_error = factor * of_mean.error;
    const double a = mean_of(x).value, b = mean_of(y).value;
    for (std::size_t p = 0; p < x.size(); ++p) difference[p] = (y[p] - b) * (y[p] - b) - (x[p] - a) * (x[p] - a);
    const Mean of_variance = mean_of(difference);
    observation.variance[i].bias = factor * of_variance.value;
    observation.variance[i].bias_error = factor * of_variance.error;
  }
}

}  // namespace thalweg
