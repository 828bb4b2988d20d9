// Hessian–vector products of Stan programs: exact, symmetric, the same at every width; and what is done where there are
// none.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "compiled.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/hessian.hpp"

namespace thalweg::stan {
namespace {

using ::testing::HasSubstr;
using Numbers = std::vector<double>;

Numbers normals(std::size_t d, std::uint64_t k, double spread = 1) {
  Random<double> random(77, Purpose::test, k, 0);
  Numbers x(d);
  for (double& v : x) v = spread * random.normal();
  return x;
}
double norm(const Numbers& v) {
  double s = 0;
  for (const double x : v) s += x * x;
  return std::sqrt(s);
}
Numbers product(Workspace w, const Numbers& x, const Numbers& v) {
  Numbers out(x.size());
  w.hessian_vector(x.data(), v.data(), out.data());
  return out;
}

class HessianOfPrograms : public Compiled {
 protected:
  static CompileOptions options() {
    CompileOptions o;
    o.cache_directory =
        (std::filesystem::temp_directory_path() / ("thalweg_hessian_" + std::to_string(getpid()))).string();
    o.hessian = true;
    return o;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(options().cache_directory); }

  static Model twice(const std::string& text) { return bind(compile_program_text(text, "model.stan", options()), {}); }

  /// At points about 0, and at 0 itself, where many a program is symmetric in its parameters.
  static void check(const Model& model, double spread = 0.7) {
    ASSERT_TRUE(model.hessian_is_exact()) << model.hessian_reason();
    const auto d = static_cast<std::size_t>(model.dimension());
    Model other = model;
    other.add_hessian_differences("to compare");
    int compared = 0;
    for (std::uint64_t k = 0; k < 12; ++k) {
      const Numbers x = k == 0 ? Numbers(d, 0.0) : normals(d, k, spread), u = normals(d, k + 100),
                    v = normals(d, k + 200);
      const Numbers hu = product(model.hessian_workspace(1), x, u), hv = product(model.hessian_workspace(1), x, v);
      Workspace plain = other.hessian_workspace(1);
      Numbers expected(d);
      plain.hessian_vector(x.data(), v.data(), expected.data());
      if (!std::isfinite(norm(expected))) continue;
      ++compared;
      const double tolerance = 1e-8 * (1 + norm(hv)) + 20 * plain.hessian_error(0);
      for (std::size_t i = 0; i < d; ++i)
        EXPECT_NEAR(hv[i], expected[i], tolerance) << "point " << k << " element " << i;
      double apart = 0;
      for (std::size_t i = 0; i < d; ++i) apart += u[i] * hv[i] - v[i] * hu[i];
      EXPECT_LE(std::abs(apart), 1e-10 * (norm(u) * norm(hv) + norm(v) * norm(hu))) << "point " << k;
    }
    EXPECT_GE(compared, 8);
    check_bits(model, spread);
  }
  static void check_bits(const Model& model, double spread) {
    const auto d = static_cast<std::size_t>(model.dimension());
    const int width = model.hessian_widths().back();
    const auto w = static_cast<std::size_t>(width);
    Numbers x(d * w), v(d * w), out(d * w);
    for (std::size_t lane = 0; lane < w; ++lane)
      for (std::size_t i = 0; i < d; ++i) {
        x[i * w + lane] = normals(d, lane, spread)[i];
        v[i * w + lane] = normals(d, lane + 50)[i];
      }
    Workspace workspace = model.hessian_workspace(width);
    workspace.hessian_vector(x.data(), v.data(), out.data());
    for (std::size_t lane = 0; lane < w; ++lane) {
      const Numbers alone = product(model.hessian_workspace(1), normals(d, lane, spread), normals(d, lane + 50));
      for (std::size_t i = 0; i < d; ++i) {
        const double packed = out[i * w + lane];
        EXPECT_TRUE(packed == alone[i] || (std::isnan(packed) && std::isnan(alone[i]))) << "lane " << lane;
      }
    }
  }
};

TEST_F(HessianOfPrograms, of_a_hierarchy_with_many_families) {
  check(twice(R"(
transformed data { array[4] int n = {0, 3, 1, 7}; array[4] int b = {1, 0, 1, 1}; vector[4] y = [0.3, -1.2, 2.5, 0.1]';
  matrix[4, 2] X = [[1, 0.3], [1, -2], [1, 0.7], [1, 1.1]]; array[4] int g = {1, 2, 2, 1}; }
parameters { real mu; real<lower=0> tau; vector<offset=mu, multiplier=tau>[4] theta; vector[2] beta;
  real<lower=0, upper=1> p; real<lower=-1> nu; real<lower=0> phi; }
model {
  mu ~ normal(0, 5); tau ~ cauchy(0, 5); theta ~ normal(mu, tau); beta ~ student_t(3, 0, 2); p ~ beta(2, tau);
  nu ~ skew_normal(0, 1, mu); phi ~ gamma(tau, 2); phi ~ inv_gamma(2, 1); phi ~ lognormal(mu, 1); phi ~ weibull(tau, 2);
  phi ~ exponential(1 + p); tau ~ chi_square(3); tau ~ frechet(2, 1); theta ~ logistic(mu, 2); theta ~ gumbel(0, tau);
  theta ~ double_exponential(7, 2); theta ~ exp_mod_normal(0, 1, phi); p ~ beta_proportion(0.3, phi); nu ~ von_mises(mu, tau);
  y ~ normal(X * beta, tau); n ~ poisson_log(theta); n ~ neg_binomial_2(phi, tau); n ~ neg_binomial_2_log(theta, phi);
  b ~ bernoulli_logit(theta); b ~ bernoulli(p); n ~ binomial(9, p); n ~ binomial_logit(9, theta); n ~ beta_binomial(9, phi, tau);
  b ~ bernoulli_logit_glm(X, mu, beta); y ~ normal_id_glm(X, theta, beta, tau);
  target += normal_lccdf(1 | mu, tau) + gamma_lcdf(2 | phi, tau) + poisson_lccdf(2 | phi) + beta_lcdf(0.4 | phi, tau)
          + student_t_lcdf(0.3 | phi, mu, tau) + neg_binomial_2_lcdf(3 | phi, tau);
  for (i in 1:4) target += -0.1 * square(theta[g[i]] - y[i]) + lgamma(1 + phi) - 0.3 * pow(tau, 2.5);
})"));
}
TEST_F(HessianOfPrograms, of_a_gaussian_process) {
  check(twice(R"(
transformed data { array[5] real x = {0, 0.4, 1.1, 1.3, 2}; vector[5] y = [0.1, 0.5, 0.9, 1.1, 0.2]'; array[5] int n = {1, 0, 3, 2, 5}; }
parameters { real<lower=0> rho; real<lower=0> alpha; real<lower=0> sigma; vector[5] z; }
transformed parameters {
  matrix[5, 5] L = cholesky_decompose(add_diag(gp_exp_quad_cov(x, alpha, rho), 1e-6 + square(sigma)));
  vector[5] f = L * z;
}
model { rho ~ gamma(2, 1); alpha ~ normal(0, 1); sigma ~ normal(0, 1); z ~ std_normal(); n ~ poisson_log(f);
  y ~ multi_normal_cholesky(rep_vector(0, 5), L); y ~ multi_normal(f, add_diag(gp_matern32_cov(x, alpha, rho), sigma));
  target += log_determinant(add_diag(gp_periodic_cov(x, alpha, rho, 2.0), sigma)); })"));
}
TEST_F(HessianOfPrograms, of_constrained_vectors_and_matrices) {
  check(twice(R"(
transformed data { array[3] int n = {2, 0, 5}; array[4] int k = {1, 3, 2, 3}; }
parameters { ordered[3] c; positive_ordered[2] o; simplex[3] s; unit_vector[3] u; cholesky_factor_corr[3] L; corr_matrix[3] R;
  cov_matrix[2] S; cholesky_factor_cov[3, 2] F; vector[3] v; real eta; sum_to_zero_vector[3] w; }
model {
  s ~ dirichlet([1.5, 2, 3]'); L ~ lkj_corr_cholesky(2); R ~ lkj_corr(3); S ~ wishart(4, diag_matrix([1, 2]'));
  S ~ inv_wishart(3, diag_matrix([1, 2]')); v ~ multi_normal_cholesky([0, 1, 2]', L); v ~ multi_student_t(4, [0, 0, 0]', R);
  n ~ multinomial(s); k ~ categorical_logit(c); k ~ ordered_logistic(rep_vector(eta, 4), c[1:2]); k ~ ordered_probit(eta, c[1:2]);
  o ~ normal(0, 2); c ~ normal(0, 3); target += dot_product(u, v) - 0.5 * dot_self(v) - sum(square(F)) + log_softmax(v)[2];
  w ~ normal(0, 1); eta ~ normal(0, 1); u[1] ~ normal(0, 1); target += quad_form(inverse_spd(S), o) * -0.1;
})"),
        0.5);
}
TEST_F(HessianOfPrograms, of_mixtures_and_hidden_markov_models) {
  check(twice(R"(
transformed data { vector[6] y = [0.3, 2.1, -0.4, 1.9, 2.2, 0.1]'; }
parameters { vector[2] mu; array[2] simplex[2] theta; real<lower=0, upper=1> p; }
model {
  mu ~ normal(0, 2);
  for (i in 1:6) target += log_mix(p, normal_lpdf(y[i] | mu[1], 1), normal_lpdf(y[i] | mu[2], 1));
  for (i in 1:6) target += log_sum_exp(log(p) + normal_lpdf(y[i] | mu[1], 2), log1m(p) + normal_lpdf(y[i] | mu[2], 2));
  {
    array[2] real acc; array[6, 2] real gamma;
    for (k in 1:2) gamma[1, k] = normal_lpdf(y[1] | mu[k], 1);
    for (t in 2:6) for (k in 1:2) {
      for (j in 1:2) acc[j] = gamma[t - 1, j] + log(theta[j, k]) + normal_lpdf(y[t] | mu[k], 1);
      gamma[t, k] = log_sum_exp(acc);
    }
    target += log_sum_exp(gamma[6]);
  }
  { matrix[2, 6] w; for (t in 1:6) for (k in 1:2) w[k, t] = normal_lpdf(y[t] | mu[k], 1);
    matrix[2, 2] G = append_row(theta[1]', theta[2]'); target += hmm_marginal(w, G, theta[1]); }
  { vector[3] s; real total = 0; for (i in 1:3) s[i] = mu[1] * i; s[2] = s[1] * mu[2]; for (i in 1:3) total += square(s[i]); target += -0.1 * total; }
})"));
}
TEST_F(HessianOfPrograms, of_one_whose_control_flow_depends_on_parameters) {
  const Model model = twice(R"(
parameters { vector[2] x; }
model { if (x[1] > 0.1) target += -square(x[1]) * exp(x[2]); else target += -cosh(x[1]) - square(x[2]); })");
  EXPECT_EQ(model.hessian_widths(), std::vector<int>{1});
  check(model);
  const Numbers hv = product(model.hessian_workspace(1), {2.0, 0.5}, {1, 0});
  EXPECT_NEAR(hv[0], -2 * std::exp(0.5), 1e-14);
  EXPECT_NEAR(hv[1], -4 * std::exp(0.5), 1e-14);
}
TEST_F(HessianOfPrograms, uses_the_same_random_data_as_the_gradient) {
  const std::string text = R"(
transformed data { vector[3] y; for (i in 1:3) y[i] = normal_rng(0, 1); print("once"); }
parameters { real x; }
model { target += -sum(exp(x * y)); })";
  const CompiledProgram program = compile_program_text(text, "random.stan", options());
  int printed = 0;
  const Model model = bind(program, {}, {.seed = 5, .print = [&](const std::string&) { ++printed; }});
  EXPECT_EQ(printed, 1);
  check(model);
}
TEST_F(HessianOfPrograms, is_not_a_number_where_the_density_is_refused) {
  const Model model = twice("parameters { vector[2] x; } model { target += normal_lpdf(x[1] | 0, x[2]); }");
  const int width = model.hessian_widths().back();
  const auto w = static_cast<std::size_t>(width);
  Numbers x(2 * w, 0.5), v(2 * w, 1.0), out(2 * w);
  x[w + 1] = -1;
  Workspace workspace = model.hessian_workspace(width);
  workspace.hessian_vector(x.data(), v.data(), out.data());
  for (std::size_t lane = 0; lane < w; ++lane) {
    EXPECT_EQ(std::isnan(out[lane]), lane == 1);
    EXPECT_EQ(std::isnan(out[w + lane]), lane == 1);
  }
  EXPECT_THAT(workspace.evidence(1).text, HasSubstr("scale must be positive"));
}
TEST_F(HessianOfPrograms, that_need_eigenvectors_comes_from_differences_and_says_so) {
  const Model model = twice(R"(
parameters { vector[2] x; }
model { matrix[2, 2] a = [[2 + square(x[1]), x[2]], [x[2], 3]]; target += -sum(eigenvalues_sym(a)); })");
  EXPECT_FALSE(model.hessian_is_exact());
  EXPECT_THAT(model.hessian_reason(), HasSubstr("model.stan:3:"));
  EXPECT_THAT(model.hessian_reason(), HasSubstr("eigenvalues_sym"));
  EXPECT_EQ(model.hessian_widths(), model.widths());
  const Numbers hv = product(model.hessian_workspace(1), {0.3, 0.4}, {1, 1});  // the sum is the trace
  EXPECT_NEAR(hv[0], -2, 1e-10);
  EXPECT_NEAR(hv[1], 0, 1e-10);
}
TEST_F(HessianOfPrograms, that_the_compiler_refuses_comes_from_differences_and_is_remembered) {
  // a compiler that is content with ordinary units alone
  CompileOptions o = options();
  const std::filesystem::path folder = o.cache_directory;
  std::filesystem::create_directories(folder);
  o.compiler = (folder / "picky").string();
  std::ofstream(o.compiler) << "#!/bin/sh\nfor f; do :; done\nif grep -q HessianUnit \"$f\"; then echo called >> "
                            << (folder / "calls").string()
                            << "; echo \"$f:1:1: error: no second derivative here\"; exit 1; fi\nexec c++ \"$@\"\n";
  std::filesystem::permissions(o.compiler, std::filesystem::perms::owner_all);
  const std::string text = "parameters { real x; } model { target += -square(square(x)); }";
  for (int repeat = 0; repeat < 2; ++repeat) {
    const CompiledProgram program = compile_program_text(text, "picky.stan", o);
    EXPECT_EQ(program.was_cached, repeat == 1);
    EXPECT_EQ(program.hessian, nullptr);
    const Model model = bind(program, {});
    EXPECT_FALSE(model.hessian_is_exact());
    EXPECT_THAT(model.hessian_reason(), HasSubstr("no second derivative here"));
    EXPECT_NEAR(product(model.hessian_workspace(1), {0.5}, {2.0})[0], -12 * 0.25 * 2, 1e-10);
  }
  std::ifstream calls(folder / "calls");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(calls), {}), "called\n");
}
TEST_F(HessianOfPrograms, is_compiled_only_when_asked_for) {
  CompileOptions o = options();
  o.hessian = false;
  const CompiledProgram program =
      compile_program_text("parameters { real x; } model { x ~ normal(0, 1); }", "plain.stan", o);
  EXPECT_EQ(program.hessian, nullptr);
  EXPECT_EQ(program.hessian_reason, "");
  const Model model = bind(program, {});
  EXPECT_TRUE(model.hessian_widths().empty());
  EXPECT_FALSE(model.hessian_is_exact());
  for (const auto& entry : std::filesystem::directory_iterator(o.cache_directory))
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::StartsWith("plain-hessian")));
}

}  // namespace
}  // namespace thalweg::stan
