#include "thalweg/core/pack.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <type_traits>

namespace thalweg {
namespace {

template <class Real>
class PackTest : public testing::Test {};
using Widths = testing::Types<double, Pack<2>, Pack<4>, Pack<8>, Pack<16>, Pack<32>>;
TYPED_TEST_SUITE(PackTest, Widths);

/// Lane i holds first + i·step.
template <class Real>
Real ramp(double first, double step) {
  Real x;
  for (int i = 0; i < width_of<Real>; ++i) set_lane(x, i, first + i * step);
  return x;
}
std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }

TYPED_TEST(PackTest, ArithmeticIsThatOfEachLane) {
  const auto a = ramp<TypeParam>(-3.7, 0.9), b = ramp<TypeParam>(0.3, 1.1);
  for (int i = 0; i < width_of<TypeParam>; ++i) {
    const double x = lane_of(a, i), y = lane_of(b, i);
    EXPECT_EQ(lane_of(a + b, i), x + y);
    EXPECT_EQ(lane_of(a - b, i), x - y);
    EXPECT_EQ(lane_of(a * b, i), x * y);
    EXPECT_EQ(lane_of(a / b, i), x / y);
    EXPECT_EQ(lane_of(2.0 - a, i), 2.0 - x);
    EXPECT_EQ(lane_of(a / 3.0, i), x / 3.0);
    EXPECT_EQ(lane_of(-a, i), -x);
    EXPECT_EQ(lane_of(abs(a), i), std::fabs(x));
    EXPECT_EQ(lane_of(sqrt(b), i), std::sqrt(y));
    EXPECT_EQ(lane_of(min(a, b), i), std::fmin(x, y));
    EXPECT_EQ(lane_of(max(a, b), i), std::fmax(x, y));
    TypeParam c = a;
    c += b, c *= b, c -= a, c /= b;
    EXPECT_EQ(lane_of(c, i), ((x + y) * y - x) / y);
  }
}

TYPED_TEST(PackTest, FmaRoundsOnce) {
  const TypeParam a = 1 + 0x1p-30, b = 1 - 0x1p-30, c = -1.0;
  const auto y = fma(a, b, c);
  for (int i = 0; i < width_of<TypeParam>; ++i) EXPECT_EQ(lane_of(y, i), -0x1p-60);
  EXPECT_EQ(lane_of(a * b + c, 0), 0.0) << "a product and a sum must not be fused: -ffp-contract=off is missing";
}

TYPED_TEST(PackTest, BroadcastKeepsTheSignOfZero) {
  const TypeParam zero = -0.0, negated = -TypeParam(0.0);
  for (int i = 0; i < width_of<TypeParam>; ++i) {
    EXPECT_EQ(bits_of(lane_of(zero, i)), bits_of(-0.0));
    EXPECT_EQ(bits_of(lane_of(negated, i)), bits_of(-0.0));
    EXPECT_EQ(bits_of(lane_of(abs(zero), i)), bits_of(0.0));
  }
}

TYPED_TEST(PackTest, MasksSelectByLane) {
  constexpr int width = width_of<TypeParam>;
  const auto x = ramp<TypeParam>(0, 1);
  for (int k = 0; k <= width; ++k) {  // k lanes are below k
    const auto below = x < TypeParam(k);
    const std::uint64_t expected = k == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << k) - 1;
    EXPECT_EQ(lane_bits(below), expected);
    EXPECT_EQ(any(below), k > 0);
    EXPECT_EQ(all(below), k == width);
    EXPECT_EQ(none(below), k == 0);
    const auto y = select(below, TypeParam(1.0), TypeParam(2.0));
    for (int i = 0; i < width; ++i) EXPECT_EQ(lane_of(y, i), i < k ? 1.0 : 2.0);
    EXPECT_EQ(lane_bits(!below), ~expected & ((std::uint64_t{1} << width) - 1));
    EXPECT_EQ(lane_bits(below || x >= TypeParam(k)), (std::uint64_t{1} << width) - 1);
    EXPECT_EQ(lane_bits(below && x >= TypeParam(k)), 0u);
  }
}

TYPED_TEST(PackTest, ComparisonsWithNaNAreFalseButForUnequal) {
  const TypeParam nan = not_a_number, one = 1.0;
  EXPECT_FALSE(any(nan < one) || any(nan <= one) || any(nan > one) || any(nan >= one) || any(nan == nan));
  EXPECT_TRUE(all(nan != nan) && all(is_nan(nan)) && none(is_nan(one)));
  EXPECT_TRUE(none(is_finite(nan)) && none(is_finite(TypeParam(infinity))) && none(is_finite(TypeParam(-infinity))));
  EXPECT_TRUE(all(is_finite(TypeParam(1.7976931348623157e308))));
  EXPECT_EQ(lane_of(max(nan, one), 0), 1.0) << "a NaN in the first argument gives the second";
  EXPECT_TRUE(std::isnan(lane_of(max(one, nan), 0)));
}

TYPED_TEST(PackTest, LoadAndStoreMoveConsecutiveNumbersFromAnyDouble) {
  constexpr int width = width_of<TypeParam>;
  double memory[3 * 32 + 1];
  for (int i = 0; i < 3 * 32 + 1; ++i) memory[i] = i;
  const auto x = load<TypeParam>(memory + 1);
  for (int i = 0; i < width; ++i) EXPECT_EQ(lane_of(x, i), 1 + i);
  store(memory + 3, x);
  EXPECT_EQ(memory[2], 2);
  for (int i = 0; i < width; ++i) EXPECT_EQ(memory[3 + i], 1 + i);
  EXPECT_EQ(memory[3 + width], 3 + width);
}

TYPED_TEST(PackTest, ViewsStride) {
  TypeParam numbers[6];
  for (int i = 0; i < 6; ++i) numbers[i] = i;
  const View<TypeParam> every_second{numbers, 3, 2};
  EXPECT_EQ(every_second.size(), 3u);
  EXPECT_EQ(lane_of(every_second[2], 0), 4.0);
}

TYPED_TEST(PackTest, HoldsNothingButItsNumbers) {
  static_assert(sizeof(TypeParam) == 8 * width_of<TypeParam>);
  static_assert(std::is_same_v<RealOf<width_of<TypeParam>>, TypeParam>);
}

}  // namespace
}  // namespace thalweg
