// Laws of the family: what every method of ascent does.
#include "thalweg/optimize/ascent.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/optimize/densities.hpp"
#include "tests/optimize/one_ascent.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/adam.hpp"
#include "thalweg/optimize/gradient_descent.hpp"
#include "thalweg/optimize/lbfgs.hpp"
#include "thalweg/optimize/newton.hpp"

namespace thalweg {
namespace {

using test::climb;
using test::Climbed;
using Start = std::function<Task(Strand&, std::size_t, Point&, Ascent&, IterateObserver)>;

struct Method {
  const char* name;
  double decrement;  ///< ½|∇|² in the metric of the curvature that its ends have at most
  Start make;
};

template <class Parameters, class Function>
Start with(Function function, Parameters parameters) {
  return [=](Strand& strand, std::size_t d, Point& point, Ascent& ascent, IterateObserver observer) {
    return function(strand, parameters, d, point, ascent, std::move(observer));
  };
}

const std::vector<Method>& methods() {
  static const std::vector<Method> all{
      {"lbfgs", 1e-10, with(lbfgs, Lbfgs{})},
      {"newton", 1e-10, with(newton<TrustRegion>, Newton{})},
      {"adam", 1e-8, with(adam, Adam{})},
      {"gradient-descent", 1e-8, with(gradient_descent, GradientDescent{})},
      {"annealing", 1e-8, with(annealing, Annealing{.temperature = 0.1})},
  };
  return all;
}

class EveryMethod : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Method& method() const { return methods()[GetParam()]; }
};
INSTANTIATE_TEST_SUITE_P(Ascent, EveryMethod, ::testing::Range(std::size_t{0}, methods().size()),
                         [](const auto& which) {
                           std::string name = methods()[which.param].name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(EveryMethod, arrives_at_the_top_of_a_bowl) {
  const test::Bowl bowl{.d = 4, .condition = 100};
  const Climbed c = climb(model_of(bowl), {-3, 4, 1, 7}, method().make);
  EXPECT_EQ(c.ascent.ending, Ending::converged) << c.ascent.evidence;
  double decrement = 0;
  for (std::size_t i = 0; i < 4; ++i) decrement += 0.5 * bowl.curvature(i) * std::pow(c.x[i] - bowl.centre(i), 2);
  EXPECT_LT(decrement, method().decrement);
  EXPECT_NEAR(c.log_p, -decrement, 1e-14);
}

TEST_P(EveryMethod, stays_where_there_are_numbers) {
  for (const double start : {1e-3, 0.4, 30.0}) {
    const Climbed c = climb(model_of(test::Hole{}), {start}, method().make);
    EXPECT_EQ(c.ascent.ending, Ending::converged) << start << " " << c.ascent.evidence;
    EXPECT_NEAR(c.x[0], 2, 1e-3) << start;
  }
}

TEST_P(EveryMethod, says_why_it_cannot_start) {
  for (const auto& [model, x] : {std::pair{model_of(test::Nowhere{}), std::vector<double>{1, 2}},
                                 std::pair{model_of(test::Hole{}), std::vector<double>{-1}}}) {
    const Climbed c = climb(model, x, method().make);
    EXPECT_EQ(c.ascent.ending, Ending::failed);
    EXPECT_FALSE(c.ascent.evidence.empty());
    EXPECT_EQ(c.x, x);
    EXPECT_TRUE(c.path.empty());
  }
}

TEST_P(EveryMethod, does_not_call_an_edge_an_optimum) {
  const Climbed c = climb(model_of(test::Cliff{}), {0.3, -2}, method().make);
  EXPECT_NE(c.ascent.ending, Ending::converged);
  EXPECT_NE(c.ascent.ending, Ending::failed);
  EXPECT_TRUE(std::isfinite(c.log_p));
  ASSERT_EQ(c.ascent.lost.size(), 2u);
  EXPECT_GT(c.ascent.lost[1], 1);
}

TEST_P(EveryMethod, counts_what_it_asks_for_and_numbers_its_iterates) {
  const Climbed c = climb(model_of(test::Bowl{}), {-3, 4, 1, 7}, method().make);
  EXPECT_GE(c.ascent.gradients, c.ascent.iterations);
  EXPECT_EQ(static_cast<std::int64_t>(c.path.size()), c.ascent.iterations + 1);
  EXPECT_EQ(c.ascent.products > 0, std::string(method().name) == "newton");
}

TEST_P(EveryMethod, ends_where_the_observer_says) {
  Climbed c = climb(model_of(test::Bowl{}), {-3, 4, 1, 7},
                    [&](Strand& strand, std::size_t d, Point& point, Ascent& ascent, const IterateObserver&) {
                      return method().make(strand, d, point, ascent, [](const Iterate& i) { return i.number < 2; });
                    });
  EXPECT_EQ(c.ascent.ending, Ending::stopped);
  EXPECT_EQ(c.ascent.iterations, 2);
}

// ---- what the second-order methods promise besides ----

TEST(Lbfgs, condition_of_a_million_in_a_hundred_dimensions) {
  const test::Bowl bowl{.d = 100, .condition = 1e6};
  const Climbed c =
      climb(model_of(bowl), std::vector<double>(100, 5.0), with(lbfgs, Lbfgs{.arrival = {.max_iterations = 20000}}));
  double decrement = 0;
  for (std::size_t i = 0; i < 100; ++i) decrement += 0.5 * c.gradient[i] * c.gradient[i] / bowl.curvature(i);
  EXPECT_LT(decrement, 1e-8) << "iterations " << c.ascent.iterations;
}

TEST(Lbfgs, log_p_never_falls_beyond_rounding) {
  for (const char* name : {"rosenbrock", "banana", "funnel", "eight-schools", "mixture:5"}) {
    const Model model = test_density(name);
    for (std::uint64_t k = 0; k < 5; ++k) {
      const Climbed c = climb(model, test::normals(std::size_t(model.dimension()), 100 + k), with(lbfgs, Lbfgs{}));
      EXPECT_EQ(c.ascent.ending, Ending::converged) << name;
      for (std::size_t i = 1; i < c.path.size(); ++i)
        EXPECT_GE(c.path[i], c.path[i - 1] - 1e-13 * (1 + std::fabs(c.path[i]))) << name << " iterate " << i;
    }
  }
}

TEST(Lbfgs, the_neck_of_a_funnel_without_an_end_is_left_early) {
  const Model model = test_density("eight-schools-centered");
  for (std::uint64_t k = 0; k < 10; ++k) {
    const std::vector<double> start = test::normals(10, 200 + k);
    const Climbed c = climb(model, start, with(lbfgs, Lbfgs{}));
    EXPECT_EQ(c.ascent.ending, Ending::unbounded);
    EXPECT_LE(c.ascent.iterations, 128);
    ASSERT_EQ(c.ascent.direction.size(), 10u);
    EXPECT_LT(c.ascent.direction[9], -0.9) << "log tau falls";
    const Climbed blind = climb(model, start, with(lbfgs, Lbfgs{.arrival = {.max_iterations = 200, .watch = false}}));
    EXPECT_NE(blind.ascent.ending, Ending::unbounded);
  }
}

TEST(Lbfgs, slow_is_not_endless) {
  for (const double condition : {1e3, 1e6, 1e8})
    for (std::uint64_t k = 0; k < 5; ++k) {
      std::vector<double> start = test::normals(60, 300 + k);
      for (double& v : start) v *= 1e4;
      const Climbed c = climb(model_of(test::Bowl{.d = 60, .condition = condition}), start, with(lbfgs, Lbfgs{}));
      EXPECT_NE(c.ascent.ending, Ending::unbounded) << condition;
    }
}

}  // namespace
}  // namespace thalweg
