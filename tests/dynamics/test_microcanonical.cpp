#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/dynamics/one_microcanonical.hpp"
#include "thalweg/dynamics/microcanonical/mams.hpp"
#include "thalweg/dynamics/microcanonical/mclmc.hpp"

namespace thalweg {
namespace {

using test::BatchMeans;
using test::OneMicrocanonical;
using Vector = std::vector<double>;

template <class Rules = MicrocanonicalRules>
using OneMams = OneMicrocanonical<MamsKernel<Rules>>;
template <class Rules = MicrocanonicalRules>
using OneMclmc = OneMicrocanonical<MclmcKernel<Rules>>;

TEST(Mams, the_mean_number_of_steps_is_exact) {
  for (const double mean : {1.0, 1.001, 1.25, 1.5, 1.75, 2.0, 2.2, 3.49, 3.5, 7.9, 100.3, 1024.0}) {
    const double s = uniform_length(mean);
    double sum = 0;  // ⌈U s⌉ = n for U between (n − 1)/s and n/s
    for (int n = 1; n - 1 < s; ++n) sum += n * (std::min(n / s, 1.0) - (n - 1) / s);
    EXPECT_NEAR(sum, mean, 1e-12 * mean);
  }
  EXPECT_EQ(uniform_length(0.2), 1);
}

TEST(Mams, takes_as_many_steps_as_the_length_asks_for) {
  OneMams<> chain(Vector(4, 1.0), Mams{.length = 5});
  chain.move_to(Vector(4, 0.5), test::quartic(4));
  const double step = 0.4, mean = 5 / step;
  BatchMeans steps(1, 50, 40);
  for (std::uint64_t t = 0; t < 2000; ++t) {
    const int gradients = chain.propose(test::quartic(4), step, 0, t);
    ASSERT_EQ(gradients, chain.kernel.info().n_steps);
    steps.add(0, gradients);
    steps.next();
  }
  EXPECT_LT(steps.z(0, mean), 4.5);
}

/// The bits of everything that a transition tells.
template <class Chain>
Vector told(Chain& chain) {
  const TransitionInfo& i = chain.kernel.info();
  const Point there = chain.kernel.place();
  Vector all{i.acceptance_rate, i.steering, i.error, i.energy, there.log_p};
  all.insert(all.end(), {static_cast<double>(i.n_steps), i.diverging ? 1.0 : 0.0, i.moved ? 1.0 : 0.0});
  all.insert(all.end(), there.x, there.x + chain.dimension);
  all.insert(all.end(), there.gradient, there.gradient + chain.dimension);
  return all;
}
template <class Chain>
void expect_that_it_can_be_redone(Chain& chain, Chain& other) {
  const auto density = test::quartic(5);
  chain.move_to(Vector(5, 0.6), density), other.move_to(Vector(5, 0.6), density);
  for (std::uint64_t t = 0; t < 50; ++t) {
    const Vector before(chain.point.x, chain.point.x + 5);
    const Vector carried(chain.kernel.carried().begin(), chain.kernel.carried().end());
    chain.propose(density, 0.9, 3, t);
    const Vector first = told(chain);
    chain.propose(density, 0.4, 1, t + 7);  // something else in between, not taken
    EXPECT_EQ(Vector(chain.point.x, chain.point.x + 5), before);
    EXPECT_EQ(Vector(chain.kernel.carried().begin(), chain.kernel.carried().end()), carried);
    chain.propose(density, 0.9, 3, t);
    EXPECT_EQ(told(chain), first);
    chain.kernel.take(chain.point);
    // Another kernel that gets the point and what is carried goes on with the same bits.
    for (std::size_t i = 0; i < carried.size(); ++i) other.kernel.carried()[i] = carried[i];
    other.move_to(before, density);
    other.propose(density, 0.9, 3, t);
    EXPECT_EQ(told(other), first);
  }
}
TEST(Mams, a_transition_can_be_redone) {
  OneMams<> chain(Vector(5, 1.0), Mams{}), other(Vector(5, 1.0), Mams{});
  expect_that_it_can_be_redone(chain, other);
}
TEST(Mclmc, a_transition_can_be_redone) {
  OneMclmc<> chain(Vector(5, 1.0), Mclmc{.steps = 3}), other(Vector(5, 1.0), Mclmc{.steps = 3});
  expect_that_it_can_be_redone(chain, other);
}

template <class Chain>
void expect_to_stay_where_the_density_fails(Chain&& chain) {
  const auto sound = test::quartic(2);
  for (const double bad : {-infinity, infinity, std::nan(""), -1e4})
    for (const double slope : {0.0, std::nan(""), infinity}) {
      if (bad == -1e4 && slope != 0) continue;
      chain.move_to({0.5, 0.5}, sound);
      const int n = chain.propose([&](const double*, double* g) { return g[0] = g[1] = slope, bad; }, 0.1, 0, 1);
      EXPECT_EQ(n, 1);
      EXPECT_EQ(chain.kernel.info().n_steps, 1);
      EXPECT_TRUE(chain.kernel.info().diverging);
      EXPECT_FALSE(chain.kernel.info().moved);
      EXPECT_EQ(chain.kernel.info().steering, 0);
      EXPECT_EQ(chain.kernel.info().acceptance_rate, 0);
      const Vector first = told(chain);
      chain.kernel.take(chain.point);
      EXPECT_EQ(chain.point.x[0], 0.5);
      EXPECT_EQ(chain.point.log_p, -0.5 * 0.5 * 0.5 * 0.5 * 0.5);
      EXPECT_EQ(chain.point.gradient[1], -0.125);
      for (const double v : first) EXPECT_TRUE(std::isfinite(v));
      // and goes on from there
      EXPECT_TRUE(std::isfinite(chain.transition(sound, 0.1, 0, 2).energy));
      EXPECT_FALSE(chain.kernel.info().diverging);
    }
}
TEST(Mams, stays_where_the_density_fails) {
  expect_to_stay_where_the_density_fails(OneMams<>({1, 1}, Mams{.length = 0.1}));
}
TEST(Mclmc, stays_where_the_density_fails_and_turns) {
  expect_to_stay_where_the_density_fails(OneMclmc<>({1, 1}, Mclmc{.splitting = IsokineticSplitting::verlet}));
  OneMclmc<> chain({1, 1}, Mclmc{});
  chain.move_to({0.5, 0.5}, test::quartic(2));
  chain.transition(test::quartic(2), 0.1, 0, 0);
  const Vector before(chain.kernel.carried().begin(), chain.kernel.carried().end());
  chain.transition([](const double*, double* g) { return g[0] = g[1] = 0, -infinity; }, 0.1, 0, 1);
  const auto u = chain.kernel.carried();
  EXPECT_NEAR(u[0] * u[0] + u[1] * u[1], 1, 1e-15);
  EXPECT_NE(u[0], before[0]);
}

TEST(Mclmc, tells_what_a_Metropolis_test_would_have_said) {
  OneMclmc<> chain(Vector(5, 1.0), Mclmc{});
  chain.move_to(Vector(5, 0.6), test::quartic(5));
  int below = 0;
  for (std::uint64_t t = 0; t < 100; ++t) {
    const TransitionInfo& i = chain.transition(test::quartic(5), 1, 0, t);
    if (i.acceptance_rate == 1) continue;
    const double w = -std::log(i.acceptance_rate);
    EXPECT_NEAR(i.steering, 1 / (1 + w * w / (5 * 5e-4)), 1e-9);
    EXPECT_NEAR(i.error, w, 1e-12);
    ++below;
  }
  EXPECT_GT(below, 20);
}

template <class Chain>
void expect_to_find_its_step(Chain&& chain, double target) {
  const std::size_t d = chain.dimension;
  const auto density = test::gaussian(Vector(d, 1.0));
  for (std::uint64_t k = 0; k < 20; ++k) {
    chain.move_to(Vector(d, 1.0), density);
    const double tiny = chain.find_step(density, 1e-7, k), huge = chain.find_step(density, 1e7, k);
    // One step each way around what is found, in many directions.
    for (const double found : {tiny, huge}) {
      double below = 0, above = 0;
      for (std::uint64_t t = 0; t < 100; ++t) {
        chain.propose(density, found / 8, k, t), below += chain.kernel.info().steering / 100;
        chain.propose(density, found * 8, k, t), above += chain.kernel.info().steering / 100;
      }
      EXPECT_GT(below, target) << found;
      EXPECT_LT(above, target) << found;
    }
  }
}
TEST(Mams, finds_a_step_of_the_right_order) {
  expect_to_find_its_step(OneMams<>(Vector(50, 1.0), Mams{.most_steps = 1}), 0.9);
}
TEST(Mclmc, finds_a_step_of_the_right_order) {
  expect_to_find_its_step(OneMclmc<>(Vector(50, 1.0), Mclmc{}), steering_target);
}

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}
TEST(Microcanonical, refuses_one_dimension_and_settings_out_of_range) {
  using testing::HasSubstr;
  const std::string one = refusal([] { MclmcKernel<>(1, {}); });
  EXPECT_THAT(one, HasSubstr("dimension must be >= 2"));
  EXPECT_THAT(one, HasSubstr("found 1"));
  EXPECT_THAT(one, HasSubstr("try method nuts"));
  EXPECT_EQ(refusal([] { MamsKernel<>(1, {}); }), one);
  const double nan = std::nan("");
  EXPECT_THAT(refusal([] { MclmcKernel<>(2, {.steps = 0}); }), HasSubstr("steps must be >= 1; found 0"));
  EXPECT_THAT(refusal([&] { MclmcKernel<>(2, {.length = nan}); }), HasSubstr("length must be finite"));
  EXPECT_THAT(refusal([] { MclmcKernel<>(2, {.length = -1}); }), HasSubstr("length must be finite"));
  EXPECT_THAT(refusal([] { MclmcKernel<>(2, {.tolerance = 0}); }), HasSubstr("tolerance must be"));
  EXPECT_THAT(refusal([&] { MclmcKernel<>(2, {.divergence = nan}); }), HasSubstr("divergence must be > 0"));
  EXPECT_THAT(refusal([] { MamsKernel<>(2, {.length = infinity}); }), HasSubstr("length must be finite"));
  EXPECT_THAT(refusal([] { MamsKernel<>(2, {.most_steps = 0}); }), HasSubstr("most_steps must be >= 1; found 0"));
  EXPECT_THAT(refusal([] { MamsKernel<>(2, {.divergence = 0}); }), HasSubstr("divergence must be > 0; found 0"));
}

}  // namespace
}  // namespace thalweg
