// Particles that warm-up has left far below the others are given places of others.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/dynamics/superchain.hpp"

namespace thalweg {

/// A particle is lost when its log p is lower than the mean of the upper ones by more than 10 of their standard
/// deviations and 20 nats: a place that holds nothing of the distribution, as chain by chain in PooledEpoch. It goes to
/// where the first sound particle of a superchain is, in turn. For warm-up only: afterwards it would not be exact.
///
/// Shapes  `moved`: one mask a pack, receives who was moved; x is written, what belongs to it is for the caller.
/// Cost    four passes over log p, one exchange of d numbers a superchain when any is lost.
/// Returns how many were lost, the same on all shards; 0 too when there is nowhere to go.
inline std::int64_t rescue_lost(Particles& p, Collective& all, std::int64_t superchains,
                                std::vector<Mask<Particles::Reals>>& moved) {
  using Real = Particles::Reals;
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  double totals[3], mean = 0, spread = 0, lowest = -infinity;
  BlockSums sums(3);
  const auto measure = [&](double from) {
    sums.begin(p.shard());
    for (std::size_t pack = 0; pack < p.packs(); ++pack) {
      const Real log_p = p.pack_scalar(log_p_of, pack);
      const auto counts = is_finite(log_p) && log_p >= Real(from);
      const Real off = select(counts, log_p - mean, Real(0.0));
      sums.add(0, select(counts, Real(1.0), Real(0.0)), p.live(pack));
      sums.add(1, off, p.live(pack));
      sums.add(2, off * off, p.live(pack));
      if (ends_block(p, pack)) sums.end_block();
    }
    sums.total(all, totals);
    const double n = std::max(totals[0], 1.0), shift = totals[1] / n;
    mean += shift;
    spread = std::sqrt(std::max(totals[2] / n - shift * shift, 0.0));
  };
  measure(-infinity);
  measure(mean);  // the upper half
  measure(mean - 10 * spread - 20);
  lowest = mean - 10 * spread - 20;
  const auto lost = static_cast<std::int64_t>(static_cast<double>(p.shard().total) - totals[0]);
  moved.assign(p.packs(), Real(0.0) > Real(1.0));
  if (lost == 0 || lost == p.shard().total) return 0;

  // the first particle of each superchain, where it is sound
  const std::size_t d = p.dimension();
  std::vector<double> mine(d);
  std::size_t offered = 0;
  const auto superchain = [&](std::int64_t n) { return superchain_of(n, p.shard().total, superchains); };
  for (std::size_t i = 0; i < p.count(); ++i) {
    const std::int64_t n = p.shard().first + static_cast<std::int64_t>(i);
    if (n > 0 && superchain(n) == superchain(n - 1)) continue;
    if (!(p.scalar_of(log_p_of, i) >= lowest)) continue;
    mine.resize((offered + 1) * d);
    p.read(0, i, mine.data() + offered++ * d);
  }
  mine.resize(offered * d);
  const std::vector<double> places = all.concatenate(mine);
  std::vector<const double*> sound;
  for (std::size_t at = 0; at < places.size(); at += d) sound.push_back(&places[at]);
  if (sound.empty()) return 0;
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    Real flag = 0.0;
    for (int lane = 0; lane < Particles::lanes; ++lane) {
      if (p.scalar(log_p_of, pack)[lane] >= lowest) continue;
      flag.set(lane, 1.0);
      const double* const from =
          sound[static_cast<std::size_t>(p.number(pack) + static_cast<std::uint64_t>(lane)) % sound.size()];
      for (std::size_t j = 0; j < d; ++j) p.x(pack)[j * lanes + static_cast<std::size_t>(lane)] = from[j];
    }
    moved[pack] = flag > Real(0.5);
  }
  return lost;
}

}  // namespace thalweg
