#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/gaussian.hpp"

namespace thalweg {
namespace {

std::string refusal(const SampleSettings& s, const Execution& e = {}) {
  try {
    test::run(test_density("gaussian:3"), s, e);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "no refusal";
}

TEST(Sample, settings_out_of_range_are_refused_by_name) {
  const auto names = [](const std::string& text, const char* name) { return text.find(name) != std::string::npos; };
  EXPECT_TRUE(names(refusal({.chains = 0}), "chains must be > 0; found 0"));
  EXPECT_TRUE(names(refusal({.draws = -1}), "draws must be > 0; found -1"));
  EXPECT_TRUE(names(refusal({.thin = 0}), "thin must be > 0; found 0"));
  EXPECT_TRUE(names(refusal({.warmup = -2}), "warmup must be >= 0; found -2"));
  EXPECT_TRUE(names(refusal({.init_radius = infinity}), "init radius"));
  EXPECT_TRUE(names(refusal({.target_acceptance = 1}), "target acceptance must be in (0, 1); found 1"));
  EXPECT_TRUE(names(refusal({.max_depth = 0}), "max depth"));
  EXPECT_TRUE(names(refusal({.starts = {{1.0}}}), "3 unconstrained coordinates; found 1"));
  EXPECT_TRUE(names(refusal({.chains = 4, .starts = {{1, 1, 1}, {2, 2, 2}}}), "one a chain (4); found 2"));
  EXPECT_TRUE(names(refusal({}, {.threads = 0}), "threads must be > 0; found 0"));
  EXPECT_TRUE(names(refusal({}, {.width = 3}), "found 3"));
}

/// A standard normal whose quantities cannot be computed from some draw on.
Model failing_after(std::int64_t draws) {
  static std::atomic<std::int64_t> left;
  left = draws;
  static const ModelTable table = [] {
    ModelTable t = table_of<Gaussian>();
    t.constrain = [](void* w, const double* x, std::uint64_t seed, std::uint64_t particle, std::uint64_t step,
                     std::int32_t generate, double* out) -> const char* {
      if (--left < 0) return "m.stan:20:5: poisson_rng: rate must be >= 0";
      return table_of<Gaussian>().constrain(w, x, seed, particle, step, generate, out);
    };
    return t;
  }();
  return Model::adopt(table, std::make_shared<TableFunctions<Gaussian>::Instance>(Gaussian{}));
}

TEST(Sample, a_draw_that_cannot_be_computed_is_an_error_that_keeps_what_was_completed) {
  const Model model = failing_after(500);
  test::MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  const SampleSettings settings{.chains = 8, .draws = 4000, .seed = 5};
  try {
    sample(model, settings, {.threads = 2}, sink, clock, observer);
    FAIL() << "must throw";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "m.stan:20:5: poisson_rng: rate must be >= 0");
  }
  EXPECT_EQ(sink.column(0).size(), 500u);
  // What was saved goes on, once the model can, to the draws of a run that never failed.
  const Model sound = failing_after(1 << 30);
  resume(sound, sink.checkpoint, 0, {}, sink, clock, observer);
  EXPECT_TRUE(sink.tracks == test::run(sound, settings).sink.tracks);
}

TEST(Sample, a_sink_that_fails_ends_the_run) {
  struct FullDisk : test::MemorySink {
    using MemorySink::MemorySink;
    void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint&) override {
      throw Error("x.run: no space left on device");
    }
  };
  const Model model = test_density("gaussian:3");
  FullDisk sink(model);
  test::StillClock clock;
  Observer observer;
  EXPECT_THROW(sample(model, {.seed = 1}, {.threads = 3}, sink, clock, observer), Error);
}

TEST(Sample, memory_is_bounded_by_blocks_and_commits) {
  /// Keeps sizes only.
  struct Scale : Sink {
    std::size_t largest_block = 0, largest_commit = 0, total = 0;
    void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>&, const Checkpoint&) override {
      std::size_t sum = 0;
      for (const DrawBlock& b : blocks) {
        largest_block = std::max(largest_block, b.values.size() * sizeof(double));
        sum += b.values.size() * sizeof(double);
      }
      largest_commit = std::max(largest_commit, sum);
      total += sum;
    }
  };
  const Model model = test_density("gaussian:100");
  Scale sink;
  test::StillClock clock;
  Observer observer;
  sample(model, {.draws = 120000, .warmup = 40, .seed = 1, .metric = MetricKind::diagonal, .max_depth = 2},
         {.threads = 2}, sink, clock, observer);
  EXPECT_EQ(sink.total, 120000u * 107 * sizeof(double));
  EXPECT_LE(sink.largest_block, std::size_t{4} << 20);
  EXPECT_LE(sink.largest_commit, std::size_t{64} << 20);
}

TEST(Sample, progress_is_told_and_adds_up) {
  struct Listener : Observer {
    std::vector<Progress> all;
    void progress(const Progress& p) override { all.push_back(p); }
  };
  const Model model = test_density("gaussian:3");
  test::MemorySink sink(model);
  test::StillClock clock;
  Listener listener;
  sample(model, {.draws = 640, .seed = 1}, {.threads = 2}, sink, clock, listener);
  ASSERT_FALSE(listener.all.empty());
  EXPECT_EQ(listener.all.back().phase, "sampling");
  EXPECT_EQ(listener.all.back().done, 640);
  EXPECT_EQ(listener.all.back().total, 640);
  EXPECT_DOUBLE_EQ(listener.all.back().fraction, 1);
}

}  // namespace
}  // namespace thalweg
