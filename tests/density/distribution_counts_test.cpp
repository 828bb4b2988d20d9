// Distributions of whole numbers.
#include "distribution_law.hpp"
#include "thalweg/density/distributions/binary.hpp"
#include "thalweg/density/distributions/counts.hpp"

namespace thalweg::testing_distributions {
namespace {

const std::vector<double> log_odds{-800, -36, -1.3, -1e-9, 0.4, 20, 745};

Quad log_choose_exact(const Quad& n, const Quad& k) { return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1); }
Quad softplus_exact(const Quad& x) { return x > 0 ? Quad(x + log1p(exp(-x))) : Quad(log1p(exp(x))); }
/// n·x with 0·∞ = 0
Quad times(const Quad& n, const Quad& x) { return n == 0 ? Quad(0) : Quad(n * x); }

struct BernoulliCase {
  using Kernel = distribution::Bernoulli;
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{0, 1}, {1e-300, 1e-8, 0.3, 0.5, 0.99}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {0, 2}, {1, -0.1}, {1, 1.1}}; }
  static Quad log_density(Quad n, Quad theta) { return n == 1 ? log(theta) : log1p(-theta); }
};
struct BernoulliLogitCase {
  using Kernel = distribution::BernoulliLogit;
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{0, 1}, log_odds}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {0, 2}}; }
  static Quad log_density(Quad n, Quad x) { return -softplus_exact(n == 1 ? Quad(-x) : x); }
};
struct BinomialCase {
  using Kernel = distribution::Binomial;
  using Arguments = std::tuple<int, int, double>;
  static Grid<3> grid() { return {{{0, 1, 7, 20, 900}, {0, 7, 20, 1000}, {1e-300, 1e-8, 0.3, 0.5, 0.99}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, -1}, {2, -0.1}, {2, 1.1}}; }
  static Quad log_density(Quad n, Quad trials, Quad theta) {
    if (n > trials) return -quad_infinity;
    return log_choose_exact(trials, n) + times(n, log(theta)) + times(trials - n, log1p(-theta));
  }
  static Quad magnitude(const std::array<Quad, 3>& q) { return lgamma(q[1] + 1); }
};
struct BinomialLogitCase {
  using Kernel = distribution::BinomialLogit;
  using Arguments = std::tuple<int, int, double>;
  static Grid<3> grid() { return {{{0, 1, 7, 20, 900}, {0, 7, 20, 1000}, log_odds}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, -1}}; }
  static Quad log_density(Quad n, Quad trials, Quad x) {
    if (n > trials) return -quad_infinity;
    return log_choose_exact(trials, n) - n * softplus_exact(-x) - (trials - n) * softplus_exact(x);
  }
  static Quad magnitude(const std::array<Quad, 3>& q) { return lgamma(q[1] + 1); }
};
struct PoissonCase {
  using Kernel = distribution::Poisson;
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{0, 1, 2, 30, 127, 128, 100000}, {1e-300, 0.01, 1, 17, 1e6}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, -0.1}}; }
  static Quad log_density(Quad n, Quad lambda) { return n * log(lambda) - lambda - lgamma(n + 1); }
  static Quad magnitude(const std::array<Quad, 2>& q) { return lgamma(q[0] + 1); }
};
struct PoissonLogCase {
  using Kernel = distribution::PoissonLog;
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{0, 1, 2, 30, 127, 128, 100000}, {-700, -2, 1e-3, 3, 14}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}}; }
  static Quad log_density(Quad n, Quad eta) { return n * eta - exp(eta) - lgamma(n + 1); }
  static Quad magnitude(const std::array<Quad, 2>& q) { return lgamma(q[0] + 1); }
  static Quad partial_magnitude(std::size_t, const std::array<Quad, 2>& q) { return q[0]; }
};

/// log(Γ(φ + n) / (Γ(φ) n!)), by the product: no cancellation however large φ is.
Quad log_choices(const Quad& n, const Quad& phi) {
  Quad product = 1;
  for (int k = 0; k < n; ++k) product *= (phi + k) / (k + 1);
  return log(product);
}
struct NegBinomialCase {
  using Kernel = distribution::NegBinomial;
  using Arguments = std::tuple<int, double, double>;
  static Grid<3> grid() { return {{{0, 1, 9, 300}, {0.02, 1, 15.9, 16, 4e3, 1e9}, {1e-3, 0.7, 40}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, 0}, {1, -1}, {2, 0}, {2, infinity}}; }
  static Quad log_density(Quad n, Quad alpha, Quad beta) {
    return log_choices(n, alpha) + alpha * log(beta / (beta + 1)) - n * log1p(beta);
  }
  static Quad magnitude(const std::array<Quad, 3>& q) { return lgamma(q[0] + 1) + q[0] * abs(log(q[1])); }
};
struct NegBinomial2Case {
  using Kernel = distribution::NegBinomial2;
  using Arguments = std::tuple<int, double, double>;
  static Grid<3> grid() { return {{{0, 1, 9, 300}, {1e-3, 0.7, 40, 1e5}, {0.02, 1, 15.9, 16, 4e3, 1e9}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, 0}, {1, infinity}, {2, 0}, {2, -1}}; }
  static Quad log_density(Quad n, Quad mu, Quad phi) {
    return log_choices(n, phi) + n * log(mu / (mu + phi)) - phi * log1p(mu / phi);
  }
  static Quad magnitude(const std::array<Quad, 3>& q) {
    return lgamma(q[0] + 1) + q[0] * (abs(log(q[1])) + abs(log(q[2])));
  }
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 3>& q) {
    return i == 2 ? log1p(q[1] / q[2]) + log1p((q[0] + 1) / q[2]) : 0;  // cancel at large φ
  }
};
struct NegBinomial2LogCase {
  using Kernel = distribution::NegBinomial2Log;
  using Arguments = std::tuple<int, double, double>;
  static Grid<3> grid() { return {{{0, 1, 9, 300}, {-20, -0.3, 4, 12}, {0.02, 1, 15.9, 16, 4e3, 1e9}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, infinity}, {2, 0}, {2, -1}}; }
  static Quad log_density(Quad n, Quad eta, Quad phi) { return NegBinomial2Case::log_density(n, exp(eta), phi); }
  static Quad magnitude(const std::array<Quad, 3>& q) { return NegBinomial2Case::magnitude({q[0], exp(q[1]), q[2]}); }
  static Quad partial_magnitude(std::size_t i, const std::array<Quad, 3>& q) {
    return NegBinomial2Case::partial_magnitude(i, {q[0], exp(q[1]), q[2]});
  }
};

struct BetaBinomialCase {
  using Kernel = distribution::BetaBinomial;
  using Arguments = std::tuple<int, int, double, double>;
  static Grid<4> grid() { return {{{0, 1, 7, 90}, {0, 7, 100}, {0.02, 1, 15.9, 4e3}, {0.3, 16, 1e9}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, -1}, {2, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad rising(const Quad& x, const Quad& n) {
    Quad product = 1;
    for (int k = 0; k < n; ++k) product *= x + k;
    return log(product);
  }
  static Quad log_density(Quad n, Quad trials, Quad alpha, Quad beta) {
    if (n > trials) return -quad_infinity;
    return log_choose_exact(trials, n) + rising(alpha, n) + rising(beta, trials - n) - rising(alpha + beta, trials);
  }
  static Quad magnitude(const std::array<Quad, 4>& q) {
    return lgamma(q[1] + 1) + q[1] * log1p(q[2] + q[3]);  // the rising factorials cancel
  }
  static Quad partial_magnitude(std::size_t, const std::array<Quad, 4>& q) { return log1p(q[1] / (q[2] + q[3])); }
};
struct BetaNegBinomialCase {
  using Kernel = distribution::BetaNegBinomial;
  using Arguments = std::tuple<int, double, double, double>;
  static Grid<4> grid() { return {{{0, 1, 9, 60}, {0.3, 7, 40}, {0.2, 3, 20}, {0.5, 2, 300}}}; }
  static std::vector<Invalid> invalid() { return {{0, -1}, {1, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad log_beta(const Quad& a, const Quad& b) { return lgamma(a) + lgamma(b) - lgamma(a + b); }
  static Quad log_density(Quad n, Quad r, Quad alpha, Quad beta) {
    return log_beta(n + r, alpha + beta) - log_beta(r, alpha) + lgamma(n + beta) - lgamma(n + 1) - lgamma(beta);
  }
  static Quad magnitude(const std::array<Quad, 4>& q) { return lgamma(q[0] + q[1] + q[2] + q[3]); }
  static Quad partial_magnitude(std::size_t, const std::array<Quad, 4>& q) { return log(q[0] + q[1] + q[2] + q[3]); }
};
struct YuleSimonCase {
  using Kernel = distribution::YuleSimon;
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{1, 2, 40, 1000}, {0.2, 3, 50}}}; }
  static std::vector<Invalid> invalid() { return {{0, 0}, {1, 0}, {1, -1}, {1, infinity}}; }
  static Quad log_density(Quad n, Quad alpha) { return log(alpha) + BetaNegBinomialCase::log_beta(n, alpha + 1); }
  static Quad magnitude(const std::array<Quad, 2>& q) { return lgamma(q[0] + q[1]); }
};

using Counts = ::testing::Types<BernoulliCase, BernoulliLogitCase, BinomialCase, BinomialLogitCase, PoissonCase,
                                PoissonLogCase, NegBinomialCase, NegBinomial2Case, NegBinomial2LogCase,
                                BetaBinomialCase, BetaNegBinomialCase, YuleSimonCase>;
INSTANTIATE_TYPED_TEST_SUITE_P(Counts, DistributionLaw, Counts);

/// Certain events: the limits, not NaN.
TEST(DistributionEdges, CertainEvents) {
  const auto log_density = []<class Case>(Case, const Point<Case>& p) {
    return total<typename Case::Kernel>(evaluate_one<Case>(p));
  };
  EXPECT_EQ(log_density(BernoulliCase{}, {1, 1}), 0);
  EXPECT_EQ(log_density(BernoulliCase{}, {0, 1}), -infinity);
  EXPECT_EQ(log_density(BinomialCase{}, {0, 9, 0}), 0);
  EXPECT_EQ(log_density(BinomialCase{}, {9, 9, 1}), 0);
  EXPECT_EQ(log_density(BinomialCase{}, {8, 9, 1}), -infinity);
  EXPECT_EQ(evaluate_one<BinomialCase>({0, 9, 0}).partial[2], -9);
  EXPECT_EQ(log_density(BinomialLogitCase{}, {0, 9, -infinity}), 0);
  EXPECT_EQ(log_density(BernoulliLogitCase{}, {1, -infinity}), -infinity);
  EXPECT_EQ(log_density(PoissonCase{}, {0, 0}), 0);
  EXPECT_EQ(log_density(PoissonCase{}, {1, 0}), -infinity);
  EXPECT_EQ(evaluate_one<PoissonCase>({0, 0}).partial[1], -1);
  EXPECT_EQ(log_density(PoissonCase{}, {3, infinity}), -infinity);
  EXPECT_EQ(log_density(PoissonLogCase{}, {0, -infinity}), 0);
  EXPECT_EQ(log_density(PoissonLogCase{}, {2, -infinity}), -infinity);
  EXPECT_EQ(log_density(PoissonLogCase{}, {3, 1e4}), -infinity);
}

/// Distributions of data alone: the masses add up to 1.
TEST(DataOnly, MassesAddUp) {
  using Terms = Keep<false, false, false, false, false>;
  double sum = 0;
  for (int n = 0; n <= 20; ++n) sum += std::exp(distribution::Hypergeometric::term<Terms>(n, 20, 13, 15).value);
  EXPECT_NEAR(sum, 1, 1e-13);
  EXPECT_EQ(distribution::Hypergeometric::term<Terms>(4, 20, 13, 15).value, -infinity);  // only 15 others
  EXPECT_NEAR(std::exp(distribution::Hypergeometric::term<Terms>(2, 3, 4, 6).value), 36.0 / 120, 1e-15);
  EXPECT_NEAR(distribution::DiscreteRange::term<Terms>(3, -2, 7).value, -std::log(10.0), 1e-15);
  EXPECT_EQ(distribution::DiscreteRange::term<Terms>(8, -2, 7).value, -infinity);
}

}  // namespace
}  // namespace thalweg::testing_distributions
