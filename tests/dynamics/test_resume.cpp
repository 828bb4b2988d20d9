#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/dynamics/commit_clock.hpp"
#include "tests/dynamics/interrupter.hpp"
#include "tests/dynamics/planted.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities/correlated_gaussian.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"

namespace thalweg {
namespace {

using test::Interrupter;
using test::MemorySink;

constexpr std::int64_t never = std::int64_t{1} << 60;

const SampleSettings settings{
    .chains = 10, .draws = 10 * 30, .thin = 2, .save_warmup = true, .seed = 21, .metric = MetricKind::automatic};

Model model() { return test::wide_model(EightSchools{}); }

/// Runs `s` to its end in pieces that are interrupted after random numbers of evaluations.
MemorySink run_in_pieces(const SampleSettings& s, std::uint64_t which, int* pieces) {
  const Model m = model();
  MemorySink sink(m);
  test::StillClock clock;
  Random<double> random(17, Purpose::test, which, 0);
  const int widths[] = {1, 4, 8, 16};
  for (*pieces = 1;; ++*pieces) {
    Interrupter observer(1 + static_cast<std::int64_t>(random.below(*pieces < 12 ? 400 : 100000)));
    const Execution e{.threads = 1 + static_cast<int>(random.below(3)), .width = widths[random.below(4)]};
    const SampleOutcome o =
        *pieces == 1 ? sample(m, s, e, sink, clock, observer) : resume(m, sink.checkpoint, 0, e, sink, clock, observer);
    EXPECT_EQ(o.finished, sink.checkpoint.finished);
    if (o.finished) return sink;
  }
}

TEST(Resume, gives_the_same_bits_after_any_interruptions) {
  const auto whole = test::run(model(), settings);
  int warmup_stops = 0;
  for (std::uint64_t k = 0; k < 6; ++k) {
    int pieces = 0;
    const MemorySink sink = run_in_pieces(settings, k, &pieces);
    EXPECT_TRUE(sink.tracks == whole.sink.tracks) << "sequence " << k;
    EXPECT_TRUE(test::bytes_of(sink.checkpoint) == test::bytes_of(whole.sink.checkpoint)) << "sequence " << k;
    warmup_stops += pieces;
  }
  EXPECT_GT(warmup_stops, 18) << "too few interruptions to say much";
}

TEST(Resume, gives_the_same_bits_with_a_dense_metric_and_given_starts) {
  SampleSettings s = settings;
  s.metric = MetricKind::dense;
  s.warmup = 40;
  s.starts = {std::vector<double>(10, 0.1)};
  const auto whole = test::run(model(), s);
  int pieces = 0;
  EXPECT_TRUE(run_in_pieces(s, 100, &pieces).tracks == whole.sink.tracks);
}

// Each commit is a moment at which the run may be killed.
TEST(Resume, gives_the_same_bits_from_every_commit) {
  struct Recorder : MemorySink {
    using MemorySink::MemorySink;
    std::vector<MemorySink> copies;
    test::CommitClock* clock = nullptr;
    void commit(const std::vector<DrawBlock>& b, const std::vector<LogEntry>& l, const Checkpoint& c) override {
      MemorySink::commit(b, l, c);
      copies.push_back(*this);
      clock->stands = true;
    }
  };
  // The driver reports progress at each look at the clock; it asks for a commit at one look and makes it at the next.
  struct Looks : Observer {
    std::atomic<int> count{0};
    void progress(const Progress&) override { ++count; }
  };
  const Model m = model();
  const auto whole = test::run(m, settings);
  Recorder recorder(m);
  test::CommitClock hasty;
  recorder.clock = &hasty;
  test::StillClock still;
  Looks looks;
  Observer observer;
  std::atomic<std::int64_t> evaluations{0};
  test::on_evaluation() = [&] {
    if (++evaluations % 100 != 0) return;
    for (const int before = looks.count; looks.count == before;) std::this_thread::yield();
  };
  sample(m, settings, {.threads = 2, .width = 4}, recorder, hasty, looks);
  test::on_evaluation() = {};
  EXPECT_TRUE(recorder.tracks == whole.sink.tracks);
  EXPECT_GE(recorder.commits, evaluations / 400) << "too few commits to say much";
  EXPECT_GT(evaluations, 2000);
  for (MemorySink& copy : recorder.copies) {
    resume(m, copy.checkpoint, 0, {.threads = 2}, copy, still, observer);
    EXPECT_TRUE(copy.tracks == whole.sink.tracks);
  }
}

TEST(Resume, extends_a_finished_run_as_if_it_had_been_longer) {
  const Model m = model();
  SampleSettings longer = settings;
  longer.draws = 10 * 50;
  const auto whole = test::run(m, longer);
  auto part = test::run(m, settings);
  test::StillClock clock;
  Observer observer;
  const auto again = resume(m, part.sink.checkpoint, 0, {}, part.sink, clock, observer);
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(part.sink.commits, 1) << "a finished run has nothing to do";
  const auto outcome = resume(m, part.sink.checkpoint, 200, {.threads = 2, .width = 8}, part.sink, clock, observer);
  EXPECT_TRUE(outcome.finished);
  EXPECT_TRUE(part.sink.tracks == whole.sink.tracks);
  EXPECT_EQ(outcome.sampling_counts, whole.outcome.sampling_counts);
}

TEST(Resume, extends_an_unfinished_run_too) {
  const Model m = model();
  SampleSettings longer = settings;
  longer.draws = 10 * 50;
  const auto whole = test::run(m, longer);
  MemorySink sink(m);
  test::StillClock clock;
  {
    Interrupter observer(200);
    EXPECT_FALSE(sample(m, settings, {}, sink, clock, observer).finished);
  }
  Observer observer;
  resume(m, sink.checkpoint, 200, {}, sink, clock, observer);
  EXPECT_TRUE(sink.tracks == whole.sink.tracks);
}

/// Interrupts at several moments of the warm-up and resumes with a driver that follows `Rules`.
template <class Rules>
bool resumes_to_the_same_bits_from_warmup() {
  const Model m = model();
  const auto whole = test::run(m, settings);
  bool same = true;
  for (const std::int64_t at : {60, 120, 180}) {
    MemorySink sink(m);
    test::StillClock clock;
    {
      Interrupter observer(at);
      sample(m, settings, {.width = 8}, sink, clock, observer);
    }
    const Standing standing = read_checkpoint(sink.checkpoint);
    EXPECT_EQ(standing.shared.epoch.role, EpochRole::metric);
    Observer observer;
    run_sampler<Rules>(m, standing, {}, sink, clock, observer);
    same = same && sink.tracks == whole.sink.tracks;
  }
  return same;
}
TEST(Resume, gives_the_same_bits_from_warmup) { EXPECT_TRUE(resumes_to_the_same_bits_from_warmup<SamplerRules>()); }
TEST(Planted, a_checkpoint_that_forgets_the_step_size_average_fails_Resume_gives_the_same_bits_from_warmup) {
  EXPECT_FALSE(resumes_to_the_same_bits_from_warmup<planted::ForgottenAverage>());
}

TEST(Resume, refuses_what_is_no_checkpoint_and_what_is_of_another_model) {
  const auto r = test::run(model(), settings);
  MemorySink sink(model());
  test::StillClock clock;
  Observer observer;
  const auto message = [&](const Checkpoint& c, const Model& m) {
    try {
      resume(m, c, 10, {}, sink, clock, observer);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  Checkpoint bad = r.sink.checkpoint;
  bad.bytes.resize(bad.bytes.size() / 2);
  EXPECT_NE(message(bad, model()).find("checkpoint"), std::string::npos);
  bad.bytes = {1, 2, 3};
  EXPECT_NE(message(bad, model()).find("checkpoint"), std::string::npos);
  EXPECT_NE(message({}, model()).find("checkpoint"), std::string::npos);
  EXPECT_NE(message(r.sink.checkpoint, test::wide_model(CorrelatedGaussian{3})).find("10 unconstrained coordinates"),
            std::string::npos);
}

TEST(Checkpoint, survives_its_own_bytes_and_describes_the_run) {
  const auto r = test::run(model(), settings);
  const Standing standing = read_checkpoint(r.sink.checkpoint);
  EXPECT_EQ(test::bytes_of(write_checkpoint(standing)), test::bytes_of(r.sink.checkpoint));
  const CheckpointSummary s = describe(r.sink.checkpoint);
  EXPECT_EQ(s.settings.seed, settings.seed);
  EXPECT_EQ(s.settings.thin, settings.thin);
  EXPECT_TRUE(s.outcome.finished);
  EXPECT_EQ(s.outcome.warmup, r.outcome.warmup);
  EXPECT_EQ(s.outcome.sampling_counts, r.outcome.sampling_counts);
  EXPECT_EQ(s.outcome.step_size, r.outcome.step_size);
}

}  // namespace
}  // namespace thalweg
