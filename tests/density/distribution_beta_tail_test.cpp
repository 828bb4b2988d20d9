// Tails through the incomplete beta function.
#include "distribution_tail_law.hpp"
#include "thalweg/density/distributions/tails_of_beta.hpp"

namespace thalweg::testing_distributions {
namespace {

/// log I_x(a, b) by a series of positive terms below the mean, and from the other side above.
Quad log_i(const Quad& a, const Quad& b, const Quad& x) {
  if (x * (a + b + 2) > a + 1) return log1p(-exp(log_i(b, a, 1 - x)));
  Quad term = 1, sum = 1;
  for (int n = 0; term > sum * Quad(0x1p-116) || n < a + b; ++n) sum += (term *= (a + b + n) / (a + 1 + n) * x);
  return a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a + 1) - lgamma(b) + log(sum);
}
Quad log_ic(const Quad& a, const Quad& b, const Quad& x) { return log_i(b, a, 1 - x); }

struct BetaFormula {
  using Arguments = std::tuple<double, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<3> grid() { return {{{-1, 1e-3, 0.25, 0.9, 1.5}, {0.25, 1, 19}, {0.5, 4, 30}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
  static Quad digammas(const std::array<Quad, 3>& q) { return log(2 + q[1] + q[2]); }
  static Quad log_lower(const Quad& y, const Quad& a, const Quad& b) {
    return y <= 0 ? Quad(-quad_infinity) : y >= 1 ? Quad(0) : log_i(a, b, y);
  }
  static Quad log_upper(const Quad& y, const Quad& a, const Quad& b) {
    return y <= 0 ? Quad(0) : y >= 1 ? Quad(-quad_infinity) : log_ic(a, b, y);
  }
};
struct BetaProportionFormula {
  using Arguments = std::tuple<double, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<3> grid() { return {{{-1, 1e-3, 0.25, 0.9, 1.5}, {0.3, 0.8}, {0.5, 20}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, 1}, {1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& kappa) {
    return BetaFormula::log_lower(y, mu * kappa, (1 - mu) * kappa);
  }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& kappa) {
    return BetaFormula::log_upper(y, mu * kappa, (1 - mu) * kappa);
  }
};
struct StudentTFormula {
  using Arguments = std::tuple<double, double, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<4> grid() { return {{{-1e4, -3, -0.25, 0.5, 2, 900}, {0.5, 1, 7, 60}, {-0.25, 1.5}, {0.5, 3}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -2}, {2, infinity}, {3, 0}, {3, -1}}; }
  static Quad digammas(const std::array<Quad, 4>& q) { return log(2 + q[1]); }
  static Quad standard(const Quad& z, const Quad& nu) {
    if (z > 0) return log1p(-exp(standard(-z, nu)));
    const Quad square = z * z, half = Quad(1) / 2;
    // with 1 − x given exactly near 0
    if (square < nu) return log(half) + log1p(-exp(log_i(half, nu / 2, square / (nu + square))));
    return log_i(nu / 2, half, nu / (nu + square)) + log(half);
  }
  static Quad log_lower(const Quad& y, const Quad& nu, const Quad& mu, const Quad& sigma) {
    return standard((y - mu) / sigma, nu);
  }
  static Quad log_upper(const Quad& y, const Quad& nu, const Quad& mu, const Quad& sigma) {
    return standard((mu - y) / sigma, nu);
  }
};
struct BernoulliFormula {
  using Arguments = std::tuple<int, double>;
  static Grid<2> grid() { return {{{-1, 0, 1, 2}, {1e-3, 0.3, 0.9}}}; }
  static std::vector<Invalid> invalid() { return {{1, -0.1}, {1, 1.1}}; }
  static Quad log_lower(const Quad& n, const Quad& theta) {
    return n < 0 ? Quad(-quad_infinity) : n < 1 ? Quad(log1p(-theta)) : Quad(0);
  }
  static Quad log_upper(const Quad& n, const Quad& theta) {
    return n < 0 ? Quad(0) : n < 1 ? Quad(log(theta)) : Quad(-quad_infinity);
  }
};
struct BinomialFormula {
  using Arguments = std::tuple<int, int, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<3> grid() { return {{{-1, 0, 1, 7, 20}, {0, 8, 30}, {1e-3, 0.3, 0.9}}}; }
  static std::vector<Invalid> invalid() { return {{1, -1}, {2, -0.1}, {2, 1.1}}; }
  static Quad log_lower(const Quad& n, const Quad& trials, const Quad& theta) {
    return n < 0 ? Quad(-quad_infinity) : n >= trials ? Quad(0) : log_ic(n + 1, trials - n, theta);
  }
  static Quad log_upper(const Quad& n, const Quad& trials, const Quad& theta) {
    return n < 0 ? Quad(0) : n >= trials ? Quad(-quad_infinity) : log_i(n + 1, trials - n, theta);
  }
};
struct NegBinomialFormula {
  using Arguments = std::tuple<int, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<3> grid() { return {{{-1, 0, 1, 7, 50}, {0.3, 4}, {0.2, 3}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {2, 0}, {2, infinity}}; }
  static Quad log_lower(const Quad& n, const Quad& alpha, const Quad& beta) {
    return n < 0 ? Quad(-quad_infinity) : log_ic(n + 1, alpha, 1 / (1 + beta));
  }
  static Quad log_upper(const Quad& n, const Quad& alpha, const Quad& beta) {
    return n < 0 ? Quad(0) : log_i(n + 1, alpha, 1 / (1 + beta));
  }
};
struct NegBinomial2Formula : NegBinomialFormula {
  static Quad log_lower(const Quad& n, const Quad& mu, const Quad& phi) {
    return NegBinomialFormula::log_lower(n, phi, phi / mu);
  }
  static Quad log_upper(const Quad& n, const Quad& mu, const Quad& phi) {
    return NegBinomialFormula::log_upper(n, phi, phi / mu);
  }
};

using TailsOfBeta = ::testing::Types<BOTH_TAILS(Beta), BOTH_TAILS(BetaProportion), BOTH_TAILS(StudentT)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOfBeta, DistributionLaw, TailsOfBeta);
using TailsOfCounts =
    ::testing::Types<BOTH_TAILS(Bernoulli), BOTH_TAILS(Binomial), BOTH_TAILS(NegBinomial), BOTH_TAILS(NegBinomial2)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOfCounts, DistributionLaw, TailsOfCounts);

}  // namespace
}  // namespace thalweg::testing_distributions
