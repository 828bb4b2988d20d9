// Natural-gradient steps: exact on Gaussians from every shape of start, bounded, upwards when small, silent on rubbish.
#include "thalweg/variational/natural_step.hpp"

#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/variational/fixed_sample.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {
namespace {

constexpr std::size_t dimension = 5;

MultivariateNormal start(std::string_view shape) {
  const std::size_t d = dimension;
  std::vector<double> mean{3, -1, 0, 2, 5}, scale{0.1, 4, 1, 0.5, 2}, basis(2 * d, 0.0), factor(d * d, 0.0);
  basis[0] = 0.6, basis[3] = -0.8, basis[d + 1] = 1;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      factor[i * d + j] = i == j ? scale[i] : 0.3 * std::cos(static_cast<double>(3 * i + j));
  if (shape == "full") return MultivariateNormal::full(mean, factor);
  if (shape == "low") return MultivariateNormal::low_rank(mean, scale, basis, {1.7, 0, 0.4, 0.5});
  return MultivariateNormal::diagonal(mean, scale);
}

/// Draws of q with its moments exactly, and their gradients.
struct Sample {
  FixedDraws draws;
  std::vector<double> x, g, log_p;

  Sample(const Model& model, const MultivariateNormal& q, std::size_t n)
      : draws(FixedDraws::make(n, q.dimension(), 3)), x(draws.z.size()), g(x.size()), log_p(n) {
    transform_rows(q, n, draws.stride, draws.z.data(), x.data());
    Points(model, whole_density).evaluate(n, draws.stride, x.data(), g.data(), log_p.data());
  }
  std::optional<MultivariateNormal> step(const MultivariateNormal& q, double rho) const {
    return natural_step(q, draws.n, draws.stride, x.data(), g.data(), rho);
  }
};

Matrix covariance_of(const MultivariateNormal& q) {
  const std::vector<double> c = q.covariance();
  return Eigen::Map<const Matrix>(c.data(), index(q.dimension()), index(q.dimension()));
}

TEST(NaturalStep, of_length_1_ends_at_a_Gaussian_target) {
  // eigenvalues of the start's own precision of the target stay above the bound of a step
  const Matrix precision = 4 * test::some_precision(dimension, 2);
  const test::DenseGaussian target = test::gaussian_of(precision);
  const Matrix exact = precision.inverse();
  for (const char* shape : {"diagonal", "low", "full"}) {
    MultivariateNormal q = start(shape);
    for (int k = 0; k < 3; ++k) q = *Sample(model_of(target), q, 9).step(q, 1);
    for (std::size_t i = 0; i < dimension; ++i)
      EXPECT_NEAR(q.mean()[i], target.mean[i], 1e-10 * std::sqrt(exact(index(i), index(i)))) << shape;
    EXPECT_LT((covariance_of(q) - exact).norm(), 1e-10 * exact.norm()) << shape;
  }
}

TEST(NaturalStep, mixes_precisions) {
  const Matrix precision = 4 * test::some_precision(dimension, 2);
  const test::DenseGaussian target = test::gaussian_of(precision);
  const double rho = 0.3;
  for (const char* shape : {"low", "full"}) {
    MultivariateNormal q = start(shape);
    q = MultivariateNormal::full(q.mean(), full_gaussian(q.mean().data(), 3 * dense_factor(q)).factor());
    const MultivariateNormal next = *Sample(model_of(target), q, 9).step(q, rho);
    const Matrix mixed = (1 - rho) * covariance_of(q).inverse() + rho * precision;
    EXPECT_LT((covariance_of(next).inverse() - mixed).norm(), 1e-10 * mixed.norm());
    const ColumnVector pull = precision * (vector_of(target.mean) - vector_of(q.mean()));
    const ColumnVector moved = vector_of(next.mean()) - vector_of(q.mean());
    EXPECT_LT((moved - rho * mixed.inverse() * pull).norm(), 1e-10 * moved.norm());
  }
}

TEST(NaturalStep, grows_no_sd_more_than_tenfold) {
  const test::DenseGaussian target{{0, 0}, {1e-8, 0, 0, 4}};
  const MultivariateNormal q = MultivariateNormal::diagonal({0, 0}, {1, 1});
  const MultivariateNormal next = *Sample(model_of(target), q, 9).step(q, 1);
  EXPECT_NEAR(next.variances()[0], 100, 1e-10);
  EXPECT_NEAR(next.variances()[1], 0.25, 1e-12);
}

TEST(NaturalStep, climbs_the_ELBO_of_its_sample_when_small) {
  const Model model = model_of(test::SkewedChain{dimension, 0.8});
  Points points(model, whole_density);
  for (const double scale : {0.2, 0.5, 1.0}) {
    const MultivariateNormal from = start("full");
    std::vector<double> factor = from.factor();
    for (double& f : factor) f *= scale;
    const MultivariateNormal q = MultivariateNormal::full({1, 0, -1, 0.5, 0}, factor);
    const Sample sample(model, q, 24);
    const auto elbo = [&](const MultivariateNormal& at) {
      const Sample moved(model, at, 24);
      return vector_of(moved.log_p).mean() + 0.5 * at.log_determinant();
    };
    const double rho = 1e-6, here = elbo(q);
    const double slope = (elbo(*sample.step(q, rho)) - here) / rho,
                 half = (elbo(*sample.step(q, rho / 2)) - here) / rho;
    EXPECT_GT(slope, 0);
    EXPECT_NEAR(half / slope, 0.5, 0.01);
  }
}

TEST(NaturalStep, stays_where_the_ELBO_of_its_sample_is_highest) {
  const Model model = model_of(test::SkewedChain{dimension, 0.8});
  const ViResult r =
      variational_inference(model, {.family = Family::full_rank, .fixed_draws = 24, .start = {.seed = 3}});
  const MultivariateNormal next = *Sample(model, r.q, 24).step(r.q, 1);
  for (std::size_t i = 0; i < dimension; ++i)
    EXPECT_NEAR(next.mean()[i], r.q.mean()[i], 1e-7 * std::sqrt(r.q.variances()[i]));
  EXPECT_LT((covariance_of(next) - covariance_of(r.q)).norm(), 1e-7 * covariance_of(r.q).norm());
}

TEST(NaturalStep, is_none_where_gradients_are_not_finite) {
  const MultivariateNormal q = start("full");
  Sample sample(model_of(test::SkewedChain{dimension, 0.8}), q, 9);
  sample.g[3] = not_a_number;
  EXPECT_FALSE(sample.step(q, 1).has_value());
  sample.g[3] = infinity;
  EXPECT_FALSE(sample.step(q, 1).has_value());
}

}  // namespace
}  // namespace thalweg
