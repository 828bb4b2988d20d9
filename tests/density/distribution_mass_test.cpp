// What ties the kernels together: densities integrate to 1, distribution functions have them for slopes, and both agree
// with Boost.Math where it has the distribution. The formulas in the other tests can't share an error with these.
#include <gtest/gtest.h>

#include <boost/math/distributions.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/density/distributions/distributions.hpp"

namespace thalweg {
namespace {

template <class D, class Y, class... A>
auto term_of(Y y, const A&... a) {
  using Terms = Keep<false, true, (static_cast<void>(a), true)...>;
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return D::template term<Terms>(D::template prepare<0>(y), D::template prepare<static_cast<int>(i) + 1>(a)...);
  }
  (std::index_sequence_for<A...>{});
}
template <class D, class Y, class... A>
double density_of(Y y, const A&... a) {
  const auto t = term_of<D>(y, a...);
  if constexpr (requires { D::factor_weight; })
    return std::exp(t.value + D::factor_weight * std::log(t.factor));
  else
    return std::exp(t.value);
}

/// A density on an interval, with its distribution function's kernels where there are some.
struct Law {
  const char* name;
  double low, high;
  std::function<double(double)> density;
  std::function<double(double)> lower, lower_slope, upper, upper_slope;
  std::function<double(double)> boost_density;
};
std::ostream& operator<<(std::ostream& out, const Law& law) { return out << law.name; }

#define DENSITY(Name, ...) [](double y) { return density_of<distribution::Name>(y, __VA_ARGS__); }
#define TAILS(Name, ...)                                                                           \
  [](double y) { return std::exp(term_of<distribution::Name##Lcdf>(y, __VA_ARGS__).value); },      \
      [](double y) { return term_of<distribution::Name##Lcdf>(y, __VA_ARGS__).partial[0]; },       \
      [](double y) { return std::exp(term_of<distribution::Name##Lccdf>(y, __VA_ARGS__).value); }, \
      [](double y) { return term_of<distribution::Name##Lccdf>(y, __VA_ARGS__).partial[0]; }
#define NO_TAILS nullptr, nullptr, nullptr, nullptr
#define BOOST(distribution, ...) [](double y) { return pdf(boost::math::distribution(__VA_ARGS__), y); }

const Law laws[] = {
    {"normal", -infinity, infinity, DENSITY(Normal, 1.0, 2.0), TAILS(Normal, 1.0, 2.0), BOOST(normal, 1, 2)},
    {"lognormal", 0, infinity, DENSITY(Lognormal, 0.5, 0.8), TAILS(Lognormal, 0.5, 0.8), BOOST(lognormal, 0.5, 0.8)},
    {"student_t", -infinity, infinity, DENSITY(StudentT, 3.5, 1.0, 2.0), TAILS(StudentT, 3.5, 1.0, 2.0),
     [](double y) { return pdf(boost::math::students_t(3.5), (y - 1) / 2) / 2; }},
    {"cauchy", -infinity, infinity, DENSITY(Cauchy, 1.0, 2.0), TAILS(Cauchy, 1.0, 2.0), BOOST(cauchy, 1, 2)},
    {"double_exponential", -infinity, infinity, DENSITY(DoubleExponential, 1.0, 2.0),
     TAILS(DoubleExponential, 1.0, 2.0), BOOST(laplace, 1, 2)},
    {"logistic", -infinity, infinity, DENSITY(Logistic, 1.0, 2.0), TAILS(Logistic, 1.0, 2.0), BOOST(logistic, 1, 2)},
    {"gumbel", -infinity, infinity, DENSITY(Gumbel, 1.0, 2.0), TAILS(Gumbel, 1.0, 2.0), BOOST(extreme_value, 1, 2)},
    {"skew_normal", -infinity, infinity, DENSITY(SkewNormal, 1.0, 2.0, -3.0), NO_TAILS, BOOST(skew_normal, 1, 2, -3)},
    {"exp_mod_normal", -infinity, infinity, DENSITY(ExpModNormal, 1.0, 2.0, 0.7), TAILS(ExpModNormal, 1.0, 2.0, 0.7),
     nullptr},
    {"skew_double_exponential", -infinity, infinity, DENSITY(SkewDoubleExponential, 1.0, 2.0, 0.3),
     TAILS(SkewDoubleExponential, 1.0, 2.0, 0.3), nullptr},
    {"von_mises", -pi, pi, DENSITY(VonMises, 1.0, 2.5), NO_TAILS, nullptr},
    {"von_mises_narrow", -pi, pi, DENSITY(VonMises, 1.0, 25.0), NO_TAILS, nullptr},
    {"gamma", 0, infinity, DENSITY(Gamma, 2.5, 0.8), TAILS(Gamma, 2.5, 0.8), BOOST(gamma_distribution<>, 2.5, 1.25)},
    {"inv_gamma", 0, infinity, DENSITY(InvGamma, 2.5, 0.8), TAILS(InvGamma, 2.5, 0.8), BOOST(inverse_gamma, 2.5, 0.8)},
    {"exponential", 0, infinity, DENSITY(Exponential, 0.8), TAILS(Exponential, 0.8), BOOST(exponential, 0.8)},
    {"chi_square", 0, infinity, DENSITY(ChiSquare, 3.5), TAILS(ChiSquare, 3.5), BOOST(chi_squared, 3.5)},
    {"inv_chi_square", 0, infinity, DENSITY(InvChiSquare, 3.5), TAILS(InvChiSquare, 3.5),
     BOOST(inverse_chi_squared, 3.5, 1 / 3.5)},
    {"scaled_inv_chi_square", 0, infinity, DENSITY(ScaledInvChiSquare, 3.5, 1.5), TAILS(ScaledInvChiSquare, 3.5, 1.5),
     BOOST(inverse_chi_squared, 3.5, 2.25)},
    {"weibull", 0, infinity, DENSITY(Weibull, 1.7, 2.0), TAILS(Weibull, 1.7, 2.0), BOOST(weibull, 1.7, 2)},
    {"frechet", 0, infinity, DENSITY(Frechet, 1.7, 2.0), TAILS(Frechet, 1.7, 2.0), nullptr},
    {"rayleigh", 0, infinity, DENSITY(Rayleigh, 2.0), TAILS(Rayleigh, 2.0), BOOST(rayleigh, 2)},
    {"pareto", 2, infinity, DENSITY(Pareto, 2.0, 1.7), TAILS(Pareto, 2.0, 1.7), BOOST(pareto, 2, 1.7)},
    {"pareto_type_2", -1, infinity, DENSITY(ParetoType2, -1.0, 2.0, 1.7), TAILS(ParetoType2, -1.0, 2.0, 1.7), nullptr},
    {"loglogistic", 0, infinity, DENSITY(LogLogistic, 2.0, 1.7), TAILS(LogLogistic, 2.0, 1.7), nullptr},
    {"beta", 0, 1, DENSITY(Beta, 2.5, 0.8), TAILS(Beta, 2.5, 0.8), BOOST(beta_distribution<>, 2.5, 0.8)},
    {"beta_proportion", 0, 1, DENSITY(BetaProportion, 0.3, 5.0), TAILS(BetaProportion, 0.3, 5.0),
     BOOST(beta_distribution<>, 1.5, 3.5)},
    {"uniform", -1, 4, DENSITY(Uniform, -1.0, 4.0), TAILS(Uniform, -1.0, 4.0), BOOST(uniform, -1, 4)},
};
class Laws : public testing::TestWithParam<Law> {};
INSTANTIATE_TEST_SUITE_P(Named, Laws, testing::ValuesIn(laws), [](const auto& c) { return std::string(c.param.name); });

/// Points inside the support.
std::vector<double> places(const Law& law) {
  std::vector<double> ys;
  for (const double t : {0.03, 0.2, 0.45, 0.6, 0.85, 0.99}) {
    if (std::isinf(law.low))
      ys.push_back(3 * std::log(t / (1 - t)));
    else if (std::isinf(law.high))
      ys.push_back(law.low + 3 * t / (1 - t));
    else
      ys.push_back(law.low + (law.high - law.low) * t);
  }
  return ys;
}

TEST_P(Laws, DensityAndDistributionFunctionFit) {
  const Law& law = GetParam();
  boost::math::quadrature::tanh_sinh<double> rule(12);
  // in pieces: at 1 or in the middle of the support, where kinks are
  const double middle = std::isinf(law.high) ? std::max(law.low, 0.0) + 1 : 0.5 * (law.low + law.high);
  const double total =
      rule.integrate(law.density, law.low, middle, 1e-11) + rule.integrate(law.density, middle, law.high, 1e-11);
  EXPECT_NEAR(total, 1, 2e-9);
  for (const double y : places(law)) {
    const double f = law.density(y);
    if (law.lower) {
      const double below = law.lower(y), above = law.upper(y);
      EXPECT_NEAR(below + above, 1, 1e-14) << y;
      EXPECT_NEAR(below * law.lower_slope(y), f, 1e-12 * f) << y;
      EXPECT_NEAR(above * law.upper_slope(y), -f, 1e-12 * f) << y;
    }
    if (law.boost_density) {
      EXPECT_NEAR(f, law.boost_density(y), 1e-12 * f) << y;
    }
  }
}

TEST(Masses, DiscreteRange) {
  EXPECT_NEAR(term_of<distribution::DiscreteRangeLcdf>(3, -2, 7).value, std::log(0.6), 1e-15);
  EXPECT_NEAR(term_of<distribution::DiscreteRangeLccdf>(3, -2, 7).value, std::log(0.4), 1e-15);
  EXPECT_EQ(term_of<distribution::DiscreteRangeLcdf>(-3, -2, 7).value, -infinity);
  EXPECT_EQ(term_of<distribution::DiscreteRangeLcdf>(7, -2, 7).value, 0);
  EXPECT_EQ(term_of<distribution::DiscreteRangeLccdf>(7, -2, 7).value, -infinity);
  EXPECT_EQ(term_of<distribution::DiscreteRangeLccdf>(-9, -2, 7).value, 0);
}
/// Masses add up to 1 and agree with Boost.Math; the tails are their sums.
template <class D, class... A>
std::vector<double> masses(int count, const A&... a) {
  std::vector<double> m;
  for (int n = 0; n < count; ++n) m.push_back(density_of<D>(n, a...));
  return m;
}
template <class Lower, class Upper, class... A>
void expect_sums(const std::vector<double>& mass, const A&... a) {
  double below = 0;
  for (std::size_t n = 0; n < 40; ++n) {
    below += mass[n];
    EXPECT_NEAR(std::exp(term_of<Lower>(static_cast<int>(n), a...).value), below, 1e-13) << n;
    EXPECT_NEAR(std::exp(term_of<Upper>(static_cast<int>(n), a...).value), 1 - below, 1e-13) << n;
  }
}
double sum(const std::vector<double>& mass) {
  double total = 0;
  for (const double m : mass) total += m;
  return total;
}
TEST(Masses, AddUpAndAgreeWithBoost) {
  using namespace distribution;
  const auto binomial = masses<Binomial>(41, 40, 0.3);
  EXPECT_NEAR(sum(binomial), 1, 1e-13);
  expect_sums<BinomialLcdf, BinomialLccdf>(binomial, 40, 0.3);
  const auto logit = masses<BinomialLogit>(41, 40, std::log(0.3 / 0.7));
  const auto poisson = masses<Poisson>(200, 12.5), poisson_log = masses<PoissonLog>(200, std::log(12.5));
  EXPECT_NEAR(sum(poisson), 1, 1e-13);
  expect_sums<PoissonLcdf, PoissonLccdf>(poisson, 12.5);
  const auto negative = masses<NegBinomial>(600, 2.5, 0.4);
  EXPECT_NEAR(sum(negative), 1, 1e-12);
  expect_sums<NegBinomialLcdf, NegBinomialLccdf>(negative, 2.5, 0.4);
  const auto by_mean = masses<NegBinomial2>(600, 6.25, 2.5), by_log = masses<NegBinomial2Log>(600, std::log(6.25), 2.5);
  expect_sums<NegBinomial2Lcdf, NegBinomial2Lccdf>(by_mean, 6.25, 2.5);
  const auto beta_binomial = masses<BetaBinomial>(41, 40, 1.5, 0.7);
  EXPECT_NEAR(sum(beta_binomial), 1, 1e-12);
  EXPECT_NEAR(sum(masses<BetaNegBinomial>(4000, 2.0, 9.0, 1.5)), 1, 1e-9);
  for (int n = 0; n < 40; ++n) {
    const auto i = static_cast<std::size_t>(n);
    EXPECT_NEAR(binomial[i], pdf(boost::math::binomial(40, 0.3), n), 1e-13) << n;
    EXPECT_NEAR(logit[i], binomial[i], 1e-13) << n;
    EXPECT_NEAR(poisson[i], pdf(boost::math::poisson(12.5), n), 1e-13) << n;
    EXPECT_NEAR(poisson_log[i], poisson[i], 1e-13) << n;
    EXPECT_NEAR(negative[i], pdf(boost::math::negative_binomial(2.5, 0.4 / 1.4), n), 1e-13) << n;
    EXPECT_NEAR(by_mean[i], negative[i], 1e-13) << n;  // μ = α/β, φ = α
    EXPECT_NEAR(by_log[i], negative[i], 1e-13) << n;
  }
  double yule = 0;
  for (int n = 1; n < 3000; ++n) yule += density_of<YuleSimon>(n, 4.0);
  EXPECT_NEAR(yule, 1, 1e-11);
}

}  // namespace
}  // namespace thalweg
