#include "thalweg/optimize/multivariate_normal.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

std::vector<double> normals(std::size_t n, std::uint64_t particle) {
  Random<double> random(7, Purpose::test, particle, 0);
  std::vector<double> v(n);
  for (double& x : v) x = random.normal();
  return v;
}

/// A lower triangular matrix with a positive diagonal.
std::vector<double> some_factor(std::size_t r) {
  std::vector<double> c = normals(r * r, 1);
  for (std::size_t i = 0; i < r; ++i) {
    c[i * r + i] = 0.5 + std::fabs(c[i * r + i]);
    for (std::size_t j = i + 1; j < r; ++j) c[i * r + j] = 0;
  }
  return c;
}

struct Case {
  const char* name;
  MultivariateNormal q;
  Matrix covariance;  ///< by definition
};

std::vector<Case> cases() {
  constexpr std::size_t d = 6, r = 2;
  const std::vector<double> mean = normals(d, 2);
  std::vector<double> scale = normals(d, 3);
  for (double& s : scale) s = 0.3 + std::fabs(s);
  const Matrix s = Eigen::Map<const Vector>(scale.data(), d).asDiagonal();
  const std::vector<double> full = some_factor(d), small = some_factor(r), raw = normals(d * r, 4);
  const Eigen::MatrixXd q =
      Eigen::HouseholderQR<Eigen::MatrixXd>(Eigen::Map<const Eigen::MatrixXd>(raw.data(), d, r)).householderQ() *
      Eigen::MatrixXd::Identity(d, r);
  const Matrix l = Eigen::Map<const Matrix>(full.data(), d, d), c = Eigen::Map<const Matrix>(small.data(), r, r);
  const Matrix inside = Matrix::Identity(d, d) + q * (c * c.transpose() - Matrix::Identity(r, r)) * q.transpose();
  return {
      {"diagonal", MultivariateNormal::diagonal(mean, scale), s * s},
      {"full", MultivariateNormal::full(mean, full), l * l.transpose()},
      {"low rank", MultivariateNormal::low_rank(mean, scale, std::vector<double>(q.data(), q.data() + d * r), small),
       s * inside * s}};
}

TEST(MultivariateNormal, has_the_density_gradient_and_entropy_of_its_covariance) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto d = static_cast<Eigen::Index>(c.q.dimension());
    const std::vector<double> x = normals(c.q.dimension(), 5);
    const Vector r = Eigen::Map<const Vector>(x.data(), d) - Eigen::Map<const Vector>(c.q.mean().data(), d);
    const Vector solved = c.covariance.ldlt().solve(r);
    const double log_determinant = std::log(c.covariance.determinant());
    EXPECT_NEAR(c.q.log_determinant(), log_determinant, 1e-11);
    EXPECT_NEAR(c.q.log_density(x), -0.5 * (r.dot(solved) + log_determinant + double(d) * std::log(2 * M_PI)), 1e-10);
    EXPECT_NEAR(c.q.entropy(), 0.5 * (log_determinant + double(d) * (1 + std::log(2 * M_PI))), 1e-11);
    std::vector<double> gradient(x.size());
    c.q.gradient(x, gradient);
    const std::vector<double> whole = c.q.covariance(), variances = c.q.variances();
    for (Eigen::Index i = 0; i < d; ++i) {
      EXPECT_NEAR(gradient[static_cast<std::size_t>(i)], -solved[i], 1e-10);
      EXPECT_NEAR(variances[static_cast<std::size_t>(i)], c.covariance(i, i), 1e-12);
      for (Eigen::Index j = 0; j < d; ++j)
        EXPECT_NEAR(whole[static_cast<std::size_t>(i * d + j)], c.covariance(i, j), 1e-12);
    }
  }
}

TEST(MultivariateNormal, draws_have_its_covariance_and_carry_their_own_density) {
  constexpr int n = 20000;
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto d = static_cast<Eigen::Index>(c.q.dimension());
    Matrix moment = Matrix::Zero(d, d);
    std::vector<double> x(c.q.dimension());
    for (int k = 0; k < n; ++k) {
      Random<double> random(1, Purpose::test, static_cast<std::uint64_t>(k), 1);
      const double log_q = c.q.draw(random, x);
      if (k < 10) {
        EXPECT_NEAR(log_q, c.q.log_density(x), 1e-9);
      }
      const Vector r = Eigen::Map<const Vector>(x.data(), d) - Eigen::Map<const Vector>(c.q.mean().data(), d);
      moment += r * r.transpose() / n;
    }
    // Var of a product of two coordinates is at most 2 ΣᵢᵢΣⱼⱼ; 5 standard errors, 63 comparisons
    for (Eigen::Index i = 0; i < d; ++i)
      for (Eigen::Index j = 0; j < d; ++j)
        EXPECT_NEAR(moment(i, j), c.covariance(i, j), 5 * std::sqrt(2 * c.covariance(i, i) * c.covariance(j, j) / n));
  }
}

TEST(MultivariateNormal, refuses_what_is_no_covariance) {
  EXPECT_THROW(MultivariateNormal::diagonal({0, 0}, {1, 0}), std::invalid_argument);
  EXPECT_THROW(MultivariateNormal::diagonal({0, 0}, {1}), std::invalid_argument);
  EXPECT_THROW(MultivariateNormal::full({0, 0}, {1, 0, 3, -1}), std::invalid_argument);
  EXPECT_THROW(MultivariateNormal::low_rank({0, 0}, {1, 1}, {1}, {1}), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
