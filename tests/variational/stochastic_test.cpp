// The ELBO climbed with new draws: no noise where q = p, right moments, an end that is reached.
#include "thalweg/variational/stochastic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/variational/iterate_window.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

struct WithScore : StochasticRules {
  static constexpr bool path_derivative = false;
};

/// The largest element of the gradient's estimate at the optimum over a family that holds the target, from one draw at
/// a time.
template <class Rules>
double noise_at_the_optimum(Family kind) {
  const std::size_t d = 6, stride = 8;
  Matrix precision = test::some_precision(d, 2);
  if (kind == Family::mean_field) precision = Matrix(precision.diagonal().asDiagonal());
  const test::DenseGaussian target = test::gaussian_of(precision);
  const Model model = model_of(target);
  Points points(model, whole_density);
  const Matrix factor = precision.inverse().llt().matrixL();
  const RowMatrix rows = factor;
  const MultivariateNormal exact =
      kind == Family::mean_field
          ? MultivariateNormal::diagonal(target.mean, {factor.diagonal().begin(), factor.diagonal().end()})
          : MultivariateNormal::full(target.mean, {rows.data(), rows.data() + rows.size()});
  const auto family = kind == Family::mean_field  ? mean_field_family(exact)
                      : kind == Family::full_rank ? full_rank_family(exact)
                                                  : low_rank_family(exact, 5, 0);
  std::vector<double> theta(family->parameters()), gradient(theta.size()), z(stride), x(stride), g(stride);
  family->start(theta.data());
  family->set(theta.data());
  double worst = 0, log_p = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    NormalRows{1, Purpose::test, i, 0}.fill(1, d, stride, z.data());
    family->place(1, z.data(), x.data());
    points.evaluate(1, stride, x.data(), g.data(), &log_p);
    elbo_gradient<Rules>(*family, 1, z.data(), g.data(), gradient.data());
    for (const double v : gradient) worst = std::max(worst, std::abs(v));
  }
  return worst;
}

TEST(PathDerivative, has_no_variance_at_the_optimum_and_with_the_score_term_it_has) {
  for (const Family family : {Family::mean_field, Family::full_rank}) {
    EXPECT_LT(noise_at_the_optimum<StochasticRules>(family), 1e-12);
    EXPECT_GT(noise_at_the_optimum<WithScore>(family), 0.1);
  }
}

/// −¼x⁴-like target: both estimators have the same mean.
TEST(PathDerivative, has_the_mean_of_the_gradient_with_the_score_term) {
  const std::size_t d = 2, stride = 8, n = 20000;
  const Model model = model_of(test::Skewed{});
  Points points(model, whole_density);
  const auto family = full_rank_family(MultivariateNormal::diagonal({0.2, 0.1}, {0.7, 0.5}));
  std::vector<double> theta(family->parameters()), path(theta.size()), score(theta.size()), z(n * stride),
      x(n * stride), g(n * stride), log_p(n);
  family->start(theta.data());
  family->set(theta.data());
  NormalRows{1, Purpose::test, 0, 0}.fill(n, d, stride, z.data());
  family->place(n, z.data(), x.data());
  points.evaluate(n, stride, x.data(), g.data(), log_p.data());
  std::vector<double> copy = g;
  elbo_gradient<StochasticRules>(*family, n, z.data(), g.data(), path.data());
  elbo_gradient<WithScore>(*family, n, z.data(), copy.data(), score.data());
  for (std::size_t k = 0; k < theta.size(); ++k) EXPECT_NEAR(path[k], score[k], 6 * 2 / std::sqrt(n)) << k;
}

TEST(StochasticVi, mean_field_on_a_gaussian_is_right_to_a_per_cent) {
  const Matrix precision = test::some_precision(6, 3);
  const test::DenseGaussian target = test::gaussian_of(precision);
  const ViResult r = variational_inference(model_of(target), {.estimator = Estimator::stochastic});
  EXPECT_TRUE(r.stochastic.stationary);
  const std::vector<double> v = r.q.variances();
  for (std::size_t i = 0; i < 6; ++i) {
    const double exact = 1 / precision(index(i), index(i));
    EXPECT_NEAR(v[i], exact, 1e-2 * exact);
    EXPECT_NEAR(r.q.mean()[i], target.mean[i], 1e-2 * std::sqrt(exact));
  }
}

TEST(StochasticVi, full_rank_and_low_rank_on_gaussians_are_right_to_a_per_cent) {
  const Matrix precision = test::some_precision(5, 4), covariance = precision.inverse();
  const test::DenseGaussian target = test::gaussian_of(precision);
  for (const Family family : {Family::full_rank, Family::low_rank}) {
    const ViResult r = variational_inference(model_of(target), {.family = family, .estimator = Estimator::stochastic});
    const std::vector<double> found = r.q.covariance();
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < 5; ++j)
        EXPECT_NEAR(found[i * 5 + j], covariance(index(i), index(j)),
                    1e-2 * std::sqrt(covariance(index(i), index(i)) * covariance(index(j), index(j))));
  }
}

TEST(StochasticVi, agrees_with_the_fixed_sample_within_its_errors) {
  const Model model = model_of(test::SkewedChain{6, 0.8});
  const ViResult a = variational_inference(model, {.fixed_draws = 4000}),
                 b = variational_inference(model, {.estimator = Estimator::stochastic});
  for (std::size_t i = 0; i < 6; ++i) {
    const double sd = std::sqrt(a.q.variances()[i]);
    EXPECT_NEAR(a.q.mean()[i], b.q.mean()[i], 0.05 * sd);
    EXPECT_NEAR(std::sqrt(b.q.variances()[i]) / sd, 1, 0.05);
  }
  ASSERT_FALSE(b.trace.empty());
  EXPECT_GT(b.trace.back().elbo.se, 0);
}

TEST(StochasticVi, leaves_out_draws_that_fail_and_gives_up_when_they_are_many) {
  const PathSearch start{.paths = 2, .starts = {5, 0, 4, 1}};
  const ViResult r =
      variational_inference(model_of(test::HalfSpace{1.5}),
                            {.estimator = Estimator::stochastic, .start = start, .stochastic = {.rounds = 1}});
  EXPECT_GT(r.stochastic.failed, 0);
  EXPECT_THAT(r.notes, testing::Contains(HasSubstr("were left out")));
  try {
    variational_inference(model_of(test::HalfSpace{3.9}),
                          {.estimator = Estimator::stochastic, .start = start, .stochastic = {.most_failed = 0.1}});
    FAIL() << "must throw";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("outside the support"));
    EXPECT_THAT(e.what(), HasSubstr("standard deviations out in x[1]"));
  }
}

TEST(IterateWindow, tells_drift_from_noise) {
  IterateWindow still(2, 400), drifting(2, 400);
  Random<double> random(1, Purpose::test, 0, 0);
  for (int t = 0; t < 400; ++t) {
    const double a = random.normal(), b = random.normal();
    still.add({5 + a, 0});
    drifting.add({0.01 * t + b, 0});
  }
  ASSERT_TRUE(still.full());
  EXPECT_NEAR(still.mean(0), 5, 4 / std::sqrt(400.0));
  EXPECT_LT(still.r_hat(0), 1.02);
  EXPECT_GT(drifting.r_hat(0), 1.1);
  EXPECT_NEAR(drifting.drift(0), 2, 0.4);
  EXPECT_NEAR(still.error(0), 0.05, 0.05 * 4 / std::sqrt(2 * 19.0));
  EXPECT_EQ(still.r_hat(1), 1);
  EXPECT_EQ(still.error(1), 0);
}

}  // namespace
}  // namespace thalweg
