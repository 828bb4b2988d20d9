// Simulation-based calibration: is a parameter drawn from the prior at a uniform rank among draws of its posterior?
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/slow/calibration_models.hpp"
#include "thalweg/core/incomplete_gamma.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/functor.hpp"

namespace thalweg::test {

inline constexpr int replications = 1000, draws_of_each = 99;

/// The ranks of one quantity, one a replication, each from 0 to 99.
struct Ranks {
  std::string name;
  std::array<int, draws_of_each + 1> counts{};
  double autocorrelation = 0;  ///< mean over replications of that between neighbours among the 99 draws

  /// χ² of 20 classes of five ranks, 50 expected in each.
  double p_of_classes() const {
    constexpr int classes = 20, width = (draws_of_each + 1) / classes;
    double chi_square = 0;
    for (int k = 0; k < classes; ++k) {
      double found = 0, expected = double(replications) / classes;
      for (int i = 0; i < width; ++i) found += counts[static_cast<std::size_t>(k * width + i)];
      chi_square += (found - expected) * (found - expected) / expected;
    }
    return gamma_q(0.5 * (classes - 1), 0.5 * chi_square);
  }
  /// Kolmogorov's distance D of the distribution function from the uniform one: P(√n D > t) ≤ 2 exp(−2t²), of discrete
  /// laws too.
  ///
  /// Source  Massart (1990), Ann. Probab. 18, 1269–1283.
  double p_of_distance() const {
    double sum = 0, distance = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      sum += counts[k] / double(replications);
      distance = std::max(distance, std::abs(sum - double(k + 1) / double(counts.size())));
    }
    return std::min(1.0, 2 * std::exp(-2 * replications * distance * distance));
  }
  /// Of both together.
  double p() const { return std::min(1.0, 2 * std::min(p_of_classes(), p_of_distance())); }
};

/// The ranks of all parameters and of the log likelihood; `failures`: what replications threw.
struct Calibration {
  std::vector<Ranks> ranks;
  std::vector<std::string> failures;

  const Ranks& worst() const {
    return *std::min_element(ranks.begin(), ranks.end(), [](const auto& a, const auto& b) { return a.p() < b.p(); });
  }
  const Ranks& most_dependent() const {
    return *std::max_element(ranks.begin(), ranks.end(),
                             [](const auto& a, const auto& b) { return a.autocorrelation < b.autocorrelation; });
  }
};

/// Draws of a posterior: `seed` is of the replication.
using Sampler = std::function<Run(const Model& model, std::uint64_t seed)>;

/// How a method draws: chains × draws of each, `thin` transitions apart, of which 99 are kept.
struct Plan {
  Method method;
  std::int64_t chains, draws_of_each, thin;

  SampleSettings settings(std::uint64_t seed) const {
    return {.chains = chains, .draws = chains * draws_of_each, .thin = thin, .seed = seed, .method = method};
  }
};
/// The exact methods. One draw a particle of those that move all at once.
inline constexpr Plan plans[] = {
    {Method::nuts, 33, 3, 8},    {Method::walnuts, 33, 3, 8},    {Method::hmc, 33, 3, 16},  {Method::ghmc, 33, 3, 60},
    {Method::mams, 33, 3, 30},   {Method::mala, 33, 3, 120},     {Method::laps, 128, 1, 4}, {Method::chees, 33, 3, 16},
    {Method::meads, 128, 1, 60}, {Method::tempering, 99, 1, 12}, {Method::smc, 512, 1, 8}};
constexpr Plan plan_of(Method method) {
  return *std::find_if(std::begin(plans), std::end(plans), [&](const Plan& p) { return p.method == method; });
}

/// Of a false alarm, a quantity: 1e-3 over 11 methods and 4 + 8 + 6 parameters and three log likelihoods.
inline constexpr double level = 1e-3 / (11 * 21);

/// 99 of the draws, evenly spaced over chains and, inside of a chain, over time; all rows are [statistics, variables].
inline std::vector<const std::vector<double>*> spaced_rows(const MemorySink& sink) {
  std::vector<const std::vector<double>*> all, rows;
  for (const auto& [key, track] : sink.tracks)
    if (key.first == Phase::sampling)
      for (const auto& row : track) all.push_back(&row);
  if (all.size() < draws_of_each) fail("{} draws; {} are needed", all.size(), draws_of_each);
  for (std::size_t k = 0; k < draws_of_each; ++k) rows.push_back(all[k * all.size() / draws_of_each]);
  return rows;
}

/// Σ (xᵢ − x̄)(xᵢ₊₁ − x̄)/Σ (xᵢ − x̄)²: of neighbours, which are of one chain, or of chains that began at one place.
inline double lag_one(const std::vector<double>& x) {
  double mean = 0, products = 0, squares = 0;
  for (const double v : x) mean += v / double(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - mean) * (x[i] - mean);
    if (i > 0) products += (x[i] - mean) * (x[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 1;
}

struct Replication {
  std::vector<int> ranks;
  std::vector<double> autocorrelations;
};
/// Parameters from the prior, data from the parameters, draws given the data, ranks among the draws.
///
/// Random  parameters and data of (seed, test, replication, 0); the run of the seed 1 + replication.
template <class M>
Replication replicate(std::uint64_t replication, const Fault& fault, const Sampler& draw) {
  Random<double> random(20261201, Purpose::test, replication, 0);
  M model;
  std::vector<double> truth = M::draw_prior(random);
  model.draw_data(random, truth);
  truth.push_back(model.log_likelihood(truth));
  model.fault = fault;
  const Run run = draw(model_of(model), 1 + replication);
  std::vector<std::vector<double>> columns(truth.size());
  for (const auto* row : spaced_rows(run.sink)) {
    const std::span<const double> values(row->data() + statistic_count, M::parameters);
    for (std::size_t k = 0; k < values.size(); ++k) columns[k].push_back(values[k]);
    columns.back().push_back(model.log_likelihood(values));
  }
  Replication r;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    r.ranks.push_back(int(std::count_if(columns[k].begin(), columns[k].end(), [&](double v) { return v < truth[k]; })));
    r.autocorrelations.push_back(lag_one(columns[k]));
  }
  return r;
}

/// All replications, on all cores.
///
/// Source  Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv 1804.06788; the log likelihood among the
///         quantities: Modrák et al. (2023), Bayesian Analysis, arXiv 2211.02383.
template <class M>
Calibration calibrate(const Sampler& draw, const Fault& fault = {}) {
  std::vector<Replication> all(replications);
  std::vector<std::string> failures(replications);
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back([&] {
      for (std::size_t r = next++; r < all.size(); r = next++) try {
          all[r] = replicate<M>(r, fault, draw);
        } catch (const std::exception& e) {
          failures[r] = fmt::format("replication {}: {}", r, e.what());
        }
    });
  threads.clear();
  Calibration c;
  std::vector<std::string> names;
  M example;
  Random<double> random(0, Purpose::test, 0, 0);
  example.draw_data(random, M::draw_prior(random));
  const Model model = model_of(example);
  for (const Variable& v : model.variables())
    for (std::int64_t k = 0; k < v.size; ++k)
      c.ranks.push_back({v.size > 1 ? fmt::format("{}[{}]", v.name, k + 1) : v.name});
  c.ranks.push_back({"log likelihood"});
  for (std::size_t r = 0; r < all.size(); ++r) {
    if (!failures[r].empty()) c.failures.push_back(failures[r]);
    for (std::size_t k = 0; k < all[r].ranks.size(); ++k) {
      ++c.ranks[k].counts[static_cast<std::size_t>(all[r].ranks[k])];
      c.ranks[k].autocorrelation += all[r].autocorrelations[k] / replications;
    }
  }
  return c;
}

}  // namespace thalweg::test
