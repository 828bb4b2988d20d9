// What processes exchange, and reductions over shards in several of them.
#include "tests/mpi/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>

#include "thalweg/core/collective.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

using mpi_test::world;
using testing::ElementsAreArray;

/// What process r would send, of a size of its own: none, little, or more than comes with a first message.
Bytes message(int r, int to = 0) {
  Bytes bytes(static_cast<std::size_t>((r + to) % 3 * 3000));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(7 * r + 3 * to + int(i));
  return bytes;
}

TEST(World, has_the_processes_that_were_started) {
  EXPECT_GT(world().ranks(), 1) << "this program is for mpirun";
  EXPECT_EQ(world().leads(), world().rank() == 0);
}
TEST(World, gathers_what_each_gives) {
  const Bytes mine = message(world().rank());
  const auto all = world().gather(std::span<const unsigned char>(mine));
  ASSERT_EQ(std::ssize(all), world().ranks());
  for (int r = 0; r < world().ranks(); ++r) EXPECT_EQ(all[static_cast<std::size_t>(r)], message(r));
}
TEST(World, gathers_numbers_one_behind_another) {
  std::vector<double> expected;
  for (int r = 0; r < world().ranks(); ++r)
    for (int i = 0; i < 300 * r; ++i) expected.push_back(r + 0.01 * i);
  const int r = world().rank(), before = 150 * r * (r - 1);
  const auto all =
      world().gather(std::span(expected).subspan(static_cast<std::size_t>(before), static_cast<std::size_t>(300 * r)));
  EXPECT_EQ(all, expected);
}
TEST(World, trades) {
  std::vector<Bytes> to;
  for (int r = 0; r < world().ranks(); ++r) to.push_back(message(world().rank(), r));
  const auto from = world().trade(to);
  ASSERT_EQ(std::ssize(from), world().ranks());
  for (int r = 0; r < world().ranks(); ++r) EXPECT_EQ(from[static_cast<std::size_t>(r)], message(r, world().rank()));
}
TEST(World, hears_the_first_and_reports_to_it) {
  EXPECT_EQ(world().from_first(message(2 + world().rank())), message(2));
  const auto reports = world().to_first(message(world().rank()));
  EXPECT_EQ(std::ssize(reports), world().leads() ? world().ranks() : 0);
  for (std::size_t r = 0; r < reports.size(); ++r) EXPECT_EQ(reports[r], message(static_cast<int>(r)));
}

// ---- shards ----

std::vector<double> rough_numbers(std::size_t n) {
  Random<double> random(n, Purpose::test, 0, 0);
  std::vector<double> x(n);
  for (double& v : x) v = random.normal() * std::exp(6 * random.normal());
  return x;
}
std::span<const double> part_of(const std::vector<double>& x, const Shard& s) {
  return std::span(x).subspan(static_cast<std::size_t>(s.first), static_cast<std::size_t>(s.count));
}
double sum_in_one_process(const std::vector<double>& x) {
  double sum = 0;
  run_shards(std::ssize(x), 1, [&](Collective& all) { sum = all.sum(x); });
  return sum;
}
/// Numbers of threads that differ from process to process.
int threads_here() { return 1 + (world().rank() + 1) % 3; }

TEST(Shards, of_several_processes_sum_to_the_bits_of_one) {
  for (const std::size_t n : {1, 33, 200, 1000, 5000}) {
    const auto x = rough_numbers(n);
    const double expected = sum_in_one_process(x);
    run_shards(
        std::ssize(x), threads_here(),
        [&](Collective& all) {
          EXPECT_EQ(std::bit_cast<std::uint64_t>(all.sum(part_of(x, all.shard()))),
                    std::bit_cast<std::uint64_t>(expected));
        },
        &world());
  }
}
/// Each process sums its own particles, and the sums are added.
TEST(Shards, planted_partial_sums_by_process_are_seen) {
  int other_bits = 0;
  for (const std::size_t n : {200, 1000, 5000}) {
    const auto x = rough_numbers(n);
    double partial = 0;
    run_shards(
        std::ssize(x), 1,
        [&](Collective& all) {
          const auto mine = part_of(x, all.shard());
          partial = std::accumulate(mine.begin(), mine.end(), 0.0);
        },
        &world());
    const auto parts = world().gather(std::span<const double>(&partial, 1));
    other_bits += std::accumulate(parts.begin(), parts.end(), 0.0) != sum_in_one_process(x);
  }
  EXPECT_GT(other_bits, 0);
}
TEST(Shards, of_a_process_are_its_share) {
  const Shard share = share_of(world(), 1000, threads_here());
  std::vector<double> counts;
  run_shards(
      1000, threads_here(),
      [&](Collective& all) {
        EXPECT_GE(all.shard().first, share.first);
        EXPECT_LE(all.shard().first + all.shard().count, share.first + share.count);
        const std::vector<double> ones(static_cast<std::size_t>(all.shard().count), 1.0);
        EXPECT_EQ(all.sum(ones), 1000);
      },
      &world());
  const double mine = static_cast<double>(share.count);
  const auto all = world().gather(std::span<const double>(&mine, 1));
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0.0), 1000);
}
// 100 particles are four blocks: some shards are empty.
TEST(Shards, rows_come_from_other_processes) {
  for (const std::int64_t total : {100, 1000})
    run_shards(
        total, threads_here(),
        [&](Collective& all) {
          const Shard& s = all.shard();
          for (const double shift : {0.0, 1000.0}) {
            std::vector<double> mine;
            std::vector<std::int64_t> wanted;
            for (std::int64_t k = s.first; k < s.first + s.count; ++k) {
              mine.insert(mine.end(), {static_cast<double>(k) + shift, -static_cast<double>(k) - shift});
              wanted.push_back(total - 1 - k);
              wanted.push_back(k * k % total);
            }
            const std::vector<double> rows = all.fetch(mine, 2, wanted);
            for (std::size_t i = 0; i < wanted.size(); ++i) {
              EXPECT_EQ(rows[2 * i], static_cast<double>(wanted[i]) + shift);
              EXPECT_EQ(rows[2 * i + 1], -static_cast<double>(wanted[i]) - shift);
            }
          }
        },
        &world());
}

// ---- failures: each is the last that a world does, and is started alone ----

TEST(Failure, of_one_process_ends_the_others_with_its_words) {
  if (world().rank() == 1) {
    world().abandon("the second is ill");
  } else {
    try {
      world().gather(std::span<const double>{});
      FAIL() << "expected an exception";
    } catch (const ProcessFailed& e) {
      EXPECT_STREQ(e.what(), "the second is ill");
    }
  }
  EXPECT_THROW(world().from_first({}), ProcessFailed) << "there is no world any more";
}
TEST(Failure, of_a_shard_ends_the_shards_of_all) {
  const auto work = [&](Collective& all) {
    if (world().rank() == 1) throw std::runtime_error("a shard is ill");
    for (int i = 0; i < 1000; ++i) all.all(true);
  };
  try {
    run_shards(320, 2, work, &world());
    FAIL() << "expected an exception";
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), "a shard is ill");
    world().abandon(e.what());
  }
}

}  // namespace
}  // namespace thalweg
