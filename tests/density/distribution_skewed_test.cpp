// Distributions with a shape besides location and scale, and the von Mises distribution.
#include "distribution_tail_law.hpp"
#include "thalweg/density/distributions/skewed.hpp"
#include "thalweg/density/distributions/tails_of_skewed.hpp"

namespace thalweg::testing_distributions {
namespace {

struct SkewNormalCase {
  using Kernel = distribution::SkewNormal;
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{{-60, -3, -0.7, 1.5, 25}, {-0.4, 12}, {0.3, 4}, {-8, -0.5, 0, 3}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, infinity}}; }
  static Quad log_density(Quad y, Quad xi, Quad omega, Quad alpha) {
    const Quad z = (y - xi) / omega;
    return log(2 / omega) - z * z / 2 - log(2 * quad_pi()) / 2 + log_normal(alpha * z);
  }
};
struct ExpModNormalCase {
  using Kernel = distribution::ExpModNormal;
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{{-60, -3, -0.7, 1.5, 90}, {-0.4, 12}, {0.3, 4}, {0.02, 1, 30}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad log_density(Quad y, Quad mu, Quad sigma, Quad lambda) {
    const Quad z = (y - mu) / sigma, v = lambda * sigma;
    return log(lambda) + v * v / 2 - v * z + log_normal(z - v);
  }
  /// φ(t)/Φ(t) and t cancel far below 0.
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 4>& q) {
    const Quad t = abs((q[0] - q[1]) / q[2] - q[3] * q[2]), cancelled = t < 30 ? t : Quad(1);
    return cancelled * (i == 2 ? Quad(q[3] + abs(q[0] - q[1]) / q[2] / q[2]) : i == 3 ? q[2] : Quad(1 / q[2]));
  }
};
struct SkewDoubleExponentialCase {
  using Kernel = distribution::SkewDoubleExponential;
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{{-60, -3, -0.7, 1.5, 90}, {-0.4, 12}, {0.3, 4}, {0.02, 0.4, 0.97}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, 1}}; }
  static Quad log_density(Quad y, Quad mu, Quad sigma, Quad tau) {
    const Quad reach = y < mu ? Quad((1 - tau) * (mu - y)) : Quad(tau * (y - mu));
    return log(2 * tau * (1 - tau) / sigma) - 2 * reach / sigma;
  }
};
struct VonMisesCase {
  using Kernel = distribution::VonMises;
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{{-20, -3, -0.4001, 0.7, 3}, {-0.4, 2}, {1e-6, 0.5, 3, 19.9, 20, 300, 1e5}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, -1}, {2, infinity}}; }
  static Quad log_density(Quad y, Quad mu, Quad kappa) {
    return kappa * cos(y - mu) - log(2 * quad_pi()) - log_bessel(kappa);
  }
  /// 1 − I₁/I₀ is formed from the ratio below 20.
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 3>& q) { return i == 2 && q[2] < 20 ? 1 : 0; }
  /// log I₀ by its power series; a sum of positive terms at any κ.
  static Quad log_bessel(const Quad& kappa) {
    if (kappa > 2000) {  // the asymptotic series, whose terms fall below 1e-34 there
      Quad term = 1, sum = 1;
      for (int k = 1; k < 14; ++k) sum += (term *= Quad((2 * k - 1) * (2 * k - 1)) / (8 * k * kappa));
      return kappa - log(2 * quad_pi() * kappa) / 2 + log(sum);
    }
    Quad term = 1, sum = 1;
    for (int k = 1; term > sum * Quad(0x1p-116); ++k) sum += (term *= kappa * kappa / (4 * Quad(k) * k));
    return log(sum);
  }
};
struct ExpModNormalFormula {
  using Arguments = std::tuple<double, double, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<4> grid() { return {{{-40, -3, -0.7, 1.5, 60}, {-0.4, 5}, {0.6, 4}, {0.3, 1, 9}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad log_e(const Quad& z, const Quad& v) { return v * v / 2 - v * z + log_normal(z - v); }
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& sigma, const Quad& lambda) {
    const Quad z = (y - mu) / sigma, a = log_normal(z);
    if (z > 3) return log1p(-exp(log_upper(y, mu, sigma, lambda)));
    return a + log1p(-exp(log_e(z, lambda * sigma) - a));
  }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& sigma, const Quad& lambda) {
    const Quad z = (y - mu) / sigma, a = log_normal(-z), b = log_e(z, lambda * sigma);
    return a > b ? Quad(a + log1p(exp(b - a))) : Quad(b + log1p(exp(a - b)));
  }
  /// Φ(z) and e cancel where v is small beside |z|, and φ/Φ + t far below 0; both enter the slopes.
  static Quad digammas(const std::array<Quad, 4>& q) {
    const Quad z = abs(q[0] - q[1]) / q[2], v = q[3] * q[2];
    return (1 + z + v) * (1 + z + v) * (1 + (1 + z) / v) * (1 + q[3] + q[2] + 1 / q[2]);
  }
};
struct SkewDoubleExponentialFormula {
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{{-60, -3, -0.7, 1.5, 90}, {-0.4, 12}, {0.3, 4}, {0.02, 0.4, 0.97}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, 1}}; }
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& sigma, const Quad& tau) {
    return y < mu ? Quad(log(tau) - 2 * (1 - tau) * (mu - y) / sigma)
                  : Quad(log1p(-(1 - tau) * exp(-2 * tau * (y - mu) / sigma)));
  }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& sigma, const Quad& tau) {
    return y < mu ? Quad(log1p(-tau * exp(-2 * (1 - tau) * (mu - y) / sigma)))
                  : Quad(log1p(-tau) - 2 * tau * (y - mu) / sigma);
  }
};
using Skewed = ::testing::Types<SkewNormalCase, ExpModNormalCase, SkewDoubleExponentialCase, VonMisesCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(Skewed, DistributionLaw, Skewed);
using TailsOfSkewed = ::testing::Types<BOTH_TAILS(ExpModNormal), BOTH_TAILS(SkewDoubleExponential)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOfSkewed, DistributionLaw, TailsOfSkewed);

/// Where v = λσ is huge the exponents ½v² − vz and log Φ(z − v) cancel: what remains is a normal density.
TEST(Skewed, AFastExponentialLeavesTheNormal) {
  const auto t = evaluate_one<ExpModNormalCase>({1.5, 0.5, 2, 1e9});
  EXPECT_NEAR(t.value, -0.125 - std::log(2.0) - half_log_two_pi, 1e-9);
  EXPECT_NEAR(t.partial[0], -0.25, 1e-9);
}

}  // namespace
}  // namespace thalweg::testing_distributions
