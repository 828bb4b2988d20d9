#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "tests/dynamics/one_walnuts.hpp"
#include "thalweg/density/test_densities/funnel.hpp"

namespace thalweg {
namespace {

using test::by_hand;
using test::gaussian_of;
using test::OneChain;
using test::OneWalnuts;
using Vector = std::vector<double>;
using Step = MacroStep<WalnutsRules>;

/// log p = −¼ Σ xᵢ⁴
auto quartic_of(std::size_t d) {
  return [d](const double* x, double* g) {
    double log_p = 0;
    for (std::size_t i = 0; i < d; ++i) {
      g[i] = -x[i] * x[i] * x[i];
      log_p += 0.25 * x[i] * g[i];
    }
    return log_p;
  };
}
TEST(Walnuts, with_an_infinite_tolerance_is_nuts_bit_for_bit) {
  const std::size_t d = 3;
  const auto density = quartic_of(d);
  const Vector scale{0.7, 1, 1.3};
  for (const double step : {0.05, 0.3, 0.8, 1.3, 2.5}) {
    OneChain<> nuts(scale);
    OneWalnuts<> walnuts({.tolerance = infinity}, scale, step, 7);
    Vector x{0.3, -1, 0.8};
    for (std::uint64_t t = 0; t < 300; ++t) {
      nuts.move_to(x, density);
      walnuts.move_to(x, density);
      ASSERT_EQ(nuts.transition(density, step, 7, 0, t), walnuts.transition(density, 0, t));
      walnuts.kernel.take(walnuts.point);
      const TransitionInfo& info = walnuts.kernel.info();
      for (std::size_t i = 0; i < d; ++i) {
        ASSERT_EQ(nuts.point.x[i], walnuts.point.x[i]) << step << " " << t;
        ASSERT_EQ(nuts.point.gradient[i], walnuts.point.gradient[i]);
      }
      ASSERT_EQ(nuts.point.log_p, walnuts.point.log_p);
      ASSERT_EQ(nuts.info.n_steps, info.n_steps);
      ASSERT_EQ(nuts.info.tree_depth, info.tree_depth);
      ASSERT_EQ(nuts.info.diverging, info.diverging);
      ASSERT_EQ(nuts.info.moved, info.moved);
      ASSERT_EQ(nuts.info.energy, info.energy);
      ASSERT_EQ(nuts.info.acceptance_rate, info.acceptance_rate);
      x.assign(nuts.point.x, nuts.point.x + d);
    }
  }
}

TEST(Walnuts, a_transition_that_is_redone_has_the_same_bits) {
  const auto density = by_hand(Funnel{});
  OneWalnuts<> chain({}, Vector(10, 1.0), 0.4);
  chain.move_to(Vector(10, 0.3), density);
  for (std::uint64_t t = 0; t < 200; ++t) {
    const int n = chain.transition(density, 0, t);
    const Point first = chain.kernel.place();
    const Vector x(first.x, first.x + 10), g(first.gradient, first.gradient + 10);
    const TransitionInfo info = chain.kernel.info();
    EXPECT_EQ(n, info.n_steps);
    ASSERT_EQ(n, chain.transition(density, 0, t));
    const Point again = chain.kernel.place();
    ASSERT_EQ(first.log_p, again.log_p);
    ASSERT_EQ(x, Vector(again.x, again.x + 10));
    ASSERT_EQ(g, Vector(again.gradient, again.gradient + 10));
    ASSERT_EQ(info.steering, chain.kernel.info().steering);
    ASSERT_EQ(info.energy, chain.kernel.info().energy);
    chain.kernel.take(chain.point);
    ASSERT_EQ(x, Vector(chain.point.x, chain.point.x + 10));
    ASSERT_EQ(again.log_p, chain.point.log_p);
  }
}

TEST(Walnuts, a_density_that_fails_is_a_divergence_and_the_chain_stays) {
  for (const double bad : {-infinity, infinity, std::nan("")}) {
    OneWalnuts<> chain({.halvings = 3}, {1.0, 1.0}, 0.1);
    chain.move_to({0.5, 0.5}, gaussian_of({1.0, 1.0}));
    const int n = chain.transition([&](const double*, double* g) { return g[0] = g[1] = 0, bad; }, 0, 0);
    EXPECT_EQ(n, 4) << "each attempt ends at its first micro step";
    const TransitionInfo& info = chain.kernel.info();
    EXPECT_TRUE(info.diverging);
    EXPECT_FALSE(info.moved);
    EXPECT_EQ(info.steering, 0);
    EXPECT_EQ(info.acceptance_rate, 0);
    EXPECT_EQ(info.tree_depth, 0);
    EXPECT_EQ(chain.kernel.place().x[0], 0.5);
    EXPECT_TRUE(std::isfinite(chain.kernel.place().log_p));
  }
}

TEST(Walnuts, diverges_only_when_no_refinement_is_good_enough) {
  // hω = 8: too rough down to 2 micro steps (hω = 4, unstable), and fine with 2⁶.
  const auto density = gaussian_of({0.125});
  int diverged = 0;
  for (std::uint64_t t = 0; t < 100; ++t) {
    OneWalnuts<> rough({.halvings = 1}, {1.0}, 1.0), fine({.halvings = 6}, {1.0}, 1.0);
    for (auto* chain : {&rough, &fine}) {
      chain->move_to({0.1}, density);
      chain->transition(density, 0, t);
    }
    diverged += rough.kernel.info().diverging;
    EXPECT_FALSE(fine.kernel.info().diverging);
  }
  EXPECT_GT(diverged, 90);
}

TEST(Walnuts, steering_falls_with_the_step_and_is_that_of_the_first_attempt) {
  const auto density = quartic_of(3);
  double before = 1;
  for (const double step : {0.05, 0.2, 0.8, 3.2}) {
    double total = 0;
    for (std::uint64_t t = 0; t < 300; ++t) {
      // one macro step: NUTS' acceptance is min(1, exp(−ΔH)) of the same leapfrog step
      OneChain<> nuts({1.0, 1.0, 1.0});
      OneWalnuts<> chain({}, {1.0, 1.0, 1.0}, step, 1);
      nuts.move_to({0.3, -1, 0.8}, density);
      chain.move_to({0.3, -1, 0.8}, density);
      nuts.transition(density, step, 1, 0, t);
      chain.transition(density, 0, t);
      const double acceptance = nuts.info.acceptance_rate, steering = chain.kernel.info().steering;
      if (acceptance < 1) {
        EXPECT_NEAR(steering, acceptance, 1e-12);
      }
      EXPECT_LE(steering, 1);
      total += steering / 300;
    }
    EXPECT_LT(total, before) << step;
    before = total;
  }
  EXPECT_LT(before, 0.1);
}

TEST(Walnuts, looks_for_a_step_of_the_right_order) {
  const auto density = gaussian_of({1.0, 1.0});
  for (const double from : {1e-4, 1.0, 1e4}) {
    OneWalnuts<> chain({}, {1.0, 1.0}, 1.0);
    chain.move_to({0.5, -0.5}, density);
    double log_step = std::log(from);
    test::drive(chain.strand, chain.kernel.find_step(chain.strand, chain.tuning, chain.point, {7, 0, 0}, log_step),
                density);
    EXPECT_GT(std::exp(log_step), 0.1) << from;
    EXPECT_LT(std::exp(log_step), 4) << from;
  }
}

TEST(Walnuts, refuses_settings_out_of_range) {
  EXPECT_THROW(WalnutsKernel<>(2, {.halvings = -1}), std::invalid_argument);
  EXPECT_THROW(WalnutsKernel<>(2, {.halvings = 17}), std::invalid_argument);
  EXPECT_THROW(WalnutsKernel<>(2, {.tolerance = 0}), std::invalid_argument);
  EXPECT_THROW(WalnutsKernel<>(2, {.tolerance = std::nan("")}), std::invalid_argument);
}

// ---- the macro step ----

struct Phase {
  Vector x, p;
};
/// max H − min H along 2^level leapfrog steps over the time h, by plain loops; `s` is moved to the end.
template <class Density>
double energy_range(Density density, double h, int level, Phase& s) {
  const std::size_t d = s.x.size();
  Vector g(d);
  double log_p = density(s.x.data(), g.data()), low = infinity, high = -infinity;
  const auto look = [&] {
    double energy = -log_p;
    for (const double v : s.p) energy += 0.5 * v * v;
    low = std::min(low, energy), high = std::max(high, energy);
  };
  look();
  const double micro = h / (1 << level);
  for (int n = 0; n < 1 << level; ++n) {
    for (std::size_t i = 0; i < d; ++i) s.p[i] += 0.5 * micro * g[i];
    for (std::size_t i = 0; i < d; ++i) s.x[i] += micro * s.p[i];
    log_p = density(s.x.data(), g.data());
    for (std::size_t i = 0; i < d; ++i) s.p[i] += 0.5 * micro * g[i];
    look();
  }
  return high - low;
}
/// The first level that keeps the tolerance, or `halvings` + 1; `s` is moved to its end.
template <class Density>
int first_level(Density density, double h, int halvings, double tolerance, Phase& s) {
  for (int level = 0; level <= halvings; ++level) {
    Phase trial = s;
    if (energy_range(density, h, level, trial) <= tolerance) return s = trial, level;
  }
  return halvings + 1;
}

/// What 4000 macro steps on a 2-dimensional funnel do that they should not.
struct Faults {
  int levels = 0, ends = 0, validity = 0;              ///< against the plain loops
  std::map<typename Step::State, int> seen, of_level;  ///< how they ended; on which level the valid ones
};
template <class Rules>
Faults faults() {
  constexpr int halvings = 4;
  constexpr double tolerance = 0.3, h = 0.7;
  const auto density = by_hand(Funnel{.d = 2});
  const Metric metric = Metric::diagonal(Vector{1, 1});
  MacroStep<Rules> macro(2);
  Vectors memory(3, 2);
  Faults faults;
  for (std::uint64_t k = 0; k < 4000; ++k) {
    Random<double> random(11, Purpose::test, k, 0);
    const double v = 3 * random.normal(), direction = k % 2 ? 1 : -1;
    Phase s{{v, std::exp(v / 2) * random.normal()}, {random.normal(), random.normal()}};
    Vector g(2);
    PhasePoint from{memory[0], memory[1], memory[2], 0};
    std::copy(s.x.begin(), s.x.end(), from.x);
    std::copy(s.p.begin(), s.p.end(), from.p);
    from.energy = 0.5 * (s.p[0] * s.p[0] + s.p[1] * s.p[1]) - density(from.x, from.w);
    macro.begin(metric, direction * h, halvings, tolerance, from);
    while (macro.state() == MacroStep<Rules>::State::under_way) {
      macro.drift();
      macro.arrive(density(macro.x(), macro.gradient()));
    }
    const auto state = static_cast<typename Step::State>(macro.state());
    ++faults.seen[state];
    const int level = first_level(density, direction * h, halvings, tolerance, s);
    if (state == Step::State::rough) {
      faults.levels += level <= halvings;
      continue;
    }
    faults.levels += level != macro.level();
    if (level != macro.level()) continue;
    for (std::size_t i = 0; i < 2; ++i)
      faults.ends += std::fabs(macro.end().at.x[i] - s.x[i]) > 1e-9 * (1 + std::fabs(s.x[i]));
    // backwards: s becomes the start again if the step is reversible
    const int back = first_level(density, -direction * h, halvings, tolerance, s);
    const bool undone = back == level && std::fabs(s.x[0] - from.x[0]) < 1e-6;
    faults.validity += undone != (state == Step::State::valid);
  }
  return faults;
}

TEST(Walnuts, a_macro_step_is_the_coarsest_whose_energy_keeps_the_tolerance_all_along) {
  const Faults f = faults<WalnutsRules>();
  EXPECT_EQ(f.levels, 0);
  EXPECT_EQ(f.ends, 0);
}
TEST(Walnuts, a_macro_step_is_valid_when_it_is_undone_from_its_end) {
  Faults f = faults<WalnutsRules>();
  EXPECT_EQ(f.validity, 0);
  EXPECT_GT(f.seen[Step::State::valid], 1000);
  EXPECT_GT(f.seen[Step::State::irreversible], 100);
  EXPECT_GT(f.seen[Step::State::rough], 10);
}
TEST(Planted, ends_only_fails_Walnuts_a_macro_step_is_the_coarsest_whose_energy_keeps_the_tolerance_all_along) {
  EXPECT_GT(faults<test::EndsOnly>().levels, 0);
}
TEST(Planted, error_from_the_start_fails_Walnuts_a_macro_step_is_the_coarsest_whose_energy_keeps_the_tolerance) {
  EXPECT_GT(faults<test::ErrorFromStart>().levels, 0);
}
TEST(Planted, no_look_back_fails_Walnuts_a_macro_step_is_valid_when_it_is_undone_from_its_end) {
  EXPECT_GT(faults<test::NeverLooksBack>().validity, 0);
}

}  // namespace
}  // namespace thalweg
