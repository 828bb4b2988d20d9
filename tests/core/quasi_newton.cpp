#include "thalweg/core/quasi_newton.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr std::size_t d = 11;

/// Points and gradients along log p = −½ Σ aᵢxᵢ² − ¼ Σ xᵢ⁴ / 10.
struct Trail {
  explicit Trail(std::uint64_t seed, double quartic) : random(seed, Purpose::test, 0, 0), x(2, d), g(2, d) {
    for (std::size_t i = 0; i < d; ++i) curvature.push_back(std::pow(10, 2 * random.uniform() - 1));
    quartic_ = quartic;
    step();
    step();
  }
  /// A random next point; the one before stays at 0.
  void step() {
    for (std::size_t i = 0; i < d; ++i) {
      x[0][i] = x[1][i];
      g[0][i] = g[1][i];
      x[1][i] = random.normal();
      g[1][i] = -curvature[i] * x[1][i] - quartic_ * x[1][i] * x[1][i] * x[1][i] / 10;
    }
  }
  Random<double> random;
  std::vector<double> curvature;
  Vectors x, g;
  double quartic_;
};

/// H of the pairs or the whole one, column after column.
template <class H>
std::vector<double> matrix_of(H& h) {
  Vectors v(2, d);
  std::vector<double> m;
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t i = 0; i < d; ++i) v[0][i] = i == j;
    h.ascent_direction(v[0], v[1]);
    m.insert(m.end(), v[1], v[1] + d);
  }
  return m;
}

TEST(DenseInverseHessian, starts_as_the_pairs_are) {
  Trail trail(1, 1);
  CurvaturePairs pairs(d, 5);
  for (int k = 0; k < 8; ++k, trail.step()) ASSERT_TRUE(pairs.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]));
  DenseInverseHessian whole(d);
  whole.start(pairs);
  const auto a = matrix_of(pairs), b = matrix_of(whole);
  for (std::size_t i = 0; i < d * d; ++i) EXPECT_NEAR(a[i], b[i], 1e-13);
}

TEST(DenseInverseHessian, maps_the_last_change_of_the_gradient_to_its_step_and_stays_definite) {
  Trail trail(2, 1);
  CurvaturePairs pairs(d, 5);
  pairs.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]);
  DenseInverseHessian whole(d);
  whole.start(pairs);
  Vectors y(2, d);
  for (int k = 0; k < 100; ++k) {
    trail.step();
    whole.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]);
    subtract(trail.g[0], trail.g[1], y[0], padded(d));
    whole.ascent_direction(y[0], y[1]);
    for (std::size_t i = 0; i < d; ++i) EXPECT_NEAR(y[1][i], trail.x[1][i] - trail.x[0][i], 1e-11) << k;
    for (std::size_t i = 0; i < d; ++i) y[0][i] = trail.random.normal();
    whole.ascent_direction(y[0], y[1]);
    EXPECT_GT(dot(y[0], y[1], padded(d)), 0);
  }
}

TEST(DenseInverseHessian, learns_a_parabola) {  // H → diag(1/a); a step is exact once its direction has been seen
  Trail trail(3, 0);
  CurvaturePairs pairs(d, 5);
  pairs.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]);
  DenseInverseHessian whole(d);
  whole.start(pairs);
  for (int k = 0; k < 2000; ++k, trail.step()) whole.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]);
  const auto h = matrix_of(whole);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      EXPECT_NEAR(h[i * d + j], i == j ? 1 / trail.curvature[i] : 0, 1e-6) << i << " " << j;
}

TEST(DenseInverseHessian, refuses_negative_curvature) {
  Trail trail(4, 0);
  CurvaturePairs pairs(d, 5);
  pairs.keep(trail.x[0], trail.g[0], trail.x[1], trail.g[1]);
  DenseInverseHessian whole(d);
  whole.start(pairs);
  const auto before = matrix_of(whole);
  whole.keep(trail.x[0], trail.g[1], trail.x[1], trail.g[0]);
  EXPECT_EQ(matrix_of(whole), before);
}

}  // namespace
}  // namespace thalweg
