// A problem of the gym as our benchmarks see it: the compiled program, its judged columns, its truth, and the law of
// the starting points that the peers use.
#pragma once
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "thalweg/io/json_data.hpp"
#include "thalweg/stan/compile.hpp"
#include "thalweg/thalweg.hpp"

namespace thalweg::gym {

inline nlohmann::json read_json(const std::string& path) {
  std::ifstream in(path);
  return nlohmann::json::parse(in);
}

/// b² of means of f over n draws: maximum and mean over the judged variables.
struct SquaredBias {
  double max = 0, avg = 0;
};

struct Problem {
  std::string name;
  Model model;
  nlohmann::json data;                 ///< as fetch.py made them; null without
  std::vector<std::int64_t> columns;   ///< judged
  bool squares = true;                 ///< f = x², else f = x
  std::vector<double> mean, variance;  ///< of f
  std::int64_t gradients_column = 0;

  double f(double x) const { return squares ? x * x : x; }
  SquaredBias squared_bias(const double* sums, double n) const {
    SquaredBias b;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const double off = sums[c] / n - mean[c], b2 = off * off / variance[c];
      if (!std::isfinite(b2)) return {infinity, infinity};
      b.max = std::max(b.max, b2), b.avg += b2 / static_cast<double>(mean.size());
    }
    return b;
  }
};

/// From PROBLEM.stan, DATA.json or "-", and TRUTH.json, which may name the judged variables of a problem of your own.
inline Problem load_problem(const std::string& program, const std::string& data, const std::string& truth_file) {
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
  const nlohmann::json truth = read_json(truth_file);
  const std::string name = truth.at("problem");
  const bool has_data = data != "-";
  Problem p{name,
            stan::bind(stan::compile_program(program), has_data ? read_json_data(data) : DataMap{}, {}),
            has_data ? read_json(data) : nlohmann::json{},
            {},
            name != "cauchy",
            truth.at("mean"),
            truth.at("variance")};
  const auto names = truth.contains("judged") ? truth.at("judged").get<std::vector<std::string>>() : judged.at(name);
  for (const std::string& wanted : names)
    for (const ColumnGroup& group : draw_columns(p.model))
      if (group.kind != ColumnKind::statistic && group.name == wanted)
        for (std::int64_t k = 0; k < group.size; ++k) p.columns.push_back(group.first + k);
  for (const ColumnGroup& group : draw_columns(p.model))
    if (group.name == "n_steps") p.gradients_column = group.first;
  require(p.columns.size() == p.mean.size(), "{}: {} judged columns, {} truths", name, p.columns.size(), p.mean.size());
  return p;
}

/// `count` starting points from the law of bench/peers/gym_densities.py.
inline std::vector<std::vector<double>> starts_of_the_peer(const Problem& p, std::int64_t count, std::uint64_t seed) {
  const auto d = static_cast<std::size_t>(p.model.dimension());
  double widest = 1;
  if (p.name == "gaussian") {  // the largest eigenvalue of the covariance is at least its largest variance
    const std::vector<double>& v = p.mean;
    widest = std::sqrt(*std::max_element(v.begin(), v.end()));
  }
  std::vector<std::vector<double>> starts;
  for (std::int64_t k = 0; k < count; ++k) {
    Random<double> random(seed, Purpose::test, static_cast<std::uint64_t>(k), 0);
    std::vector<double> x(d);
    for (double& v : x) v = widest * random.normal();
    double walk = 0;
    if (p.name == "banana") x[0] *= 20, x[1] *= 10;
    if (p.name == "brownian") {
      x[0] = std::log(0.1) + 0.1 * x[0], x[1] = std::log(0.15) + 0.1 * x[1];
      for (std::size_t j = 2; j < d; ++j) x[j] = walk += std::exp(x[0]) * x[j];
    }
    if (p.name == "item_response") x[400] += 0.75;
    if (p.name == "german_credit")
      for (std::size_t j = 0; j < 26; ++j) x[j] = 0;
    if (p.name == "stochastic_volatility") {
      for (std::size_t j = 0; j + 2 < d; ++j) x[j] = walk += 0.02 * x[j];
      x[d - 2] = x[d - 1] = 0;
    }
    starts.push_back(std::move(x));
  }
  return starts;
}

/// Nobody interrupts, and time stands still.
struct StandingClock : Clock {
  double seconds() override { return 0; }
};

}  // namespace thalweg::gym
