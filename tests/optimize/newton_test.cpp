#include "thalweg/optimize/newton.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/optimize/densities.hpp"
#include "tests/optimize/one_ascent.hpp"
#include "tests/optimize/planted.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using test::climb;
using test::Climbed;

template <class Rules = TrustRegion>
Climbed newton_from(const Model& model, std::vector<double> start, Newton method = {}) {
  return climb(model, std::move(start),
               [&](Strand& strand, std::size_t d, Point& point, Ascent& ascent, IterateObserver observer) {
                 return newton<Rules>(strand, method, d, point, ascent, std::move(observer));
               });
}

TEST(Newton, one_step_inside_the_ball_solves_a_quadratic) {
  const test::Bowl bowl{.d = 7, .condition = 1e4};
  const Climbed c = newton_from(model_of(bowl), std::vector<double>(7, 1.5), {.radius = 1e6});
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(c.x[i], bowl.centre(i), 1e-9);
  EXPECT_LE(c.ascent.iterations, 5);
}

TEST(Newton, leaves_a_saddle_from_its_very_point) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Climbed c = newton_from(model_of(test::Saddle{}), {0, 0}, {.seed = seed});
    EXPECT_EQ(c.ascent.ending, Ending::converged);
    EXPECT_NEAR(std::fabs(c.x[0]), 1, 1e-8);
    EXPECT_NEAR(c.x[1], 0, 1e-8);
    EXPECT_NEAR(c.log_p, 0.25, 1e-14);
  }
  const Climbed blind = newton_from(model_of(test::Saddle{}), {0, 0}, {.probe = 0});
  EXPECT_EQ(blind.x[0], 0) << "without a probe nothing is to be seen there";
}

TEST(Newton, leaves_a_saddle_along_its_ridge) {
  const Climbed c = newton_from(model_of(test::Saddle{}), {0, 1.7});
  EXPECT_NEAR(std::fabs(c.x[0]), 1, 1e-8);
}

/// How often log p falls beyond rounding on the way.
template <class Rules>
int falls() {
  int n = 0;
  for (const auto& start : {std::vector<double>{1e-3, 0.5}, {-0.2, 2}, {0.4, -1}, {0.57, 0.1}}) {
    const Climbed c = newton_from<Rules>(model_of(test::Saddle{}), start, {.arrival = {.max_iterations = 50}});
    for (std::size_t i = 1; i < c.path.size(); ++i) n += !(c.path[i] >= c.path[i - 1] - 1e-13);
  }
  return n;
}

TEST(Newton, log_p_never_falls_near_a_saddle) { EXPECT_EQ(falls<TrustRegion>(), 0); }
TEST(Newton, planted_without_trust_it_does) { EXPECT_GT(falls<test::NoTrustRegion>(), 0); }

TEST(Newton, is_quadratic_at_the_end) {
  const Climbed c = newton_from(test_density("eight-schools"), std::vector<double>(10, 0.5));
  EXPECT_EQ(c.ascent.ending, Ending::converged);
  EXPECT_LT(c.ascent.gradient_norm, 1e-10);
  EXPECT_LE(c.ascent.iterations, 40);
}

TEST(ConjugateGradients, solves_and_stops_at_the_ball) {
  constexpr std::size_t d = 3;
  const double curvature[d] = {1, 10, 100};
  const auto solve = [&](double radius, double sign, ConjugateGradients& s) {
    static std::vector<double> g(padded(d), 0.0), product(padded(d), 0.0);
    for (std::size_t i = 0; i < d; ++i) g[i] = double(i) - 1.5;
    for (s.start(g.data(), radius, 1e-12); s.wants();) {
      for (std::size_t i = 0; i < d; ++i) product[i] = -curvature[i] * s.direction()[i] * (i == 0 ? sign : 1);
      s.tell(product.data());
    }
    double length = 0;
    for (std::size_t i = 0; i < d; ++i) length += s.step()[i] * s.step()[i];
    return std::sqrt(length);
  };
  ConjugateGradients s(d);
  solve(100, 1, s);
  for (std::size_t i = 0; i < d; ++i) EXPECT_NEAR(s.step()[i], (double(i) - 1.5) / curvature[i], 1e-10);
  EXPECT_TRUE(s.inside());
  EXPECT_NEAR(s.gain(), 0.5 * (2.25 + 0.25 / 10 + 0.25 / 100), 1e-10);
  EXPECT_NEAR(solve(0.3, 1, s), 0.3, 1e-12);
  EXPECT_FALSE(s.inside());
  EXPECT_NEAR(solve(100, -1, s), 100, 1e-9);
  EXPECT_TRUE(s.indefinite());
}

TEST(Lanczos, finds_the_extremes) {
  constexpr std::size_t d = 200;
  Lanczos lanczos(d, 60, 3);
  std::vector<double> product(padded(d), 0.0);
  const auto value = [](std::size_t i) { return i == 7 ? 5.0 : -1 - double(i) / d; };
  while (lanczos.wants()) {
    for (std::size_t i = 0; i < d; ++i) product[i] = value(i) * lanczos.direction()[i];
    lanczos.tell(product.data());
  }
  const Lanczos::Pair top = lanczos.largest(), bottom = lanczos.smallest();
  EXPECT_NEAR(top.value, 5, 1e-10);
  EXPECT_NEAR(std::fabs(top.vector[7]), 1, 1e-8);
  EXPECT_LE(std::fabs(bottom.value - value(d - 1)), bottom.residual + 1e-12);
}

}  // namespace
}  // namespace thalweg
