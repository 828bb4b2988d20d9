// Lower bounds of an approximation's errors: never above the truth, at the stated rate, and worthless without their
// check.
#include "thalweg/trust/error_bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

/// Chains of a Gaussian autoregression that leaves N(0, 1) invariant: start ~ N(mean, sd²), end = ρ·start + √(1−ρ²) z.
struct Chains {
  std::vector<double> start, end;
};
Chains chains(std::size_t n, std::size_t quantities, double mean, double sd, double rho, std::uint64_t seed,
              std::size_t copies = 1) {
  Chains c;
  for (std::size_t i = 0; i < n; ++i) {
    Random<double> starts(seed, Purpose::test, i / copies, 0), moves(seed, Purpose::test, i, 1);
    for (std::size_t k = 0; k < quantities; ++k) {
      const double x = mean + sd * starts.normal();
      c.start.push_back(x);
      c.end.push_back(rho * x + std::sqrt(1 - rho * rho) * moves.normal());
    }
  }
  return c;
}

bool any_error(const std::vector<ErrorBound>& bounds) {
  for (const ErrorBound& b : bounds)
    if (b.mean_error > 0 || b.sd_error > 0) return true;
  return false;
}

/// 1000 repetitions at a stated rate of 5 %: a binomial count within [27, 77] but once in 1000.
TEST(ErrorBounds, FalseAlarmsComeAtTheStatedRate) {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Chains c = chains(400, 5, 0, 1, 0.2, seed);
    alarms += any_error(error_bounds({c.start, {}, c.end}, 5));
  }
  EXPECT_GE(alarms, 27);
  EXPECT_LE(alarms, 77);
}

TEST(ErrorBounds, AreAboveZeroAndBelowTheTruth) {
  int above_truth = 0, mean_found = 0, sd_found = 0;
  for (const double rho : {0.3, 0.0, -0.3}) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const Chains c = chains(400, 1, 0.4, 0.7, rho, seed);
      const ErrorBound b = error_bounds({c.start, {}, c.end}, 1)[0];
      EXPECT_NEAR(b.correlation, rho * 0.7 / std::sqrt(rho * rho * 0.49 + 1 - rho * rho), 5 / std::sqrt(400));
      mean_found += b.mean_error > 0;
      sd_found += b.sd_error > 0;
      above_truth += b.mean_error > 0.4 || b.sd_error > -std::log(0.7);
    }
  }
  EXPECT_GE(mean_found, 590);
  EXPECT_GE(sd_found, 590);
  // one-sided at 5 % of which half is on the other side: 600 · 0.025 = 15, and 32 is exceeded once in 10⁴
  EXPECT_LE(above_truth, 32);
}

/// A fast direction carries x along although x's own mean is right, and the slow one would bring it back later: the
/// chains remember, and without the check their bound is above the truth, which is 0.
TEST(ErrorBounds, WithoutTheReliabilityCheckASlowDirectionMisleads) {
  std::vector<double> start, end;
  for (std::size_t i = 0; i < 500; ++i) {
    Random<double> random(3, Purpose::test, i, 2);
    // p: u = (x+y)/√2 ~ N(0, 10²) slow, v = (x−y)/√2 ~ N(0, 1) fast; q = N((0, 4), 1)
    const double x = random.normal(), y = 4 + random.normal();
    const double u = (x + y) / std::sqrt(2) + 0.3 * random.normal(), v = random.normal();
    start.push_back(x);
    end.push_back((u + v) / std::sqrt(2));
  }
  const ErrorBound checked = error_bounds({start, {}, end}, 1)[0];
  EXPECT_FALSE(checked.mean_reliable);
  EXPECT_FALSE(checked.sd_reliable);
  // planted: every bound is believed
  const ErrorBound believed = error_bounds({start, {}, end}, 1, {.most_squared_correlation = 1})[0];
  EXPECT_TRUE(believed.mean_reliable);
  EXPECT_GT(believed.mean_error, 1);
}

/// A random walk from a q that is far too narrow forgets its start at once, while it is nowhere near p: its early
/// states tell, of which a walk four times as long keeps the correlation ½.
TEST(ErrorBounds, AnEarlyStateTellsARandomWalk) {
  std::vector<double> start, early, end;
  for (std::size_t i = 0; i < 500; ++i) {
    Random<double> random(3, Purpose::test, i, 3);
    start.push_back(0.1 * random.normal());
    early.push_back(start.back() + random.normal());
    end.push_back(early.back() + std::sqrt(3) * random.normal());
  }
  EXPECT_TRUE(error_bounds({start, {}, end}, 1)[0].mean_reliable);  // planted: the start alone is asked
  const ErrorBound b = error_bounds({start, early, end}, 1)[0];
  EXPECT_FALSE(b.mean_reliable);
  EXPECT_NEAR(b.correlation, 0.5, 0.15);
}

TEST(ErrorBounds, KnownMomentsOfQMakeErrorsSmaller) {
  int alarms = 0;
  const std::vector<double> mean(5, 0.0), sd(5, 1.0);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Chains c = chains(400, 5, 0, 1, 0, seed);
    const auto known = error_bounds({c.start, {}, c.end, mean, sd}, 5);
    alarms += any_error(known);
    if (seed > 0) continue;
    const auto paired = error_bounds({c.start, {}, c.end}, 5);
    for (std::size_t k = 0; k < 5; ++k) {
      EXPECT_NEAR(paired[k].change_se / known[k].change_se, std::sqrt(2), 0.2);
      EXPECT_NEAR(paired[k].log_ratio_se / known[k].log_ratio_se, std::sqrt(2), 0.3);
    }
  }
  EXPECT_GE(alarms, 27);  // as above
  EXPECT_LE(alarms, 77);
}

TEST(ErrorBounds, ChainsOfOneStartAreOneObservationOfIt) {
  int alarms = 0, planted = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Chains c = chains(512, 1, 0, 1, 0, seed, 8);
    alarms += any_error(error_bounds({c.start, {}, c.end}, 1, {.copies = 8}));
    planted += any_error(error_bounds({c.start, {}, c.end}, 1));  // as if they were independent
  }
  EXPECT_LE(alarms, 31);  // 300 · 5 %, and a small sample's normal quantile: 64 starts; once in 10³
  EXPECT_GE(planted, 60);
}

TEST(ErrorBounds, WhatCannotBeJudgedIsNotReliable) {
  std::vector<double> start(100), end(100);
  for (std::size_t i = 0; i < 100; ++i) start[i] = double(i), end[i] = double(i * 37 % 100);
  EXPECT_TRUE(error_bounds({start, {}, end}, 1)[0].mean_reliable);
  end[5] = NAN;
  EXPECT_FALSE(error_bounds({start, {}, end}, 1)[0].mean_reliable);
  EXPECT_FALSE(error_bounds({start, {}, start}, 1)[0].mean_reliable);  // nothing moved
  EXPECT_FALSE(error_bounds({std::vector<double>(100, 1.0), {}, start}, 1)[0].mean_reliable);
  EXPECT_THROW(error_bounds({start, {}, std::vector<double>(99)}, 1), std::invalid_argument);
  EXPECT_THROW(error_bounds({start, {}, start}, 3), std::invalid_argument);
  EXPECT_THROW(error_bounds({start, {}, start}, 1, {.copies = 7}), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
