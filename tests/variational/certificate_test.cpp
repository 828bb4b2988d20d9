// The verdict on approximations: which are flagged, which are fine, and what is said of them.
#include "thalweg/variational/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/variational/certificate_targets.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/variational/certificate_moved.hpp"

namespace thalweg {
namespace {

using test::cholesky;
using test::draws_of;
using test::equicorrelated;
using test::GaussianTarget;
using test::inverse;
using test::LogisticTarget;
using test::names_of;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;

auto failure_with(const std::string& text) {
  return Contains(AllOf(Field(&Finding::weight, Finding::Weight::failure), Field(&Finding::text, HasSubstr(text))));
}
auto note_with(const std::string& text) {
  return Contains(AllOf(Field(&Finding::weight, Finding::Weight::note), Field(&Finding::text, HasSubstr(text))));
}
std::string words(const Certificate& c) {
  std::string text = c.verdict.evidence;
  for (const Finding& f : c.verdict.findings) text += "\n" + f.text;
  return text;
}

/// The Gaussian with independent coordinates that is nearest to N(0, Σ) in KL(q‖p): variances 1/Λᵢᵢ.
MultivariateNormal mean_field(const std::vector<double>& covariance, std::size_t d) {
  const std::vector<double> precision = inverse(covariance, d);
  std::vector<double> scale;
  for (std::size_t j = 0; j < d; ++j) scale.push_back(1 / std::sqrt(precision[j * d + j]));
  return MultivariateNormal::diagonal(std::vector<double>(d, 0.0), scale);
}

const CertificateSettings weights_alone{.short_chains = false};

TEST(Certificate, ExactApproximationsAreFine) {
  for (const std::size_t d : {1u, 3u, 10u}) {
    const std::vector<double> covariance = equicorrelated(d, 0.5);
    Points points(model_of(GaussianTarget{inverse(covariance, d)}), whole_density);
    const auto q = MultivariateNormal::full(std::vector<double>(d, 0.0), cholesky(covariance, d));
    const Certificate c = certify(points, draws_of(points, {q}, 1000, 1), names_of(d));
    EXPECT_TRUE(c.verdict.trusted) << words(c);
    EXPECT_EQ(c.weights.state, TailState::exact);
    EXPECT_TRUE(c.verdict.advice.empty());
    double log_z = 0.5 * static_cast<double>(d) * std::log(2 * M_PI);
    for (std::size_t j = 0; j < d; ++j) log_z += std::log(cholesky(covariance, d)[j * d + j]);
    EXPECT_NEAR(c.evidence.lower.value, log_z, 1e-9);
    EXPECT_NEAR(c.evidence.importance_lower.value, log_z, 1e-9);
    EXPECT_FALSE(c.evidence.is_bracket());
  }
}

/// A full-rank q with the posterior's own moments on logistic regressions: all of 6 seeds fine.
TEST(Certificate, FullRankOnRegressionsIsFine) {
  for (const std::size_t d : {2u, 5u, 10u}) {
    Points points(model_of(LogisticTarget(d, 200, d)), whole_density);
    // Laplace's draws, weighted, have the posterior's moments
    const Approximation wide = draws_of(points, {test::laplace(points)}, 20000, 99);
    std::vector<double> r(wide.count), mean(d, 0.0), covariance(d * d, 0.0);
    for (std::size_t i = 0; i < wide.count; ++i) r[i] = wide.log_p[i] - wide.log_q[i];
    const ParetoWeights w = pareto_smooth(r);
    ASSERT_TRUE(w.good());
    for (std::size_t i = 0; i < wide.count; ++i)
      for (std::size_t j = 0; j < d; ++j) mean[j] += std::exp(w.log_weights[i]) * wide.draw(i)[j];
    for (std::size_t i = 0; i < wide.count; ++i)
      for (std::size_t j = 0; j < d; ++j)
        for (std::size_t k = 0; k < d; ++k)
          covariance[j * d + k] +=
              std::exp(w.log_weights[i]) * (wide.draw(i)[j] - mean[j]) * (wide.draw(i)[k] - mean[k]);
    const auto q = MultivariateNormal::full(mean, cholesky(covariance, d));
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      CertificateSettings s;
      s.seed = seed;
      const Certificate c = certify(points, draws_of(points, {q}, 1000, seed), names_of(d), s);
      EXPECT_TRUE(c.verdict.trusted) << d << " dimensions, seed " << seed << ": " << words(c);
    }
  }
}

/// Theory: k = 1 − 1/λmax(D^½ΣD^½) = 0.95. With 2000 draws the tail is not far enough out for that: k̂ has a mean of 0.8
/// and an sd of 0.15 (pareto_test.cpp has the exact law), so that it is below 0.697 in about one run in four. The short
/// chains see the sds, which are 0.31 of p's, in every run.
TEST(Certificate, MeanFieldOnACorrelatedGaussianIsFlagged) {
  const std::vector<double> covariance = equicorrelated(2, 0.95);
  Points points(model_of(GaussianTarget{inverse(covariance, 2)}), whole_density);
  int by_weights = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CertificateSettings s;
    s.seed = seed;
    const Certificate c = certify(points, draws_of(points, {mean_field(covariance, 2)}, 2000, seed), names_of(2), s);
    EXPECT_FALSE(c.verdict.trusted) << seed;
    EXPECT_THAT(c.verdict.findings, failure_with("short chains change sds: x["));
    EXPECT_THAT(c.verdict.advice, Contains(HasSubstr("full-rank instead of mean-field")));
    for (const QuantityCertificate& q : c.quantities) {
      EXPECT_GT(q.chains.sd_error, 0.5);
      EXPECT_LT(q.chains.sd_error, -0.5 * std::log(1 - 0.95 * 0.95));
    }
    by_weights += !c.weights.good();
  }
  EXPECT_GE(by_weights, 10);
}

/// Flagged in every one of 10 runs with all that a certificate has; and by k-hat alone with 20,000 draws, of which 1
/// run in 20 misses (measured over 20 other seeds): 4 or more of 10 once in 1000.
void expect_flagged(const std::string& model, const MultivariateNormal& q) {
  Points points(test_density(model), whole_density);
  const std::vector<std::string> names = names_of(q.dimension());
  int by_weights = 0;
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    CertificateSettings s;
    s.seed = seed;
    const Certificate c = certify(points, draws_of(points, {q}, 1000, seed), names, s);
    EXPECT_FALSE(c.verdict.trusted) << seed << ": " << words(c);
    EXPECT_THAT(c.verdict.advice, Contains(HasSubstr("thalweg sample MODEL --init NAME.run")));
    const Certificate many = certify(points, draws_of(points, {q}, 20000, seed), names, weights_alone);
    if (many.weights.good()) continue;
    ++by_weights;
    EXPECT_THAT(many.verdict.findings, failure_with("Pareto k-hat is"));
  }
  EXPECT_GE(by_weights, 7);
}

/// The mean-field optimum of KL(q‖p): v ~ N(0, τ²) with 1/τ = τ/9 + 9τ/2, x ~ N(0, exp(−τ²/2)).
TEST(Certificate, TheFunnelIsFlagged) {
  const double variance = 1 / (1.0 / 9 + 4.5);
  std::vector<double> scale(10, std::exp(-0.25 * variance));
  scale[0] = std::sqrt(variance);
  expect_flagged("funnel:10", MultivariateNormal::diagonal(std::vector<double>(10, 0.0), scale));
}

/// The mean-field optimum: s₁²/100 + 0.0036 s₁⁴ = 1, s₂ = 1.
TEST(Certificate, AStronglyCurvedBananaIsFlagged) {
  const double square = (-0.01 + std::sqrt(1e-4 + 4 * 0.0036)) / (2 * 0.0036);
  expect_flagged("banana", MultivariateNormal::diagonal({0, 0.03 * (square - 100)}, {std::sqrt(square), 1}));
}

TEST(Certificate, AMissedModeIsTheCensusToSee) {
  Points points(test_density("mixture:50"), whole_density);
  const auto q = MultivariateNormal::diagonal(std::vector<double>(50, 0.0), std::vector<double>(50, 1.0));
  const Approximation draws = draws_of(points, {q}, 1000, 4);
  CertificateSettings s = weights_alone;
  const Certificate blind = certify(points, draws, names_of(50), s);
  EXPECT_TRUE(blind.verdict.trusted) << words(blind);  // 1 % of the draws would have to see it
  EXPECT_THAT(blind.verdict.findings, note_with("weights that hardly differ"));
  s.census = MissedModes{.modes = 1, .weight = 0.25};
  const Certificate c = certify(points, draws, names_of(50), s);
  EXPECT_FALSE(c.verdict.trusted);
  EXPECT_THAT(c.verdict.findings, failure_with("q misses 1 mode with 0.25 of the weight"));
  EXPECT_THAT(c.verdict.advice[0], HasSubstr("pathfinder"));
  s.census = MissedModes{.modes = 2, .weight = 1e-6};
  const Certificate small = certify(points, draws, names_of(50), s);
  EXPECT_TRUE(small.verdict.trusted);
  EXPECT_THAT(small.verdict.findings, note_with("q misses 2 modes with 1e-06 of the weight"));
}

/// k-hat knows no scale: where all weights are nearly equal, the tail of what differs can be as heavy as it likes. The
/// bound by χ² decides then, and is what it says: |E_p h − E_q h| ≤ sd_q(h)·√χ².
TEST(Certificate, EvenWeightsAreNotFlaggedForTheirTail) {
  Points points(model_of(GaussianTarget{equicorrelated(1, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0}, {1});
  Approximation draws = draws_of(points, {q}, 1000, 1);
  Random<double> random(8, Purpose::test, 0, 40);
  for (const double size : {1e-5, 1.0}) {
    for (std::size_t i = 0; i < draws.count; ++i)  // weights 1 + size·Pareto(k = 1.5)
      draws.log_p[i] = draws.log_q[i] + std::log1p(size * std::expm1(1.5 * random.exponential()));
    const Certificate c = certify(points, draws, names_of(1), weights_alone);
    EXPECT_GT(c.weights.k, 1);
    EXPECT_EQ(c.verdict.trusted, size < 1) << words(c);
  }
}

TEST(Certificate, NamesTheParameterWhoseMeanIsWrong) {
  Points points(model_of(GaussianTarget{equicorrelated(3, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0, 0.6, 0}, {1.1, 1.1, 1.1});
  const std::vector<std::string> names{"alpha", "beta", "tau"};
  const Certificate c = certify(points, draws_of(points, {q}, 1000, 1), names);
  EXPECT_TRUE(c.weights.good());
  EXPECT_THAT(c.verdict.findings, failure_with("importance weights move means by more than 0.25 sd: beta (-0."));
  EXPECT_THAT(c.verdict.findings, failure_with("short chains move means: beta (-0."));
  EXPECT_FALSE(c.quantities[0].wrong());
  EXPECT_TRUE(c.quantities[1].wrong());
  EXPECT_FALSE(c.quantities[2].wrong());
  EXPECT_THAT(c.verdict.advice[0], HasSubstr("--correct"));
}

/// The same q: its own draws are wrong, the resampled ones are not, and their moments say so.
TEST(Certificate, ResampledDrawsAreJudgedByTheirWeights) {
  Points points(model_of(GaussianTarget{equicorrelated(3, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0, 0.6, 0}, {1.1, 1.1, 1.1});
  const Approximation draws = draws_of(points, {q}, 4000, 1);
  CertificateSettings s = weights_alone;
  const Certificate c = certify(points, draws, names_of(3), s);
  ASSERT_FALSE(c.verdict.trusted);
  const Resampled r = resample(c.weights.log_weights, 2000, Resampling::systematic, 5);
  const Verdict v = judge_resampled(c, r, draws, s);
  EXPECT_TRUE(v.trusted);
  EXPECT_THAT(v.evidence, HasSubstr("distinct draws among 2000"));
  double mean = 0;
  for (const std::int64_t i : r.index) mean += draws.draw(static_cast<std::size_t>(i))[1] / 2000;
  EXPECT_NEAR(mean, 0, 4 / std::sqrt(c.weights.effective_size));
  // one draw carries nearly all: whatever k-hat says
  const Verdict few =
      judge_resampled(c, resample(std::vector<double>{0, -50}, 2000, Resampling::systematic, 5), draws, s);
  EXPECT_THAT(few.findings, failure_with("only 1 distinct draws among the 2000 resampled"));
  s.census = MissedModes{1, 0.2};
  EXPECT_FALSE(judge_resampled(c, r, draws, s).trusted);
}

TEST(Certificate, FunctionsOfThePointAreJudgedToo) {
  Points points(model_of(GaussianTarget{equicorrelated(2, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0.6, 0}, {1.1, 1.1});
  CertificateSettings s;
  s.functions.names = {"exp_x"};
  s.functions.evaluate = [](std::span<const double> x, std::span<double> v) { v[0] = std::exp(0.3 * x[0]); };
  const Certificate c = certify(points, draws_of(points, {q}, 1000, 1), names_of(2), s);
  ASSERT_EQ(c.quantities.size(), 3u);
  EXPECT_EQ(c.quantities[2].name, "exp_x");
  EXPECT_TRUE(c.quantities[2].wrong());
  EXPECT_TRUE(c.quantities[2].chains.mean_error > 0);
}

TEST(Certificate, MassOutsideTheSupportIsReported) {
  Points points(model_of(GaussianTarget{equicorrelated(2, 0), -1}), whole_density);
  const auto q = MultivariateNormal::diagonal({0, 0}, {1, 1});
  const Certificate c = certify(points, draws_of(points, {q}, 1000, 1), names_of(2));
  EXPECT_THAT(c.verdict.findings, failure_with("% of q's draws are outside the support"));
  EXPECT_EQ(c.evidence.lower.value, -INFINITY);
  EXPECT_TRUE(std::isfinite(c.evidence.importance_lower.value));
}

TEST(Certificate, BadDrawsGetAVerdictAndNotAnException) {
  Points points(model_of(GaussianTarget{equicorrelated(2, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0, 0}, {1, 1});
  Approximation draws = draws_of(points, {q}, 100, 1);
  Approximation one = draws, none = draws;
  one.log_p[3] = NAN;
  none.log_p.assign(100, -INFINITY);
  const Certificate faulty = certify(points, one, names_of(2)), empty = certify(points, none, names_of(2));
  EXPECT_THAT(faulty.verdict.findings, failure_with("the ratio of 1 of 100 draws is not a number"));
  EXPECT_THAT(faulty.verdict.advice[0], HasSubstr("thalweg check"));
  EXPECT_THAT(empty.verdict.findings, failure_with("no draw has a positive finite weight"));
  EXPECT_EQ(empty.chains, 0u);
  EXPECT_THROW(certify(points, draws, names_of(3)), std::invalid_argument);
}

TEST(Certificate, ABracketNeedsDrawsOfP) {
  Points points(model_of(GaussianTarget{equicorrelated(1, 0)}), whole_density);
  const auto q = MultivariateNormal::diagonal({0}, {1.2}), p = MultivariateNormal::diagonal({0}, {1});
  const Approximation draws = draws_of(points, {q}, 1000, 1);
  const Approximation of_p = draws_of(points, {p}, 1000, 2);
  CertificateSettings s = weights_alone;
  s.target = DrawsOfTarget{.log_ratios = {}, .chains = 1, .source = "exact draws"};
  for (std::size_t i = 0; i < 1000; ++i) s.target->log_ratios.push_back(of_p.log_p[i] - q.log_density(of_p.draw(i)));
  const Certificate c = certify(points, draws, names_of(1), s);
  ASSERT_TRUE(c.evidence.is_bracket());
  const double log_z = 0.5 * std::log(2 * M_PI);
  EXPECT_LT(c.evidence.lower.value, log_z);
  EXPECT_GT(c.evidence.upper->value, log_z);
  EXPECT_THAT(c.verdict.evidence, HasSubstr("EUBO over draws of exact draws"));
}

TEST(CertificateMoved, TellsForgottenStartsFromRememberedOnes) {
  int alarms = 0;
  Points points(model_of(GaussianTarget{inverse(equicorrelated(5, 0.5), 5)}), whole_density);
  const auto q = MultivariateNormal::diagonal(std::vector<double>(5, 0.3), std::vector<double>(5, 0.7));
  const ShortChains eight{.copies = 8};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const MovedDraws m = run_short_chains(points, draws_of(points, {q}, 200, seed), eight, seed);
    alarms += !certify_moved(m, names_of(5)).verdict.trusted;
  }
  EXPECT_LE(alarms, 4);  // two families at 1 %: more than 4 of 40 once in 1000
  Points funnel(test_density("funnel:10"), whole_density);
  std::vector<double> scale(10, 2.0);
  scale[0] = 3;
  const auto wide = MultivariateNormal::diagonal(std::vector<double>(10, 0.0), scale);
  const MovedDraws m = run_short_chains(funnel, draws_of(funnel, {wide}, 200, 1), eight, 1);
  const MovedCertificate c = certify_moved(m, names_of(10));
  EXPECT_THAT(c.verdict.findings, failure_with("the chains have not forgotten their starts"));
  EXPECT_GT(m.stuck, 5u);
  EXPECT_THAT(c.verdict.findings, failure_with("of 512 chains never moved"));
  EXPECT_FALSE(c.verdict.advice.empty());
  EXPECT_THROW(certify_moved(run_short_chains(points, draws_of(points, {q}, 200, 1), {}, 1), names_of(5)),
               std::invalid_argument);
}

TEST(CertificateMoved, AWrongGradientFailsTheIdentities) {
  Points points(model_of(GaussianTarget{equicorrelated(3, 0), -infinity, 1.4}), whole_density);
  const auto q = MultivariateNormal::diagonal({0, 0, 0}, {1, 1, 1});
  const MovedDraws m = run_short_chains(points, draws_of(points, {q}, 1000, 1), {.most = 4096, .copies = 8}, 1);
  EXPECT_THAT(certify_moved(m, names_of(3)).verdict.findings, failure_with("score identity E[x[3] dlogp/dx[3]]"));
}

}  // namespace
}  // namespace thalweg
