#include "thalweg/optimize/objective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/optimize/one_ascent.hpp"
#include "tests/optimize/parts_table.hpp"
#include "tests/optimize/planted.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// The s at which the sum of parts is largest, over what it should be for each objective.
template <class PartsOf>
std::vector<double> ratios(PartsOf parts_of) {
  std::vector<double> found;
  for (const auto& [objective, expected] :
       {std::pair{Objective::map, test::PartsTable::map}, std::pair{Objective::mode, test::PartsTable::mode},
        std::pair{Objective::mle, test::PartsTable::mle}}) {
    const test::Climbed c = test::climb(
        test::parts_model(), {0.3, 0.2},
        [](auto& strand, auto d, auto& point, auto& ascent, auto o) {
          return lbfgs(strand, Lbfgs{}, d, point, ascent, o);
        },
        parts_of(objective));
    found.push_back(std::exp(c.x[0]) / expected);
  }
  return found;
}

TEST(Objective, each_has_its_own_optimum) {
  for (const double r : ratios(parts_of)) EXPECT_NEAR(r, 1, 2e-6);  // √(2·10⁻¹² nats) standard deviations, ½ each
}

TEST(Objective, planted_parts_have_another) {
  EXPECT_GT(std::fabs(ratios(test::map_without_jacobian)[0] - 1), 0.1) << "the Jacobian dropped in map";
  EXPECT_GT(std::fabs(ratios(test::mode_with_jacobian)[1] - 1), 0.1) << "the Jacobian added in mode";
  EXPECT_GT(std::fabs(ratios(test::mle_with_prior)[2] - 1), 0.1) << "the prior left in mle";
}

TEST(Objective, what_the_likelihood_does_not_touch) {
  EXPECT_THAT(untouched_by_likelihood(test::parts_model()), ElementsAre(1));
}

TEST(Objective, mle_names_what_is_untouched_or_leaves_it_at_its_start) {
  OptimizeSettings settings{.objective = Objective::mle, .starts = 4};
  EXPECT_THAT([&] { optimize(test::parts_model(), settings); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no likelihood term depends on u"), HasSubstr("map"))));
  settings.fix_untouched = true;
  for (const Optimizer optimizer : {Optimizer::lbfgs, Optimizer::newton, Optimizer::adam, Optimizer::annealing}) {
    settings.optimizer = optimizer;
    const OptimizeResult result = optimize(test::parts_model(), settings);
    for (const Climb& climb : result.climbs) {
      EXPECT_NEAR(std::exp(climb.x[0]), test::PartsTable::mle, 1e-3) << to_string(optimizer);
      EXPECT_EQ(climb.x[1], climb.start[1]) << to_string(optimizer);
    }
    ASSERT_EQ(result.census.ends.size(), 1u) << to_string(optimizer);
    EXPECT_EQ(result.census.best()->kind, EndKind::maximum) << to_string(optimizer);
    EXPECT_NEAR(std::exp(result.census.best()->x[0]), test::PartsTable::mle, 1e-8);
  }
}

TEST(Objective, mle_needs_a_likelihood) {
  EXPECT_THAT([] { optimize(test::parts_model(false), {.objective = Objective::mle}); },
              ThrowsMessage<Error>(HasSubstr("no likelihood terms")));
  EXPECT_THAT([] { optimize(test_density("banana"), {.objective = Objective::mle}); },
              ThrowsMessage<Error>(HasSubstr("banana")));
}

TEST(Objective, map_and_mode_through_optimize) {
  for (const auto& [objective, expected] :
       {std::pair{Objective::map, test::PartsTable::map}, std::pair{Objective::mode, test::PartsTable::mode}}) {
    const OptimizeResult result = optimize(test::parts_model(), {.objective = objective, .starts = 5});
    ASSERT_EQ(result.census.ends.size(), 1u);
    EXPECT_NEAR(std::exp(result.census.best()->x[0]), expected, 1e-9);
    EXPECT_LT(result.census.best()->decrement, 1e-10);
  }
}

}  // namespace
}  // namespace thalweg
