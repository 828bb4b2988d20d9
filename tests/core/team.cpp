#include "thalweg/core/team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace thalweg {
namespace {

TEST(team, every_index_once_whatever_the_number_of_threads) {
  for (const int threads : {1, 2, 5}) {
    Team team(threads);
    EXPECT_EQ(team.threads(), threads);
    for (const std::size_t count : {0, 1, 3, 1000})
      for (int call = 0; call < 50; ++call) {
        std::vector<int> seen(count);
        team.run(count, [&](std::size_t first, std::size_t last) {
          for (std::size_t i = first; i < last; ++i) ++seen[i];
        });
        EXPECT_EQ(seen, std::vector<int>(count, 1));
      }
  }
}

TEST(team, an_exception_is_rethrown_and_the_team_goes_on) {
  Team team(3);
  const auto some_fail = [](std::size_t first, std::size_t) {
    if (first > 0) throw std::runtime_error("range");
  };
  EXPECT_THROW(team.run(9, some_fail), std::runtime_error);
  std::atomic<std::size_t> done{0};
  team.run(9, [&](std::size_t first, std::size_t last) { done += last - first; });
  EXPECT_EQ(done, 9u);
}

TEST(team, needs_a_thread) { EXPECT_THROW(Team(0), std::invalid_argument); }

}  // namespace
}  // namespace thalweg
