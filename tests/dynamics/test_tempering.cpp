// Laws of parallel tempering and of its ladder.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/dynamics/annealed_densities.hpp"
#include "tests/dynamics/standard_errors.hpp"
#include "thalweg/dynamics/annealing/tempering.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"

namespace thalweg {
namespace {

using test::largest_z;
using test::MemorySink;
using test::run;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::ThrowsMessage;

SampleSettings tempering(std::int64_t chains, std::int64_t draws_of_each, std::uint64_t seed) {
  return {.chains = chains, .draws = chains * draws_of_each, .seed = seed, .method = Method::tempering};
}

// 128 replicas: |z| > 5 has probability 2e-6 for 127 degrees of freedom; at most 40 statistics a case.
TEST(Tempering, has_the_moments_of_densities_from_a_gaussian) {
  for (const char* density : {"gaussian:10", "correlated-gaussian:20", "mixture:2"}) {
    const auto r = run(test_density(density), tempering(128, 64, 1));
    EXPECT_TRUE(r.outcome.settled) << density;
    EXPECT_LT(largest_z(r.sink, exact_moments(density)), 5) << density;
    EXPECT_GT(r.outcome.ladder->round_trips, 64) << density;
    EXPECT_TRUE(r.outcome.ladder->gaussian);
  }
}
/// A level and a slope whose predictor is nowhere near 0: a ~ N(−60, 30²), b ~ N(−a, 0.3²), correlated by −0.99995.
struct Ridge {
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real along = (x[0] + 60.0) / 30.0, off = (x[0] + x[1]) / 0.3;
    gradient[0] = -along / 30.0 - off / 0.3;
    gradient[1] = -off / 0.3;
    return -0.5 * (along * along + off * off);
  }
};
// Trajectories of a diagonal metric creep along it; what joins its ends is that the Gaussian knows of the correlation.
TEST(Tempering, walks_along_a_ridge) {
  const auto r = run(model_of(Ridge{}), tempering(128, 64, 1));
  EXPECT_TRUE(r.outcome.settled);
  EXPECT_LT(largest_z(r.sink, {{-60, 60}, {900, 900.09}}), 5);
  EXPECT_GT(r.outcome.ladder->round_trips, 1000);
}

/// Largest |z| of the moments of `Conjugate` from its prior, and log Z in standard errors.
template <class Rules>
std::pair<double, double> z_of_conjugate(std::optional<double> step_size = {}) {
  const test::Conjugate conjugate;
  const Model model = model_of(FunctorDensity(conjugate));
  SampleSettings s = tempering(128, 64, 2);
  s.step_size = step_size;
  MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  const SampleOutcome o = outcome_of(run_ensemble(
      model, starting_point(model, s), [&] { return std::make_unique<TemperingEnsemble<Rules>>(model, s, 0); }, {},
      sink, clock, observer));
  EXPECT_FALSE(o.ladder->gaussian);
  return {largest_z(sink, conjugate.moments()),
          std::abs(*o.log_evidence - conjugate.log_evidence()) / o.evidence_error};
}
struct WithoutDifference : TemperingRules {  // a swap ratio without (βᵢ − βⱼ)
  template <class Real>
  static Real exchange(double, double, const Real& cold_tilt, const Real& hot_tilt) {
    return hot_tilt - cold_tilt;
  }
};
struct WrongWay : TemperingRules {
  template <class Real>
  static Real exchange(double cold, double hot, const Real& cold_tilt, const Real& hot_tilt) {
    return (cold - hot) * (cold_tilt - hot_tilt);
  }
};
struct AtOne : TemperingRules {  // every rung moves at its temperature and is accepted at that of the density
  static double beta_of_test(double) { return 1; }
};
TEST(Tempering, has_the_moments_and_the_evidence_of_a_conjugate_model_from_its_prior) {
  const auto [moments, evidence] = z_of_conjugate<TemperingRules>();
  EXPECT_LT(moments, 5);
  EXPECT_LT(evidence, 4.5);
}
TEST(Tempering, is_exact_at_a_long_step) {
  const auto [moments, evidence] = z_of_conjugate<TemperingRules>(1.7);
  EXPECT_LT(moments, 5);
  EXPECT_LT(evidence, 4.5);
}
TEST(Tempering, planted_a_swap_ratio_without_the_difference_of_betas_is_seen) {
  EXPECT_GT(z_of_conjugate<WithoutDifference>().first, 8);
}
TEST(Tempering, planted_a_swap_ratio_the_wrong_way_round_is_seen) { EXPECT_GT(z_of_conjugate<WrongWay>().first, 8); }
TEST(Tempering, planted_acceptance_at_the_wrong_temperature_is_seen) { EXPECT_GT(z_of_conjugate<AtOne>().second, 8); }

// Modes 20 sd apart: no trajectory crosses. The weight's error comes from the spread of the replicas; |z| > 4.5 has
// probability 1.5e-5.
TEST(Tempering, finds_the_weights_of_a_far_mixture) {
  const auto r = run(model_of(test::FarMixture{}), tempering(128, 256, 3));
  std::vector<double> weights;
  for (const auto& [key, rows] : r.sink.tracks) {
    double right = 0;
    for (const auto& row : rows) right += row[statistic_count] > 0;
    weights.push_back(right / static_cast<double>(rows.size()));
  }
  const auto n = static_cast<double>(weights.size());
  const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) / n;
  double squares = 0;
  for (const double w : weights) squares += (w - mean) * (w - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  EXPECT_LT(std::abs(mean - 0.25), 4.5 * error);
  EXPECT_LT(error, 0.01) << "too few crossings to say much";
  EXPECT_GT(r.outcome.ladder->round_trips, 1000);
}

/// log Z of 16 runs of other seeds: within 3 standard errors of the truth, taken from their spread (a false alarm in
/// 9 of 1000 cases), as large as each run says (χ² of 15 degrees of freedom beyond 1e-4 on either side).
void expect_evidence(const Model& model, SampleSettings s, double truth, double most_error) {
  constexpr int repeats = 16;
  double sum = 0, squares = 0, stated = 0;
  for (int k = 0; k < repeats; ++k) {
    s.seed = 100 + static_cast<std::uint64_t>(k);
    const auto r = run(model, s);
    const double off = r.outcome.log_evidence.value() - truth;
    sum += off, squares += off * off, stated += r.outcome.evidence_error * r.outcome.evidence_error / repeats;
  }
  const double mean = sum / repeats, variance = (squares - repeats * mean * mean) / (repeats - 1);
  EXPECT_LT(std::abs(mean), 3 * std::sqrt(variance / repeats)) << model.name();
  EXPECT_GT((repeats - 1) * variance / stated, 2.2) << model.name();
  EXPECT_LT((repeats - 1) * variance / stated, 44.3) << model.name();
  EXPECT_LT(std::sqrt(stated), most_error) << model.name();
}
constexpr double log_2_pi = 1.8378770664093454;
TEST(Evidence, of_gaussians_is_within_its_error) {
  expect_evidence(test_density("gaussian:10"), tempering(64, 64, 0), 5 * log_2_pi, 0.02);
  expect_evidence(test_density("correlated-gaussian:4"), tempering(64, 1024, 0),
                  2 * log_2_pi + 1.5 * std::log(1 - 0.95 * 0.95), 0.02);
}
TEST(Evidence, of_models_with_a_prior_is_within_its_error) {
  const test::Conjugate conjugate;
  expect_evidence(model_of(FunctorDensity(conjugate)), tempering(64, 64, 0), conjugate.log_evidence(), 0.1);
  expect_evidence(model_of(FunctorDensity(test::Rate{})), tempering(64, 64, 0), std::log(24.0 / 1024), 0.1);
}
TEST(Evidence, of_mixtures_and_many_wells_is_within_its_error) {
  expect_evidence(test_density("mixture:2"), tempering(64, 64, 0), log_2_pi, 0.1);
  expect_evidence(model_of(test::FarMixture{}), tempering(64, 64, 0), test::FarMixture::log_evidence, 0.1);
  expect_evidence(model_of(test::ManyWell{}), tempering(64, 64, 0), test::ManyWell::log_evidence, 0.1);
}

TEST(Tempering, goes_on_beside_places_that_are_not_numbers) {
  const auto r = run(model_of(test::Strip{}), tempering(64, 64, 5));
  double acceptance = 0;
  const auto rates = r.sink.column(1);
  for (const double a : rates) acceptance += a / static_cast<double>(rates.size());
  EXPECT_GT(acceptance, 0.4);
  for (const double x : r.sink.column(statistic_count)) EXPECT_TRUE(std::isfinite(x) && !(x > 1 && x < 1.2)) << x;
  EXPECT_TRUE(std::isfinite(*r.outcome.log_evidence));
}

/// From a prior and from a Gaussian.
std::vector<Model> models() {
  std::vector<Model> both;
  both.push_back(test_density("eight-schools"));
  both.push_back(test_density("mixture:3"));
  return both;
}
TEST(Tempering, gives_the_same_bits_on_any_threads_and_widths_and_when_extended) {
  for (const Model& model : models())
    for (const std::int64_t chains : {64, 100}) {  // the last block of 100 is not full
      SampleSettings s = tempering(chains, 6, 6);
      s.save_warmup = true;
      const auto a = run(model, s, {.threads = 1, .width = 1}), b = run(model, s, {.threads = 3});
      EXPECT_EQ(a.sink.tracks, b.sink.tracks);
      EXPECT_EQ(test::bytes_of(a.sink.checkpoint), test::bytes_of(b.sink.checkpoint));
      s.draws = chains * 2;
      auto c = run(model, s);
      test::StillClock clock;
      Observer observer;
      const auto longer = resume(model, c.sink.checkpoint, chains * 4, {.threads = 2}, c.sink, clock, observer);
      EXPECT_EQ(a.sink.tracks, c.sink.tracks);
      EXPECT_EQ(longer.log_evidence, a.outcome.log_evidence);
    }
}
/// Interrupts at its n-th question.
struct Interrupter : Observer {
  int left;
  explicit Interrupter(int n) : left(n) {}
  bool interrupted() override { return --left < 0; }
};
TEST(Tempering, resumes_to_the_same_bits_from_every_stage) {
  for (const Model& model : models()) {
    SampleSettings s = tempering(64, 8, 6);
    s.save_warmup = true;
    const auto whole = run(model, s);
    int stopped = 0;
    for (const int at : {0, 4, 12, 31, 50, 69, 90, 115, 119, 120, 124}) {
      MemorySink sink(model);
      test::HastyClock hasty;
      Interrupter observer(at);
      stopped += !sample(model, s, {.threads = 2}, sink, hasty, observer).finished;
      Observer patient;
      resume(model, sink.checkpoint, 0, {}, sink, hasty, patient);
      EXPECT_EQ(whole.sink.tracks, sink.tracks) << at;
      EXPECT_EQ(test::bytes_of(whole.sink.checkpoint), test::bytes_of(sink.checkpoint)) << at;
    }
    EXPECT_GE(stopped, 9);
  }
}

TEST(Tempering, obeys_fixed_rungs_step_size_and_length_of_warmup) {
  SampleSettings s = tempering(64, 4, 7);
  s.step_size = 0.3;
  s.special.rungs = 7;
  for (const std::int64_t warmup : {0, 1, 12, 25, 100}) {
    s.warmup = warmup;
    const auto r = run(test_density("gaussian:3"), s);
    EXPECT_EQ(r.outcome.warmup, warmup);
    EXPECT_EQ(r.outcome.ladder->beta.size(), 7u);
    for (const double beta : r.outcome.ladder->beta) EXPECT_THAT(beta, AllOf(Ge(0), Le(1)));
    for (const double step : r.sink.column(2)) EXPECT_EQ(step, 0.3);
  }
}
TEST(Tempering, says_its_ladder_in_the_log) {
  const auto r = run(test_density("gaussian:3"), tempering(64, 4, 7));
  ASSERT_EQ(r.sink.log.size(), 1u);
  EXPECT_EQ(r.sink.log[0].level, "note");
  EXPECT_THAT(r.sink.log[0].text, HasSubstr("rungs, beta 1 "));
}
TEST(Tempering, refuses_what_it_cannot_do) {
  const auto refused = [](SampleSettings s, const char* why) {
    EXPECT_THAT([&] { run(test_density("gaussian:3"), s); }, ThrowsMessage<std::invalid_argument>(HasSubstr(why)));
  };
  refused(tempering(4, 10, 1), "tempering needs at least 8 chains");
  SampleSettings s = tempering(64, 10, 1);
  s.special.temperature = 2;
  refused(s, "tempering has temperatures of its own and draws at T = 1; found temperature 2");
  s.special.temperature = 1, s.special.rungs = 1;
  refused(s, "rungs must be in [2, 128]; found 1");
  s.special.rungs = {}, s.special.reference = Reference::prior;
  refused(s, "does not say which of its terms are prior and which likelihood");
  EXPECT_THAT([&] { run(model_of(FunctorDensity(test::Flat{})), s); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("the prior of mu is flat: it is improper")));
  s.special.reference = Reference::automatic;
  EXPECT_TRUE(run(model_of(FunctorDensity(test::Flat{})), s).outcome.ladder->gaussian);
}
struct Jumping {  // log p jumps at random, and the gradient says that it is flat
  std::int64_t dimension() const { return 3; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    for (std::size_t j = 0; j < 3; ++j) gradient[j] = 0.0;
    return 1e6 * sin(1e9 * x[0]);
  }
};
TEST(Tempering, planted_an_ensemble_that_stands_still_is_reported) {
  SampleSettings s = tempering(8, 1, 1);
  EXPECT_THAT([&] { run(model_of(Jumping{}), s); }, ThrowsMessage<Error>(HasSubstr("is the gradient that of log p?")));
}

TEST(Ladder, lengths_are_rejections_of_near_rungs_and_go_on_growing) {
  EXPECT_EQ(length_between(1), 0);
  EXPECT_NEAR(length_between(0.99), 0.01, 1e-5);
  // far tilts N(±μ, s²): a = erfc(√π/2 ℓ)
  for (const double length : {0.2, 1.0, 3.0})
    EXPECT_NEAR(length_between(std::erfc(0.8862269254527580 * length)), length, 1e-9);
}
TEST(Ladder, the_next_has_equal_lengths) {
  // a path on which the length to β is β: rungs become equally spaced up to the curve that joins the old ones
  const std::vector<double> beta{1, 0.5, 0.1, 0};
  std::vector<double> acceptance;
  for (std::size_t k = 0; k < 3; ++k) acceptance.push_back(std::erfc(0.8862269254527580 * 3 * (beta[k] - beta[k + 1])));
  const NextLadder next = next_ladder(beta, acceptance, 7, 100);
  ASSERT_EQ(next.beta.size(), 7u);
  EXPECT_EQ(next.beta.front(), 1);
  EXPECT_EQ(next.beta.back(), 0);
  EXPECT_NEAR(next.beta[3], 0.5, 1e-9) << "an old rung in the middle stays";
  for (std::size_t k = 0; k + 1 < 7; ++k) EXPECT_LT(next.beta[k + 1], next.beta[k]);
  EXPECT_NEAR(next.place[3], 1, 1e-9);
  EXPECT_EQ(next_ladder(beta, acceptance, 0, 100).beta.size(), 7u) << "2 · 3 + 1";
  EXPECT_EQ(next_ladder(beta, acceptance, 0, 4).beta.size(), 4u);
}

}  // namespace
}  // namespace thalweg
