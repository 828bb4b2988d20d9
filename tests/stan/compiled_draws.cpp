// Random vectors and matrices of compiled programs: their first two moments.
//
// Each number compared is a mean over 4000 draws of one seed, off by more than 4.5 standard errors once in 150,000;
// about 60 are compared.
#include <cmath>

#include "compiled.hpp"

namespace thalweg::stan {
namespace {

constexpr std::size_t draws = 4000;

/// Expects the mean of f over the rows of a draw's variable.
template <class F>
void expect_mean(const std::vector<double>& rows, double expected, const std::string& what, const F& f) {
  ASSERT_EQ(rows.size() % draws, 0u) << what;
  const std::size_t width = rows.size() / draws;
  double sum = 0, squares = 0;
  for (std::size_t n = 0; n < draws; ++n) {
    const double v = f(&rows[n * width]);
    sum += v;
    squares += v * v;
  }
  const double mean = sum / draws, error = std::sqrt((squares / draws - mean * mean) / draws);
  EXPECT_NEAR(mean, expected, 4.5 * error + 1e-12) << what;
}

constexpr double sigma[2][2] = {{2.0, 0.6}, {0.6, 0.5}};
constexpr const char* head = R"(
transformed data {
  int N = 4000;
  matrix[2, 2] S = [[2, 0.6], [0.6, 0.5]];
  matrix[2, 2] L = cholesky_decompose(S);
  vector[2] mu = [1, -2]';
  vector[3] p = [0.2, 0.3, 0.5]';
}
parameters { real x; }
)";

class CompiledDraws : public Compiled {
 protected:
  /// A row of `width` numbers for each draw of `expression`.
  static std::vector<double> rows(const std::string& type, const std::string& expression) {
    const Model model = model_of(std::string(head) + "generated quantities { " + type +
                                 " y; for (n in 1:N) y[n] = " + expression + "; }\n");
    return draw(model, {0.0}, "y");
  }
};

TEST_F(CompiledDraws, NormalVectors) {
  const Model model = model_of(std::string(head) + R"(
generated quantities {
  array[N] vector[2] a = multi_normal_rng(rep_array(mu, N), S);
  array[N] vector[2] b; array[N] vector[2] c; array[N] vector[2] d; array[N] vector[2] e;
  for (n in 1:N) {
    b[n] = multi_normal_cholesky_rng(mu', L);
    c[n] = multi_normal_prec_rng(mu, inverse_spd(S));
    d[n] = multi_student_t_rng(12, mu, S);
    e[n] = multi_student_t_cholesky_rng(12, mu, L);
  }
})");
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const std::vector<double> y = draw(model, {0.0}, name);
    const double stretch = *name >= 'd' ? 12.0 / 10 : 1;
    const double center[] = {1, -2};
    for (int i = 0; i < 2; ++i) {
      expect_mean(y, center[i], name, [&](const double* v) { return v[i]; });
      for (int j = 0; j <= i; ++j)
        expect_mean(y, stretch * sigma[i][j], std::string("covariance of ") + name,
                    [&](const double* v) { return (v[i] - center[i]) * (v[j] - center[j]); });
    }
  }
}

TEST_F(CompiledDraws, ProportionsAndCounts) {
  const double p[] = {0.2, 0.3, 0.5};
  for (const auto& [type, expression, scale] : {std::tuple{"array[N] vector[3]", "dirichlet_rng(4 * p)", 1.0},
                                                {"array[N, 3] int", "multinomial_rng(p, 7)", 7.0},
                                                {"array[N, 3] int", "multinomial_logit_rng(log(p) + 3, 7)", 7.0},
                                                {"array[N, 3] int", "dirichlet_multinomial_rng(4 * p, 7)", 7.0}})
    for (int k = 0; k < 3; ++k)
      expect_mean(rows(type, expression), scale * p[k], expression, [&](const double* v) { return v[k]; });
  // the first category: below the first cutpoint
  expect_mean(rows("array[N] int", "ordered_logistic_rng(0.5, mu[{2, 1}])"), 1 / (1 + std::exp(2.5)),
              "ordered_logistic", [](const double* v) { return *v == 1; });
  expect_mean(rows("array[N] int", "ordered_probit_rng(0.5, mu[{2, 1}])"), std::erfc(2.5 / std::sqrt(2.0)) / 2,
              "ordered_probit", [](const double* v) { return *v == 1; });
}

TEST_F(CompiledDraws, Matrices) {
  const std::vector<double> corr = rows("array[N] matrix[3, 3]", "lkj_corr_rng(3, 2)");
  const std::vector<double> factor =
      rows("array[N] matrix[3, 3]", "multiply_lower_tri_self_transpose(lkj_corr_cholesky_rng(3, 2))");
  for (const auto* y : {&corr, &factor}) {
    expect_mean(*y, 1, "diagonal", [](const double* v) { return v[8]; });
    // (r + 1)/2 is Beta(a, a) with a = η + (d − 2)/2
    expect_mean(*y, 1 / 6.0, "variance of a correlation", [](const double* v) { return v[1] * v[1]; });
    expect_mean(*y, 1 / 6.0, "variance of a correlation", [](const double* v) { return v[5] * v[5]; });
  }
  for (const auto& [expression, scale] :
       {std::pair{"wishart_rng(9, S)", 9.0},
        {"multiply_lower_tri_self_transpose(wishart_cholesky_rng(9, L))", 9.0},
        {"inv_wishart_rng(9, S)", 1 / 6.0},
        {"multiply_lower_tri_self_transpose(inv_wishart_cholesky_rng(9, L))", 1 / 6.0}}) {
    const std::vector<double> y = rows("array[N] matrix[2, 2]", expression);
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        expect_mean(y, scale * sigma[i][j], expression, [&](const double* v) { return v[2 * i + j]; });
  }
}

// With two states that the outcomes tell apart, the path is known; without outcomes it is the chain itself.
TEST_F(CompiledDraws, HiddenPaths) {
  EXPECT_EQ(draw(model_of(std::string(head) + R"(
generated quantities {
  array[4] int z = hmm_latent_rng([[0, -900, -900, 0], [-900, 0, 0, -900]], [[0.9, 0.1], [0.2, 0.8]], [0.5, 0.5]');
})"),
                 {0.0}, "z"),
            (std::vector<double>{1, 2, 2, 1}));
  const std::vector<double> free =
      rows("array[N, 2] int", "hmm_latent_rng(rep_matrix(0, 2, 2), [[0.9, 0.1], [0.2, 0.8]], [0.3, 0.7]')");
  expect_mean(free, 0.3, "first state", [](const double* v) { return v[0] == 1; });
  expect_mean(free, 0.3 * 0.1, "from 1 to 2", [](const double* v) { return v[0] == 1 && v[1] == 2; });
  expect_mean(free, 0.7 * 0.2, "from 2 to 1", [](const double* v) { return v[0] == 2 && v[1] == 1; });
}

// Wrong parameters are refused where they are, with a reason.
TEST_F(CompiledDraws, RefuseWrongParameters) {
  const auto reason = [](const std::string& expression) {
    try {
      rows("array[N] matrix[2, 2]", expression);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(reason("wishart_rng(0.5, S)").find("wishart: degrees of freedom must be finite and above 1"),
            std::string::npos)
      << reason("wishart_rng(0.5, S)");
  EXPECT_NE(reason("lkj_corr_rng(2, -1)").find("shape must be positive"), std::string::npos);
}

// Sums in loops: formulas without a record a term, whose gradient is that of the statements.
TEST_F(Compiled, SumsInLoops) {
  const Model model = model_of(R"(
transformed data { array[4] real y = {0.5, -1, 2, 0.25}; array[4] int at = {2, 1, 2, 1}; }
parameters { array[2] real beta; real<lower=0> sigma; vector[2] u; }
model {
  for (t in 3:4) {
    real mu = u[at[t]];
    for (k in 1:2) mu += beta[k] * y[t - k];
    for (k in 1:2) { mu -= u[k] * u[k]; }
    y[t] ~ normal(mu, sigma);
  }
  vector[2] w = u;
  real s = 0;
  for (k in 1:2) s = s + w[k] * beta[k];
  w[1] = 100;  // the sum remembers the element that it saw
  target += s * s;
}
)");
  const auto log_density = [](const std::vector<double>& x) {
    const double y[] = {0.5, -1, 2, 0.25}, sigma = std::exp(x[2]);
    const int at[] = {2, 1, 2, 1};
    double total = x[2];
    for (int t = 2; t < 4; ++t) {
      const double mu = x[2 + at[t]] + x[0] * y[t - 1] + x[1] * y[t - 2] - x[3] * x[3] - x[4] * x[4];
      total += -0.5 * (y[t] - mu) * (y[t] - mu) / (sigma * sigma) - std::log(sigma);
    }
    const double s = x[3] * x[0] + x[4] * x[1];
    return total + s * s;
  };
  const std::vector<double> x{0.3, -0.7, 0.2, 0.4, -0.1};
  const Evaluated e = evaluate(model, x);
  EXPECT_NEAR(e.log_density, log_density(x), 1e-13);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto up = x, down = x;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    EXPECT_NEAR(e.gradient[i], (log_density(up) - log_density(down)) / 2e-5, 1e-8) << i;
  }
}

}  // namespace
}  // namespace thalweg::stan
