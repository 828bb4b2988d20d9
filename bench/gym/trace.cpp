// How many gradients a chain until an ensemble's moments are right: bench_gym PROBLEM.stan DATA.json|- TRUTH.json
// METHOD CHAINS SEEDS [DRAWS a chain] [peer]. One JSON line a seed.
//
// The estimate after each step of warm-up and each draw is the mean over the ensemble as it stands then; the score is
// the number of gradients after which b² = (estimate − E f)²/Var f stays below 0.01, maximum and mean over variables.
// With `peer` every chain starts at a draw from the law that the peers start from, else at one of 32 relaxed points.
#include <fmt/format.h>

#include <chrono>

#include "bench/gym/problem.hpp"

namespace thalweg::gym {
namespace {

struct Trace : Sink {
  const Problem& problem;
  std::vector<std::vector<double>> sums[2];  ///< [phase][draw][column]: of f over chains, then the gradients

  explicit Trace(const Problem& p) : problem(p) {}
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>&, const Checkpoint&) override {
    const auto& columns = problem.columns;
    for (const DrawBlock& b : blocks) {
      auto& rows = sums[b.phase == Phase::sampling];
      const auto last = static_cast<std::size_t>(b.first + b.count);
      if (rows.size() < last) rows.resize(last, std::vector<double>(columns.size() + 1));
      for (std::int64_t i = 0; i < b.count; ++i) {
        auto& row = rows[static_cast<std::size_t>(b.first + i)];
        for (std::size_t c = 0; c < columns.size(); ++c)
          row[c] += problem.f(b.values[static_cast<std::size_t>(columns[c] * b.count + i)]);
        row.back() += b.values[static_cast<std::size_t>(problem.gradients_column * b.count + i)];
      }
    }
  }
};

/// When a curve is first below the limit, and when for good; −1: never.
struct Crossing {
  double first = -1, last = -1;
  void add(double gradients, double b2) {
    const bool below = b2 < 0.01;
    if (below && first < 0) first = gradients;
    if (!below)
      last = -1;
    else if (last < 0)
      last = gradients;
  }
};

int trace(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr, "usage: bench_gym PROBLEM.stan DATA.json|- TRUTH.json METHOD CHAINS SEEDS [DRAWS] [peer]\n");
    return 2;
  }
  const Problem problem = load_problem(argv[1], argv[2], argv[3]);
  const std::string method = argv[4];
  const std::int64_t chains = std::stoll(argv[5]), seeds = std::stoll(argv[6]),
                     draws = argc > 7 ? std::stoll(argv[7]) : 8;
  const bool as_peer = argc > 8 && std::string(argv[8]) == "peer";
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    SampleSettings s{.chains = chains, .draws = chains * draws, .save_warmup = true, .seed = std::uint64_t(seed)};
    s.method = *method_called(method);
    if (as_peer) s.starts = starts_of_the_peer(problem, chains, s.seed);
    Trace sink(problem);
    StandingClock clock;
    Observer observer;
    const auto start = std::chrono::steady_clock::now();
    const SampleOutcome outcome = sample(problem.model, s, {.threads = 2}, sink, clock, observer);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double gradients = 0, warm = 0;
    Crossing max, avg;
    SquaredBias end;
    for (int phase = 0; phase < 2; ++phase)
      for (const auto& row : sink.sums[phase]) {
        gradients += row.back() / double(chains);
        if (phase == 0) warm = gradients;
        end = problem.squared_bias(row.data(), double(chains));
        max.add(gradients, end.max), avg.add(gradients, end.avg);
      }
    fmt::print(
        "{{\"problem\": \"{}\", \"method\": \"thalweg {}\", \"chains\": {}, \"start\": \"{}\", \"seed\": {}, \"max\": "
        "{}, "
        "\"avg\": "
        "{}, \"first_max\": {}, \"first_avg\": {}, \"warmup\": {}, \"gradients\": {}, \"end_max\": {:.3g}, "
        "\"end_avg\": "
        "{:.3g}, \"settled\": {}, \"step_size\": {:.4g}, \"seconds\": {:.2f}}}\n",
        problem.name, method, chains, as_peer ? "peer" : "relaxed", seed, max.last, avg.last, max.first, avg.first,
        warm, gradients, end.max, end.avg, outcome.settled, outcome.step_size, seconds);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace thalweg::gym

int main(int argc, char** argv) {
  try {
    return thalweg::gym::trace(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
