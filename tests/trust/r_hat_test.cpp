#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "tests/trust/chains.hpp"
#include "tests/trust/planted/split_rhat.hpp"
#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {
namespace {

double rhat(const Column& column) {
  Diagnostics d;
  d.assign(column);
  return d.rhat();
}

using RHat = std::function<double(const Column&)>;

/// Four chains of one location, one of them three times as wide.
bool sees_a_difference_in_scale(const RHat& r) {
  auto x = independent(4, 1000, 11);
  for (std::size_t i = 3000; i < 4000; ++i) x[i] *= 3;
  return r({x, 4}) > 1.01;
}

/// Four Cauchy chains, one of them moved by two: their variances are dominated by a few draws.
bool sees_a_shift_under_heavy_tails(const RHat& r) {
  std::mt19937_64 engine(12);
  std::cauchy_distribution<double> cauchy;
  std::vector<double> x(4000);
  for (double& v : x) v = cauchy(engine);
  for (std::size_t i = 3000; i < 4000; ++i) x[i] += 2;
  return r({x, 4}) > 1.01;
}

TEST(RHat, SeesWhatRankNormalisationIsFor) {
  EXPECT_TRUE(sees_a_difference_in_scale(rhat));
  EXPECT_TRUE(sees_a_shift_under_heavy_tails(rhat));
}

TEST(PlantedErrors, RHatWithoutRankNormalisationIsCaught) {
  EXPECT_FALSE(sees_a_difference_in_scale(planted::split_rhat));
  EXPECT_FALSE(sees_a_shift_under_heavy_tails(planted::split_rhat));
}

TEST(RHat, IsInvariantUnderMonotoneMaps) {
  const auto x = autoregressive(4, 500, 0.5, 21);
  auto y = x;
  for (double& v : y) v = std::exp(5 * v);
  Diagnostics d, e;
  d.assign({x, 4});
  e.assign({y, 4});
  EXPECT_EQ(d.rhat_bulk(), e.rhat_bulk());
  EXPECT_EQ(d.ess_bulk(), e.ess_bulk());
  EXPECT_EQ(d.ess_tail(), e.ess_tail());
}

TEST(RHat, StaysBelowItsThresholdForLongPerfectChains) {
  const auto x = independent(4, 2500, 31);
  EXPECT_LT(rhat({x, 4}), 1.01);
  EXPECT_GT(rhat({x, 4}), 0.999);
}

TEST(NestedRHat, IsNoiseForOneDrawAChain) {
  // At stationarity with one draw a chain the noise is exactly 1/M, and so is the mean of value² − 1 (Margossian et
  // al., section 3.1). Here M = 16 and K = 8: B is χ²₇/7 · W/16; over 200 replicates its standard error is
  // √(2/7/200)·(1/16), widened for the noise of W (120 degrees of freedom).
  double total = 0;
  for (int r = 0; r < 200; ++r) {
    const auto x = independent(128, 1, 1000 + r);
    const auto nested = nested_rhat_of(x, 128, 8);
    EXPECT_NEAR(nested.noise, 1.0 / 16, 1e-15);
    total += nested.value * nested.value - 1;
  }
  const double standard_error = std::sqrt((2.0 / 7 + 2.0 / 120) / 200) / 16;
  EXPECT_NEAR(total / 200, 1.0 / 16, 4.5 * standard_error);
}

TEST(NestedRHat, SeesSuperchainsThatRememberTheirStarts) {
  auto x = independent(32, 125, 41);
  Diagnostics d;
  d.assign({x, 32});
  const auto mixed = d.nested_rhat_ranked(8, 0.0201);
  EXPECT_LT(mixed.value, mixed.limit(0.0201));
  for (std::int64_t c = 0; c < 32; ++c) {
    for (std::int64_t i = 0; i < 125; ++i) x[c * 125 + i] += 0.3 * double(c / 4 % 2);
  }
  d.assign({x, 32});
  const auto stuck = d.nested_rhat_ranked(8, 0.0201);
  EXPECT_GT(stuck.value, stuck.limit(0.0201));
}

TEST(NestedRHat, SeesASuperchainOfAnotherScale) {
  auto x = independent(32, 125, 43);
  for (std::int64_t i = 0; i < 4 * 125; ++i) x[i] *= 2.5;
  Diagnostics d;
  d.assign({x, 32});
  EXPECT_LT(d.nested_rhat(8).value, 1.01);  // the plain form looks at means alone
  const auto ranked = d.nested_rhat_ranked(8, 0.0201);
  EXPECT_GT(ranked.value, ranked.limit(0.0201));
}

TEST(NestedRHat, NeedsMoreChainsThanSuperchains) {
  const auto x = independent(8, 100, 51);
  EXPECT_TRUE(std::isnan(nested_rhat_of(x, 8, 8).value));
  EXPECT_TRUE(std::isnan(nested_rhat_of(x, 8, 1).value));
  EXPECT_TRUE(std::isfinite(nested_rhat_of(x, 8, 3).value));  // superchains of 3, 3 and 2
}

}  // namespace
}  // namespace thalweg
