// Every family of Gaussians: its derivatives, its entropy, its path term, the Gaussian that it stands for.
#include "thalweg/variational/family.hpp"

#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/variational/fixed_sample.hpp"

namespace thalweg {
namespace {

constexpr std::size_t dimension = 7;

MultivariateNormal base(std::string_view shape) {
  const std::size_t d = dimension;
  std::vector<double> mean(d, 0.2), scale(d), basis(2 * d, 0.0), factor(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i) {
    scale[i] = 0.4 + 0.05 * static_cast<double>(i);
    for (std::size_t j = 0; j <= i; ++j)
      factor[i * d + j] = i == j ? 0.5 : 0.07 * std::cos(static_cast<double>(3 * i + j));
  }
  basis[0] = 0.6, basis[3] = -0.8, basis[d + 1] = 1;
  if (shape == "full") return MultivariateNormal::full(mean, factor);
  if (shape == "low") return MultivariateNormal::low_rank(mean, scale, basis, {1.7, 0, 0.4, 0.5});
  return MultivariateNormal::diagonal(mean, scale);
}

struct Case {
  Family family;
  const char* base;
};
std::unique_ptr<GaussianFamily> family_of(const Case& c) {
  if (c.family == Family::mean_field) return mean_field_family(base(c.base));
  if (c.family == Family::full_rank) return full_rank_family(base(c.base));
  return low_rank_family(base(c.base), 3, 1);
}

class EachFamily : public testing::TestWithParam<Case> {
 protected:
  const Model model = model_of(test::SkewedChain{dimension, 0.8});
  Points points{model, whole_density};
  std::unique_ptr<GaussianFamily> family = family_of(GetParam());
  const FixedDraws draws = FixedDraws::make(24, dimension, 3);
  FixedSample objective{points, *family, draws};
  const std::size_t size = family->parameters();

  std::vector<double> some_theta() const {
    std::vector<double> theta(size);
    family->start(theta.data());
    Random<double> random(9, Purpose::test, 0, 0);
    for (double& t : theta) t += 0.1 * random.normal();
    return theta;
  }
};
INSTANTIATE_TEST_SUITE_P(All, EachFamily,
                         testing::Values(Case{Family::mean_field, "diagonal"}, Case{Family::mean_field, "low"},
                                         Case{Family::mean_field, "full"}, Case{Family::full_rank, "diagonal"},
                                         Case{Family::full_rank, "low"}, Case{Family::full_rank, "full"},
                                         Case{Family::low_rank, "diagonal"}, Case{Family::low_rank, "low"},
                                         Case{Family::low_rank, "full"}),
                         [](const testing::TestParamInfo<Case>& one) {
                           std::string name(to_string(one.param.family));
                           name[name.find('-')] = '_';
                           return name + "_on_" + one.param.base;
                         });

TEST_P(EachFamily, gradient_is_the_slope_of_the_ELBO) {
  std::vector<double> theta = some_theta(), gradient(size), ignored(size);
  ASSERT_TRUE(std::isfinite(objective.evaluate(theta.data(), gradient.data())));
  for (std::size_t k = 0; k < size; ++k) {
    const double h = 1e-5, kept = theta[k];
    theta[k] = kept + h;
    const double above = objective.evaluate(theta.data(), ignored.data());
    theta[k] = kept - h;
    const double below = objective.evaluate(theta.data(), ignored.data());
    theta[k] = kept;
    EXPECT_NEAR(gradient[k], (above - below) / (2 * h), 1e-8 * (1 + std::abs(gradient[k]))) << k;
  }
}

TEST_P(EachFamily, is_evaluated_once_at_a_place) {
  const std::vector<double> theta = some_theta();
  std::vector<double> first(size), again(size), other(size);
  const double value = objective.evaluate(theta.data(), first.data());
  const std::int64_t before = points.gradients();
  EXPECT_EQ(objective.evaluate(theta.data(), again.data()), value);
  EXPECT_EQ(again, first);
  EXPECT_EQ(points.gradients(), before);
  std::vector<double> elsewhere = theta;
  elsewhere[0] += 0.1;
  EXPECT_NE(objective.evaluate(elsewhere.data(), other.data()), value);
  EXPECT_NE(other, first);
  EXPECT_EQ(objective.evaluate(theta.data(), again.data()), value);
  for (std::size_t k = 0; k < size; ++k) EXPECT_NEAR(again[k], first[k], 1e-13 * (1 + std::abs(first[k])));
}

TEST_P(EachFamily, products_are_slopes_of_the_gradient) {
  if (!objective.has_products()) GTEST_SKIP() << "this family has no second derivatives";
  const std::vector<double> theta = some_theta();
  std::vector<double> direction(size), product(size), above(size), below(size), at(size);
  Random<double> random(4, Purpose::test, 0, 0);
  for (double& v : direction) v = random.normal();
  objective.product(theta.data(), direction.data(), product.data());
  const double h = 1e-5;
  for (std::size_t k = 0; k < size; ++k) at[k] = theta[k] + h * direction[k];
  objective.evaluate(at.data(), above.data());
  for (std::size_t k = 0; k < size; ++k) at[k] = theta[k] - h * direction[k];
  objective.evaluate(at.data(), below.data());
  for (std::size_t k = 0; k < size; ++k)
    EXPECT_NEAR(product[k], (above[k] - below[k]) / (2 * h), 1e-7 * (1 + std::abs(product[k]))) << k;
}

TEST_P(EachFamily, rows_are_draws_of_its_gaussian) {
  const std::vector<double> theta = some_theta();
  family->set(theta.data());
  const MultivariateNormal q = family->gaussian();
  std::vector<double> x(draws.z.size()), g(draws.z.size(), 0.0), ignored(size), slope(dimension);
  family->place(draws.n, draws.z.data(), x.data());
  EXPECT_NEAR(family->log_determinant(ignored.data()), 0.5 * q.log_determinant(), 1e-12);
  // whitened draws have the moments of the Gaussian exactly
  const auto rows = rows_at(x.data(), draws.n, dimension, draws.stride);
  const Matrix centred = rows.rowwise() - rows.colwise().mean();
  const Matrix covariance = centred.transpose() * centred / static_cast<double>(draws.n);
  const std::vector<double> expected = q.covariance();
  for (std::size_t i = 0; i < dimension; ++i) {
    EXPECT_NEAR(rows.col(index(i)).mean(), q.mean()[i], 1e-13);
    for (std::size_t j = 0; j < dimension; ++j)
      EXPECT_NEAR(covariance(index(i), index(j)), expected[i * dimension + j], 1e-12);
  }
  family->add_path_term(draws.n, draws.z.data(), g.data());
  for (std::size_t i = 0; i < draws.n; ++i) {
    q.gradient({&x[i * draws.stride], dimension}, slope);
    for (std::size_t j = 0; j < dimension; ++j) EXPECT_NEAR(g[i * draws.stride + j], -slope[j], 1e-11);
  }
}

TEST_P(EachFamily, marginals_are_those_of_its_gaussian) {
  if (family->identified()) GTEST_SKIP() << "this family is watched by its parameters";
  const std::vector<double> theta = some_theta();
  std::vector<double> before(2 * dimension), after(2 * dimension), start(size);
  family->start(start.data());
  family->set(start.data());
  const MultivariateNormal p = family->gaussian();
  family->marginals(before.data());
  family->set(theta.data());
  const MultivariateNormal q = family->gaussian();
  family->marginals(after.data());
  for (std::size_t i = 0; i < dimension; ++i) {
    EXPECT_NEAR(before[i], 0, 1e-14);
    EXPECT_NEAR(after[dimension + i], 0.5 * std::log(q.variances()[i]), 1e-12);
    EXPECT_GT(std::abs(after[i]), 0);
    EXPECT_EQ(after[i] > 0, q.mean()[i] > p.mean()[i]);
  }
}

TEST_P(EachFamily, starts_near_the_base_and_widens) {
  std::vector<double> theta(size);
  family->start(theta.data());
  family->set(theta.data());
  const MultivariateNormal from = base(GetParam().base), q = family->gaussian();
  for (std::size_t i = 0; i < dimension; ++i) EXPECT_NEAR(q.mean()[i], from.mean()[i], 1e-14);
  if (GetParam().family != Family::mean_field && std::string_view(GetParam().base) != "full") {
    const std::vector<double> a = q.covariance(), b = from.covariance();
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-13);
  }
  if (GetParam().family == Family::mean_field)
    for (std::size_t i = 0; i < dimension; ++i) {
      const std::vector<double> precision = precisions_of(from), v = q.variances();
      EXPECT_NEAR(v[i] * precision[i], 1, 1e-12);
    }
  const std::vector<double> before = q.variances();
  family->widen(0.5, theta.data());
  family->set(theta.data());
  const std::vector<double> after = family->gaussian().variances();
  for (std::size_t i = 0; i < dimension; ++i) EXPECT_NEAR(after[i], 0.25 * before[i], 1e-13);
}

}  // namespace
}  // namespace thalweg
