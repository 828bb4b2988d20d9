// The certificate of a run: it passes draws of the density at the stated rate, and names what is wrong with others.
#include "thalweg/trust/run_certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A density of d numbers with its gradient, and exact draws of it.
struct Target {
  std::size_t d;
  std::function<double(const double* x, double* gradient)> log_p;
  std::function<void(Random<double>& random, double* x)> draw;

  EvaluateRows rows() const {
    return [*this](std::size_t n, const double* x, double* gradient, double* log_p_out) {
      for (std::size_t i = 0; i < n; ++i) log_p_out[i] = log_p(x + i * d, gradient + i * d);
    };
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (std::size_t j = 0; j < d; ++j) out.push_back("x" + std::to_string(j + 1));
    return out;
  }
  AuditedDraws draws(std::uint64_t seed, std::size_t chains = 32, std::size_t per_chain = 64) const {
    AuditedDraws a{.dimension = d, .chains = chains, .per_chain = per_chain, .x = {}, .stuck = {}};
    a.x.resize(chains * per_chain * d);
    for (std::size_t i = 0; i < chains * per_chain; ++i) {
      Random<double> random(seed, Purpose::test, i, 50);
      draw(random, a.x.data() + i * d);
    }
    return a;
  }
};

/// N(0, 1) and N(3, 0.01²), correlation 0.8.
Target correlated() {
  return {2,
          [](const double* x, double* g) {
            const double a = x[0], b = (x[1] - 3) / 0.01, c = 1 / 0.36;
            g[0] = -c * (a - 0.8 * b);
            g[1] = -c * (b - 0.8 * a) / 0.01;
            return -0.5 * c * (a * a - 1.6 * a * b + b * b);
          },
          [](Random<double>& random, double* x) {
            x[0] = random.normal();
            x[1] = 3 + 0.01 * (0.8 * x[0] + 0.6 * random.normal());
          }};
}
/// Three Cauchys: no mean, no variance.
Target cauchy() {
  return {3,
          [](const double* x, double* g) {
            double sum = 0;
            for (int j = 0; j < 3; ++j) {
              sum -= std::log1p(x[j] * x[j]);
              g[j] = -2 * x[j] / (1 + x[j] * x[j]);
            }
            return sum;
          },
          [](Random<double>& random, double* x) {
            for (int j = 0; j < 3; ++j) x[j] = random.normal() / random.normal();
          }};
}
/// Neal's funnel with three arms.
Target funnel() {
  return {4,
          [](const double* x, double* g) {
            double squares = 0;
            for (int j = 1; j < 4; ++j) {
              squares += x[j] * x[j];
              g[j] = -x[j] * std::exp(-x[0]);
            }
            g[0] = -x[0] / 9 - 1.5 + 0.5 * squares * std::exp(-x[0]);
            return -x[0] * x[0] / 18 - 1.5 * x[0] - 0.5 * squares * std::exp(-x[0]);
          },
          [](Random<double>& random, double* x) {
            x[0] = 3 * random.normal();
            for (int j = 1; j < 4; ++j) x[j] = std::exp(x[0] / 2) * random.normal();
          }};
}
/// The logarithm of an exponential, and of a gamma of shape 2: skewed.
Target skewed() {
  return {2,
          [](const double* x, double* g) {
            g[0] = 1 - std::exp(x[0]);
            g[1] = 2 - std::exp(x[1]);
            return x[0] - std::exp(x[0]) + 2 * x[1] - std::exp(x[1]);
          },
          [](Random<double>& random, double* x) {
            x[0] = std::log(random.exponential());
            x[1] = std::log(random.exponential() + random.exponential());
          }};
}
/// A half-normal with a wall at 0, and a normal around it.
Target walled() {
  return {2,
          [](const double* x, double* g) {
            g[0] = -x[0] + (x[1] - x[0]);
            g[1] = -(x[1] - x[0]);
            return x[0] < 0 ? -infinity : -0.5 * x[0] * x[0] - 0.5 * (x[1] - x[0]) * (x[1] - x[0]);
          },
          [](Random<double>& random, double* x) {
            x[0] = std::abs(random.normal());
            x[1] = x[0] + random.normal();
          }};
}
/// Uniform on [0, 1]²: two walls a coordinate.
Target box() {
  return {2,
          [](const double* x, double* g) {
            g[0] = g[1] = 0;
            return x[0] < 0 || x[0] > 1 || x[1] < 0 || x[1] > 1 ? -infinity : 0.0;
          },
          [](Random<double>& random, double* x) { x[0] = random.uniform(), x[1] = random.uniform(); }};
}

RunCertificate certify(const Target& t, const AuditedDraws& draws, const RunCertificateSettings& s = {}) {
  return certify_run(t.rows(), draws, t.names(), s);
}
std::string first_failure(const RunCertificate& c) { return c.verdict.trusted ? "" : c.verdict.findings[0].text; }

/// The gradient of one coordinate is off by 1 %.
Target wrong_gradient(Target t, std::size_t coordinate, double factor = 1.01) {
  return {t.d,
          [t, coordinate, factor](const double* x, double* g) {
            const double log_p = t.log_p(x, g);
            g[coordinate] *= factor;
            return log_p;
          },
          t.draw};
}

/// 6 densities, 100 seeds each, at a level of 1e-3 that heavy tails and skew may double: more than 7 of an expected 1.2
/// come once in 10,000. Heavy tails make the test shy rather than eager.
TEST(RunCertificate, PassesDrawsOfTheDensity) {
  int alarms = 0;
  for (const Target& t : {correlated(), cauchy(), funnel(), skewed(), walled(), box()})
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const RunCertificate c = certify(t, t.draws(seed), {.seed = seed});
      alarms += !c.verdict.trusted;
      EXPECT_EQ(c.slopes.failed, 0u);
      EXPECT_TRUE(c.identities_tested);
    }
  EXPECT_LE(alarms, 7);
}

TEST(RunCertificate, NamesAGradientThatIsOffByOnePercent) {
  for (const std::size_t j : {0u, 2u}) {
    const Target t = wrong_gradient(funnel(), j);
    const RunCertificate c = certify(t, t.draws(1));
    EXPECT_THAT(first_failure(c), HasSubstr("the gradient is not that of log p"));
    EXPECT_THAT(first_failure(c), HasSubstr("worst along x" + std::to_string(j + 1) + ","));
    EXPECT_EQ(c.slopes.compared, 32u);
    EXPECT_TRUE(c.identities.failed.empty()) << "1 % is too little for 2048 draws: the slopes must see it";
  }
}

TEST(RunCertificate, IdentitiesSeeAGradientThatIsOffByHalf) {
  const Target t = wrong_gradient(correlated(), 1, 1.5);
  EXPECT_FALSE(certify(t, t.draws(2)).identities.failed.empty());
}

TEST(RunCertificate, SaysInWhatWayDrawsAreWrong) {
  const Target t = correlated();
  AuditedDraws narrow = t.draws(3), shifted = t.draws(3), cut = t.draws(3);
  for (std::size_t i = 0; i < narrow.x.size(); i += 2) {
    narrow.x[i] *= 0.8, narrow.x[i + 1] = 3 + 0.8 * (narrow.x[i + 1] - 3);
    shifted.x[i] += 0.3;
    if (cut.x[i] < -0.5) cut.x[i] = -1 - cut.x[i], cut.x[i + 1] = 6 - 0.01 * 0.8 - cut.x[i + 1];  // mirrored
  }
  EXPECT_THAT(first_failure(certify(t, narrow)), HasSubstr("are narrower than log p says"));
  EXPECT_THAT(first_failure(certify(t, shifted)), HasSubstr("are cut off, or lie off-centre"));
  EXPECT_FALSE(certify(t, cut).verdict.trusted);
  EXPECT_THAT(certify(t, narrow).verdict.advice, Not(testing::IsEmpty()));
}

TEST(RunCertificate, AFrozenEnsembleFails) {
  const Target t = correlated();
  AuditedDraws frozen = t.draws(4, 32, 1);
  std::vector<double> x;
  for (std::size_t c = 0; c < 32; ++c)
    for (int k = 0; k < 64; ++k) x.insert(x.end(), {frozen.x[c / 4 * 8], frozen.x[c / 4 * 8 + 1]});  // 8 places
  frozen.x = x, frozen.per_chain = 64;
  frozen.tail = 12;
  for (std::int64_t c = 0; c < 32; ++c) frozen.stuck.push_back(c);
  const RunCertificate c = certify(t, frozen);
  EXPECT_FALSE(c.verdict.trusted);
  bool said = false;
  for (const Finding& f : c.verdict.findings)
    said = said || f.text == "chain 1 and 31 more never moved over their last 12 draws";
  EXPECT_TRUE(said);
}

/// Planted: the plain identities at a wall, which a right sampler fails.
TEST(RunCertificate, AtAWallThePlainIdentitiesFailAndTheWeightedOnesHold) {
  for (const Target& t : {walled(), box()}) {
    const AuditedDraws draws = t.draws(5);
    std::vector<double> g(draws.x.size()), log_p(draws.x.size());
    t.rows()(draws.x.size() / t.d, draws.x.data(), g.data(), log_p.data());
    EXPECT_FALSE(score_identities(draws.x, g, t.d, {.significance = 1e-3, .copies = 64}).hold());
    const RunCertificate c = certify(t, draws);
    EXPECT_TRUE(c.verdict.trusted) << first_failure(c);
    EXPECT_FALSE(c.boundary.walls.empty());
    EXPECT_THAT(c.verdict.findings.back().text, HasSubstr("log p ends in a wall"));
  }
  EXPECT_THAT(certify(walled(), walled().draws(5)).boundary.walls, ElementsAre(0u));
}

TEST(RunCertificate, WrongDrawsAtAWallFailTheWeightedIdentities) {
  const Target t = walled();
  AuditedDraws wide = t.draws(6), away = t.draws(6);
  for (std::size_t i = 0; i < wide.x.size(); i += 2) {
    wide.x[i + 1] += 0.4 * wide.x[i], wide.x[i] *= 1.4;
    away.x[i + 1] += 0.2, away.x[i] += 0.2;  // none near the wall
  }
  EXPECT_FALSE(certify(t, wide).boundary.identities.failed.empty());
  EXPECT_FALSE(certify(t, away).verdict.trusted);
}

/// Autoregressions of correlation 0.9 with the right law. Planted: every draw counted as independent.
TEST(RunCertificate, ErrorsKnowTheAutocorrelation) {
  const Target t{1, [](const double* x, double* g) { return g[0] = -x[0], -0.5 * x[0] * x[0]; }, {}};
  const auto walk = [](std::uint64_t seed, std::size_t chains, std::size_t n) {
    AuditedDraws a{.dimension = 1, .chains = chains, .per_chain = n, .x = {}, .stuck = {}};
    for (std::size_t c = 0; c < chains; ++c) {
      Random<double> random(seed, Purpose::test, c, 51);
      double x = random.normal();
      for (std::size_t k = 0; k < n; ++k) {
        a.x.push_back(x);
        x = 0.9 * x + std::sqrt(1 - 0.81) * random.normal();
      }
    }
    return a;
  };
  int alarms = 0, planted = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const auto& [chains, n] : {std::pair<std::size_t, std::size_t>{32, 64}, {4, 512}, {1, 2048}}) {
      const AuditedDraws a = walk(seed, chains, n);
      alarms += !certify(t, a).identities.failed.empty();
      std::vector<double> g = a.x;
      for (double& v : g) v = -v;
      planted += !score_identities(a.x, g, 1, {.significance = 1e-3}).hold();
    }
  }
  EXPECT_LE(alarms, 6);  // of 600, at a level of 1e-3 that stretches of 19 correlation times may triple: 1.8 expected
  EXPECT_GE(planted, 60);
}

TEST(RunCertificate, TooFewDrawsAreSaidNotJudged) {
  const Target t = correlated();
  const RunCertificate c = certify(t, t.draws(7, 2, 7));
  EXPECT_FALSE(c.identities_tested);
  EXPECT_TRUE(c.verdict.trusted);
  EXPECT_THAT(c.verdict.findings[0].text, HasSubstr("14 draws in 2 chains are too few"));
  EXPECT_TRUE(certify(t, t.draws(7, 2048, 1)).identities_tested);  // many chains of one draw
}

TEST(RunCertificate, TheTemperatureIsThatOfTheDraws) {
  Target t = correlated();
  AuditedDraws warm = t.draws(8);
  for (std::size_t i = 0; i < warm.x.size(); i += 2)
    warm.x[i] *= std::sqrt(2.0), warm.x[i + 1] = 3 + std::sqrt(2.0) * (warm.x[i + 1] - 3);
  EXPECT_TRUE(certify(t, warm, {.temperature = 2}).verdict.trusted);
  EXPECT_FALSE(certify(t, warm).verdict.trusted);
  EXPECT_THROW(certify(t, warm, {.temperature = 0}), std::invalid_argument);
}

TEST(RunCertificate, TheBiasOfUnadjustedStepsIsANoteAndWhatItDoesNotExplainAFailure) {
  const Target t = correlated();
  AuditedDraws wide = t.draws(9);
  for (std::size_t i = 0; i < wide.x.size(); i += 2)
    wide.x[i] *= 1.1, wide.x[i + 1] = 3 + 1.1 * (wide.x[i + 1] - 3);  // variances 21 % too large
  const RunCertificate excused = certify(t, wide, {.adjusted = false, .squared_bias = 0.0025});
  EXPECT_TRUE(excused.verdict.trusted) << first_failure(excused);
  EXPECT_THAT(excused.verdict.findings.back().text, HasSubstr("the bias of the steps explains it"));
  EXPECT_FALSE(certify(t, wide, {.adjusted = false, .squared_bias = 1e-5}).verdict.trusted);
  EXPECT_FALSE(certify(t, wide).verdict.trusted);
}

TEST(RunCertificate, DrawsThatCannotBeEvaluatedAgainAreCounted) {
  const Target t = correlated();
  AuditedDraws few = t.draws(10), many = few;
  few.x[20] = NAN;
  for (std::size_t i = 0; i < many.x.size(); i += 20) many.x[i] = NAN;
  few.unusable_reason = "on a bound";
  const RunCertificate c = certify(t, few);
  EXPECT_TRUE(c.verdict.trusted);
  EXPECT_EQ(c.unusable, 1u);
  EXPECT_THAT(c.verdict.findings.back().text,
              HasSubstr("1 of 2048 audited draws cannot be evaluated again: on a bound"));
  EXPECT_FALSE(certify(t, many).verdict.trusted);
}

TEST(RunCertificate, SizesMustFit) {
  const Target t = correlated();
  AuditedDraws a = t.draws(11);
  a.x.pop_back();
  EXPECT_THROW(certify(t, a), std::invalid_argument);
  EXPECT_THROW(certify_run(t.rows(), t.draws(11), {}, {}), std::invalid_argument);
  EXPECT_THROW(boundary_identities(t.rows(), std::vector<double>(6), std::vector<double>(6), 2, {}, {}),
               std::invalid_argument);
}

TEST(Verdict, MergesFailuresFirst) {
  Verdict a{.trusted = true, .findings = {{Finding::Weight::note, "a"}}, .advice = {}, .evidence = "x"};
  const Verdict b{.trusted = false,
                  .findings = {{Finding::Weight::failure, "b"}, {Finding::Weight::note, "c"}},
                  .advice = {"d"},
                  .evidence = "y"};
  merge(a, b);
  EXPECT_FALSE(a.trusted);
  ASSERT_EQ(a.findings.size(), 3u);
  EXPECT_EQ(a.findings[0].text, "b");
  EXPECT_EQ(a.findings[2].text, "c");
  EXPECT_THAT(a.advice, ElementsAre("d"));
  EXPECT_EQ(a.evidence, "x; y");
}

}  // namespace
}  // namespace thalweg
