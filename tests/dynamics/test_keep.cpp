// Runs that keep the last draws only: what is kept, what is counted, and that neither depends on how the run was
// carried out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dynamics/interrupter.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities/gaussian.hpp"
#include "thalweg/dynamics/commit_pace.hpp"
#include "thalweg/trust/stream_summary.hpp"

namespace thalweg {
namespace {

using test::MemorySink;
using test::run;
using testing::HasSubstr;

Model model() { return test::wide_model(Gaussian{3}); }

/// 136 chains, four blocks and a part of one; groups and blocks do not fit each other.
SampleSettings settings_of(Method method) { return {.chains = 136, .draws = 136 * 25, .seed = 9, .method = method}; }

/// The streams of a run that kept everything, counted by hand on the grid of another.
DrawStreams counted(const MemorySink& all, const DrawStreams& like) {
  DrawStreams streams(like.layout, like.grid);
  StreamShard<> shard(streams, 0, like.layout.chains);
  const std::size_t draws = all.tracks.at({Phase::sampling, 0}).size();
  for (std::size_t i = 0; i < draws; ++i)
    for (std::int64_t chain = 0; chain < like.layout.chains; ++chain)
      shard.add(chain, all.tracks.at({Phase::sampling, chain})[i]);
  shard.hand_over(streams);
  return streams;
}

class Keeping : public testing::TestWithParam<Method> {};

TEST_P(Keeping, keeps_the_last_draws_and_counts_all) {
  SampleSettings s = settings_of(GetParam());
  s.save_warmup = true;
  const auto all = run(model(), s);
  EXPECT_EQ(streams_of(all.sink.checkpoint), nullptr);
  for (const std::int64_t keep : {1, 7, 25, 100}) {
    s.keep = keep;
    const auto some = run(model(), s);
    const auto streams = streams_of(some.sink.checkpoint);
    ASSERT_NE(streams, nullptr);
    EXPECT_TRUE(*streams == counted(all.sink, *streams)) << "keep " << keep;
    for (const auto& [key, rows] : all.sink.tracks) {
      auto expected = rows;
      if (key.first == Phase::sampling && std::ssize(rows) > keep)
        expected.erase(expected.begin(), expected.end() - keep);
      ASSERT_TRUE(some.sink.tracks.at(key) == expected) << "keep " << keep << ", chain " << key.second;
    }
    EXPECT_EQ(summarise(*streams, std::vector<Quantity>{}).draws, 25);
  }
}

TEST_P(Keeping, gives_the_same_bits_on_any_threads) {
  SampleSettings s = settings_of(GetParam());
  s.keep = 2;
  const auto one = run(model(), s, {.threads = 1});
  for (const int threads : {2, 3}) {
    const auto other = run(model(), s, {.threads = threads, .width = 4});
    EXPECT_TRUE(one.sink.tracks == other.sink.tracks) << threads << " threads";
    EXPECT_TRUE(test::bytes_of(one.sink.checkpoint) == test::bytes_of(other.sink.checkpoint)) << threads << " threads";
  }
}

/// Interrupts at its look number `at`.
struct AfterLooks : Observer {
  explicit AfterLooks(int at) : left(at) {}
  bool interrupted() override { return left-- <= 0; }
  int left;
};

TEST_P(Keeping, gives_the_same_bits_after_interruptions_and_when_extended) {
  const bool lockstep = traits_of(GetParam()).lockstep;
  constexpr std::int64_t never = std::int64_t{1} << 60;
  for (const std::int64_t keep : {1, 4}) {
    SampleSettings s = settings_of(GetParam());
    s.keep = keep;
    const auto whole = run(model(), s);
    const std::int64_t draws = s.draws;
    s.draws = 136 * 11;
    MemorySink sink(model(), s.keep);
    test::HastyClock clock;  // commits often
    int pieces = 0;
    for (bool finished = false; !finished; ++pieces) {
      AfterLooks in_lockstep(pieces % 2 ? 1 : 13);
      test::Interrupter chain_by_chain(lockstep ? never : 200 + 1500 * pieces);
      Observer& observer = lockstep ? static_cast<Observer&>(in_lockstep) : chain_by_chain;
      const Execution e{.threads = 1 + pieces % 3, .width = pieces % 2 ? 4 : 16};
      const SampleOutcome o = pieces == 0 ? sample(model(), s, e, sink, clock, observer)
                                          : resume(model(), sink.checkpoint, 0, e, sink, clock, observer);
      finished = o.finished;
      ASSERT_LT(pieces, 3000);
    }
    EXPECT_GT(pieces, 2);
    Observer observer;
    resume(model(), sink.checkpoint, draws - s.draws, {.threads = 2}, sink, clock, observer);
    EXPECT_TRUE(sink.tracks == whole.sink.tracks);
    const auto pieces_found = test::bytes_of(sink.checkpoint), pieces_expected = test::bytes_of(whole.sink.checkpoint);
    ASSERT_EQ(pieces_found.size(), pieces_expected.size());
    for (std::size_t i = 0; i < pieces_found.size(); ++i)
      EXPECT_TRUE(pieces_found[i] == pieces_expected[i]) << "piece " << i << ", keep " << keep;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Keeping,
                         testing::Values(Method::nuts, Method::ula, Method::laps, Method::meads, Method::chees),
                         [](const auto& each) { return to_string(each.param); });

TEST(CommitPace, spends_a_sixteenth_of_the_time_at_most) {
  CommitPace pace(100);
  EXPECT_FALSE(pace.is_due(101.9));
  EXPECT_TRUE(pace.is_due(102));
  pace.committed(102, 102.01);  // short: two seconds again
  EXPECT_FALSE(pace.is_due(104));
  EXPECT_TRUE(pace.is_due(104.02));
  pace.committed(110, 114);
  EXPECT_FALSE(pace.is_due(114 + 59.9));
  EXPECT_TRUE(pace.is_due(114 + 60.1));
}

TEST(Keep, refuses_what_it_cannot_do) {
  const auto message_of = [](SampleSettings s) -> std::string {
    try {
      run(model(), s);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_THAT(message_of({.keep = -1}), HasSubstr("keep must be >= 0; found -1"));
  EXPECT_THAT(message_of({.chains = 15, .keep = 1}), HasSubstr("at least 16 chains"));
  EXPECT_THAT(message_of({.chains = 15}), HasSubstr("nothing was thrown"));
}

}  // namespace
}  // namespace thalweg
