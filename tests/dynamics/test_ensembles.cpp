// Laws of ensembles that tune themselves: ChEES-HMC and MEADS.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/standard_errors.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/gaussian.hpp"
#include "thalweg/dynamics/ensemble/chees.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/meads.hpp"

namespace thalweg {
namespace {

using test::largest_z;
using test::MemorySink;
using test::run;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Draws of each group of `size` chains that follow one another, as if they were one chain.
MemorySink in_groups(const Model& model, const MemorySink& sink, std::int64_t size) {
  MemorySink groups(model);
  for (const auto& [key, rows] : sink.tracks) {
    auto& group = groups.tracks[{key.first, key.second / size}];
    group.insert(group.end(), rows.begin(), rows.end());
  }
  return groups;
}

/// A run of a method that is built here, with as few particles as wanted.
template <class Ensemble>
MemorySink run_ensemble_of(const Model& model, const SampleSettings& settings, int threads = 1) {
  MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  const auto make = [&] { return std::make_unique<Ensemble>(model, settings, 0); };
  run_ensemble(model, Standing{settings, model.dimension(), {}, {}, {}, false}, make, {.threads = threads}, sink, clock,
               observer);
  return sink;
}

// ---- exact moments ----

struct Case {
  Method method;
  const char* density;
  std::int64_t chains, draws;
};
class EnsembleMethods : public testing::TestWithParam<Case> {};

// 32 groups of chains that share a start: Student's t with 31 degrees of freedom; |t| > 6 has probability 1.2e-6, at
// most 40 statistics a case.
TEST_P(EnsembleMethods, have_the_moments_of_the_density) {
  const Case c = GetParam();
  const Model model = test_density(c.density);
  const auto r =
      run(model, {.chains = c.chains, .draws = c.chains * c.draws, .seed = 3, .method = c.method}, {.threads = 2});
  EXPECT_TRUE(r.outcome.finished);
  EXPECT_TRUE(r.outcome.settled);
  EXPECT_LT(largest_z(in_groups(model, r.sink, c.chains / 32), exact_moments(c.density)), 6);
}
INSTANTIATE_TEST_SUITE_P(
    All, EnsembleMethods,
    testing::Values(Case{Method::chees, "gaussian:10", 128, 200},
                    Case{Method::chees, "correlated-gaussian:20", 128, 200}, Case{Method::chees, "banana", 128, 2000},
                    Case{Method::chees, "mixture:2", 128, 1000}, Case{Method::chees, "eight-schools", 256, 100},
                    Case{Method::meads, "gaussian:10", 256, 400},
                    Case{Method::meads, "correlated-gaussian:20", 256, 800}, Case{Method::meads, "banana", 256, 4000},
                    Case{Method::meads, "mixture:2", 160, 4000}),
    [](const auto& c) {
      std::string name = std::string(to_string(c.param.method)) + "_" + c.param.density;
      for (char& letter : name)
        if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
      return name;
    });

// ---- at long steps, and planted errors ----

/// Largest |z| at a step so long that many proposals are rejected.
template <class Ensemble>
double z_at_long_steps(SampleSettings s, const char* density) {
  s.chains = 128, s.draws = 128 * 600, s.warmup = 300, s.seed = 5;
  const Model model = test_density(density);
  return largest_z(in_groups(model, run_ensemble_of<Ensemble>(model, s), 4), exact_moments(density));
}
template <class Rules>
double z_of_chees() {
  return z_at_long_steps<CheesEnsemble<Rules>>({.metric = MetricKind::unit, .method = Method::chees, .step_size = 1.4},
                                               "gaussian:10");
}
/// Its friction is low because its λ_x is large.
template <class Rules>
double z_of_meads() {
  return z_at_long_steps<MeadsEnsemble<Rules>>({.method = Method::meads, .step_size = 0.6}, "eight-schools");
}

template <class Rules>
struct WithoutKinetic : Rules {
  template <class Real>
  static Real change(const Real&, const Real&, const Real& log_p, const Real& new_log_p) {
    return log_p - new_log_p;
  }
};
struct SharedCounter : CheesRules {
  static constexpr Purpose acceptance = Purpose::momentum;
};
struct WrongWay : MeadsRules {
  template <class Real>
  static Real after_rejection(const Real& p) {
    return p;
  }
};

TEST(Ensembles, stay_exact_at_long_steps) {  // |t| > 6 with 31 degrees of freedom: 1.2e-6, 20 statistics each
  EXPECT_LT(z_of_chees<CheesRules>(), 6);
  EXPECT_LT(z_of_meads<MeadsRules>(), 6);
}
TEST(Ensembles, planted_a_test_without_the_kinetic_energy_is_seen_in_chees) {
  EXPECT_GT(z_of_chees<WithoutKinetic<CheesRules>>(), 10);
}
TEST(Ensembles, planted_a_test_without_the_kinetic_energy_is_seen_in_meads) {
  EXPECT_GT(z_of_meads<WithoutKinetic<MeadsRules>>(), 10);
}
TEST(Ensembles, planted_an_acceptance_on_the_counter_of_the_momentum_is_seen) {
  EXPECT_GT(z_of_chees<SharedCounter>(), 10);
}
TEST(Ensembles, planted_a_momentum_that_is_not_turned_about_is_seen) { EXPECT_GT(z_of_meads<WrongWay>(), 10); }

// ---- adaptation ends with warm-up ----

struct Endless : CheesRules {
  static bool adapts(bool) { return true; }
};

/// Many ensembles of two particles each, as groups of one sink: what two learn from, they disturb most.
template <class Rules>
double z_of_pairs() {
  const char* const density = "correlated-gaussian:5";
  const Model model = test_density(density);
  MemorySink all(model);
  for (std::int64_t k = 0; k < 256; ++k) {
    const SampleSettings s{.chains = 2,
                           .draws = 2 * 500,
                           .warmup = 100,
                           .seed = static_cast<std::uint64_t>(100 + k),
                           .method = Method::chees};
    const MemorySink sink = run_ensemble_of<CheesEnsemble<Rules>>(model, s);
    auto& rows = all.tracks[{Phase::sampling, k}];
    for (const auto& [key, some] : sink.tracks) rows.insert(rows.end(), some.begin(), some.end());
  }
  return largest_z(all, exact_moments(density));
}
// t with 255 degrees of freedom: |t| > 6 has probability 7e-9, 10 statistics
TEST(Ensembles, are_exact_however_little_chees_learned) { EXPECT_LT(z_of_pairs<CheesRules>(), 6); }
TEST(Ensembles, planted_an_adaptation_that_does_not_end_is_seen) { EXPECT_GT(z_of_pairs<Endless>(), 10); }

// ---- the driver ----

class LockstepMethods : public testing::TestWithParam<Method> {
 protected:
  static SampleSettings settings() {
    return {.chains = 136, .draws = 136 * 12, .save_warmup = true, .seed = 6, .method = GetParam()};
  }
};

TEST_P(LockstepMethods, give_the_same_bits_on_any_threads_and_widths_and_when_extended) {
  const Model model = test::wide_model(Gaussian{5});
  SampleSettings s = settings();
  const auto a = run(model, s, {.threads = 1, .width = 1});
  for (const int width : {4, 8, 16})
    EXPECT_EQ(a.sink.tracks, run(model, s, {.threads = 2, .width = width}).sink.tracks);
  EXPECT_EQ(a.sink.tracks, run(model, s, {.threads = 8}).sink.tracks) << "more threads than blocks of particles";
  s.draws /= 2;
  auto c = run(model, s);
  test::StillClock clock;
  Observer observer;
  resume(model, c.sink.checkpoint, s.draws, {}, c.sink, clock, observer);
  EXPECT_EQ(a.sink.tracks, c.sink.tracks);
}

/// Interrupts at its look number `at`, of which there is one a step.
struct AfterLooks : Observer {
  explicit AfterLooks(int at) : left(at) {}
  bool interrupted() override { return left-- <= 0; }
  int left;
};
TEST_P(LockstepMethods, give_the_same_bits_after_any_interruptions) {
  const Model model = test::wide_model(Gaussian{5});
  const SampleSettings s = settings();
  const auto whole = run(model, s);
  EXPECT_GT(whole.outcome.warmup, 40);
  MemorySink sink(model);
  test::StillClock clock;
  int pieces = 0, in_warmup = 0;
  for (bool finished = false; !finished; ++pieces) {
    AfterLooks observer(pieces % 2 ? 1 : 13);
    const Execution e{.threads = 1 + pieces % 3, .width = pieces % 2 ? 4 : 16};
    const SampleOutcome o = pieces == 0 ? sample(model, s, e, sink, clock, observer)
                                        : resume(model, sink.checkpoint, 0, e, sink, clock, observer);
    finished = o.finished;
    in_warmup += o.warmup < 0;
    ASSERT_LT(pieces, 1000);
  }
  EXPECT_TRUE(sink.tracks == whole.sink.tracks);
  EXPECT_TRUE(test::bytes_of(sink.checkpoint) == test::bytes_of(whole.sink.checkpoint));
  EXPECT_GE(in_warmup, 5);
  EXPECT_GE(pieces - in_warmup, 2);
}

TEST_P(LockstepMethods, obey_a_fixed_step_size_and_warmup) {
  SampleSettings s = settings();
  s.warmup = 7, s.step_size = 0.3;
  const auto r = run(test_density("gaussian:3"), s);
  EXPECT_EQ(r.outcome.warmup, 7);
  for (const double step : r.sink.column(2)) EXPECT_EQ(step, 0.3);
}

TEST_P(LockstepMethods, say_how_many_chains_they_need) {
  const auto least = traits_of(GetParam()).least_chains;
  SampleSettings s{.chains = least - 1, .method = GetParam()};
  EXPECT_THAT([&] { run(test_density("gaussian:3"), s); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr(fmt::format("{} needs at least {} chains: it learns from all of them at once; found {}",
                                        to_string(GetParam()), least, least - 1))));
}

TEST_P(LockstepMethods, warm_a_gaussian_to_a_temperature) {
  const Model model = test_density("gaussian:5");
  for (const double t : {0.25, 4.0}) {
    SampleSettings s{.chains = 128, .draws = 128 * 300, .seed = 4, .method = GetParam()};
    s.special.temperature = t;
    const Moments truth{std::vector<double>(5, 0), std::vector<double>(5, t)};
    EXPECT_LT(largest_z(in_groups(model, run(model, s).sink, 4), truth), 6) << t;
  }
}

TEST_P(LockstepMethods, sample_one_dimension_and_leave_one_start) {
  const Model model = test_density("gaussian:1");
  SampleSettings s{.chains = 128, .draws = 128 * 300, .seed = 4, .method = GetParam()};
  s.starts = {{0.0}};  // the mode: no spread and no gradient to learn from
  EXPECT_LT(largest_z(in_groups(model, run(model, s).sink, 4), exact_moments("gaussian:1")), 6);
}
TEST(Ensembles, chees_keeps_step_size_and_metric_after_warmup) {
  const auto r = run(test_density("banana"), {.chains = 128, .draws = 128 * 40, .seed = 1, .method = Method::chees});
  const std::vector<double> steps = r.sink.column(2);
  for (const double step : steps) EXPECT_EQ(step, steps.front());
}

TEST(Ensembles, meads_has_no_target_acceptance) {
  EXPECT_THAT(
      [] { run(test_density("gaussian:3"), {.chains = 128, .method = Method::meads, .target_acceptance = 0.8}); },
      ThrowsMessage<std::invalid_argument>(HasSubstr("no target acceptance")));
}

// ---- failures ----

/// A standard normal that cannot be computed beyond |x₁| = 2, or anywhere but at 0.
template <bool everywhere>
struct Torn {
  std::int64_t dimension() const { return 3; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0.0;
    for (std::size_t j = 0; j < 3; ++j) {
      sum += x[j] * x[j];
      gradient[j] = -x[j];
    }
    return select(everywhere ? sum > Real(0.0) : abs(x[0]) > Real(2.0), Real(not_a_number), -0.5 * sum);
  }
};

TEST_P(LockstepMethods, leave_out_lanes_that_fail) {
  const Model model = test::wide_model(Torn<false>{});
  const SampleSettings s{.chains = 128, .draws = 128 * 800, .warmup = 200, .seed = 4, .method = GetParam()};
  const auto r = run(model, s);
  EXPECT_GT(r.outcome.sampling_counts.divergences, 100);
  EXPECT_GT(r.outcome.step_size, 0.2) << "lanes at the edge do not hold up the others";
  // of a normal between −2 and 2: 1 − 2·2·φ(2)/(2Φ(2) − 1)
  const double inside = 1 - 4 * 0.05399096651318806 / 0.9544997361036416;
  const Moments truth{{0, 0, 0}, {inside, 1, 1}};
  EXPECT_LT(largest_z(in_groups(model, r.sink, 4), truth), 6);
}
TEST_P(LockstepMethods, say_so_when_no_step_size_works) {
  SampleSettings s{.chains = 128, .seed = 4, .method = GetParam()};
  s.starts = {{0, 0, 0}};
  EXPECT_THAT([&] { run(test::wide_model(Torn<true>{}), s); },
              ThrowsMessage<Error>(HasSubstr(fmt::format("{}: no step size, however small", to_string(GetParam())))));
}
INSTANTIATE_TEST_SUITE_P(All, LockstepMethods, testing::Values(Method::chees, Method::meads),
                         [](const auto& c) { return std::string(to_string(c.param)); });

}  // namespace
}  // namespace thalweg
