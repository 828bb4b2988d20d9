// Simulation-based calibration of every exact method on three models: a thousand posteriors each.
#include <gtest/gtest.h>

#include <cctype>
#include <iostream>

#include "tests/dynamics/slow/calibration.hpp"

namespace thalweg {
namespace {

using test::Calibration;
using test::Plan;

void expect_calibrated(const char* model, const Calibration& c) {
  const test::Ranks &worst = c.worst(), &dependent = c.most_dependent();
  std::cout << fmt::format("{}: smallest p {:.2g} ({}), largest autocorrelation {:.3f} ({})\n", model, worst.p(),
                           worst.name, dependent.autocorrelation, dependent.name);
  EXPECT_TRUE(c.failures.empty()) << c.failures.size() << " runs failed; " << c.failures.front();
  for (const test::Ranks& r : c.ranks) {
    EXPECT_GT(r.p(), test::level) << model << ", " << r.name << ": " << fmt::format("{}", fmt::join(r.counts, " "));
    // at 0.1 the 99 are worth 81 or more, which sends about two of the thousand more into either end class of fifty
    EXPECT_LT(r.autocorrelation, 0.1) << model << ", " << r.name << ": the draws are not nearly independent";
  }
}

test::Sampler sampler_of(const Plan& plan) {
  return [plan](const Model& model, std::uint64_t seed) { return test::run(model, plan.settings(seed)); };
}

class ExactMethod : public testing::TestWithParam<Plan> {};
TEST_P(ExactMethod, is_calibrated_on_a_regression) {
  expect_calibrated("regression", test::calibrate<test::CalibratedRegression>(sampler_of(GetParam())));
}
TEST_P(ExactMethod, is_calibrated_on_groups) {
  expect_calibrated("groups", test::calibrate<test::CalibratedGroups>(sampler_of(GetParam())));
}
TEST_P(ExactMethod, is_calibrated_on_shares) {
  expect_calibrated("shares", test::calibrate<test::CalibratedShares>(sampler_of(GetParam())));
}
INSTANTIATE_TEST_SUITE_P(Calibration, ExactMethod, testing::ValuesIn(test::plans),
                         [](const auto& c) { return std::string(to_string(c.param.method)); });

// A method that joins the family joins here; ais has weights, and is exact only as particles become many.
TEST(Calibration, has_every_method_with_a_metropolis_test) {
  for (const MethodTraits& t : sampling_methods()) {
    const bool here = std::any_of(std::begin(test::plans), std::end(test::plans),
                                  [&](const Plan& p) { return p.method == t.method; });
    EXPECT_EQ(here, t.adjusted && t.method != Method::ais) << to_string(t.method);
  }
}

}  // namespace
}  // namespace thalweg
