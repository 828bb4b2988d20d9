#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/core/random.hpp"
#include "thalweg/core/vectors.hpp"

namespace thalweg {
namespace {

TEST(Vectors, dot_folds_eight_partial_sums_in_the_stated_order) {
  for (const std::size_t n : {1u, 7u, 8u, 10u, 100u}) {
    Vectors v(2, n);
    Random<double> random(1, Purpose::test, n, 0);
    for (std::size_t i = 0; i < n; ++i) v[0][i] = random.normal(), v[1][i] = random.normal();
    double l[8] = {};
    for (std::size_t i = 0; i < padded(n); ++i) l[i % 8] = std::fma(v[0][i], v[1][i], l[i % 8]);
    const double expected = ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    EXPECT_EQ(dot(v[0], v[1], padded(n)), expected) << n;
  }
}

TEST(Vectors, are_zero_padded_and_aligned) {
  Vectors v(3, 5);
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(v[k]) % 64, 0u);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(v[k][i], 0);
  }
}

}  // namespace
}  // namespace thalweg
