// Compiled programs evaluate sums of parts: these add up to log p, and each is what its statements say.
#include "tests/density/split_law.hpp"

#include <gmock/gmock.h>

#include "compiled.hpp"

namespace thalweg::stan {
namespace {

using ::testing::HasSubstr;

/// Programs with data that all of them share.
class SplitLaw : public Compiled {
 protected:
  static Model model_with_data(const std::string& text, bool hessian = false) {
    DataMap data;
    const auto integers = [&](const char* name, std::vector<std::int64_t> shape, std::vector<std::int32_t> values) {
      data.values[name] = {shape, {values.begin(), values.end()}, values, true};
    };
    integers("N", {}, {6});
    data.values["y"] = {{6}, {0.3, -1.1, 0.8, 2.2, -0.4, 1.7}, {}, false};
    data.values["x"] = {{6}, {-1, -0.5, 0.1, 0.4, 0.9, 1.3}, {}, false};
    integers("k", {6}, {0, 2, 1, 3, 0, 1});
    integers("g", {6}, {1, 2, 3, 3, 2, 1});
    const std::size_t at = text.find("// data");
    return model_of(at == text.npos ? data_block + text : text.substr(0, at) + data_block + text.substr(at), "", data,
                    hessian);
  }
  static inline const std::string data_block =
      "data { int<lower=1> N; vector[N] y; vector[N] x; array[N] int<lower=0> k; array[N] int<lower=1> g; }\n";
  static double at(const Model& model, Parts parts, const std::vector<double>& x) {
    return laws::evaluate_parts(model, 1, parts, x).log_p[0];
  }
};

double normal(double z, double sd) { return -0.5 * z * z / (sd * sd); }

// brms: a transformed parameter sums the prior, the model block the rest; one statement holds both.
const char* const accumulators = R"(
parameters { real a; real<lower=0> sigma; vector[3] b; real<lower=-1, upper=2> c; }
transformed parameters {
  real lprior = 0;
  lprior += normal_lpdf(a | 0, 5);
  lprior += student_t_lpdf(sigma | 3, 0, 2.5) - 1 * student_t_lccdf(0 | 3, 0, 2.5);
  for (j in 1:3) lprior += normal_lpdf(b[j] | 0, sigma);
}
model {
  real lp = 0;
  lp += normal_lpdf(c | 0, 1);
  for (n in 1:N) {
    real mu = a + b[g[n]] * x[n];
    lp = lp + normal_lpdf(y[n] | mu, sigma);
  }
  lp -= 0.5 * square(a);
  target += lprior;
  target += lp;
  target += normal_lpdf(b | a, 2) + poisson_log_lpmf(k | a + b[g]) - 0.1 * dot_self(b);
}
)";

TEST_F(SplitLaw, AccumulatorsComeApart) {
  const Model model = model_with_data(accumulators);
  laws::expect_parts_add_up(model);
  // a, log sigma, b, logit of c
  const std::vector<double> x{0.3, 0.2, 0.5, -0.4, 0.1, 0.7};
  const double sigma = std::exp(0.2), c = -1 + 3 / (1 + std::exp(-0.7));
  const auto constant = [](double sd) { return -std::log(sd) - 0.5 * std::log(2 * M_PI); };
  double expected = normal(0.3, 5) + constant(5) + normal(c, 1) + constant(1) - 0.5 * 0.09;
  expected += std::lgamma(2.0) - std::lgamma(1.5) - 0.5 * std::log(3 * M_PI) - std::log(2.5) -
              2 * std::log1p(sigma * sigma / (6.25 * 3)) + std::log(2.0);
  for (const double b : {0.5, -0.4, 0.1})
    expected += normal(b, sigma) + constant(sigma) + normal(b - 0.3, 2) + constant(2) - 0.1 * b * b;
  EXPECT_NEAR(at(model, part_prior, x), expected, 1e-12 * std::abs(expected));
  // the draw shows the whole of lprior
  Workspace w = model.workspace(1, part_likelihood);
  std::vector<double> values(static_cast<std::size_t>(model.draw_size()));
  w.constrain(x, 0, 0, 0, false, values);
  double lprior = normal(0.3, 5) + constant(5);
  lprior += std::lgamma(2.0) - std::lgamma(1.5) - 0.5 * std::log(3 * M_PI) - std::log(2.5) -
            2 * std::log1p(sigma * sigma / (6.25 * 3)) + std::log(2.0);
  for (const double b : {0.5, -0.4, 0.1}) lprior += normal(b, sigma) + constant(sigma);
  EXPECT_NEAR(values.back(), lprior, 1e-12 * std::abs(lprior));
}

// Mixtures, hidden states, truncation, ICAR, a literal on a path of data, a function that adds, a jacobian.
const char* const structures = R"(
functions {
  real shifted_jacobian(real x) { jacobian += x; return exp(x); }
  void observe_lp(vector y, real m, real s) { y ~ normal(m, s); target += cauchy_lpdf(y | m, 3); }
}
// data
parameters {
  simplex[3] theta; ordered[3] mu; cholesky_factor_corr[3] L; cov_matrix[2] S; unit_vector[3] u;
  vector[3] phi; real s_raw; real<offset=1, multiplier=2> free; vector<lower=0, upper=1>[2] psi;
}
transformed parameters { real s = shifted_jacobian(s_raw); }
model {
  array[3] int left = {1, 2, 1};
  array[3] int right = {2, 3, 3};
  target += -0.5 * dot_self(phi[left] - phi[right]);
  sum(phi) ~ normal(0, 0.1);
  L ~ lkj_corr_cholesky(2);
  S ~ wishart(4, identity_matrix(2));
  u ~ normal(0.2, 1);
  s ~ normal(0, 2) T[0.1, ];
  free ~ student_t(4, 0, 1);
  for (n in 1:N) {
    vector[3] lp = log(theta);
    for (j in 1:3) lp[j] += normal_lpdf(y[n] | mu[j], s);
    target += log_sum_exp(lp);
    if (k[n] > 0) 1 ~ bernoulli(psi[1]); else 0 ~ bernoulli(psi[1]);
    x[n] ~ normal(phi[g[n]], 1) T[-3, 4];
  }
  target += log_mix(psi[2], poisson_lpmf(k | exp(mu[1])), poisson_lpmf(k | exp(mu[2])));
  observe_lp(y, mu[2], s);
  {
    array[2] real gamma = {normal_lpdf(y[1] | mu[1], s), normal_lpdf(y[1] | mu[2], s)};
    for (n in 2:N) {
      array[2] real next;
      for (j in 1:2)
        next[j] = log_sum_exp(gamma[1] + log(psi[j]), gamma[2] + log1m(psi[j])) + normal_lpdf(y[n] | mu[j], s);
      gamma = next;
    }
    target += log_sum_exp(gamma);
  }
}
)";

TEST_F(SplitLaw, StructuresMixturesAndJacobiansComeApart) {
  const Model model = model_with_data(structures);
  for (const Term& t : model.terms()) EXPECT_NE(t.part, part_undecided) << t.text << ": " << t.reason;
  laws::expect_parts_add_up(model);
}

// Vectors that sum up, transformed data, loops as formulas, and a likelihood inside functions.
const char* const sums = R"(
functions {
  real log_lik(vector y, real m, real s) { return normal_lpdf(y | m, s); }
  real scaled_lpdf(vector y, real s) { return normal_lpdf(y / s | 0, 1) - rows(y) * log(s); }
}
// data
transformed data { vector[N] z = (y - mean(y)) / sd(y); }
parameters { vector[3] beta; real<lower=0> sigma; vector<upper=2>[2] w; array[2] simplex[2] p; }
model {
  vector[N] lp;
  for (n in 1:N) {
    real mu = beta[1];
    for (j in 1:3) mu = mu + beta[j] * x[n];
    lp[n] = normal_lpdf(z[n] | mu, sigma);
  }
  target += sum(lp);
  target += lp;
  target += log_lik(z, beta[1], sigma);
  z ~ scaled(sigma);
  beta ~ scaled(2);
  sigma ~ exponential(1);
  for (j in 1:2) p[j] ~ dirichlet(rep_vector(2, 2));
  for (n in 1:N) if (g[n] < 3) target += log(p[1, g[n]]);
  target += std_normal_lpdf(w) - 3;
  target += -2 * log(sigma);
}
)";

TEST_F(SplitLaw, SumsOfVectorsAndFunctionsComeApart) {
  const Model model = model_with_data(sums);
  for (const Term& t : model.terms()) EXPECT_NE(t.part, part_undecided) << t.text << ": " << t.reason;
  laws::expect_parts_add_up(model);
  // the Jacobian alone: sigma = e^s, w = 2 − e^v, two simplexes of two
  std::vector<double> x(static_cast<std::size_t>(model.dimension()), 0.25);
  x[3] = 0.5;
  EXPECT_NEAR(laws::evaluate_parts(model, 1, part_jacobian, x).gradient[3], 1, 1e-14);
  EXPECT_NEAR(laws::evaluate_parts(model, 1, part_jacobian, x).gradient[0], 0, 0);
}

TEST_F(SplitLaw, SeesAJacobianInBothPartsAndOneThatIsDropped) {
  const Model model = model_with_data(sums);
  const Parts likelihood_with_jacobian = part_likelihood | part_jacobian;
  for (const int width : {1, model.preferred_width()}) {
    EXPECT_GT(laws::split_violation(model, width, {laws::prior_side, likelihood_with_jacobian}, whole_density), 1e-3);
    EXPECT_GT(laws::split_violation(model, width, {part_prior, part_likelihood}, whole_density), 1e-3);
  }
}

TEST_F(SplitLaw, HessiansOfPartsAddUp) {
  const Model model = model_with_data(
      "parameters { real<lower=0> s; simplex[3] p; real mu; } model { real lp = normal_lpdf(mu | 0, s); "
      "y ~ normal(mu * p[1], s); s ~ gamma(2, 1); target += lp; for (n in 1:N) target += log(p[g[n]]); }",
      true);
  ASSERT_TRUE(model.hessian_is_exact());
  for (const int width : model.hessian_widths()) {
    const auto x = laws::split_points(model, width, 1), v = laws::split_points(model, width, 2);
    const auto product = [&](Parts parts) {
      std::vector<double> out(x.size());
      model.hessian_workspace(width, parts).hessian_vector(x.data(), v.data(), out.data());
      return out;
    };
    const auto whole = product(whole_density), prior = product(part_prior), likelihood = product(part_likelihood),
               jacobian = product(part_jacobian);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double size = 1 + std::abs(prior[i]) + std::abs(likelihood[i]) + std::abs(jacobian[i]);
      EXPECT_NEAR(prior[i] + likelihood[i] + jacobian[i], whole[i], 1e-12 * size);
    }
  }
}

TEST_F(SplitLaw, UndecidedTermsAreRefusedWhereTheSplitIsNeeded) {
  const Model model = model_with_data("parameters { real m; } model { y - m ~ normal(0, 1); m ~ normal(0, 1); }");
  try {
    model.workspace(1, part_prior);
    ADD_FAILURE() << "the prior of an undecided program";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("model.stan:2:"));
    EXPECT_THAT(e.what(), HasSubstr("y - m joins data and parameters"));
    EXPECT_THAT(e.what(), HasSubstr("// thalweg: prior"));
  }
  EXPECT_LE(laws::split_violation(model, 1, {laws::without_jacobian, part_jacobian}, whole_density), 1e-12);
}

TEST_F(SplitLaw, AReasonSaysWhyThePartsCannotBeHadApart) {
  EXPECT_EQ(model_with_data("parameters { real m; } model { m ~ normal(0, 1); y ~ normal(m, 1); }").split_reason(), "");
  EXPECT_EQ(
      model_with_data("parameters { real m; } model { y - m ~ normal(0, 1); x - m ~ cauchy(0, 1); }").split_reason(),
      "model.stan:2:32: nobody can tell whether this term is prior or likelihood: y - m ~ normal(0, 1); (the "
      "outcome y - m joins data and parameters), and 1 more; a comment at the end of its line decides: // "
      "thalweg: prior, or // thalweg: likelihood");
}

}  // namespace
}  // namespace thalweg::stan
