// Runs of every method in several processes: the bits of one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/dynamics/annealed_densities.hpp"
#include "tests/dynamics/regression_density.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/mpi/world.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/processes.hpp"

namespace thalweg {
namespace {

using mpi_test::world;
using test::MemorySink;

Model model_for(Method method) {
  if (traits_of(method).minibatches) return model_of(test::RegressionDensity());
  if (follows_path(method)) return model_of(test::Conjugate{});
  return test_density("eight-schools");
}
SampleSettings settings_for(Method method) {
  SampleSettings s{.chains = 12, .draws = 240, .thin = 2, .warmup = 60, .save_warmup = true, .seed = 6};
  s.method = method;
  if (traits_of(method).lockstep) s.chains = 160, s.draws = 6 * 160;
  if (walks_path(method)) s.warmup.reset();
  return s;
}
Execution here() { return {.threads = 1 + world().rank() % 2, .world = &world()}; }

/// Stops the run of this process when it has been asked so often.
struct Impatient : Observer {
  int looks;
  explicit Impatient(int n) : looks(n) {}
  bool interrupted() override { return looks-- <= 0; }
};

/// Every process calls this; the first one's answer counts.
template <class Begin>
void together(const Model& model, Observer& observer, Begin begin) {
  if (!world().leads()) return take_part(model, here(), observer);
  begin();
  dismiss(world());
}

class EveryMethod : public testing::TestWithParam<Method> {};

TEST_P(EveryMethod, gives_the_bits_of_one_process) {
  const Model model = model_for(GetParam());
  const SampleSettings s = settings_for(GetParam());
  Observer observer;
  together(model, observer, [&] {
    const auto alone = test::run(model, s, {.threads = 2}), all = test::run(model, s, here());
    EXPECT_TRUE(all.outcome.finished);
    EXPECT_EQ(all.sink.tracks, alone.sink.tracks);
    EXPECT_EQ(all.outcome.sampling_counts, alone.outcome.sampling_counts);
    EXPECT_EQ(all.outcome.warmup_counts, alone.outcome.warmup_counts);
    EXPECT_EQ(all.outcome.log_evidence, alone.outcome.log_evidence);
    EXPECT_EQ(all.sink.checkpoint.bytes, alone.sink.checkpoint.bytes) << "the state after the run is the same too";
  });
}
// The last process asks to stop, an ensemble in its sampling phase; the run goes on in one process, is stopped again,
// and ends in all.
TEST_P(EveryMethod, stopped_in_any_process_goes_on_in_any_number_of_them) {
  const Model model = model_for(GetParam());
  const SampleSettings s = settings_for(GetParam());
  const bool last = world().rank() == world().ranks() - 1;
  Impatient observer(!last ? 1 << 30 : traits_of(GetParam()).lockstep ? 64 : 3);
  Observer patient;
  test::HastyClock clock;
  MemorySink sink(model);
  bool finished = false, begun = false;
  together(model, observer, [&] {
    finished = sample(model, s, here(), sink, clock, patient).finished;
    begun = sink.commits > 0;
  });
  if (world().leads() && begun && !finished) {
    Impatient soon(2);
    finished = resume(model, sink.checkpoint, 0, {.threads = 3}, sink, clock, soon).finished;
  }
  together(model, patient, [&] {
    if (!begun)
      sample(model, s, here(), sink, clock, patient);
    else if (!finished)
      resume(model, sink.checkpoint, 0, here(), sink, clock, patient);
    const auto alone = test::run(model, s, {.threads = 2});
    EXPECT_EQ(sink.tracks, alone.sink.tracks);
  });
}
INSTANTIATE_TEST_SUITE_P(All, EveryMethod,
                         testing::Values(Method::nuts, Method::walnuts, Method::mams, Method::mclmc, Method::hmc,
                                         Method::ghmc, Method::mala, Method::ula, Method::baoab, Method::obabo,
                                         Method::laps, Method::chees, Method::meads, Method::sgld, Method::sghmc,
                                         Method::tempering, Method::smc, Method::ais),
                         [](const auto& c) { return std::string(to_string(c.param)); });

TEST(Runs, with_fewer_chains_than_processes_are_runs_too) {
  const Model model = test_density("gaussian:3");
  SampleSettings s{.chains = 1, .draws = 50, .warmup = 40, .seed = 3};
  Observer observer;
  together(model, observer, [&] {
    EXPECT_EQ(test::run(model, s, here()).sink.tracks, test::run(model, s).sink.tracks);
    s = {.chains = 64, .draws = 640, .seed = 3, .method = Method::laps};  // two blocks of particles
    EXPECT_EQ(test::run(model, s, here()).sink.tracks, test::run(model, s).sink.tracks);
  });
}
TEST(Runs, adapted_until_settled_and_with_dense_metrics) {
  const Model model = test_density("correlated-gaussian:20");
  const SampleSettings s{.chains = 16, .draws = 160, .seed = 4, .metric = MetricKind::dense};
  Observer observer;
  together(model, observer,
           [&] { EXPECT_EQ(test::run(model, s, here()).sink.tracks, test::run(model, s).sink.tracks); });
}
TEST(Runs, begin_in_the_first_process) {
  if (world().leads()) return;
  EXPECT_THROW(test::run(test_density("gaussian:3"), {}, here()), std::invalid_argument);
}

// ---- failures: each is the last that a world does, and is started alone ----

struct FullDisk : Sink {
  void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint&) override {
    fail("the disk is full");
  }
};
struct Ill : Observer {
  bool interrupted() override { fail("an observer is ill"); }
};
/// Runs `method`, whose error in one process must be that of all.
void expect_failure(Method method, Sink& sink, Observer& observer, const char* words) {
  const Model model = model_for(method);
  test::HastyClock clock;
  Observer nobody;
  std::optional<std::string> error;
  try {
    together(model, observer, [&] { sample(model, settings_for(method), here(), sink, clock, nobody); });
  } catch (const Error& e) {
    error = e.what();
    world().abandon(e.what());
  }
  EXPECT_EQ(error, words) << "in process " << world().rank();
}
TEST(Failure, of_the_sink_ends_chains) {
  FullDisk disk;
  Observer observer;
  expect_failure(Method::nuts, disk, observer, "the disk is full");
}
TEST(Failure, of_the_sink_ends_an_ensemble) {
  FullDisk disk;
  Observer observer;
  expect_failure(Method::laps, disk, observer, "the disk is full");
}
TEST(Failure, in_another_process_ends_chains) {
  MemorySink sink(model_for(Method::nuts));
  Ill ill;
  expect_failure(Method::nuts, sink, ill, "an observer is ill");
}
TEST(Failure, in_another_process_ends_an_ensemble) {
  MemorySink sink(model_for(Method::laps));
  Ill ill;
  expect_failure(Method::laps, sink, ill, "an observer is ill");
}

}  // namespace
}  // namespace thalweg
