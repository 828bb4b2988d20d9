// First passage: with the bridge and, planted, without it.
#include "support.hpp"

#include <boost/math/distributions/inverse_gaussian.hpp>

#include "thalweg/sde/named_sdes.hpp"

namespace thalweg {
namespace {

/// P(max W > 1 on [0, 1]) = erfc(1/√2).
constexpr double exact = 0.31731050786291415;

Estimate brownian_passage(std::int64_t steps, bool corrected) {
  const Simulation run = simulate(named_sde("brownian"), {.paths = 1'000'000,
                                                          .step = 1 / static_cast<double>(steps),
                                                          .scheme = Scheme::euler,
                                                          .passage = PassageSettings{{1}, -infinity, 1, corrected},
                                                          .bias_paths = 0});
  EXPECT_EQ(run.steps, steps);
  return run.passage->probability;
}

TEST(SdePassage, OfBrownianMotionIsExactWithTheBridge) {
  const Estimate p = brownian_passage(16, true);
  EXPECT_LT(p.standard_error, 5e-4);
  expect_near(p, exact, "probability");
}

TEST(SdePlanted, FirstPassageWithoutTheBridgeIsSeen) {
  for (const auto& [steps, known] : {std::pair{16, 0.2557}, std::pair{64, 0.2843}}) {
    const Estimate p = brownian_passage(steps, false);
    EXPECT_NEAR(p.value, known, sigmas * p.standard_error + 5e-5);
    EXPECT_GT(exact - p.value, 10 * p.standard_error);
  }
}

/// The times themselves, at any step: the bridge of a path with constant drift does not know the drift.
TEST(SdePassage, TimesFollowTheInverseGaussianLaw) {
  DataMap drift;
  drift.values["mu"].reals = {1};
  const SdeModel model = named_sde("brownian", drift);
  const double level = 0.8;
  const boost::math::inverse_gaussian law(level, level * level);
  for (const std::int64_t steps : {16, 256}) {
    Ensemble paths(model, {.scheme = Scheme::euler,
                           .calculus = Calculus::ito,
                           .count = 20'000,
                           .passage = PassageSettings{{1}, -infinity, level}});
    paths.start({}, 0);
    paths.advance({0, 16.0 / static_cast<double>(steps), 0, steps, 0}, 1);
    std::vector<double> times;
    for (std::int64_t p = 0; p < paths.count(); ++p) {
      ASSERT_LT(paths.passage_time(p), infinity);  // P(later than 16) < 10⁻³ of a path
      ASSERT_EQ(paths.passage_side(p), 1);
      times.push_back(paths.passage_time(p));
    }
    EXPECT_LT(ks_distance(times, [&](double t) { return boost::math::cdf(law, t); }), ks_limit(times.size())) << steps;
  }
}

/// P(W leaves (−1, 1) before 1) by images; which end is a fair coin.
TEST(SdePassage, OfAnIntervalHasBothEnds) {
  double survival = 0;
  for (int k = 0; k < 50; ++k)
    survival += 4 / pi * (k % 2 == 0 ? 1 : -1) / (2 * k + 1) * std::exp(-(2 * k + 1) * (2 * k + 1) * pi * pi / 8);
  for (const double h : {0.5, 0.0625}) {  // at ½ a step of the noise is as long as the interval is wide
    const Simulation run = simulate(named_sde("brownian"), {.paths = 400'000,
                                                            .step = h,
                                                            .scheme = Scheme::euler,
                                                            .passage = PassageSettings{{1}, -1, 1},
                                                            .bias_paths = 0});
    expect_near(run.passage->probability, 1 - survival, "probability");
    const auto n = static_cast<double>(run.passage->passed);
    EXPECT_NEAR(static_cast<double>(run.passage->upper) / n, 0.5, sigmas * 0.5 / std::sqrt(n));
  }
}

TEST(SdePassage, MeanExitTimeOfAnInterval) {
  const Simulation run = simulate(named_sde("brownian"), {.end_time = 16,
                                                          .paths = 50'000,
                                                          .step = 1.0 / 64,
                                                          .scheme = Scheme::euler,
                                                          .passage = PassageSettings{{1}, -1, 1}});
  expect_near(run.passage->mean_time, 1, "L² for D = ½");
  EXPECT_EQ(run.passage->passed, run.paths);
}

/// y = x1 + x2 of two Brownian motions is one of variance 2.
TEST(SdePassage, TakesALinearFunctional) {
  DataMap two;
  two.values["dimension"].reals = {2}, two.values["dimension"].integers = {2};
  two.values["dimension"].is_integer = true;
  const Simulation run = simulate(named_sde("brownian", two), {.paths = 200'000,
                                                               .step = 1.0 / 16,
                                                               .scheme = Scheme::euler,
                                                               .passage = PassageSettings{{1, 1}, -infinity, 1},
                                                               .bias_paths = 0});
  expect_near(run.passage->probability, std::erfc(0.5), "probability");
}

TEST(SdePassage, AStartBeyondTheLevelHasPassedAtOnce) {
  const Simulation run =
      simulate(named_sde("brownian"),
               {.paths = 100, .step = 0.25, .initial = {3}, .passage = PassageSettings{{1}, -infinity, 1}});
  EXPECT_EQ(run.passage->probability.value, 1);
  EXPECT_EQ(run.passage->mean_time.value, 0);
}

}  // namespace
}  // namespace thalweg
