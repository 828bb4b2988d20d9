// Each planted error is failed by the law in its test's name; the right generator passes all.
#include "planted.hpp"

#include <gtest/gtest.h>

#include "cases.hpp"
#include "thalweg/fokker_planck/backward.hpp"
#include "thalweg/fokker_planck/exponential.hpp"
#include "thalweg/fokker_planck/initial.hpp"
#include "thalweg/fokker_planck/stationary.hpp"

namespace thalweg::fokker_planck {
namespace {

using planted::Right;

/// Distance of the stationary law under D = (1 + x²)/2, f = −x from (1 + x²)^−2.
template <class Variant>
double multiplicative_law() {
  const Grid grid({axis(-6, 6, 120)});
  const Coefficients c = line([](double x) { return -x; }, [](double x) { return (1 + x * x) / 2; });
  std::vector<double> exact(grid.cells());
  for (std::size_t i = 0; i < exact.size(); ++i) exact[i] = std::pow(1 + std::pow(grid.axis(0).center(i), 2), -2);
  const double sum = total(exact);
  for (double& m : exact) m /= sum;
  return distance(stationary(Variant::make(c, grid)).masses, exact);
}
TEST(planted, law_of_multiplicative_noise_fails_without_the_divergence) {
  EXPECT_LT(multiplicative_law<Right>(), 1e-4);
  EXPECT_GT(multiplicative_law<planted::WithoutDivergence>(), 0.1);
}

/// Error of the mean of OU, E x_1 = e^−1.
template <class Variant>
double mean_of_ou() {
  const Grid grid({axis(-6, 6, 120)});
  Team team;
  std::vector<double> m = point_mass(grid, {1});
  uniformise(Variant::make(ornstein_uhlenbeck(), grid), ActsOn::masses, team, 1, m);
  return std::fabs(mean(grid, m, 0) - std::exp(-1.0));
}
TEST(planted, mean_of_ou_fails_with_swapped_bernoulli_functions) {
  EXPECT_LT(mean_of_ou<Right>(), 1e-3);
  EXPECT_GT(mean_of_ou<planted::SwappedBernoulli>(), 0.1);
}

/// The largest sum of a column, relative to the largest rate.
template <class Variant>
double column_sum() {
  const Grid grid({axis(-6, 6, 120)});
  const Sparse m = Variant::matrix(double_well(0.25), grid);
  const Eigen::RowVectorXd sums = Eigen::RowVectorXd::Ones(m.rows()) * m;
  return sums.cwiseAbs().maxCoeff() / m.diagonal().cwiseAbs().maxCoeff();
}
TEST(planted, column_sums_fail_with_a_diagonal_of_its_own) {
  EXPECT_LT(column_sum<Right>(), 1e-15);
  EXPECT_GT(column_sum<planted::CentralDiagonal>(), 1e-3);
}

/// Mass left after t = 1 between absorbing walls at ±1 under Brownian motion, less the exact series.
template <class Variant>
double survival() {
  const Grid grid({axis(-1, 1, 200, Boundary::absorbing, Boundary::absorbing)});
  Team team;
  std::vector<double> m = point_mass(grid, {0});
  uniformise(Variant::make(line([](double) { return 0; }, [](double) { return 0.5; }), grid), ActsOn::masses, team, 1,
             m);
  double exact = 0;
  for (int k = 0; k < 20; ++k) {
    const double odd = 2 * k + 1;
    exact += 4 / (M_PI * odd) * (k % 2 == 0 ? 1 : -1) * std::exp(-odd * odd * M_PI * M_PI / 8);
  }
  return std::fabs(total(m) - exact);
}
TEST(planted, survival_fails_with_absorbing_sides_that_reflect) {
  EXPECT_LT(survival<Right>(), 1e-3);
  EXPECT_GT(survival<planted::ReflectingSides>(), 0.1);
}

}  // namespace
}  // namespace thalweg::fokker_planck
