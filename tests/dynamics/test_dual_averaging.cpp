#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"

namespace thalweg {
namespace {

// With a constant acceptance α:  H̄_t = (δ − α) t/(t + t₀).
TEST(DualAveraging, follows_its_closed_form_for_a_constant_acceptance) {
  const DualAveraging method{.target = 0.8};
  const double alpha = 0.7, mu = std::log(0.3);
  auto s = method.start(std::log(0.1), mu);
  double average = 0, spread = 0, used = std::log(0.1);
  for (int t = 1; t <= 300; ++t) {
    method.step(s, alpha);
    const double error = (0.8 - alpha) * t / (t + 10.0);
    EXPECT_NEAR(s.error, error, 1e-14);
    EXPECT_NEAR(s.log_step, mu - std::sqrt(t) / 0.05 * error, 1e-11);
    const double w = std::pow(t, -0.75), before = average;
    average = w * used + (1 - w) * average;
    spread = (1 - w) * (spread + w * (used - before) * (used - before));
    EXPECT_NEAR(s.log_step_average, average, 1e-11);
    EXPECT_NEAR(s.log_step_spread, spread, 1e-10);
    EXPECT_NEAR(s.acceptance_average, alpha, 1e-14);
    used = s.log_step;
  }
}

TEST(DualAveraging, finds_the_step_size_with_the_target_acceptance) {
  const DualAveraging method{.target = 0.65};
  const auto acceptance = [](double log_step) { return 1 / (1 + std::exp(2 * (log_step - 1))); };
  auto s = method.start(-3, -3);
  for (int t = 0; t < 20000; ++t) method.step(s, acceptance(s.log_step));
  EXPECT_NEAR(acceptance(s.log_step_average), 0.65, 0.005);
}

TEST(DualAveraging, counts_what_is_not_a_number_as_no_acceptance) {
  const DualAveraging method;
  auto a = method.start(0, 0), b = a;
  method.step(a, std::numeric_limits<double>::quiet_NaN());
  method.step(b, 0);
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace thalweg
