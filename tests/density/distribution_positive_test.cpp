// Distributions on the positive half-line and on intervals.
#include "distribution_law.hpp"
#include "thalweg/density/distributions/chi_square.hpp"
#include "thalweg/density/distributions/normal.hpp"
#include "thalweg/density/distributions/positive.hpp"
#include "thalweg/density/distributions/powers.hpp"
#include "thalweg/density/distributions/unit_interval.hpp"

namespace thalweg::testing_distributions {
namespace {

const std::vector<double> outcomes{-3, 1e-30, 0.02, 0.9, 1, 6.5, 80, 3e6};
const std::vector<double> shapes{0.03, 0.25, 1, 2.5, 19, 4e3};
const std::vector<double> scales{1e-3, 0.6, 1, 23};

template <class Distribution>
struct TwoPositive {
  using Kernel = Distribution;
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{outcomes, shapes, scales}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
};
template <class Distribution>
struct OnePositive {
  using Kernel = Distribution;
  using Arguments = std::tuple<double, double>;
  static Grid<2> grid() { return {{outcomes, shapes}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}}; }
};

struct LognormalCase : TwoPositive<distribution::Lognormal> {
  static Grid<3> grid() { return {{outcomes, {-30, -0.4, 0.35, 12}, scales}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
  static Quad log_density(Quad y, Quad mu, Quad sigma) {
    if (y <= 0) return -quad_infinity;
    const Quad z = (log(y) - mu) / sigma;
    return -z * z / 2 - log(y * sigma) - log(2 * quad_pi()) / 2;
  }
};
struct GammaCase : TwoPositive<distribution::Gamma> {
  static Quad log_density(Quad y, Quad alpha, Quad beta) {
    if (y < 0) return -quad_infinity;
    return alpha * log(beta) - lgamma(alpha) + (alpha - 1) * log(y) - beta * y;
  }
};
struct InvGammaCase : TwoPositive<distribution::InvGamma> {
  static Quad log_density(Quad y, Quad alpha, Quad beta) {
    if (y <= 0) return -quad_infinity;
    return alpha * log(beta) - lgamma(alpha) - (alpha + 1) * log(y) - beta / y;
  }
};
struct ExponentialCase : OnePositive<distribution::Exponential> {
  static Quad log_density(Quad y, Quad beta) { return y < 0 ? Quad(-quad_infinity) : Quad(log(beta) - beta * y); }
};
struct WeibullCase : TwoPositive<distribution::Weibull> {
  static Grid<3> grid() { return {{{-3, 1e-30, 0.02, 0.9, 1, 6.5, 80}, {0.03, 1, 2.5, 19}, {0.3, 0.6, 1, 23}}}; }
  static Quad log_density(Quad y, Quad alpha, Quad sigma) {
    if (y < 0) return -quad_infinity;
    return log(alpha / sigma) + (alpha - 1) * log(y / sigma) - pow(y / sigma, alpha);
  }
};
struct FrechetCase : TwoPositive<distribution::Frechet> {
  static Grid<3> grid() { return {{{-3, 0.02, 0.9, 1, 6.5, 3e6}, {0.03, 1, 2.5, 19}, {1e-3, 0.6, 1, 23}}}; }
  static Quad log_density(Quad y, Quad alpha, Quad sigma) {
    if (y <= 0) return -quad_infinity;
    return log(alpha / sigma) - (alpha + 1) * log(y / sigma) - pow(y / sigma, -alpha);
  }
};
struct LogLogisticCase : TwoPositive<distribution::LogLogistic> {
  static Grid<3> grid() { return {{outcomes, scales, {0.03, 1, 2.5, 19}}}; }
  static Quad log_density(Quad y, Quad alpha, Quad beta) {
    if (y <= 0) return -quad_infinity;
    return log(beta / alpha) + (beta - 1) * log(y / alpha) - 2 * log1p(pow(y / alpha, beta));
  }
};
struct ParetoCase : TwoPositive<distribution::Pareto> {
  static Quad log_density(Quad y, Quad low, Quad alpha) {
    return y < low ? Quad(-quad_infinity) : Quad(log(alpha) + alpha * log(low) - (alpha + 1) * log(y));
  }
  static Grid<3> grid() { return {{{-3, 0.02, 0.9, 6.5, 3e6}, scales, shapes}}; }
};
struct ParetoType2Case {
  using Kernel = distribution::ParetoType2;
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{{-3, 0.02, 0.9, 80, 3e6}, {-20, 0.3, 7}, {0.6, 23}, {0.03, 2.5, 4e3}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad log_density(Quad y, Quad mu, Quad lambda, Quad alpha) {
    return y < mu ? Quad(-quad_infinity) : Quad(log(alpha / lambda) - (alpha + 1) * log1p((y - mu) / lambda));
  }
};
struct RayleighCase : OnePositive<distribution::Rayleigh> {
  static Grid<2> grid() { return {{outcomes, scales}}; }
  static Quad log_density(Quad y, Quad sigma) {
    return y <= 0 ? Quad(-quad_infinity) : Quad(log(y) - 2 * log(sigma) - y * y / (2 * sigma * sigma));
  }
};
struct ChiSquareCase : OnePositive<distribution::ChiSquare> {
  static Quad log_density(Quad y, Quad nu) { return GammaCase::log_density(y, nu / 2, 0.5); }
};
struct InvChiSquareCase : OnePositive<distribution::InvChiSquare> {
  static Quad log_density(Quad y, Quad nu) { return InvGammaCase::log_density(y, nu / 2, 0.5); }
};
struct ScaledInvChiSquareCase : TwoPositive<distribution::ScaledInvChiSquare> {
  static Quad log_density(Quad y, Quad nu, Quad s) { return InvGammaCase::log_density(y, nu / 2, nu * s * s / 2); }
  static Quad magnitude(const std::array<Quad, 3>& q) { return q[1] / 2 * abs(log(q[1] / 2)); }
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 3>& q) {
    return i == 1 ? 1 + abs(log(q[1])) + 2 * abs(log(q[2])) + abs(log(abs(q[0]))) : Quad(0);
  }
};
struct BetaCase : TwoPositive<distribution::Beta> {
  static Grid<3> grid() {
    return {{{-0.1, 1e-30, 0.02, 0.5, 0.93, 1 - 0x1p-20, 1.1}, {0.03, 1, 7.9, 16, 4e3}, {0.03, 1, 2.5, 300}}};
  }
  static Quad log_density(Quad y, Quad alpha, Quad beta) {
    if (y < 0 || y > 1) return -quad_infinity;
    return (alpha - 1) * log(y) + (beta - 1) * log1p(-y) - lgamma(alpha) - lgamma(beta) + lgamma(alpha + beta);
  }
};
struct BetaProportionCase {
  using Kernel = distribution::BetaProportion;
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{{-0.1, 1e-9, 0.02, 0.5, 0.93, 1.1}, {0.01, 0.4, 0.9}, {0.2, 3, 80}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, 1}, {1, -0.1}, {2, 0}, {2, infinity}}; }
  static Quad log_density(Quad y, Quad mu, Quad kappa) {
    return BetaCase::log_density(y, mu * kappa, (1 - mu) * kappa);
  }
};
struct UniformCase {
  using Kernel = distribution::Uniform;
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{{-7, 0.3, 0.75, 80}, {-1e3, -0.1, 0.5}, {0.25, 3, 100}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, infinity}, {2, -infinity}}; }
  static Quad log_density(Quad y, Quad a, Quad b) {
    return y < a || y > b || b <= a ? Quad(-quad_infinity) : Quad(-log(b - a));
  }
};

using HalfLine = ::testing::Types<LognormalCase, GammaCase, InvGammaCase, ExponentialCase, ChiSquareCase,
                                  InvChiSquareCase, ScaledInvChiSquareCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(HalfLine, DistributionLaw, HalfLine);
using Powers = ::testing::Types<WeibullCase, FrechetCase, LogLogisticCase, ParetoCase, ParetoType2Case, RayleighCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(Powers, DistributionLaw, Powers);
using Intervals = ::testing::Types<BetaCase, BetaProportionCase, UniformCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(Intervals, DistributionLaw, Intervals);

/// The ends of the support, where a power of 0 meets the exponent 0: the limits, not NaN.
TEST(DistributionEdges, PowersOfZero) {
  EXPECT_EQ(evaluate_one<GammaCase>({0, 1, 3}).value, evaluate_one<ExponentialCase>({0, 3}).value);
  EXPECT_EQ(evaluate_one<GammaCase>({0, 1, 3}).partial[0], -3);
  EXPECT_EQ(evaluate_one<GammaCase>({0, 2, 3}).value, -infinity);
  EXPECT_EQ(evaluate_one<GammaCase>({0, 0.5, 3}).value, infinity);
  EXPECT_EQ(evaluate_one<WeibullCase>({0, 1, 4}).value, evaluate_one<ExponentialCase>({0, 0.25}).value);
  EXPECT_EQ(evaluate_one<WeibullCase>({0, 1, 4}).partial[0], -0.25);
  EXPECT_EQ(evaluate_one<WeibullCase>({0, 3, 4}).value, -infinity);
  EXPECT_NEAR(evaluate_one<ChiSquareCase>({0, 2}).value, -ln2, 1e-15);
  EXPECT_EQ(evaluate_one<BetaCase>({0, 1, 1}).value, 0);
  EXPECT_EQ(evaluate_one<BetaCase>({1, 1, 1}).value, 0);
  EXPECT_EQ(evaluate_one<BetaCase>({0, 1, 1}).partial[0], 0);
  EXPECT_EQ(evaluate_one<BetaCase>({1, 2, 3}).value, -infinity);
  for (const double y : {0.0, -1.0, infinity}) {
    EXPECT_EQ(evaluate_one<LognormalCase>({y, 0, 1}).value, -infinity) << y;
    EXPECT_EQ(evaluate_one<LognormalCase>({y, 0, 1}).partial[1], 0) << y;
    EXPECT_EQ(evaluate_one<InvGammaCase>({y, 2, 1}).value, -infinity) << y;
    EXPECT_EQ(evaluate_one<InvGammaCase>({y, 2, 1}).partial[0], 0) << y;
  }
}

}  // namespace
}  // namespace thalweg::testing_distributions
