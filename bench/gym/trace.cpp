// How many gradients a chain until the ensemble's moments are right: bench_gym PROBLEM.stan DATA.json|- TRUTH.json
// METHOD CHAINS SEEDS [DRAWS a chain]. One JSON line a seed.
//
// The estimate after each step of warm-up and each draw is the mean over the ensemble as it stands then; the score is
// the number of gradients after which b² = (estimate − E f)²/Var f stays below 0.01, maximum and mean over variables.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using nlohmann::json;

struct Trace : Sink {
  const Model& model;
  std::vector<std::int64_t> columns;
  bool squares;
  std::vector<std::vector<double>> sums[2];  ///< [phase][draw][column]: of f over chains, then the gradients
  std::int64_t statistics = 0;

  Trace(const Model& m, const std::vector<std::string>& names, bool itself) : model(m), squares(!itself) {
    for (const ColumnGroup& group : draw_columns(m)) {
      if (group.name == "n_steps") statistics = group.first;
      for (const std::string& name : names)
        if (group.kind != ColumnKind::statistic && group.name == name)
          for (std::int64_t k = 0; k < group.size; ++k) columns.push_back(group.first + k);
    }
  }
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>&, const Checkpoint&) override {
    for (const DrawBlock& b : blocks) {
      auto& rows = sums[b.phase == Phase::sampling];
      const auto last = static_cast<std::size_t>(b.first + b.count);
      if (rows.size() < last) rows.resize(last, std::vector<double>(columns.size() + 1));
      for (std::int64_t i = 0; i < b.count; ++i) {
        auto& row = rows[static_cast<std::size_t>(b.first + i)];
        for (std::size_t c = 0; c < columns.size(); ++c) {
          const double v = b.values[static_cast<std::size_t>(columns[c] * b.count + i)];
          row[c] += squares ? v * v : v;
        }
        row.back() += b.values[static_cast<std::size_t>(statistics * b.count + i)];
      }
    }
  }
};

json read_json(const std::string& path) {
  std::ifstream in(path);
  return json::parse(in);
}

int trace(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr, "usage: bench_gym PROBLEM.stan DATA.json|- TRUTH.json METHOD CHAINS SEEDS [DRAWS]\n");
    return 2;
  }
  const std::string program = argv[1], data = argv[2], method = argv[4];
  const std::int64_t chains = std::stoll(argv[5]), seeds = std::stoll(argv[6]),
                     draws = argc > 7 ? std::stoll(argv[7]) : 8;
  std::ifstream in(program);
  std::stringstream source;
  source << in.rdbuf();
  const json truth = read_json(argv[3]);
  const std::string name = truth.at("problem");
  static const std::map<std::string, std::vector<std::string>> judged = {
      {"banana", {"x"}},
      {"gaussian", {"x"}},
      {"bimodal", {"x"}},
      {"rosenbrock", {"x", "y"}},
      {"funnel", {"gaussianised"}},
      {"cauchy", {"surprise"}},
      {"brownian", {"innovation_scale", "observation_scale", "walk"}},
      {"item_response", {"ability", "mean_ability", "difficulty"}},
      {"german_credit", {"global_scale", "local_scales", "unscaled_weights"}},
      {"stochastic_volatility", {"log_scale", "sigma", "nu"}}};
  const auto compiled = stan::compile_program(program);
  const Model model = stan::bind(compiled, data == "-" ? DataMap{} : read_json_data(data), {});
  const std::vector<double> mean = truth.at("mean"), variance = truth.at("variance");
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    SampleSettings s{.chains = chains, .draws = chains * draws, .save_warmup = true, .seed = std::uint64_t(seed)};
    s.method = *method_called(method);
    Trace sink(model, judged.at(name), name == "cauchy");
    if (sink.columns.size() != mean.size()) {
      fmt::print(stderr, "{} columns, {} truths\n", sink.columns.size(), mean.size());
      return 1;
    }
    struct Still : Clock {
      double seconds() override { return 0; }
    } clock;
    Observer observer;
    const auto start = std::chrono::steady_clock::now();
    const SampleOutcome outcome = sample(model, s, {.threads = 2}, sink, clock, observer);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double gradients = 0, first_max = -1, first_avg = -1, last_max = 0, last_avg = 0, ends_max = 0, ends_avg = 0,
           warm = 0;
    for (int phase = 0; phase < 2; ++phase)
      for (const auto& row : sink.sums[phase]) {
        gradients += row.back() / double(chains);
        if (phase == 0) warm = gradients;
        double worst = 0, sum = 0;
        for (std::size_t c = 0; c < mean.size(); ++c) {
          const double off = row[c] / double(chains) - mean[c], b2 = off * off / variance[c];
          worst = std::max(worst, b2), sum += b2 / double(mean.size());
          if (!std::isfinite(b2)) worst = sum = infinity;
        }
        if (worst < 0.01 && first_max < 0) first_max = gradients;
        if (sum < 0.01 && first_avg < 0) first_avg = gradients;
        if (!(worst < 0.01))
          last_max = -1;
        else if (last_max < 0)
          last_max = gradients;
        if (!(sum < 0.01))
          last_avg = -1;
        else if (last_avg < 0)
          last_avg = gradients;
        ends_max = worst, ends_avg = sum;
      }
    fmt::print(
        "{{\"problem\": \"{}\", \"method\": \"{}\", \"chains\": {}, \"seed\": {}, \"max\": {}, \"avg\": {}, "
        "\"first_max\": {}, \"first_avg\": {}, \"warmup\": {}, \"gradients\": {}, \"end_max\": {:.3g}, \"end_avg\": "
        "{:.3g}, \"settled\": {}, \"step_size\": {:.4g}, \"seconds\": {:.2f}}}\n",
        name, method, chains, seed, last_max, last_avg, first_max, first_avg, warm, gradients, ends_max, ends_avg,
        outcome.settled, outcome.step_size, seconds);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace thalweg

int main(int argc, char** argv) {
  try {
    return thalweg::trace(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
