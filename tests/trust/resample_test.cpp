// Importance resampling: the expected number of copies, how far it may vary, and that nothing else decides.
#include "thalweg/trust/resample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace thalweg {
namespace {

constexpr Resampling with_copies[] = {Resampling::systematic, Resampling::with_replacement};

const std::vector<double> weights = {0.5, 0, 0.25, 0.15, 0.07, 0.03};

std::vector<double> logs(double shift = 0) {
  std::vector<double> l;
  for (const double w : weights) l.push_back(std::log(w) + shift);
  return l;
}

std::vector<double> counts(const Resampled& r) {
  std::vector<double> n(weights.size(), 0.0);
  for (const std::int64_t i : r.index) n[static_cast<std::size_t>(i)] += 1;
  return n;
}

TEST(Resample, CopiesAreInProportionToTheWeights) {
  // 4000 repetitions of 10: a mean of n w within 5 standard errors of a binomial count (which is above a systematic
  // one)
  for (const Resampling method : with_copies) {
    std::vector<double> mean(weights.size(), 0.0);
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
      const auto n = counts(resample(logs(), 10, method, seed));
      for (std::size_t i = 0; i < n.size(); ++i) {
        mean[i] += n[i] / 4000;
        if (method == Resampling::systematic) {
          EXPECT_LT(std::abs(n[i] - 10 * weights[i]), 1) << i;
        }
      }
    }
    for (std::size_t i = 0; i < mean.size(); ++i)
      EXPECT_NEAR(mean[i], 10 * weights[i], 5 * std::sqrt(10 * weights[i] * (1 - weights[i]) / 4000)) << i;
  }
}

TEST(Resample, WithoutReplacementInclusionsAreThoseOfSequentialDraws) {
  // two of w: P(i taken) = w_i + Σ_j w_j w_i/(1 − w_j)
  std::vector<double> taken(weights.size(), 0.0);
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    const Resampled r = resample(logs(), 2, Resampling::without_replacement, seed);
    EXPECT_EQ(r.distinct, 2);
    for (const std::int64_t i : r.index) taken[static_cast<std::size_t>(i)] += 1.0 / 20000;
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double p = weights[i];
    for (std::size_t j = 0; j < weights.size(); ++j)
      if (j != i) p += weights[j] * weights[i] / (1 - weights[j]);
    EXPECT_NEAR(taken[i], p, 5 * std::sqrt(p * (1 - p) / 20000)) << i;
  }
}

TEST(Resample, OnlyTheSeedAndTheWeightsUpToAFactorDecide) {
  for (const Resampling method :
       {Resampling::systematic, Resampling::with_replacement, Resampling::without_replacement}) {
    const auto a = resample(logs(), 4, method, 9).index;
    EXPECT_EQ(a, resample(logs(), 4, method, 9).index);
    EXPECT_EQ(a, resample(logs(700), 4, method, 9).index);
    bool differs = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) differs |= a != resample(logs(), 4, method, seed).index;
    EXPECT_TRUE(differs);
  }
}

TEST(Resample, DistinctDrawsAreCounted) {
  for (const Resampling method : with_copies) {
    const Resampled r = resample(logs(), 100, method, 4);
    EXPECT_EQ(r.index.size(), 100u);
    EXPECT_EQ(r.distinct, std::int64_t(std::set(r.index.begin(), r.index.end()).size()));
    EXPECT_LE(r.distinct, 5);
    EXPECT_EQ(resample(std::vector<double>{-INFINITY, 3, -INFINITY}, 7, method, 1).distinct, 1);
  }
}

TEST(Resample, BadWeightsAreNamed) {
  EXPECT_THROW(resample(std::vector<double>{0, NAN}, 1, Resampling::systematic, 1), std::invalid_argument);
  EXPECT_THROW(resample(std::vector<double>{-INFINITY}, 1, Resampling::systematic, 1), std::invalid_argument);
  EXPECT_THROW(resample(logs(), 6, Resampling::without_replacement, 1), std::invalid_argument);
  EXPECT_EQ(resample(logs(), 5, Resampling::without_replacement, 1).distinct, 5);
}

}  // namespace
}  // namespace thalweg
