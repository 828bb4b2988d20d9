// Constraint transforms: the laws over all of them, their order, their edges, and the planted errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/density/transform_cases.hpp"
#include "tests/density/transform_laws.hpp"

namespace thalweg::laws {
namespace {

using ::testing::ElementsAre;

template <class Case>
class EachTransform : public testing::Test {};
using Cases = testing::Types<
    OneBoundCase<Lower>, OneBoundCase<Upper>, TwoParameterCase<LowerUpper>, TwoParameterCase<OffsetMultiplier>,
    VectorCase<Ordered, 4>, VectorCase<PositiveOrdered, 4>, VectorCase<Simplex, 5>, VectorCase<UnitVector, 4>,
    VectorCase<SumToZero, 5>, CholeskyFactorCorrCase<4>, CholeskyFactorCovCase<3, 3>, CholeskyFactorCovCase<5, 3>,
    SymmetricCase<CorrMatrix, 4>, SymmetricCase<CovMatrix, 4>, VectorCase<Simplex, 1>, VectorCase<Ordered, 1>,
    VectorCase<SumToZero, 1>, CholeskyFactorCorrCase<1>, SymmetricCase<CorrMatrix, 1>, SymmetricCase<CovMatrix, 1>>;
TYPED_TEST_SUITE(EachTransform, Cases);

TYPED_TEST(EachTransform, LogJacobianIsThatOfTheMap) {
  const TypeParam c;
  if constexpr (std::is_same_v<TypeParam, VectorCase<UnitVector, 4>>) {
    // Not the Jacobian of a map: the log density of a normal, which makes y uniform.
    const Values<double> x{1, -2, 3, 0.5}, none;
    EXPECT_EQ(constrained(c, x, none).log_jacobian, -0.5 * 14.25);
  } else {
    EXPECT_TRUE(log_jacobian_is_that_of_the_map(c));
  }
}
TYPED_TEST(EachTransform, PullbackIsTheGradient) { EXPECT_TRUE(pullback_is_the_gradient(TypeParam())); }
TYPED_TEST(EachTransform, UnconstrainInverts) { EXPECT_TRUE(unconstrain_inverts(TypeParam())); }
TYPED_TEST(EachTransform, StaysFinite) { EXPECT_TRUE(stays_finite(TypeParam())); }
TYPED_TEST(EachTransform, SameBitsAtEveryWidth) {
  EXPECT_TRUE(same_bits<2>(TypeParam()));
  EXPECT_TRUE(same_bits<native_lanes>(TypeParam()));
  EXPECT_TRUE(same_bits<default_width>(TypeParam()));
  EXPECT_TRUE(same_bits<16>(TypeParam()));
}

TEST(PlantedErrors, ADroppedJacobianIsFound) {
  EXPECT_FALSE(log_jacobian_is_that_of_the_map(OneBoundCase<LowerWithoutJacobian>()));
  EXPECT_FALSE(log_jacobian_is_that_of_the_map(CovMatrixWithHalfAJacobian<3>()));
}
TEST(PlantedErrors, AnInverseOffByASignIsFound) {
  EXPECT_FALSE(unconstrain_inverts(VectorCase<SimplexWithInverseOffBySign, 4>()));
}
TEST(PlantedErrors, APullbackOffByASignIsFound) {
  EXPECT_FALSE(pullback_is_the_gradient(OneBoundCase<UpperWithPullbackOffBySign>()));
}

// ---- known answers: Stan's order of x ----

TEST(TransformOrder, CorrelationFactorRunsAlongRowsAndCorrelationMatrixDownColumns) {
  Values<double> x{0, 0, 0.5, 0, 0, 0}, y(16), factor(16);
  CholeskyFactorCorr::constrain(view(std::as_const(x)), 4, view(y));
  EXPECT_DOUBLE_EQ(y[2 * 4 + 1], std::tanh(0.5));
  EXPECT_EQ(y[3 * 4 + 0], 0);
  CorrMatrix::constrain(view(std::as_const(x)), 4, view(y), view(factor));
  EXPECT_DOUBLE_EQ(y[3 * 4 + 0], std::tanh(0.5));
  EXPECT_DOUBLE_EQ(y[0 * 4 + 3], std::tanh(0.5));
  EXPECT_EQ(y[2 * 4 + 1], 0);
}

TEST(TransformOrder, CovarianceFactorRunsAlongRows) {
  const Values<double> x{std::log(2.0), 3, std::log(5.0), 7, 8};
  Values<double> y(6);
  EXPECT_DOUBLE_EQ(CholeskyFactorCov::constrain(view(x), 3, 2, view(y)), std::log(10.0));
  EXPECT_NEAR(y[0], 2, 1e-15);
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(y[2], 3);
  EXPECT_NEAR(y[3], 5, 1e-14);
  EXPECT_EQ(y[4], 7);
  EXPECT_EQ(y[5], 8);
}

TEST(TransformOrder, ZeroIsTheUniformSimplex) {
  const Values<double> x(4, 0.0);
  Values<double> y(5);
  const double log_jacobian = Simplex::constrain(view(x), view(y));
  for (const double v : y) EXPECT_NEAR(v, 0.2, 1e-16);
  // z = 1/5, 1/4, 1/3, 1/2 and the stick before each cut 1, 4/5, 3/5, 2/5: Π stick · z · (1 − z)
  const double jacobian = (1.0 * 0.2 * 0.8) * (0.8 * 0.25 * 0.75) * (0.6 / 3 * 2 / 3) * (0.4 * 0.5 * 0.5);
  EXPECT_NEAR(log_jacobian, std::log(jacobian), 1e-14);
}

TEST(TransformOrder, SumToZeroOfOne) {
  const Values<double> x{0, 1, 0};
  Values<double> y(4);
  SumToZero::constrain(view(x), view(y));
  const double s = 1 / std::sqrt(6.0);
  EXPECT_NEAR(y[0], s, 1e-15);
  EXPECT_NEAR(y[1], s, 1e-15);
  EXPECT_NEAR(y[2], -2 * s, 1e-15);
  EXPECT_EQ(y[3], 0);
}

// ---- infinite and impossible bounds ----

TEST(Bounds, InfiniteOnesDegrade) {
  const Values<double> x{0.5, 0.5, 0.5, 0.5}, lower{-infinity, 1, -infinity, 1}, upper{infinity, infinity, 3, 3};
  const Values<double> w{1, 1, 1, 1};
  Values<double> y(4), dx(4), dl(4), du(4), back(4);
  const double e = std::exp(0.5), p = e / (1 + e);
  const double log_jacobian = LowerUpper::constrain(view(x), view(lower), view(upper), view(y));
  EXPECT_NEAR(log_jacobian, 0 + 0.5 + 0.5 + std::log(2 * p * (1 - p)), 1e-14);
  EXPECT_EQ(y[0], 0.5);
  EXPECT_NEAR(y[1], 1 + e, 1e-15);
  EXPECT_NEAR(y[2], 3 - e, 1e-15);
  EXPECT_NEAR(y[3], 1 + 2 * p, 1e-15);
  LowerUpper::pullback(view(x), view(std::as_const(y)), view(w), view(lower), view(upper), 1.0, view(dx), view(dl),
                       view(du));
  EXPECT_NEAR(dx[0], 1, 1e-15);
  EXPECT_NEAR(dx[1], 1 + e, 1e-15);
  EXPECT_NEAR(dx[2], 1 - e, 1e-15);
  EXPECT_NEAR(dx[3], 2 * p * (1 - p) + 1 - 2 * p, 1e-15);
  EXPECT_THAT(dl, ElementsAre(0, 1, 0, testing::DoubleNear(1 - p - 0.5, 1e-15)));
  EXPECT_THAT(du, ElementsAre(0, 0, 1, testing::DoubleNear(p + 0.5, 1e-15)));
  EXPECT_FALSE(LowerUpper::unconstrain(view(std::as_const(y)), view(lower), view(upper), view(back)));
  for (const double v : back) EXPECT_NEAR(v, 0.5, 1e-14);

  EXPECT_EQ(Lower::constrain(view(x), view(lower), view(y)), 1.0);
  EXPECT_EQ(y[0], 0.5);
  EXPECT_EQ(Upper::constrain(view(x), view(upper), view(y)), 1.0);
  EXPECT_EQ(y[1], 0.5);
}

TEST(Bounds, ImpossibleOnesAreOutsideTheSupport) {
  const Values<double> x{0.5}, one{1}, two{2}, zero{0};
  Values<double> y(1);
  EXPECT_EQ(LowerUpper::constrain(view(x), view(two), view(one), view(y)), -infinity);
  EXPECT_EQ(LowerUpper::constrain(view(x), view(one), view(one), view(y)), -infinity);
  EXPECT_EQ(OffsetMultiplier::constrain(view(x), view(one), view(zero), view(y)), -infinity);
}

TEST(Bounds, BothEndsAreApproachedExactly) {
  const Values<double> x{-50, 50}, lower{0, -1}, upper{1, 0};
  Values<double> y(2);
  LowerUpper::constrain(view(x), view(lower), view(upper), view(y));
  EXPECT_NEAR(y[0] / std::exp(-50.0), 1, 1e-15);
  EXPECT_NEAR(y[1] / -std::exp(-50.0), 1, 1e-15);
}

// ---- values that do not fit ----

void expect_violation(const Violation& v, std::size_t index, const std::string& expected, double limit, double found) {
  ASSERT_TRUE(v);
  EXPECT_EQ(v.index, index);
  EXPECT_EQ(v.expected, expected);
  EXPECT_TRUE(v.limit == limit || (is_nan(v.limit) && is_nan(limit))) << v.limit;
  EXPECT_TRUE(v.found == found || (is_nan(v.found) && is_nan(found))) << v.found;
}

TEST(Violations, OfBounds) {
  Values<double> x(3);
  const Values<double> y{1, 2, -3}, bound{0};
  const View<const double> all{bound.data(), 3, 0};
  expect_violation(Lower::unconstrain(view(y), all, view(x)), 2, "a number greater than", 0, -3);
  expect_violation(Upper::unconstrain(view(y), all, view(x)), 0, "a number less than", 0, 1);
  const Values<double> at_bound{0}, nan{not_a_number}, one{1};
  expect_violation(Lower::unconstrain(view(at_bound), view(bound), view(x)), 0, "a number greater than", 0, 0);
  expect_violation(Lower::unconstrain(view(nan), view(bound), view(x)), 0, "a number greater than", 0, not_a_number);
  expect_violation(LowerUpper::unconstrain(view(one), view(bound), view(one), view(x)), 0, "a number less than", 1, 1);
}

TEST(Violations, OfVectors) {
  Values<double> x(3);
  expect_violation(Ordered::unconstrain(view(Values<double>{1, 3, 2}), view(x)), 2,
                   "greater than the element before it,", 3, 2);
  expect_violation(PositiveOrdered::unconstrain(view(Values<double>{-1, 3, 4}), view(x)), 0, "a number greater than", 0,
                   -1);
  expect_violation(Simplex::unconstrain(view(Values<double>{0.5, 0, 0.5}), view(x)), 1, "a number greater than", 0, 0);
  expect_violation(Simplex::unconstrain(view(Values<double>{0.25, 0.25, 0.25}), view(x)), 0,
                   "part of a simplex, whose sum is", 1, 0.75);
  expect_violation(UnitVector::unconstrain(view(Values<double>{1, 1}), view(x)), 0,
                   "part of a vector whose sum of squares is", 1, 2);
  expect_violation(SumToZero::unconstrain(view(Values<double>{1, 1}), view(x)), 0, "part of a vector whose sum is", 0,
                   2);
}

TEST(Violations, ToleratesRounding) {
  Values<double> x(2);
  EXPECT_FALSE(Simplex::unconstrain(view(Values<double>{0.25, 0.25, 0.5 + 5e-9}), view(x)));
  EXPECT_TRUE(Simplex::unconstrain(view(Values<double>{0.25, 0.25, 0.5 + 2e-8}), view(x)));
  EXPECT_FALSE(UnitVector::unconstrain(view(Values<double>{0.6, 0.8 + 5e-9}), view(x)));
}

TEST(Violations, OfMatrices) {
  Values<double> x(3), factor(4);
  expect_violation(CholeskyFactorCorr::unconstrain(view(Values<double>{1, 0.5, 0, 1}), 2, view(x)), 1,
                   "above the diagonal of a lower triangular matrix, so", 0, 0.5);
  expect_violation(CholeskyFactorCorr::unconstrain(view(Values<double>{1, 0, 0.5, 0.5}), 2, view(x)), 2,
                   "in a row whose sum of squares is", 1, 0.5);
  expect_violation(CholeskyFactorCorr::unconstrain(view(Values<double>{-1, 0, 0.6, 0.8}), 2, view(x)), 0,
                   "on the diagonal of a Cholesky factor, so greater than", 0, -1);
  expect_violation(CholeskyFactorCov::unconstrain(view(Values<double>{1, 0, 3, -2}), 2, 2, view(x)), 3,
                   "on the diagonal of a Cholesky factor, so greater than", 0, -2);
  expect_violation(CorrMatrix::unconstrain(view(Values<double>{1, 0.5, 0.25, 1}), 2, view(x), view(factor)), 2,
                   "in a symmetric matrix, so", 0.5, 0.25);
  expect_violation(CorrMatrix::unconstrain(view(Values<double>{1, 0.5, 0.5, 2}), 2, view(x), view(factor)), 3,
                   "on the diagonal of a correlation matrix, so", 1, 2);
  expect_violation(CovMatrix::unconstrain(view(Values<double>{1, 2, 2, 1}), 2, view(x), view(factor)), 3,
                   "on the diagonal of a positive definite matrix", not_a_number, 1);
}

}  // namespace
}  // namespace thalweg::laws
