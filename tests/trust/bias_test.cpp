// Differences of moments from a reference: their errors are those of chains that share randomness, and limits know
// them.
#include "thalweg/trust/bias.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Autoregressions of variance 1 about `mean`; the chains of a group of 32 have a share of their noise in common.
std::vector<double> chains_of(std::uint64_t run, std::int64_t chains, std::int64_t draws, double share, double mean,
                              double sd) {
  std::vector<double> values;
  const double a = 0.6, b = std::sqrt(1 - a * a);
  for (std::int64_t c = 0; c < chains; ++c) {
    Random<double> own(run, Purpose::test, static_cast<std::uint64_t>(c), 0),
        common(run, Purpose::test, static_cast<std::uint64_t>(c / 32), 1);
    double x = 0;
    for (std::int64_t t = -30; t < draws; ++t) {
      x = a * x + b * (std::sqrt(share) * common.normal() + std::sqrt(1 - share) * own.normal());
      if (t >= 0) values.push_back(mean + sd * x);
    }
  }
  return values;
}

/// Mean squares of the z of mean and sd over 200 runs whose draws have no bias.
std::pair<double, double> mean_square_z(std::int64_t together) {
  double of_mean = 0, of_sd = 0;
  for (std::uint64_t run = 0; run < 200; ++run) {
    const auto draws = chains_of(2 * run, 128, 50, 0.3, 5, 2), reference = chains_of(2 * run + 1, 32, 40, 0, 5, 2);
    const MomentBias b = compare_moments("x", {draws, 128}, together, {reference, 32});
    of_mean += std::pow(b.mean / b.mean_error, 2) / 200;
    of_sd += std::pow(b.sd / b.sd_error, 2) / 200;
  }
  return {of_mean, of_sd};
}

// z² has mean 1 and sd √2: over 200 runs 0.1; errors are themselves estimated, to 15 % or so.
TEST(Bias, ErrorsKnowWhatChainsOfABlockShare) {
  const auto [mean, sd] = mean_square_z(32);
  EXPECT_NEAR(mean, 1, 0.4);
  EXPECT_NEAR(sd, 1, 0.4);
}
TEST(Bias, PlantedChainsTakenForIndependentGiveErrorsThatAreTooSmall) { EXPECT_GT(mean_square_z(1).first, 1.8); }

TEST(Bias, IsInUnitsOfTheReference) {
  const auto draws = chains_of(7, 256, 400, 0, 6, 3), reference = chains_of(8, 64, 400, 0, 5, 2);
  const MomentBias b = compare_moments("x", {draws, 256}, 32, {reference, 64});
  EXPECT_LT(std::fabs(b.mean - 0.5) / b.mean_error, 4.5);
  EXPECT_LT(std::fabs(b.sd - 0.5) / b.sd_error, 4.5);
  EXPECT_LT(b.mean_error, 0.02);
  const BiasReport report = report_of(std::vector{b});
  EXPECT_THAT(report.beyond, ElementsAre("x"));
  EXPECT_THAT(to_words(report),
              AllOf(HasSubstr("means are off by at most 0.5"), HasSubstr("sds by "), HasSubstr("(x)")));
}

TEST(Bias, NamesTheWorstAndWhatIsBeyondItsLimitByMoreThanChance) {
  const std::vector<MomentBias> rows{{"a", 0.1, 0.02, -0.2, 0.03},
                                     {"b", -0.4, 0.02, 0.1, 0.03},
                                     {"c", 0.5, 0.2, 0.01, 0.03},
                                     {"d", std::nan(""), std::nan(""), std::nan(""), std::nan("")}};
  const BiasReport report = report_of(rows);
  EXPECT_EQ(report.compared, 3);
  EXPECT_EQ(report.mean.name, "c");
  EXPECT_EQ(report.sd.name, "a");
  EXPECT_THAT(report.beyond, ElementsAre("b"));
}

TEST(Bias, SaysNothingOfConstantsAndOfTooFewDraws) {
  const std::vector<double> same(128 * 10, 3.0);
  const auto few = chains_of(3, 128, 3, 0, 0, 1), reference = chains_of(8, 32, 40, 0, 0, 1);
  EXPECT_TRUE(std::isnan(compare_moments("x", {same, 128}, 32, {reference, 32}).mean));
  EXPECT_TRUE(std::isnan(compare_moments("x", {few, 128}, 32, {reference, 32}).mean));
  EXPECT_THAT(to_words(report_of({})), HasSubstr("no quantity has draws enough"));
}

}  // namespace
}  // namespace thalweg
