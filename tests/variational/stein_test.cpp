// Stein's particles: right in one and two dimensions, collapsed and known to be in fifty.
#include "thalweg/variational/stein.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/variational/targets.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/variational/stein_flow.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

class EachKernel : public testing::TestWithParam<SteinKernel> {};
INSTANTIATE_TEST_SUITE_P(Both, EachKernel, testing::Values(SteinKernel::rbf, SteinKernel::imq));

TEST_P(EachKernel, matches_gaussians_of_one_and_two_dimensions) {
  for (const std::size_t d : {1, 2}) {
    const Matrix precision = test::some_precision(d, 5), covariance = precision.inverse();
    const test::DenseGaussian target = test::gaussian_of(precision);
    const SteinResult r = stein(model_of(target), {.particles = 100, .kernel = GetParam()});
    EXPECT_TRUE(r.converged) << r.trace.back().residual;
    const auto x = rows_at(r.x.data(), 100, d, d);
    const Matrix centred = x.rowwise() - x.colwise().mean();
    const Matrix found = centred.transpose() * centred / 100.0;
    for (std::size_t i = 0; i < d; ++i) {
      const double sd = std::sqrt(covariance(index(i), index(i)));
      EXPECT_NEAR(x.col(index(i)).mean(), target.mean[i], 0.02 * sd);
      EXPECT_NEAR(found(index(i), index(i)), sd * sd, 0.15 * sd * sd);
    }
    EXPECT_FALSE(r.spread.collapsed) << r.spread.sentence;
    EXPECT_NEAR(r.spread.overall, (precision * found).trace() / static_cast<double>(d), 1e-9);
  }
}

TEST_P(EachKernel, finds_and_reports_the_collapse_of_fifty_particles_in_fifty_dimensions) {
  const std::size_t d = 50, n = 50;
  const SteinResult r =
      stein(test_density("gaussian:50"), {.particles = n, .kernel = GetParam(), .max_iterations = 5000});
  const double l = std::log(50.0);
  const double simplex =
      GetParam() == SteinKernel::rbf ? l / 50 : 49 * l / (std::pow(1 + l, 1.5) * 100 * (1 - 1 / std::sqrt(1 + l)));
  EXPECT_NEAR(r.spread.theory, simplex, 1e-12);
  EXPECT_NEAR(r.spread.overall, simplex, 0.02 * simplex) << r.trace.back().residual;
  EXPECT_TRUE(r.spread.collapsed);
  EXPECT_THAT(r.spread.sentence, HasSubstr("variance has collapsed"));
  EXPECT_EQ(r.spread.factor.size(), d);
}

TEST(Stein, direction_is_the_sum_that_defines_it) {
  const Eigen::Index n = 7, d = 3;
  RowMatrix y(n, d), g(n, d);
  Random<double> random(3, Purpose::test, 0, 0);
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    y.data()[i] = random.normal();
    g.data()[i] = random.normal();
  }
  const double h = 1.7;
  for (const SteinKernel kernel : {SteinKernel::rbf, SteinKernel::imq}) {
    const auto k = [&](const ColumnVector& a, const ColumnVector& b) {
      const double r = (a - b).squaredNorm() / h;
      return kernel == SteinKernel::rbf ? std::exp(-r) : 1 / std::sqrt(1 + r);
    };
    SteinDirection<> direction(kernel, h);
    direction.find(y, g);
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index c = 0; c < d; ++c) {
        double sum = 0;
        for (Eigen::Index j = 0; j < n; ++j) {
          ColumnVector a = y.row(j).transpose(), b = a;
          a[c] += 1e-5;
          b[c] -= 1e-5;
          sum += k(y.row(j), y.row(i)) * g(j, c) + (k(a, y.row(i)) - k(b, y.row(i))) / 2e-5;
        }
        EXPECT_NEAR(direction.phi()(i, c), sum / static_cast<double>(n), 1e-9);
      }
  }
}

struct Attraction : SteinRules {
  static constexpr double repulsion = -1;
};
template <class Rules>
double variance_after(int steps) {
  const Model model = test_density("gaussian:2");
  Points points(model, whole_density);
  const SteinSettings settings{.particles = 60};
  SteinFlow<Rules> flow(points, settings, ColumnVector::Zero(2), ColumnVector::Ones(2));
  RowMatrix x(60, 2);
  NormalRows{1, Purpose::test, 0, 0}.fill(60, 2, 2, x.data());
  flow.place(x);
  for (int t = 0; t < steps; ++t) flow.step();
  const RowMatrix y = flow.y().rowwise() - flow.y().colwise().mean();
  return y.squaredNorm() / 120;
}
TEST(Stein, particles_keep_apart_and_with_the_planted_sign_they_do_not) {
  EXPECT_NEAR(variance_after<SteinRules>(500), 1, 0.15);
  EXPECT_FALSE(std::abs(variance_after<Attraction>(500) - 1) < 0.5);
}

TEST(Stein, gives_the_same_bits_for_any_number_of_threads) {
  const Model model = model_of(test::Skewed{});
  SteinSettings settings{.particles = 40, .max_iterations = 30};
  const SteinResult a = stein(model, settings);
  settings.threads = 3;
  EXPECT_EQ(a.x, stein(model, settings).x);
}

TEST(Stein, with_adagrad_moves_towards_the_target) {
  const SteinResult r = stein(model_of(test::Skewed{}),
                              {.particles = 50, .step = SteinStep::adagrad, .step_size = 0.5, .max_iterations = 1000});
  EXPECT_LT(r.trace.back().residual, 0.05);
  EXPECT_GT(r.spread.overall, 0.8);
}

TEST(Stein, draws_particles_into_the_support_and_keeps_them_there) {
  const SteinResult r = stein(model_of(test::HalfSpace{3.5}),
                              {.particles = 30, .max_iterations = 50, .start = {.paths = 2, .starts = {5, 0, 4, 1}}});
  for (std::size_t i = 0; i < 30; ++i) EXPECT_GT(r.x[2 * i], 3.5);
  EXPECT_GT(r.failed, 0);
  SteinSettings outside{.particles = 2};
  outside.particles_at = {0, 0, 5, 0};
  outside.start.starts = {5, 0};
  outside.start.paths = 1;
  EXPECT_THROW(stein(model_of(test::HalfSpace{3.5}), outside), Error);
}

TEST(Stein, names_what_is_out_of_range) {
  const Model model = model_of(test::Skewed{});
  SteinSettings one, backwards, short_list;
  one.particles = 1;
  backwards.step_size = -1;
  short_list.particles_at = {1, 2};
  for (const SteinSettings* settings : {&one, &backwards, &short_list})
    EXPECT_THROW(stein(model, *settings), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg
