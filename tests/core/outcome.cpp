#include "thalweg/core/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace thalweg {
namespace {

Outcome<double> logarithm(double x) {
  if (!(x > 0)) return Failure{"logarithm", 7, "x", fmt::format("expected x > 0, found {}", x)};
  return 2 * x;
}

TEST(Outcome, IsAValueOrItsEvidence) {
  EXPECT_TRUE(logarithm(1).ok());
  EXPECT_EQ(logarithm(1).value(), 2);
  const auto bad = logarithm(-1);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.failure().particle, 7);
  EXPECT_EQ(bad.failure().text(), "logarithm, particle 7, x: expected x > 0, found -1");
}

TEST(Outcome, TheValueOfAFailureIsAnErrorWithTheEvidence) {
  const auto bad = logarithm(0);
  try {
    (void)bad.value();
    FAIL() << "expected Error";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("particle 7"));
  }
}

TEST(Outcome, WithoutAValueAndWithPartsLeftOut) {
  EXPECT_TRUE(Outcome<>(Done{}).ok());
  EXPECT_EQ((Failure{"", -1, "", "no"}).text(), "no");
  EXPECT_EQ((Failure{"", 3, "", "no"}).text(), "particle 3: no");
}

}  // namespace
}  // namespace thalweg
