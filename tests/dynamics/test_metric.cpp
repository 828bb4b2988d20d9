#include <gtest/gtest.h>

#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {
namespace {

/// A positive definite matrix A Aᵀ + I.
std::vector<double> covariance(std::size_t d) {
  Random<double> random(5, Purpose::test, d, 0);
  std::vector<double> a(d * d), c(d * d, 0);
  for (double& v : a) v = random.normal();
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t k = 0; k < d; ++k) c[i * d + j] += a[i * d + k] * a[j * d + k];
      if (i == j) c[i * d + j] += 1;
    }
  return c;
}

// drift(1, whiten(e)) is L Lᵀ e, a column of M⁻¹.
TEST(Metric, whiten_then_drift_is_the_covariance) {
  for (const std::size_t d : {1u, 3u, 8u, 9u, 17u, 40u}) {
    const auto c = covariance(d);
    const Metric m = Metric::dense(c, d);
    Vectors v(3, d);
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t i = 0; i < d; ++i) v[0][i] = i == j, v[2][i] = 0;
      m.whiten(v[0], v[1]);
      m.drift(1, v[1], v[2]);
      for (std::size_t i = 0; i < d; ++i)
        EXPECT_NEAR(v[2][i], c[i * d + j], 1e-12 * c[j * d + j] * static_cast<double>(d)) << d << " " << i << " " << j;
    }
    const auto variances = m.variances();
    for (std::size_t i = 0; i < d; ++i) EXPECT_NEAR(variances[i], c[i * d + i], 1e-12 * c[i * d + i]);
  }
}

TEST(Metric, diagonal_scales_each_coordinate) {
  const std::vector<double> scale{0.5, 2, 1e-3};
  const Metric m = Metric::diagonal(scale);
  Vectors v(3, 3);
  for (int i = 0; i < 3; ++i) v[0][i] = i + 1, v[2][i] = 10;
  m.whiten(v[0], v[1]);
  m.drift(0.25, v[1], v[2]);
  for (int i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(v[1][i], scale[i] * (i + 1));
    EXPECT_DOUBLE_EQ(v[2][i], 10 + 0.25 * scale[i] * scale[i] * (i + 1));
    EXPECT_DOUBLE_EQ(m.variances()[i], scale[i] * scale[i]);
  }
}

TEST(Metric, survives_a_round_trip_through_its_numbers) {
  const Metric dense = Metric::dense(covariance(11), 11), diagonal = Metric::diagonal(std::vector<double>{1, 2, 3});
  for (const Metric* m : {&dense, &diagonal}) {
    const Metric back = Metric::restore(m->kind(), m->dimension(), m->numbers());
    EXPECT_EQ(back.numbers(), m->numbers());
    EXPECT_EQ(back.variances(), m->variances());
  }
}

TEST(Metric, refuses_what_is_not_positive_definite) {
  EXPECT_THROW(Metric::dense(std::vector<double>{1, 2, 2, 1}, 2), Error);
  EXPECT_THROW(Metric::diagonal(std::vector<double>{1, 0}), Error);
  EXPECT_THROW(Metric::diagonal(std::vector<double>{1, infinity}), Error);
}

}  // namespace
}  // namespace thalweg
