// Functions at dyadic rationals, where reduced arguments coincide and branches by equality meet: random arguments never
// get there (log Γ(¼) was once taken for log Γ(5/4), because log's own reduction of ¼ · 5/4 leaves ¼).
#include <gtest/gtest.h>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>

#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

using Long = long double;

void expect_near(const char* name, double x, double found, Long expected) {
  EXPECT_LE(std::fabs(found - expected), 40 * 0x1p-52L * std::max<Long>(1, std::fabs(expected)))
      << name << " at " << x << ": found " << found << ", expected " << expected;
}

TEST(DyadicArguments, GammaFunctionsAndLogarithms) {
  for (int d = 1; d <= 1024; d *= 2)
    for (int k = 1; k <= 20 * d; k += k < 4 * d ? 1 : 7) {
      const double x = static_cast<double>(k) / d, y = static_cast<double>((k * 37) % (20 * d) + 1) / d;
      const Long X = x, Y = y;
      expect_near("lgamma", x, lgamma(x), boost::math::lgamma(X));
      expect_near("digamma", x, digamma(x), boost::math::digamma(X));
      expect_near("trigamma", x, trigamma(x), boost::math::trigamma(X));
      expect_near("lbeta", x, lbeta(x, y),
                  boost::math::lgamma(X) + boost::math::lgamma(Y) - boost::math::lgamma(X + Y));
      expect_near("log", x, log(x), std::log(X));
      expect_near("log1p", x, log1p(x), std::log1p(X));
      expect_near("log1m_exp", x, log1m_exp(-x), std::log(-std::expm1(-X)));
      expect_near("expm1", x, expm1(-x), std::expm1(-X));
      expect_near("erfc", x, erfc(x), std::erfc(X));
      expect_near("atan", x, atan(x), std::atan(X));
      expect_near("pow", x, pow(x, y / 8), std::pow(X, Y / 8));
    }
}

}  // namespace
}  // namespace thalweg
