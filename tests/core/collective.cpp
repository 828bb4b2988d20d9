#include "thalweg/core/collective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

/// Numbers of very different size, so that every order of summation gives other bits.
std::vector<double> rough_numbers(std::int64_t n, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 0, 0);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& v : x) v = random.normal() * std::exp(6 * random.normal());
  return x;
}

/// One sum over `x` with so many threads; every shard must see the same.
double sum_with(const std::vector<double>& x, int threads) {
  std::mutex mutex;
  std::vector<double> seen;
  run_shards(static_cast<std::int64_t>(x.size()), threads, [&](Collective& all) {
    const auto& s = all.shard();
    const double r =
        all.sum(std::span(x).subspan(static_cast<std::size_t>(s.first), static_cast<std::size_t>(s.count)));
    const std::lock_guard lock(mutex);
    seen.push_back(r);
  });
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(threads));
  for (const double r : seen) EXPECT_EQ(std::bit_cast<std::uint64_t>(r), std::bit_cast<std::uint64_t>(seen[0]));
  return seen[0];
}

TEST(Shards, DealOutWholeBlocksInOrder) {
  for (const std::int64_t total : {0, 1, 31, 32, 33, 64, 100, 1000, 4097})
    for (int ranks = 1; ranks <= 9; ++ranks) {
      std::int64_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const Shard s = shard_of(total, rank, ranks);
        EXPECT_EQ(s.first, next);
        if (s.count > 0) {
          EXPECT_EQ(s.first % block_particles, 0);
        }
        next = s.first + s.count;
      }
      EXPECT_EQ(next, total);
    }
}

TEST(Shards, AreEvenToOneBlock) {
  for (int ranks = 1; ranks <= 7; ++ranks)
    for (int rank = 0; rank < ranks; ++rank) {
      const auto blocks = shard_of(3200, rank, ranks).blocks();
      EXPECT_GE(blocks, 100 / ranks);
      EXPECT_LE(blocks, 100 / ranks + 1);
    }
}

TEST(Shards, RefuseARankThatIsNotThere) {
  EXPECT_THROW(shard_of(10, 2, 2), std::invalid_argument);
  EXPECT_THROW(shard_of(-1, 0, 1), std::invalid_argument);
}

TEST(Collective, SumsInBlocksAndATree) {
  // 5 blocks: ((b0 + b1) + (b2 + b3)) + b4
  const auto x = rough_numbers(4 * 32 + 7, 1);
  double b[5];
  for (std::size_t k = 0; k < 5; ++k) {
    b[k] = x[32 * k];
    for (std::size_t i = 32 * k + 1; i < std::min<std::size_t>(x.size(), 32 * k + 32); ++i) b[k] += x[i];
  }
  EXPECT_EQ(sum_with(x, 1), ((b[0] + b[1]) + (b[2] + b[3])) + b[4]);
}

TEST(Collective, SumHasTheSameBitsForOneToSevenThreads) {
  for (const std::int64_t total : {1, 32, 33, 200, 1000, 5000}) {
    const auto x = rough_numbers(total, static_cast<std::uint64_t>(total));
    const double one = sum_with(x, 1);
    for (int threads = 2; threads <= 7; ++threads)
      EXPECT_EQ(std::bit_cast<std::uint64_t>(sum_with(x, threads)), std::bit_cast<std::uint64_t>(one))
          << total << " particles, " << threads << " threads";
  }
}

TEST(Collective, PartialSumsPerThreadWouldChangeTheBits) {
  // What the design forbids: the test above would catch it.
  const auto x = rough_numbers(1000, 1000);
  const auto by_threads = [&](std::size_t threads) {
    double total = 0;
    for (std::size_t t = 0; t < threads; ++t)
      total += std::accumulate(x.begin() + static_cast<std::ptrdiff_t>(x.size() * t / threads),
                               x.begin() + static_cast<std::ptrdiff_t>(x.size() * (t + 1) / threads), 0.0);
    return total;
  };
  EXPECT_NE(by_threads(1), by_threads(3));
}

TEST(Collective, SumsSeveralQuantitiesAtOnce) {
  const auto x = rough_numbers(300, 5);
  std::vector<double> squares = x;
  for (double& v : squares) v *= v;
  const double expected[] = {sum_with(x, 1), sum_with(squares, 1)};
  run_shards(300, 3, [&](Collective& all) {
    const auto first = static_cast<std::size_t>(all.shard().first), count = static_cast<std::size_t>(all.shard().count);
    std::vector<double> mine(x.begin() + static_cast<std::ptrdiff_t>(first),
                             x.begin() + static_cast<std::ptrdiff_t>(first + count));
    mine.insert(mine.end(), squares.begin() + static_cast<std::ptrdiff_t>(first),
                squares.begin() + static_cast<std::ptrdiff_t>(first + count));
    double sums[2];
    all.sum(mine, sums);
    EXPECT_THAT(sums, testing::ElementsAreArray(expected));
  });
}

TEST(Collective, MaxAndAll) {
  const auto x = rough_numbers(100, 6);
  const double largest = *std::max_element(x.begin(), x.end());
  run_shards(100, 3, [&](Collective& all) {
    const auto mine =
        std::span(x).subspan(static_cast<std::size_t>(all.shard().first), static_cast<std::size_t>(all.shard().count));
    EXPECT_EQ(all.max(mine), largest);
    EXPECT_TRUE(all.all(true));
    EXPECT_FALSE(all.all(all.shard().rank != 1));
    std::vector<double> holed(mine.begin(), mine.end());
    if (all.shard().rank == 0) holed[3] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(std::isnan(all.max(holed)));
  });
}

TEST(Collective, AnEmptyEnsembleAndEmptyShards) {
  run_shards(0, 2, [](Collective& all) {
    EXPECT_EQ(all.sum(std::span<const double>{}), 0.0);
    EXPECT_EQ(all.max({}), -std::numeric_limits<double>::infinity());
  });
  EXPECT_EQ(sum_with({1.0, 2.0}, 5), 3.0);
}

TEST(Collective, OneFailureEndsAllAndIsTheOneReported) {
  try {
    run_shards(320, 4, [](Collective& all) {
      if (all.shard().rank == 2) throw std::runtime_error("shard 2 is ill");
      for (int i = 0; i < 1000; ++i) all.all(true);
    });
    FAIL() << "expected an exception";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "shard 2 is ill");
  }
}

TEST(Collective, AShardThatReturnsEarlyIsAnErrorAndNotADeadlock) {
  EXPECT_THROW(run_shards(320, 3,
                          [](Collective& all) {
                            if (all.shard().rank != 1) all.all(true);
                          }),
               std::logic_error);
}

TEST(Collective, RefusesTheWrongNumberOfValues) {
  EXPECT_THROW(run_shards(64, 2, [](Collective& all) { all.sum(std::vector<double>(5)); }), std::invalid_argument);
}

TEST(Collective, everyone_sees_all_numbers_in_particle_order) {
  std::vector<double> x(100);
  std::iota(x.begin(), x.end(), 0.0);
  for (const int threads : {1, 2, 3, 7})
    run_shards(100, threads, [&](Collective& all) {
      const auto& s = all.shard();
      EXPECT_EQ(
          all.everyone(std::span(x).subspan(static_cast<std::size_t>(s.first), static_cast<std::size_t>(s.count))), x);
    });
}
// Seven shards of four blocks: some are empty. Twice, so that the rows of the first call may not be read in the second.
TEST(Collective, rows_come_from_wherever_they_are) {
  for (const int threads : {1, 2, 3, 7})
    run_shards(100, threads, [&](Collective& all) {
      const auto& s = all.shard();
      for (const double shift : {0.0, 1000.0}) {
        std::vector<double> mine;
        std::vector<std::int64_t> wanted;
        for (std::int64_t k = s.first; k < s.first + s.count; ++k) {
          mine.insert(mine.end(), {static_cast<double>(k) + shift, -static_cast<double>(k) - shift});
          wanted.push_back(99 - k);
          wanted.push_back(k * k % 100);
        }
        const std::vector<double> rows = all.fetch(mine, 2, wanted);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          EXPECT_EQ(rows[2 * i], static_cast<double>(wanted[i]) + shift);
          EXPECT_EQ(rows[2 * i + 1], -static_cast<double>(wanted[i]) - shift);
        }
      }
    });
}
TEST(Collective, a_row_that_is_not_there_is_refused) {
  const std::vector<double> mine(10, 0);
  const std::vector<std::int64_t> beyond{10};
  EXPECT_THROW(run_shards(10, 1, [&](Collective& all) { all.fetch(mine, 1, beyond); }), std::invalid_argument);
  EXPECT_THROW(run_shards(10, 1, [&](Collective& all) { all.fetch(mine, 2, {}); }), std::invalid_argument);
}

// `sum` combines all blocks level by level; sums of blocks are folded on the way: one tree, and the same bits.
TEST(Collective, FoldsBlocksIntoTheTreeOfTheirParticles) {
  for (const std::int64_t total : {1, 31, 33, 96, 160, 1000, 4097, 12'345})
    for (const int threads : {1, 2, 3, 7}) {
      const auto x = rough_numbers(total, 11), y = rough_numbers(total, 12);
      run_shards(total, threads, [&](Collective& all) {
        const Shard& s = all.shard();
        std::vector<double> blocks, mine;
        for (const auto& values : {x, y})
          mine.insert(mine.end(), values.begin() + s.first, values.begin() + s.first + s.count);
        for (std::int64_t first = s.first; first < s.first + s.count; first += block_particles)
          for (const auto& values : {x, y}) {
            double sum = values[static_cast<std::size_t>(first)];
            for (std::int64_t i = first + 1; i < std::min(first + block_particles, s.first + s.count); ++i)
              sum += values[static_cast<std::size_t>(i)];
            blocks.push_back(sum);
          }
        double expected[2], found[2];
        all.sum(mine, expected);
        all.sum_blocks(blocks, found);
        for (int q = 0; q < 2; ++q)
          EXPECT_EQ(std::bit_cast<std::uint64_t>(found[q]), std::bit_cast<std::uint64_t>(expected[q]))
              << total << " particles, " << threads << " threads";
        BlockTree short_of_one(2, s.first_block());
        for (std::int64_t b = 0; b + 1 < s.blocks(); ++b)
          short_of_one.add(std::span(blocks).subspan(static_cast<std::size_t>(2 * b), 2));
        if (s.blocks() > 0) {
          EXPECT_THROW(all.sum_tree(short_of_one, found), std::invalid_argument);
        }
      });
    }
}
TEST(Collective, FoldedBlocksTakeFewRows) {
  BlockTree tree(1, 5);
  const double one = 1;
  for (int k = 0; k < 31'250; ++k) {
    tree.add({&one, 1});
    EXPECT_LE(tree.nodes().size(), 2U * 16 * 3) << "two nodes a level";
  }
  EXPECT_EQ(tree.next_block(), 31'255);
}
TEST(Collective, ConcatenatesWhatShardsHaveInOrder) {
  run_shards(200, 3, [&](Collective& all) {
    // as many numbers as its rank, and none of rank 0
    const std::vector<double> mine(static_cast<std::size_t>(all.shard().rank), all.shard().rank + 0.5);
    EXPECT_THAT(all.concatenate(mine), testing::ElementsAre(1.5, 2.5, 2.5));
  });
}

}  // namespace
}  // namespace thalweg
