// Incomplete gamma and beta functions against Boost.Math with 50 digits, and their slopes against differences there.
#include <gtest/gtest.h>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include "thalweg/core/incomplete_beta.hpp"
#include "thalweg/core/incomplete_gamma.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

using Digits = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>>;

/// log p from p and 1 − p, whichever is smaller.
Digits log_from(const Digits& p, const Digits& q) { return p < 0.5 ? log(p) : boost::math::log1p(-q); }
Digits log_gamma_tail(const Digits& a, const Digits& x, bool upper) {
  const Digits p = boost::math::gamma_p(a, x), q = boost::math::gamma_q(a, x);
  return upper ? log_from(q, p) : log_from(p, q);
}
Digits log_beta_tail(const Digits& a, const Digits& b, const Digits& x, bool upper) {
  const Digits p = boost::math::ibeta(a, b, x), q = boost::math::ibetac(a, b, x);
  return upper ? log_from(q, p) : log_from(p, q);
}
/// Central difference in a relative step of 1e-15, which leaves some 20 digits.
template <class F>
double slope(F f, double at) {
  const Digits x = at, h = x * Digits("1e-15");
  return static_cast<double>((f(x + h) - f(x - h)) / (2 * h));
}
void expect_close(double found, double expected, double relative, double floor, const char* what, double a, double x) {
  if (!std::isfinite(expected)) return;  // below the smallest double: the reference says nothing
  EXPECT_LE(std::fabs(found - expected), relative * std::max(floor, std::fabs(expected)))
      << what << " at " << a << ", " << x << ": found " << found << ", expected " << expected;
}

struct GammaRegion {
  const char* name;
  double a0, a1, x0, x1;
  bool relative;  ///< x is in units of a
  int points;
};
class IncompleteGammaRegions : public testing::TestWithParam<GammaRegion> {};
TEST_P(IncompleteGammaRegions, TailsAndSlopes) {
  const auto r = GetParam();
  Random<double> random(3, Purpose::test, 0, 0);
  const auto between = [&](double low, double high) { return low * std::exp(std::log(high / low) * random.uniform()); };
  for (int i = 0; i < r.points; ++i) {
    const double a = between(r.a0, r.a1), x = between(r.x0, r.x1) * (r.relative ? a : 1);
    const auto t = gamma_tails(a, x);
    expect_close(t.log_lower, static_cast<double>(log_gamma_tail(a, x, false)), 1e-14, 1, "log P", a, x);
    expect_close(t.log_upper, static_cast<double>(log_gamma_tail(a, x, true)), 1e-14, 1, "log Q", a, x);
    const auto lower = [&](const Digits& v) { return log_gamma_tail(v, x, false); };
    const auto upper = [&](const Digits& v) { return log_gamma_tail(v, x, true); };
    expect_close(t.lower_slope, slope(lower, a), 5e-12, 1e-300, "slope of log P", a, x);
    expect_close(t.upper_slope, slope(upper, a), 5e-12, 1e-300, "slope of log Q", a, x);
  }
}
INSTANTIATE_TEST_SUITE_P(All, IncompleteGammaRegions,
                         testing::Values(GammaRegion{"small", 1e-3, 1, 1e-6, 1, false, 40},
                                         GammaRegion{"tiny shape", 1e-12, 1e-3, 1e-3, 1, false, 20},
                                         GammaRegion{"small shape", 1e-3, 1, 1, 30, false, 30},
                                         GammaRegion{"middle", 1, 50, 0.05, 3, true, 60},
                                         GammaRegion{"large", 50, 1000, 0.5, 2, true, 20},
                                         GammaRegion{"uniform expansion", 1000, 1e5, 0.76, 1.24, true, 8},
                                         GammaRegion{"its lower edge", 1000, 3000, 0.5, 0.75, true, 6},
                                         GammaRegion{"its upper edge", 1000, 3000, 1.25, 1.6, true, 6}),
                         [](const auto& region) {
                           std::string name = region.param.name;
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

TEST(IncompleteGamma, WholeShapesWhereAFractionEndsBeforeItsSlopes) {
  // at a = n a coefficient of the continued fraction is 0: the value is final there, the slope is not
  for (const double a : {1.0, 2.0, 3.0, 12.0, 20.0})
    for (const double x : {0.05 * a, 0.5 * a, a, a + 1, 1.5 * a, 6 * a}) {
      const auto t = gamma_tails(a, x);
      const auto lower = [&](const Digits& v) { return log_gamma_tail(v, x, false); };
      const auto upper = [&](const Digits& v) { return log_gamma_tail(v, x, true); };
      expect_close(t.log_lower, static_cast<double>(lower(a)), 1e-14, 1, "log P", a, x);
      expect_close(t.log_upper, static_cast<double>(upper(a)), 1e-14, 1, "log Q", a, x);
      expect_close(t.lower_slope, slope(lower, a), 5e-12, 1e-300, "slope of log P", a, x);
      expect_close(t.upper_slope, slope(upper, a), 5e-12, 1e-300, "slope of log Q", a, x);
    }
}

struct BetaRegion {
  const char* name;
  double a0, a1, b0, b1;
  int points;
};
class IncompleteBetaRegions : public testing::TestWithParam<BetaRegion> {};
TEST_P(IncompleteBetaRegions, TailsAndSlopes) {
  const auto r = GetParam();
  Random<double> random(4, Purpose::test, 0, 0);
  const auto between = [&](double low, double high) { return low * std::exp(std::log(high / low) * random.uniform()); };
  for (int i = 0; i < r.points; ++i) {
    const double a = between(r.a0, r.a1), b = between(r.b0, r.b1);
    const double mean = a / (a + b), sd = std::sqrt(mean * (1 - mean) / (a + b + 1));
    double x = mean + sd * 6 * (random.uniform() - 0.5);
    if (i % 3 == 0 || x <= 0 || x >= 1) x = random.uniform();
    const auto t = beta_tails(a, b, x, 1 - x);
    expect_close(t.log_lower, static_cast<double>(log_beta_tail(a, b, x, false)), 5e-13, 1, "log I", a, b);
    expect_close(t.log_upper, static_cast<double>(log_beta_tail(a, b, x, true)), 5e-13, 1, "log (1 − I)", a, b);
    const auto in_a = [&](bool upper) {
      return slope([&](const Digits& v) { return log_beta_tail(v, b, x, upper); }, a);
    };
    const auto in_b = [&](bool upper) {
      return slope([&](const Digits& v) { return log_beta_tail(a, v, x, upper); }, b);
    };
    expect_close(t.lower_slope_a, in_a(false), 5e-11, 1e-300, "∂ log I/∂a", a, b);
    expect_close(t.lower_slope_b, in_b(false), 5e-11, 1e-300, "∂ log I/∂b", a, b);
    expect_close(t.upper_slope_a, in_a(true), 5e-11, 1e-300, "∂ log (1 − I)/∂a", a, b);
    expect_close(t.upper_slope_b, in_b(true), 5e-11, 1e-300, "∂ log (1 − I)/∂b", a, b);
  }
}
INSTANTIATE_TEST_SUITE_P(All, IncompleteBetaRegions,
                         testing::Values(BetaRegion{"small", 1e-2, 1, 1e-2, 1, 20},
                                         BetaRegion{"middle", 1, 30, 1, 30, 20},
                                         BetaRegion{"mixed", 0.1, 5, 5, 500, 20},
                                         BetaRegion{"large", 30, 1000, 30, 1000, 10}),
                         [](const auto& region) { return std::string(region.param.name); });

TEST(IncompleteBeta, WholeShapesWhereAFractionEndsBeforeItsSlopes) {
  for (const double a : {1.0, 2.0, 5.0})
    for (const double b : {1.0, 3.0, 4.0, 11.0})
      for (const double x : {0.03, 0.3, 0.7}) {
        const auto t = beta_tails(a, b, x, 1 - x);
        const auto lower = [&](const Digits& u, const Digits& v) { return log_beta_tail(u, v, x, false); };
        expect_close(t.log_lower, static_cast<double>(lower(a, b)), 5e-13, 1, "log I", a, b);
        expect_close(t.lower_slope_a, slope([&](const Digits& u) { return lower(u, b); }, a), 5e-11, 1e-300, "∂a", a,
                     b);
        expect_close(t.lower_slope_b, slope([&](const Digits& v) { return lower(a, v); }, b), 5e-11, 1e-300, "∂b", a,
                     b);
      }
}

TEST(IncompleteFunctions, AtTheEndsAndOutside) {
  EXPECT_EQ(gamma_tails(2.0, 0.0).log_lower, -infinity);
  EXPECT_EQ(gamma_tails(2.0, 0.0).log_upper, 0);
  EXPECT_EQ(gamma_tails(2.0, infinity).log_upper, -infinity);
  EXPECT_TRUE(std::isnan(gamma_p(-1.0, 2.0)) && std::isnan(gamma_p(1.0, -2.0)) &&
              std::isnan(gamma_q(not_a_number, 2.0)));
  EXPECT_EQ(inc_beta(2.0, 3.0, 0.0), 0);
  EXPECT_EQ(inc_beta(2.0, 3.0, 1.0), 1);
  EXPECT_TRUE(std::isnan(inc_beta(0.0, 3.0, 0.5)) && std::isnan(inc_beta(1.0, 3.0, 1.5)));
  EXPECT_NEAR(gamma_p(1.0, 0.7), 1 - std::exp(-0.7), 1e-16);
  EXPECT_NEAR(inc_beta(1.0, 3.0, 0.3), 1 - std::pow(0.7, 3), 1e-15);
}

}  // namespace
}  // namespace thalweg
