// The driver: the same bits however it is run, errors that say what they mean, resumption.
#include "support.hpp"

#include "thalweg/sde/named_sdes.hpp"

namespace thalweg {
namespace {

class MemorySink final : public Sink {
 public:
  void commit(const std::vector<DrawBlock>&, const std::vector<LogEntry>&, const Checkpoint& latest) override {
    checkpoint = latest;
  }
  Checkpoint checkpoint;
};
class Ticks final : public Clock {
 public:
  double seconds() override { return now += 10; }
  double now = 0;
};
class StopAfter final : public Observer {
 public:
  explicit StopAfter(int n) : left(n) {}
  bool interrupted() override { return left-- <= 0; }
  int left;
};

/// All numbers of a simulation, to be compared bit by bit.
std::vector<double> numbers_of(const Simulation& run) {
  std::vector<double> all = run.kept;
  for (const Observation& seen : run.observations) {
    for (const auto* estimates : {&seen.mean, &seen.variance})
      for (const Estimate& e : *estimates) all.insert(all.end(), {e.value, e.standard_error, e.bias, e.bias_error});
    all.insert(all.end(), seen.covariance.begin(), seen.covariance.end());
    for (const auto& of_coordinate : seen.quantiles)
      for (const Quantile& q : of_coordinate) all.insert(all.end(), {q.value, q.standard_error});
    for (const Histogram& h : seen.histograms) all.insert(all.end(), h.counts.begin(), h.counts.end());
  }
  if (run.passage) all.insert(all.end(), {run.passage->probability.value, run.passage->mean_time.value});
  return all;
}

SimulationSettings everything() {
  return {.calculus = Calculus::ito,
          .end_time = 2,
          .paths = 1003,
          .step = 1.0 / 50,
          .observe = {0.3, 1.1, 2},
          .statistics = {true, {0.1, 0.9}, {{0, -2, 2, 10}}},
          .keep_paths = 5,
          .passage = PassageSettings{{1, 0}, -infinity, 0.5}};
}

TEST(SdeSimulate, GivesTheSameBitsForAnyWidthAndThreads) {
  for (const char* name : {"rotating-ou", "kinetic-double-well"}) {
    const SdeModel model = named_sde(name);
    const std::vector<double> whole = numbers_of(simulate(model, everything(), {1, 0}));
    for (const int width : model.widths())
      for (const int threads : {1, 3})
        EXPECT_EQ(numbers_of(simulate(model, everything(), {threads, width})), whole) << name << width << threads;
  }
}

TEST(SdeSimulate, ResumesToTheSameBits) {
  const SdeModel model = named_sde("rotating-ou");
  SimulationSettings settings = everything();
  settings.paths = 20'000;  // 200 steps a piece: there are several in an interval
  settings.step = 1.0 / 500;
  const Simulation whole = simulate(model, settings);
  for (const int pieces : {0, 2, 4}) {
    MemorySink sink;
    Ticks clock;
    StopAfter stop(pieces);
    const Simulation part = simulate(model, settings, {}, sink, clock, stop);
    EXPECT_FALSE(part.finished);
    EXPECT_FALSE(sink.checkpoint.finished);
    Observer on;
    const Simulation rest = resume_simulation(model, sink.checkpoint, {2, 1}, sink, clock, on);
    EXPECT_TRUE(rest.finished);
    EXPECT_TRUE(sink.checkpoint.finished);
    EXPECT_EQ(numbers_of(rest), numbers_of(whole));
    EXPECT_EQ(numbers_of(resume_simulation(model, sink.checkpoint, {}, sink, clock, on)), numbers_of(whole));
  }
}

TEST(SdeSimulate, RefusesADamagedCheckpoint) {
  const SdeModel model = named_sde("ou");
  MemorySink sink;
  Ticks clock;
  Observer on;
  simulate(model, {.paths = 10, .step = 0.1}, {}, sink, clock, on);
  for (std::size_t size = 0; size < sink.checkpoint.bytes.size(); size += 7) {
    Checkpoint damaged = sink.checkpoint;
    damaged.bytes.resize(size);
    EXPECT_THROW(resume_simulation(model, damaged, {}, sink, clock, on), Error) << size;
  }
}

/// The estimate of the bias, against a bias that is known: Euler's mean of OU is (1 − h)^n.
TEST(SdeSimulate, EstimatesTheBiasOfTheStep) {
  DataMap data;
  data.values["x0"].reals = {5};
  const Simulation run =
      simulate(named_sde("ou", data), {.paths = 20'000, .step = 0.125, .scheme = Scheme::euler, .bias_paths = 20'000});
  const Observation& seen = run.observations[0];
  const double bias = 5 * (std::pow(1 - 0.125, 8) - std::exp(-1.0));
  EXPECT_NEAR(seen.mean[0].bias, bias, 0.2 * std::fabs(bias) + sigmas * seen.mean[0].bias_error);
  EXPECT_NEAR(seen.mean[0].value - bias, 5 * std::exp(-1.0), sigmas * seen.mean[0].standard_error);
  const double variance_bias = (1 - std::pow(0.875, 16)) / (2 - 0.125) - (1 - std::exp(-2.0)) / 2;
  EXPECT_NEAR(seen.variance[0].bias, variance_bias,
              0.2 * std::fabs(variance_bias) + sigmas * seen.variance[0].bias_error);
  EXPECT_THAT(run.warnings, testing::Contains(testing::HasSubstr("biased by about")));
}

TEST(SdeSimulate, ChoosesAStepWhoseBiasIsBelowTheNoise) {
  DataMap data;
  data.values["x0"].reals = {5};
  const Simulation run =
      simulate(named_sde("ou", data), {.end_time = 4, .paths = 10'000, .scheme = Scheme::euler, .bias_paths = 10'000});
  const Observation& seen = run.observations[0];
  for (const Estimate& e : {seen.mean[0], seen.variance[0]}) EXPECT_LT(std::fabs(e.bias), e.standard_error / 3);
  EXPECT_LT(run.step, 4.0 / 64);
  EXPECT_THAT(run.warnings, testing::IsEmpty());
}

TEST(SdeSimulate, QuantilesAndHistogramsAreThoseOfTheLaw) {
  const Simulation run =
      simulate(named_sde("brownian"),
               {.paths = 100'000, .step = 0.5, .statistics = {false, {0.025, 0.5, 0.9}, {{0, -1, 1, 2}}}});
  const Observation& seen = run.observations[0];
  const double truth[] = {-1.959963984540054, 0, 1.2815515655446004};
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(seen.quantiles[0][k].value, truth[k], sigmas * seen.quantiles[0][k].standard_error);
  const Histogram& h = seen.histograms[0];
  const double n = 1e5, inside = 0.3413447460685429;
  EXPECT_EQ(h.below + h.above + h.counts[0] + h.counts[1], 100'000);
  for (const std::int64_t count : h.counts)
    EXPECT_NEAR(static_cast<double>(count), n * inside, sigmas * std::sqrt(n * inside * (1 - inside)));
}

TEST(SdeSimulate, ABridgeArrivesWhereItMust) {
  const Simulation run = simulate(named_sde("brownian-bridge"),
                                  {.paths = 20'000, .step = 1.0 / 256, .scheme = Scheme::sra1, .observe = {0.25, 0.5}});
  expect_near(run.observations[0].variance[0], 0.25 * 0.75, "variance at 1/4");
  expect_near(run.observations[1].variance[0], 0.25, "variance at 1/2");
  EXPECT_LT(run.observations[2].variance[0].value, 0.02);
}

TEST(SdeSimulate, BadInputIsAnErrorThatNamesIt) {
  const SdeModel ou = named_sde("ou");
  const auto message = [&](const SimulationSettings& settings) -> std::string {
    try {
      simulate(ou, settings);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "nothing";
  };
  EXPECT_THAT(message({.end_time = 0}), testing::HasSubstr("end_time"));
  EXPECT_THAT(message({.paths = 0}), testing::HasSubstr("paths"));
  EXPECT_THAT(message({.step = -0.1}), testing::HasSubstr("step"));
  EXPECT_THAT(message({.step = 1e-13}), testing::HasSubstr("2^40"));
  EXPECT_THAT(message({.initial = {1, 2}}), testing::HasSubstr("initial"));
  EXPECT_THAT(message({.observe = {0.5, 0.5}}), testing::HasSubstr("observe"));
  EXPECT_THAT(message({.passage = PassageSettings{{1, 1}, 0, 1}}), testing::HasSubstr("functional"));
  EXPECT_THAT(message({.passage = PassageSettings{{1}, 1, 1}}), testing::HasSubstr("lower < upper"));
  EXPECT_THROW(named_sde("uo"), Error);
  DataMap data;
  data.values["sgima"].reals = {1};
  EXPECT_THROW(named_sde("ou", data), Error);
  EXPECT_THROW(calculus_called("itoh"), Error);
  EXPECT_THROW(scheme_called("heun"), Error);
}

}  // namespace
}  // namespace thalweg
