#include "thalweg/optimize/runaway.hpp"

#include <gtest/gtest.h>

#include "tests/optimize/densities.hpp"
#include "tests/optimize/one_ascent.hpp"
#include "tests/optimize/planted.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/optimize/lbfgs.hpp"

namespace thalweg {
namespace {

/// How many of ten ascents are taken for endless within 256 iterations.
template <class Rules>
int alarms(const Model& model, double spread = 1) {
  int n = 0;
  const auto d = static_cast<std::size_t>(model.dimension());
  for (std::uint64_t k = 0; k < 10; ++k) {
    std::vector<double> start = test::normals(d, 500 + k);
    for (double& v : start) v *= spread;
    RunAway<Rules> watch(d, Rules{});
    bool seen = false;
    test::climb(model, start, [&](auto& strand, auto dimension, auto& point, auto& ascent, const auto&) {
      return lbfgs(strand, {.arrival = {.max_iterations = 256, .watch = false}}, dimension, point, ascent,
                   [&](const Iterate& at) { return !(seen = watch.sees(at)); });
    });
    n += seen;
  }
  return n;
}

/// Slow, curved or far, and all with a maximum.
template <class Rules>
int false_alarms() {
  return alarms<Rules>(test_density("funnel")) + alarms<Rules>(test_density("rosenbrock:10")) +
         alarms<Rules>(test_density("eight-schools")) +
         alarms<Rules>(model_of(test::Bowl{.d = 50, .condition = 1e6}), 1e4) +
         alarms<Rules>(model_of(test::Bowl{.d = 80, .condition = 1e8}), 1e6) +
         alarms<Rules>(model_of(test::logistic_regression()), 10);
}

TEST(RunAway, knows_a_neck_without_an_end) {
  EXPECT_EQ(alarms<Steadiness>(test_density("eight-schools-centered")), 10);
}
TEST(RunAway, is_not_alarmed_by_what_is_slow) { EXPECT_EQ(false_alarms<Steadiness>(), 0); }
TEST(RunAway, planted_without_the_test_of_slopes_it_is) { EXPECT_GT(false_alarms<test::HastySteadiness>(), 0); }

/// log p = −½·10⁶⁰·|x|²: its slopes are longer than any distance, and yet it has a maximum.
struct Cliff {
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum(0.0);
    for (std::size_t i = 0; i < 2; ++i) {
      gradient[i] = -1e60 * x[i];
      sum += x[i] * gradient[i];
    }
    return 0.5 * sum;
  }
};

TEST(RunAway, a_steep_slope_is_no_distance) {
  const test::Climbed c = test::climb(model_of(Cliff{}), {3.7, -0.4},
                                      [](auto& strand, auto dimension, auto& point, auto& ascent, const auto&) {
                                        return lbfgs(strand, {}, dimension, point, ascent);
                                      });
  EXPECT_EQ(c.ascent.ending, Ending::converged) << c.ascent.evidence;
  EXPECT_GT(c.log_p, -1e-9);
}

}  // namespace
}  // namespace thalweg
