// With CompileOptions::constants a `~` is the normalised density: what `target += …_lpdf` says, value and gradient.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "compiled.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/emitter.hpp"

namespace thalweg::stan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* const functions = R"(
functions {
  real half_lpdf(real y, real m) { return normal_lupdf(y | m, 1) - normal_lccdf(0 | m, 1); }
  real twice_lpmf(int n, real rate) { return 2 * poisson_lupmf(n | rate) + bernoulli_logit_lpmf(1 | rate); }
  void prior_lp(real x) { x ~ normal(1, 2); target += cauchy_lupdf(x | 0, 3); }
  void normalised_lp(real x) { target += normal_lpdf(x | 1, 2) + cauchy_lpdf(x | 0, 3); }
}
)";
const char* const blocks = R"(
data { int which; }
transformed data {
  int N = 20;
  vector[N] y; vector<lower=0>[N] z; vector<lower=0, upper=1>[N] p; array[N] int k; array[N] int b; array[N] int c;
  matrix[N, 2] X; vector[3] v = [0.3, -1.2, 2.5]'; vector[3] pi = [0.2, 0.5, 0.3]'; array[3] int counts = {2, 0, 5};
  matrix[3, 3] I = identity_matrix(3);
  for (n in 1:N) {
    y[n] = 3 * sin(n); z[n] = 0.1 + square(cos(n)); p[n] = 0.05 + 0.9 * square(sin(2 * n));
    k[n] = n % 7; b[n] = n % 2; c[n] = 1 + n % 3; X[n] = [sin(3 * n), cos(5 * n)];
  }
}
parameters {
  real m; real<lower=0> s; vector[2] beta; vector[3] eta; ordered[2] cut; simplex[3] theta; corr_matrix[3] R;
  cholesky_factor_corr[3] L; cov_matrix[3] Sigma; real<lower=0, upper=1> q;
}
)";

struct Pair {
  const char *unnormalised, *normalised;
  bool differs = true;  ///< without the option
};
const std::vector<Pair> pairs{
    {"y ~ normal(m, s);", "target += normal_lpdf(y | m, s);"},
    {"y ~ normal(m + X * beta, s);", "target += normal_lpdf(y | m + X * beta, s);"},
    {"y ~ normal_id_glm(X, m, beta, s);", "target += normal_id_glm_lpdf(y | X, m, beta, s);"},
    {"for (n in 1:N) y[n] ~ normal(m * y[n], s);", "for (n in 1:N) target += normal_lpdf(y[n] | m * y[n], s);"},
    {"m ~ std_normal(); beta ~ cauchy(0, 2.5); s ~ cauchy(0, 5);",
     "target += std_normal_lpdf(m | ) + cauchy_lpdf(beta | 0, 2.5) + cauchy_lpdf(s | 0, 5);"},
    {"s ~ cauchy(0, 5) T[0, ];", "target += cauchy_lpdf(s | 0, 5) - cauchy_lccdf(0 | 0, 5);"},
    {"m ~ normal(1, 2) T[-9, 30];",
     "target += normal_lpdf(m | 1, 2) - log_diff_exp(normal_lcdf(30 | 1, 2), "
     "normal_lcdf(-9 | 1, 2));"},
    {"k[3] ~ poisson(s) T[1, ];", "target += poisson_lpmf(k[3] | s) - poisson_lccdf(0 | s);"},
    {"y ~ student_t(4, m, s); y ~ double_exponential(m, s); y ~ logistic(m, s); y ~ gumbel(m, s);",
     "target += student_t_lpdf(y | 4, m, s) + double_exponential_lpdf(y | m, s) + logistic_lpdf(y | m, s) + "
     "gumbel_lpdf(y | m, s);"},
    {"y ~ skew_normal(m, s, 1.5); y ~ exp_mod_normal(m, s, 0.7); y ~ von_mises(m, 2);",
     "target += skew_normal_lpdf(y | m, s, 1.5) + exp_mod_normal_lpdf(y | m, s, 0.7) + von_mises_lpdf(y | m, 2);"},
    {"z ~ lognormal(m, s); z ~ gamma(2.5, s); z ~ inv_gamma(2.5, s); z ~ weibull(1.5, s); z ~ exponential(s);",
     "target += lognormal_lpdf(z | m, s) + gamma_lpdf(z | 2.5, s) + inv_gamma_lpdf(z | 2.5, s) + "
     "weibull_lpdf(z | 1.5, s) + exponential_lpdf(z | s);"},
    {"z ~ chi_square(3 + s); s ~ inv_chi_square(3); s ~ scaled_inv_chi_square(3, 2); s ~ frechet(2, 3);",
     "target += chi_square_lpdf(z | 3 + s) + inv_chi_square_lpdf(s | 3) + scaled_inv_chi_square_lpdf(s | 3, 2) + "
     "frechet_lpdf(s | 2, 3);"},
    {"s ~ rayleigh(2); s ~ pareto_type_2(0, 2, 3); q ~ uniform(0, 2); m ~ uniform(-30, 30);",
     "target += rayleigh_lpdf(s | 2) + pareto_type_2_lpdf(s | 0, 2, 3) + uniform_lpdf(q | 0, 2) + "
     "uniform_lpdf(m | -30, 30);"},
    {"p ~ beta(1 + s, 2); q ~ beta(2, 3); p ~ beta_proportion(q, 5);",
     "target += beta_lpdf(p | 1 + s, 2) + beta_lpdf(q | 2, 3) + beta_proportion_lpdf(p | q, 5);"},
    {"k ~ poisson(s); k ~ poisson_log(m); k ~ neg_binomial(2, s); k ~ neg_binomial_2(s, 2); "
     "k ~ neg_binomial_2_log(m, 2);",
     "target += poisson_lpmf(k | s) + poisson_log_lpmf(k | m) + neg_binomial_lpmf(k | 2, s) + "
     "neg_binomial_2_lpmf(k | s, 2) + neg_binomial_2_log_lpmf(k | m, 2);"},
    {"k ~ poisson_log_glm(X, m, beta); k ~ neg_binomial_2_log_glm(X, m, beta, s);",
     "target += poisson_log_glm_lpmf(k | X, m, beta) + neg_binomial_2_log_glm_lpmf(k | X, m, beta, s);"},
    {"k ~ binomial(9, q); k ~ binomial_logit(9, m); k ~ beta_binomial(9, s, 2);",
     "target += binomial_lpmf(k | 9, q) + binomial_logit_lpmf(k | 9, m) + beta_binomial_lpmf(k | 9, s, 2);"},
    {"b ~ bernoulli(q); b ~ bernoulli_logit(m); b ~ bernoulli_logit_glm(X, m, beta);",
     "target += bernoulli_lpmf(b | q) + bernoulli_logit_lpmf(b | m) + bernoulli_logit_glm_lpmf(b | X, m, beta);",
     false},
    {"c ~ categorical(theta); c ~ categorical_logit(eta); c[1] ~ ordered_logistic(m, cut); counts ~ "
     "multinomial(theta);",
     "target += categorical_lpmf(c | theta) + categorical_logit_lpmf(c | eta) + ordered_logistic_lpmf(c[1] | m, cut) + "
     "multinomial_lpmf(counts | theta);"},
    {"theta ~ dirichlet([2, 3, 0.5]'); pi ~ dirichlet(3 * theta);",
     "target += dirichlet_lpdf(theta | [2, 3, 0.5]') + dirichlet_lpdf(pi | 3 * theta);"},
    {"v ~ multi_normal(eta, I); v ~ multi_normal(eta, Sigma); v ~ multi_normal_cholesky(eta, L); "
     "v ~ multi_normal_prec(eta, R); v ~ multi_student_t(4, eta, Sigma);",
     "target += multi_normal_lpdf(v | eta, I) + multi_normal_lpdf(v | eta, Sigma) + "
     "multi_normal_cholesky_lpdf(v | eta, L) + multi_normal_prec_lpdf(v | eta, R) + "
     "multi_student_t_lpdf(v | 4, eta, Sigma);"},
    {"R ~ lkj_corr(2); L ~ lkj_corr_cholesky(1.5); Sigma ~ wishart(5, I); Sigma ~ inv_wishart(5, I);",
     "target += lkj_corr_lpdf(R | 2) + lkj_corr_cholesky_lpdf(L | 1.5) + wishart_lpdf(Sigma | 5, I) + "
     "inv_wishart_lpdf(Sigma | 5, I);"},
    {"1.5 ~ normal(2, 3); v ~ normal(0, 1); counts ~ poisson(2);",  // no parameter: gone without the option
     "target += normal_lpdf(1.5 | 2, 3) + normal_lpdf(v | 0, 1) + poisson_lpmf(counts | 2);"},
    {"target += normal_lupdf(m | 0, 2) + poisson_lupmf(k | s) - gamma_lupdf(s | 2, 3);",
     "target += normal_lpdf(m | 0, 2) + poisson_lpmf(k | s) - gamma_lpdf(s | 2, 3);"},
    {"s ~ half(m); k[2] ~ twice(s); target += half_lupdf(s | 1) + twice_lupmf(k[5] | s);",
     "target += normal_lpdf(s | m, 1) - normal_lccdf(0 | m, 1) + 2 * poisson_lpmf(k[2] | s) + "
     "bernoulli_logit_lpmf(1 | s) + normal_lpdf(s | 1, 1) - normal_lccdf(0 | 1, 1) + 2 * poisson_lpmf(k[5] | s) + "
     "bernoulli_logit_lpmf(1 | s);"},
    {"prior_lp(m);", "normalised_lp(m);"},
    {"for (n in 1:N) target += log_mix(q, normal_lupdf(y[n] | m, 1), cauchy_lupdf(y[n] | 0, s));",
     "for (n in 1:N) target += log_mix(q, normal_lpdf(y[n] | m, 1), cauchy_lpdf(y[n] | 0, s));"},
};

std::string program(const char* Pair::*which) {
  std::string text = std::string(functions) + blocks + "model {";
  for (std::size_t i = 0; i < pairs.size(); ++i) text += fmt::format("if (which == {}) {{ {} }}\n", i, pairs[i].*which);
  return text + "}";
}
DataMap choice(std::size_t which) {
  DataMap d;
  DataValue& v = d.values["which"];
  v.integers = {static_cast<int>(which)};
  v.reals = {static_cast<double>(which)};
  v.is_integer = true;
  return d;
}
std::vector<double> point(std::int64_t d, std::uint64_t k) {
  Random<double> random(7, Purpose::test, k, 0);
  std::vector<double> x(static_cast<std::size_t>(d));
  for (double& v : x) v = random.normal();
  return x;
}

class Constants : public Compiled {
 protected:
  static CompileOptions kept(bool constants = true) {
    CompileOptions options;
    options.constants = constants;
    options.widths = {1};
    return options;
  }
  static CompileOptions dropped() { return kept(false); }
};

TEST_F(Constants, MakeOfEveryTildeTheNormalisedDensity) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    SCOPED_TRACE(pairs[i].unnormalised);
    const Model without = model_of(program(&Pair::unnormalised), dropped(), choice(i)),
                constants = model_of(program(&Pair::unnormalised), kept(), choice(i)),
                normalised = model_of(program(&Pair::normalised), dropped(), choice(i));
    for (std::uint64_t k = 0; k < 4; ++k) {
      const auto x = point(constants.dimension(), k);
      const Evaluated a = evaluate(constants, x), b = evaluate(normalised, x), c = evaluate(without, x);
      ASSERT_TRUE(std::isfinite(b.log_density)) << b.reason;
      const double scale = 1e-12 * (1 + std::fabs(b.log_density));
      EXPECT_NEAR(a.log_density, b.log_density, scale);
      EXPECT_EQ(std::fabs(a.log_density - c.log_density) > 1e-3, pairs[i].differs) << "the option changes nothing";
      for (std::size_t j = 0; j < x.size(); ++j)
        EXPECT_NEAR(a.gradient[j], b.gradient[j], 1e-11 * (1 + std::fabs(b.gradient[j]))) << j;
    }
  }
}

TEST_F(Constants, AreThoseOfTheClosedForm) {
  const Model m = model_of(
      "parameters { real x; real<lower=0> s; } model { x ~ normal(1, 2); s ~ cauchy(0, 5); 3 ~ poisson(exp(x)); }",
      kept(), {});
  const double x = 0.4, s = 1.7;
  const double expected = -0.5 * std::log(2 * M_PI) - std::log(2.0) - (x - 1) * (x - 1) / 8 -
                          std::log(M_PI * 5 * (1 + s * s / 25)) + 3 * x - std::exp(x) - std::log(6.0) + std::log(s);
  EXPECT_NEAR(evaluate(m, {x, std::log(s)}).log_density, expected, 1e-14);
}

TEST_F(Constants, AreInTheUnitsForHessiansAndSubsetsToo) {
  const std::string text =
      "data { int N; } transformed data { vector[N] y = linspaced_vector(N, 0, 1); }"
      "parameters { real m; } model { m ~ normal(0, 1); y ~ cauchy(m, 2); }";
  const Program program = parse_program(Source::from_text(text, "model.stan"));
  const Analysis analysis = analyse(program);
  for (const bool subset : {false, true}) {
    EmitOptions options;
    options.hessian = !subset;
    options.subset = subset;
    EXPECT_THAT(emit_cpp(program, analysis, options), HasSubstr("_lpdf<true>("));
    options.constants = true;
    EXPECT_THAT(emit_cpp(program, analysis, options), Not(HasSubstr("_lpdf<true>(")));
  }
}

TEST_F(Constants, AreAUnitOfTheirOwnInTheCache) {
  const std::string text = "parameters { real m; } model { m ~ normal(0, 1); }";
  EXPECT_NEAR(evaluate(model_of(text, dropped(), {}), {0}).log_density, 0, 1e-15);
  EXPECT_NEAR(evaluate(model_of(text, kept(), {}), {0}).log_density, -0.5 * std::log(2 * M_PI), 1e-15);
  EXPECT_NEAR(evaluate(model_of(text, dropped(), {}), {0}).log_density, 0, 1e-15);
}

}  // namespace
}  // namespace thalweg::stan
