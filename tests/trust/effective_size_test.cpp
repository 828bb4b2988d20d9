#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/trust/chains.hpp"
#include "thalweg/trust/diagnostics.hpp"
#include "thalweg/trust/geyer.hpp"

namespace thalweg {
namespace {

TEST(Autocovariance, TheTransformContinuesTheDirectSums) {
  const std::int64_t chains = 3, draws = 1000;
  const auto x = autoregressive(chains, draws, 0.99, 7);
  Autocovariance rising, transformed;
  rising.assign(x, chains);
  transformed.assign(x, chains);
  transformed(999);  // from here on every lag comes from the transform
  for (std::int64_t lag = 0; lag < 256; ++lag) EXPECT_NEAR(rising(lag), transformed(lag), 1e-13) << lag;
  double by_hand = 0;
  for (std::int64_t c = 0; c < chains; ++c) {
    const auto chain = std::span(x).subspan(c * draws, draws);
    const double m = mean(chain);
    for (std::int64_t i = 0; i + 700 < draws; ++i) by_hand += (chain[i] - m) * (chain[i + 700] - m) / 1000 / 3;
  }
  EXPECT_NEAR(rising(700), by_hand, 1e-13);
}

TEST(Autocovariance, CountedBitsEqualTheSums) {
  for (const std::int64_t draws : {5, 63, 64, 65, 128, 301}) {
    const auto x = autoregressive(3, draws, 0.7, 70 + draws);
    std::vector<double> indicator(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) indicator[i] = x[i] <= 0.3;
    Autocovariance sums;
    IndicatorAutocovariance bits;
    sums.assign(indicator, 3);
    bits.assign(x, 3, 0.3);
    EXPECT_NEAR(bits.variance_of_means(), sums.variance_of_means(), 1e-15);
    for (std::int64_t lag = 0; lag < draws; ++lag) EXPECT_NEAR(bits(lag), sums(lag), 1e-14) << draws << ' ' << lag;
  }
}

TEST(EffectiveSize, RecoversTheIntegratedTimeOfAr1) {
  // ESS/S → (1 − ρ)/(1 + ρ). With Geyer's window w ≈ 2–3 times the time constant, the relative standard error of τ is
  // about √(2(2w + 1)/S) (Sokal 1996); w = 3τ is a generous stand-in, and 5 of those the bracket (6e-7 a side).
  for (const double rho : {-0.5, 0.0, 0.3, 0.9}) {
    const std::int64_t chains = 4, draws = 25000;
    const auto x = autoregressive(chains, draws, rho, 90);
    Diagnostics d;
    d.assign({x, chains});
    const double tau = (1 + rho) / (1 - rho), total = double(chains * draws);
    const double bracket = 5 * std::sqrt(2 * (6 * std::max(1.0, tau) + 1) / total);
    EXPECT_NEAR(d.ess_mean() * tau / total, 1, bracket) << rho;
    EXPECT_NEAR(d.ess_bulk() * tau / total, 1, bracket) << rho;
  }
}

TEST(EffectiveSize, ErrorsAreCalibrated) {
  // Over 400 replicates, (mean − 0)/mcse has variance 1; its estimate has standard error √(2/399) and mcse² itself
  // varies by a few per cent. Same for the median and the sd.
  const int replicates = 400;
  double z_mean = 0, z_sd = 0, z_median = 0;
  Diagnostics d;
  for (int r = 0; r < replicates; ++r) {
    const auto x = autoregressive(4, 1000, 0.6, 5000 + r);
    d.assign({x, 4});
    z_mean += std::pow(d.mean() / d.mcse_mean(), 2) / replicates;
    z_sd += std::pow((d.sd() - 1) / d.mcse_sd(), 2) / replicates;
    z_median += std::pow(d.quantile(0.5) / d.mcse_quantile(0.5), 2) / replicates;
  }
  const double bracket = 4.5 * std::sqrt(2.0 / 399);
  EXPECT_NEAR(z_mean, 1, bracket);
  EXPECT_NEAR(z_sd, 1, bracket);
  EXPECT_NEAR(z_median, 1, bracket + 0.1);  // half-widths of order statistics are a coarse error
}

Diagnostics diagnose(const std::vector<double>& x, std::int64_t chains) {
  Diagnostics d;
  d.assign({x, chains});
  return d;
}

void expect_no_diagnostics(Diagnostics& d) {
  for (const double v :
       {d.rhat(), d.rhat_bulk(), d.rhat_folded(), d.nested_rhat_ranked(2, 0.02).value, d.ess_bulk(), d.ess_tail(),
        d.ess_mean(), d.ess_sd(), d.ess_quantile(0.3), d.mcse_mean(), d.mcse_sd(), d.mcse_quantile(0.5)}) {
    EXPECT_TRUE(std::isnan(v));
  }
}

TEST(Conditions, AreNamedAndNeverGiveNumbersByAccident) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  auto d = diagnose(std::vector<double>(40, 3.5), 4);
  EXPECT_EQ(d.condition(), Condition::constant);
  EXPECT_EQ(d.mean(), 3.5);
  EXPECT_EQ(d.sd(), 0);
  EXPECT_EQ(d.quantile(0.05), 3.5);
  expect_no_diagnostics(d);

  std::vector<double> x = independent(4, 50, 3);
  for (double& v : x) v = 1 + 2e-16 * std::round(v);
  d = diagnose(x, 4);
  EXPECT_EQ(d.condition(), Condition::constant) << "the last bits of a correlation matrix' diagonal";

  x = independent(4, 50, 3);
  x[17] = nan;
  d = diagnose(x, 4);
  EXPECT_EQ(d.condition(), Condition::nan);
  EXPECT_EQ(d.not_finite(), 1);
  EXPECT_TRUE(std::isnan(d.mean()) && std::isnan(d.quantile(0.5)));
  expect_no_diagnostics(d);

  x[17] = -inf;
  d = diagnose(x, 4);
  EXPECT_EQ(d.condition(), Condition::infinite);
  EXPECT_EQ(d.mean(), -inf);
  EXPECT_TRUE(std::isfinite(d.quantile(0.5)));
  expect_no_diagnostics(d);
  x[18] = inf;
  EXPECT_TRUE(std::isnan(diagnose(x, 4).mean()));

  d = diagnose(std::vector<double>(40, nan), 4);
  EXPECT_EQ(d.condition(), Condition::unset);
  expect_no_diagnostics(d);
  EXPECT_EQ(diagnose(std::vector<double>(40, inf), 4).condition(), Condition::constant);

  d = diagnose({1, 2, 3, 4, 5, 6}, 2);
  EXPECT_EQ(d.condition(), Condition::short_chains);
  EXPECT_EQ(d.mean(), 3.5);
  EXPECT_NEAR(d.sd(), std::sqrt(3.5), 1e-15);
  expect_no_diagnostics(d);

  d = diagnose({}, 1);
  EXPECT_EQ(d.condition(), Condition::empty);
  EXPECT_TRUE(std::isnan(d.mean()));
  expect_no_diagnostics(d);

  Diagnostics malformed;
  EXPECT_THROW(malformed.assign({x, 7}), std::invalid_argument);
  EXPECT_THROW(malformed.assign({x, 0}), std::invalid_argument);
}

TEST(Conditions, HugeAndTinyDrawsKeepTheirDiagnostics) {
  const auto x = autoregressive(4, 500, 0.4, 13);
  for (const double factor : {0x1p1000, 0x1p-1000}) {
    auto y = x;
    for (double& v : y) v *= factor;
    auto plain = diagnose(x, 4), scaled = diagnose(y, 4);
    EXPECT_NEAR(scaled.mean() / factor, plain.mean(), 1e-15);
    EXPECT_NEAR(scaled.sd() / factor, plain.sd(), 1e-14);
    EXPECT_NEAR(scaled.ess_mean(), plain.ess_mean(), 1e-8);
    EXPECT_NEAR(scaled.mcse_sd() / factor, plain.mcse_sd(), 1e-14);
    EXPECT_EQ(scaled.rhat(), plain.rhat());
  }
}

/// S/τ of the mean of stationary AR(1) chains of n draws: τ = 1 + 2 Σ (1 − t/n) ρ^t.
double size_of_short_chains(std::int64_t chains, std::int64_t n, double rho) {
  double tau = 1;
  for (std::int64_t t = 1; t < n; ++t) tau += 2 * (1 - double(t) / double(n)) * std::pow(rho, double(t));
  return double(chains * n) / tau;
}
TEST(EffectiveSize, OfManyShortChainsIsThatOfTheirMeans) {
  // Four relative standard errors √(2(2w + 1)/S) with a window w of one chain.
  const std::int64_t chains = 4096, draws = 8;
  const auto x = autoregressive(chains, draws, 0.9, 41);
  const double exact = size_of_short_chains(chains, draws, 0.9);
  EXPECT_NEAR(diagnose(x, chains).ess_mean() / exact, 1, 4 * std::sqrt(2 * 17.0 / double(chains * draws)));
  Autocovariance halves;  // planted: each chain by itself shows too little of its own correlation
  halves.assign(x, 2 * chains);
  EXPECT_GT(effective_sample_size(halves) / exact, 1.5);
}
TEST(EffectiveSize, OfOneDrawAChainIsTheNumberOfChains) {
  const auto x = independent(1024, 1, 42);
  auto d = diagnose(x, 1024);
  EXPECT_NEAR(d.ess_bulk() / 1024, 1, 4 * std::sqrt(2 * 3.0 / 1024));
  EXPECT_TRUE(std::isfinite(d.nested_rhat_ranked(32, 0.0201).value));
}

TEST(Conditions, TwoValuesHaveATailOnOneSideOnly) {
  // 30 % ones: the 95 % quantile is 1 and every draw is at most 1, so only the 5 % side can be judged.
  auto x = independent(4, 500, 23);
  for (double& v : x) v = v > 0.524 ? 1 : 0;
  auto d = diagnose(x, 4);
  EXPECT_TRUE(std::isnan(d.ess_quantile(0.95)));
  EXPECT_GT(d.ess_tail(), 1000);
  EXPECT_LT(d.rhat(), 1.01);
}

TEST(EnergyFraction, IsTwoForIndependentEnergiesAndSmallForSlowOnes) {
  // For AR(1): 2(1 − ρ), with standard error about 2√((1 − ρ²)/S).
  for (const double rho : {0.0, 0.9}) {
    const auto x = autoregressive(8, 5000, rho, 33);
    EXPECT_NEAR(energy_fraction({x, 8}).pooled, 2 * (1 - rho), 5 * 2 * std::sqrt((1 - rho * rho) / 40000));
  }
  EXPECT_TRUE(std::isnan(energy_fraction({std::vector<double>(10, 1.0), 2}).pooled));
}

}  // namespace
}  // namespace thalweg
