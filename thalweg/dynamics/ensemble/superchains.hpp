// Have the particles forgotten their starts?
#pragma once
#include <cmath>
#include <span>
#include <vector>

#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/dynamics/superchain.hpp"

namespace thalweg {

/// Whether nested R-hat of the places now, one draw a chain, is below what chance explains for every coordinate.
///
/// Shapes  `centre`: [d], near the means.
/// Cost    one pass, one exchange of 2·d + 1 numbers a block of 32 particles and superchain in it.
inline bool superchains_agree(Particles& p, Collective& all, std::int64_t superchains, std::span<const double> centre) {
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  const std::size_t dimension = p.dimension();
  const auto k = static_cast<std::size_t>(superchains);
  const std::int64_t m = p.shard().total;
  if (k < 2 || m < 2 * superchains) return true;
  // of the particles of a block that are of one superchain: which, Σa and Σa² of each coordinate, a = x − centre
  const std::size_t numbers = 2 * dimension + 2;
  std::vector<double> mine;
  double* sums = nullptr;
  for (std::size_t i = 0; i < p.count(); ++i) {
    const std::int64_t number = p.shard().first + static_cast<std::int64_t>(i);
    const std::int64_t super = superchain_of(number, m, superchains);
    if (number % block_particles == 0 || i == 0 || super != superchain_of(number - 1, m, superchains)) {
      mine.resize(mine.size() + numbers);
      sums = mine.data() + mine.size() - numbers;
      sums[0] = static_cast<double>(super);
    }
    sums[1] += 1;
    const double* const x = p.x(i / lanes) + i % lanes;
    for (std::size_t j = 0; j < dimension; ++j) {
      const double a = x[j * lanes] - centre[j];
      sums[2 + j] += a;
      sums[2 + dimension + j] += a * a;
    }
  }
  const std::vector<double> parts = all.concatenate(mine);
  std::vector<double> totals(k * 2 * dimension + k);
  for (std::size_t at = 0; at < parts.size(); at += numbers) {
    const auto super = static_cast<std::size_t>(parts[at]);
    totals[2 * k * dimension + super] += parts[at + 1];
    for (std::size_t j = 0; j < dimension; ++j) {
      totals[super * dimension + j] += parts[at + 2 + j];
      totals[(k + super) * dimension + j] += parts[at + 2 + dimension + j];
    }
  }
  for (std::size_t j = 0; j < dimension; ++j) {
    double within = 0, mean = 0, squares = 0, noise = 0;
    for (std::size_t s = 0; s < k; ++s) {
      const double n = totals[2 * k * dimension + s], a = totals[s * dimension + j] / n;
      const double variance = (totals[(k + s) * dimension + j] / n - a * a) * n / std::max(n - 1, 1.0);
      within += variance / static_cast<double>(k);
      noise += 1 / n / static_cast<double>(k);
      mean += a / static_cast<double>(k);
      squares += a * a / static_cast<double>(k);
    }
    const double between = (squares - mean * mean) * static_cast<double>(k) / static_cast<double>(k - 1);
    // B/W fluctuates about its noise by √(2/(k−1)) of it
    const double chance = noise * (1 + 4 * std::sqrt(2 / static_cast<double>(k - 1)));
    if (!(between <= (chance + 1.01 * 1.01 - 1) * within)) return false;
  }
  return true;
}

}  // namespace thalweg
