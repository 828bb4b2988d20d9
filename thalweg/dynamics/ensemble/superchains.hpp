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
/// Cost    one pass, one exchange of 2·d numbers a superchain and block.
inline bool superchains_agree(Particles& p, Collective& all, std::int64_t superchains, std::span<const double> centre) {
  using Real = Particles::Reals;
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  const std::size_t dimension = p.dimension();
  const auto k = static_cast<std::size_t>(superchains);
  const std::int64_t m = p.shard().total;
  if (k < 2 || m < 2 * superchains) return true;
  BlockSums sums(k * 2 * dimension + k);
  sums.begin(p.shard());
  std::vector<double> totals(k * 2 * dimension + k);
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    for (int lane = 0; lane < p.live(pack); ++lane) {
      const auto number = static_cast<std::int64_t>(p.number(pack)) + lane;
      const auto super = static_cast<std::size_t>(superchain_of(number, m, superchains));
      Real one = 0.0;
      one.set(lane, 1.0);
      sums.add(2 * k * dimension + super, one, p.live(pack));
      for (std::size_t j = 0; j < dimension; ++j) {
        const double a = p.x(pack)[j * lanes + static_cast<std::size_t>(lane)] - centre[j];
        Real value = 0.0;
        value.set(lane, a);
        sums.add(super * dimension + j, value, p.live(pack));
        value.set(lane, a * a);
        sums.add((k + super) * dimension + j, value, p.live(pack));
      }
    }
    if (ends_block(p, pack)) sums.end_block();
  }
  sums.total(all, totals);
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
