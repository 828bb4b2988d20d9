#include "thalweg/optimize/covering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

CoveringGaussian cover_modes_of(const Model& model) {
  Points points(model, whole_density, 1);
  return cover(points, wide_census(model, 18, 1, 1));
}

// ¾ N(0, I) + ¼ N(4 e₁, 0.36 I): at each peak the other part is below 3e-4 of the density.
TEST(Covering, takes_modes_in_equal_parts) {
  const CoveringGaussian g = cover_modes_of(test_density("mixture:2"));
  EXPECT_EQ(g.modes, 2u);
  EXPECT_NEAR(g.mean[0], 2, 0.01);
  EXPECT_NEAR(g.mean[1], 0, 1e-6);
  EXPECT_NEAR(g.covariance[0], 2 * (1 + 0.36) + 4, 0.05);
  EXPECT_NEAR(g.covariance[3], 2 * (1 + 0.36), 0.02);
  EXPECT_NEAR(g.covariance[1], 0, 1e-6);
}

TEST(Covering, of_one_mode_is_laplaces_widened) {
  const Model model = test_density("correlated-gaussian:4");
  const Moments exact = exact_moments("correlated-gaussian:4");
  const CoveringGaussian g = cover_modes_of(model);
  EXPECT_EQ(g.modes, 1u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(g.mean[i], exact.mean[i], 1e-8);
    EXPECT_NEAR(g.covariance[5 * i], 4 * exact.variance[i], 1e-6);
  }
}

TEST(Covering, needs_a_maximum) {
  const Model model = test_density("gaussian:2");
  Points points(model, whole_density, 1);
  EXPECT_THAT([&] { cover(points, {}); }, ::testing::ThrowsMessage<Error>(::testing::HasSubstr("find no maximum")));
}

}  // namespace
}  // namespace thalweg
