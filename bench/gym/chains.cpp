// How many gradients a single chain needs, and how many its tuning took: bench_gym_chains PROBLEM.stan DATA.json|-
// TRUTH.json METHOD GRADIENTS SEEDS [CHAINS a seed] [peer] [log] [length=L]
// [accept=RATE]. One JSON line for all.
//
// All chains of a seed are tuned together; after that each stands alone: b² is that of the running means of one chain.
// As with the peer (bench/peers/gym_blackjax.py), the median of b² is taken over the seeds, one chain of each, at every
// transition, and its last crossing of 0.01 is the score, in gradients of an average transition. Chain number c of all
// seeds make one such median: `max` and `avg` are the medians over c, with quartiles. `tuning` is gradients a chain,
// all that warm-up spent; GRADIENTS a chain are drawn after it.
#include <fmt/format.h>

#include <algorithm>

#include "bench/gym/problem.hpp"

namespace thalweg::gym {
namespace {

/// The running means of every chain, and b² of them after each transition.
struct Curves : Sink {
  const Problem& problem;
  std::vector<std::vector<double>> sums;     ///< [chain][column]
  std::vector<std::vector<float>> max, avg;  ///< [chain][draw]
  double gradients = 0, draws = 0;
  bool talks = false;

  Curves(const Problem& p, std::int64_t chains)
      : problem(p),
        sums(static_cast<std::size_t>(chains), std::vector<double>(p.mean.size())),
        max(static_cast<std::size_t>(chains)),
        avg(static_cast<std::size_t>(chains)) {}
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log, const Checkpoint&) override {
    if (talks)
      for (const LogEntry& entry : log) fmt::print(stderr, "{}\n", entry.text);
    for (const DrawBlock& b : blocks) {
      if (b.phase != Phase::sampling) continue;
      const auto chain = static_cast<std::size_t>(b.chain);
      require(b.first == static_cast<std::int64_t>(max[chain].size()), "chain {}: draw {} after {}", chain, b.first,
              max[chain].size());
      for (std::int64_t i = 0; i < b.count; ++i) {
        for (std::size_t c = 0; c < problem.columns.size(); ++c)
          sums[chain][c] += problem.f(b.values[static_cast<std::size_t>(problem.columns[c] * b.count + i)]);
        gradients += b.values[static_cast<std::size_t>(problem.gradients_column * b.count + i)];
        draws += 1;
        const SquaredBias b2 = problem.squared_bias(sums[chain].data(), static_cast<double>(b.first + i + 1));
        max[chain].push_back(static_cast<float>(b2.max));
        avg[chain].push_back(static_cast<float>(b2.avg));
      }
    }
  }
};

double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1) + 0.5)];
}

/// Transitions after which the median of the curves stays below 0.01; infinity when it ends above.
double crossing_of_median(const std::vector<const std::vector<float>*>& curves) {
  std::size_t last = 0, n = curves.front()->size();
  for (const auto* c : curves) n = std::min(n, c->size());
  std::vector<float> here(curves.size());
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t k = 0; k < curves.size(); ++k) here[k] = (*curves[k])[t];
    std::sort(here.begin(), here.end());
    const std::size_t m = here.size();
    const float median = m % 2 ? here[m / 2] : 0.5F * (here[m / 2 - 1] + here[m / 2]);
    if (!(median < 0.01F)) last = t + 1;
  }
  return last < n ? static_cast<double>(last + 1) : infinity;
}

std::string shown(double v) { return std::isfinite(v) ? fmt::format("{:.0f}", v) : "\"inf\""; }

int run(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(
        stderr,
        "usage: bench_gym_chains PROBLEM.stan DATA.json|- TRUTH.json METHOD GRADIENTS SEEDS [CHAINS] [peer] [log]\n");
    return 2;
  }
  const Problem problem = load_problem(argv[1], argv[2], argv[3]);
  const std::string method = argv[4];
  const double wanted = std::stod(argv[5]);
  const std::int64_t seeds = std::stoll(argv[6]), chains = argc > 7 ? std::stoll(argv[7]) : 32;
  const std::vector<std::string> words(argv + std::min(argc, 8), argv + argc);
  const auto said = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  const bool as_peer = said("peer");
  std::vector<Curves> all;
  std::vector<double> tunings, steps, lengths, per_draw, transitions;
  std::int64_t settled = 0;
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    SampleSettings s{.chains = chains, .draws = chains, .seed = std::uint64_t(seed)};
    s.method = *method_called(method);
    for (const std::string& word : words) {
      if (word.starts_with("length=")) s.special.length = std::stod(word.substr(7));
      if (word.starts_with("accept=")) s.target_acceptance = std::stod(word.substr(7));
    }
    if (as_peer) s.starts = starts_of_the_peer(problem, chains, s.seed);
    all.emplace_back(problem, chains);
    StandingClock clock;
    Observer observer;
    // a first draw a chain tells what a draw costs; the run is then extended
    struct Keep : Curves {
      Checkpoint last;
      using Curves::Curves;
      void commit(const std::vector<DrawBlock>& b, const std::vector<LogEntry>& l, const Checkpoint& c) override {
        Curves::commit(b, l, c);
        last = c;
      }
    } sink(problem, chains);
    sink.talks = said("log");
    SampleOutcome outcome = sample(problem.model, s, {.threads = 2}, sink, clock, observer);
    tunings.push_back(double(outcome.warmup_counts.gradients) / double(chains));
    while (sink.gradients < wanted * double(chains)) {
      const double left = wanted * double(chains) - sink.gradients, cost = sink.gradients / sink.draws;
      const double more = std::min(std::max(left / cost, double(chains)), 1 + 20 * sink.draws);
      outcome = resume(problem.model, sink.last, std::int64_t(more), {.threads = 2}, sink, clock, observer);
    }
    settled += outcome.settled;
    steps.push_back(outcome.step_size);
    transitions.push_back(double(outcome.warmup));
    per_draw.push_back(sink.gradients / sink.draws);
    all.back().max = std::move(sink.max);
    all.back().avg = std::move(sink.avg);
  }
  std::vector<double> max, avg;
  double mean_cost = 0;
  for (const double c : per_draw) mean_cost += c / double(per_draw.size());
  for (std::size_t c = 0; c < static_cast<std::size_t>(chains); ++c) {
    std::vector<const std::vector<float>*> of_max, of_avg;
    for (const Curves& one : all) of_max.push_back(&one.max[c]), of_avg.push_back(&one.avg[c]);
    max.push_back(mean_cost * crossing_of_median(of_max));
    avg.push_back(mean_cost * crossing_of_median(of_avg));
  }
  fmt::print(
      "{{\"problem\": \"{}\", \"method\": \"thalweg {}\", \"chains\": {}, \"seeds\": {}, \"start\": \"{}\", \"max\": "
      "[{}, {}, "
      "{}], \"avg\": [{}, {}, {}], \"tuning\": {:.0f}, \"tuning_most\": {:.0f}, \"tuning_transitions\": {:.0f}, "
      "\"settled\": {}, \"step_size\": {:.4g}, \"gradients_a_draw\": {:.3g}}}\n",
      problem.name, method, chains, seeds, as_peer ? "peer" : "relaxed", shown(quantile(max, 0.25)),
      shown(quantile(max, 0.5)), shown(quantile(max, 0.75)), shown(quantile(avg, 0.25)), shown(quantile(avg, 0.5)),
      shown(quantile(avg, 0.75)), quantile(tunings, 0.5), quantile(tunings, 1), quantile(transitions, 0.5), settled,
      quantile(steps, 0.5), mean_cost);
  return 0;
}

}  // namespace
}  // namespace thalweg::gym

int main(int argc, char** argv) {
  try {
    return thalweg::gym::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
