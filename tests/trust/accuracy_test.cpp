#include "thalweg/trust/accuracy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "thalweg/core/random.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t chains = 16, draws = 64;

/// Columns: independent normals; a coin; a constant; never set; NaN in one draw; infinite in one draw.
double value(std::int64_t chain, std::int64_t column, std::int64_t draw) {
  Random<double> random(5, Purpose::test, std::uint64_t(chain),
                        std::uint64_t(100 * draw + std::min(column, std::int64_t(1))));
  const bool one = chain == 3 && draw == 7;
  switch (column) {
    case 1:
      return random.uniform() < 0.5;
    case 2:
      return 4;
    case 3:
      return NAN;
    case 4:
      return one ? NAN : random.normal();
    case 5:
      return one ? INFINITY : random.normal();
    default:
      return random.normal();
  }
}

AccuracyLook seen(const Accuracy& asked, const std::vector<Quantity>& quantities, std::int64_t count = draws) {
  return look(asked, chains, count, quantities, [](std::int64_t chain, std::int64_t column, std::span<double> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = value(chain, column, std::int64_t(i));
  });
}

const Quantity normal{"normal", 0}, coin{"coin", 1}, constant{"constant", 2}, unset{"unset", 3}, nan_once{"nan", 4},
    infinite_once{"infinite", 5}, log_p{"lp", 5, false};

TEST(Accuracy, IsThatOfTheWorstQuantity) {
  const Accuracy asked{.ess = 10, .mcse = 1, .nested_rhat = 1.5};
  const AccuracyLook l = seen(asked, {normal, coin, constant, unset, log_p});
  EXPECT_TRUE(l.holds);
  const AccuracyLook alone = seen(asked, {normal}), other = seen(asked, {coin});
  EXPECT_EQ(l.ess->value, std::min(alone.ess->value, other.ess->value));
  EXPECT_EQ(l.mcse->value, std::max(alone.mcse->value, other.mcse->value));
  EXPECT_NEAR(alone.mcse->value, 1 / std::sqrt(double(chains * draws)), 0.3 / std::sqrt(double(chains * draws)));
}

TEST(Accuracy, EachGoalCanFailAlone) {
  EXPECT_FALSE(seen({.ess = 1e5, .mcse = 1, .nested_rhat = 1.5}, {normal}).holds);
  EXPECT_FALSE(seen({.ess = 10, .mcse = 1e-5, .nested_rhat = 1.5}, {normal}).holds);
  // Chance is added to what is asked for: no small number fails it on draws of one law, but other laws do.
  const auto apart = look({.nested_rhat = 1.01}, chains, draws, std::vector{normal},
                          [](std::int64_t chain, std::int64_t column, std::span<double> out) {
                            for (std::size_t i = 0; i < out.size(); ++i)
                              out[i] = value(chain, column, std::int64_t(i)) + (chain < 8);
                          });
  EXPECT_FALSE(apart.holds);
  EXPECT_GT(apart.nested_rhat->value, 1.05);
}

TEST(Accuracy, WhatIsNotFiniteInSomeDrawsIsAnObstacle) {
  EXPECT_EQ(seen({.ess = 1}, {normal, nan_once}).obstacle, "nan is NaN in some draws");
  EXPECT_EQ(seen({.ess = 1}, {normal, infinite_once}).obstacle, "infinite is infinite in some draws");
  EXPECT_FALSE(seen({.ess = 1}, {normal, nan_once}).holds);
}

TEST(Accuracy, NothingThatVariesReachesNothing) {
  const AccuracyLook l = seen({.ess = 1}, {constant, unset, log_p});
  EXPECT_FALSE(l.holds);
  EXPECT_EQ(l.obstacle, "no quantity varies");
  EXPECT_FALSE(seen({.ess = 1}, {normal}, 3).holds) << "too short to say anything";
  EXPECT_EQ(seen({.ess = 1}, {normal}, 3).obstacle, "") << "but more draws will do";
  EXPECT_FALSE(seen({}, {normal}).holds) << "nothing was asked for";
}

}  // namespace
}  // namespace thalweg
