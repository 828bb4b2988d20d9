// Every function against reference values of 200 bits: the bounds that the docstrings state. `test_core
// --gtest_filter='*Accuracy*'` prints what was measured; THALWEG_ACCURACY_POINTS sets the points a range.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

#include "reference.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

using reference::Number;

int points() {
  const char* given = std::getenv("THALWEG_ACCURACY_POINTS");
  return given ? std::atoi(given) : 500;
}

struct Range {
  const char* name;
  double (*function)(double);
  Number (*reference)(double);
  double low, high;
  bool logarithmic;  ///< points uniform in log |x|, all of the sign of `low`
  double bound;      ///< ulps
};
std::ostream& operator<<(std::ostream& out, const Range& r) {
  return out << r.name << " on [" << r.low << ", " << r.high << "]";
}

class UnaryAccuracy : public testing::TestWithParam<Range> {};

TEST_P(UnaryAccuracy, StaysWithinItsBound) {
  const Range r = GetParam();
  Random<double> random(1, Purpose::test, 0, 0);
  double worst = 0, at = r.low;
  for (int i = 0; i < points(); ++i) {
    const double u = random.uniform();
    const double x =
        r.logarithmic
            ? std::copysign(std::exp(std::log(std::fabs(r.low)) * (1 - u) + std::log(std::fabs(r.high)) * u), r.low)
            : r.low + (r.high - r.low) * u;
    const double e = reference::ulps(r.function(x), r.reference(x));
    if (!(e <= worst)) worst = e, at = x;
  }
  std::printf("[ accuracy ] %-14s %10.3g … %-10.3g %6.3f ulp, bound %g\n", r.name, r.low, r.high, worst, r.bound);
  EXPECT_LE(worst, r.bound) << "at " << testing::PrintToString(at);
}

#define FUNCTION(name) #name, [](double x) { return thalweg::name(x); }
#define MPFR(name) [](double x) { return Number::made(mpfr_##name, Number(x)); }
#define REFERENCE(expression) \
  [](double v) {              \
    const Number x(v);        \
    return expression;        \
  }

INSTANTIATE_TEST_SUITE_P(ExpLog, UnaryAccuracy,
                         testing::Values(Range{FUNCTION(exp), MPFR(exp), -1, 1, false, 0.9},
                                         Range{FUNCTION(exp), MPFR(exp), -708, 709.7, false, 0.9},
                                         Range{FUNCTION(exp), MPFR(exp), -745, -708, false, 1},
                                         Range{FUNCTION(exp2), MPFR(exp2), -1, 1, false, 0.9},
                                         Range{FUNCTION(exp2), MPFR(exp2), -1074, 1023.9, false, 1},
                                         Range{FUNCTION(expm1), MPFR(expm1), -1, 1, false, 1.2},
                                         Range{FUNCTION(expm1), MPFR(expm1), -50, 709, false, 1.2},
                                         Range{FUNCTION(expm1), MPFR(expm1), 1e-300, 0.1, true, 1.2},
                                         Range{FUNCTION(log), MPFR(log), 0.5, 2, false, 0.9},
                                         Range{FUNCTION(log), MPFR(log), 1e-320, 1e308, true, 0.9},
                                         Range{FUNCTION(log1p), MPFR(log1p), -1, 1, false, 1.2},
                                         Range{FUNCTION(log1p), MPFR(log1p), 1e-300, 1e308, true, 1.2},
                                         Range{FUNCTION(log1p), MPFR(log1p), -1e-300, -0.99, true, 1.2},
                                         Range{FUNCTION(log2), MPFR(log2), 0.5, 2, false, 0.6},
                                         Range{FUNCTION(log2), MPFR(log2), 1e-320, 1e308, true, 0.6},
                                         Range{FUNCTION(log10), MPFR(log10), 0.5, 2, false, 0.6},
                                         Range{FUNCTION(log10), MPFR(log10), 1e-320, 1e308, true, 0.6},
                                         Range{FUNCTION(cbrt), MPFR(cbrt), -8, 8, false, 0.6},
                                         Range{FUNCTION(cbrt), MPFR(cbrt), 1e-320, 1e308, true, 0.6}));
INSTANTIATE_TEST_SUITE_P(
    Circular, UnaryAccuracy,
    testing::Values(
        Range{FUNCTION(sin), MPFR(sin), -4, 4, false, 0.9}, Range{FUNCTION(sin), MPFR(sin), -1e9, 1e9, false, 0.9},
        Range{FUNCTION(sin), MPFR(sin), 1e9, 1.7e308, true, 0.9},
        Range{FUNCTION(sin), MPFR(sin), -1e9, -1.7e308, true, 0.9},
        Range{FUNCTION(sin), MPFR(sin), 1e-300, 1, true, 0.9}, Range{FUNCTION(cos), MPFR(cos), -4, 4, false, 0.9},
        Range{FUNCTION(cos), MPFR(cos), -1e9, 1e9, false, 0.9},
        Range{FUNCTION(cos), MPFR(cos), 1e9, 1.7e308, true, 0.9}, Range{FUNCTION(tan), MPFR(tan), -4, 4, false, 2.2},
        Range{FUNCTION(tan), MPFR(tan), 1e9, 1.7e308, true, 2.2}, Range{FUNCTION(asin), MPFR(asin), -1, 1, false, 0.8},
        Range{FUNCTION(asin), MPFR(asin), 1e-300, 1, true, 0.8}, Range{FUNCTION(acos), MPFR(acos), -1, 1, false, 0.8},
        Range{FUNCTION(acos), MPFR(acos), 0.999, 1, false, 0.8}, Range{FUNCTION(atan), MPFR(atan), -4, 4, false, 0.8},
        Range{FUNCTION(atan), MPFR(atan), 1e-300, 1e300, true, 0.8}));
INSTANTIATE_TEST_SUITE_P(Hyperbolic, UnaryAccuracy,
                         testing::Values(Range{FUNCTION(tanh), MPFR(tanh), -1, 1, false, 1},
                                         Range{FUNCTION(tanh), MPFR(tanh), -30, 30, false, 1},
                                         Range{FUNCTION(tanh), MPFR(tanh), 1e-300, 1, true, 1},
                                         Range{FUNCTION(sinh), MPFR(sinh), -2, 2, false, 2.2},
                                         Range{FUNCTION(sinh), MPFR(sinh), -710.4, 710.4, false, 2.2},
                                         Range{FUNCTION(sinh), MPFR(sinh), 1e-300, 1, true, 2.2},
                                         Range{FUNCTION(cosh), MPFR(cosh), -2, 2, false, 1.3},
                                         Range{FUNCTION(cosh), MPFR(cosh), -710.4, 710.4, false, 1.3},
                                         Range{FUNCTION(asinh), MPFR(asinh), -5, 5, false, 2},
                                         Range{FUNCTION(asinh), MPFR(asinh), 1e-300, 1e300, true, 2},
                                         Range{FUNCTION(acosh), MPFR(acosh), 1, 5, false, 2},
                                         Range{FUNCTION(acosh), MPFR(acosh), 1, 1e300, true, 2},
                                         Range{FUNCTION(atanh), MPFR(atanh), -1, 1, false, 2},
                                         Range{FUNCTION(atanh), MPFR(atanh), 1e-300, 1, true, 2}));
INSTANTIATE_TEST_SUITE_P(
    Stable, UnaryAccuracy,
    testing::Values(Range{FUNCTION(logistic), REFERENCE(Number(1.0) / (Number(1.0) + exp(-x))), -40, 40, false, 2.3},
                    Range{FUNCTION(logistic), REFERENCE(Number(1.0) / (Number(1.0) + exp(-x))), -744, -40, false, 2.3},
                    Range{FUNCTION(logit), REFERENCE(log(x / (Number(1.0) - x))), 0, 1, false, 2.5},
                    Range{FUNCTION(logit), REFERENCE(log(x / (Number(1.0) - x))), 0.4999, 0.5001, false, 2.5},
                    Range{FUNCTION(logit), REFERENCE(log(x / (Number(1.0) - x))), 1e-300, 0.5, true, 2.5},
                    Range{FUNCTION(log1p_exp), REFERENCE(log1p(exp(x))), -40, 40, false, 1.8},
                    Range{FUNCTION(log1p_exp), REFERENCE(log1p(exp(x))), -744, -40, false, 1.8},
                    Range{FUNCTION(log_logistic), REFERENCE(-log1p(exp(-x))), -40, 40, false, 1.8},
                    Range{FUNCTION(log1m_exp), REFERENCE(log1m_exp(x)), -2, 0, false, 2.2},
                    Range{FUNCTION(log1m_exp), REFERENCE(log1m_exp(x)), -700, -2, false, 2.2},
                    Range{FUNCTION(log1m_exp), REFERENCE(log1m_exp(x)), -1e-300, -1, true, 2.2},
                    Range{FUNCTION(log1m), REFERENCE(log1p(-x)), -1, 1, false, 1.2}));
INSTANTIATE_TEST_SUITE_P(
    Normal, UnaryAccuracy,
    testing::Values(Range{FUNCTION(erf), MPFR(erf), -6, 6, false, 1.5},
                    Range{FUNCTION(erf), MPFR(erf), 1e-300, 1, true, 1.5},
                    Range{FUNCTION(erfc), MPFR(erfc), -6, 1, false, 2.5},
                    Range{FUNCTION(erfc), MPFR(erfc), 1, 26.5, false, 2.5},
                    Range{FUNCTION(normal_cdf), REFERENCE(normal_cdf(x)), -37.5, -1, false, 3.5},
                    Range{FUNCTION(normal_cdf), REFERENCE(normal_cdf(x)), -1, 8, false, 3.5},
                    Range{FUNCTION(log_normal_cdf), REFERENCE(log_normal_cdf(x)), -1, 37, false, 4},
                    Range{FUNCTION(log_normal_cdf), REFERENCE(log_normal_cdf(x)), -38, -1, false, 4},
                    Range{FUNCTION(log_normal_cdf), REFERENCE(log_normal_cdf(x)), -1e4, -38, true, 4}));
INSTANTIATE_TEST_SUITE_P(Gamma, UnaryAccuracy,
                         testing::Values(Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 0.5, 2.6, false, 4},
                                         Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 0.99, 1.01, false, 4},
                                         Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 1.99, 2.01, false, 4},
                                         Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 2.5, 8, false, 4},
                                         Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 8, 200, false, 4},
                                         Range{FUNCTION(lgamma), REFERENCE(lgamma(x)), 1e-300, 1e305, true, 4},
                                         Range{FUNCTION(digamma), REFERENCE(digamma(x)), 1, 2, false, 4},
                                         Range{FUNCTION(digamma), REFERENCE(digamma(x)), 1.46, 1.463, false, 4},
                                         Range{FUNCTION(digamma), REFERENCE(digamma(x)), 0.01, 1, false, 4},
                                         Range{FUNCTION(digamma), REFERENCE(digamma(x)), 2, 20, false, 4},
                                         Range{FUNCTION(trigamma), REFERENCE(trigamma(x)), 0.01, 20, false, 4},
                                         Range{FUNCTION(trigamma), REFERENCE(trigamma(x)), 1e-150, 1e150, true, 4}));

/// The distance in units of 2⁻⁵² max(1, |want|): for functions with roots that cannot be met exactly.
double absolute_error(double got, const Number& want) {
  return std::fabs((want - Number(got)).rounded()) / std::max(1.0, std::fabs(want.rounded())) * 0x1p52;
}
/// The worst error of f over pairs uniform in a rectangle (or in the logarithms) is within `bound`.
template <class F>
void expect_pairs(const char* name, double x0, double x1, double y0, double y1, bool logarithmic, F error,
                  double bound) {
  Random<double> random(2, Purpose::test, 0, 0);
  double worst = 0, at_x = x0, at_y = y0;
  const auto between = [&](double a, double b) {
    const double u = random.uniform();
    return logarithmic ? std::exp(std::log(a) * (1 - u) + std::log(b) * u) : a + (b - a) * u;
  };
  for (int i = 0; i < points(); ++i) {
    const double x = between(x0, x1), y = between(y0, y1), e = error(x, y);
    if (!(e <= worst)) worst = e, at_x = x, at_y = y;
  }
  std::printf("[ accuracy ] %-14s %10.3g … %-10.3g × %10.3g … %-10.3g %6.3f, bound %g\n", name, x0, x1, y0, y1, worst,
              bound);
  EXPECT_LE(worst, bound) << name << " at " << testing::PrintToString(at_x) << ", " << testing::PrintToString(at_y);
}

TEST(BinaryAccuracy, Pow) {
  const auto error = [](double x, double y) {
    return reference::ulps(pow(x, y), Number::made(mpfr_pow, Number(x), Number(y)));
  };
  expect_pairs("pow", 0.1, 3, -300, 300, false, error, 1);
  expect_pairs("pow", 1e-300, 1e300, 1e-3, 1, true, error, 1);
  expect_pairs("pow", 1e-3, 1e3, 90, 108, true, error, 1);  // beyond both ends of the range
  expect_pairs("pow", 0.999, 1.001, -7e5, 7e5, false, error, 1);
  expect_pairs("pow", -2, 2, 2, 2, false, error, 1);
}
TEST(BinaryAccuracy, Atan2AndHypot) {
  const auto angle = [](double y, double x) {
    return reference::ulps(atan2(y, x), Number::made(mpfr_atan2, Number(y), Number(x)));
  };
  expect_pairs("atan2", -3, 3, -3, 3, false, angle, 1.2);
  expect_pairs("atan2", 1e-150, 1e150, 1e-150, 1e150, true, angle, 1.2);
  const auto length = [](double x, double y) {
    return reference::ulps(hypot(x, y), Number::made(mpfr_hypot, Number(x), Number(y)));
  };
  expect_pairs("hypot", -3, 3, -3, 3, false, length, 0.6);
  expect_pairs("hypot", 1e-305, 1e305, 1e-305, 1e305, true, length, 0.6);
}
TEST(BinaryAccuracy, LogSumAndDifference) {
  const auto sum = [](double a, double b) {
    const Number x(a), y(b);
    return absolute_error(log_sum_exp(a, b), log(exp(x) + exp(y)));
  };
  expect_pairs("log_sum_exp", -30, 30, -30, 30, false, sum, 2);
  expect_pairs("log_sum_exp", -3000, 3000, -3000, 3000, false, sum, 2);
  const auto difference = [](double a, double gap) {
    const Number x(a), y(a - gap);
    return absolute_error(log_diff_exp(a, a - gap), log(exp(x) - exp(y)));
  };
  expect_pairs("log_diff_exp", -30, 30, 0.01, 30, false, difference, 2);
}
TEST(BinaryAccuracy, LogBeta) {
  const auto error = [](double a, double b) {
    const Number x(a), y(b);
    return absolute_error(lbeta(a, b), lgamma(x) + lgamma(y) - lgamma(x + y));
  };
  expect_pairs("lbeta", 0.01, 8, 0.01, 8, true, error, 25);
  expect_pairs("lbeta", 0.01, 8, 8, 1e8, true, error, 6);
  expect_pairs("lbeta", 8, 1e6, 8, 1e8, true, error, 3);
}
TEST(BinaryAccuracy, NormalQuantile) {
  const auto error = [](double p, double) {
    return reference::ulps(normal_quantile(p), reference::normal_quantile(Number(p), normal_quantile(p)));
  };
  expect_pairs("normal_quantile", 0, 1, 0, 1, false, error, 5.5);
  expect_pairs("normal_quantile", 1e-300, 0.075, 0.1, 1, true, error, 2);
}
TEST(NegativeArguments, GammaFunctionsStayCloseInAbsoluteTerms) {
  const auto log_gamma = [](double x, double) { return absolute_error(lgamma(x), reference::lgamma(Number(x))); };
  expect_pairs("lgamma", -50, 0, 0, 1, false, log_gamma, 5);
  const auto psi = [](double x, double) { return absolute_error(digamma(x), reference::digamma(Number(x))); };
  expect_pairs("digamma", -50, 0, 0, 1, false, psi, 20);
}

}  // namespace
}  // namespace thalweg
