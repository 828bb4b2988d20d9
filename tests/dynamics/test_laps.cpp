// Laws of LAPS and of the driver of ensembles.
#include <gmock/gmock.h>

#include <cmath>

#include "tests/dynamics/standard_errors.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/laps.hpp"

namespace thalweg {
namespace {

using test::largest_z;
using test::MemorySink;
using test::run;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

SampleSettings laps(std::int64_t chains, std::int64_t draws, std::uint64_t seed) {
  return {.chains = chains, .draws = draws, .seed = seed, .method = Method::laps};
}

// 256 chains: |z| > 5 has probability 1.1e-6 for 255 degrees of freedom; at most 60 statistics a case.
struct Case {
  const char* density;
  std::int64_t draws, thin;
};
class Laps_ : public testing::TestWithParam<Case> {};
TEST_P(Laps_, has_the_moments_of_the_density) {
  const Case c = GetParam();
  SampleSettings s = laps(256, c.draws, 2);
  s.thin = c.thin;
  const auto r = run(test_density(c.density), s);
  EXPECT_TRUE(r.outcome.finished);
  EXPECT_LT(largest_z(r.sink, exact_moments(c.density)), 5);
  EXPECT_EQ(r.outcome.sampling_counts.gradients, c.draws * c.thin * 30);
}
INSTANTIATE_TEST_SUITE_P(All, Laps_,
                         testing::Values(Case{"gaussian:10", 256 * 20, 1}, Case{"correlated-gaussian:20", 256 * 20, 4},
                                         Case{"banana", 256 * 200, 8}, Case{"mixture:2", 256 * 50, 4}),
                         [](const auto& c) {
                           std::string name = c.param.density;
                           for (char& letter : name)
                             if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
                           return name;
                         });

/// The same with another rule: the moments of ten standard normals at a step so long that most trajectories are
/// rejected.
template <class Rules>
double z_of_gaussian() {
  const Model model = test_density("gaussian:10");
  SampleSettings s = laps(256, 256 * 400, 3);
  s.step_size = 9;
  s.warmup = 60;
  MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  run_ensemble(
      model, starting_point(model, s), [&] { return std::make_unique<LapsEnsemble<Rules>>(model, s, 0); }, {}, sink,
      clock, observer);
  return largest_z(sink, exact_moments("gaussian:10"));
}
struct AlwaysTaken : LapsRules {
  template <class Real>
  static Real acceptance(const Real&) {
    return 1.0;
  }
};
struct WrongSign : LapsRules {
  template <class Real>
  static Real acceptance(const Real& error) {
    return exp(min(error, Real(0.0)));
  }
};
TEST(Laps, is_exact_at_a_long_step) { EXPECT_LT(z_of_gaussian<LapsRules>(), 5); }
TEST(Laps, planted_no_test_is_seen) { EXPECT_GT(z_of_gaussian<AlwaysTaken>(), 8); }
TEST(Laps, planted_a_ratio_the_wrong_way_round_is_seen) { EXPECT_GT(z_of_gaussian<WrongSign>(), 8); }

/// A Gaussian whose log p cannot be computed on a strip: the chains that enter it must neither stay nor stop others.
struct Hole {
  std::int64_t dimension() const { return 5; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0.0;
    for (std::size_t j = 0; j < 5; ++j) {
      sum -= 0.5 * x[j] * x[j];
      gradient[j] = -x[j];
    }
    const auto bad = x[0] > Real(1.0) && x[0] < Real(1.2);
    gradient[1] = select(bad, Real(not_a_number), gradient[1]);
    return select(bad, Real(not_a_number), sum);
  }
};
struct Unmasked : LapsRules {  // a lane that is not a number counts as sound
  template <class Real>
  static Mask<Real> sound(const Real& error, double) {
    return !(abs(error) < Real(-1.0));
  }
};
struct BesideAHole {
  double acceptance = 0;  ///< 0 too when the run failed
  int inside = 0;         ///< draws where there is no density, or that are not numbers
};
template <class Rules>
BesideAHole beside_a_hole() {
  const Model model = model_of(Hole{});
  SampleSettings s = laps(128, 128 * 20, 5);
  MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  BesideAHole found;
  try {
    run_ensemble(
        model, starting_point(model, s), [&] { return std::make_unique<LapsEnsemble<Rules>>(model, s, 0); }, {}, sink,
        clock, observer);
  } catch (const Error&) {
    return found;
  }
  const auto rates = sink.column(1);
  for (const double a : rates) found.acceptance += a / static_cast<double>(rates.size());
  for (const double x : sink.column(statistic_count)) found.inside += !std::isfinite(x) || (x > 1 && x < 1.2);
  return found;
}
TEST(Laps, goes_on_beside_places_that_are_not_numbers) {
  const BesideAHole found = beside_a_hole<LapsRules>();
  EXPECT_GT(found.acceptance, 0.4);
  EXPECT_EQ(found.inside, 0);
}
TEST(Laps, planted_a_lane_that_is_not_a_number_and_counts_is_seen) {
  const BesideAHole found = beside_a_hole<Unmasked>();
  EXPECT_TRUE(found.acceptance < 0.4 || found.inside > 0);
}

TEST(Laps, gives_the_same_bits_on_any_threads_and_widths_and_when_extended) {
  const Model model = test_density("eight-schools");
  for (const std::int64_t chains : {64, 100}) {  // the last block of 100 is not full
    SampleSettings s = laps(chains, chains * 6, 6);
    s.save_warmup = true;
    const auto a = run(model, s, {.threads = 1, .width = 1}), b = run(model, s, {.threads = 3});
    EXPECT_EQ(a.sink.tracks, b.sink.tracks);
    EXPECT_GT(a.outcome.warmup, 40);
    s.draws = chains * 2;
    auto c = run(model, s);
    test::StillClock clock;
    Observer observer;
    resume(model, c.sink.checkpoint, chains * 4, {.threads = 2}, c.sink, clock, observer);
    EXPECT_EQ(a.sink.tracks, c.sink.tracks);
  }
}
/// Interrupts at its n-th question.
struct Interrupter : Observer {
  int left;
  explicit Interrupter(int n) : left(n) {}
  bool interrupted() override { return --left < 0; }
};
TEST(Laps, resumes_to_the_same_bits_from_every_stage) {
  const Model model = test_density("eight-schools");
  SampleSettings s = laps(64, 64 * 8, 6);
  s.save_warmup = true;
  const auto whole = run(model, s);
  int stopped = 0;
  for (const int at : {0, 7, 30, 39, 42, 44, 46, 48, 52}) {
    MemorySink sink(model);
    test::HastyClock hasty;
    Interrupter observer(at);
    stopped += !sample(model, s, {.threads = 2}, sink, hasty, observer).finished;
    Observer patient;
    resume(model, sink.checkpoint, 0, {}, sink, hasty, patient);
    EXPECT_EQ(whole.sink.tracks, sink.tracks) << at;
  }
  EXPECT_GE(stopped, 7);
}
TEST(Laps, obeys_a_fixed_step_size_and_length_of_warmup) {
  SampleSettings s = laps(64, 64, 7);
  s.step_size = 0.3;
  s.warmup = 25;
  const auto r = run(test_density("gaussian:3"), s);
  for (const double step : r.sink.column(2)) EXPECT_EQ(step, 0.3);
  EXPECT_EQ(r.outcome.warmup, 25 + 2) << "then a trajectory each of the two stages that follow";
}
TEST(Laps, refuses_too_few_chains_and_a_line) {
  EXPECT_THAT([] { run(test_density("gaussian:3"), laps(32, 100, 1)); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("laps needs at least 64 chains")));
  EXPECT_THAT([] { run(test_density("gaussian:1"), laps(64, 100, 1)); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("dimension must be >= 2")));
}
struct Jumping {  // log p jumps at random, and the gradient says that it is flat
  std::int64_t dimension() const { return 3; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    for (std::size_t j = 0; j < 3; ++j) gradient[j] = 0.0;
    return 1e6 * sin(1e9 * x[0]);
  }
};
TEST(Laps, planted_an_ensemble_that_stands_still_is_reported) {
  EXPECT_THROW(run(model_of(Jumping{}), laps(64, 64, 1)), Error);
}

}  // namespace
}  // namespace thalweg
