// A calibration is worth what it fails: planted errors, each seen by the statistic that methods must pass.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/dynamics/slow/calibration.hpp"
#include "thalweg/dynamics/annealing/smc.hpp"
#include "thalweg/dynamics/annealing/tempering.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/meads.hpp"

namespace thalweg {
namespace {

using test::calibrate;
using test::CalibratedGroups;
using test::CalibratedRegression;
using test::CalibratedShares;
using test::Calibration;
using test::Fault;
using test::Sampler;

void expect_seen(const Calibration& c) {
  const test::Ranks& worst = c.worst();
  std::cout << fmt::format("smallest p {:.2g} ({})\n", worst.p(), worst.name);
  EXPECT_TRUE(c.failures.empty()) << c.failures.front();
  EXPECT_LT(worst.p(), test::level);
}

// ---- the density ----

Sampler nuts(double temperature = 1) {
  return [temperature](const Model& model, std::uint64_t seed) {
    SampleSettings s = test::plan_of(Method::nuts).settings(seed);
    s.special.temperature = temperature;
    return test::run(model, s);
  };
}
TEST(Calibration, planted_a_jacobian_dropped_is_seen) {
  expect_seen(calibrate<CalibratedRegression>(nuts(), Fault{.jacobian = 0}));
  expect_seen(calibrate<CalibratedGroups>(nuts(), Fault{.jacobian = 0}));
  expect_seen(calibrate<CalibratedShares>(nuts(), Fault{.jacobian = 0}));
}
TEST(Calibration, planted_a_jacobian_doubled_is_seen) {
  expect_seen(calibrate<CalibratedRegression>(nuts(), Fault{.jacobian = 2}));
  expect_seen(calibrate<CalibratedGroups>(nuts(), Fault{.jacobian = 2}));
  expect_seen(calibrate<CalibratedShares>(nuts(), Fault{.jacobian = 2}));
}
TEST(Calibration, planted_a_likelihood_of_weight_08_is_seen) {
  expect_seen(calibrate<CalibratedRegression>(nuts(), Fault{.weight = 0.8}));
  expect_seen(calibrate<CalibratedGroups>(nuts(), Fault{.weight = 0.8}));
  expect_seen(calibrate<CalibratedShares>(nuts(), Fault{.weight = 0.8}));
}
TEST(Calibration, planted_a_wrong_temperature_is_seen) { expect_seen(calibrate<CalibratedGroups>(nuts(1.25))); }

// ---- the method ----

/// A method with one decision gone wrong. `step_size`: where none would reach its acceptance then.
template <class Ensemble>
Sampler ensemble(Method method, std::optional<double> step_size = {}) {
  return [method, step_size](const Model& model, std::uint64_t seed) {
    SampleSettings s = test::plan_of(method).settings(seed);
    s.step_size = step_size;
    test::Run r{test::MemorySink(model), {}};
    test::StillClock clock;
    Observer observer;
    run_ensemble(
        model, starting_point(model, s), [&] { return std::make_unique<Ensemble>(model, s, 0); }, {}, r.sink, clock,
        observer);
    return r;
  };
}
struct TestOfAHotterStage : AnnealingRules {  // the stage just before is too near to be seen here: p = 1e-4
  static double beta_of_test(double beta, double) { return 0.7 * beta; }
};
TEST(Calibration, planted_acceptance_at_the_wrong_temperature_is_seen_in_smc) {
  expect_seen(calibrate<CalibratedGroups>(ensemble<SmcEnsemble<TestOfAHotterStage>>(Method::smc, 0.5)));
}
struct ExchangeTheWrongWay : TemperingRules {
  template <class Real>
  static Real exchange(double cold, double hot, const Real& cold_tilt, const Real& hot_tilt) {
    return (cold - hot) * (cold_tilt - hot_tilt);
  }
};
TEST(Calibration, planted_a_swap_the_wrong_way_round_is_seen_in_tempering) {
  expect_seen(calibrate<CalibratedGroups>(ensemble<TemperingEnsemble<ExchangeTheWrongWay>>(Method::tempering)));
}
struct WithoutKinetic : MeadsRules {
  template <class Real>
  static Real change(const Real&, const Real&, const Real& log_p, const Real& new_log_p) {
    return log_p - new_log_p;
  }
};
TEST(Calibration, planted_a_test_without_the_kinetic_energy_is_seen_in_meads) {
  expect_seen(calibrate<CalibratedGroups>(ensemble<MeadsEnsemble<WithoutKinetic>>(Method::meads)));
}

}  // namespace
}  // namespace thalweg
