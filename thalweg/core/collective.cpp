#include "thalweg/core/collective.hpp"

#include <algorithm>
#include <limits>

#include "thalweg/core/error.hpp"

namespace thalweg {

Shard shard_of(std::int64_t total, int rank, int ranks) {
  require(total >= 0, "shard_of: total must be >= 0; found {}", total);
  require(0 <= rank && rank < ranks, "shard_of: expected 0 <= rank < ranks; found rank {} of {}", rank, ranks);
  const std::int64_t blocks = (total + block_particles - 1) / block_particles;
  const auto begin = [&](int r) { return std::min(total, blocks * r / ranks * block_particles); };
  return {rank, ranks, begin(rank), begin(rank + 1) - begin(rank), total};
}

/// results[q] from the numbers mine[q][particle of the shard].
template <class Combine>
void Collective::reduce(std::span<const double> mine, double empty, std::span<double> results, Combine combine) {
  const auto quantities = results.size(), particles = static_cast<std::size_t>(shard_.count);
  require(mine.size() == quantities * particles,
          "Collective: expected {} numbers ({} quantities of {} particles); found {}", quantities * particles,
          quantities, particles, mine.size());
  std::vector<double> blocks;  // block after block, all quantities of each
  for (std::size_t first = 0; first < particles; first += block_particles) {
    const std::size_t last = std::min(particles, first + static_cast<std::size_t>(block_particles));
    for (std::size_t q = 0; q < quantities; ++q) {
      double value = mine[q * particles + first];
      for (std::size_t i = first + 1; i < last; ++i) value = combine(value, mine[q * particles + i]);
      blocks.push_back(value);
    }
  }
  combine_blocks(blocks, empty, results, combine);
}

template <class Combine>
void Collective::combine_blocks(std::span<const double> blocks, double empty, std::span<double> results,
                                Combine combine) {
  const auto quantities = results.size();
  std::vector<double> tree = gather(blocks);
  std::size_t nodes = quantities == 0 ? 0 : tree.size() / quantities;
  if (nodes == 0) {
    std::fill(results.begin(), results.end(), empty);
    return;
  }
  for (; nodes > 1; nodes = (nodes + 1) / 2)
    for (std::size_t node = 0; node < nodes; node += 2)
      for (std::size_t q = 0; q < quantities; ++q) {
        const double left = tree[node * quantities + q];
        tree[node / 2 * quantities + q] = node + 1 < nodes ? combine(left, tree[(node + 1) * quantities + q]) : left;
      }
  std::copy_n(tree.begin(), quantities, results.begin());
}

void Collective::sum(std::span<const double> mine, std::span<double> sums) {
  reduce(mine, 0.0, sums, [](double a, double b) { return a + b; });
}
void Collective::sum_blocks(std::span<const double> blocks, std::span<double> sums) {
  const auto expected = static_cast<std::size_t>(shard_.blocks()) * sums.size();
  require(blocks.size() == expected, "Collective: expected {} numbers ({} quantities of {} blocks); found {}", expected,
          sums.size(), shard_.blocks(), blocks.size());
  BlockTree tree(sums.size(), shard_.first_block());
  for (std::int64_t block = 0; block < shard_.blocks(); ++block)
    tree.add(blocks.subspan(static_cast<std::size_t>(block) * sums.size(), sums.size()));
  sum_tree(tree, sums);
}
void Collective::sum_tree(const BlockTree& mine, std::span<double> sums) {
  const std::int64_t expected = shard_.first_block() + shard_.blocks();
  require(mine.quantities() == sums.size() && mine.next_block() == expected,
          "Collective: expected {} quantities of the blocks up to {}; found {} up to {}", sums.size(), expected,
          mine.quantities(), mine.next_block());
  const std::vector<double> nodes = concatenate(mine.nodes());
  BlockTree whole(sums.size());
  whole.add_nodes(nodes);
  whole.total(sums);
}
double Collective::sum(std::span<const double> mine) {
  double result;
  sum(mine, {&result, 1});
  return result;
}
double Collective::max(std::span<const double> mine) {
  double result;
  reduce(mine, -std::numeric_limits<double>::infinity(), {&result, 1},
         [](double a, double b) { return a != a || a > b ? a : b; });
  return result;
}
bool Collective::all(bool mine) {
  const double flag = mine ? 1 : 0;
  for (const double other : gather({&flag, 1}))
    if (other == 0) return false;
  return true;
}

std::vector<double> Collective::everyone(std::span<const double> mine) {
  require(std::ssize(mine) == shard_.count, "Collective: expected {} numbers, one a particle; found {}", shard_.count,
          mine.size());
  return gather(mine);
}
std::vector<double> Collective::concatenate(std::span<const double> mine) { return gather(mine); }
std::vector<double> Collective::fetch(std::span<const double> mine, std::size_t size,
                                      std::span<const std::int64_t> wanted) {
  require(mine.size() == size * static_cast<std::size_t>(shard_.count),
          "Collective: expected {} rows of {} numbers; found {} numbers", shard_.count, size, mine.size());
  for (const std::int64_t k : wanted)
    require(0 <= k && k < shard_.total, "Collective: particles are 0 ... {}; {} is wanted", shard_.total - 1, k);
  std::vector<double> rows(size * wanted.size());
  exchange(mine, size, wanted, rows.data());
  return rows;
}

}  // namespace thalweg
