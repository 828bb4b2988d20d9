// Tails through the incomplete gamma functions.
#include "distribution_tail_law.hpp"
#include "thalweg/density/distributions/tails_of_gamma.hpp"

namespace thalweg::testing_distributions {
namespace {

/// log P(a, x) by a series of positive terms up to a + 1, log Q(a, x) above by Legendre's continued fraction from the
/// back; the other by complement.
Quad log_p(const Quad& a, const Quad& x);
Quad log_q(const Quad& a, const Quad& x) {
  if (x < a + 1) return log1p(-exp(log_p(a, x)));
  Quad tail = 0;
  for (int n = 1000; n >= 1; --n) tail = n * (a - n) / (x + (2 * n + 1) - a + tail);
  return a * log(x) - x - lgamma(a) - log(x + 1 - a + tail);
}
Quad log_p(const Quad& a, const Quad& x) {
  if (x >= a + 1) return log1p(-exp(log_q(a, x)));
  Quad term = 1, sum = 1;
  for (int n = 1; term > sum * Quad(0x1p-116); ++n) sum += (term *= x / (a + n));
  return a * log(x) - x - lgamma(a + 1) + log(sum);
}

struct ShapeFormula {
  using Arguments = std::tuple<double, double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<3> grid() { return {{{-3, 1e-3, 0.9, 6.5, 40}, {0.3, 1, 2.5, 19}, {0.3, 2}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
};
struct FreedomFormula {
  using Arguments = std::tuple<double, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<2> grid() { return {{{-3, 1e-3, 0.9, 6.5, 40}, {0.3, 1, 5, 38}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}}; }
};
struct GammaFormula : ShapeFormula {
  static Quad log_lower(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(-quad_infinity) : log_p(alpha, beta * y);
  }
  static Quad log_upper(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(0) : log_q(alpha, beta * y);
  }
};
struct InvGammaFormula : ShapeFormula {
  static Grid<3> grid() { return {{{-3, 0.02, 0.9, 6.5, 4000}, {0.3, 1, 2.5, 19}, {0.3, 2}}}; }
  static Quad log_lower(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(-quad_infinity) : log_q(alpha, beta / y);
  }
  static Quad log_upper(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(0) : log_p(alpha, beta / y);
  }
};
struct ChiSquareFormula : FreedomFormula {
  static Quad log_lower(const Quad& y, const Quad& nu) { return GammaFormula::log_lower(y, nu / 2, 0.5); }
  static Quad log_upper(const Quad& y, const Quad& nu) { return GammaFormula::log_upper(y, nu / 2, 0.5); }
};
struct InvChiSquareFormula : FreedomFormula {
  static Quad log_lower(const Quad& y, const Quad& nu) { return InvGammaFormula::log_lower(y, nu / 2, 0.5); }
  static Quad log_upper(const Quad& y, const Quad& nu) { return InvGammaFormula::log_upper(y, nu / 2, 0.5); }
};
struct ScaledInvChiSquareFormula : ShapeFormula {
  static Grid<3> grid() { return {{{-3, 0.02, 0.9, 6.5, 4000}, {0.3, 5, 38}, {0.3, 2}}}; }
  static Quad log_lower(const Quad& y, const Quad& nu, const Quad& s) {
    return InvGammaFormula::log_lower(y, nu / 2, nu * s * s / 2);
  }
  static Quad log_upper(const Quad& y, const Quad& nu, const Quad& s) {
    return InvGammaFormula::log_upper(y, nu / 2, nu * s * s / 2);
  }
};
struct PoissonFormula {
  using Arguments = std::tuple<int, double>;
  static constexpr bool slopes_by_logs = true;
  static Grid<2> grid() { return {{{-1, 0, 1, 7, 60}, {1e-3, 0.9, 6.5, 80}}}; }
  static std::vector<Invalid> invalid() { return {{1, -1}}; }
  static Quad log_lower(const Quad& n, const Quad& lambda) {
    return n < 0 ? Quad(-quad_infinity) : log_q(n + 1, lambda);
  }
  static Quad log_upper(const Quad& n, const Quad& lambda) { return n < 0 ? Quad(0) : log_p(n + 1, lambda); }
};

using TailsOfGamma = ::testing::Types<BOTH_TAILS(Gamma), BOTH_TAILS(InvGamma), BOTH_TAILS(ChiSquare),
                                      BOTH_TAILS(InvChiSquare), BOTH_TAILS(ScaledInvChiSquare), BOTH_TAILS(Poisson)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOfGamma, DistributionLaw, TailsOfGamma);

}  // namespace
}  // namespace thalweg::testing_distributions
