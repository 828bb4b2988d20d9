// What is prior, what is likelihood, what nobody can tell: rule by rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "split.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::stan {
namespace {

using ::testing::HasSubstr;

const char* const data =
    "data { int N; int M; vector[N] y; array[N] int k; array[N] int g; real m; int flag; matrix[N, M] X; "
    "array[N] simplex[M] pi; } transformed data { vector[N] z = y / 2; vector[N] zeros = rep_vector(0, N); }\n";
const char* const parameters =
    "parameters { real mu; real<lower=0> sigma; vector[M] theta; simplex[M] p; array[N] simplex[M] q; vector[N] mis; "
    "}\n";

SplitProgram model(const std::string& statements, const std::string& functions = "",
                   const std::string& transformed = "") {
  return SplitProgram((functions.empty() ? "" : "functions {\n" + functions + "\n}\n") + data + parameters +
                      (transformed.empty() ? "" : "transformed parameters {\n" + transformed + "\n}\n") + "model {\n" +
                      statements + "\n}\n");
}
/// P prior, L likelihood, J Jacobian, ? undecided; in the order of the source.
std::string letters(const std::string& statements, const std::string& functions = "",
                    const std::string& transformed = "") {
  return model(statements, functions, transformed).letters();
}

TEST(Split, OutcomesDecide) {
  EXPECT_EQ(letters("y ~ normal(mu, sigma); mu ~ normal(0, 1); target += normal_lpdf(y | mu, 1); k ~ poisson(sigma);"),
            "LPLL");
  EXPECT_EQ(letters("target += normal_lpdf(mu | 0, 1) + poisson_lpmf(k | sigma) - 2 * normal_lpdf(theta | 0, 1);"),
            "PLP");
  EXPECT_EQ(letters("z ~ normal(mu, 1); N ~ poisson(sigma);"), "LL");  // transformed data is data; so is an N by itself
  EXPECT_EQ(letters("to_vector(X) ~ normal(mu, 1); y[1] ~ normal(mu, 1); head(theta, 2) ~ normal(0, 1);"), "LLP");
}

TEST(Split, HyperparametersCovariatesSizesAndIndexesDoNot) {
  EXPECT_EQ(letters("theta ~ normal(X[1]', 1); mis ~ multi_normal(X * theta, add_diag(X * X', sigma));"), "PP");
  EXPECT_EQ(
      letters("theta[g] ~ normal(m, 1); segment(theta, g[1], k[1]) ~ normal(0, 1); theta[1:k[1]] ~ normal(y[1], 1);"),
      "PPP");
  EXPECT_EQ(letters("sum(theta) / N ~ normal(0, 1); target += normal_lpdf(theta * rows(y) | 0, 1);"), "PP");
  EXPECT_EQ(letters("target += -0.5 * dot_self(theta[g] - theta[k]); target += -0.5 * sigma * square(mu) / N;"), "PP");
  EXPECT_EQ(letters("int j = flag ? 1 : 2; real a; if (flag) a = theta[1]; else a = theta[2]; a ~ normal(0, 1); "
                    "theta[j] ~ normal(0, 1);"),
            "PP");
}

TEST(Split, LiteralsBelongToTheDataThatDecideTheirPath) {
  EXPECT_EQ(letters("for (n in 1:N) if (k[n] > 0) 1 ~ bernoulli(p[1]); else 0 ~ bernoulli(p[1]);"), "LL");
  EXPECT_EQ(letters("for (n in 1:k[1]) 1 ~ bernoulli(p[1]);"), "L");
  EXPECT_EQ(letters("for (n in 1:N) { if (k[n] < 1) continue; 1 ~ bernoulli(p[1]); }"), "L");
  EXPECT_EQ(letters("for (n in 1:N) 1 ~ bernoulli(p[1]);"), "?");  // N is a size
  EXPECT_EQ(letters("zeros ~ normal(theta[1], 1);"), "?");
  EXPECT_EQ(letters("if (flag) mu ~ normal(0, 1);"), "P");  // parameters stay what they are
}

TEST(Split, WhatJoinsDataAndParametersIsUndecided) {
  EXPECT_EQ(letters("theta - m ~ normal(0, 1); y - mu ~ normal(0, 1);"), "??");
  EXPECT_EQ(letters("vector[N] x = y; x[g] = mis; x ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("target += f(y, mu);",
                    "real f(vector y, real mu) { return normal_lpdf(y | mu, 1) + normal_lpdf(mu | 0, 1); }"),
            "?");
  EXPECT_EQ(letters("y ~ f(mu);",
                    "real f_lpdf(vector y, real mu) { return normal_lpdf(y | mu, 1) + normal_lpdf(mu | 0, 1); }"),
            "?");
  EXPECT_EQ(
      letters("target += f(y, mu);",
              "real f(vector y, real mu) { real lp = -0.5 * square(mu); lp += normal_lpdf(y | mu, 1); return lp; }"),
      "?");
}

TEST(Split, FunctionsAreClassedByTheirDensities) {
  const char* const f = "real f(vector y, real mu) { real s = exp(mu); return normal_lpdf(y | mu, s); }";
  EXPECT_EQ(letters("target += f(y, mu); target += f(theta, mu); target += f(y - theta[1], mu);", f), "LP?");
  EXPECT_EQ(letters("y ~ h(mu); theta ~ h(y[1]);", "real h_lpdf(vector y, real mu) { return -sum(abs(y - mu)); }"),
            "LP");
  EXPECT_EQ(letters("add_lp(y, mu); add_lp(z, mu);", "void add_lp(vector y, real mu) { y ~ normal(mu, 1); }"), "L");
  EXPECT_EQ(letters("add_lp(y, mu); add_lp(theta, mu);", "void add_lp(vector y, real mu) { y ~ normal(mu, 1); }"), "?");
  EXPECT_EQ(letters("real a = add_lp(y, mu); a ~ normal(0, 1);",
                    "real add_lp(vector y, real mu) { mu ~ normal(0, 1); y ~ normal(mu, 1); return exp(mu); }"),
            "PLP");
  EXPECT_EQ(letters("for (n in 1:N) if (k[n] > 0) target += seen(k[n], mu); else target += seen(0, mu);",
                    "real seen(int k, real mu) { return log_inv_logit(mu) + poisson_lpmf(k | exp(mu)); }"),
            "LL");
}

TEST(Split, MixturesAndHiddenStatesAreWholes) {
  EXPECT_EQ(letters("for (n in 1:N) { vector[M] lp = log(p); for (j in 1:M) lp[j] += normal_lpdf(y[n] | theta[j], 1); "
                    "target += log_sum_exp(lp); }"),
            "L");
  EXPECT_EQ(letters("target += log_mix(p[1], normal_lpdf(mu | 0, 1), normal_lpdf(mu | 0, 9));"), "P");
  EXPECT_EQ(letters("target += log_mix(p[1], normal_lpdf(mu | 0, 1), normal_lpdf(y | 0, 9));"), "?");
  EXPECT_EQ(
      letters("vector[2] lp; lp[1] = normal_lpdf(y | mu, 1); lp[2] = poisson_lpmf(k | sigma); target += sum(lp);"),
      "L");
  EXPECT_EQ(letters("vector[2] lp; lp[1] = normal_lpdf(y | mu, 1); lp[2] = normal_lpdf(mu | 0, 1); target += lp;"),
            "?");
}

TEST(Split, AccumulatorsAreFollowed) {
  EXPECT_EQ(letters("target += lprior; y ~ normal(mu, 1);", "",
                    "real lprior = 0; lprior += normal_lpdf(mu | 0, 1) - normal_lccdf(0 | 0, 1);"),
            "PPL");
  EXPECT_EQ(letters("real lp = 0; lp += normal_lpdf(mu | 0, 1); lp = lp + normal_lpdf(y | mu, 1); target += lp;"),
            "PL");
  EXPECT_EQ(letters("real a = normal_lpdf(y | mu, 1); real b = a; target += 2 * b;"), "L");
  // what flows elsewhere too, or is no plain sum, cannot be taken apart
  const char* const mixed = "real lp = 0; lp += normal_lpdf(mu | 0, 1); lp += normal_lpdf(y | mu, 1); ";
  EXPECT_EQ(letters(mixed + std::string("target += lp; theta ~ normal(lp, 1);")), "??P");
  EXPECT_EQ(letters(mixed + std::string("lp *= 0.5; target += lp;")), "?");
  EXPECT_EQ(letters(mixed + std::string("target += exp(lp);")), "?");
  EXPECT_EQ(
      letters("target += lp;", "", "real<upper=9> lp = 0; lp += normal_lpdf(mu | 0, 1); lp += normal_lpdf(y | mu, 1);"),
      "??");
}

TEST(Split, TruncationsGoWithTheirStatement) {
  EXPECT_EQ(letters("mu ~ normal(0, 1) T[m, ]; y[1] ~ normal(mu, 1) T[0, 3];"), "PL");
  EXPECT_EQ(letters("target += normal_lpdf(mu | 0, sigma) - normal_lccdf(m | 0, sigma);"), "PP");
  EXPECT_EQ(letters("target += normal_lpdf(y | mu, 1) - log_diff_exp(normal_lcdf(3 | mu, 1), normal_lcdf(0 | mu, 1));"),
            "LL");
  EXPECT_EQ(letters("target += normal_lccdf(y | mu, 1); target += normal_lccdf(3 | mu, 1);"), "L?");
}

TEST(Split, FormulasCountAsPriorsWhenNothingOfDataIsNear) {
  EXPECT_EQ(letters("target += -log(sigma); target += -sum(abs(theta)); y ~ normal(mu, sigma);"), "PPL");
  EXPECT_EQ(letters("target += -0.5 * dot_self((y - mu) / sigma) - N * log(sigma);"), "??");
  EXPECT_EQ(letters("target += -N * log(sigma); target += -0.5 * dot_self((y - mu) / sigma);"), "??");
  EXPECT_EQ(letters("target += dot_product(y, X * theta) - 0.5 * dot_self(theta); target += -square(mu);"), "???");
  EXPECT_EQ(letters("for (n in 1:N) target += log(inv_logit(theta)[k[n]]);"), "?");
  EXPECT_EQ(letters("if (k[1] > 0) target += log(sigma); else target += log1m_exp(-sigma);"), "??");
  EXPECT_EQ(
      letters("for (n in 1:N) target += log(p[k[n]]) + log(q[n, k[n]]); for (n in 1:N) target += log(q[k[n], 1]);"),
      "LL?");  // the log of a probability that data pick is the mass of that datum
  EXPECT_EQ(letters("target += normal_lpdf(y | mu, sigma) - 0.5 * dot_self(theta);"), "LP");
  EXPECT_EQ(letters("target += normal_lpdf(y | mu, sigma) + log(sigma);"), "L?");
}

TEST(Split, ConstantsGoWithTheRestOfTheirSum) {
  EXPECT_EQ(letters("target += normal_lpdf(y | mu, 1) - N * log(2); target += normal_lpdf(mu | 0, 1) + 3;"), "LLPP");
  EXPECT_EQ(letters("target += -N * log(2 * pi()); target += sum(lgamma(y)); y ~ normal(0, 1);"), "PLL");
}

TEST(Split, JacobiansAreJacobians) {
  const SplitProgram p = model("mu ~ f(sigma);",
                               "real up_jacobian(real x) { jacobian += x; return exp(x); }\n"
                               "real f_lpdf(real x, real s) { return normal_lpdf(x | 0, s); }",
                               "real t = up_jacobian(mu); jacobian += log(sigma);");
  EXPECT_EQ(p.letters(), "JJP");
}

TEST(Split, SaysWhy) {
  const std::string t = model("y ~ normal(mu, 1);\ntheta - m ~ normal(0, 1);\nif (flag) 1 ~ bernoulli(p[1]);").table();
  EXPECT_THAT(t, HasSubstr("likelihood: y ~ normal(mu, 1); (the outcome y is data)"));
  EXPECT_THAT(t, HasSubstr("(the outcome theta - m joins data and parameters)"));
  EXPECT_THAT(t, HasSubstr("(the outcome 1 is a constant on a path that data decide)"));
}

// ---- comments

TEST(SplitComments, Decide) {
  EXPECT_EQ(letters("theta - m ~ normal(0, 1);  // thalweg: prior\ny - mu ~ normal(0, 1); // thalweg:likelihood"),
            "PL");
  EXPECT_EQ(letters("// thalweg: prior\ntheta - m ~ normal(0, 1);\ny - mu ~ normal(0, 1);"), "P?");
  EXPECT_EQ(letters("// thalweg: likelihood\nfor (n in 1:N) {\n  1 ~ bernoulli(p[1]);\n  target += log(sigma);\n}\n"
                    "mu ~ normal(0, 1);"),
            "LLP");
  EXPECT_EQ(letters("target += -N * log(sigma)\n  - 0.5 * dot_self((y - mu) / sigma);  // thalweg: likelihood"), "LL");
  EXPECT_EQ(letters("for (n in 1:N) 1 ~ bernoulli(p[1]);  // thalweg: likelihood"), "L");
  EXPECT_EQ(
      letters("real lp = 0; lp += normal_lpdf(mu | 0, 1);\nlp += normal_lpdf(y - mu | 0, 1);  // thalweg: likelihood\n"
              "target += lp;"),
      "PL");
  EXPECT_EQ(letters("real lp = 0; lp += normal_lpdf(mu | 0, 1); lp *= sum(y);\ntarget += lp; // thalweg: prior"), "P");
  EXPECT_EQ(letters("print(\"// thalweg: nothing\"); /* // thalweg: nothing */ mu ~ normal(0, 1); // thalwegs: x"),
            "P");
}

std::string error_of(const std::string& statements) {
  try {
    model(statements);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(SplitComments, SayWhatIsWrongWithThem) {
  const std::string word = error_of("mu ~ normal(0, 1);  // thalweg: pior");
  EXPECT_THAT(word,
              HasSubstr("model.stan:4:33: error: a comment 'thalweg:' says 'prior' or 'likelihood'; found 'pior'"));
  EXPECT_THAT(word, HasSubstr("did you mean 'prior'?"));
  EXPECT_THAT(word, HasSubstr("\n                                  ^"));
  EXPECT_THAT(error_of("mu ~ normal(0, 1);  // thalweg:"), HasSubstr("found nothing"));
  EXPECT_THAT(error_of("real a = mu;  // thalweg: prior\na ~ normal(0, 1);"),
              HasSubstr("this comment decides nothing"));
  EXPECT_THAT(error_of("mu ~ normal(0, 1);\n// thalweg: prior"), HasSubstr("this comment decides nothing"));
}

}  // namespace
}  // namespace thalweg::stan
