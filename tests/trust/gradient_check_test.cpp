#include "thalweg/trust/gradient_check.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace thalweg {
namespace {

TEST(Derivative, IsAccurateAndItsErrorHolds) {
  const struct {
    double (*f)(double);
    double exact;
  } cases[] = {{[](double t) { return std::exp(3 * t); }, 3},
               {[](double t) { return std::sin(20 * t) + 1e6; }, 20},
               {[](double t) { return -0.5 * (t - 4) * (t - 4) * 1e4; }, 4e4},
               {[](double t) { return std::log1p(t * 9.99); }, 9.99}};  // −∞ and NaN beyond t = −0.1001
  for (const auto& c : cases) {
    const Derivative d = derivative_at_zero(c.f, 0.1);
    EXPECT_LE(std::abs(d.value - c.exact), d.error + 1e-12);
    EXPECT_LT(d.error, 1e-6 * c.exact);
  }
  EXPECT_TRUE(std::isinf(derivative_at_zero([](double t) { return t < 0 ? NAN : t; }, 0.1).error));
  // A kink: the central slope is no derivative, and at a corner with the same slope either side the error says so.
  EXPECT_GT(derivative_at_zero([](double t) { return std::sqrt(std::abs(t)) * (t < 0 ? 1 : 2); }, 0.1).error, 0.1);
}

/// A correlated pair and a third coordinate, with the gradient that `wrong` spoils.
double density(std::span<const double> x, std::span<double> g, int wrong) {
  const double lp = -0.5 * (x[0] * x[0] - 1.2 * x[0] * x[1] + x[1] * x[1]) - std::exp(x[2]) + 2 * x[2];
  g[0] = -x[0] + 0.6 * x[1];
  g[1] = -x[1] + 0.6 * x[0] * (wrong == 1 ? 1.001 : 1);
  g[2] = -std::exp(x[2]) + (wrong == 2 ? 1 : 2);  // 2: a Jacobian dropped
  return lp;
}

const std::vector<std::vector<double>> points{{0.3, -0.2, 0.5}, {1.5, 2, -1}};
const std::vector<std::vector<double>> directions{{1, 0, 0}, {0.6, 0.64, 0.48}, {0, -0.8, 0.6}};

std::int64_t failures(int wrong) {
  std::int64_t count = 0;
  for (const auto& c : check_slopes([&](auto x, auto g) { return density(x, g, wrong); }, points, directions)) {
    EXPECT_TRUE(c.conclusive);
    count += c.failed;
  }
  return count;
}

TEST(CheckSlopes, PassesTheRightGradientAndFailsWrongOnes) {
  EXPECT_EQ(failures(0), 0);
  EXPECT_GT(failures(1), 0) << "a thousandth off in one term";
  EXPECT_GT(failures(2), 0) << "a Jacobian dropped";
}

}  // namespace
}  // namespace thalweg
