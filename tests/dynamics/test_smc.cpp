// Laws of sequential Monte Carlo and of annealed importance sampling.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/dynamics/annealed_densities.hpp"
#include "tests/dynamics/standard_errors.hpp"
#include "thalweg/dynamics/annealing/ais.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"

namespace thalweg {
namespace {

using test::MemorySink;
using test::run;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

SampleSettings settings_of(Method method, std::int64_t particles, std::int64_t draws_of_each, std::uint64_t seed) {
  return {.chains = particles, .draws = particles * draws_of_each, .seed = seed, .method = method};
}
SampleSettings smc(std::int64_t particles, std::uint64_t seed) { return settings_of(Method::smc, particles, 1, seed); }
/// From N(0, s² I), as if Laplace had found it.
SampleSettings from_gaussian(SampleSettings s, std::int64_t d, double sd) {
  s.special.reference = Reference::laplace;
  s.starts = {std::vector<double>(static_cast<std::size_t>(d), 0)};
  s.initial_metric.assign(static_cast<std::size_t>(d), sd * sd);
  return s;
}

// ---- log Z ----

/// log Z of repeats with other seeds: the mean in standard errors of their spread, and (n − 1) times their variance in
/// units of what the runs say.
struct Repeats {
  double mean, z, chi_square, stated;
};
template <class Rules = AnnealingRules>
Repeats repeat(const Model& model, SampleSettings s, double truth, int repeats) {
  double sum = 0, squares = 0, stated = 0;
  for (int k = 0; k < repeats; ++k) {
    s.seed = 100 + static_cast<std::uint64_t>(k);
    MemorySink sink(model);
    test::StillClock clock;
    Observer observer;
    const EnsembleMaker make = [&]() -> std::unique_ptr<EnsembleMethod> {
      if (s.method == Method::ais) return std::make_unique<AisEnsemble<Rules>>(model, s, 0);
      return std::make_unique<SmcEnsemble<Rules>>(model, s, 0);
    };
    const SampleOutcome o =
        outcome_of(run_ensemble(model, starting_point(model, s), make, {.threads = 2}, sink, clock, observer));
    const double off = o.log_evidence.value() - truth;
    sum += off, squares += off * off, stated += o.evidence_error * o.evidence_error / repeats;
  }
  const double mean = sum / repeats, variance = (squares - repeats * mean * mean) / (repeats - 1);
  return {mean, mean / std::sqrt(variance / repeats), (repeats - 1) * variance / stated, std::sqrt(stated)};
}
/// Within 3 standard errors of the truth (Student's t with 15 degrees of freedom: 9 false alarms in 1000 seeds), and
/// the spread as large as each run says: χ² of 15 degrees of freedom beyond 1e-4 on either side.
void expect_evidence(const Model& model, const SampleSettings& s, double truth, double most_error) {
  const Repeats r = repeat(model, s, truth, 16);
  EXPECT_LT(std::abs(r.z), 3) << model.name();
  EXPECT_GT(r.chi_square, 2.2) << model.name();
  EXPECT_LT(r.chi_square, 44.3) << model.name();
  EXPECT_LT(r.stated, most_error) << model.name();
}
constexpr double log_2_pi = 1.8378770664093454;

TEST(SmcEvidence, of_gaussians_is_within_its_error) {
  expect_evidence(test_density("gaussian:10"), from_gaussian(smc(4096, 0), 10, 1.5), 5 * log_2_pi, 0.02);
  expect_evidence(test_density("correlated-gaussian:4"), from_gaussian(smc(16384, 0), 4, 1),
                  2 * log_2_pi + 1.5 * std::log(1 - 0.95 * 0.95), 0.02);
}
TEST(SmcEvidence, of_models_with_a_prior_is_within_its_error) {
  const test::Conjugate conjugate;
  expect_evidence(model_of(FunctorDensity(conjugate)), smc(2048, 0), conjugate.log_evidence(), 0.06);
  expect_evidence(model_of(FunctorDensity(test::Rate{})), smc(4096, 0), std::log(24.0 / 1024), 0.02);
}
TEST(SmcEvidence, of_a_far_mixture_is_within_its_error) {
  expect_evidence(model_of(test::FarMixture{}), from_gaussian(smc(4096, 0), 10, 5), test::FarMixture::log_evidence,
                  0.06);
}
TEST(AisEvidence, is_within_its_error) {
  const test::Conjugate conjugate;
  expect_evidence(model_of(FunctorDensity(conjugate)), settings_of(Method::ais, 512, 1, 0), conjugate.log_evidence(),
                  0.15);
  expect_evidence(test_density("gaussian:10"), from_gaussian(settings_of(Method::ais, 1024, 1, 0), 10, 1.5),
                  5 * log_2_pi, 0.06);
}

// A whole matrix as the reference's covariance: at the density itself nothing is left to do.
TEST(SmcEvidence, from_the_density_itself_is_exact) {
  SampleSettings s = from_gaussian(smc(256, 1), 4, 1);
  s.initial_metric.assign(16, 0);
  for (std::size_t i = 0; i < 4; ++i)  // AR(1), correlation 0.95 of neighbours
    for (std::size_t j = 0; j < 4; ++j) s.initial_metric[i * 4 + j] = std::pow(0.95, i > j ? i - j : j - i);
  const auto r = run(test_density("correlated-gaussian:4"), s);
  EXPECT_EQ(r.outcome.annealing->beta.size(), 1u);
  EXPECT_NEAR(*r.outcome.log_evidence, 2 * log_2_pi + 1.5 * std::log(1 - 0.95 * 0.95), 1e-9);
}

/// Draws of N(μ, v) posteriors of `Conjugate`, as they are in closed form.
TEST(Ais, its_way_there_and_back_brackets_log_z) {
  const test::Conjugate conjugate;
  const Model model = model_of(FunctorDensity(conjugate));
  const test::Run there = run(model, settings_of(Method::ais, 1024, 1, 5), {.threads = 2});
  const AnnealingFacts& plan = *there.outcome.annealing;
  const Moments m = conjugate.moments();
  std::vector<double> draws;
  for (std::uint64_t k = 0; k < 1024; ++k) {
    Random<double> random(6, Purpose::test, k, 0);
    for (std::size_t j = 0; j < 5; ++j) draws.push_back(m.mean[j] + std::sqrt(m.variance[j]) * random.normal());
  }
  const ReverseAis back = reverse_ais(model, settings_of(Method::ais, 64, 1, 7), plan, draws, {.threads = 2});
  const double truth = conjugate.log_evidence();
  EXPECT_LT(std::abs(*there.outcome.log_evidence - truth), 4.5 * there.outcome.evidence_error);
  EXPECT_LT(std::abs(back.log_evidence - truth), 4.5 * back.evidence_error);
  // means of 1024 log weights of a variance of about 1: these bounds are some 0.5 away, their errors 0.03
  EXPECT_LT(plan.lower_bound, truth - 0.1);
  EXPECT_GT(plan.lower_bound, truth - 2);
  EXPECT_GT(back.upper_bound, truth + 0.1);
  EXPECT_LT(back.upper_bound, truth + 2);
  const ReverseAis same = reverse_ais(model, settings_of(Method::ais, 64, 1, 7), plan, draws);
  EXPECT_EQ(same.log_evidence, back.log_evidence);
  EXPECT_THROW(reverse_ais(model, smc(64, 1), {}, draws), std::invalid_argument);
}

// ---- draws ----

/// Largest |z| of means and variances of the draws, from the spread over 32 groups of particles that follow one
/// another.
double largest_z_of_groups(const MemorySink& sink, const Moments& truth, std::int64_t particles) {
  double worst = 0;
  for (std::size_t j = 0; j < truth.mean.size(); ++j)
    for (const bool square : {false, true}) {
      std::vector<double> sums(32, 0), counts(32, 0);
      for (const auto& [key, rows] : sink.tracks)
        for (const auto& row : rows) {
          const double x = row[statistic_count + j] - truth.mean[j];
          const auto g = static_cast<std::size_t>(superchain_of(key.second, particles, 32));
          sums[g] += square ? x * x - truth.variance[j] : x, counts[g] += 1;
        }
      double mean = 0, squares = 0;
      for (std::size_t g = 0; g < 32; ++g) mean += sums[g] / counts[g] / 32;
      for (std::size_t g = 0; g < 32; ++g) squares += std::pow(sums[g] / counts[g] - mean, 2);
      worst = std::max(worst, std::abs(mean) / std::sqrt(squares / 31 / 32));
    }
  return worst;
}
// |z| > 5.5 has probability 5e-6 for 31 degrees of freedom; 10 statistics each
TEST(Smc, has_the_moments_of_a_conjugate_posterior) {
  const test::Conjugate conjugate;
  for (const Method method : {Method::smc, Method::ais}) {
    const auto r = run(model_of(FunctorDensity(conjugate)), settings_of(method, 2048, 4, 2), {.threads = 2});
    EXPECT_TRUE(r.outcome.finished);
    EXPECT_LT(largest_z_of_groups(r.sink, conjugate.moments(), 2048), 5.5) << to_string(method);
  }
}
/// Modes 20 sd apart: no trajectory at β = 1 crosses. The mean share of the mode at +10, which is ¼, and its error from
/// eight seeds.
template <class Rules>
std::pair<double, double> share_of_far_mode() {
  const Model model = model_of(test::FarMixture{});
  std::vector<double> shares;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const SampleSettings s = from_gaussian(smc(4096, seed), 10, 5);
    MemorySink sink(model);
    test::StillClock clock;
    Observer observer;
    run_ensemble(
        model, starting_point(model, s), [&] { return std::make_unique<SmcEnsemble<Rules>>(model, s, 0); },
        {.threads = 2}, sink, clock, observer);
    double right = 0;
    for (const double x : sink.column(statistic_count)) right += x > 0;
    shares.push_back(right / 4096);
  }
  const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / 8;
  double squares = 0;
  for (const double w : shares) squares += (w - mean) * (w - mean);
  return {mean, std::sqrt(squares / 7 / 8)};
}
// |t| > 6 has probability 5e-4 for 7 degrees of freedom.
TEST(Smc, finds_the_weights_of_a_far_mixture) {
  const auto [share, error] = share_of_far_mode<AnnealingRules>();
  EXPECT_LT(std::abs(share - 0.25), 6 * error);
  EXPECT_LT(error, 0.015) << "too much spread to say much";
}

// ---- planted errors ----

struct WeightsKept : AnnealingRules {
  static double after_resampling(double log_weight) { return log_weight; }
};
struct ResampledFirst : AnnealingRules {
  static constexpr bool counts_first = false;
};
struct OneCounter : AnnealingRules {  // packs share their random numbers
  static std::uint64_t particle(std::uint64_t first) { return first % 16; }
};
struct ColdTest : AnnealingRules {  // the test of the stage before
  static double beta_of_test(double, double before) { return before; }
};
/// The mean of eight runs on the conjugate model, in units of the error of 0.06 that a right one has, over √8.
template <class Rules>
double z_of_conjugate() {
  const test::Conjugate conjugate;
  const Repeats r = repeat<Rules>(model_of(FunctorDensity(conjugate)), smc(2048, 0), conjugate.log_evidence(), 8);
  return std::abs(r.mean) / 0.06 * std::sqrt(8.0);
}
TEST(Smc, has_the_evidence_of_a_conjugate_model) { EXPECT_LT(z_of_conjugate<AnnealingRules>(), 4.5); }
// Trajectories forget weights where they join all places, so that those only add noise; between modes they stay.
TEST(Smc, planted_weights_kept_after_resampling_are_seen) {
  EXPECT_GT(std::abs(share_of_far_mode<WeightsKept>().first - 0.25), 8 * 0.015);
}
TEST(Smc, planted_resampling_before_log_z_is_seen) { EXPECT_GT(z_of_conjugate<ResampledFirst>(), 8); }
TEST(Smc, planted_acceptance_at_the_wrong_temperature_is_seen) { EXPECT_GT(z_of_conjugate<ColdTest>(), 8); }

/// The correlation of particles that are 512 apart, over coordinates and particles, in standard errors of independence.
template <class Rules>
double likeness() {
  const test::Conjugate conjugate;
  const Model model = model_of(FunctorDensity(conjugate));
  const SampleSettings s = settings_of(Method::smc, 1024, 4, 3);
  MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  run_ensemble(
      model, starting_point(model, s), [&] { return std::make_unique<SmcEnsemble<Rules>>(model, s, 0); }, {}, sink,
      clock, observer);
  const Moments m = conjugate.moments();
  double sum = 0, count = 0;
  for (std::int64_t k = 0; k < 512; ++k)
    for (std::size_t j = 0; j < 5; ++j) {
      const auto at = [&](std::int64_t i) {
        return (sink.tracks.at({Phase::sampling, i}).back()[statistic_count + j] - m.mean[j]) /
               std::sqrt(m.variance[j]);
      };
      sum += at(k) * at(k + 512), count += 1;
    }
  return sum / std::sqrt(count);
}
TEST(Smc, particles_are_moved_each_by_its_own_numbers) { EXPECT_LT(std::abs(likeness<AnnealingRules>()), 5); }
TEST(Smc, planted_one_counter_for_two_particles_is_seen) { EXPECT_GT(likeness<OneCounter>(), 8); }

// ---- bits ----

class PathMethods : public testing::TestWithParam<Method> {};
TEST_P(PathMethods, give_the_same_bits_on_any_threads_and_widths_and_when_extended) {
  const Model model = test_density("eight-schools");
  for (const std::int64_t chains : {64, 100}) {  // the last block of 100 is not full
    SampleSettings s = settings_of(GetParam(), chains, 6, 6);
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
    EXPECT_EQ(longer.annealing, a.outcome.annealing);
  }
}
/// Interrupts at its n-th question once the prior has been drawn.
struct Interrupter : Observer {
  int left;
  bool in_prior = true;
  explicit Interrupter(int n) : left(n) {}
  void progress(const Progress& p) override { in_prior = p.phase == "prior"; }
  bool interrupted() override { return !in_prior && --left < 0; }
};
TEST_P(PathMethods, resume_to_the_same_bits_from_every_stage) {
  const Model model = test_density("eight-schools");
  SampleSettings s = settings_of(GetParam(), 64, 8, 6);
  s.save_warmup = true;
  const auto whole = run(model, s);
  int stopped = 0;
  for (int at = 0; at < 400; at = at * 5 / 4 + 1) {
    MemorySink sink(model);
    test::HastyClock hasty;
    Interrupter observer(at);
    const bool finished = sample(model, s, {.threads = 2}, sink, hasty, observer).finished;
    stopped += !finished;
    Observer patient;
    resume(model, sink.checkpoint, 0, {}, sink, hasty, patient);
    EXPECT_EQ(whole.sink.tracks, sink.tracks) << at;
    EXPECT_EQ(test::bytes_of(whole.sink.checkpoint), test::bytes_of(sink.checkpoint)) << at;
    if (finished) break;
  }
  EXPECT_GE(stopped, 9);
}
TEST_P(PathMethods, leave_nothing_when_stopped_in_the_prior) {
  struct Impatient : Observer {
    bool interrupted() override { return true; }
  };
  const Model model = test_density("eight-schools");
  MemorySink sink(model);
  test::StillClock clock;
  Impatient observer;
  EXPECT_FALSE(sample(model, settings_of(GetParam(), 64, 1, 1), {}, sink, clock, observer).finished);
  EXPECT_EQ(sink.commits, 0);
}
TEST_P(PathMethods, refuse_what_they_cannot_do) {
  const auto refused = [](SampleSettings s, const char* why) {
    EXPECT_THAT([&] { run(test_density("gaussian:3"), s); }, ThrowsMessage<std::invalid_argument>(HasSubstr(why)));
  };
  const std::string name = to_string(GetParam());
  SampleSettings s = settings_of(GetParam(), 64, 1, 1);
  refused(settings_of(GetParam(), 32, 1, 1), (name + " needs at least 64 chains").c_str());
  s.special.temperature = 2;
  refused(s, "has temperatures of its own");
  s.special.temperature = 1, s.warmup = 10;
  refused(s, "warms up until it has come from its reference to the density; found warmup 10");
  s.warmup = {}, s.special.reference = Reference::laplace;
  refused(s, "needs one start, its mean, and an initial metric");
  s.special.reference = Reference::gaussian;
  refused(s, "try the reference laplace");
  s.special.reference = Reference::automatic;
  EXPECT_THAT([&] { run(test_density("gaussian:3"), s); },
              ThrowsMessage<Error>(HasSubstr("log Z is undefined: model")));
  EXPECT_THAT([&] { run(model_of(FunctorDensity(test::Flat{})), s); },
              ThrowsMessage<Error>(HasSubstr("log Z is undefined: the prior of mu is flat")));
  EXPECT_THAT([&] { run(model_of(FunctorDensity(test::Flat{})), s); },
              ThrowsMessage<Error>(HasSubstr("--reference laplace")));
}
INSTANTIATE_TEST_SUITE_P(Both, PathMethods, testing::Values(Method::smc, Method::ais),
                         [](const auto& m) { return std::string(to_string(m.param)); });

/// A prior that the data exclude.
struct Excluded {
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_prior(View<const Real> x, View<Real> g) const {
    g[0] = -x[0];
    return -0.5 * x[0] * x[0];
  }
  template <class Real>
  Real log_likelihood(View<const Real> x, View<Real> g) const {
    g[0] = 0.0;
    return select(x[0] > Real(50.0), Real(0.0), Real(-infinity));
  }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> g) const {
    g[0] = -x[0];
    return select(x[0] > Real(50.0), -0.5 * x[0] * x[0], Real(-infinity));
  }
};
TEST(Smc, says_when_the_prior_excludes_the_data) {
  EXPECT_THAT([] { run(model_of(Excluded{}), smc(64, 1)); },
              ThrowsMessage<Error>(HasSubstr("the likelihood is zero at every draw of the reference")));
}
/// A likelihood that is 1 on x > 0 and 0 elsewhere: Z is ½.
struct Half : Excluded {
  template <class Real>
  Real log_prior(View<const Real> x, View<Real> g) const {
    g[0] = -x[0];
    return -0.5 * x[0] * x[0] - 0.5 * log_2_pi;
  }
  template <class Real>
  Real log_likelihood(View<const Real> x, View<Real> g) const {
    g[0] = 0.0;
    return select(x[0] > Real(0.0), Real(0.0), Real(-infinity));
  }
};
TEST(SmcEvidence, counts_particles_outside_of_the_support) {
  expect_evidence(model_of(Half{}), smc(4096, 0), std::log(0.5), 0.03);
}
TEST(Smc, says_its_way_in_the_log) {
  const auto r = run(model_of(FunctorDensity(test::Conjugate{})), smc(64, 7));
  ASSERT_EQ(r.sink.log.size(), 1u);
  EXPECT_THAT(r.sink.log[0].text, HasSubstr("stages from the prior, beta "));
  const AnnealingFacts& a = *r.outcome.annealing;
  EXPECT_EQ(a.beta.back(), 1);
  for (std::size_t k = 0; k + 1 < a.beta.size(); ++k) EXPECT_NEAR(a.ess[k], 0.9, 1e-3);
}

}  // namespace
}  // namespace thalweg
