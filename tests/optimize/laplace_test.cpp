#include "thalweg/optimize/laplace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/optimize/densities.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double log_two_pi = 1.8378770664093453;

LaplaceResult at_best(const Model& model, const Laplace& settings = {}, int threads = 1) {
  const OptimizeResult found = optimize(model, {.starts = 4});
  Points points(model, whole_density, threads);
  return laplace(points, found.census.best()->x, settings);
}

TEST(Laplace, is_exact_on_gaussians) {
  for (const char* name : {"gaussian:3", "ill-conditioned-gaussian:20", "correlated-gaussian:6"}) {
    const Model model = test_density(name);
    const Moments moments = exact_moments(name);
    const LaplaceResult result = at_best(model);
    const std::vector<double> variances = result.q.variances();
    for (std::size_t i = 0; i < variances.size(); ++i) {
      EXPECT_NEAR(result.q.mean()[i], moments.mean[i], 1e-8) << name;
      EXPECT_NEAR(variances[i] / moments.variance[i], 1, 1e-8) << name;
    }
    const Approximation& a = result.draws;
    ASSERT_EQ(a.count, 1000u);
    for (std::size_t i = 0; i < a.count; ++i)  // log Z is the same from every draw
      EXPECT_NEAR(a.log_p[i] - a.log_q[i], result.log_evidence, 1e-8) << name;
  }
}

TEST(Laplace, covariance_of_a_linear_regression) {
  const test::LinearRegression r = test::linear_regression();
  const LaplaceResult result = at_best(model_of(r));
  const std::vector<double> covariance = result.q.covariance();
  for (std::size_t j = 0; j < 3; ++j)  // XᵀX Σ = I
    for (std::size_t k = 0; k < 3; ++k) {
      double sum = 0;
      for (std::size_t l = 0; l < 3; ++l)
        for (std::size_t i = 0; i < r.y.size(); ++i) sum += r.x[3 * i + j] * r.x[3 * i + l] * covariance[3 * l + k];
      EXPECT_NEAR(sum, j == k, 1e-8);
    }
}

TEST(Laplace, evidence_of_a_normal_integral) {
  const test::Bowl bowl{.d = 3, .condition = 50};
  double expected = 1.5 * log_two_pi;
  for (std::size_t i = 0; i < 3; ++i) expected -= 0.5 * std::log(bowl.curvature(i));
  EXPECT_NEAR(at_best(model_of(bowl)).log_evidence, expected, 1e-8);
}

TEST(Laplace, the_same_draws_for_any_threads_and_number) {
  const Model model = test_density("eight-schools");
  const LaplaceResult one = at_best(model, {.draws = 100, .seed = 4}),
                      two = at_best(model, {.draws = 37, .seed = 4}, 3);
  for (std::size_t i = 0; i < two.draws.x.size(); ++i) EXPECT_EQ(one.draws.x[i], two.draws.x[i]);
  for (std::size_t i = 0; i < two.draws.count; ++i) {
    EXPECT_EQ(one.draws.log_p[i], two.draws.log_p[i]);
    EXPECT_EQ(one.draws.log_q[i], two.draws.log_q[i]);
    EXPECT_NEAR(two.q.log_density(two.draws.draw(i)), two.draws.log_q[i], 1e-8);
  }
}

TEST(Laplace, refuses_where_there_is_no_maximum) {
  const auto refusal = [](const Model& model, std::vector<double> x) {
    return [model, x] {
      Points points(model, whole_density, 1);
      laplace(points, x);
    };
  };
  EXPECT_THAT(refusal(model_of(test::Saddle{}), {0, 0}),
              ThrowsMessage<Error>(AllOf(HasSubstr("curves upwards along"), HasSubstr("1.00 x[1]"))));
  EXPECT_THAT(refusal(test_density("ring"), {4, 0}),
              ThrowsMessage<Error>(AllOf(HasSubstr("is flat along"), HasSubstr("1.00 x[2]"))));
  EXPECT_THAT(refusal(model_of(test::Bowl{}), {0, 1, 2, 1}), ThrowsMessage<Error>(HasSubstr("nats of log p")));
  EXPECT_THAT(refusal(model_of(test::Hole{}), {-1}), ThrowsMessage<Error>(HasSubstr("not a number")));
  EXPECT_THAT(refusal(model_of(test::Bowl{}), {1}), ThrowsMessage<std::invalid_argument>(HasSubstr("4 coordinates")));
  const test::LinearRegression collinear = test::collinear_regression();
  const Model model = model_of(collinear);
  const OptimizeResult found = optimize(model, {.starts = 2});
  EXPECT_THAT(refusal(model, found.census.best()->x),
              ThrowsMessage<Error>(AllOf(HasSubstr("is flat along"), HasSubstr("b[2]"), HasSubstr("b[3]"))));
}

TEST(Laplace, forms_no_large_matrix_without_being_asked) {
  const Model model = test_density("gaussian:40");
  Points points(model, whole_density, 1);
  const std::vector<double> x(40, 0.0);
  EXPECT_THAT([&] { laplace(points, x, {.largest_dimension = 30}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("largest_dimension")));
}

}  // namespace
}  // namespace thalweg
