// Bounds of log Z on a Gaussian whose Z and divergences are known.
#include "thalweg/trust/evidence_bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr double scale = 0.8, log_z = 2.5;

/// log p̃ − log q at x, with p = N(0, 1)·e^2.5 and q = N(0, 0.8²).
double log_ratio(double x) { return log_z - 0.5 * x * x + 0.5 * x * x / (scale * scale) + std::log(scale); }

std::vector<double> ratios(std::size_t n, double sd, std::uint64_t seed) {
  Random<double> random(seed, Purpose::test, 20, 0);
  std::vector<double> r(n);
  for (double& v : r) v = log_ratio(sd * random.normal());
  return r;
}

TEST(EvidenceBounds, LieOnTheSidesThatTheoryNames) {
  const double reverse = 0.5 * (scale * scale - 1) - std::log(scale);        // KL(q‖p)
  const double forward = 0.5 * (1 / (scale * scale) - 1) + std::log(scale);  // KL(p‖q)
  const auto at_q = ratios(20000, scale, 1), at_p = ratios(20000, 1, 2);
  const EvidenceBound lower = evidence_lower_bound(at_q), upper = evidence_upper_bound(at_p, 4);
  EXPECT_NEAR(lower.value, log_z - reverse, 4 * lower.standard_error);
  EXPECT_NEAR(upper.value, log_z + forward, 4 * upper.standard_error);
  EXPECT_LT(lower.value, log_z);
  EXPECT_GT(upper.value, log_z);
  double before = lower.value;
  for (const std::size_t groups : {4000u, 400u, 40u}) {
    const EvidenceBound b = importance_lower_bound(at_q, groups);
    EXPECT_GT(b.value, before - 2 * b.standard_error);
    EXPECT_LT(b.value, log_z + 3 * b.standard_error);
    before = b.value;
  }
  EXPECT_NEAR(before, log_z, 0.005);
}

TEST(EvidenceBounds, AreABracketOnlyWithDrawsOfP) {
  EvidenceBounds b{.lower = {-12.345, 0.02}, .importance_lower = {-12.1, 0.03}, .importance_draws = 50};
  EXPECT_FALSE(b.is_bracket());
  EXPECT_EQ(b.describe(), "log Z >= -12.35 (ELBO, se 0.02), >= -12.10 (importance-weighted ELBO of 50 draws, se 0.03)");
  b.upper = EvidenceBound{-11.9, 0.1};
  b.upper_source = "p.run";
  EXPECT_TRUE(b.is_bracket());
  EXPECT_NE(b.describe().find(", <= -11.90 (EUBO over draws of p.run, se 0.1)"), std::string::npos);
}

TEST(EvidenceBounds, ADrawOutsideTheSupportMakesTheElboInfinite) {
  const std::vector<double> r{1, -INFINITY, 1, 1};
  EXPECT_EQ(evidence_lower_bound(r).value, -INFINITY);
  EXPECT_NEAR(importance_lower_bound(r, 1).value, 1 + std::log(0.75), 1e-12);
  EXPECT_TRUE(std::isnan(evidence_lower_bound({}).value));
  EXPECT_THROW(importance_lower_bound(r, 0), std::invalid_argument);
}

TEST(EvidenceBounds, AutocorrelatedDrawsOfPHaveALargerError) {
  std::vector<double> r;
  double x = 0;
  Random<double> random(4, Purpose::test, 21, 0);
  for (int i = 0; i < 20000; ++i) {
    x = 0.95 * x + std::sqrt(1 - 0.95 * 0.95) * random.normal();
    r.push_back(log_ratio(x));
  }
  // x² has the autocorrelation 0.95², and integrated time (1 + 0.9025)/(1 − 0.9025) = 19.5
  EXPECT_NEAR(evidence_upper_bound(r).standard_error / evidence_lower_bound(r).standard_error, std::sqrt(19.5), 1);
}

}  // namespace
}  // namespace thalweg
