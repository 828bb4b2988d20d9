// Pareto-smoothed importance sampling: exact tails, theory of Gaussians, agreement with ArviZ, planted errors.
#include "thalweg/trust/pareto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/trust/planted/weights.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

/// Log ratios with P(r > t) = (1 + k t)^(−1/k) exactly.
std::vector<double> pareto_ratios(std::size_t n, double k, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 0, 0);
  std::vector<double> r(n);
  for (double& v : r) v = std::log(std::expm1(k * random.exponential()) / k);
  return r;
}

/// log N(0, 1) − log N(0, scale²) at draws of the latter.
std::vector<double> gaussian_ratios(std::size_t n, double scale, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 1, 0);
  std::vector<double> r(n);
  for (double& v : r) {
    const double z = random.normal();
    v = 0.5 * z * z * (1 - scale * scale) + std::log(scale);
  }
  return r;
}

double total(const std::vector<double>& log_weights) {
  double sum = 0;
  for (const double w : log_weights) sum += std::exp(w);
  return sum;
}

TEST(Pareto, ThresholdAndTailSizeAreThoseOfThePaper) {
  EXPECT_NEAR(pareto_threshold(100), 0.5, 1e-12);
  EXPECT_NEAR(pareto_threshold(1000), 2.0 / 3, 1e-12);
  EXPECT_NEAR(pareto_threshold(2200), 0.7, 1e-3);
  EXPECT_EQ(pareto_threshold(1e6), 0.7);
  EXPECT_EQ(pareto_threshold(10), 0.0);
  EXPECT_NEAR(pareto_draws_needed(0.5), 100, 1e-9);
  EXPECT_NEAR(pareto_draws_needed(pareto_threshold(1000)), 1000, 1e-6);
  EXPECT_EQ(pareto_draws_needed(0.7), INFINITY);
  EXPECT_EQ(pareto_tail_size(100), 20u);
  EXPECT_EQ(pareto_tail_size(1000), 95u);  // 94.87
  EXPECT_EQ(pareto_tail_size(1000, 0.5), 135u);
}

TEST(Pareto, AgreesWithArviz) {
  const std::string folder = std::string(THALWEG_SOURCE_DIR) + "/tests/trust/data/";
  const auto json = nlohmann::json::parse(std::ifstream(folder + "pareto_reference.json"));
  ASSERT_EQ(json.at("cases").size(), 10u);
  for (const auto& c : json.at("cases")) {
    SCOPED_TRACE(c.at("name").get<std::string>());
    const auto ratios = c.at("log_ratios").get<std::vector<double>>();
    const ParetoWeights w = pareto_smooth(ratios, c.at("relative_efficiency"));
    EXPECT_NEAR(w.k, c.at("k").get<double>(), 1e-9);
    EXPECT_NEAR(w.effective_size, c.at("effective_size").get<double>(), 1e-8 * w.effective_size);
    std::vector<std::size_t> order(ratios.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return ratios[a] > ratios[b]; });
    const auto largest = c.at("largest").get<std::vector<double>>();
    for (std::size_t i = 0; i < largest.size(); ++i) EXPECT_NEAR(w.log_weights[order[i]], largest[i], 1e-8) << i;
  }
}

/// A Pareto tail beyond a threshold is Pareto with the same k, so k̂ has mean (n k + 5)/(n + 10) up to O(1/n) and
/// standard error about (1 + k)/√n, n the tail's draws. Four standard errors of a mean of 40: false alarms 6e-5 a value
/// of k.
TEST(Pareto, FindsTheShapeOfExactTails) {
  constexpr std::size_t draws = 20000;
  const double n = static_cast<double>(pareto_tail_size(draws));
  for (const double k : {-0.3, 0.1, 0.5, 0.7, 1.0, 2.0}) {
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) mean += pareto_k(pareto_ratios(draws, k, seed)) / 40;
    EXPECT_NEAR(mean, (n * k + 5) / (n + 10), 4 * (1 + k) / std::sqrt(40 * n) + 4 / n) << k;
  }
}

/// The Pareto shape that fits the exact law of r beyond its upper quantile `share` best, for r of mean-field on a 2-d
/// Gaussian with correlation ρ: log r = ρ·AB with A, B independent standard normals, whose product has density
/// K₀(|t|)/π.
double pseudo_true_shape(double rho, double share) {
  constexpr double step = 2e-4;
  std::vector<double> t, above;  // survival function, from far out inwards
  double sum = 0;
  for (double at = 60; at > 0.01; at -= step) {
    sum += std::cyl_bessel_k(0.0, at - step / 2) / M_PI * step;
    t.push_back(at - step);
    above.push_back(sum);
    if (sum > share) break;
  }
  EXPECT_GT(sum, share);
  // exceedances r/r₀ − 1 at equal steps of probability
  constexpr int count = 4000;
  std::vector<double> y;
  for (int i = 0; i < count; ++i) {
    const double p = share * (i + 0.5) / count;
    const auto at = std::lower_bound(above.begin(), above.end(), p) - above.begin();
    y.push_back(std::expm1(rho * (t[static_cast<std::size_t>(at)] - t.back())));
  }
  // maximum likelihood: over σ, k(σ) inside by its own equation b = k/σ ⇒ k = mean log(1 + b y)
  double best = -INFINITY, shape = 0;
  for (double log_b = -6; log_b < 6; log_b += 0.002) {
    const double b = std::exp(log_b);
    double k = 0;
    for (const double v : y) k += std::log1p(b * v) / count;
    const double likelihood = std::log(b / k) - k - 1;
    if (likelihood > best) best = likelihood, shape = k;
  }
  return shape;
}

std::vector<double> mean_field_ratios(std::size_t n, double rho, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 2, 0);
  const double sd = std::sqrt(1 - rho * rho);  // 1/√Λᵢᵢ, Λ the precision
  std::vector<double> r(n);
  for (double& v : r) {
    const double x = sd * random.normal(), y = sd * random.normal();
    v = rho * x * y / (1 - rho * rho);
  }
  return r;
}

/// Theory: k = 1 − 1/λmax(D^½ΣD^½), 0.95 here. It is the limit far out: a Gaussian's ratios have a slowly varying
/// factor 1/√log r, so the law beyond a finite quantile has a smaller shape. That shape is computed from the exact law,
/// is shown to go to 0.95, and k̂ agrees with it within 4 standard errors of a mean of 40 (false alarms 6e-5).
TEST(Pareto, MeanFieldOnACorrelatedGaussianIsAsTheorySays) {
  constexpr double rho = 0.95;
  double before = 0;
  for (const double share : {1e-2, 1e-4, 1e-8, 1e-16}) {
    const double shape = pseudo_true_shape(rho, share);
    EXPECT_GT(shape, before);
    EXPECT_LT(shape, 0.95);
    before = shape;
  }
  EXPECT_GT(before, 0.93);
  for (const std::size_t draws : {10000u, 100000u}) {
    const double n = static_cast<double>(pareto_tail_size(draws));
    const double k = pseudo_true_shape(rho, n / static_cast<double>(draws));
    double mean = 0, squares = 0;
    int above = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const double found = pareto_k(mean_field_ratios(draws, rho, seed));
      mean += found / 40;
      squares += found * found / 40;
      above += found > 0.7;
    }
    const double se = std::sqrt((squares - mean * mean) / 39);
    EXPECT_NEAR(mean, (n * k + 5) / (n + 10), 4 * se) << draws << " draws; se " << se;
    // 0.863 with a standard deviation of 0.06 is below 0.7 in 0.4 % of runs: three or more of 40, 5e-4
    if (draws == 100000u) {
      EXPECT_GE(above, 38);
    }
  }
}

TEST(Pareto, AConstantChangesTheMeanRatioOnly) {
  for (const double k : {0.3, 1.2}) {
    const std::vector<double> r = pareto_ratios(1000, k, 5);
    const ParetoWeights at_home = pareto_smooth(r);
    for (const double c : {-2000.0, 800.0}) {
      std::vector<double> moved = r;
      for (double& v : moved) v += c;
      const ParetoWeights away = pareto_smooth(moved);
      EXPECT_NEAR(away.k, at_home.k, 1e-8);
      EXPECT_NEAR(away.effective_size, at_home.effective_size, 1e-6);
      EXPECT_NEAR(away.log_mean_ratio - at_home.log_mean_ratio, c, 1e-9);
      // planted: ratios exponentiated without a shift overflow, or vanish
      EXPECT_NEAR(planted::unshifted_pareto_k(r), at_home.k, 1e-6);
      EXPECT_FALSE(std::abs(planted::unshifted_pareto_k(moved) - at_home.k) < 1e-6);
    }
  }
}

TEST(Pareto, WeightsAddUpToOneWhateverZ) {
  std::vector<double> r = gaussian_ratios(2000, 0.8, 7);
  for (double& v : r) v += 3;  // an unnormalised log p
  EXPECT_NEAR(total(pareto_smooth(r).log_weights), 1, 1e-12);
  EXPECT_GT(total(planted::unnormalised_log_weights(r)), 15);  // planted: e³
}

TEST(Pareto, SmoothingKeepsOrderAndTheBody) {
  const std::vector<double> r = pareto_ratios(1000, 0.6, 11);
  const ParetoWeights w = pareto_smooth(r);
  ASSERT_EQ(w.state, TailState::fitted);
  std::vector<std::size_t> order(r.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return r[a] < r[b]; });
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LE(w.log_weights[order[i - 1]], w.log_weights[order[i]]);
  const double shift = w.log_weights[order[0]] - r[order[0]];
  for (std::size_t i = 0; i + w.tail < order.size(); ++i)
    EXPECT_NEAR(w.log_weights[order[i]] - r[order[i]], shift, 1e-10);
}

TEST(Pareto, EqualRatiosAreExact) {
  std::vector<double> r(500, -123.4);
  r[3] += 1e-11;  // what rounding leaves
  const ParetoWeights w = pareto_smooth(r);
  EXPECT_EQ(w.state, TailState::exact);
  EXPECT_EQ(w.k, -INFINITY);
  EXPECT_TRUE(w.good());
  EXPECT_NEAR(w.effective_size, 500, 1e-6);
  EXPECT_NEAR(w.log_mean_ratio, -123.4, 1e-10);
}

TEST(Pareto, DrawsOutsideTheSupportHaveNoWeight) {
  std::vector<double> r = gaussian_ratios(1000, 0.9, 3);
  const double k = pareto_k(r);
  r.insert(r.end(), 1000, -INFINITY);
  const ParetoWeights w = pareto_smooth(r);
  EXPECT_EQ(w.outside, 1000u);
  EXPECT_EQ(w.k, k);
  EXPECT_EQ(w.log_weights.back(), -INFINITY);
  EXPECT_NEAR(total(w.log_weights), 1, 1e-12);
}

TEST(Pareto, NaNIsReported) {
  std::vector<double> r = gaussian_ratios(1000, 0.9, 3);
  r[17] = NAN;
  r[18] = INFINITY;
  const ParetoWeights w = pareto_smooth(r);
  EXPECT_EQ(w.state, TailState::invalid);
  EXPECT_EQ(w.faulty, 2u);
  EXPECT_FALSE(w.good());
  EXPECT_EQ(w.reason, "the ratio of 2 of 1000 draws is not a number");
  EXPECT_NEAR(total(w.log_weights), 1, 1e-12);
}

TEST(Pareto, TooFewDrawsSayWhy) {
  for (const std::size_t n : {1u, 3u, 20u}) {
    const std::vector<double> r = gaussian_ratios(n, 0.5, 2);
    const ParetoWeights w = pareto_smooth(r);
    EXPECT_FALSE(w.good()) << n;
    EXPECT_FALSE(std::isnan(w.k));
    EXPECT_EQ(w.state, TailState::too_short) << n;
  }
  EXPECT_EQ(pareto_smooth({}).state, TailState::invalid);
  EXPECT_EQ(pareto_smooth(std::vector<double>(10, -INFINITY)).reason, "no draw has a positive finite weight");
  // one draw thousands of nats above the others carries all the weight
  std::vector<double> r(1000);
  for (std::size_t i = 0; i < r.size(); ++i) r[i] = -5.0 * static_cast<double>(i * i);
  const ParetoWeights w = pareto_smooth(r);
  EXPECT_FALSE(w.good());
  EXPECT_FALSE(std::isnan(w.k));
  EXPECT_NEAR(w.effective_size, 1, 0.05);
}

TEST(Pareto, RatiosThatAreBoundedByManyDrawsAreFine) {
  std::vector<double> r(400, 0.0);
  for (std::size_t i = 0; i < 200; ++i) r[i] = -1;
  const ParetoWeights w = pareto_smooth(r);
  EXPECT_EQ(w.state, TailState::bounded);
  EXPECT_TRUE(w.good());
}

TEST(Pareto, BadArgumentsAreNamed) {
  EXPECT_THROW(pareto_smooth(std::vector<double>(10, 0.0), 0), std::invalid_argument);
  EXPECT_THROW(fit_pareto_tail(std::vector<double>{1, 2, 3}), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
