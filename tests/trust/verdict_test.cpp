#include "thalweg/trust/verdict.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/trust/chains.hpp"
#include "thalweg/trust/table.hpp"

namespace thalweg {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A summary of columns that are all in memory: [column][chains·draws].
Summary of(const std::vector<std::vector<double>>& columns, std::int64_t chains, std::vector<std::string> names = {}) {
  std::vector<Quantity> quantities;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    quantities.push_back({k < names.size() ? names[k] : fmt::format("x{}", k + 1), std::int64_t(k)});
  }
  const std::int64_t draws = std::int64_t(columns[0].size()) / chains;
  return summarise(chains, draws, quantities, [&](std::int64_t c, std::int64_t k, std::span<double> out) {
    std::copy_n(columns[k].begin() + c * draws, draws, out.begin());
  });
}

auto failure_with(const std::string& text) {
  return Contains(
      testing::AllOf(Field(&Finding::weight, Finding::Weight::failure), Field(&Finding::text, HasSubstr(text))));
}
auto note_with(const std::string& text) {
  return Contains(
      testing::AllOf(Field(&Finding::weight, Finding::Weight::note), Field(&Finding::text, HasSubstr(text))));
}

TEST(Verdict, TrustsPerfectChainsAndSaysOnWhatEvidence) {
  const auto s = of({independent(4, 1000, 1), independent(4, 1000, 2)}, 4);
  const Verdict v = judge(s);
  EXPECT_TRUE(v.trusted);
  EXPECT_THAT(v.findings, IsEmpty());
  EXPECT_THAT(v.advice, IsEmpty());
  EXPECT_THAT(render(v), testing::StartsWith("Trusted: R-hat at most 1.0"));
}

TEST(Verdict, ConstantAndUnsetQuantitiesDoNotFail) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto near_one = independent(4, 1000, 3);
  for (double& x : near_one) x = 1 + 1e-16 * x;
  const auto s = of({independent(4, 1000, 1), std::vector<double>(4000, 1.0), near_one, std::vector<double>(4000, nan)},
                    4, {"x", "Omega[1,1]", "Omega[2,2]", "never"});
  const Verdict v = judge(s);
  EXPECT_TRUE(v.trusted) << render(v);
  EXPECT_THAT(v.findings, note_with("never is never set"));
  EXPECT_THAT(render(s), HasSubstr("constant"));
  EXPECT_TRUE(judge(of({std::vector<double>(4000, 1.0)}, 4)).trusted) << "a model of constants only";
}

TEST(Verdict, FailsOnSomeNaNAndNamesTheQuantity) {
  auto x = independent(4, 1000, 4);
  x[12] = x[13] = std::numeric_limits<double>::quiet_NaN();
  const Verdict v = judge(of({independent(4, 1000, 1), x}, 4, {"a", "ratio[3]"}));
  EXPECT_FALSE(v.trusted);
  EXPECT_THAT(v.findings, failure_with("ratio[3] is NaN in some draws: 2 of 4000 draws"));
  EXPECT_THAT(v.advice, Contains(HasSubstr("how the program computes ratio[3]")));
}

TEST(Verdict, FewEffectiveDrawsAskForMoreByTheRightFactor) {
  // Integrated time 39: 4000 draws are worth about 100; 400 need at least four times as many.
  const Verdict v =
      judge(of({independent(4, 1000, 1), autoregressive(4, 1000, 0.95, 5)}, 4, {"fine", "slow"}), "m.run");
  EXPECT_FALSE(v.trusted);
  EXPECT_THAT(v.findings, failure_with("bulk ESS of slow is "));
  ASSERT_THAT(v.advice, Contains(HasSubstr("thalweg resume m.run --draws ")));
  std::int64_t asked = 0;
  for (const auto& a : v.advice) {
    const auto at = a.find("--draws ");
    if (at != std::string::npos) asked = std::stoll(a.substr(at + 8));
  }
  EXPECT_GT(asked, 12000);
  EXPECT_LT(asked, 60000);
}

TEST(Verdict, ChainsInTwoPlacesAreNotToldToDrawMore) {
  auto x = independent(4, 1000, 6);
  for (std::size_t i = 0; i < 2000; ++i) x[i] += 6;
  const Verdict v = judge(of({x}, 4, {"mu[1]"}));
  EXPECT_FALSE(v.trusted);
  EXPECT_THAT(v.findings, failure_with("R-hat of mu[1]"));
  EXPECT_THAT(v.advice, Contains(HasSubstr("several modes")));
  EXPECT_THAT(v.advice, Not(Contains(HasSubstr("resume"))));
}

TEST(Verdict, ManyChainsAreJudgedByNestedRHat) {
  // 32 perfect chains of 125 draws at 0.3 effective draws each: the split form is above 1.01 in 97 % of such runs.
  const auto x = autoregressive(32, 125, 0.54, 7);
  const auto s = of({x}, 32);
  EXPECT_GT(s.rows[0].rhat, 1.01);
  EXPECT_TRUE(judge(s).trusted) << render(judge(s));
  EXPECT_THAT(render(s), HasSubstr("nested R-hat"));
  EXPECT_THAT(render(s), HasSubstr("split R-hat"));

  auto y = x;  // superchain 3 has stayed near its start
  for (std::int64_t i = 12 * 125; i < 16 * 125; ++i) y[i] += 0.8;
  const Verdict v = judge(of({y}, 32));
  EXPECT_FALSE(v.trusted);
  EXPECT_THAT(v.findings, failure_with("nested R-hat of x1 is 1.0"));
}

TEST(Verdict, FalseAlarmsOfTheDefaultRunAreAsRareAsDocumented) {
  // docs/trust.md: 32 × 125 draws at 0.3 effective draws each alarm with probability 2.5e-4 a quantity. 400 perfect
  // runs then alarm at least 3 times with probability 1.5e-4.
  int alarms = 0;
  Diagnostics d;
  for (int r = 0; r < 400; ++r) {
    const auto x = autoregressive(32, 125, 0.7 / 1.3, 100 + r);
    d.assign({x, 32});
    const auto nested = d.nested_rhat_ranked(8, nested_tolerance);
    alarms += nested.value > nested.limit(nested_tolerance);
  }
  EXPECT_LT(alarms, 3);
}

TEST(Verdict, DivergencesAreAlwaysShownAndFailAboveOneInAThousand) {
  auto s = of({independent(4, 1000, 1)}, 4);
  s.sampler.transitions = 4000;
  s.sampler.divergences = 4;
  EXPECT_TRUE(judge(s).trusted);
  EXPECT_THAT(judge(s).findings, note_with("4 divergent transitions (0.1 % of 4000)"));
  s.sampler.divergences = 5;
  s.sampler.target_accept = 0.8;
  const Verdict v = judge(s);
  EXPECT_FALSE(v.trusted);
  EXPECT_THAT(v.findings, failure_with("5 divergent transitions"));
  ASSERT_FALSE(v.advice.empty());
  EXPECT_THAT(v.advice.front(), HasSubstr("--target-accept 0.95"));
  s.sampler.target_accept = 0.99;
  EXPECT_THAT(judge(s).advice.front(), HasSubstr("non-centred"));
}

TEST(Verdict, EnergyAndDepthAreReported) {
  auto s = of({independent(4, 1000, 1)}, 4);
  s.sampler.transitions = 4000;
  s.sampler.saturated = 1;
  s.sampler.max_depth = 10;
  s.sampler.energy = {0.25, 0.2, 3};
  EXPECT_TRUE(judge(s).trusted);
  EXPECT_THAT(judge(s).findings, note_with("E-BFMI is 0.25"));
  EXPECT_THAT(judge(s).findings, note_with("1 transition (0.025 %) reached the largest tree depth, 10"));
  s.sampler.energy.pooled = 0.15;
  EXPECT_FALSE(judge(s).trusted);
  EXPECT_THAT(judge(s).findings, failure_with("E-BFMI is 0.15"));
}

TEST(Verdict, SaysTheBiasOfStepsWithoutATestAndTheTemperature) {
  auto s = of({independent(4, 1000, 1)}, 4);
  s.sampler.transitions = 4000;
  s.sampler.squared_bias = 0.003;
  EXPECT_THAT(judge(s).evidence, HasSubstr("bias of the steps, squared, about 0.003 of a variance"));
  EXPECT_TRUE(judge(s).findings.empty());
  s.sampler.squared_bias = 0.02;
  EXPECT_THAT(judge(s).findings, note_with("about 0.02 of a variance"));
  EXPECT_TRUE(judge(s).trusted) << "said, not failed";
  s.sampler.temperature = 2;
  EXPECT_THAT(judge(s).findings, note_with("draws of p^(1/T) at T = 2"));
  s.rows[0].rhat = 3;
  EXPECT_FALSE(judge(s).trusted);
  s.sampler.temperature = 0;
  EXPECT_TRUE(judge(s).trusted);
  EXPECT_THAT(judge(s).evidence, HasSubstr("an ascent at temperature 0"));
}

TEST(Verdict, SaysLogZAndFailsWhenItsErrorIsLargeOrFewParticlesCarryTheWeight) {
  auto s = of({autoregressive(64, 100, 0, 5)}, 64);
  s.sampler.transitions = 6400;
  s.sampler.log_evidence = -12.34567, s.sampler.evidence_error = 0.0123;
  EXPECT_TRUE(judge(s).trusted) << render(judge(s));
  EXPECT_THAT(judge(s).evidence, HasSubstr("log Z = -12.3457 ± 0.0123, of the likelihood under the prior"));
  s.sampler.evidence_error = 0.6;
  EXPECT_THAT(judge(s).findings, failure_with("log Z is known to 0.6 only"));
  s.sampler.evidence_error = 0.1, s.sampler.weights_ess = 0.51;
  EXPECT_TRUE(judge(s).trusted) << render(judge(s));
  s.sampler.weights_ess = 0.1;
  EXPECT_THAT(judge(s).findings, failure_with("the weights leave 6.4 of 64 particles effective"));
  EXPECT_THAT(judge(s).advice.front(), HasSubstr("--chains 256"));
}
TEST(Verdict, RowsThatDoNotDecideAreShownOnly) {
  auto s = of({independent(4, 1000, 1), autoregressive(4, 1000, 0.99, 2)}, 4, {"x", "lp"});
  EXPECT_FALSE(judge(s).trusted);
  s.rows[1].decides = false;
  EXPECT_TRUE(judge(s).trusted);
}

TEST(Verdict, LogDensityAloneIsShownWithoutDistrust) {
  auto s = of({independent(4, 1000, 1)}, 4, {"lp"});
  s.rows[0].decides = false;
  EXPECT_TRUE(judge(s).trusted);
  EXPECT_THAT(judge(s).findings, note_with("shown, not judged"));
}

TEST(Verdict, NothingToJudgeIsNotTrust) {
  EXPECT_FALSE(judge(Summary{}).trusted);
  EXPECT_FALSE(judge(of({independent(4, 3, 1)}, 4)).trusted);
  EXPECT_THAT(judge(of({independent(4, 3, 1)}, 4)).findings, failure_with("fewer than 4 draws a chain"));
  EXPECT_THAT(judge(of({independent(1, 1, 1)}, 1)).findings, failure_with("fewer than 4 draws a chain"))
      << "a single draw is not constant";
}

TEST(Table, ShowsDigitsUpToTheError) {
  EXPECT_EQ(to_the_error(3.14159, 0.0021), "3.142");
  EXPECT_EQ(to_the_error(3.14159, 0.3), "3.1");
  EXPECT_EQ(to_the_error(1234.5, 7), "1234");
  EXPECT_EQ(to_the_error(12345678, 2000), "1.2346e+07");
  EXPECT_EQ(to_the_error(1.2345e-8, 1e-10), "1.23e-08");
  EXPECT_EQ(to_the_error(0, 0.01), "0.00");
  EXPECT_EQ(to_the_error(1, NAN), "1");
  EXPECT_EQ(to_the_error(NAN, 1), "-");
  EXPECT_EQ(to_the_error(-INFINITY, 1), "-inf");
}

TEST(Table, AlignsItsColumnsAndCountsWhatItLeavesOut) {
  auto wide = independent(4, 1000, 1);
  for (double& x : wide) x = 1000 + 50 * x;
  const auto s = of({wide, independent(4, 1000, 2), independent(4, 1000, 3)}, 4, {"a_long_name[10]", "b", "c"});
  const std::string text = render(s, 2);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].size(), lines[1].size());
  EXPECT_EQ(lines[1].size(), lines[2].size());
  EXPECT_EQ(lines[3], "… and 1 more");
}

}  // namespace
}  // namespace thalweg
