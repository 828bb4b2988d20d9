// Laws of weighted populations: temperatures, resampling, the error of families; draws of priors.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <numeric>

#include "tests/dynamics/annealed_densities.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "thalweg/density/parts_model.hpp"
#include "thalweg/dynamics/annealing/population.hpp"
#include "thalweg/dynamics/annealing/prior_draws.hpp"

namespace thalweg {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Population, reweighting_is_that_of_its_definition) {
  const std::vector<double> weights{0.2, 0.3, 0.5}, tilts{-1000, -1001, -1003};
  const Reweighting r = reweight(weights, tilts, 0.5);
  const double a = std::exp(0.0), b = std::exp(-0.5), c = std::exp(-1.5), sum = 0.2 * a + 0.3 * b + 0.5 * c;
  EXPECT_NEAR(r.log_mean, -500 + std::log(sum), 1e-12);
  EXPECT_NEAR(r.ess, sum * sum / (0.2 * a * a + 0.3 * b * b + 0.5 * c * c), 1e-12);
  EXPECT_NEAR(reweight(weights, tilts, -0.5).log_mean, 500 + std::log(0.2 + 0.3 * std::exp(0.5) + 0.5 * std::exp(1.5)),
              1e-12);
}
TEST(Population, particles_without_a_chance_count_in_the_mean_and_not_in_the_share) {
  const std::vector<double> weights{0.25, 0.25, 0.25, 0.25}, tilts{-infinity, -2, -2, -infinity};
  const Reweighting r = reweight(weights, tilts, 1);
  EXPECT_NEAR(r.log_mean, std::log(0.5) - 2, 1e-14);
  EXPECT_NEAR(r.ess, 1, 1e-14);
  EXPECT_EQ(reweight(weights, std::vector<double>(4, -infinity), 1).ess, 0);
}
TEST(Population, the_next_step_leaves_the_share_that_is_wanted) {
  std::vector<double> weights(1000, 1e-3), tilts(1000);
  Random<double> random(1, Purpose::test, 0, 0);
  for (double& t : tilts) t = 50 * random.normal();
  for (const double wanted : {0.5, 0.9, 0.99}) {
    const double step = next_step(weights, tilts, 1, wanted);
    EXPECT_NEAR(reweight(weights, tilts, step).ess, wanted, 1.1e-3 * wanted);
  }
  EXPECT_EQ(next_step(weights, tilts, 1e-6, 0.9), 1e-6) << "all of what is left";
}
TEST(Population, systematic_children_are_their_share_to_less_than_one_in_order_and_unbiased) {
  const std::vector<double> weights{0.05, 0, 0.45, 0.2, 0.3, 0};
  std::vector<double> mean(6, 0);
  for (int k = 0; k < 1000; ++k) {
    const auto ancestors = systematic_ancestors(weights, (k + 0.5) / 1000);
    EXPECT_TRUE(std::is_sorted(ancestors.begin(), ancestors.end()));
    std::vector<double> children(6, 0);
    for (const std::int64_t a : ancestors) children[static_cast<std::size_t>(a)] += 1;
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_LT(std::abs(children[i] - 6 * weights[i]), 1);
      mean[i] += children[i] / 1000;
    }
  }
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(mean[i], 6 * weights[i], 2e-3);  // the grid of 1000 offsets
}
TEST(Population, rounding_gives_no_child_to_a_particle_without_weight) {
  std::vector<double> weights(1000, 0.1);
  weights.back() = 0;
  for (const std::int64_t a : systematic_ancestors(weights, 1 - 0x1p-53)) EXPECT_LT(a, 999);
}
TEST(Population, the_error_of_families_is_that_of_independent_estimates) {
  // 32 families whose estimates are 1 + 0.5 z: the error of their mean, relative to it
  Random<double> random(2, Purpose::test, 0, 0);
  double sum = 0;
  std::vector<double> estimates(32);
  for (double& e : estimates) sum += e = 1 + 0.2 * random.normal();
  double squares = 0;
  for (double& e : estimates) squares += (e - sum / 32) * (e - sum / 32), e /= sum;
  EXPECT_NEAR(error_of_families(estimates), std::sqrt(squares / 31 / 32) / (sum / 32), 1e-12);
}

TEST(PartsModel, is_the_sum_of_the_parts_at_every_width) {
  const Model model = model_of(FunctorDensity(test::Conjugate{})),
              prior = parts_model(model, part_prior | part_jacobian);
  EXPECT_EQ(prior.draw_size(), 5);
  for (const int width : prior.widths()) {
    Workspace room = prior.workspace(width);
    const auto w = static_cast<std::size_t>(width);
    std::vector<double> x(5 * w), g(5 * w), log_p(w);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1 * static_cast<double>(i);
    room.evaluate(x.data(), g.data(), log_p.data());
    for (std::size_t lane = 0; lane < w; ++lane) {
      double expected = -2.5 * std::log(6.283185307179586);
      for (std::size_t j = 0; j < 5; ++j) {
        expected -= 0.5 * x[j * w + lane] * x[j * w + lane];
        EXPECT_NEAR(g[j * w + lane], -x[j * w + lane], 1e-14);
      }
      EXPECT_NEAR(log_p[lane], expected, 1e-12);
    }
  }
  EXPECT_THROW(parts_model(test_density("gaussian:3"), part_prior), Error);
}

EnsembleStarts prior_of(const Model& model, std::int64_t count, int threads = 1) {
  test::StillClock clock;
  Observer observer;
  return draw_prior(model, {.chains = count, .seed = 4, .method = Method::smc}, {.threads = threads}, clock, observer);
}
TEST(PriorDraws, have_the_moments_of_the_prior_and_are_nearly_independent) {
  const Model model = model_of(FunctorDensity(test::Conjugate{}));
  const EnsembleStarts starts = prior_of(model, 4000);
  ASSERT_EQ(starts.x.size(), 4000u);
  EXPECT_GT(starts.gradients, 4000);
  EXPECT_EQ(prior_of(model, 4000, 3).x, starts.x);
  double mean = 0, square = 0, next = 0;
  for (std::size_t i = 0; i < starts.x.size(); ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      const double v = starts.x[i][j];
      mean += v, square += v * v;
      if (i > 0) next += v * starts.x[i - 1][j];
    }
  // 20000 numbers: |z| > 4.5 has probability 7e-6; lags that are left make the first two errors larger by a few percent
  EXPECT_LT(std::abs(mean) / std::sqrt(20000.0), 4.5 * 1.1);
  EXPECT_LT(std::abs(square - 20000) / std::sqrt(40000.0), 4.5 * 1.1);
  EXPECT_LT(std::abs(next) / 20000, 0.1);
}
/// x ~ N(0, 1)² and z with a density of 1/(1 + |z|): improper, but not flat.
struct Wide {
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_prior(View<const Real> x, View<Real> g) const {
    const Real a = abs(x[0]);
    g[0] = select(x[0] > Real(0.0), Real(-1.0), Real(1.0)) / (1.0 + a);
    return -log1p(a);
  }
  template <class Real>
  Real log_likelihood(View<const Real> x, View<Real> g) const {
    g[0] = -x[0];
    return -0.5 * x[0] * x[0];
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> g) const {
    const Real prior = log_prior(x, g), likelihood = -0.5 * x[0] * x[0];
    g[0] -= x[0];
    return prior + likelihood;
  }
};
TEST(PriorDraws, of_an_improper_prior_are_refused) {
  EXPECT_THAT([] { prior_of(model_of(Wide{}), 1000); },
              ThrowsMessage<Error>(HasSubstr("cannot be sampled: R-hat of x")));
}
TEST(PriorDraws, reasons_against_a_path_from_the_prior) {
  EXPECT_EQ(reason_against_prior(model_of(FunctorDensity(test::Conjugate{}))), "");
  EXPECT_THAT(reason_against_prior(model_of(FunctorDensity(test::Flat{}))), HasSubstr("the prior of mu is flat"));
  EXPECT_THAT(reason_against_prior(test_density("gaussian:3")), HasSubstr("does not say which of its terms are prior"));
}

}  // namespace
}  // namespace thalweg
