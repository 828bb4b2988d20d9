#include "thalweg/optimize/census.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/optimize/densities.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr double log_two_pi = 1.8378770664093453;

OptimizeResult ends_of(const Model& model, OptimizeSettings settings = {}) { return optimize(model, settings); }

std::size_t counted(const Census& census) {
  std::size_t n = census.failed;
  for (const End& end : census.ends) n += end.climbs.size();
  return n;
}

TEST(Census, a_gaussian_has_one_mode_with_its_evidence) {
  const test::Bowl bowl{.d = 5, .condition = 1e4};
  const Census census = ends_of(model_of(bowl)).census;
  ASSERT_EQ(census.ends.size(), 1u);
  const End& end = census.ends[0];
  EXPECT_EQ(end.kind, EndKind::maximum);
  EXPECT_EQ(end.climbs.size(), 32u);
  EXPECT_NEAR(end.smallest, 1, 1e-8);
  EXPECT_NEAR(end.condition, 1e4, 1e-3);
  double log_determinant = 0;
  for (std::size_t i = 0; i < 5; ++i) log_determinant += std::log(bowl.curvature(i));
  EXPECT_NEAR(end.log_evidence, 0.5 * (5 * log_two_pi - log_determinant), 1e-8);
  EXPECT_EQ(end.weight, 1);
  EXPECT_LT(end.decrement, 1e-10);
}

TEST(Census, two_modes_with_their_starts_and_weights) {
  const Census census = ends_of(test_density("mixture"), {.starts = 64, .init_radius = 5}).census;
  EXPECT_EQ(census.modes(), 2u);
  ASSERT_EQ(census.ends.size(), 2u);
  EXPECT_EQ(counted(census), 64u);
  for (const End& end : census.ends) {
    EXPECT_EQ(end.kind, EndKind::maximum);
    EXPECT_GT(end.climbs.size(), 3u);
    EXPECT_LT(end.decrement, 1e-10);
    // the modes are 4 apart and overlap little: their evidences are the weights 3/4 and 1/4 to some percent
    EXPECT_NEAR(end.weight, end.x[0] > 2 ? 0.25 : 0.75, 0.02);
    EXPECT_NEAR(end.x[0], end.x[0] > 2 ? 4 : 0, 0.05);
  }
}

TEST(Census, curved_densities_with_one_maximum) {
  for (const auto& [name, x] : {std::pair{"rosenbrock", std::vector<double>{1, 1}}, {"banana", {0, -3}}}) {
    const Census census = ends_of(test_density(name)).census;
    ASSERT_EQ(census.ends.size(), 1u) << name;
    EXPECT_EQ(census.ends[0].kind, EndKind::maximum) << name;
    EXPECT_EQ(census.ends[0].climbs.size(), 32u) << name;
    for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(census.ends[0].x[i], x[i], 1e-8) << name;
  }
}

/// Not at v = 0, where its mass is: at v = −9(d − 1)/2, 4.5 standard deviations out, all x = 0.
TEST(Census, the_funnel_has_its_mode_in_its_neck) {
  const Census census = ends_of(test_density("funnel")).census;
  ASSERT_EQ(census.ends.size(), 1u);
  EXPECT_EQ(census.ends[0].kind, EndKind::maximum);
  EXPECT_NEAR(census.ends[0].x[0], -40.5, 1e-6);
  EXPECT_NEAR(census.ends[0].log_p, 91.125, 1e-9);
}

TEST(Census, a_ring_is_a_ridge) {
  const Census census = ends_of(test_density("ring")).census;
  ASSERT_EQ(census.ends.size(), 1u) << "one ridge";
  EXPECT_EQ(counted(census), 32u);
  for (const End& end : census.ends) {
    EXPECT_EQ(end.kind, EndKind::ridge) << end.x[0] << " " << end.x[1];
    EXPECT_NEAR(end.direction[0] * end.x[0] + end.direction[1] * end.x[1], 0, 1e-3) << "along the ring";
    EXPECT_TRUE(std::isnan(end.log_evidence));
  }
  EXPECT_EQ(census.modes(), 0u);
}

TEST(Census, eight_schools_in_both_forms) {
  const Census fine = ends_of(test_density("eight-schools")).census;
  EXPECT_EQ(fine.best()->kind, EndKind::maximum);
  EXPECT_EQ(fine.modes(), 1u);
  const OptimizeResult result = ends_of(test_density("eight-schools-centered"));
  EXPECT_EQ(result.census.best()->kind, EndKind::unbounded);
  EXPECT_THAT(result.census.best()->words, HasSubstr("tau"));
  EXPECT_THAT(result.census.best()->words, Not(HasSubstr("theta")));
  EXPECT_EQ(result.census.best()->climbs.size(), 32u);
  for (const Climb& climb : result.climbs) EXPECT_LE(climb.ascent.iterations, 128) << "stopped early";
}

/// Two columns that are one: b₂ and b₃ matter by their sum alone.
TEST(Census, collinear_columns_are_a_ridge_with_its_combination) {
  const Census census = ends_of(model_of(test::collinear_regression())).census;
  ASSERT_EQ(census.ends.size(), 1u) << "all starts end on one ridge";
  EXPECT_EQ(census.ends[0].kind, EndKind::ridge);
  EXPECT_THAT(census.ends[0].words, AnyOf(HasSubstr("0.71 b[2] - 0.71 b[3]"), HasSubstr("0.71 b[3] - 0.71 b[2]"),
                                          HasSubstr("-0.71 b[2] + 0.71 b[3]"), HasSubstr("-0.71 b[3] + 0.71 b[2]")));
}

TEST(Census, separation_is_recognised) {
  const OptimizeResult result = ends_of(model_of(test::separable_regression()));
  EXPECT_EQ(result.census.best()->kind, EndKind::infinity);
  EXPECT_THAT(result.census.best()->words, HasSubstr("b[2]"));
  EXPECT_EQ(result.census.modes(), 0u);
  for (const Climb& climb : result.climbs) EXPECT_LT(climb.ascent.iterations, 1000) << "stopped early";
}

TEST(Census, a_density_that_levels_off_has_its_peak_at_infinity) {
  const OptimizeResult result = ends_of(model_of(test::Shelf{}));
  EXPECT_EQ(result.census.best()->kind, EndKind::infinity);
  EXPECT_EQ(result.census.best()->words, "-1.00 x[2]");
  EXPECT_EQ(result.census.modes(), 0u);
}

TEST(Census, a_variance_that_vanishes_is_unbounded) {
  // near one observation with a small scale: the basin of attraction of a spike on it
  std::vector<std::vector<double>> near;
  for (const double y : test::TwoNormals{}.y) near.push_back({y + 0.01, 0.5, -3, 0.7});
  const OptimizeResult result =
      ends_of(model_of(test::TwoNormals{.strength = 0}), {.starts = near.size(), .given = near});
  const End* best = result.census.best();
  EXPECT_EQ(best->kind, EndKind::unbounded);
  EXPECT_THAT(best->words, AnyOf(StartsWith("-0.9"), StartsWith("-1.00")));
  EXPECT_THAT(best->words, HasSubstr("sigma[1]"));
  EXPECT_GE(best->climbs.size(), near.size() - 2) << "the others may find the maximum that is left";
  for (const End& end : result.census.ends) EXPECT_THAT(end.kind, AnyOf(EndKind::unbounded, EndKind::maximum));
}

TEST(Census, a_density_that_only_rises_is_unbounded) {
  for (const Optimizer optimizer : {Optimizer::lbfgs, Optimizer::newton}) {
    const OptimizeResult result = ends_of(model_of(test::Slope{}), {.optimizer = optimizer, .starts = 4});
    ASSERT_EQ(result.census.ends.size(), 1u) << to_string(optimizer);
    EXPECT_EQ(result.census.best()->kind, EndKind::unbounded) << to_string(optimizer);
    EXPECT_THAT(result.census.best()->words, HasSubstr("1.00 x[1]")) << to_string(optimizer);
  }
}

TEST(Census, relabelled_modes_are_copies) {
  const Census census = ends_of(model_of(test::TwoNormals{})).census;
  EXPECT_EQ(counted(census), 32u);
  ASSERT_EQ(census.ends.size(), 2u);
  EXPECT_EQ(census.modes(), 1u);
  EXPECT_EQ(census.ends[0].copy_of, -1);
  EXPECT_EQ(census.ends[1].copy_of, 0);
  EXPECT_NEAR(census.ends[0].x[0], census.ends[1].x[1], 1e-6);
  EXPECT_NEAR(census.ends[0].x[2], census.ends[1].x[3], 1e-6);
}

TEST(Census, a_saddle_is_one_where_nothing_leads_away) {
  const Arrived at{.climb = 0, .x = {0, 0}, .gradient = {0, 0}, .log_p = 0, .halfway = {}, .direction = {}};
  const Census census = take_census(model_of(test::Saddle{}), whole_density, std::vector{at}, {}, 1);
  ASSERT_EQ(census.ends.size(), 1u);
  EXPECT_EQ(census.ends[0].kind, EndKind::saddle);
  EXPECT_THAT(census.ends[0].words, HasSubstr("x[1]"));
}

TEST(Census, above_the_limit_extremes_come_without_a_matrix) {
  const test::Bowl bowl{.d = 30, .condition = 100};
  const Census whole = ends_of(model_of(bowl), {.starts = 3}).census;
  const Census parts = ends_of(model_of(bowl), {.starts = 3, .census = {.whole_hessian = 10}}).census;
  EXPECT_TRUE(whole.ends[0].whole_hessian);
  EXPECT_FALSE(parts.ends[0].whole_hessian);
  EXPECT_NEAR(parts.ends[0].largest, 100, 0.01);
  EXPECT_NEAR(parts.ends[0].smallest, 1, 0.01);
  EXPECT_EQ(parts.ends[0].kind, EndKind::maximum);
}

TEST(Census, directions_in_words) {
  const std::vector<std::string> names{"mu", "tau", "a", "b", "c", "d"};
  EXPECT_EQ(direction_in_words(std::vector<double>{0, -1, 0, 0, 0, 0}, names), "-1.00 tau");
  EXPECT_EQ(direction_in_words(std::vector<double>{0.6, 0, 0, -0.8, 0, 0}, names), "-0.80 b + 0.60 mu");
  EXPECT_THAT(direction_in_words(std::vector<double>(6, std::sqrt(1.0 / 6)), names), HasSubstr("…"));
}

}  // namespace
}  // namespace thalweg
