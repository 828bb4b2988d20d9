// Tails on the half-line and on an interval.
#include "distribution_tail_law.hpp"
#include "thalweg/density/distributions/tails_of_powers.hpp"

namespace thalweg::testing_distributions {
namespace {

struct HalfLineFormula {
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{positive_outcomes, {0.03, 1, 2.5, 19}, {0.05, 1, 23}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
};
template <class F>
struct OnePositive : F {
  using Arguments = std::tuple<double, double>;
  static Grid<2> grid() { return {{positive_outcomes, {0.05, 1, 23}}}; }
  static std::vector<Invalid> invalid() { return {{1, 0}, {1, -1}, {1, infinity}}; }
};
/// From the exponent h of 1 − F = e^(−h) on y > 0.
template <class F>
struct Hazard {
  template <class... A>
  static Quad log_lower(const Quad& y, const A&... a) {
    return y <= F::start(a...) ? Quad(-quad_infinity) : log_complement(-F::h(y, a...));
  }
  template <class... A>
  static Quad log_upper(const Quad& y, const A&... a) {
    return y <= F::start(a...) ? Quad(0) : Quad(-F::h(y, a...));
  }
  template <class... A>
  static Quad start(const A&...) {
    return 0;
  }
};
struct ExponentialFormula : OnePositive<Hazard<ExponentialFormula>> {
  static Quad h(const Quad& y, const Quad& beta) { return beta * y; }
};
struct RayleighFormula : OnePositive<Hazard<RayleighFormula>> {
  static Quad h(const Quad& y, const Quad& sigma) { return y * y / (2 * sigma * sigma); }
};
struct WeibullFormula : HalfLineFormula, Hazard<WeibullFormula> {
  static Grid<3> grid() { return {{positive_outcomes, {0.03, 1, 2.5, 19}, {0.3, 1, 23}}}; }
  static Quad h(const Quad& y, const Quad& alpha, const Quad& sigma) { return pow(y / sigma, alpha); }
};
struct FrechetFormula : HalfLineFormula {
  static Grid<3> grid() { return {{{-3, 0.02, 0.9, 1.1, 6.5, 80}, {0.03, 1, 2.5}, {0.3, 1, 23}}}; }
  static Quad log_lower(const Quad& y, const Quad& alpha, const Quad& sigma) {
    return y <= 0 ? Quad(-quad_infinity) : Quad(-pow(y / sigma, -alpha));
  }
  static Quad log_upper(const Quad& y, const Quad& alpha, const Quad& sigma) {
    return y <= 0 ? Quad(0) : log_complement(log_lower(y, alpha, sigma));
  }
};
struct ParetoFormula : HalfLineFormula, Hazard<ParetoFormula> {
  static Grid<3> grid() { return {{positive_outcomes, {0.3, 1, 23}, {0.03, 1, 2.5, 190}}}; }
  static Quad start(const Quad& low, const Quad&) { return low; }
  static Quad h(const Quad& y, const Quad& low, const Quad& alpha) { return alpha * log(y / low); }
};
struct ParetoType2Formula : Hazard<ParetoType2Formula> {
  using Arguments = std::tuple<double, double, double, double>;
  static Grid<4> grid() { return {{positive_outcomes, {-2, 0.3}, {0.3, 23}, {0.03, 2.5, 190}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {3, 0}, {3, infinity}}; }
  static Quad start(const Quad& mu, const Quad&, const Quad&) { return mu; }
  static Quad h(const Quad& y, const Quad& mu, const Quad& lambda, const Quad& alpha) {
    return alpha * log1p((y - mu) / lambda);
  }
};
struct LogLogisticFormula : HalfLineFormula {
  static Grid<3> grid() { return {{positive_outcomes, {0.05, 1, 23}, {0.03, 1, 2.5, 19}}}; }
  static Quad log_lower(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(-quad_infinity) : log_logistic_of(beta * log(y / alpha));
  }
  static Quad log_upper(const Quad& y, const Quad& alpha, const Quad& beta) {
    return y <= 0 ? Quad(0) : log_logistic_of(-beta * log(y / alpha));
  }
};
struct LognormalFormula : HalfLineFormula {
  static Grid<3> grid() { return {{positive_outcomes, {-0.4, 12}, {0.05, 1, 23}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, 0}, {2, -1}, {2, infinity}}; }
  static Quad log_lower(const Quad& y, const Quad& mu, const Quad& sigma) {
    return y <= 0 ? Quad(-quad_infinity) : log_normal((log(y) - mu) / sigma);
  }
  static Quad log_upper(const Quad& y, const Quad& mu, const Quad& sigma) {
    return y <= 0 ? Quad(0) : log_normal((mu - log(y)) / sigma);
  }
};
struct UniformFormula {
  using Arguments = std::tuple<double, double, double>;
  static Grid<3> grid() { return {{{-7, 0.3, 0.75, 80}, {-1e3, -0.1, 0.5}, {0.25, 3, 100}}}; }
  static std::vector<Invalid> invalid() { return {{1, infinity}, {2, infinity}, {2, -infinity}}; }
  static Quad log_lower(const Quad& y, const Quad& a, const Quad& b) {
    if (b <= a || y <= a) return -quad_infinity;
    return y >= b ? Quad(0) : Quad(log((y - a) / (b - a)));
  }
  static Quad log_upper(const Quad& y, const Quad& a, const Quad& b) {
    if (b <= a || y >= b) return -quad_infinity;
    return y <= a ? Quad(0) : Quad(log((b - y) / (b - a)));
  }
};

/// Nothing lies below the start of the support, and all above it.
TEST(TailEdges, StartOfTheSupport) {
  const auto check = []<class Lower, class Upper>(Lower, Upper, Point<Lower> p) {
    for (const double y : {-1.0, 0.0}) {
      p[0] = y;
      EXPECT_EQ(evaluate_one<Lower>(p).value, -infinity) << Lower::Kernel::name;
      EXPECT_EQ(evaluate_one<Upper>(p).value, 0) << Upper::Kernel::name;
      for (std::size_t i = 0; i < p.size(); ++i) EXPECT_EQ(evaluate_one<Upper>(p).partial[i], 0) << Upper::Kernel::name;
    }
    p[0] = infinity;
    EXPECT_EQ(evaluate_one<Lower>(p).value, 0) << Lower::Kernel::name;
    EXPECT_EQ(evaluate_one<Upper>(p).value, -infinity) << Upper::Kernel::name;
  };
#define CHECK_EDGES(Name, ...)                                      \
  check(TailCase<distribution::Name##Lcdf, Name##Formula, false>{}, \
        TailCase<distribution::Name##Lccdf, Name##Formula, true>{}, {0.0, __VA_ARGS__})
  CHECK_EDGES(Exponential, 2);
  CHECK_EDGES(Rayleigh, 2);
  CHECK_EDGES(Weibull, 2, 3);
  CHECK_EDGES(Frechet, 2, 3);
  CHECK_EDGES(LogLogistic, 2, 3);
  CHECK_EDGES(Lognormal, 2, 3);
  CHECK_EDGES(Pareto, 2, 3);
  CHECK_EDGES(Uniform, 0, 3);
#undef CHECK_EDGES
}

using TailsOnTheHalfLine = ::testing::Types<BOTH_TAILS(Exponential), BOTH_TAILS(Rayleigh), BOTH_TAILS(Weibull),
                                            BOTH_TAILS(Frechet), BOTH_TAILS(Pareto), BOTH_TAILS(ParetoType2),
                                            BOTH_TAILS(LogLogistic), BOTH_TAILS(Lognormal), BOTH_TAILS(Uniform)>;
INSTANTIATE_TYPED_TEST_SUITE_P(TailsOnTheHalfLine, DistributionLaw, TailsOnTheHalfLine);

}  // namespace
}  // namespace thalweg::testing_distributions
