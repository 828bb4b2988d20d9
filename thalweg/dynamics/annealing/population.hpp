// Weighted populations on a path: the next temperature, what weights add to log Z, who has how many children.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/core/math.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// What a change δ of β does to particles of weights W (of sum 1) and tilts t:
///   log_mean = log Σ W exp(δ t),  ess = (Σ W exp(δ t))² / Σ W exp(2 δ t).
///
/// Units  ess: a share of the particles that have a finite tilt, in [0, 1]; 0 when none has.
struct Reweighting {
  double log_mean = -infinity, ess = 0;
};
inline Reweighting reweight(std::span<const double> weights, std::span<const double> tilts, double delta) {
  double most = -infinity;
  for (const double t : tilts)
    if (t != -infinity) most = std::max(most, delta * t);
  if (most == -infinity) return {};
  double sum = 0, squares = 0, alive = 0;
  for (std::size_t i = 0; i < tilts.size(); ++i) {
    if (tilts[i] == -infinity) continue;
    const double u = exp(delta * tilts[i] - most);
    sum += weights[i] * u;
    squares += weights[i] * u * u;
    alive += weights[i];
  }
  return {log(sum) + most, sum * sum / (squares * alive)};
}

/// The largest δ ≤ `most` that leaves an effective share `wanted` of the particles, to 0.1 %, by bisection.
inline double next_step(std::span<const double> weights, std::span<const double> tilts, double most, double wanted) {
  if (reweight(weights, tilts, most).ess >= wanted) return most;
  double low = 0, high = most;
  for (int k = 0; k < 200; ++k) {
    const double middle = 0.5 * (low + high), ess = reweight(weights, tilts, middle).ess;
    (ess >= wanted ? low : high) = middle;
    if (std::abs(ess - wanted) < 1e-3 * wanted || high - low < 1e-12 * high) return middle;
  }
  return 0.5 * (low + high);
}

/// Weights of sum 1 from their logarithms; all 0 when every one is −∞.
inline std::vector<double> normalised(std::span<const double> log_weights) {
  double most = -infinity, sum = 0;
  for (const double w : log_weights) most = std::max(most, w);
  std::vector<double> weights(log_weights.size(), 0);
  if (most == -infinity) return weights;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] = exp(log_weights[i] - most);
  for (double& w : weights) w /= sum;
  return weights;
}
inline double effective_size(std::span<const double> weights) {
  double squares = 0;
  for (const double w : weights) squares += w * w;
  return squares > 0 ? 1 / squares : 0;
}

/// The particle that each place takes: place k that in whose share of [0, 1) the point (k + u)/n falls. Particle i has
/// n·Wᵢ children, rounded up or down, one after another; the order of families stays.
///
/// Source  Kitagawa (1996), J. Comput. Graph. Stat. 5, 1–25.
inline std::vector<std::int64_t> systematic_ancestors(std::span<const double> weights, double u) {
  const auto n = static_cast<double>(weights.size());
  std::vector<std::int64_t> ancestors(weights.size());
  double sum = 0;
  for (const double w : weights) sum += w;
  double upto = weights.empty() ? 0 : weights[0];
  std::size_t i = 0, last = 0;
  for (std::size_t k = 0; k < ancestors.size(); ++k) {
    const double point = sum * (static_cast<double>(k) + u) / n;
    while (point >= upto && i + 1 < weights.size()) upto += weights[++i];
    if (weights[i] > 0) last = i;  // rounding may lead past the last that has a weight
    ancestors[k] = static_cast<std::int64_t>(last);
  }
  return ancestors;
}

/// The standard error of log Ẑ from what became of families: the G groups of particles that had equal shares of the
/// weight in the beginning. Their resampling keeps the order, so that a family of many gets its share of children but
/// for one, and its share of the weight is Ẑ_g/Σ Ẑ_g, Ẑ_g what it would have found alone, nearly independent of others:
///   se² = Σ_g (G w_g − 1)² / (G (G − 1)).
///
/// Source  the idea: Chan & Lai (2013), Ann. Stat. 41, 2877–2904; Lee & Whiteley (2018), Biometrika 105, 609–625.
inline double error_of_families(std::span<const double> shares) {
  const auto g = static_cast<double>(shares.size());
  if (shares.size() < 2) return infinity;
  double sum = 0;
  for (const double w : shares) sum += (g * w - 1) * (g * w - 1);
  return std::sqrt(sum / (g * (g - 1)));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
