#include "bench/problems.hpp"

#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg::bench {
namespace {

DataValue integer(int x) { return {{}, {double(x)}, {x}, true}; }
DataValue integers(const std::vector<int>& x) {
  return {{std::int64_t(x.size())}, {x.begin(), x.end()}, {x.begin(), x.end()}, true};
}
DataValue reals(std::vector<double> x) { return {{std::int64_t(x.size())}, std::move(x), {}, false}; }

Random<double> stream(std::uint64_t which) { return {20240501, Purpose::test, which, 0}; }

/// 919 houses in 85 counties of very different sizes, county after county.
DataMap radon() {
  constexpr int houses = 919, counties = 85;
  auto random = stream(0);
  std::vector<double> share(counties), effect(counties);
  double total = 0;
  for (int j = 0; j < counties; ++j) {
    total += share[std::size_t(j)] = std::exp(random.normal());
    effect[std::size_t(j)] = 1.5 + 0.3 * random.normal();
  }
  std::vector<int> county;
  for (int j = 0; j < counties; ++j) {
    const auto size = 1 + int((houses - counties) * share[std::size_t(j)] / total);
    county.insert(county.end(), std::size_t(size), j + 1);
  }
  while (std::ssize(county) < houses) county.push_back(counties);
  std::vector<double> floor_measure(houses), log_radon(houses);
  for (std::size_t n = 0; n < houses; ++n) {
    floor_measure[n] = random.uniform() < 0.17 ? 1 : 0;
    log_radon[n] = effect[std::size_t(county[n] - 1)] - 0.7 * floor_measure[n] + 0.75 * random.normal();
  }
  return {{{"N", integer(houses)},
           {"J", integer(counties)},
           {"county", integers(county)},
           {"floor_measure", reals(floor_measure)},
           {"log_radon", reals(log_radon)}},
          "radon"};
}

/// 10,000 outcomes of 25 standard normal predictors.
DataMap logistic() {
  constexpr int rows = 10000, columns = 25;
  auto random = stream(1);
  std::vector<double> x(std::size_t{rows} * columns), beta(columns);
  for (double& b : beta) b = 0.3 * random.normal();
  for (double& v : x) v = random.normal();
  std::vector<int> y(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    double eta = 0.5;
    for (std::size_t k = 0; k < columns; ++k) eta += x[i * columns + k] * beta[k];
    y[i] = random.uniform() < 1 / (1 + std::exp(-eta));
  }
  return {{{"N", integer(rows)}, {"K", integer(columns)}, {"X", {{rows, columns}, x, {}, false}}, {"y", integers(y)}},
          "logistic"};
}

/// The published data of Rubin (1981).
DataMap eight_schools() {
  return {{{"J", integer(8)},
           {"y", reals({28, 8, -3, 7, -1, 1, 18, 12})},
           {"sigma", reals({15, 10, 16, 11, 9, 11, 10, 18})}},
          "eight_schools"};
}

/// 1000 draws of two normals, 2.5 standard deviations apart.
DataMap mixture() {
  constexpr int size = 1000;
  auto random = stream(2);
  std::vector<double> y(size);
  for (double& v : y) v = (random.uniform() < 0.4 ? -1.25 : 1.25) + random.normal();
  return {{{"N", integer(size)}, {"y", reals(y)}}, "mixture"};
}

/// 200 steps of an autoregression of order 5.
DataMap autoregression() {
  constexpr int steps = 200, order = 5;
  constexpr double beta[order] = {0.4, 0.2, -0.1, 0.1, -0.2};
  auto random = stream(3);
  std::vector<double> y(steps);
  for (int t = 0; t < steps; ++t) {
    double mu = 0.1;
    for (int k = 1; k <= order && k <= t; ++k) mu += beta[k - 1] * y[std::size_t(t - k)];
    y[std::size_t(t)] = mu + 0.5 * random.normal();
  }
  return {{{"K", integer(order)}, {"T", integer(steps)}, {"y", reals(y)}}, "autoregression"};
}

}  // namespace

std::vector<Problem> gradient_problems() {
  return {
      {"radon", "radon", "hierarchical regression, 919 observations, vectorised", radon(), 10},
      {"radon_loop", "radon", "the same, written as a loop", radon(), 10},
      {"logistic", "logistic", "logistic regression 10,000 x 25, alpha + X * beta", logistic(), 10},
      {"logistic_glm", "logistic", "the same, bernoulli_logit_glm", logistic(), 10},
      {"eight_schools", "eight_schools", "eight schools, noncentered", eight_schools(), 6},
      {"mixture", "mixture", "mixture of two normals, 1000 observations", mixture(), 6},
      {"autoregression", "autoregression", "AR(5), 200 observations", autoregression(), 6},
  };
}

DataMap problem_data(const std::string& program) {
  for (auto& problem : gradient_problems())
    if (problem.program == program) return problem.data;
  fail("no benchmark program is called '{}'", program);
}

}  // namespace thalweg::bench
