#include "thalweg/core/log_product.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

/// Products of n factors against the sum of their logarithms in long double; the worst error allowed is n·2⁻⁵³ from
/// the roundings of the product and one ulp of the result.
template <class Draw>
void compare_with_sum(int n, Draw draw) {
  for (int repetition = 0; repetition < 100; ++repetition) {
    LogProduct<double> product;
    long double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double x = draw();
      product *= x;
      sum += std::log(static_cast<long double>(x));
    }
    const auto expected = static_cast<double>(sum);
    ASSERT_NEAR(product.log(), expected, n * 0x1p-53 + 0x1p-52 * std::fabs(expected));
  }
}

TEST(LogProduct, IsTheSumOfLogarithms) {
  Random<double> random(1, Purpose::test, 0, 0);
  compare_with_sum(1, [&] { return random.uniform(); });
  compare_with_sum(500, [&] { return 1 + random.uniform(); });
  compare_with_sum(500, [&] { return std::exp(random.normal()); });
}
TEST(LogProduct, NeitherOverflowsNorUnderflows) {
  Random<double> random(2, Purpose::test, 0, 0);
  compare_with_sum(500, [&] { return 1.7e308 * random.uniform(); });
  compare_with_sum(500, [&] { return 3e-308 * random.uniform(); });
  compare_with_sum(500, [&] { return 1e-318 * random.uniform() + 5e-324; });
  compare_with_sum(500, [&] { return std::exp(80 * random.normal()); });
}
TEST(LogProduct, OfNothingIsZero) { EXPECT_EQ(LogProduct<double>().log(), 0); }
TEST(LogProduct, IsExactForPowersOfTwo) {
  LogProduct<double> product;
  for (int i = 0; i < 1000; ++i) product *= 0x1p1000;
  EXPECT_EQ(product.log(), 1e6 * 0.69314718055994530942);
}

double log_of(std::initializer_list<double> factors) {
  LogProduct<double> product;
  for (const double x : factors) product *= x;
  return product.log();
}
TEST(LogProduct, CarriesZeroInfinityAndNaN) {
  EXPECT_EQ(log_of({2, 0, 3}), -infinity);
  EXPECT_EQ(log_of({2, infinity, 3}), infinity);
  EXPECT_TRUE(std::isnan(log_of({2, not_a_number, 3})));
  EXPECT_TRUE(std::isnan(log_of({0, 2, infinity})));
  EXPECT_TRUE(std::isnan(log_of({-2, 3})));
  EXPECT_TRUE(std::isnan(log_of({-2, -3}))) << "two negative factors must not hide each other";
  EXPECT_TRUE(std::isnan(log_of({0, not_a_number, 5})));
}
TEST(LogProduct, LanesDoNotDisturbEachOther) {
  LogProduct<Pack<8>> product;
  Pack<8> x = 2.0;
  x.set(1, 0.0), x.set(2, infinity), x.set(3, not_a_number), x.set(4, 5e-324), x.set(5, -1.0), x.set(6, 1e300);
  product *= x;
  product *= Pack<8>(3.0);
  const auto y = product.log();
  const double expected[] = {6, 0, infinity, not_a_number, 0, not_a_number, 3e300, 6};
  for (int lane : {0, 1, 2, 6, 7}) EXPECT_EQ(y[lane], log(expected[lane]));
  EXPECT_NEAR(y[4], std::log(5e-324) + std::log(3.0), 1e-12);
  EXPECT_TRUE(std::isnan(y[3]) && std::isnan(y[5]));
}

}  // namespace
}  // namespace thalweg
