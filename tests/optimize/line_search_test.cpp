#include "thalweg/optimize/line_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/optimize/planted.hpp"

namespace thalweg {
namespace {

struct Curve {
  const char* name;
  std::function<double(double)> value, slope;
};

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<Curve> curves() {
  return {
      {"parabola", [](double t) { return t - 0.5 * t * t; }, [](double t) { return 1 - t; }},
      {"far parabola", [](double t) { return t - 0.5e-6 * t * t; }, [](double t) { return 1 - 1e-6 * t; }},
      {"near parabola", [](double t) { return t - 0.5e6 * t * t; }, [](double t) { return 1 - 1e6 * t; }},
      {"waves going down", [](double t) { return std::sin(t) - 0.3 * t; }, [](double t) { return std::cos(t) - 0.3; }},
      {"kink", [](double t) { return t < 2 ? t : 4 - t; }, [](double t) { return t < 2 ? 1.0 : -1.0; }},
      {"no number beyond 1", [](double t) { return t < 1 ? t - 0.8 * t * t : nan; },
       [](double t) { return t < 1 ? 1 - 1.6 * t : nan; }},
      {"nothing beyond 1", [](double t) { return t < 1 ? std::log(1 - t) + 3 * t : -infinity; },
       [](double t) { return t < 1 ? -1 / (1 - t) + 3 : 0; }},
      {"high up", [](double t) { return 1e9 + t - 0.5 * t * t; }, [](double t) { return 1 - t; }},
  };
}

struct Found {
  bool found;
  double step, gain, slope;
  int trials;
};
template <class Rules>
Found search(const Curve& c, double first) {
  LineSearch<Rules> s(c.value(0), c.slope(0), first, Rules{});
  int trials = 0;
  double last = 0;
  for (; s.wants(); ++trials) {
    last = s.step();
    s.tell(c.value(last), c.slope(last));
  }
  return {s.found(), s.best_step(), c.value(s.best_step()) - c.value(0), c.slope(s.best_step()), trials};
}

/// Sufficient gain, and the slope at the end well below that at the start.
template <class Rules>
int broken_promises() {
  int broken = 0;
  for (const Curve& c : curves())
    for (const double first : {1e-6, 0.01, 1.0, 2.5, 4.7, 100.0}) {
      const Found f = search<Rules>(c, first);
      if (!f.found) continue;
      const double rounding = 1e-14 * (1 + std::fabs(c.value(0)));
      broken += !(f.gain >= 1e-4 * f.step * c.slope(0) - rounding) || !(std::fabs(f.slope) <= 0.9 * c.slope(0));
    }
  return broken;
}

TEST(LineSearch, keeps_the_strong_wolfe_conditions) { EXPECT_EQ(broken_promises<Wolfe>(), 0); }

TEST(LineSearch, planted_conditions_break_them) {
  EXPECT_GT(broken_promises<test::LosingWolfe>(), 0);
  EXPECT_GT(broken_promises<test::SlopelessWolfe>(), 0);
}

TEST(LineSearch, finds_a_step_on_every_smooth_curve_in_few_trials) {
  for (const Curve& c : curves())
    for (const double first : {1e-6, 0.01, 1.0, 2.5, 4.7, 100.0}) {
      if (std::string(c.name) == "kink") continue;  // no point of it has a small slope
      const Found f = search<Wolfe>(c, first);
      EXPECT_TRUE(f.found) << c.name << " from " << first;
      EXPECT_LE(f.trials, 20) << c.name << " from " << first;
      EXPECT_GT(f.step, 0) << c.name << " from " << first;
    }
}

TEST(LineSearch, a_kink_ends_with_the_best_step_known) {
  const Curve kink = curves()[4];
  const Found f = search<Wolfe>(kink, 1.0);
  EXPECT_FALSE(f.found);
  EXPECT_NEAR(f.step, 2, 1e-9);
}

/// 10¹⁰ nats of constants hide all of the parabola's values: only slopes tell the way.
TEST(LineSearch, goes_by_slopes_where_values_are_lost_in_rounding) {
  for (const double first : {0.05, 1.0, 1.9}) {
    const Curve flat{"flat", [](double t) { return 1e10 + 1e-8 * (t - 0.5 * t * t); },
                     [](double t) { return 1e-8 * (1 - t); }};
    const Found f = search<Wolfe>(flat, first);
    EXPECT_TRUE(f.found) << first;
    EXPECT_LE(std::fabs(f.slope), 0.9e-8) << first;
  }
}

TEST(LineSearch, gives_up_where_there_is_no_number_at_all) {
  LineSearch<> s(0, 1, 1);
  int trials = 0;
  for (; s.wants(); ++trials) s.tell(nan, nan);
  EXPECT_FALSE(s.found());
  EXPECT_EQ(s.best_step(), 0);
  EXPECT_LE(trials, 40);
}

}  // namespace
}  // namespace thalweg
