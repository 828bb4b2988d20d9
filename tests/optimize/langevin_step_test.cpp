// The step that descent, annealing and Langevin samplers share.
#include "thalweg/dynamics/langevin/step.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/optimize/densities.hpp"
#include "tests/optimize/one_ascent.hpp"
#include "thalweg/optimize/gradient_descent.hpp"

namespace thalweg {
namespace {

constexpr std::size_t d = 5;

/// Random numbers that must not be asked for.
struct NoRandom {
  double normal() {
    ADD_FAILURE() << "a random number was taken at temperature 0";
    return 0;
  }
};

TEST(LangevinStep, at_temperature_zero_is_gradient_ascent_bit_for_bit) {
  const std::vector<double> x = test::normals(d, 1), g = test::normals(d, 2);
  std::vector<double> y(d);
  NoRandom random;
  langevin_step<double>(0.37, 0, View<const double>{x.data(), d}, View<const double>{g.data(), d}, random,
                        View<double>{y.data(), d});
  for (std::size_t j = 0; j < d; ++j) {
    const double plain = x[j] + 0.37 * g[j];
    EXPECT_EQ(std::memcmp(&y[j], &plain, sizeof plain), 0);
  }
}

TEST(LangevinStep, every_lane_of_a_pack_has_the_bits_of_a_double) {
  constexpr int W = 8;
  using Real = Pack<W>;
  for (const double temperature : {0.0, 0.5}) {
    std::vector<Real> x(d), g(d), y(d);
    for (std::size_t j = 0; j < d; ++j)
      for (int lane = 0; lane < W; ++lane) {
        set_lane(x[j], lane, test::normals(d, 10 + lane)[j]);
        set_lane(g[j], lane, test::normals(d, 30 + lane)[j]);
      }
    Random<Real> random(5, Purpose::noise, 0, 3);
    langevin_step<Real>(0.1, temperature, View<const Real>{x.data(), d}, View<const Real>{g.data(), d}, random,
                        View<Real>{y.data(), d});
    for (int lane = 0; lane < W; ++lane) {
      Random<double> own(5, Purpose::noise, static_cast<std::uint64_t>(lane), 3);
      std::vector<double> a = test::normals(d, 10 + lane), b = test::normals(d, 30 + lane), c(d);
      langevin_step<double>(0.1, temperature, View<const double>{a.data(), d}, View<const double>{b.data(), d}, own,
                            View<double>{c.data(), d});
      for (std::size_t j = 0; j < d; ++j) EXPECT_EQ(lane_of(y[j], lane), c[j]);
    }
  }
}

TEST(GradientDescent, with_a_fixed_step_is_the_plain_recursion) {
  const Model model = model_of(test::Bowl{.d = d, .condition = 10});
  std::vector<double> start = test::normals(d, 4), x = start, g(d);
  const test::Climbed c =
      test::climb(model, start, [](auto& strand, auto dimension, auto& point, auto& ascent, auto o) {
        return gradient_descent(strand,
                                {.arrival = {.max_iterations = 30, .tolerance = 0}, .schedule = {.first = 0.05}},
                                dimension, point, ascent, o);
      });
  Workspace workspace = model.workspace(1);
  double log_p = 0;
  for (int k = 0; k < 30; ++k) {
    workspace.evaluate(x.data(), g.data(), &log_p);
    for (std::size_t j = 0; j < d; ++j) x[j] += 0.05 * g[j];
  }
  EXPECT_EQ(c.ascent.iterations, 30);
  EXPECT_EQ(c.x, x);
}

TEST(GradientDescent, a_decaying_step_is_halved_after_its_half_life) {
  const StepSchedule s{.first = 0.8, .half_life = 10};
  EXPECT_EQ(s.at(0), 0.8);
  EXPECT_DOUBLE_EQ(s.at(10), 0.4);
  EXPECT_DOUBLE_EQ(s.at(30), 0.2);
}

/// While T is held, x is Gaussian with variance T/λ·(1 + O(h)): h λ = 0.02 gives T/(λ(1 − hλ/2)) exactly for the
/// discrete chain. 20 000 iterations, correlation time 2/(hλ) = 100: standard error of the variance √(2·100/20000) =
/// 10 %; bracket at 4 of them.
TEST(Annealing, is_the_sampler_while_it_is_warm) {
  const Model model = model_of(test::Bowl{.d = 1});
  double sum = 0, squares = 0;
  int n = 0;
  Vectors memory(2, 1);
  Point point{memory[0], memory[1], 0};
  Ascent ascent;
  std::vector<Job> jobs(1);
  jobs[0].task = detail::langevin_ascent(
      *jobs[0].strand, [](std::int64_t) { return 2.0; }, {.first = 0.02}, {.max_iterations = 20000, .watch = false}, 9,
      0, 1, point, ascent,
      [&](const Iterate& i) {
        sum += i.x[0];
        squares += i.x[0] * i.x[0];
        ++n;
        return true;
      });
  run_jobs(model, whole_density, jobs, 1, false);
  const double variance = squares / n - sum / n * sum / n;
  EXPECT_NEAR(variance / (2 / (1 - 0.01)), 1, 0.4);
}

}  // namespace
}  // namespace thalweg
