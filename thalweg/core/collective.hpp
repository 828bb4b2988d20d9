// An ensemble cut into shards, and the questions a shard may ask about the whole.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "thalweg/core/block_tree.hpp"
#include "thalweg/core/world.hpp"

namespace thalweg {

/// Particles of one block of a reduction. Part of what decides bits: never change it.
inline constexpr std::int64_t block_particles = 32;

/// The particles [first, first + count) of `total`: whole blocks, but for the last block of the ensemble.
struct Shard {
  int rank = 0, ranks = 1;
  std::int64_t first = 0, count = 0, total = 0;

  std::int64_t first_block() const { return first / block_particles; }
  std::int64_t blocks() const { return (count + block_particles - 1) / block_particles; }
};
/// Shard `rank` of `ranks`: blocks are dealt out evenly, in order. A shard may be empty when blocks are few.
/// Throws std::invalid_argument unless total ≥ 0 and 0 ≤ rank < ranks.
Shard shard_of(std::int64_t total, int rank, int ranks);

/// The particles of one process of `world`: those of its threads in `run_shards`. rank and ranks are the process's. All
/// processes call it.
Shard share_of(World& world, std::int64_t total, int threads);

/// Global statistics of an ensemble, as one shard sees it. Every shard must make the same calls in the same order, and
/// every shard gets the same answer.
///
/// A reduction runs over blocks of 32 particles numbered by particle: within a block in particle order, then a binary
/// tree over block numbers (neighbours are combined, level by level; an odd last one goes up as it is). So the bits do
/// not depend on the number of shards, threads or machines.
///
/// Cost  one pass over the shard, one exchange of one number a block and quantity; of sums of blocks one a quantity and
///       node of the tree that a shard cannot complete alone: two a level.
class Collective {
 public:
  explicit Collective(const Shard& shard) : shard_(shard) {}
  virtual ~Collective() = default;
  Collective(const Collective&) = delete;
  Collective& operator=(const Collective&) = delete;

  const Shard& shard() const { return shard_; }

  /// Σ over all particles; `mine` holds one number for each particle of the shard.
  double sum(std::span<const double> mine);
  /// Several sums with one exchange: `mine` is [quantity][particle of the shard], `sums` has one place a quantity.
  void sum(std::span<const double> mine, std::span<double> sums);
  /// Sums of which each block is there already: `blocks` is [block of the shard][quantity]. How a block was summed must
  /// not depend on the shards either.
  void sum_blocks(std::span<const double> blocks, std::span<double> sums);
  /// The same from what a shard's blocks were folded into on the way, beginning with its first block.
  void sum_tree(const BlockTree& mine, std::span<double> sums);
  /// The largest number of all particles; −∞ for none, NaN if any is NaN.
  double max(std::span<const double> mine);
  /// True when `mine` is true on every shard.
  bool all(bool mine);
  /// The numbers of all particles in their order; `mine` holds one for each particle of the shard.
  std::vector<double> everyone(std::span<const double> mine);
  /// Numbers of all shards, as many as each has, one shard after another: in the order of their particles.
  std::vector<double> concatenate(std::span<const double> mine);
  /// Rows of particles, wherever they are: `mine` holds a row of `size` numbers for each particle of the shard, and row
  /// k of the answer is that of particle wanted[k] of the ensemble.
  ///
  /// Cost  a copy of each row that is wanted.
  std::vector<double> fetch(std::span<const double> mine, std::size_t size, std::span<const std::int64_t> wanted);

 protected:
  /// The numbers of all shards one after another, in rank order: `mine` are this shard's. Waits for all.
  virtual std::vector<double> gather(std::span<const double> mine) = 0;
  /// Rows of other shards; what is wanted is in range. Waits for all.
  virtual void exchange(std::span<const double> mine, std::size_t size, std::span<const std::int64_t> wanted,
                        double* rows) = 0;

 private:
  template <class Combine>
  void reduce(std::span<const double> mine, double empty, std::span<double> results, Combine combine);
  template <class Combine>
  void combine_blocks(std::span<const double> blocks, double empty, std::span<double> results, Combine combine);
  Shard shard_;
};

/// Runs `work` on `threads` threads at once (the caller's is one of them), each with its shard of `total` particles.
/// When one throws, the others leave at their next question, and the exception of the lowest rank that failed by
/// itself is rethrown.
///
/// With `world`, all its processes call this, each with threads of its own: the ensemble is cut into a shard for each
/// thread of all of them, in the order of processes. A process whose `work` has thrown must abandon the world: the
/// others wait for it.
void run_shards(std::int64_t total, int threads, const std::function<void(Collective&)>& work, World* world = nullptr);

}  // namespace thalweg
