// The Gaussians along a path against the plain BFGS recursion, and rows of draws against single ones.
#include "thalweg/variational/path_gaussians.hpp"

#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/variational/gaussian_rows.hpp"

namespace thalweg {
namespace {

/// Points with gradients of −¼Σxᵢ⁴ − ½ Σ cᵢ xᵢ² + ½ (Σ xᵢ)²·w; w > 0 makes it indefinite near 0.
struct Walk {
  std::vector<ColumnVector> x, g;
  Walk(std::size_t d, int steps, double w) {
    Random<double> random(5, Purpose::test, d, 0);
    for (int t = 0; t < steps; ++t) {
      ColumnVector at(index(d)), slope(index(d));
      for (std::size_t i = 0; i < d; ++i) at[index(i)] = random.normal() / (1 + t);
      for (std::size_t i = 0; i < d; ++i)
        slope[index(i)] = -std::pow(at[index(i)], 3) - (1 + static_cast<double>(i)) * at[index(i)] + w * at.sum();
      x.push_back(at);
      g.push_back(slope);
    }
  }
};

struct Plain {
  ColumnVector alpha;
  std::vector<ColumnVector> s, y;
  Matrix h() const {
    Matrix out = alpha.asDiagonal();
    for (std::size_t k = 0; k < s.size(); ++k) {
      const double rho = 1 / s[k].dot(y[k]);
      const Matrix left = Matrix::Identity(out.rows(), out.cols()) - rho * s[k] * y[k].transpose();
      out = left * out * left.transpose() + rho * s[k] * s[k].transpose();
    }
    return out;
  }
};

class EachDimension : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Small, EachDimension, testing::Values(1, 2, 5, 8, 13, 30));

TEST_P(EachDimension, have_the_covariance_and_mean_of_the_BFGS_recursion) {
  const std::size_t d = GetParam(), memory = 4;
  const Walk walk(d, 9, 0);
  PathGaussians gaussians(d, memory);
  Plain plain{ColumnVector::Ones(index(d)), {}, {}};
  Vectors place(2, d);
  for (std::size_t t = 0; t < walk.x.size(); ++t) {
    std::copy(walk.x[t].begin(), walk.x[t].end(), place[0]);
    std::copy(walk.g[t].begin(), walk.g[t].end(), place[1]);
    gaussians.move(place[0], place[1]);
    if (t > 0) {
      const ColumnVector s = walk.x[t] - walk.x[t - 1], y = walk.g[t - 1] - walk.g[t];
      const double a = y.dot(plain.alpha.cwiseProduct(y)), b = y.dot(s), c = s.dot(s.cwiseQuotient(plain.alpha));
      ASSERT_GT(b, 0);
      for (Eigen::Index i = 0; i < s.size(); ++i) {
        const double old = plain.alpha[i];
        plain.alpha[i] = 1 / (a / (b * old) + y[i] * y[i] / b - a * s[i] * s[i] / (b * c * old * old));
      }
      plain.s.push_back(s);
      plain.y.push_back(y);
      if (plain.s.size() > memory) {
        plain.s.erase(plain.s.begin());
        plain.y.erase(plain.y.begin());
      }
    }
    const auto q = gaussians.gaussian();
    ASSERT_TRUE(q);
    const Matrix h = plain.h();
    const ColumnVector mean = walk.x[t] + h * walk.g[t];
    const std::vector<double> covariance = q->covariance();
    for (std::size_t i = 0; i < d; ++i) {
      EXPECT_NEAR(q->mean()[i], mean[index(i)], 1e-9 * (1 + mean.norm())) << t;
      for (std::size_t j = 0; j < d; ++j)
        EXPECT_NEAR(covariance[i * d + j], h(index(i), index(j)), 1e-9 * h.norm()) << t;
    }
  }
  EXPECT_EQ(gaussians.skipped(), 0u);
}

TEST(PathGaussians, skip_pairs_without_positive_curvature) {
  const Walk walk(6, 12, 4);
  PathGaussians gaussians(6, 4);
  Vectors place(2, 6);
  std::size_t bent = 0;
  for (std::size_t t = 0; t < walk.x.size(); ++t) {
    std::copy(walk.x[t].begin(), walk.x[t].end(), place[0]);
    std::copy(walk.g[t].begin(), walk.g[t].end(), place[1]);
    gaussians.move(place[0], place[1]);
    if (t > 0) bent += (walk.x[t] - walk.x[t - 1]).dot(walk.g[t - 1] - walk.g[t]) <= 0;
    EXPECT_TRUE(gaussians.gaussian());
  }
  EXPECT_GT(bent, 0u);
  EXPECT_GE(gaussians.skipped(), bent);
}

/// The three shapes of a Gaussian.
std::vector<MultivariateNormal> shapes(std::size_t d) {
  Matrix q(index(d), 2);
  q.setZero();
  q(0, 0) = 0.6;
  q(1, 0) = 0.8;
  q(2, 1) = 1;
  std::vector<double> mean(d), scale(d), factor(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    mean[i] = std::sin(static_cast<double>(i));
    scale[i] = 0.5 + 0.1 * static_cast<double>(i);
    for (std::size_t j = 0; j <= i; ++j) factor[i * d + j] = i == j ? 1.5 : 0.3 * std::cos(static_cast<double>(i + j));
  }
  return {MultivariateNormal::diagonal(mean, scale),
          MultivariateNormal::low_rank(mean, scale, {q.data(), q.data() + q.size()}, {2, 0, -0.5, 0.3}),
          MultivariateNormal::full(mean, factor)};
}

TEST(GaussianRows, agree_with_single_draws_and_densities) {
  const std::size_t d = 5, n = 9, stride = 8;
  std::vector<double> z(n * stride), x(n * stride), log_q(n), one(d), mixture(n);
  NormalRows{3, Purpose::test, 0, 7}.fill(n, d, stride, z.data());
  const auto all = shapes(d);
  for (const MultivariateNormal& q : all) {
    transform_rows(q, n, stride, z.data(), x.data());
    log_density_rows(q, n, stride, x.data(), log_q.data());
    for (std::size_t i = 0; i < n; ++i) {
      Random<double> random(3, Purpose::test, i, 7);
      const double expected = q.draw(random, one);
      EXPECT_NEAR(log_q[i], expected, 1e-12);
      for (std::size_t j = 0; j < d; ++j) EXPECT_NEAR(x[i * stride + j], one[j], 1e-13);
    }
    log_mixture_rows(all, n, stride, x.data(), mixture.data());
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (const MultivariateNormal& k : all) sum += std::exp(k.log_density({&x[i * stride], d})) / 3;
      EXPECT_NEAR(mixture[i], std::log(sum), 1e-12);
    }
  }
}

}  // namespace
}  // namespace thalweg
