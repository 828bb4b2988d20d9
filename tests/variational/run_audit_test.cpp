// Runs of samplers, audited: right densities pass with every kind of method, a wrong gradient under a Metropolis test
// does not, a mode that no chain starts near is found, and threads change no bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Independent normals whose gradient is off by 1 % in one coordinate: the Metropolis test keeps the draws right.
struct SlightlyWrong {
  std::int64_t dimension() const { return 5; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    Real sum = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      sum += x[j] * x[j];
      gradient[j] = j == 2 ? -1.01 * x[j] : -x[j];
    }
    return -0.5 * sum;
  }
};

/// 0.75·N(0, I) + 0.25·N(m, I), |m| = 20.
struct FarMixture {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto x = p.vector("x", 10);
    p.target += log_sum_exp(std::log(0.75) - 0.5 * sum(square(x)),
                            std::log(0.25) - 0.5 * sum(square(x - 20 / std::sqrt(10.0))));
  }
};

/// A positive parameter, a simplex and an ordered pair: what is stored is not what the sampler moves.
struct Constrained {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    using namespace distribution;
    const auto s = p.real("s", {.lower = 0});
    const auto w = p.simplex("w", 3);
    const auto o = p.ordered("o", 2);
    p.target += 2 * log(s) - s;
    p.target += 2 * sum(log(w));
    p.target += log_density<Normal>(o, 0, 1);
  }
};

struct OnACircle {
  template <class Real>
  void operator()(Parameters<Real>& p) const {
    const auto u = p.unit_vector("u", 2);
    p.target += sum(u);
  }
};

/// x < 0 has no density.
struct Wall {
  std::int64_t dimension() const { return 2; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    gradient[0] = -x[0], gradient[1] = -x[1];
    return select(x[0] < Real(0), Real(-infinity), -0.5 * (x[0] * x[0] + x[1] * x[1]));
  }
};

RunCensus census(const Draws& draws, const Model& model, RunCensusSettings settings = {}) {
  std::vector<double> x;
  for (std::int64_t c = 0; c < draws.settings().chains; ++c)
    for (std::int64_t i = 0; i < draws.draws_per_chain(); i += 10)
      for (const ColumnGroup& group : draws.columns())
        for (std::int64_t k = group.first; group.kind == ColumnKind::parameter && k < group.first + group.size; ++k)
          x.push_back(draws.values(c, k)[static_cast<std::size_t>(i)]);
  return census_of_run(model, x, coordinate_names(model), settings);
}

TEST(RunAudit, FindsAWrongGradientUnderAMetropolisTest) {
  const Model model = model_of(SlightlyWrong{});
  const Draws draws = sample(model, {.draws = 4000, .seed = 1, .method = Method::hmc});
  EXPECT_TRUE(judge(summarise(draws)).trusted) << "nothing else sees it";
  const RunCertificate c = certify(draws, model);
  ASSERT_FALSE(c.verdict.trusted);
  EXPECT_THAT(c.verdict.findings[0].text, HasSubstr("the gradient is not that of log p"));
  EXPECT_EQ(c.slopes.coordinate, 2);
}

/// 10 methods and 3 densities, 5 seeds each, at a level of 1e-3: more than 2 of an expected 0.15 come once in 2000.
TEST(RunAudit, PassesWhatEveryMethodDrawsOfRightDensities) {
  int alarms = 0;
  for (const MethodTraits& method : sampling_methods()) {
    if (method.lockstep) continue;
    for (const Model& model :
         {test_density("gaussian:3"), test_density("correlated-gaussian:4"), model_of(Constrained{})})
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Draws draws = sample(model, {.draws = 2048, .thin = method.thin, .seed = seed, .method = method.method});
        const RunCertificate c = certify(draws, model);
        EXPECT_TRUE(c.identities_tested);
        EXPECT_EQ(c.unusable, 0u);
        alarms += !c.verdict.trusted;
      }
  }
  EXPECT_LE(alarms, 2);
}

TEST(RunAudit, ThreadsChangeNoBit) {
  const Model model = test_density("eight-schools");
  const Draws draws = sample(model, {.draws = 1600, .seed = 1});
  const RunCertificate one = certify(draws, model, 1), three = certify(draws, model, 3);
  EXPECT_EQ(one.identities.worst.z(), three.identities.worst.z());
  EXPECT_EQ(one.verdict.evidence, three.verdict.evidence);
  const RunCensus a = census(draws, model, {.threads = 1}), b = census(draws, model, {.threads = 3});
  EXPECT_EQ(a.verdict.evidence, b.verdict.evidence);
  EXPECT_EQ(a.gradients, b.gradients);
}

TEST(RunAudit, CostsAFewPercent) {
  const Model model = test_density("eight-schools");
  const Draws draws = sample(model, {.seed = 1});
  const auto taken = draws.outcome.warmup_counts.gradients + draws.outcome.sampling_counts.gradients;
  EXPECT_LT(static_cast<double>(certify(draws, model).gradients), 0.06 * static_cast<double>(taken));
  const RunCensus c = census(draws, model, {.most_gradients = taken / 5});
  EXPECT_GT(c.starts, 10u);
  EXPECT_LT(c.gradients, taken / 5);
  EXPECT_EQ(census(draws, model, {.most_gradients = 300}).starts, 0u);
}

TEST(RunAudit, TheLengthOfAUnitVectorIsNotStored) {
  const Model model = model_of(OnACircle{});
  const Draws draws = sample(model, {.draws = 2048, .seed = 1});
  const RunCertificate c = certify(draws, model);
  EXPECT_FALSE(c.identities_tested);
  EXPECT_TRUE(c.verdict.trusted);
  EXPECT_THAT(c.verdict.findings[0].text, HasSubstr("u is a unit vector"));
}

/// Trajectories end at the wall, and are rejected there.
TEST(RunAudit, AWallIsNotedAndARightSamplerPasses) {
  const Model model = model_of(Wall{});
  const Draws draws = sample(model, {.draws = 8000, .thin = 16, .seed = 1, .method = Method::mala});
  const RunCertificate c = certify(draws, model);
  EXPECT_TRUE(c.verdict.trusted) << c.verdict.findings[0].text;
  EXPECT_THAT(c.boundary.walls, ElementsAre(0u));
}

TEST(RunAudit, ChainsThatStandStillAreFound) {
  const Model model = test_density("gaussian:3");
  const Draws draws = sample(model, {.draws = 1600, .warmup = 0, .seed = 1, .method = Method::hmc, .step_size = 1e3});
  const RunCertificate c = certify(draws, model);
  EXPECT_EQ(c.stuck.size(), 32u);
  EXPECT_FALSE(c.verdict.trusted);
}

TEST(RunCensus, FindsTheModeThatNoChainStartsNear) {
  const Model model = model_of(FarMixture{});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Draws draws = sample(model, {.draws = 2048, .seed = seed});
    EXPECT_TRUE(judge(summarise(draws)).trusted) << "all chains are in one mode, and agree";
    EXPECT_TRUE(certify(draws, model).verdict.trusted) << "which the identities cannot see";
    const RunCensus c = census(draws, model, {.seed = seed, .model = "far"});
    EXPECT_EQ(c.starts, 32u);
    ASSERT_FALSE(c.verdict.trusted);
    EXPECT_THAT(c.verdict.findings[0].text, HasSubstr("the draws do not reach a mode of weight 0.25"));
    EXPECT_THAT(c.verdict.findings[0].text, HasSubstr("] = 6.32, x["));
    EXPECT_THAT(c.verdict.evidence, HasSubstr("8 each within ±2, ±10, 10 and 40 sds of the draws) find 2 modes"));
  }
}

TEST(RunCensus, IsContentWithModesThatAreReached) {
  for (const char* name : {"mixture:2", "gaussian:10", "ring", "eight-schools"}) {
    const Model model = test_density(name);
    const Draws draws = sample(model, {.draws = 2048, .seed = 1});
    EXPECT_TRUE(census(draws, model).verdict.trusted) << name;
  }
}

}  // namespace
}  // namespace thalweg
