// Multilevel Monte Carlo, and the Langevin SDE of a density.
#include "support.hpp"

#include "thalweg/density/test_densities.hpp"
#include "thalweg/sde/langevin.hpp"
#include "thalweg/sde/multilevel.hpp"
#include "thalweg/sde/named_sdes.hpp"

namespace thalweg {
namespace {

/// A call option on GBM: Black and Scholes know its value.
TEST(SdeMultilevel, GivesAnOptionsValueToTheErrorThatWasAskedFor) {
  DataMap data;
  data.values["mu"].reals = {0.05}, data.values["sigma"].reals = {0.2}, data.values["x0"].reals = {1};
  const SdeModel gbm = named_sde("gbm", data);
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2)); };
  const double d1 = (0.05 + 0.02) / 0.2, truth = std::exp(0.05) * phi(d1) - phi(d1 - 0.2);
  for (const auto& [scheme, error] : {std::pair{Scheme::euler, 1e-3}, std::pair{Scheme::milstein, 5e-4}}) {
    const MultilevelEstimate found =
        multilevel(gbm, {.calculus = Calculus::ito,
                         .scheme = scheme,
                         .function = [](std::span<const double> x) { return std::max(x[0] - 1, 0.0); },
                         .error = error});
    EXPECT_TRUE(found.converged);
    EXPECT_LT(found.standard_error, 1.1 * error / std::sqrt(2.0));
    EXPECT_NEAR(found.value, truth, sigmas * found.standard_error + error / std::sqrt(2.0)) << to_string(scheme);
    ASSERT_GE(found.levels.size(), 3u);
    for (std::size_t l = 1; l < found.levels.size(); ++l) {
      EXPECT_EQ(found.levels[l].steps, 2 * found.levels[l - 1].steps);
      EXPECT_LT(found.levels[l].variance, 0.2 * found.levels[0].variance);  // coupled: the same path in both
    }
  }
}

TEST(SdeLangevin, OfADensityHasThatDensityAsItsStationaryLaw) {
  const SdeModel model = langevin_sde(test_density("gaussian:3"), 0.5);
  EXPECT_TRUE(model.has(additive_noise | gradient_drift));
  const Simulation run = simulate(model, {.end_time = 8, .paths = 20'000, .step = 1.0 / 16, .initial = {0, 0, 0}});
  EXPECT_EQ(run.scheme, Scheme::sra1);
  for (const Estimate& variance : run.observations[0].variance)
    EXPECT_NEAR(variance.value - variance.bias, 0.5, sigmas * std::hypot(variance.standard_error, variance.bias_error));
}

TEST(SdeLangevin, GivesTheSameBitsForAnyWidthAndHasExactSlopes) {
  const SdeModel model = langevin_sde(test_density("banana"), 1);
  const SimulationSettings settings{
      .end_time = 0.25, .paths = 50, .step = 1.0 / 64, .initial = {0.1, 0.2}, .keep_paths = 50};
  const std::vector<double> wide = simulate(model, settings).kept;
  EXPECT_EQ(simulate(model, settings, {2, 1}).kept, wide);
  SdeWorkspace workspace = model.workspace(1);
  const double x[2] = {0.3, -0.4}, v[2] = {0.6, 0.8}, e = 1e-5;
  double slope[2], up[2], down[2];
  const double above[2] = {x[0] + e * v[0], x[1] + e * v[1]}, below[2] = {x[0] - e * v[0], x[1] - e * v[1]};
  workspace.drift_along(0, x, v, slope);
  workspace.drift(0, above, up);
  workspace.drift(0, below, down);
  for (int i = 0; i < 2; ++i) EXPECT_NEAR(slope[i], (up[i] - down[i]) / (2 * e), 1e-6);
}

}  // namespace
}  // namespace thalweg
