// Tails on the whole line.
#include "distribution_tail_law.hpp"

namespace thalweg::testing_distributions {
namespace {

const std::vector<double> on_line{-1e8, -60, -3.2, -0.7, 0.1, 1.5, 9, 250, 1e8};

struct LineFormula {
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{on_line, {-0.4, 12}, {0.05, 1, 23}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
};
template <class F>
struct Symmetric : LineFormula {
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& sigma) { return F::standard((y - mu) / sigma); }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& sigma) { return F::standard((mu - y) / sigma); }
};
struct NormalFormula : Symmetric<NormalFormula> {
  static Quad standard(const Quad& z) { return log_normal(z); }
};
struct CauchyFormula : Symmetric<CauchyFormula> {
  static Quad standard(const Quad& z) {
    return z < 0 ? Quad(log(atan(-1 / z) / quad_pi())) : Quad(log1p(-atan2(Quad(1), z) / quad_pi()));
  }
};
struct DoubleExponentialFormula : Symmetric<DoubleExponentialFormula> {
  static Quad standard(const Quad& z) { return z < 0 ? Quad(z - log(Quad(2))) : Quad(log1p(-exp(-z) / 2)); }
};
struct LogisticFormula : Symmetric<LogisticFormula> {
  static Quad standard(const Quad& z) { return log_logistic_of(z); }
};
struct StdNormalFormula {
  using Arguments = std::tuple<double>;
  static Grid<1> grid() { return {{on_line}}; }
  static std::vector<Invalid> invalid() { return {}; }
  static Quad log_lower(const Quad& y) { return NormalFormula::standard(y); }
  static Quad log_upper(const Quad& y) { return NormalFormula::standard(-y); }
};
struct GumbelFormula : LineFormula {
  static Grid<3> grid() { return {{{-60, -3.2, -0.7, 0.1, 1.5, 9, 250}, {-0.4, 12}, {0.7, 1, 23}}}; }
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& beta) { return -exp(-(y - mu) / beta); }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& beta) {
    return log_complement(log_lower(y, mu, beta));
  }
};
using TailsOnTheLine = ::testing::Types<BOTH_TAILS(Normal), BOTH_TAILS(StdNormal), BOTH_TAILS(Cauchy),
                                        BOTH_TAILS(DoubleExponential), BOTH_TAILS(Logistic), BOTH_TAILS(Gumbel)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOnTheLine, DistributionLaw, TailsOnTheLine);

}  // namespace
}  // namespace thalweg::testing_distributions
