// Zeros, infinities, NaN, subnormal numbers and domain errors: as in the C library.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

constexpr double largest = std::numeric_limits<double>::max(), smallest = std::numeric_limits<double>::denorm_min(),
                 normal = std::numeric_limits<double>::min();
const double specials[] = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           2.0,
                           -2.0,
                           3.0,
                           -3.0,
                           0.5,
                           -0.5,
                           1.5,
                           -1.5,
                           2.5,
                           -2.5,
                           0.7,
                           -0.3,
                           infinity,
                           -infinity,
                           largest,
                           -largest,
                           smallest,
                           -smallest,
                           normal,
                           -normal,
                           1e-310,
                           -1e-310,
                           1e300,
                           -1e300,
                           1e-20,
                           -1e-20,
                           4503599627370497.0,
                           4503599627370495.5,
                           -4503599627370497.0,
                           9007199254740993.0,
                           1e17,
                           710.0,
                           -746.0,
                           745.2,
                           709.9,
                           -708.5,
                           27.3,
                           -40.0,
                           0.49999999999999994,
                           not_a_number};

/// Both NaN; or equal with the same sign; or within 1e-14 of each other.
testing::AssertionResult agree(double own, double libm) {
  const bool same = std::isnan(own) ? std::isnan(libm)
                    : own == libm   ? std::signbit(own) == std::signbit(libm)
                                    : std::isfinite(own) && std::fabs(own - libm) <= 1e-14 * std::fabs(libm);
  if (same) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "found " << own << ", libm has " << libm;
}

#define EXPECT_AS_LIBM(name) \
  for (const double x : specials) EXPECT_TRUE(agree(thalweg::name(x), std::name(x))) << #name "(" << x << ")";

TEST(SpecialValues, OfOneArgument){
    EXPECT_AS_LIBM(exp) EXPECT_AS_LIBM(exp2) EXPECT_AS_LIBM(expm1) EXPECT_AS_LIBM(log) EXPECT_AS_LIBM(log1p)
        EXPECT_AS_LIBM(log2) EXPECT_AS_LIBM(log10) EXPECT_AS_LIBM(cbrt) EXPECT_AS_LIBM(sin) EXPECT_AS_LIBM(cos)
            EXPECT_AS_LIBM(tan) EXPECT_AS_LIBM(asin) EXPECT_AS_LIBM(acos) EXPECT_AS_LIBM(atan) EXPECT_AS_LIBM(sinh)
                EXPECT_AS_LIBM(cosh) EXPECT_AS_LIBM(tanh) EXPECT_AS_LIBM(asinh) EXPECT_AS_LIBM(acosh)
                    EXPECT_AS_LIBM(atanh) EXPECT_AS_LIBM(erf) EXPECT_AS_LIBM(erfc) EXPECT_AS_LIBM(lgamma)
                        EXPECT_AS_LIBM(floor) EXPECT_AS_LIBM(ceil) EXPECT_AS_LIBM(round) EXPECT_AS_LIBM(trunc)}
#define EXPECT_AS_LIBM_2(name)      \
  for (const double x : specials)   \
    for (const double y : specials) \
      EXPECT_TRUE(agree(thalweg::name(x, y), std::name(x, y))) << #name "(" << x << ", " << y << ")";

TEST(SpecialValues,
     OfTwoArguments){EXPECT_AS_LIBM_2(pow) EXPECT_AS_LIBM_2(fmod) EXPECT_AS_LIBM_2(atan2) EXPECT_AS_LIBM_2(hypot)}

TEST(SpecialValues, ExactResultsAreExact) {
  for (int k = -1074; k < 1024; ++k) {
    EXPECT_EQ(log2(std::ldexp(1.0, k)), k);
    EXPECT_EQ(exp2(k), std::ldexp(1.0, k));
  }
  double power = 1;
  for (int k = 0; k <= 22; ++k, power *= 10) {
    EXPECT_EQ(log10(power), k);
    EXPECT_EQ(pow(10.0, k), power);
  }
  for (int k = -200; k <= 200; ++k) EXPECT_EQ(cbrt(double(k) * k * k), k);
  EXPECT_EQ(hypot(3.0, 4.0), 5.0);
  EXPECT_EQ(lgamma(1.0), 0.0);
  EXPECT_EQ(lgamma(2.0), 0.0);
  for (int k = -8; k <= 8; ++k) {
    const auto turn = sincos_turns(0.25 * k);
    EXPECT_EQ(std::fabs(turn.sine), k % 2 == 0 ? 0.0 : 1.0);
    EXPECT_EQ(std::fabs(turn.cosine), k % 2 == 0 ? 1.0 : 0.0);
  }
}

TEST(SpecialValues, RemainderIsExact) {
  // fmod has one right answer: libm's
  std::uint64_t state = 1;
  const auto next = [&] { return state = state * 6364136223846793005u + 1442695040888963407u; };
  for (int i = 0; i < 20000; ++i) {
    const double x = std::bit_cast<double>(next()), y = std::bit_cast<double>(next());
    EXPECT_TRUE(agree(fmod(x, y), std::fmod(x, y))) << x << " " << y;
    const double near = std::ldexp(y, static_cast<int>(next() >> 58));
    EXPECT_TRUE(agree(fmod(near, y * 0.7), std::fmod(near, y * 0.7)));
  }
}

TEST(SpecialValues, OfStatisticalFunctions) {
  EXPECT_EQ(logistic(infinity), 1);
  EXPECT_EQ(logistic(-infinity), 0);
  EXPECT_TRUE(agree(logistic(-745.0), std::exp(-745.0)));
  EXPECT_EQ(logit(0.0), -infinity);
  EXPECT_EQ(logit(1.0), infinity);
  EXPECT_EQ(logit(0.5), 0);
  EXPECT_TRUE(std::isnan(logit(-0.1)) && std::isnan(logit(1.1)) && std::isnan(logit(not_a_number)));
  EXPECT_EQ(log1p_exp(infinity), infinity);
  EXPECT_EQ(log1p_exp(-infinity), 0);
  EXPECT_EQ(log1p_exp(1000.0), 1000);
  EXPECT_EQ(log_logistic(-1000.0), -1000);
  EXPECT_EQ(log1m_exp(0.0), -infinity);
  EXPECT_EQ(log1m_exp(-infinity), 0);
  EXPECT_TRUE(std::isnan(log1m_exp(0.1)));
  EXPECT_TRUE(std::isnan(log1p_exp(not_a_number)) && std::isnan(logistic(not_a_number)));
  EXPECT_EQ(normal_cdf(-infinity), 0);
  EXPECT_EQ(normal_cdf(infinity), 1);
  EXPECT_EQ(normal_cdf(0.0), 0.5);
  EXPECT_EQ(log_normal_cdf(-infinity), -infinity);
  EXPECT_EQ(log_normal_cdf(infinity), 0);
  EXPECT_TRUE(std::isnan(normal_cdf(not_a_number)) && std::isnan(log_normal_cdf(not_a_number)));
  EXPECT_NEAR(log_normal_cdf(-1e6), -5e11 - 14.734, 1e-3 + 5e11 * 0x1p-52);
  EXPECT_EQ(normal_quantile(0.0), -infinity);
  EXPECT_EQ(normal_quantile(1.0), infinity);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_TRUE(std::isnan(normal_quantile(-0.1)) && std::isnan(normal_quantile(1.1)) &&
              std::isnan(normal_quantile(not_a_number)));
}

TEST(SpecialValues, OfLogSumsAndDifferences) {
  EXPECT_EQ(log_sum_exp(-infinity, -infinity), -infinity);
  EXPECT_EQ(log_sum_exp(infinity, infinity), infinity);
  EXPECT_EQ(log_sum_exp(infinity, -infinity), infinity);
  EXPECT_EQ(log_sum_exp(-infinity, 3.0), 3);
  EXPECT_EQ(log_sum_exp(1e308, -1e308), 1e308);
  EXPECT_TRUE(std::isnan(log_sum_exp(not_a_number, 0.0)) && std::isnan(log_sum_exp(0.0, not_a_number)));
  EXPECT_EQ(log_diff_exp(2.0, 2.0), -infinity);
  EXPECT_EQ(log_diff_exp(2.0, -infinity), 2);
  EXPECT_EQ(log_diff_exp(-infinity, -infinity), -infinity);
  EXPECT_TRUE(std::isnan(log_diff_exp(1.0, 2.0)) && std::isnan(log_diff_exp(infinity, infinity)) &&
              std::isnan(log_diff_exp(not_a_number, 0.0)));
}

TEST(SpecialValues, OfGammaFunctions) {
  for (const double pole : {-1.0, -2.0, -100.0}) {
    EXPECT_EQ(lgamma(pole), infinity);
    EXPECT_TRUE(std::isnan(digamma(pole)));
    EXPECT_EQ(trigamma(pole), infinity);
  }
  EXPECT_EQ(digamma(0.0), -infinity);
  EXPECT_EQ(digamma(-0.0), infinity);
  EXPECT_EQ(digamma(infinity), infinity);
  EXPECT_EQ(trigamma(0.0), infinity);
  EXPECT_EQ(trigamma(infinity), 0);
  EXPECT_TRUE(std::isnan(digamma(not_a_number)) && std::isnan(trigamma(not_a_number)) &&
              std::isnan(digamma(-infinity)));
  EXPECT_EQ(lbeta(0.0, 2.0), infinity);
  EXPECT_EQ(lbeta(2.0, infinity), -infinity);
  EXPECT_TRUE(std::isnan(lbeta(-1.0, 2.0)) && std::isnan(lbeta(not_a_number, 2.0)) &&
              std::isnan(lbeta(2.0, not_a_number)));
}

}  // namespace
}  // namespace thalweg
