// Whether priors are proper: rule by rule, the programs whose joint prior is improper although each statement is not,
// and all programs of posteriordb against labels by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/prior_properness.hpp"

namespace thalweg::stan {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<ParameterPrior> priors(const std::string& parameters, const std::string& model,
                                   const std::string& functions = "", const std::string& transformed = "") {
  const Program program = parse_program(Source::from_text(
      (functions.empty() ? "" : "functions {" + functions + "}\n") +
          "data { int N; int K; vector[N] y; real m; real<lower=0> c; int flag; array[N] int<lower=1, upper=K> g; "
          "vector[K] ones; matrix[K, K] Q; }\nparameters {" +
          parameters + "}\n" + (transformed.empty() ? "" : "transformed parameters {" + transformed + "}\n") +
          "model {" + model + "}\n",
      "model.stan"));
  return prior_properness(program, split(program));
}
/// "PI?": proper, improper, unknown; in the order of the parameters.
std::string letters(const std::string& parameters, const std::string& model, const std::string& functions = "",
                    const std::string& transformed = "") {
  std::string all;
  for (const ParameterPrior& p : priors(parameters, model, functions, transformed))
    all += p.properness == Properness::proper ? 'P' : p.properness == Properness::improper ? 'I' : '?';
  return all;
}

TEST(Properness, WithoutATermASetIsUniform) {
  EXPECT_EQ(letters("real a; real<lower=0> b; real<upper=m> c1; real<lower=0, upper=1> d; real<offset=m> e;", ""),
            "IIIPI");
  EXPECT_EQ(letters("simplex[K] a; unit_vector[K] b; corr_matrix[K] d; cholesky_factor_corr[K] e;", ""), "PPPP");
  EXPECT_EQ(letters("ordered[K] a; positive_ordered[K] b; cov_matrix[K] d; cholesky_factor_cov[K] e; "
                    "sum_to_zero_vector[K] f;",
                    ""),
            "IIIII");
  EXPECT_EQ(letters("real<lower=0, upper=positive_infinity()> a; vector<lower=-1, upper=1>[K] b;", ""), "IP");
  EXPECT_EQ(letters("real a; real<lower=0> s;", "y ~ normal(a, s);"), "II");  // a likelihood is no prior
  EXPECT_EQ(priors("real<lower=0> s;", "")[0].reason, "flat on (0, inf)");
}

TEST(Properness, ADensityOfAWholeParameter) {
  EXPECT_EQ(letters("real a; vector[K] b; real<lower=0> s;", "a ~ normal(m, c); b ~ cauchy(a, s); s ~ exponential(1);"),
            "PPP");
  EXPECT_EQ(letters("matrix[K, N] a; row_vector[K] b;", "to_vector(a) ~ std_normal(); b' ~ normal(0, 1);"), "PP");
  EXPECT_EQ(letters("real a;", "target += normal_lpdf(a | 0, 1) - 2 * c;"), "P");
  EXPECT_EQ(letters("real a;", "real lp = 0; lp += normal_lupdf(a | 0, 1); target += lp;"), "P");
  EXPECT_EQ(letters("simplex[K] a; corr_matrix[K] b; cholesky_factor_corr[K] d; cov_matrix[K] e; vector[K] f;",
                    "a ~ dirichlet(ones); b ~ lkj_corr(2); d ~ lkj_corr_cholesky(2); e ~ wishart(K, Q); "
                    "f ~ multi_normal_prec(ones, e);"),
            "PPPPP");
  EXPECT_EQ(letters("real<lower=0, upper=1> p; real<lower=0> k;", "p ~ beta(k, 1); k ~ gamma(0.1, 0.1);"), "PP");
  EXPECT_EQ(letters("real<lower=0> s;", "s ~ cauchy(0, 5) T[0, ];"), "P");
}

TEST(Properness, LoopsMustCoverAllElements) {
  EXPECT_EQ(letters("vector[K] a;", "for (k in 1:K) a[k] ~ normal(0, 1);"), "P");
  EXPECT_EQ(letters("vector[K] a;", "for (k in 2:K) a[k] ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("vector[K] a;", "for (k in 1:N) a[k] ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("vector[K] a;", "a[1] ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("vector[K] a;", "a[g] ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("vector[K] a;", "for (k in 1:K) { if (k > 1) break; a[k] ~ normal(0, 1); }"), "?");
  EXPECT_EQ(letters("matrix[K, N] a;", "for (k in 1:K) for (n in 1:N) a[k, n] ~ normal(0, 1);"), "P");
  EXPECT_EQ(letters("matrix[K, K] a;", "for (k in 1:K) a[k, k] ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("matrix[K, N] a; matrix[K, N] b; array[N] vector[K] d;",
                    "for (n in 1:N) { a[, n] ~ normal(0, 1); col(b, n) ~ normal(0, 1); "
                    "d[n] ~ multi_normal(ones, Q); }"),
            "PPP");
  EXPECT_EQ(letters("vector[K] a;", "if (flag) a ~ normal(0, 1);"), "?");
}

TEST(Properness, HyperparametersWithoutAPriorAreFlatOnceTheOthersAreIntegratedOut) {
  EXPECT_EQ(letters("vector[K] a; real mu; real<lower=0> s;", "a ~ normal(mu, s);"), "PII");
  EXPECT_EQ(letters("vector<lower=0>[K] a; real<lower=0> s;", "a ~ normal(0, s);"), "PI");
  // what is left over a part of the line depends on the hyperparameter: exp(−λ) has a finite integral
  EXPECT_EQ(letters("real<lower=1> a; real<lower=0> lambda;", "a ~ exponential(lambda);"), "P?");
  EXPECT_EQ(letters("real<lower=0> a; real mu;", "a ~ normal(mu, 1);"), "P?");
  EXPECT_EQ(letters("real<lower=0> a; real mu;", "a ~ normal(mu, 1); mu ~ normal(0, 1);"), "PP");
}

TEST(Properness, ProperStatementsMayMakeAnImproperPrior) {
  EXPECT_THAT(letters("real a; real b;", "a ~ normal(b, 1); b ~ normal(a, 1);"), HasSubstr("?"));  // depends on a - b
  EXPECT_EQ(letters("real a; real b;", "a - b ~ normal(0, 1);"), "??");
  EXPECT_EQ(letters("real a;", "a ~ von_mises(0, 1);"), "?");                                     // periodic
  EXPECT_EQ(letters("real<lower=0> a;", "a ~ gamma(0.5, 1); a ~ gamma(0.5, 1);"), "?");           // 1/a at 0
  EXPECT_EQ(letters("real mu; real<lower=0> s;", "mu ~ normal(y, s); s ~ cauchy(0, 1);"), "??");  // N densities of mu
  EXPECT_EQ(letters("real a;", "target += -normal_lpdf(a | 0, 1);"), "?");
  EXPECT_EQ(letters("real a;", "real lp = normal_lpdf(a | 0, 1); target += -lp;"), "?");
  EXPECT_EQ(letters("cov_matrix[K] a;", "to_vector(a) ~ normal(0, 1);"), "?");
  EXPECT_EQ(letters("sum_to_zero_vector[K] a; real<lower=0> s;", "a ~ normal(0, s); s ~ exponential(1);"), "??");
  EXPECT_EQ(letters("sum_to_zero_vector[K] a;", "a ~ normal(0, 1);"), "P");
}

TEST(Properness, SecondTermsAreHarmlessWhenTheyAreBounded) {
  EXPECT_EQ(letters("vector[K] a;", "a ~ normal(0, 1); sum(a) ~ normal(0, 0.001);"), "P");
  EXPECT_EQ(letters("vector[K] a;", "sum(a) ~ normal(0, 0.001);"), "?");
  EXPECT_EQ(letters("real<lower=0> a;", "a ~ gamma(0.5, 1); a ~ cauchy(0, 1);"), "P");
  EXPECT_EQ(letters("real a; real<lower=0> s;", "a ~ normal(0, 1); a ~ normal(0, s); s ~ exponential(1);"), "PP");
  // integrated over a: 1/s
  EXPECT_EQ(letters("real a; real<lower=0> s;", "a ~ cauchy(0, s); a ~ normal(0, s); s ~ exponential(1);"), "??");
  EXPECT_EQ(letters("real<lower=0, upper=1> p;", "p ~ normal(0.5, 1); 2 * p ~ normal(0, 1);"), "P");
}

TEST(Properness, FormulasAreUnknownButPowersAreNot) {
  EXPECT_EQ(letters("real<lower=0> s;", "target += -log(s);"), "I");
  EXPECT_EQ(letters("vector<lower=0>[K] s;", "target += -2 * sum(log(s));"), "I");
  EXPECT_EQ(letters("real<lower=0> s;", "target += -log(s) - s;"), "?");
  EXPECT_EQ(letters("real<lower=0> s;", "target += -log(s); s ~ exponential(1);"), "?");
  EXPECT_EQ(letters("real<lower=0> s;", "log(s) ~ normal(0, 1); target += -log(s);"), "?");
  EXPECT_EQ(letters("real a;", "target += f(a);", "real f(real x) { return -square(x); }"), "?");
  EXPECT_EQ(letters("real a;", "a ~ f(0);", "real f_lpdf(real x, real mu) { return -square(x - mu); }"), "?");
  EXPECT_EQ(letters("real a; real b;", "f_lp(a);", "void f_lp(real x) { x ~ normal(0, 1); }"), "?I");
  EXPECT_EQ(letters("real a;", "", "real f_jacobian(real x) { jacobian += -square(x); return x; }",
                    "real b = f_jacobian(a);"),
            "?");
  EXPECT_EQ(letters("real a;", "b ~ normal(0, 1);", "", "real b = 2 * a;"), "?");
  EXPECT_EQ(letters("real a;", "a - m ~ normal(0, 1);"), "?");  // the split can't tell
}

TEST(Properness, BoundsAndRejectionsDependOnOthers) {
  EXPECT_EQ(letters("real<lower=0, upper=1> a; real<lower=0, upper=1 - a> b;", ""), "PP");
  EXPECT_EQ(letters("real<lower=0, upper=1> a; real<lower=0, upper=1 / a> b;", ""), "P?");  // ∫ 1/a da = ∞
  EXPECT_EQ(letters("real a; real<lower=0, upper=exp(-square(a))> b;", ""), "??");          // finite, and hard to see
  EXPECT_EQ(letters("real a; real<lower=a> b;", ""), "II");
  EXPECT_EQ(letters("real a; real<lower=a> b;", "a ~ normal(0, 1); b ~ normal(0, 1);"), "PP");
  EXPECT_EQ(letters("real a;", "if (abs(a) > 1) reject(\"outside\");"), "?");
  EXPECT_EQ(letters("real a;", "", "", "real<lower=0> b = 1 - square(a);"), "?");
  EXPECT_EQ(letters("real a;", "a ~ normal(0, 1);", "", "real<lower=0> b = 1 - a;"), "P");
}

TEST(Properness, ReasonsNameThePlace) {
  const auto all = priors("vector[K] phi; real a; real b;",
                          "\n  sum(phi) ~ normal(0, 0.001 * K);\n  a ~ normal(0, 1);\n  a - b ~ normal(0, 1);\n");
  EXPECT_THAT(all[0].reason, HasSubstr("model.stan:4:3: sum(phi) ~ normal(0, 0.001 * K);: its outcome is not a "
                                       "parameter but made of some"));
  EXPECT_EQ(all[1].reason, "model.stan:5:3: a ~ normal(0, 1);");
  EXPECT_EQ(overall(all), Properness::unknown);
  EXPECT_EQ(overall(priors("real a; real b;", "a - 1 ~ normal(0, 1);")), Properness::improper);
  EXPECT_EQ(overall(priors("", "")), Properness::proper);
}

/// `program parameter verdict` on each line: what a person found who read the programs.
TEST(Properness, AgreesWithLabelsOnPosteriordb) {
  const char* folder = std::getenv("THALWEG_POSTERIORDB_MODELS");
  if (folder == nullptr) GTEST_SKIP() << "THALWEG_POSTERIORDB_MODELS is not set";
  std::ifstream in(fs::path(THALWEG_SOURCE_DIR) / "tests/stan/split/posteriordb.priors");
  int compared = 0, unknown = 0;
  std::map<std::string, std::map<std::string, std::string>> labels;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string program, parameter, label;
    words >> program >> parameter >> label;
    labels[program][parameter] = label;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() != ".stan") continue;
    std::vector<ParameterPrior> found;
    try {
      const Program program = parse_program(entry.path().string());
      found = prior_properness(program, split(program));
    } catch (const Error&) {
      EXPECT_FALSE(labels.contains(name)) << name;
      continue;
    }
    for (const ParameterPrior& p : found) {
      ++compared;
      // without a label: proper
      const auto label = labels[name].find(p.name);
      const std::string expected = label == labels[name].end() ? "proper" : label->second;
      if (p.properness == Properness::unknown)
        ++unknown;
      else
        EXPECT_EQ(to_string(p.properness), expected) << name << ": " << p.name << ": " << p.reason;
    }
  }
  EXPECT_GT(compared, 400);
  std::cout << compared << " parameters, " << unknown << " unknown\n";
}

}  // namespace
}  // namespace thalweg::stan
