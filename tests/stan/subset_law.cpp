// Subsets of the observations of compiled programs: fair, and the same as programs in which a weight stands before each
// term.
#include "tests/density/subset_law.hpp"

#include <gmock/gmock.h>

#include "compiled.hpp"

namespace thalweg::stan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Numbers = std::vector<double>;

/// Programs with data that all of them share; `w` weighs the terms of those written by hand.
class SubsetsOfPrograms : public Compiled {
 protected:
  static void SetUpTestSuite() { Compiled::SetUpTestSuite(); }
  static CompileOptions options(bool subset) {
    CompileOptions o;
    o.cache_directory =
        (std::filesystem::temp_directory_path() / ("thalweg_subset_" + std::to_string(getpid()))).string();
    o.subset = subset;
    return o;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(options(true).cache_directory); }

  static DataMap data(const Numbers& weights = Numbers(6, 1.0)) {
    DataMap map;
    const auto integers = [&](const char* name, std::vector<std::int64_t> shape, std::vector<std::int32_t> values) {
      map.values[name] = {shape, {values.begin(), values.end()}, values, true};
    };
    integers("N", {}, {6});
    integers("M", {}, {4});
    integers("J", {}, {3});
    integers("g", {6}, {1, 2, 3, 3, 2, 1});
    integers("k", {6}, {0, 2, 1, 3, 0, 1});
    integers("b", {6}, {0, 1, 1, 0, 1, 0});
    map.values["y"] = {{6}, {0.3, -1.1, 0.8, 2.2, -0.4, 1.7}, {}, false};
    map.values["t"] = {{6}, {-1, -0.5, 0.1, 0.4, 0.9, 1.3}, {}, false};
    map.values["z"] = {{4}, {0.2, 0.9, -0.6, 1.4}, {}, false};
    map.values["X"] = {{6, 2}, {1, 0.3, -1, 0.8, 0.2, -0.6, 1.4, 0.1, -0.3, 0.5, 0.9, -1.2}, {}, false};
    map.values["w"] = {{6}, weights, {}, false};
    return map;
  }
  static inline const std::string data_block = R"(
data { int<lower=1> N; int M; int J; array[N] int<lower=1> g; array[N] int<lower=0> k; array[N] int<lower=0, upper=1> b;
  vector[N] y; vector[N] t; vector[M] z; matrix[N, 2] X; vector[N] w; }
)";
  static std::string with_data(const std::string& text) {
    const std::size_t at = text.find("// data");
    return at == text.npos ? data_block + text : text.substr(0, at) + data_block + text.substr(at);
  }
  static Model subset_model(const std::string& text) {
    return bind(compile_program_text(with_data(text), "model.stan", options(true)), data());
  }
  static Model weighted_model(const std::string& text, const Numbers& weights) {
    return bind(compile_program_text(with_data(text), "weighted.stan", options(false)), data(weights));
  }
  static std::string words(const Model& model) {
    std::string all;
    for (const Term& t : model.terms())
      if (t.part == part_likelihood)
        all += t.text + " " + (t.is_subsampled ? "+ " : "- ") + std::to_string(t.observations) + " " + t.subset + "\n";
    return all;
  }

  /// The law; and that a subset with scale c is the program whose n-th term weighs c for each time that n is chosen.
  static void check(const std::string& text, const std::string& weighted, std::int64_t n = 6) {
    const Model model = subset_model(text);
    SCOPED_TRACE(words(model));
    ASSERT_EQ(model.observations(), n) << model.subset_reason();
    laws::expect_subsets_are_fair(model, {whole_density, part_likelihood, laws::prior_side});
    Random<double> random(31, Purpose::test, 0, 0);
    for (int round = 0; round < 5; ++round) {
      std::vector<std::int32_t> subset;
      const double scale = round == 0 ? 1 : 0.5 + 3 * random.uniform();
      Numbers weights(6, 0.0);
      for (int m = 0; m < 1 + round; ++m) {
        const auto i = static_cast<std::int32_t>(random.uniform() * static_cast<double>(n));
        subset.push_back(i);
        weights[static_cast<std::size_t>(i)] += scale;
      }
      const Model by_hand = weighted_model(weighted, weights);
      for (const int width : model.subset_widths()) {
        const auto x = laws::split_points(model, width, 40 + static_cast<std::uint64_t>(round));
        EXPECT_LE(laws::relative_difference(laws::subsets_of(model, width)({subset, scale}, x),
                                            laws::evaluate_parts(by_hand, width, whole_density, x)),
                  laws::subset_tolerance)
            << "round " << round << ", width " << width;
      }
    }
    check_bits(model);
  }
  static void check_bits(const Model& model) {
    const std::vector<std::int32_t> some{2, 0};
    const int width = model.subset_widths().back();
    const auto x = laws::split_points(model, width, 4);
    const auto w = static_cast<std::size_t>(width), d = x.size() / w;
    const auto packed = laws::subsets_of(model, width)({some, 1.7}, x);
    for (std::size_t lane = 0; lane < w; ++lane) {
      Numbers own(d);
      for (std::size_t j = 0; j < d; ++j) own[j] = x[j * w + lane];
      const auto alone = laws::subsets_of(model, 1)({some, 1.7}, own);
      EXPECT_EQ(alone.log_p[0], packed.log_p[lane]);
      for (std::size_t j = 0; j < d; ++j) EXPECT_EQ(alone.gradient[j], packed.gradient[j * w + lane]);
    }
  }
};

TEST_F(SubsetsOfPrograms, of_a_vectorised_regression) {
  check(R"(
parameters { real a; vector[2] beta; real<lower=0> s; }
model { a ~ normal(0, 2); beta ~ normal(0, s); s ~ exponential(1); y ~ normal(a + X * beta, s); })",
        R"(
parameters { real a; vector[2] beta; real<lower=0> s; }
model { a ~ normal(0, 2); beta ~ normal(0, s); s ~ exponential(1);
  for (n in 1:N) target += w[n] * normal_lupdf(y[n] | a + X[n] * beta, s); })");
}
TEST_F(SubsetsOfPrograms, of_a_logistic_regression) {
  check(R"(
parameters { real a; vector[2] beta; vector<lower=0>[2] u; }
model { a ~ normal(0, 2); beta ~ double_exponential(0, u); u ~ gamma(2, 1); b ~ bernoulli_logit(a + X * beta - 2 * t); })",
        R"(
parameters { real a; vector[2] beta; vector<lower=0>[2] u; }
model { a ~ normal(0, 2); beta ~ double_exponential(0, u); u ~ gamma(2, 1);
  for (n in 1:N) target += w[n] * bernoulli_logit_lpmf(b[n] | a + X[n] * beta - 2 * t[n]); })");
}
TEST_F(SubsetsOfPrograms, of_glm_densities) {
  check(R"(
parameters { real a; vector[2] beta; real<lower=0> s; vector[3] r; }
model { a ~ normal(0, 2); beta ~ normal(0, 1); s ~ exponential(1); r ~ std_normal();
  y ~ normal_id_glm(X, a + r[g], beta, s); target += bernoulli_logit_glm_lpmf(b | X, a, beta) + poisson_log_glm_lpmf(k | X, r[g], beta);
  k ~ neg_binomial_2_log_glm(X, a, beta, s); })",
        R"(
parameters { real a; vector[2] beta; real<lower=0> s; vector[3] r; }
model { a ~ normal(0, 2); beta ~ normal(0, 1); s ~ exponential(1); r ~ std_normal();
  for (n in 1:N) target += w[n] * (normal_lupdf(y[n] | a + r[g[n]] + X[n] * beta, s) + bernoulli_logit_lpmf(b[n] | a + X[n] * beta)
    + poisson_log_lpmf(k[n] | r[g[n]] + X[n] * beta) + neg_binomial_2_log_lupmf(k[n] | a + X[n] * beta, s)); })");
}
TEST_F(SubsetsOfPrograms, of_a_loop_with_indexing) {
  check(R"(
parameters { vector[J] a; real c; real<lower=0> s; }
model { for (j in 1:J) a[j] ~ normal(c, 1); c ~ normal(0, 2); s ~ exponential(1);
  for (n in 1:N) { real m = a[g[n]] + c * t[n]; if (b[n] == 1) m += 0.3; y[n] ~ normal(m, s); if (k[n] > 1) k[n] ~ poisson_log(c); } })",
        R"(
parameters { vector[J] a; real c; real<lower=0> s; }
model { for (j in 1:J) a[j] ~ normal(c, 1); c ~ normal(0, 2); s ~ exponential(1);
  for (n in 1:N) { real m = a[g[n]] + c * t[n]; if (b[n] == 1) m += 0.3; target += w[n] * normal_lupdf(y[n] | m, s);
    if (k[n] > 1) target += w[n] * poisson_log_lupmf(k[n] | c); } })");
}
TEST_F(SubsetsOfPrograms, of_a_loop_that_adds_prior_and_likelihood) {
  check(R"(
parameters { vector[N] a; real c; real<lower=0> s; }
model { c ~ normal(0, 2); s ~ exponential(1);
  for (n in 1:N) { a[n] ~ normal(c, 1); y[n] ~ normal(a[n], s); target += normal_lpdf(a[n] | 0, 9) + cauchy_lpdf(t[n] | a[n], 1); } })",
        R"(
parameters { vector[N] a; real c; real<lower=0> s; }
model { c ~ normal(0, 2); s ~ exponential(1); a ~ normal(c, 1); target += normal_lpdf(a | 0, 9);
  for (n in 1:N) target += w[n] * (normal_lupdf(y[n] | a[n], s) + cauchy_lpdf(t[n] | a[n], 1)); })");
}
TEST_F(SubsetsOfPrograms, of_a_hierarchy_like_radon) {
  const std::string text = R"(
parameters { vector[J] raw; real mu; real<lower=0> tau; real slope; real<lower=0> s; }
transformed parameters { vector[J] alpha = mu + tau * raw; vector[N] yhat; for (n in 1:N) yhat[n] = alpha[g[n]] + slope * t[n]; }
model { raw ~ std_normal(); mu ~ normal(0, 3); tau ~ normal(0, 1); slope ~ normal(0, 1); s ~ normal(0, 1); y ~ normal(yhat, s); })";
  check(text, R"(
parameters { vector[J] raw; real mu; real<lower=0> tau; real slope; real<lower=0> s; }
transformed parameters { vector[J] alpha = mu + tau * raw; }
model { raw ~ std_normal(); mu ~ normal(0, 3); tau ~ normal(0, 1); slope ~ normal(0, 1); s ~ normal(0, 1);
  for (n in 1:N) target += w[n] * normal_lupdf(y[n] | alpha[g[n]] + slope * t[n], s); })");
  EXPECT_THAT(words(subset_model(text)), Not(HasSubstr("whole")));
}
TEST_F(SubsetsOfPrograms, of_vectors_in_transformed_parameters_and_locals) {
  const std::string text = R"(
parameters { real a; vector[2] beta; real<lower=0> s; }
transformed parameters { vector[N] mu = a + X * beta; vector<lower=0>[N] sd = s * exp(0.1 * t); mu += 0.2 * square(t); }
model { vector[N] eta = rep_vector(0.1, N); eta += mu .* t;
  eta[1:2] ~ normal(0, 5);  // thalweg: prior
  vector[N] nu = rep_vector(0.0, N); nu += Intercepts(a) + mu; array[N] real late;
  for (n in 1:N) nu[n] += eta[n] * beta[g[n] == 1 ? 1 : 2];
  for (n in 1:N) late[n] = nu[n] * a;
  a ~ normal(0, 2); beta ~ normal(0, s); s ~ exponential(1); y ~ normal(mu, sd); target += poisson_log_lpmf(k | nu); t ~ normal(late, 1); })";
  const std::string functions = "functions { real Intercepts(real a) { return 2 * a; } }\n// data";
  check(functions + text, functions + R"(
parameters { real a; vector[2] beta; real<lower=0> s; }
model { vector[N] mu = a + X * beta + 0.2 * square(t); vector[N] eta = 0.1 + mu .* t;
  eta[1:2] ~ normal(0, 5);  // thalweg: prior
  a ~ normal(0, 2); beta ~ normal(0, s); s ~ exponential(1);
  for (n in 1:N) { real nu = 2 * a + mu[n] + eta[n] * beta[g[n] == 1 ? 1 : 2];
    target += w[n] * (normal_lupdf(y[n] | mu[n], s * exp(0.1 * t[n])) + poisson_log_lpmf(k[n] | nu) + normal_lupdf(t[n] | nu * a, 1)); } })");
}
TEST_F(SubsetsOfPrograms, of_matrices_with_a_row_an_observation) {
  const std::string text = R"(
parameters { vector[2] beta; vector[N] eps; real<lower=0> s; }
transformed parameters { matrix[N, 2] eta = rep_matrix(beta', N); for (j in 1:2) eta[:, j] = beta[j] + 0.1 * eps + X[:, j]; }
model { beta ~ normal(0, 1); eps ~ normal(0, s); s ~ exponential(1); matrix[N, 3] v = append_col(t, exp(0.1 * eta)) + rep_matrix(t, 3);
  array[N] vector[2] both; for (n in 1:N) both[n] = eta[n]' * s;
  for (n in 1:N) { y[n] ~ normal(eta[n, 1], s); k[n] ~ poisson_log(sum(v[n])); }
  t ~ normal(v * [s, 1, 2]', 1); y ~ normal(rows_dot_product(eta, X) + v[:, 3], s); for (n in 1:N) t[n] ~ normal(both[n, 2], 1); })";
  check(text, R"(
parameters { vector[2] beta; vector[N] eps; real<lower=0> s; }
model { beta ~ normal(0, 1); eps ~ normal(0, s); s ~ exponential(1);
  for (n in 1:N) { row_vector[2] eta = beta' + 0.1 * eps[n] + X[n]; row_vector[3] v = append_col(t[n], exp(0.1 * eta)) + t[n];
    target += w[n] * (normal_lupdf(y[n] | eta[1], s) + poisson_log_lupmf(k[n] | sum(v)) + normal_lupdf(t[n] | v * [s, 1, 2]', 1)
      + normal_lupdf(y[n] | dot_product(eta, X[n]) + v[3], s) + normal_lupdf(t[n] | eta[2] * s, 1)); } })");
  EXPECT_THAT(words(subset_model(text)), Not(HasSubstr("eta is computed whole")));
}
TEST_F(SubsetsOfPrograms, of_two_statements_of_different_length_are_of_the_longer) {
  const std::string text = R"(
parameters { real a; real<lower=0> s; }
model { z ~ normal(a, 2 * s); a ~ normal(0, 2); s ~ exponential(1); for (n in 1:N) target += student_t_lpdf(y[n] | 4, a, s); k ~ poisson(s); })";
  check(text, R"(
parameters { real a; real<lower=0> s; }
model { z ~ normal(a, 2 * s); a ~ normal(0, 2); s ~ exponential(1);
  for (n in 1:N) target += w[n] * (student_t_lpdf(y[n] | 4, a, s) + poisson_lupmf(k[n] | s)); })");
  const std::string said = words(subset_model(text));
  EXPECT_THAT(said, HasSubstr("z ~ normal(a, 2 * s); - 4 n in 1:M"));
  EXPECT_THAT(said, HasSubstr("student_t_lpdf(y[n] | 4, a, s) + 6 n in 1:N"));
  EXPECT_THAT(said, HasSubstr("k ~ poisson(s); + 6 n in 1:N"));
}
TEST_F(SubsetsOfPrograms, of_an_autoregression_on_what_was_observed) {
  // given what was observed before, the terms are a sum: both ways to write it have N - 1 of them
  const std::string text = R"(
parameters { real a; real<lower=-1, upper=1> rho; real<lower=0> s; }
model { a ~ normal(0, 2); s ~ exponential(1); y[1] ~ normal(a, s / sqrt(1 - square(rho)));
  for (n in 2:N) y[n] ~ normal(a + rho * y[n - 1], s); t[2:N] ~ normal(rho * t[1:(N - 1)], s); })";
  check(text, R"(
parameters { real a; real<lower=-1, upper=1> rho; real<lower=0> s; }
model { a ~ normal(0, 2); s ~ exponential(1); y[1] ~ normal(a, s / sqrt(1 - square(rho)));
  for (n in 2:N) target += w[n - 1] * (normal_lupdf(y[n] | a + rho * y[n - 1], s) + normal_lupdf(t[n] | rho * t[n - 1], s)); })",
        5);
}
TEST_F(SubsetsOfPrograms, of_a_mixture) {
  check(R"(
parameters { ordered[2] mu; real<lower=0, upper=1> p; simplex[2] q; real<lower=0> s; }
model { array[2] real lp; mu ~ normal(0, 2); p ~ beta(2, 2); s ~ exponential(1);
  for (n in 1:N) target += log_mix(p, normal_lpdf(y[n] | mu[1], s), normal_lpdf(y[n] | mu[2], s));
  for (n in 1:N) { for (j in 1:2) lp[j] = log(q[j]) + normal_lpdf(t[n] | mu[j], 1); target += log_sum_exp(lp); } })",
        R"(
parameters { ordered[2] mu; real<lower=0, upper=1> p; simplex[2] q; real<lower=0> s; }
model { mu ~ normal(0, 2); p ~ beta(2, 2); s ~ exponential(1);
  for (n in 1:N) target += w[n] * (log_mix(p, normal_lpdf(y[n] | mu[1], s), normal_lpdf(y[n] | mu[2], s))
    + log_sum_exp(log(q[1]) + normal_lpdf(t[n] | mu[1], 1), log(q[2]) + normal_lpdf(t[n] | mu[2], 1))); })");
}
TEST_F(SubsetsOfPrograms, of_sums_truncations_categories_and_rows) {
  check(R"(
transformed data { array[N] vector[2] rows_of_X; array[N] int c; matrix[2, N] Xt = X';
  for (n in 1:N) { rows_of_X[n] = X[n]'; c[n] = k[n] > 2 ? 3 : k[n] + 1; } }
parameters { real a; vector[3] beta; real<lower=0> s; cholesky_factor_corr[2] L; ordered[2] cut; vector[2] m; }
model { a ~ normal(0, 2); beta ~ normal(0, 1); s ~ exponential(1); L ~ lkj_corr_cholesky(2); cut ~ normal(0, 2); m ~ normal(0, 1);
  vector[N] log_lik; for (n in 1:N) log_lik[n] = normal_lpdf(y[n] | a, s); target += sum(log_lik);
  y ~ normal(a, s) T[-9, ]; t ~ normal(X[, 1] * a + (m' * Xt)', s); c ~ categorical_logit(beta); c ~ ordered_logistic(a * t, cut);
  rows_of_X ~ multi_normal_cholesky(m, L); b ~ bernoulli(inv_logit(beta[g]));
  target += -0.5 * dot_self(y - a) - normal_lccdf(t | a, 2) * 0.3;  // thalweg: likelihood
})",
        R"(
transformed data { array[N] vector[2] rows_of_X; array[N] int c;
  for (n in 1:N) { rows_of_X[n] = X[n]'; c[n] = k[n] > 2 ? 3 : k[n] + 1; } }
parameters { real a; vector[3] beta; real<lower=0> s; cholesky_factor_corr[2] L; ordered[2] cut; vector[2] m; }
model { a ~ normal(0, 2); beta ~ normal(0, 1); s ~ exponential(1); L ~ lkj_corr_cholesky(2); cut ~ normal(0, 2); m ~ normal(0, 1);
  for (n in 1:N) target += w[n] * (normal_lpdf(y[n] | a, s) + normal_lupdf(y[n] | a, s) - normal_lccdf(-9 | a, s)
    + normal_lupdf(t[n] | X[n, 1] * a + X[n] * m, s) + categorical_logit_lupmf(c[n] | beta) + ordered_logistic_lupmf(c[n] | a * t[n], cut)
    + multi_normal_cholesky_lupdf(rows_of_X[n] | m, L) + bernoulli_lupmf(b[n] | inv_logit(beta[g[n]])));
  for (n in 1:N) target += w[n] * (-0.5 * square(y[n] - a) - 0.3 * normal_lccdf(t[n] | a, 2));  // thalweg: likelihood
})");
}
TEST_F(SubsetsOfPrograms, of_a_vector_that_is_computed_whole_say_so) {
  const std::string text = R"(
parameters { real a; real<lower=-1, upper=1> rho; real<lower=0> s; }
model { vector[N] e; a ~ normal(0, 2); s ~ exponential(1);
  e[1] = y[1] - a; for (n in 2:N) e[n] = y[n] - a - rho * e[n - 1];
  y ~ normal(a + cumulative_sum(e), s); for (n in 1:N) t[n] ~ normal(e[n], 1); })";
  check(text, R"(
parameters { real a; real<lower=-1, upper=1> rho; real<lower=0> s; }
model { vector[N] e; a ~ normal(0, 2); s ~ exponential(1);
  e[1] = y[1] - a; for (n in 2:N) e[n] = y[n] - a - rho * e[n - 1];
  for (n in 1:N) target += w[n] * (normal_lupdf(y[n] | a + sum(e[1:n]), s) + normal_lupdf(t[n] | e[n], 1)); })");
  const std::string said = words(subset_model(text));
  EXPECT_THAT(said,
              AllOf(HasSubstr("cumulative_sum(e) is computed whole"), HasSubstr("n in 1:N; e is computed whole")));
}

TEST_F(SubsetsOfPrograms, that_cannot_be_refuse_with_a_reason) {
  const auto reason = [](const std::string& model, const std::string& head = "") {
    return subset_model(head + "parameters { real a; vector[N] f; real<lower=0> s; } model { " + model + " }")
        .subset_reason();
  };
  EXPECT_THAT(reason("real e = 0; for (n in 1:N) { e = y[n] - a - 0.5 * e; y[n] ~ normal(a + e, s); }"),
              AllOf(HasSubstr("an iteration of its loop may know of another by e"), HasSubstr("model.stan:")));
  EXPECT_THAT(reason("y ~ multi_normal(f, diag_matrix(rep_vector(s, N)));"),
              HasSubstr("one density of all its outcomes"));
  EXPECT_THAT(reason("for (n in 1:N) { if (y[n] > 2) break; y[n] ~ normal(a, s); }"), HasSubstr("break"));
  EXPECT_THAT(reason("y[1] ~ normal(a, s);"), HasSubstr("it is one term"));
  EXPECT_THAT(reason("a ~ normal(0, 1);"), HasSubstr("no likelihood term"));
  EXPECT_THAT(reason("y - a ~ normal(0, 1);"), HasSubstr("a comment decides: // thalweg: likelihood"));
  EXPECT_THAT(reason("y ~ mine(a);",
                     "functions { real mine_lpdf(vector y, real a) { return normal_lpdf(y | a, 1); } }\n// data\n"),
              HasSubstr("a function of the program"));
}
TEST_F(SubsetsOfPrograms, are_compiled_only_when_asked_for) {
  const CompiledProgram program = compile_program_text(with_data("parameters { real a; } model { y ~ normal(a, 1); }"),
                                                       "plain.stan", options(false));
  EXPECT_EQ(program.subset, nullptr);
  const Model model = bind(program, data());
  EXPECT_EQ(model.observations(), 0);
  EXPECT_THAT(model.subset_reason(), HasSubstr("compiled without subsets"));
  EXPECT_THAT(words(model), HasSubstr("+ 6 n in 1:N"));  // which terms could be is known all the same
  for (const auto& entry : std::filesystem::directory_iterator(options(false).cache_directory))
    EXPECT_THAT(entry.path().filename().string(), Not(::testing::StartsWith("plain-subset")));
}
TEST_F(SubsetsOfPrograms, name_an_observation_that_is_not_there) {
  const Model model = subset_model("parameters { real a; } model { y ~ normal(a, 1); }");
  Workspace workspace = model.subset_workspace(1);
  const std::vector<std::int32_t> wrong{0, 6};
  double x = 0.3, gradient = 0, log_p = 0;
  workspace.evaluate_subset({wrong, 1}, &x, &gradient, &log_p);
  EXPECT_EQ(log_p, -std::numeric_limits<double>::infinity());
  EXPECT_THAT(workspace.evidence(0).text, HasSubstr("a subset holds observation 6, but they are numbered from 0 to 5"));
}

// ---- mistakes, each seen by the law

/// A model whose prior is Gaussian and whose scale has a Jacobian, and an evaluation of its subsets with a mistake.
class MistakenSubsets : public SubsetsOfPrograms {
 protected:
  using Mistake = std::function<laws::PartsValue(const Model&, const Subset&, const Numbers&)>;
  static double violation(const Mistake& mistake) {
    const Model model = subset_model(
        "parameters { real a; real<lower=0> s; } model { a ~ normal(0, 2); s ~ exponential(1); y ~ normal(a, s); }");
    const laws::SubsetEvaluation evaluate = [&](const Subset& subset, const Numbers& x) {
      return mistake(model, subset, x);
    };
    double off = laws::all_violation(model, 1, evaluate);
    for (const std::size_t m : {1, 3}) off = std::max(off, laws::mean_violation(model, 1, m, evaluate));
    return off;
  }
  /// A subset's likelihood and, times `factor`, another part.
  static laws::PartsValue sum(const Model& model, const Subset& subset, const Numbers& x, Parts part, double factor) {
    laws::PartsValue v = laws::subsets_of(model, 1)(subset, x);
    const laws::PartsValue more = laws::evaluate_parts(model, 1, part, x);
    v.log_p[0] += (factor - 1) * more.log_p[0];
    for (std::size_t j = 0; j < x.size(); ++j) v.gradient[j] += (factor - 1) * more.gradient[j];
    return v;
  }
};

TEST_F(MistakenSubsets, none) {
  EXPECT_LE(violation([](const Model& m, const Subset& s, const Numbers& x) { return laws::subsets_of(m, 1)(s, x); }),
            10 * laws::subset_tolerance);
}
TEST_F(MistakenSubsets, a_scale_that_is_left_out_is_seen) {
  EXPECT_GT(violation([](const Model& m, const Subset& s, const Numbers& x) {
              return laws::subsets_of(m, 1)({s.indices, 1}, x);
            }),
            1e-3);
}
TEST_F(MistakenSubsets, a_prior_that_is_scaled_is_seen) {
  EXPECT_GT(
      violation([](const Model& m, const Subset& s, const Numbers& x) { return sum(m, s, x, part_prior, s.scale); }),
      1e-3);
}
TEST_F(MistakenSubsets, a_jacobian_that_is_scaled_is_seen) {
  EXPECT_GT(
      violation([](const Model& m, const Subset& s, const Numbers& x) { return sum(m, s, x, part_jacobian, s.scale); }),
      1e-3);
}

}  // namespace
}  // namespace thalweg::stan
