// Laws of what warm-up makes of the microcanonical methods: the step size has the energy error, or the acceptance, that
// was asked for, and the length is the one that theory gives a normal law.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/dynamics/one_microcanonical.hpp"
#include "tests/dynamics/planted_tuning.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/funnel.hpp"
#include "thalweg/dynamics/hamiltonian/moments.hpp"
#include "thalweg/dynamics/microcanonical/mclmc.hpp"

namespace thalweg {
namespace {

/// Twelve variables of Student's t with 3 degrees of freedom: their fourth moment does not exist.
struct StudentT {
  std::int64_t dimension() const { return 12; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      const Real inside = 3.0 + x[j] * x[j];
      gradient[j] = -4.0 * x[j] / inside;
      sum -= 2.0 * log(inside);
    }
    return sum;
  }
};
/// 50 normals of standard deviation 5.
struct WideNormal {
  std::int64_t dimension() const { return 50; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      gradient[j] = -x[j] / 25.0;
      sum += 0.5 * gradient[j] * x[j];
    }
    return sum;
  }
};

struct Tuned {
  double energy, energy_error;  ///< E[W²]/(d·tolerance) over the draws, and its standard error over the chains
  double acceptance;            ///< mean over the draws
  double length;                ///< L/√d
  bool settled;
};
template <class Rules = SamplerRules>
Tuned tuned(const Model& model, Method method, MetricKind metric = MetricKind::automatic) {
  const SampleSettings settings{.chains = 32, .draws = 32 * 1000, .seed = 4, .metric = metric, .method = method};
  test::MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  const Standing standing =
      run_sampler<Rules>(model, starting_point(model, settings), {.threads = 1}, sink, clock, observer);
  const auto d = static_cast<double>(model.dimension());
  RunningMoment energy, acceptance;
  for (const ChainState& c : standing.chains)
    energy.add(c.sampling.squared_errors / static_cast<double>(c.sampling.transitions) / d / Mclmc{}.tolerance);
  for (const double a : sink.column(1)) acceptance.add(a);
  const double length = standing.shared.length > 0 ? standing.shared.length : std::sqrt(d);
  return {energy.mean, std::sqrt(energy.variance() / 32), acceptance.mean, length / std::sqrt(d),
          standing.shared.settled};
}

// The last epoch of warm-up measures E[W²] over 32 chains of 90 steps or more, a tenth of what is judged here: its
// relative error is √10 of that of the judgement. 4.5 standard errors of both, and 1.2 for what is beyond W² ∝ ε⁶.
template <class Rules = SamplerRules>
double energy_beyond_chance(const Model& model) {
  const Tuned t = tuned<Rules>(model, Method::mclmc);
  EXPECT_TRUE(t.settled);
  const double chance = 4.5 * std::sqrt(1.0 + 10.0) * t.energy_error / t.energy;
  return std::fabs(std::log(t.energy)) / (std::log(1.2) + chance);
}
TEST(MclmcTuning, normal_laws_have_the_energy_error_asked_for) {
  EXPECT_LT(energy_beyond_chance(test_density("gaussian:50")), 1);
  EXPECT_LT(energy_beyond_chance(test_density("ill-conditioned-gaussian:50")), 1);
}
TEST(Planted, an_energy_without_the_dimension_fails_MclmcTuning_normal_laws_have_the_energy_error_asked_for) {
  EXPECT_GT(energy_beyond_chance<planted::EnergyNotByDimension>(test_density("gaussian:50")), 1);
}

// Where W has heavy tails what is promised is E[min(W², d)]: 32 chains go on for 1000 steps from where a run of one
// draw ends, by hand, since a run reports W² itself. A few steps carry much of it, so that no standard error is worth
// its name: within a factor of 3, which is 20 % of the step size.
constexpr double heavy_factor = 3;
/// Over the tolerance.
template <class Rules, class D>
double bounded_energy(const D& density) {
  const Model model = test::wide_model(density);
  const SampleSettings settings{.chains = 32, .draws = 32, .seed = 4, .method = Method::mclmc};
  test::MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  const Standing standing = run_sampler<Rules>(model, starting_point(model, settings), {}, sink, clock, observer);
  const auto d = static_cast<double>(model.dimension());
  test::OneMicrocanonical<MclmcKernel<>> chain(std::vector<double>(static_cast<std::size_t>(d), 1.0),
                                               Mclmc{.length = standing.shared.length});
  chain.metric = standing.shared.metric;
  RunningMoment energy;
  for (std::size_t k = 0; k < 32; ++k) {
    chain.move_to(standing.chains[k].x, test::density_of(density));
    std::copy(standing.chains[k].carried.begin(), standing.chains[k].carried.end(), chain.kernel.carried().begin());
    double sum = 0;
    for (std::uint64_t t = 0; t < 1000; ++t) {
      const TransitionInfo& info =
          chain.transition(test::density_of(density), std::exp(standing.shared.log_step), k, t);
      sum += info.diverging ? d : std::min(info.error * info.error, d);
    }
    energy.add(sum / 1000 / d / Mclmc{}.tolerance);
  }
  return energy.mean;
}
TEST(MclmcTuning, heavy_tails_have_the_energy_error_asked_for) {
  for (const double energy : {bounded_energy<SamplerRules>(StudentT{}), bounded_energy<SamplerRules>(Funnel{})}) {
    EXPECT_LT(energy, heavy_factor);
    EXPECT_GT(energy, 1 / heavy_factor);
  }
}
TEST(Planted, the_steering_alone_fails_MclmcTuning_heavy_tails_have_the_energy_error_asked_for) {
  EXPECT_GT(bounded_energy<planted::SteeringAlone>(Funnel{}), heavy_factor);
}

// Theory (learned_length.hpp): L/√d = √(2·0.45) s = 0.95 s for mclmc, and for mams from L₀ = s√d, where ρ = sin 2/2 and
// T = (1 + ρ)/(1 − ρ) s√d, √(0.25·2.67) s = 0.82 s. The mean over 50 coordinates of a variance of 32 chains has a
// relative error of √(2/31/50) = 0.036, half of it in L; an epoch of 10 correlation lengths is 5 % short of L. Three
// such errors and the 5 %: 0.1.
template <class Rules = SamplerRules>
double length_off(const Model& model, Method method, double width, MetricKind metric = MetricKind::automatic) {
  const double theory = method == Method::mclmc ? std::sqrt(0.9) : std::sqrt(0.25 * 2.67);
  return std::fabs(tuned<Rules>(model, method, metric).length / (theory * width) - 1);
}
TEST(Tuning, the_length_of_a_normal_law_is_that_of_theory) {
  EXPECT_LT(length_off(test_density("gaussian:50"), Method::mams, 1), 0.1);
  EXPECT_LT(length_off(test_density("gaussian:50"), Method::mclmc, 1), 0.1);
  EXPECT_LT(length_off(test_density("ill-conditioned-gaussian:50"), Method::mams, 1), 0.1);
  EXPECT_LT(length_off(test::wide_model(WideNormal{}), Method::mclmc, 5, MetricKind::unit), 0.1);
  EXPECT_LT(length_off(test::wide_model(WideNormal{}), Method::mams, 5, MetricKind::unit), 0.1);
}
TEST(Planted, a_length_not_updated_fails_Tuning_the_length_of_a_normal_law_is_that_of_theory) {
  EXPECT_GT(length_off<planted::LengthNotUpdated>(test_density("gaussian:50"), Method::mams, 1), 0.1);
  EXPECT_GT(length_off<planted::LengthNotUpdated>(test::wide_model(WideNormal{}), Method::mclmc, 5, MetricKind::unit),
            0.1);
}

// 15 transitions of 32 chains set the last step size; a tenth of it is 0.02 of the acceptance.
TEST(MamsTuning, normal_laws_have_the_acceptance_asked_for) {
  for (const char* density : {"gaussian:50", "ill-conditioned-gaussian:50"})
    EXPECT_NEAR(tuned(test_density(density), Method::mams).acceptance, 0.9, 0.03) << density;
}

// A length that the user gives is kept, and few chains do without.
TEST(Tuning, a_given_length_is_kept_and_few_chains_go_without_learning) {
  const Model model = test_density("gaussian:50");
  for (const Method method : {Method::mams, Method::mclmc}) {
    SampleSettings settings{.chains = 32, .draws = 64, .seed = 4, .method = method};
    settings.special.length = 3;
    test::MemorySink sink(model), other(model);
    test::StillClock clock;
    Observer observer;
    EXPECT_EQ(run_sampler<>(model, starting_point(model, settings), {}, sink, clock, observer).shared.length, 0);
    settings.special.length.reset();
    settings.chains = 4;
    const SharedState few = run_sampler<>(model, starting_point(model, settings), {}, other, clock, observer).shared;
    EXPECT_FALSE(few.length_known);
    EXPECT_NEAR(few.length, std::sqrt(50), 0.15 * std::sqrt(50));
  }
}

}  // namespace
}  // namespace thalweg
