// Pathfinder: exact on Gaussians, right on far mixtures, honest about paths that fail.
#include "thalweg/variational/pathfinder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dynamics/wide_table.hpp"
#include "tests/variational/targets.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/test_densities.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

TEST(Pathfinder, comes_close_to_gaussians_whose_space_the_pairs_span) {
  const test::DenseGaussian target = test::gaussian_of(test::some_precision(8, 1));
  const PathfinderResult r = pathfinder(model_of(target), {.search = {.paths = 4, .history = 16}});
  for (const Path& path : r.paths) {
    ASSERT_TRUE(path.failure.empty()) << path.failure;
    EXPECT_LT(path.elbo.value, test::log_z(target) + 4 * path.elbo.se) << "a lower bound";
    EXPECT_GT(path.elbo.value, test::log_z(target) - 0.5) << "BFGS curvature is near, not exact";
    EXPECT_GT(path.trace.size(), 3u);
    EXPECT_EQ(path.ascent.ending, Ending::converged);
  }
  EXPECT_TRUE(r.weights.good()) << r.weights.k;
  // the ratios' relative variance is that of the weights: 1000/ESS − 1 over 1000 draws
  EXPECT_NEAR(r.weights.log_mean_ratio, test::log_z(target), 4 * std::sqrt(1 / r.weights.effective_size - 1e-3) + 1e-3);
  EXPECT_EQ(r.resampled.index.size(), 1000u);
  EXPECT_EQ(r.approximation.count, 1000u);
}

/// 16 paths of which 12 start in the basin of weight 0.75, 4 in that of 0.25.
PathfinderResult unequal_paths(std::size_t draws) {
  PathfinderSettings settings{.draws = draws};
  Random<double> random(2, Purpose::test, 0, 0);
  for (int path = 0; path < 16; ++path)
    for (int j = 0; j < 3; ++j)
      settings.search.starts.push_back((j == 0 && path >= 12 ? test::FarMixture::centre : 0) + 2 * random.normal());
  return pathfinder(model_of(test::FarMixture{}), settings);
}
double share_near(const PathfinderResult& r, const std::vector<double>& log_weights) {
  double near = 0, all = 0;
  for (std::size_t i = 0; i < r.approximation.count; ++i) {
    const double w = std::exp(log_weights[i]);
    all += w;
    if (r.approximation.draw(i)[0] < 0.5 * test::FarMixture::centre) near += w;
  }
  return near / all;
}

TEST(Pathfinder, weights_by_the_mixture_density_correct_how_many_paths_came_to_each_basin) {
  const PathfinderResult r = unequal_paths(4000);
  ASSERT_EQ(r.approximation.components.size(), 16u);
  // every q is its basin's Gaussian, up to what rounding and curvature leave: weights are 1 within a few per cent, and
  // draws are shared out evenly, so the standard error is that of the weights' own noise
  double squares = 0;
  for (const double w : r.weights.log_weights) squares += std::pow(std::exp(w) * 4000 - 1, 2);
  const double standard_error = std::sqrt(squares / 4000 / 4000) + 1e-3;
  EXPECT_LT(standard_error, 0.01);
  EXPECT_NEAR(share_near(r, r.weights.log_weights), 0.75, 3 * standard_error);
  EXPECT_TRUE(r.weights.good());
  double near = 0;
  for (const std::int64_t i : r.resampled.index)
    near += r.approximation.draw(static_cast<std::size_t>(i))[0] < 0.5 * test::FarMixture::centre;
  EXPECT_NEAR(near / 4000, 0.75, 3 * standard_error);
}

TEST(Pathfinder, planted_own_path_weights_give_the_larger_basin_too_much) {
  const PathfinderResult r = unequal_paths(4000);
  std::vector<double> own(r.approximation.count);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& q = r.approximation.components[static_cast<std::size_t>(r.approximation.component[i])];
    own[i] = r.approximation.log_p[i] - q.log_density(r.approximation.draw(i));
  }
  const ParetoWeights weights = pareto_smooth(own);
  EXPECT_NEAR(share_near(r, weights.log_weights), 0.90, 0.01);
  EXPECT_TRUE(weights.good()) << "and no k-hat shows it";
}

TEST(Pathfinder, draws_of_a_mixture_carry_its_density) {
  const Model model = model_of(test::FarMixture{});
  Points points(model, whole_density);
  std::vector<MultivariateNormal> parts{MultivariateNormal::diagonal({0, 0, 0}, {1, 1, 1}),
                                        MultivariateNormal::diagonal({1, 0, 0}, {1, 2, 1}),
                                        MultivariateNormal::diagonal({0, 2, 0}, {0.5, 1, 1})};
  const Approximation a = draw_mixture(points, parts, 100, 3);
  std::vector<int> share(3);
  for (std::size_t i = 0; i < 100; ++i) {
    ++share[static_cast<std::size_t>(a.component[i])];
    double sum = 0;
    for (const auto& q : parts) sum += std::exp(q.log_density(a.draw(i))) / 3;
    EXPECT_NEAR(a.log_q[i], std::log(sum), 1e-12);
  }
  for (const int n : share) EXPECT_TRUE(n == 33 || n == 34) << n;
}

TEST(Pathfinder, gives_the_same_bits_for_any_number_of_threads_and_any_width) {
  const PathfinderSettings one{.search = {.paths = 6}, .draws = 50};
  PathfinderSettings three = one;
  three.threads = 3;
  const Model narrow = model_of(test::SkewedChain{11, 0.7}), wide = test::wide_model(test::SkewedChain{11, 0.7});
  const PathfinderResult a = pathfinder(narrow, one);
  for (const PathfinderResult& b : {pathfinder(narrow, three), pathfinder(wide, one), pathfinder(wide, three)}) {
    EXPECT_EQ(a.approximation.x, b.approximation.x);
    EXPECT_EQ(a.approximation.log_p, b.approximation.log_p);
    EXPECT_EQ(a.approximation.log_q, b.approximation.log_q);
    EXPECT_EQ(a.resampled.index, b.resampled.index);
  }
}

TEST(Pathfinder, reports_paths_that_fail_and_goes_on) {
  PathfinderSettings settings{.search = {.paths = 3}};
  settings.search.starts = {5, 0, -3, 1, 4, 1};  // the second is outside the support
  const PathfinderResult r = pathfinder(model_of(test::HalfSpace{-2.5}), settings);
  EXPECT_TRUE(r.paths[0].failure.empty()) << r.paths[0].failure;
  EXPECT_EQ(r.paths[1].ascent.ending, Ending::failed);
  EXPECT_THAT(r.paths[1].failure, HasSubstr("outside the support"));
  EXPECT_EQ(r.approximation.components.size(), 2u);
}

TEST(Pathfinder, without_any_path_is_an_error_with_every_reason) {
  try {
    pathfinder(model_of(test::Nowhere{}), {.search = {.paths = 5}});
    FAIL() << "must throw";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("no path of 5"));
    EXPECT_THAT(e.what(), HasSubstr("outside the support"));
  }
  EXPECT_THROW(pathfinder(model_of(test::Skewed{}), {.search = {.paths = 0}}), std::invalid_argument);
  EXPECT_THROW(pathfinder(model_of(test::Skewed{}), {.search = {.paths = 2, .starts = {1}}}), std::invalid_argument);
}

TEST(Pathfinder, k_hat_flags_what_the_pairs_cannot_hold_and_not_a_regular_posterior) {
  EXPECT_FALSE(pathfinder(test_density("correlated-gaussian:50")).weights.good());
  EXPECT_TRUE(pathfinder(model_of(test::Skewed{})).weights.good());
}

}  // namespace
}  // namespace thalweg
