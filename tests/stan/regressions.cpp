// Linear regressions with normal errors come down to a triangular matrix: the same log density, gradient and Hessian as
// term by term, for every form that a program may give them.
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

// 30 rows and 3 columns, y far from 0; `twin` is a column that another one repeats.
const std::string data = R"(
data { int which; }
transformed data {
  int N = 30;
  vector[N] y; vector[N] u; vector[N] v; vector[N] twin; matrix[N, 3] X; array[N] real list;
  for (n in 1:N) {
    u[n] = sin(n); v[n] = cos(3 * n) + 0.01 * n; twin[n] = 2 * u[n];
    X[n, 1] = 1000 + n; X[n, 2] = n * n; X[n, 3] = sin(2 * n);
    y[n] = 50 + 3 * u[n] - v[n] + cos(7 * n);
    list[n] = y[n];
  }
}
parameters { vector[3] b; real a; real c; real<lower=0> s; }
)";
const char* const priors = "b ~ normal(0, 10); a ~ normal(0, 30); c ~ std_normal(); s ~ lognormal(0, 1);";

struct Form {
  const char* name;
  const char* statements;  ///< what is reduced
  const char* by_row;      ///< the same, for one n
};
constexpr Form forms[] = {
    {"product", "y ~ normal(X * b, s);", "y[n] ~ normal(X[n] * b, s);"},
    {"intercept", "y ~ normal(a + X * b, s);", "y[n] ~ normal(a + X[n] * b, s);"},
    {"columns", "y ~ normal(a + c * u - v * b[1], s);", "y[n] ~ normal(a + c * u[n] - v[n] * b[1], s);"},
    {"signs", "y ~ normal(-(a - u * c) - (-(b[2] * v)), s);", "y[n] ~ normal(-(a - u[n] * c) + b[2] * v[n], s);"},
    {"offset", "y ~ normal(2 * v + 1.5 + c * u - X[, 1] / 100, s);",
     "y[n] ~ normal(2 * v[n] + 1.5 + c * u[n] - X[n, 1] / 100, s);"},
    {"glm", "y ~ normal_id_glm(X, a, b, s);", "y[n] ~ normal(a + X[n] * b, s);"},
    {"list", "list ~ normal(a + X[, 2:3] * b[1:2], s);", "list[n] ~ normal(a + X[n, 2:3] * b[1:2], s);"},
    {"known_scale", "y ~ normal(a + u .* v * c, 2.5);", "y[n] ~ normal(a + u[n] * v[n] * c, 2.5);"},
    {"with_constants", "target += normal_lpdf(y | a + c * u, s);", "target += normal_lpdf(y[n] | a + c * u[n], s);"},
    {"without_constants", "target += normal_lupdf(y | a + c * u, 2.0 * s);",
     "target += normal_lupdf(y[n] | a + c * u[n], 2.0 * s);"},
    {"glm_with_constants", "target += normal_id_glm_lpdf(y | X, a, b, 3);",
     "target += normal_lpdf(y[n] | a + X[n] * b, 3);"},
    {"repeated_column", "y ~ normal(a + c * u + b[1] * twin, s);", "y[n] ~ normal(a + c * u[n] + b[1] * twin[n], s);"},
    {"formula_for_a_coefficient", "y ~ normal(exp(a / 10) * u + square(c) * v, s + 1);",
     "y[n] ~ normal(exp(a / 10) * u[n] + square(c) * v[n], s + 1);"},
    {"local", "vector[N] mu = a + X * b; mu += c * u; mu -= v; y ~ normal(mu, s);",
     "y[n] ~ normal(a + X[n] * b + c * u[n] - v[n], s);"},
    {"two_terms", "y ~ normal(a + c * u, s); u ~ normal(b[1] * v, 1);",
     "y[n] ~ normal(a + c * u[n], s); u[n] ~ normal(b[1] * v[n], 1);"},
};

/// All forms in one program, which the data choose from.
std::string program(bool reduced) {
  std::string text = data + "model { " + priors;
  int k = 0;
  for (const Form& f : forms)
    text += fmt::format("if (which == {}) {{ {} }}", k++,
                        reduced ? f.statements : fmt::format("for (n in 1:N) {{ {} }}", f.by_row));
  return text + "}";
}
DataMap choice(int which) {
  DataMap d;
  DataValue& v = d.values["which"];
  v.integers = {which};
  v.reals = {static_cast<double>(which)};
  v.is_integer = true;
  return d;
}
std::string cpp_of(const std::string& text) {
  const Program program = parse_program(Source::from_text(text, "model.stan"));
  return emit_cpp(program, analyse(program), [] {
    EmitOptions options;
    options.name = "model";
    return options;
  }());
}
std::vector<double> point(std::size_t d, std::uint64_t k) {
  Random<double> random(5, Purpose::test, k, 0);
  std::vector<double> x(d);
  for (double& v : x) v = random.normal();
  return x;
}

double largest(const std::vector<double>& v) {
  double most = 1;
  for (const double x : v) most = std::fmax(most, std::fabs(x));
  return most;
}

class RegressionPrograms : public Compiled {};

TEST_F(RegressionPrograms, are_all_seen) {
  const std::string cpp = cpp_of(program(true));
  EXPECT_THAT(cpp, HasSubstr(fmt::format("regression_{}.usable", std::size(forms) + 1))) << "two_terms has two";
  EXPECT_THAT(cpp_of(program(false)), Not(HasSubstr(".usable")));
}

TEST_F(RegressionPrograms, have_the_density_and_the_hessian_of_their_rows) {
  for (int which = 0; which < static_cast<int>(std::size(forms)); ++which) {
    SCOPED_TRACE(forms[which].name);
    const Model reduced = model_of(program(true), "", choice(which), true),
                plain = model_of(program(false), "", choice(which), true);
    for (std::uint64_t k = 0; k < 10; ++k) {
      const auto x = point(6, k), v = point(6, 100 + k);
      const Evaluated a = evaluate(reduced, x), b = evaluate(plain, x);
      EXPECT_NEAR(a.log_density, b.log_density, 1e-11 * (1 + std::fabs(b.log_density)));
      const double scale = largest(b.gradient);
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(a.gradient[i], b.gradient[i], 1e-11 * scale) << i;
      std::vector<double> p(6), q(6);
      reduced.hessian_workspace(1).hessian_vector(x.data(), v.data(), p.data());
      plain.hessian_workspace(1).hessian_vector(x.data(), v.data(), q.data());
      for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(p[i], q[i], 1e-10 * largest(q)) << i;
    }
  }
}

TEST_F(RegressionPrograms, have_the_same_bits_at_every_width) {
  const Model m = model_of(program(true), "", choice(13));
  const auto w = static_cast<std::size_t>(m.widths().back());
  std::vector<double> x(6 * w), gradient(6 * w), log_p(w);
  for (std::size_t lane = 0; lane < w; ++lane) {
    const auto one = point(6, lane);
    for (std::size_t i = 0; i < 6; ++i) x[i * w + lane] = one[i];
  }
  m.workspace(static_cast<int>(w)).evaluate(x.data(), gradient.data(), log_p.data());
  for (std::size_t lane = 0; lane < w; ++lane) {
    const Evaluated one = evaluate(m, point(6, lane));
    EXPECT_EQ(one.log_density, log_p[lane]);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(one.gradient[i], gradient[i * w + lane]);
  }
}

TEST_F(RegressionPrograms, are_as_exact_where_the_residuals_are_small) {  // |y| = 1e8, residuals about 1
  const std::string by_row = "for (n in 1:N) target += normal_lpdf(1e8 + y[n] | 1e8 + a + c * u[n], s);";
  const std::string at_once = "target += normal_lpdf(1e8 + y | 1e8 + a + c * u, s);";
  const Model reduced = model_of(data + "model {" + priors + at_once + "}", "", choice(0)),
              plain = model_of(data + "model {" + priors + by_row + "}", "", choice(0));
  const auto x = point(6, 3);
  const Evaluated a = evaluate(reduced, x), b = evaluate(plain, x);
  EXPECT_NEAR(a.log_density, b.log_density, 1e-6 * std::fabs(b.log_density)) << "rounding of y itself is 1e-8";
}

TEST_F(RegressionPrograms, of_few_rows_or_wild_data_stay_as_they_are) {
  const std::string few =
      "transformed data { int N = 2; vector[N] y = [1, 2]'; matrix[N, 3] X = rep_matrix(0.5, N, 3); }"
      "parameters { vector[3] b; real<lower=0> s; } model { y ~ normal(X * b, s); }";
  EXPECT_NEAR(evaluate(model_of(few), {1, 1, 1, 0}).log_density, -0.25, 1e-12);
  const std::string wild =
      "transformed data { int N = 9; vector[N] y = rep_vector(not_a_number(), N); "
      "vector[N] u = rep_vector(1, N); }"
      "parameters { real a; real<lower=0> s; } model { y ~ normal(a * u, s); }";
  const Evaluated e = evaluate(model_of(wild), {1, 0});
  EXPECT_FALSE(std::isfinite(e.log_density));
  EXPECT_THAT(e.reason, HasSubstr("outcome"));
}

TEST_F(RegressionPrograms, say_which_argument_is_wrong) {
  const Model m = model_of(data + "model { y ~ normal(a + c * u, s - 1); }", "", choice(0));
  const Evaluated scale = evaluate(m, {0, 0, 0, 0, 0, -1});
  EXPECT_EQ(scale.log_density, -INFINITY);
  EXPECT_THAT(scale.reason, HasSubstr("scale"));
  const Model n = model_of(data + "model { y ~ normal(a / 0 + c * u, s); }", "", choice(0));
  EXPECT_THAT(evaluate(n, {0, 0, 0, 0, 0, 0}).reason, HasSubstr("location"));
  const Model sizes = model_of(data + "model { y ~ normal(X * b[1:2], s); }", "", choice(0));
  EXPECT_THAT(evaluate(sizes, {0, 0, 0, 0, 0, 0}).reason, HasSubstr("3"));
}

TEST_F(RegressionPrograms, are_not_seen_where_they_are_none) {
  for (const char* statements : {
           "vector[N] mu = a + X * b; mu[3] += c; y ~ normal(mu, s);",               // an element of its own
           "vector[N] mu = a + X * b; y ~ normal(mu, s); u ~ normal(mu, 1);",        // used twice
           "vector[N] mu = a + X * b; mu *= c; y ~ normal(mu, s);",                  // not linear in the columns
           "y ~ normal(a + exp(c * u), s);",                                         // not linear
           "y ~ normal(a + c * u, rep_vector(s, N));",                               // a scale a row
           "vector[N] z = a * u; z ~ normal(c * v, s);",                             // the outcome is none of data
           "{ vector[N] d = u; for (k in 1:2) { d += u; y ~ normal(c * d, s); } }",  // d is no data
       })
    EXPECT_THAT(cpp_of(data + "model {" + statements + "}"), Not(HasSubstr(".usable"))) << statements;
}

}  // namespace
}  // namespace thalweg::stan
