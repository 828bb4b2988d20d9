#include "thalweg/trust/ordering.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/trust/chains.hpp"
#include "thalweg/trust/rank_normalise.hpp"

namespace thalweg {
namespace {

void expect_ordered(const std::vector<double>& x) {
  Ordering order;
  order.assign(x);
  std::vector<double> expected = x;
  std::sort(expected.begin(), expected.end());
  ASSERT_TRUE(std::equal(expected.begin(), expected.end(), order.sorted().begin(), order.sorted().end()));
  std::vector<bool> seen(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const auto i = order.index()[j];
    ASSERT_FALSE(seen[i]);
    seen[i] = true;
    ASSERT_EQ(x[i], order.sorted()[j]);
  }
}

TEST(Ordering, SortsAnyMixOfMagnitudes) {
  std::mt19937_64 engine(3);
  std::uniform_int_distribution<std::uint64_t> any;
  std::vector<double> x;
  while (x.size() < 20000) {
    const double v = std::bit_cast<double>(any(engine));
    if (v == v) x.push_back(v);
  }
  x.insert(x.end(), {INFINITY, -INFINITY, 0.0, -0.0, 5e-324, -5e-324, 1.7e308});
  expect_ordered(x);
  expect_ordered({});
  expect_ordered({1.5});
  expect_ordered({2, 1});
  expect_ordered(std::vector<double>(1000, 7.0));
}

TEST(Ordering, RepairsDrawsThatAgreeInTheLeadingBits) {
  // One far outlier leaves the radix passes no bits to tell the others apart.
  std::vector<double> x = independent(1, 30000, 5);
  for (double& v : x) v = 1 + 1e-9 * v;
  x.push_back(-1e300);
  expect_ordered(x);
}

TEST(Ordering, QuantilesInterpolateBetweenOrderStatistics) {
  Ordering order;
  const std::vector<double> x{4, 1, 3, 2};
  order.assign(x);
  EXPECT_DOUBLE_EQ(order.quantile(0), 1);
  EXPECT_DOUBLE_EQ(order.quantile(1), 4);
  EXPECT_DOUBLE_EQ(order.quantile(0.5), 2.5);
  EXPECT_DOUBLE_EQ(order.quantile(0.05), 1.15);
  EXPECT_THROW(order.quantile(1.5), std::invalid_argument);
  const std::vector<double> with_infinity{1, 2, INFINITY, INFINITY};
  order.assign(with_infinity);
  EXPECT_EQ(order.quantile(1.0 / 3), 2);
  EXPECT_EQ(order.quantile(0.9), INFINITY);
}

TEST(RankNormalise, TiesShareTheirAverageRankAndScoresAreSymmetric) {
  Ordering order;
  NormalScores scores;
  std::vector<double> z;
  const std::vector<double> x{1, 2, 2, 3, 2, 5};
  order.assign(x);
  rank_normalise(order, 1, scores, z);
  // Φ⁻¹((r − 3/8)/6.25) by R's qnorm: r = 1 → 0.1, r = 3 → 0.42, r = 5 → 0.74, r = 6 → 0.9.
  const double expected[] = {-1.2815515655446004, -0.20189347914185077, -0.20189347914185077,
                             0.64334540539291685, -0.20189347914185077, 1.2815515655446004};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(z[i], expected[i], 1e-14);
}

TEST(RankNormalise, FoldingByMergeEqualsSortingDistancesToTheMedian) {
  for (const std::int64_t draws : {10, 11, 64, 65}) {
    std::vector<double> x = independent(3, draws, 17 + draws);
    for (double& v : x) v = std::round(4 * v) / 4;  // many ties, on both sides of the median
    Ordering order, of_distances;
    NormalScores scores;
    order.assign(x);
    std::vector<double> merged, sorted, distance = x;
    for (double& v : distance) v = std::abs(v - order.quantile(0.5));
    of_distances.assign(distance);
    rank_normalise_folded(order, 3, scores, merged);
    rank_normalise(of_distances, 3, scores, sorted);
    EXPECT_EQ(merged, sorted) << draws;
  }
}

}  // namespace
}  // namespace thalweg
