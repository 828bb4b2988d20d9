// The laws of kernels with vector and matrix arguments: value and pullback against the formula in 113 bits, and the
// same bits at every width. A case has
//   static constexpr std::size_t size;                      numbers in all continuous arguments together
//   static std::vector<double> point(Random<double>&);      a random point inside the domain
//   template <class R> static R run(const std::vector<R>& x, std::vector<R>& gradient);   value<keep all> and pullback
//   static Quad reference(const std::vector<Quad>& x);
#pragma once
#include <gtest/gtest.h>

#include <vector>

#include "distribution_reference.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/distributions/kernel.hpp"

namespace thalweg::testing_distributions {

template <class Case>
class VectorLaw : public ::testing::Test {};
TYPED_TEST_SUITE_P(VectorLaw);

TYPED_TEST_P(VectorLaw, ValueAndGradientAgreeWithTheFormulaIn113Bits) {
  using Case = TypeParam;
  Random<double> random(11, Purpose::test, 0, 0);
  for (int repeat = 0; repeat < 6; ++repeat) {
    const auto x = Case::point(random);
    ASSERT_EQ(x.size(), Case::size);
    std::vector<double> gradient(x.size(), 0.0);
    const double value = Case::run(x, gradient);
    std::vector<Quad> q(x.begin(), x.end());
    const Quad exact = Case::reference(q);
    double scale = 1 + std::abs(static_cast<double>(exact)), largest = 0;
    std::vector<double> slopes;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Quad h = step(x[i]), at = q[i];
      q[i] = at + h;
      const Quad up = Case::reference(q);
      q[i] = at - h;
      const Quad down = Case::reference(q);
      q[i] = at;
      slopes.push_back(static_cast<double>((up - down) / (2 * h)));
      scale += std::abs(x[i] * slopes.back());
      largest = std::max(largest, std::abs(slopes.back()));
    }
    // some hundred roundings of numbers as large as the largest
    EXPECT_LE(std::abs(static_cast<double>(value - exact)), 8 * units * scale) << value << " exact " << exact;
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_LE(std::abs(gradient[i] - slopes[i]), 8 * units * (1 + largest)) << "argument " << i << " of " << x.size();
  }
}

TYPED_TEST_P(VectorLaw, EveryWidthGivesTheSameBits) {
  using Case = TypeParam;
  const auto check = []<int W>(std::integral_constant<int, W>) {
    Random<double> random(12, Purpose::test, 0, 0);
    std::vector<std::vector<double>> lanes;
    std::vector<Pack<W>> x(Case::size), gradient(Case::size, Pack<W>(0.0));
    for (int lane = 0; lane < W; ++lane) {
      lanes.push_back(Case::point(random));
      for (std::size_t i = 0; i < Case::size; ++i) x[i].set(lane, lanes.back()[i]);
    }
    const Pack<W> value = Case::run(x, gradient);
    for (int lane = 0; lane < W; ++lane) {
      const auto& one = lanes[static_cast<std::size_t>(lane)];
      std::vector<double> g(Case::size, 0.0);
      EXPECT_TRUE(same_bits(lane_of(value, lane), Case::run(one, g)));
      for (std::size_t i = 0; i < Case::size; ++i) EXPECT_TRUE(same_bits(lane_of(gradient[i], lane), g[i]));
    }
  };
  check(std::integral_constant<int, 2>{});
  check(std::integral_constant<int, 8>{});
}
REGISTER_TYPED_TEST_SUITE_P(VectorLaw, ValueAndGradientAgreeWithTheFormulaIn113Bits, EveryWidthGivesTheSameBits);

template <class R>
View<const R> part(const std::vector<R>& x, std::size_t first, std::size_t count) {
  return {x.data() + first, count, 1};
}
template <class R>
View<R> part_of(std::vector<R>& x, std::size_t first, std::size_t count) {
  return {x.data() + first, count, 1};
}
/// Everything is kept.
template <std::size_t n>
using KeepAll = decltype([]<std::size_t... i>(std::index_sequence<i...>) {
  return Keep<false, (i < n)...>{};
}(std::make_index_sequence<n>{}));

}  // namespace thalweg::testing_distributions
