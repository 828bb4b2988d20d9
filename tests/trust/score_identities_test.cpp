// The identities of a density's gradient: they hold at its draws at the stated rate, and for nothing else.
#include "thalweg/trust/score_identities.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/core/random.hpp"
#include "thalweg/trust/student.hpp"

namespace thalweg {
namespace {

struct Draws {
  std::vector<double> x, gradient;
};

/// Of N(0, Σ), Σ = [s₀², ρ s₀ s₁; …, s₁²], and a third, independent exponential in the log: log p = 2u − e^u.
Draws draws(std::size_t n, std::uint64_t seed) {
  constexpr double rho = 0.8, s0 = 10, s1 = 0.01;
  Draws out;
  for (std::size_t i = 0; i < n; ++i) {
    Random<double> random(seed, Purpose::test, i, 30);
    const double a = random.normal(), b = rho * a + std::sqrt(1 - rho * rho) * random.normal();
    const double u = std::log(random.exponential() + random.exponential());
    const double c = 1 / (1 - rho * rho);
    out.x.insert(out.x.end(), {s0 * a, s1 * b, u});
    out.gradient.insert(out.gradient.end(), {-c * (a - rho * b) / s0, -c * (b - rho * a) / s1, 2 - std::exp(u)});
  }
  return out;
}

TEST(Student, QuantilesAreThoseOfTables) {
  // scipy 1.17.1: norm.ppf(p), t.ppf(p, n) for p = 0.975, 0.9995, 0.999955
  EXPECT_NEAR(student_quantile(1.959963984540054, 10), 2.228138851986274, 1e-3);
  EXPECT_NEAR(student_quantile(1.959963984540054, 63), 1.998340542520741, 1e-6);
  EXPECT_NEAR(student_quantile(3.2905267314919255, 63), 3.4517689449610334, 1e-5);
  EXPECT_NEAR(student_quantile(3.916081055816678, 63), 4.185230526117099, 1e-4);
}

/// 300 repetitions at a stated rate of 1 %. Products have heavier tails than Student's law supposes, which 2 % covers:
/// more than 15 once in 1000.
TEST(ScoreIdentities, HoldAtDrawsOfTheDensity) {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Draws d = draws(1000, seed);
    const ScoreIdentities s = score_identities(d.x, d.gradient, 3);
    EXPECT_EQ(s.tested, 12u);
    alarms += !s.hold();
  }
  EXPECT_LE(alarms, 15);
}

TEST(ScoreIdentities, FailForAWrongGradient) {
  const std::vector<std::string> names{"a", "b", "u"};
  Draws d = draws(4000, 1);
  for (std::size_t i = 0; i < d.gradient.size(); i += 3) d.gradient[i + 1] *= 1.3;
  const ScoreIdentities s = score_identities(d.x, d.gradient, 3);
  ASSERT_FALSE(s.hold());
  EXPECT_EQ(s.failed[0].j, 1);
  EXPECT_NE(describe(s.failed[0], names).find("dlogp/db] = "), std::string::npos) << describe(s.failed[0], names);

  Draws lost = draws(4000, 2);  // a term of the gradient is missing
  for (std::size_t i = 0; i < lost.gradient.size(); i += 3) lost.gradient[i + 2] -= 2;
  EXPECT_EQ(score_identities(lost.x, lost.gradient, 3).failed[0].i, 2);
}

TEST(ScoreIdentities, FailForTruncatedDraws) {
  const Draws all = draws(4000, 3);
  Draws some;
  for (std::size_t i = 0; i < 4000; ++i) {
    if (all.x[3 * i] < -5) continue;  // beyond half a standard deviation
    some.x.insert(some.x.end(), all.x.begin() + 3 * i, all.x.begin() + 3 * i + 3);
    some.gradient.insert(some.gradient.end(), all.gradient.begin() + 3 * i, all.gradient.begin() + 3 * i + 3);
  }
  const ScoreIdentities s = score_identities(some.x, some.gradient, 3);
  ASSERT_FALSE(s.hold());
  EXPECT_EQ(s.failed[0].i, 0);
}

TEST(ScoreIdentities, DependentCopiesAreOneObservation) {
  const Draws d = draws(500, 5);
  Draws twice;
  for (std::size_t i = 0; i < 500; ++i)
    for (int copy = 0; copy < 4; ++copy) {
      twice.x.insert(twice.x.end(), d.x.begin() + 3 * i, d.x.begin() + 3 * i + 3);
      twice.gradient.insert(twice.gradient.end(), d.gradient.begin() + 3 * i, d.gradient.begin() + 3 * i + 3);
    }
  const double once = score_identities(d.x, d.gradient, 3).worst.z();
  EXPECT_NEAR(score_identities(twice.x, twice.gradient, 3, {.copies = 4}).worst.z(), once, 0.01 * std::abs(once));
  // planted: counted four times over
  EXPECT_NEAR(score_identities(twice.x, twice.gradient, 3).worst.z(), 2 * once, 0.05 * std::abs(once));
}

TEST(ScoreIdentities, BadDrawsAreCounted) {
  Draws d = draws(100, 6);
  d.gradient[7] = NAN;
  const ScoreIdentities s = score_identities(d.x, d.gradient, 3);
  EXPECT_EQ(s.not_finite, 1u);
  EXPECT_FALSE(s.hold());
  EXPECT_THROW(score_identities(d.x, std::vector<double>(3), 3), std::invalid_argument);
  EXPECT_THROW(score_identities(std::vector<double>(9), std::vector<double>(9), 3), std::invalid_argument);
  EXPECT_EQ(score_identities(d.x, d.gradient, 3, {.most_pairs = 2}).tested, 6u);
}

}  // namespace
}  // namespace thalweg
