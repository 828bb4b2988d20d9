#include "thalweg/optimize/optimize.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>

#include "tests/dynamics/wide_table.hpp"
#include "tests/optimize/densities.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

template <class Regression>
Matrix design(const Regression& r) {
  return Eigen::Map<const Matrix>(r.x.data(), static_cast<Eigen::Index>(r.y.size()), static_cast<Eigen::Index>(r.p));
}
template <class Regression>
Vector outcomes(const Regression& r) {
  return Eigen::Map<const Vector>(r.y.data(), static_cast<Eigen::Index>(r.y.size()));
}

constexpr Optimizer optimizers[] = {Optimizer::lbfgs, Optimizer::newton, Optimizer::adam, Optimizer::gradient_descent,
                                    Optimizer::annealing};

TEST(Optimize, linear_regression_is_least_squares) {
  const test::LinearRegression regression = test::linear_regression();
  const Vector expected = design(regression).householderQr().solve(outcomes(regression));
  for (const Optimizer optimizer : optimizers) {
    const OptimizeResult result = optimize(model_of(regression), {.optimizer = optimizer, .starts = 4});
    ASSERT_EQ(result.census.modes(), 1u) << to_string(optimizer);
    for (Eigen::Index k = 0; k < 3; ++k)
      EXPECT_NEAR(result.census.best()->x[std::size_t(k)], expected[k], 1e-8) << to_string(optimizer);
    EXPECT_LT(result.census.best()->decrement, 1e-10);
  }
}

/// Iteratively reweighted least squares, to its fixed point.
Vector reweighted(const test::LogisticRegression& r) {
  const Matrix x = design(r);
  const Vector y = outcomes(r);
  Vector b = Vector::Zero(x.cols());
  for (int k = 0; k < 60; ++k) {
    const Vector p = (1 / (1 + (-(x * b).array()).exp())).matrix();
    const Vector w = (p.array() * (1 - p.array())).matrix();
    b += (x.transpose() * w.asDiagonal() * x).ldlt().solve(x.transpose() * (y - p));
  }
  return b;
}

TEST(Optimize, logistic_regression_is_reweighted_least_squares) {
  const test::LogisticRegression regression = test::logistic_regression();
  const Vector expected = reweighted(regression);
  for (const Optimizer optimizer : optimizers) {
    const OptimizeResult result = optimize(model_of(regression), {.optimizer = optimizer, .starts = 4});
    ASSERT_EQ(result.census.modes(), 1u) << to_string(optimizer);
    for (Eigen::Index k = 0; k < 3; ++k)
      EXPECT_NEAR(result.census.best()->x[std::size_t(k)], expected[k], 1e-8) << to_string(optimizer);
  }
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST(Optimize, the_same_bits_for_any_threads_and_number_of_starts_beside) {
  for (const Optimizer optimizer : optimizers) {
    OptimizeSettings settings{.optimizer = optimizer, .starts = 9, .seed = 3, .max_iterations = 50};
    const OptimizeResult one = optimize(test_density("eight-schools"), settings);
    settings.threads = 3;
    const OptimizeResult three = optimize(test_density("eight-schools"), settings);
    settings.starts = 1;
    const OptimizeResult alone = optimize(test_density("eight-schools"), settings);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_TRUE(same_bits(one.climbs[i].x, three.climbs[i].x)) << to_string(optimizer);
      EXPECT_EQ(one.climbs[i].log_p, three.climbs[i].log_p);
      EXPECT_EQ(one.climbs[i].ascent.gradients, three.climbs[i].ascent.gradients);
    }
    EXPECT_TRUE(same_bits(one.climbs[0].x, alone.climbs[0].x)) << "one lane, " << to_string(optimizer);
    ASSERT_EQ(one.census.ends.size(), three.census.ends.size());
    EXPECT_TRUE(same_bits(one.census.best()->x, three.census.best()->x));
  }
}

TEST(Optimize, a_path_holds_every_iterate) {
  const OptimizeResult result = optimize(test_density("banana"), {.starts = 2, .save_path = true});
  for (const Climb& climb : result.climbs) {
    ASSERT_EQ(static_cast<std::int64_t>(climb.path.size()), climb.ascent.iterations + 1);
    EXPECT_EQ(climb.path.front().x, climb.start);
    EXPECT_EQ(climb.path.front().step, 0);
    EXPECT_EQ(climb.path.back().x, climb.x);
    EXPECT_EQ(climb.path.back().energy, -climb.log_p);
    for (std::size_t k = 1; k < climb.path.size(); ++k) {
      const PathPoint &a = climb.path[k - 1], &b = climb.path[k];
      EXPECT_LE(b.energy, a.energy + 1e-13);
      EXPECT_NEAR(b.step, std::hypot(b.x[0] - a.x[0], b.x[1] - a.x[1]), 1e-12 * (1 + b.step));
    }
  }
  EXPECT_TRUE(optimize(test_density("banana"), {.starts = 1}).climbs[0].path.empty());
}

TEST(Optimize, given_starts_are_used_and_bad_ones_keep_their_evidence) {
  const OptimizeResult result = optimize(model_of(test::Hole{}), {.starts = 3, .given = {{0.5}, {-1}, {9}}});
  EXPECT_EQ(result.climbs[0].start, std::vector<double>{0.5});
  EXPECT_TRUE(result.climbs[0].found);
  EXPECT_FALSE(result.climbs[1].found);
  EXPECT_EQ(result.climbs[1].ascent.ending, Ending::failed);
  EXPECT_THAT(result.climbs[1].ascent.evidence, HasSubstr("not a number"));
  EXPECT_EQ(result.census.failed, 1u);
  EXPECT_EQ(result.census.best()->climbs.size(), 2u);
  EXPECT_NEAR(result.census.best()->x[0], 2, 1e-9);
}

TEST(Optimize, an_edge_is_named) {
  const OptimizeResult result = optimize(model_of(test::Cliff{}), {.starts = 3});
  EXPECT_EQ(result.census.best()->kind, EndKind::unfinished);
  EXPECT_EQ(result.census.modes(), 0u);
  EXPECT_THAT(result.climbs[0].ascent.evidence, AllOf(HasSubstr("steps from here lead to"), HasSubstr("x[2] = 1")));
}

TEST(Optimize, a_false_alarm_of_endlessness_goes_on) {
  const OptimizeResult result = optimize(model_of(test::Neck{}), {.starts = 8});
  ASSERT_EQ(result.census.ends.size(), 1u);
  EXPECT_EQ(result.census.best()->kind, EndKind::maximum);
  EXPECT_NEAR(result.census.best()->x[0], -60 * std::pow(4.5 * 60 / 8, 1.0 / 7), 1e-6);
  EXPECT_EQ(result.census.best()->climbs.size(), 8u);
  // a neck so long that some ascents in it raise the alarm: the mode is at v = −9·39/2
  const OptimizeResult funnel = optimize(test_density("funnel:40"), {.starts = 8});
  EXPECT_EQ(funnel.census.best()->kind, EndKind::maximum);
  EXPECT_EQ(funnel.census.modes(), 1u);
  EXPECT_GE(funnel.census.best()->climbs.size(), 6u) << "condition 1e76: now and then one is left unfinished";
  EXPECT_NEAR(funnel.census.best()->x[0], -175.5, 1e-6);
}

TEST(Optimize, no_start_at_all_says_why) {
  EXPECT_THAT([] { optimize(model_of(test::Nowhere{}), {.starts = 3}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no initial point"), HasSubstr("outside the support"))));
  EXPECT_THAT(
      [] {
        optimize(model_of(test::Hole{}), {.starts = 2, .given = {{-1}, {-2}}});
      },
      ThrowsMessage<Error>(HasSubstr("not a number")));
}

TEST(Optimize, settings_out_of_range_are_refused) {
  const Model model = test_density("banana");
  EXPECT_THAT([&] { optimize(model, {.starts = 0}); }, ThrowsMessage<std::invalid_argument>(HasSubstr("starts")));
  EXPECT_THAT(
      [&] {
        optimize(model, {.starts = 2, .given = {{1, 2}}});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("given")));
  EXPECT_THAT([&] { optimize(model, {.starts = 1, .given = {{1}}}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("2 unconstrained coordinates; found 1")));
  EXPECT_THAT([&] { optimize(model, {.tolerance = -1}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("tolerance")));
  EXPECT_THAT([&] { optimize(model, {.threads = 0}); }, ThrowsMessage<std::invalid_argument>(HasSubstr("threads")));
}

TEST(Optimize, stops_when_told) {
  int asked = 0;
  const OptimizeResult result = optimize(test_density("rosenbrock:20"), {.starts = 8}, [&] { return ++asked < 12; });
  EXPECT_LT(result.gradients, 8 * 40);
  EXPECT_EQ(result.climbs.size(), 8u);
}

/// Newton's method and the census work by differences of gradients where nothing else is there.
TEST(Optimize, without_second_derivatives) {
  const Model model = test::wide_model(test::Bowl{});
  ASSERT_TRUE(model.hessian_widths().empty());
  for (const Optimizer optimizer : {Optimizer::lbfgs, Optimizer::newton}) {
    const OptimizeResult result = optimize(model, {.optimizer = optimizer, .starts = 4});
    ASSERT_EQ(result.census.modes(), 1u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(result.census.best()->x[i], test::Bowl::centre(i), 1e-8);
    EXPECT_NEAR(result.census.best()->condition, 100, 1e-3);
  }
}

}  // namespace
}  // namespace thalweg
