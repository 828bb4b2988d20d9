#include "thalweg/fokker_planck/series_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace thalweg::fokker_planck {
namespace {

/// Sums from the smallest terms on, so that the sum is right to rounding.
void normalise(std::vector<double>& weights) {
  std::vector<double> sorted = weights;
  std::sort(sorted.begin(), sorted.end());
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  for (double& w : weights) w /= sum;
}

}  // namespace

SeriesWeights poisson_weights(double mean, double tail) {
  if (mean == 0) return {0, {1.0}, 0};
  const auto mode = static_cast<std::size_t>(mean);
  // relative to the mode, whose weight is below one and above 1/(4 √(mean + 1))
  const double enough = tail / (4 * std::sqrt(mean + 1));
  std::vector<double> up{1.0}, down;
  double above = 1, below = 1;
  for (std::size_t k = mode;; ++k) {
    const double ratio = mean / static_cast<double>(k + 1);
    if (ratio < 1 && up.back() * ratio / (1 - ratio) <= enough) {
      above = up.back() * ratio / (1 - ratio);
      break;
    }
    up.push_back(up.back() * ratio);
  }
  std::size_t first = mode;
  for (double w = 1;; --first) {
    const double ratio = static_cast<double>(first) / mean;
    below = first == 0 ? 0 : ratio < 1 ? w * ratio / (1 - ratio) : 1;
    if (below <= enough) break;
    w *= ratio;
    down.push_back(w);
  }
  std::reverse(down.begin(), down.end());
  down.insert(down.end(), up.begin(), up.end());
  normalise(down);
  return {first, std::move(down), above + below};
}

SeriesWeights bessel_weights(double tau, double tail) {
  if (tau == 0) return {0, {1.0}, 0};
  // I_{k+1}/I_k <= τ/(k + 1 + √((k + 1)² + τ²)) (Amos 1974), so the terms fall at least as fast as these products
  std::size_t degree = 0;
  double bound = 1;
  for (double term = 1;; ++degree) {
    const double k = static_cast<double>(degree) + 1, ratio = tau / (k + std::sqrt(k * k + tau * tau));
    bound = 2 * term * ratio / (1 - ratio);
    if (bound <= tail) break;
    term *= ratio;
  }
  // backward from where terms are negligible even against the last that is kept
  const std::size_t start = degree + 20 + static_cast<std::size_t>(8 * std::sqrt(static_cast<double>(degree)));
  std::vector<double> weights(degree + 1);
  double next = 0, here = 1e-300;
  for (std::size_t k = start; k > 0; --k) {
    const double previous = next + 2 * static_cast<double>(k) / tau * here;
    next = here;
    here = previous;
    if (k - 1 <= degree) weights[k - 1] = here;
    if (here > 1e250) {
      for (double& w : weights) w *= 1e-280;
      next *= 1e-280;
      here *= 1e-280;
    }
  }
  for (std::size_t k = 1; k <= degree; ++k) weights[k] *= 2;
  normalise(weights);
  return {0, std::move(weights), bound};
}

}  // namespace thalweg::fokker_planck
