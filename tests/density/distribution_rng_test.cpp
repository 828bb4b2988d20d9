// Random draws against the distributions they come from.
//
// Continuous draws: Kolmogorov–Smirnov with n = 20000; counts: chi-square over cells of at least 20 expected. Each test
// rejects a right generator with probability 1e-6; seeds are fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/distributions/matrices.hpp"
#include "thalweg/density/distributions/rng_vectors.hpp"

namespace thalweg {
namespace {

using Generator = Random<double>;
constexpr double false_alarm = 1e-6;

Generator generator(std::uint64_t particle) { return Generator(20260714, Purpose::test, particle, 0); }

/// The largest distance between the empirical and the given distribution function, times √n.
double kolmogorov(std::vector<double> draws, const std::function<double(double)>& cdf) {
  std::sort(draws.begin(), draws.end());
  const double n = static_cast<double>(draws.size());
  double largest = 0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double f = cdf(draws[i]), k = static_cast<double>(i);
    largest = std::max({largest, f - k / n, (k + 1) / n - f});
  }
  return largest * std::sqrt(n);
}
/// P(√n D > x) is at most 2 exp(−2x²) (Massart).
const double kolmogorov_limit = std::sqrt(std::log(2 / false_alarm) / 2);

template <class Tail, class... A>
double cdf_of(double y, const A&... a) {
  using Terms = Keep<false, false, (static_cast<void>(a), false)...>;
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::exp(
        Tail::template term<Terms>(Tail::template prepare<0>(y), Tail::template prepare<static_cast<int>(i) + 1>(a)...)
            .value);
  }
  (std::index_sequence_for<A...>{});
}

struct Continuous {
  const char* name;
  std::function<double(Generator&)> draw;
  std::function<double(double)> cdf;
};
std::ostream& operator<<(std::ostream& out, const Continuous& c) { return out << c.name; }
#define CONTINUOUS(label, stan_name, Name, ...)                                   \
  Continuous {                                                                    \
    label, [](Generator& g) { return rng::stan_name(g, __VA_ARGS__); },           \
        [](double y) { return cdf_of<distribution::Name##Lcdf>(y, __VA_ARGS__); } \
  }
double von_mises_cdf(double y, double mu, double kappa) {  // Simpson's rule on the density
  const int steps = 400;
  const auto density = [&](double x) { return std::exp(kappa * std::cos(x - mu)); };
  const auto integral = [&](double a, double b) {
    double sum = density(a) + density(b);
    for (int i = 1; i < steps; ++i) sum += (i % 2 ? 4 : 2) * density(a + (b - a) * i / steps);
    return sum * (b - a) / (3 * steps);
  };
  return integral(mu - pi, y) / integral(mu - pi, mu + pi);
}
const Continuous continuous[] = {
    {"std_normal", [](Generator& g) { return rng::std_normal(g); }, [](double y) { return normal_cdf(y); }},
    CONTINUOUS("normal", normal, Normal, -1.5, 3.0),
    CONTINUOUS("lognormal", lognormal, Lognormal, 0.5, 1.5),
    CONTINUOUS("uniform", uniform, Uniform, -2.0, 5.0),
    CONTINUOUS("exponential", exponential, Exponential, 2.5),
    CONTINUOUS("cauchy", cauchy, Cauchy, 1.0, 2.0),
    CONTINUOUS("double_exponential", double_exponential, DoubleExponential, 1.0, 2.0),
    CONTINUOUS("logistic", logistic, Logistic, 1.0, 2.0),
    CONTINUOUS("gumbel", gumbel, Gumbel, 1.0, 2.0),
    CONTINUOUS("student_t_3", student_t, StudentT, 3.0, 1.0, 2.0),
    CONTINUOUS("student_t_half", student_t, StudentT, 0.5, 1.0, 2.0),
    CONTINUOUS("gamma_small", gamma, Gamma, 0.05, 2.0),
    CONTINUOUS("gamma_1", gamma, Gamma, 1.0, 2.0),
    CONTINUOUS("gamma_large", gamma, Gamma, 70.0, 0.3),
    CONTINUOUS("inv_gamma", inv_gamma, InvGamma, 2.5, 3.0),
    CONTINUOUS("chi_square", chi_square, ChiSquare, 3.0),
    CONTINUOUS("inv_chi_square", inv_chi_square, InvChiSquare, 3.0),
    CONTINUOUS("scaled_inv_chi_square", scaled_inv_chi_square, ScaledInvChiSquare, 3.0, 2.0),
    CONTINUOUS("weibull", weibull, Weibull, 0.7, 2.0),
    CONTINUOUS("frechet", frechet, Frechet, 1.7, 2.0),
    CONTINUOUS("rayleigh", rayleigh, Rayleigh, 2.0),
    CONTINUOUS("pareto", pareto, Pareto, 2.0, 1.5),
    CONTINUOUS("pareto_type_2", pareto_type_2, ParetoType2, -1.0, 2.0, 1.5),
    CONTINUOUS("loglogistic", loglogistic, LogLogistic, 2.0, 1.5),
    CONTINUOUS("beta", beta, Beta, 2.0, 0.5),
    CONTINUOUS("beta_small", beta, Beta, 0.03, 0.08),
    CONTINUOUS("beta_proportion", beta_proportion, BetaProportion, 0.3, 7.0),
    {"von_mises", [](Generator& g) { return rng::von_mises(g, 0.5, 2.0); },
     [](double y) { return von_mises_cdf(y, 0.5, 2.0); }},
    {"von_mises_flat", [](Generator& g) { return rng::von_mises(g, 0.5, 5e-5); },
     [](double y) { return von_mises_cdf(y, 0.5, 5e-5); }},
    {"von_mises_narrow", [](Generator& g) { return rng::von_mises(g, 0.5, 90.0); },
     [](double y) { return von_mises_cdf(y, 0.5, 90.0); }},
};
class ContinuousDraws : public testing::TestWithParam<Continuous> {};
TEST_P(ContinuousDraws, FollowTheDistributionFunction) {
  auto random = generator(1);
  std::vector<double> draws(20000);
  for (double& x : draws) x = GetParam().draw(random);
  EXPECT_LT(kolmogorov(draws, GetParam().cdf), kolmogorov_limit);
}
INSTANTIATE_TEST_SUITE_P(Named, ContinuousDraws, testing::ValuesIn(continuous),
                         [](const auto& c) { return std::string(c.param.name); });

/// A generator that is off by little must fail: the test has teeth.
TEST(ContinuousDraws, AShiftOfATenthIsNoticed) {
  auto random = generator(2);
  std::vector<double> draws(20000);
  for (double& x : draws) x = random.normal() + 0.1;
  EXPECT_GT(kolmogorov(draws, [](double y) { return normal_cdf(y); }), kolmogorov_limit);
}

template <class D, class... A>
double mass_of(int k, const A&... a) {
  if (!D::template valid<0>(k)) return 0;
  using Terms = Keep<false, false, (static_cast<void>(a), false)...>;
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    const auto t =
        D::template term<Terms>(D::template prepare<0>(k), D::template prepare<static_cast<int>(i) + 1>(a)...);
    if constexpr (requires { D::factor_weight; })
      return std::exp(t.value + D::factor_weight * std::log(t.factor));
    else
      return std::exp(t.value);
  }
  (std::index_sequence_for<A...>{});
}
struct Counting {
  const char* name;
  std::function<int(Generator&)> draw;
  std::function<double(int)> mass;
};
std::ostream& operator<<(std::ostream& out, const Counting& c) { return out << c.name; }
#define COUNTING(label, stan_name, Name, ...)                             \
  Counting {                                                              \
    label, [](Generator& g) { return rng::stan_name(g, __VA_ARGS__); },   \
        [](int k) { return mass_of<distribution::Name>(k, __VA_ARGS__); } \
  }
const double weights[] = {0.1, 0, 0.6, 0.3}, cuts[] = {-1, 0.2, 1.5};
const View<const double> some_weights{weights, 4, 1}, some_cuts{cuts, 3, 1};
double between(double (*cdf)(double), int k, double eta) {
  return k < 1 || k > 4 ? 0.0 : (k == 4 ? 1.0 : cdf(cuts[k - 1] - eta)) - (k == 1 ? 0.0 : cdf(cuts[k - 2] - eta));
}
const Counting counting[] = {
    COUNTING("bernoulli", bernoulli, Bernoulli, 0.3),
    COUNTING("bernoulli_logit", bernoulli_logit, BernoulliLogit, -1.2),
    COUNTING("binomial_small", binomial, Binomial, 12, 0.2),
    COUNTING("binomial_large", binomial, Binomial, 400, 0.1),
    COUNTING("binomial_upper", binomial, Binomial, 60, 0.7),
    COUNTING("binomial_logit", binomial_logit, BinomialLogit, 100, 1.2),
    COUNTING("poisson_small", poisson, Poisson, 3.0),
    COUNTING("poisson_below_10", poisson, Poisson, 9.99),
    COUNTING("poisson_10", poisson, Poisson, 10.0),
    COUNTING("poisson_large", poisson, Poisson, 700.0),
    COUNTING("poisson_log", poisson_log, PoissonLog, 2.7),
    COUNTING("neg_binomial", neg_binomial, NegBinomial, 2.5, 0.4),
    COUNTING("neg_binomial_2", neg_binomial_2, NegBinomial2, 20.0, 1.5),
    COUNTING("neg_binomial_2_log", neg_binomial_2_log, NegBinomial2Log, 1.5, 0.5),
    COUNTING("beta_binomial", beta_binomial, BetaBinomial, 20, 1.5, 0.7),
    COUNTING("beta_neg_binomial", beta_neg_binomial, BetaNegBinomial, 3.0, 4.5, 2.0),
    COUNTING("yule_simon", yule_simon, YuleSimon, 2.2),
    COUNTING("hypergeometric", hypergeometric, Hypergeometric, 20, 30, 45),
    COUNTING("hypergeometric_tight", hypergeometric, Hypergeometric, 40, 30, 15),
    COUNTING("discrete_range", discrete_range, DiscreteRange, -3, 9),
    {"categorical", [](Generator& g) { return rng::categorical(g, some_weights); },
     [](int k) { return k >= 1 && k <= 4 ? weights[k - 1] : 0.0; }},
    {"categorical_logit", [](Generator& g) { return rng::categorical_logit(g, some_cuts); },
     [](int k) {
       const double total = std::exp(-1.0) + std::exp(0.2) + std::exp(1.5);
       return k >= 1 && k <= 3 ? std::exp(cuts[k - 1]) / total : 0.0;
     }},
    {"ordered_logistic", [](Generator& g) { return rng::ordered_logistic(g, 0.4, some_cuts); },
     [](int k) {
       return between(
           +[](double x) { return 1 / (1 + std::exp(-x)); }, k, 0.4);
     }},
    {"ordered_probit", [](Generator& g) { return rng::ordered_probit(g, 0.4, some_cuts); },
     [](int k) {
       return between(
           +[](double x) { return normal_cdf(x); }, k, 0.4);
     }},
};
class CountingDraws : public testing::TestWithParam<Counting> {};
TEST_P(CountingDraws, FollowTheMasses) {
  auto random = generator(3);
  const int n = 40000;
  std::map<int, int> found;
  for (int i = 0; i < n; ++i) ++found[GetParam().draw(random)];
  // cells of neighbours until 20 are expected; what is left of probability 1 joins the last cell
  double statistic = 0, expected = 0, all = 0;
  int observed = 0, cells = 0, seen = 0;
  const auto close = [&] {
    statistic += (observed - expected) * (observed - expected) / expected;
    ++cells;
    expected = observed = 0;
  };
  for (int k = found.begin()->first - 50; seen < n || k < found.rbegin()->first; ++k) {
    const double mass = GetParam().mass(k);
    const auto here = found.find(k);
    const int count = here == found.end() ? 0 : here->second;
    EXPECT_TRUE(count == 0 || mass > 0) << k << " is impossible";
    expected += n * mass;
    all += mass;
    observed += count;
    seen += count;
    if (expected >= 20 && n * (1 - all) >= 20) close();
  }
  expected += n * std::max(0.0, 1 - all);
  close();
  if (cells < 2) return;
  const boost::math::chi_squared law(cells - 1);
  EXPECT_LT(statistic, boost::math::quantile(boost::math::complement(law, false_alarm))) << cells << " cells";
}
INSTANTIATE_TEST_SUITE_P(Named, CountingDraws, testing::ValuesIn(counting),
                         [](const auto& c) { return std::string(c.param.name); });

// ---- vectors and matrices: a number of each draw whose distribution is known ----

constexpr int d = 3;
const double factor_numbers[] = {1.5, 0, 0, -0.4, 0.8, 0, 0.7, 0.2, 1.1}, mean[] = {1, -2, 0.5};
const Panel<const double> factor{factor_numbers, d, 1};
const View<const double> mu{mean, d, 1};
/// aᵀ Σ a for a = (1, 2, −1), Σ = L Lᵀ.
double along(const Panel<const double>& l) {
  const double a[] = {1, 2, -1};
  double sum = 0;
  for (int k = 0; k < d; ++k) {
    double t = 0;
    for (int i = 0; i < d; ++i) t += a[i] * l(i, k);
    sum += t * t;
  }
  return sum;
}
double dot(const double* y) { return (y[0] - mean[0]) + 2 * (y[1] - mean[1]) - (y[2] - mean[2]); }
template <class Draw>
std::vector<double> repeat(const Draw& draw, std::uint64_t particle) {
  auto random = generator(particle);
  std::vector<double> out(20000);
  for (double& x : out) x = draw(random);
  return out;
}

TEST(VectorDraws, Dirichlet) {
  const double alpha[] = {0.02, 3, 1.2};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto draws = repeat(
        [&](Generator& g) {
          double theta[3];
          rng::dirichlet(g, View<const double>{alpha, 3, 1}, View<double>{theta, 3, 1});
          EXPECT_NEAR(theta[0] + theta[1] + theta[2], 1, 1e-15);
          return theta[k];
        },
        10);
    const double a = alpha[k], b = 4.22 - alpha[k];
    EXPECT_LT(kolmogorov(draws, [&](double y) { return cdf_of<distribution::BetaLcdf>(y, a, b); }), kolmogorov_limit);
  }
}
TEST(VectorDraws, MultiNormal) {
  const double sd = std::sqrt(along(factor));
  const auto draws = repeat(
      [&](Generator& g) {
        double y[d];
        rng::multi_normal_cholesky(g, mu, factor, View<double>{y, d, 1});
        return dot(y);
      },
      11);
  EXPECT_LT(kolmogorov(draws, [&](double y) { return normal_cdf(y / sd); }), kolmogorov_limit);
}
TEST(VectorDraws, MultiNormalByPrecision) {
  // Σ = (L Lᵀ)⁻¹: the variance along a is |L⁻¹a|²
  double a[] = {1, 2, -1};
  kernels::solve_lower(factor, Panel<double>{a, 1, 1}, d, 1);
  const double sd = std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  const auto draws = repeat(
      [&](Generator& g) {
        double y[d];
        rng::multi_normal_prec_cholesky(g, mu, factor, View<double>{y, d, 1});
        return dot(y);
      },
      12);
  EXPECT_LT(kolmogorov(draws, [&](double y) { return normal_cdf(y / sd); }), kolmogorov_limit);
}
TEST(VectorDraws, MultiStudentT) {
  const double sd = std::sqrt(along(factor));
  const auto draws = repeat(
      [&](Generator& g) {
        double y[d];
        rng::multi_student_t_cholesky(g, 3.5, mu, factor, View<double>{y, d, 1});
        return dot(y);
      },
      13);
  EXPECT_LT(kolmogorov(draws, [&](double y) { return cdf_of<distribution::StudentTLcdf>(y, 3.5, 0.0, sd); }),
            kolmogorov_limit);
}
/// Each correlation r of LKJ(η) in dimension d has (r + 1)/2 ~ Beta(η − 1 + d/2, same).
TEST(VectorDraws, LkjCorrelations) {
  const double eta = 0.7, shape = eta - 1 + d / 2.0;
  for (int i = 1; i < d; ++i)
    for (int j = 0; j < i; ++j) {
      const auto draws = repeat(
          [&](Generator& g) {
            double l[d * d], r[d * d];
            rng::lkj_corr(g, eta, Panel<double>{l, d, 1}, Panel<double>{r, d, 1}, d);
            EXPECT_EQ(r[i * d + j], r[j * d + i]);
            return 0.5 * (r[i * d + j] + 1);
          },
          static_cast<std::uint64_t>(20 + 3 * i + j));
      EXPECT_LT(kolmogorov(draws, [&](double y) { return cdf_of<distribution::BetaLcdf>(y, shape, shape); }),
                kolmogorov_limit)
          << i << ' ' << j;
    }
}
/// And |R| = Π L_kk² has the moment E|R| = c(η)/c(η + 1): the joint law, not only the margins.
TEST(VectorDraws, LkjDeterminant) {
  const double eta = 0.7;
  const auto draws = repeat(
      [&](Generator& g) {
        double l[d * d];
        rng::lkj_corr_cholesky(g, eta, Panel<double>{l, d, 1}, d);
        return l[4] * l[4] * l[8] * l[8];
      },
      30);
  const auto moment = [&](double p) {
    return std::exp(distribution::lkj_constant(eta, d) - distribution::lkj_constant(eta + p, d));
  };
  double average = 0;
  for (const double x : draws) average += x / static_cast<double>(draws.size());
  const double sd = std::sqrt((moment(2) - moment(1) * moment(1)) / static_cast<double>(draws.size()));
  EXPECT_NEAR(average, moment(1), 4.9 * sd);  // 1e-6 both sides
}
/// aᵀ W a / aᵀ S a ~ χ²_ν.
TEST(VectorDraws, Wishart) {
  const double size = along(factor), nu = 4.5;
  const auto draws = repeat(
      [&](Generator& g) {
        double m[d * d], w[d * d];
        rng::wishart(g, nu, factor, Panel<double>{m, d, 1}, Panel<double>{w, d, 1}, d);
        return along(Panel<const double>{m, d, 1}) / size;
      },
      31);
  EXPECT_LT(kolmogorov(draws, [&](double y) { return cdf_of<distribution::ChiSquareLcdf>(y, nu); }), kolmogorov_limit);
}
/// aᵀ W a / aᵀ S a ~ InvChiSquare(ν − d + 1) for an inverse Wishart W.
TEST(VectorDraws, InvWishart) {
  const double size = along(factor), nu = 4.5, a[] = {1, 2, -1};
  const auto draws = repeat(
      [&](Generator& g) {
        double m[d * d], w[d * d], sum = 0;
        rng::inv_wishart(g, nu, factor, Panel<double>{m, d, 1}, Panel<double>{w, d, 1}, d);
        for (int i = 0; i < d; ++i)
          for (int j = 0; j < d; ++j) sum += a[i] * w[i * d + j] * a[j];
        return sum / size;
      },
      32);
  EXPECT_LT(kolmogorov(draws, [&](double y) { return cdf_of<distribution::InvChiSquareLcdf>(y, nu - d + 1); }),
            kolmogorov_limit);
}
/// Each count is binomial, and all add up.
TEST(VectorDraws, Multinomial) {
  auto random = generator(33);
  const int n = 20000, trials = 30;
  double sums[4] = {}, products = 0;
  for (int i = 0; i < n; ++i) {
    int counts[4];
    rng::multinomial(random, some_weights, trials, View<int>{counts, 4, 1});
    ASSERT_EQ(counts[0] + counts[1] + counts[2] + counts[3], trials);
    ASSERT_EQ(counts[1], 0);
    for (int k = 0; k < 4; ++k) sums[k] += counts[k];
    products += (counts[0] - 3) * (counts[2] - 18);
  }
  for (int k = 0; k < 4; ++k)
    EXPECT_NEAR(sums[k] / n, trials * weights[k], 4.9 * std::sqrt(trials * weights[k] * (1 - weights[k]) / n));
  // the covariance −N p q; its standard error with fourth moments of the normal limit
  EXPECT_NEAR(products / n, -trials * 0.06, 4.9 * trials * std::sqrt((0.09 * 0.24 + 0.06 * 0.06) / n));
}
TEST(VectorDraws, DirichletMultinomialIsBetaBinomialInEachCell) {
  const double alpha[] = {0.8, 1.7};
  const auto draws = repeat(
      [&](Generator& g) {
        double theta[2];
        int counts[2];
        rng::dirichlet_multinomial(g, View<const double>{alpha, 2, 1}, 12, View<double>{theta, 2, 1},
                                   View<int>{counts, 2, 1});
        return counts[0];
      },
      34);
  double average = 0, square = 0;
  for (const double x : draws) {
    average += x / 20000;
    square += x * x / 20000;
  }
  const double p = 0.32, variance = 12 * p * (1 - p) * (2.5 + 12) / 3.5;
  EXPECT_NEAR(average, 12 * p, 4.9 * std::sqrt(variance / 20000));
  EXPECT_NEAR(square - average * average, variance, 4.9 * variance * std::sqrt(2.0 / 20000));
}
TEST(VectorDraws, MultinomialLogitSharesTheSoftmax) {
  auto one = generator(35), other = generator(35);
  const double logits[] = {std::log(0.1) + 900, -infinity, std::log(0.6) + 900, std::log(0.3) + 900};
  double scratch[4];
  int a[4], b[4];
  rng::multinomial_logit(one, View<const double>{logits, 4, 1}, 50, View<double>{scratch, 4, 1}, View<int>{a, 4, 1});
  rng::multinomial(other, View<const double>{scratch, 4, 1}, 50, View<int>{b, 4, 1});
  EXPECT_NEAR(scratch[0] / scratch[2], 1.0 / 6, 1e-12);
  EXPECT_EQ(a[1], 0);
  for (int k = 0; k < 4; ++k) EXPECT_EQ(a[k], b[k]);
}
TEST(Draws, ArgumentsOutsideTheirDomainEnd) {
  auto random = generator(40);
  EXPECT_TRUE(std::isnan(rng::gamma(random, -1, 2)));
  EXPECT_TRUE(std::isnan(rng::gamma(random, not_a_number, 2)));
  EXPECT_TRUE(std::isnan(rng::von_mises(random, 0, -1)));
  EXPECT_EQ(rng::poisson(random, -1), rng::no_count);
  EXPECT_EQ(rng::poisson(random, 1e10), rng::no_count);
  EXPECT_EQ(rng::poisson(random, not_a_number), rng::no_count);
  EXPECT_EQ(rng::binomial(random, -1, 0.5), rng::no_count);
  EXPECT_EQ(rng::binomial(random, 4, not_a_number), rng::no_count);
  EXPECT_EQ(rng::hypergeometric(random, 10, 3, 4), rng::no_count);
  EXPECT_EQ(rng::discrete_range(random, 3, 2), rng::no_count);
  const double nothing[] = {0, 0};
  EXPECT_EQ(rng::categorical(random, View<const double>{nothing, 2, 1}), rng::no_count);
  EXPECT_EQ(rng::binomial(random, 4, 0), 0);
  EXPECT_EQ(rng::binomial(random, 4, 1), 4);
  EXPECT_EQ(rng::poisson(random, 0), 0);
}

}  // namespace
}  // namespace thalweg
