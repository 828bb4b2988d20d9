// Inverse temperatures between a density and its reference, spread so that neighbours swap equally often.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "thalweg/core/math.hpp"

namespace thalweg {

/// What a run says of its ladder. Rung 0 is the density, the last one the reference.
struct LadderFacts {
  std::vector<double> beta;        ///< 1 = β₀ > β₁ > … = 0
  std::vector<double> acceptance;  ///< mean, of the swaps of rungs k and k + 1
  bool gaussian = false;           ///< the reference is one, not the prior
  double round_trips = 0;          ///< from the density to the reference and back, over all replicas
  bool operator==(const LadderFacts&) const = default;
  /// Λ = Σ (1 − acceptance): the communication barrier, the least number of rejections between reference and density.
  double barrier() const {
    double sum = 0;
    for (const double a : acceptance) sum += 1 - a;
    return sum;
  }
  double least_acceptance() const {
    return acceptance.empty() ? 1 : *std::min_element(acceptance.begin(), acceptance.end());
  }
};

/// A ladder and where its rungs lie between those of the ladder before: 2.25 is a quarter of the way from rung 2 to 3.
struct NextLadder {
  std::vector<double> beta, place;
};

/// n rungs before anything is known: β = ((n − 1 − k)/(n − 1))⁴, dense near the reference, where a likelihood bites.
inline std::vector<double> first_ladder(int rungs) {
  std::vector<double> beta;
  for (int k = 0; k < rungs; ++k) {
    const double u = static_cast<double>(rungs - 1 - k) / static_cast<double>(rungs - 1);
    beta.push_back(u * u * u * u);
  }
  return beta;
}

/// Length of the path between two rungs from the mean acceptance a of their swaps: 1 − a where they are close; where
/// they are far, what it would be if the tilts of both were normal: a = erfc(√π/2 · length). It keeps growing where 1 −
/// a cannot.
inline double length_between(double acceptance) {
  const double a = std::clamp(acceptance, 1e-10, 1.0);
  return std::max(-1.1283791670955126 / 1.4142135623730951 * normal_quantile(0.5 * a), 0.0);
}

/// The ladder of `rungs` rungs, or of 2Λ + 1 (at most `most`) when that is 0, whose rungs are equally far apart by what
/// the swaps of this one say; between rungs lengths are linear in β^¼.
///
/// Source  Syed, Bouchard-Côté, Deligiannidis & Doucet (2022), J. R. Stat. Soc. B 84, 321–350, section 5.
inline NextLadder next_ladder(const std::vector<double>& beta, const std::vector<double>& acceptance, int rungs,
                              int most) {
  const std::size_t intervals = acceptance.size();
  double barrier = 0;
  for (const double a : acceptance) barrier += length_between(a);
  const double least = 1e-3 * std::max(barrier, 1e-3) / static_cast<double>(intervals);  // of an interval
  std::vector<double> upto{0};
  for (const double a : acceptance) upto.push_back(upto.back() + std::max(length_between(a), least));
  if (rungs == 0) rungs = static_cast<int>(std::clamp(std::ceil(2 * barrier) + 1, 2.0, static_cast<double>(most)));
  NextLadder next;
  std::size_t i = 0;
  for (int k = 0; k < rungs; ++k) {
    const double at = upto.back() * static_cast<double>(k) / static_cast<double>(rungs - 1);
    while (i + 1 < intervals && at > upto[i + 1]) ++i;
    const double share = std::clamp((at - upto[i]) / (upto[i + 1] - upto[i]), 0.0, 1.0);
    const double high = std::sqrt(std::sqrt(beta[i])), low = std::sqrt(std::sqrt(beta[i + 1]));
    const double u = high + share * (low - high);
    next.beta.push_back(u * u * u * u);
    next.place.push_back(static_cast<double>(i) + share);
  }
  next.beta.front() = 1, next.beta.back() = 0;
  next.place.front() = 0, next.place.back() = static_cast<double>(intervals);
  return next;
}

}  // namespace thalweg
