#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/dynamics/one_microcanonical.hpp"
#include "tests/dynamics/planted_microcanonical.hpp"
#include "thalweg/density/test_densities/banana.hpp"
#include "thalweg/density/test_densities/mixture.hpp"
#include "thalweg/dynamics/hamiltonian/dual_averaging.hpp"
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

// ---- the law: one transition from a point of the posterior ends at a point of the posterior ----

/// From log p = −¼x⁴, exactly: x ~ N(0, 1) kept with probability exp(−¼(x² − 1)²).
double draw_quartic(Random<double>& random) {
  for (;;) {
    const double x = random.normal(), e = x * x - 1;
    if (random.uniform() < std::exp(-0.25 * e * e)) return x;
  }
}

/// Starts `n` chains at exact draws of a quartic in 3 dimensions, moves each once with a large step, and returns the
/// largest |z| of the means of xᵢ², xᵢ⁴ and |xᵢ| after the move.
template <class Rules>
double departure_from_the_law(int n, IsokineticSplitting splitting = IsokineticSplitting::verlet) {
  const std::size_t d = 3;
  OneMams<Rules> chain(Vector(d, 1.0), Mams{.length = 4, .splitting = splitting});
  const double step = splitting == IsokineticSplitting::verlet ? 1.6 : 2.5;
  BatchMeans means(9, n / 100, 100);
  double acceptance = 0;
  for (int k = 0; k < n; ++k) {
    Random<double> random(3, Purpose::test, static_cast<std::uint64_t>(k), 0);
    Vector x(d);
    for (double& v : x) v = draw_quartic(random);
    chain.move_to(x, test::quartic(d));
    acceptance += chain.transition(test::quartic(d), step, static_cast<std::uint64_t>(k), 0).acceptance_rate / n;
    for (std::size_t i = 0; i < d; ++i) {
      const double s = chain.point.x[i] * chain.point.x[i];
      means.add(3 * i, s), means.add(3 * i + 1, s * s), means.add(3 * i + 2, std::sqrt(s));
    }
    means.next();
  }
  EXPECT_LT(acceptance, 0.9) << "steps too small for a Metropolis test to matter";
  // Moments of p ∝ exp(−x⁴/4):  E|x|^k = 2^(k/2) Γ((k+1)/4) / Γ(1/4).
  double worst = 0;
  for (std::size_t j = 0; j < 9; ++j) {
    const double k = j % 3 == 0 ? 2 : j % 3 == 1 ? 4 : 1;
    worst = std::max(worst, means.z(j, std::pow(2, k / 2) * std::tgamma((k + 1) / 4) / std::tgamma(0.25)));
  }
  return worst;
}

constexpr int law_chains = 100000;
constexpr double law_limit = 4.5;  // nine statistics: a false alarm in 16,000

TEST(Mams, one_transition_leaves_the_density_invariant) {
  for (const IsokineticSplitting splitting :
       {IsokineticSplitting::verlet, IsokineticSplitting::mn2, IsokineticSplitting::mn4})
    EXPECT_LT(departure_from_the_law<MicrocanonicalRules>(law_chains, splitting), law_limit)
        << static_cast<int>(splitting);
}
TEST(Planted, a_kinetic_change_left_out_fails_Mams_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::NoKineticChange>(law_chains), law_limit);
}
TEST(Planted, unnormalised_directions_fail_Mams_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::UnnormalisedDirection>(law_chains), law_limit);
}
TEST(Planted, a_stale_direction_fails_Mams_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::StaleDirection>(law_chains), law_limit);
}
TEST(Planted, a_length_that_depends_on_the_place_fails_Mams_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::EndsOnTheSlope>(law_chains), law_limit);
}

// ---- moments along a chain ----

/// Largest |z| of the means of xᵢ and xᵢ² along a chain; 200 batches, so that one of 100 right statistics passes
/// 4.5 in about one seed of 500.
template <class Chain, class Density>
double departure_of_moments(Chain& chain, Density density, double step, int transitions, const Vector& mean,
                            const Vector& square) {
  const std::size_t d = mean.size();
  BatchMeans means(2 * d, 200, transitions / 200);
  for (int t = 0; t < transitions / 20; ++t) chain.transition(density, step, 0, static_cast<std::uint64_t>(t));
  for (int t = 0; t < transitions; ++t) {
    chain.transition(density, step, 1, static_cast<std::uint64_t>(t));
    for (std::size_t i = 0; i < d; ++i) {
      means.add(2 * i, chain.point.x[i]);
      means.add(2 * i + 1, chain.point.x[i] * chain.point.x[i]);
    }
    means.next();
  }
  double worst = 0;
  for (std::size_t i = 0; i < d; ++i) worst = std::max({worst, means.z(2 * i, mean[i]), means.z(2 * i + 1, square[i])});
  return worst;
}
/// Standard deviations from ⅓ to 3.
Vector widths(std::size_t d) {
  Vector s(d);
  for (std::size_t i = 0; i < d; ++i) s[i] = std::pow(9.0, static_cast<double>(i) / static_cast<double>(d - 1)) / 3;
  return s;
}
Vector squares_of(Vector s) {
  for (double& v : s) v *= v;
  return s;
}
template <class Chain>
double departure_on_a_gaussian(Chain& chain, double step, int transitions) {
  const Vector s = widths(chain.dimension);
  chain.move_to(s, test::gaussian(s));
  return departure_of_moments(chain, test::gaussian(s), step, transitions, Vector(s.size()), squares_of(s));
}

TEST(Mams, gaussians_of_unequal_widths) {
  for (const std::size_t d : {2u, 10u, 50u}) {
    OneMams<> chain(Vector(d, 1.0), Mams{.length = 2 * std::sqrt(static_cast<double>(d))});
    EXPECT_LT(departure_on_a_gaussian(chain, 0.35 * std::sqrt(static_cast<double>(d)), 40000), 4.5) << d;
  }
}
TEST(Planted, a_kinetic_change_left_out_fails_Mams_gaussians_of_unequal_widths) {
  OneMams<planted::NoKineticChange> chain(Vector(10, 1.0), Mams{.length = 2 * std::sqrt(10.0)});
  EXPECT_GT(departure_on_a_gaussian(chain, 0.35 * std::sqrt(10.0), 40000), 4.5);
}

TEST(Mams, a_banana) {
  // At this step 0.98 are accepted; with much fewer, chains stick in the thin ends and no batch is long enough.
  OneMams<> chain({10, 10}, Mams{.length = 4});
  const auto density = test::density_of(Banana{});
  chain.move_to({0, -3}, density);
  EXPECT_LT(departure_of_moments(chain, density, 0.05, 50000, {0, 0}, {100, 19}), 4.5);
}
TEST(Mams, a_mixture) {
  OneMams<> chain({1, 1}, Mams{.length = 4});
  const auto density = test::density_of(Mixture{});
  chain.move_to({0, 0}, density);
  EXPECT_LT(departure_of_moments(chain, density, 0.8, 200000, {1, 0}, {0.75 + 0.25 * 16.36, 0.75 + 0.25 * 0.36}), 4.5);
}

// At four times this step no bias is seen within 0.003: here, of fourth order, it is far below a standard error.
TEST(Mclmc, a_gaussian_of_unequal_widths) {
  OneMclmc<> chain(Vector(10, 1.0), Mclmc{.steps = 20, .splitting = IsokineticSplitting::mn4});
  EXPECT_LT(departure_on_a_gaussian(chain, 0.3, 20000), 4.5);
}
TEST(Planted, a_direction_never_refreshed_fails_Mclmc_a_gaussian_of_unequal_widths) {
  OneMclmc<planted::NoRefresh> chain(Vector(10, 1.0), Mclmc{.steps = 20, .splitting = IsokineticSplitting::mn4});
  EXPECT_GT(departure_on_a_gaussian(chain, 0.3, 20000), 4.5);
}
TEST(Planted, unnormalised_directions_fail_Mclmc_a_gaussian_of_unequal_widths) {
  OneMclmc<planted::UnnormalisedDirection> chain(Vector(10, 1.0),
                                                 Mclmc{.steps = 20, .splitting = IsokineticSplitting::mn4});
  EXPECT_GT(departure_on_a_gaussian(chain, 0.3, 20000), 4.5);
}

// ---- the unadjusted method: its bias and its energy error ----

struct Unadjusted {
  double bias, bias_error;  ///< of the mean of (xᵢ/sᵢ)² over i
  double energy_variance, energy_variance_error;
};
/// d = 16, sᵢ = 1.
Unadjusted run_unadjusted(double step, int transitions) {
  const std::size_t d = 16;
  const Mclmc method{.splitting = IsokineticSplitting::verlet};
  const auto density = test::gaussian(Vector(d, 1.0));
  OneMclmc<> chain(Vector(d, 1.0), method);
  chain.move_to(Vector(d, 1.0), density);
  BatchMeans means(2, 200, transitions / 200);
  for (int t = -1000; t < transitions; ++t) {
    const TransitionInfo& info = chain.transition(density, step, 0, static_cast<std::uint64_t>(t + 1000));
    EXPECT_FALSE(info.diverging);
    if (t < 0) continue;
    means.add(0, -2 * chain.point.log_p / static_cast<double>(d) - 1);
    means.add(1, info.error * info.error / static_cast<double>(d));
    means.next();
  }
  return {means.mean(0), means.error(0), means.mean(1), means.error(1)};
}

/// log₂(coarse/fine), and its standard error.
std::pair<double, double> order(double coarse, double coarse_error, double fine, double fine_error) {
  return {std::log2(coarse / fine), std::hypot(coarse_error / coarse, fine_error / fine) / std::log(2.0)};
}
// Halving the step divides the bias by 4 and the variance of W by 64, both times 1 + O(h²), h = step/√d the time that a
// step takes an oscillator of unit frequency. For the leapfrog scheme the bias would be 1/(1 − h²/4) − 1: from h = 0.6
// that makes the order 2.10. Hence 0.15 beside 4.5 standard errors.
TEST(Mclmc, its_bias_falls_with_the_square_of_the_step_and_its_energy_error_with_the_sixth_power) {
  const Unadjusted coarse = run_unadjusted(2.4, 400000), fine = run_unadjusted(1.2, 2000000);
  const auto [bias, bias_error] = order(coarse.bias, coarse.bias_error, fine.bias, fine.bias_error);
  const auto [energy, energy_error] =
      order(coarse.energy_variance, coarse.energy_variance_error, fine.energy_variance, fine.energy_variance_error);
  EXPECT_LT(bias_error, 0.1);
  EXPECT_NEAR(bias, 2, 0.15 + 4.5 * bias_error);
  EXPECT_NEAR(energy, 6, 0.15 + 4.5 * energy_error);
}

TEST(Mclmc, the_steering_of_a_normal_energy_error_has_the_mean_that_warm_up_aims_at) {
  Random<double> random(1, Purpose::test, 0, 0);
  BatchMeans mean(1, 100, 1000);
  for (int k = 0; k < 100000; ++k) {
    mean.add(0, steering_of(std::sqrt(30 * 5e-4) * random.normal(), 30, 5e-4));
    mean.next();
  }
  EXPECT_LT(mean.z(0, steering_target), 4.5);
  EXPECT_NEAR(steering_target, std::sqrt(std::acos(-1.0) * std::exp(1.0) / 2) * std::erfc(std::sqrt(0.5)), 1e-15);
}

// Normal W: exactly. Here W is nearly so; a twentieth of the step size, and its sixth power, is allowed for the rest.
TEST(Mclmc, a_step_size_steered_to_the_target_has_the_energy_variance_asked_for) {
  const std::size_t d = 100;
  const Vector s = widths(d);
  const Mclmc method;
  OneMclmc<> chain(Vector(d, 1.0), method);
  chain.move_to(s, test::gaussian(s));
  const DualAveraging averaging{.target = steering_target};
  auto state = averaging.start(0, 0);
  std::uint64_t t = 0;
  for (; t < 4000; ++t)
    averaging.step(state, chain.transition(test::gaussian(s), std::exp(state.log_step), 0, t).steering);
  BatchMeans ratio(1, 100, 200);
  for (int k = 0; k < 20000; ++k, ++t) {
    const auto& info = chain.transition(test::gaussian(s), std::exp(state.log_step_average), 0, t);
    ratio.add(0, info.error * info.error / (static_cast<double>(d) * method.tolerance));
    ratio.next();
  }
  EXPECT_LT(ratio.mean(0), std::pow(1.05, 6) + 4.5 * ratio.error(0));
  EXPECT_GT(ratio.mean(0), std::pow(0.95, 6) - 4.5 * ratio.error(0));
}

}  // namespace
}  // namespace thalweg
