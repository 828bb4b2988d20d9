// Which likelihood terms are sums over an index that subsets can choose from, and what stands in the way.
#include "thalweg/stan/subset.hpp"

#include <gmock/gmock.h>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/emit/emitter.hpp"

namespace thalweg::stan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* const data =
    "data { int N; int M; int K; vector[N] y; vector[N] x; array[N] int g; matrix[N, K] X; vector[M] z; matrix[M, N] "
    "Y; } ";
const char* const parameters = "parameters { real a; vector[K] b; vector[N] f; real<lower=0> s; } ";

/// "n in 1:N" for each likelihood term, or "- " and why it is whole; one a line.
std::string verdicts(const std::string& model, const std::string& before = "", const std::string& functions = "") {
  const Program program = parse_program(
      Source::from_text(functions + data + parameters + before + "model { " + model + " }", "model.stan"));
  const Analysis analysis = analyse(program);
  const Split parts = split(program);
  const SubsetPlan plan = plan_subsets(program, analysis, parts);
  emit_cpp(program, analysis, {.name = "model", .widths = {}, .hessian = false, .subset = true});
  std::string all;
  for (const SplitTerm& t : parts.terms()) {
    if (t.part != part_likelihood) continue;
    const SubsetVerdict v = plan.verdict_at(t.location);
    all += (all.empty() ? "" : "\n") + std::string(v.index < 0 ? "- " : "") + v.words;
  }
  return all;
}

TEST(SubsetRules, StatementsOverAVectorAreSums) {
  EXPECT_EQ(verdicts("y ~ normal(a + X * b, s);"), "n in 1:N");
  EXPECT_EQ(verdicts("if (K > 1) { profile(\"p\") { y ~ normal(f[g] .* x, s); } }"), "n in 1:N");
  EXPECT_EQ(verdicts("target += 2 * (normal_lpdf(y | a, s) + cauchy_lpdf(x | f, s)) / K;"), "n in 1:N");
  EXPECT_EQ(verdicts("y[2:N] ~ normal(a * y[1:(N - 1)], s);"), "n in 1:(N - 1)");
  EXPECT_EQ(verdicts("head(y, M) ~ normal(a, s);"), "n in 1:M; head(y, M) is computed whole");
  EXPECT_EQ(verdicts("Y[2] ~ normal(f, s); Y[:, 1] ~ normal(a, s);"), "n in 1:N\nn in 1:M");
}

TEST(SubsetRules, OneTermIsNoSum) {
  EXPECT_THAT(verdicts("y[1] ~ normal(a, s);"), HasSubstr("- it is one term"));
  EXPECT_THAT(verdicts("y ~ multi_normal(f, diag_matrix(x));"), HasSubstr("- multi_normal is one density of all"));
  EXPECT_THAT(verdicts("target += log_sum_exp(normal_lpdf(y | a, s), normal_lpdf(y | 0, s));"),
              HasSubstr("- it is one number"));
  EXPECT_THAT(
      verdicts("y ~ ours(a);", "", "functions { real ours_lpdf(vector y, real a) { return normal_lpdf(y | a, 1); } } "),
      HasSubstr("- nobody knows whether ours"));
}

TEST(SubsetRules, LoopsAreSumsWhenNoIterationKnowsOfAnother) {
  EXPECT_EQ(verdicts("for (i in 1:N) y[i] ~ normal(a * x[i], s);"), "i in 1:N");
  EXPECT_EQ(verdicts("for (t in 2:size(y)) { y[t] ~ normal(a * y[t - 1], s); a ~ normal(0, 1); }"), "t in 2:size(y)");
  EXPECT_EQ(verdicts("array[2] real c; for (n in 1:N) { for (k in 1:2) c[k] = normal_lpdf(y[n] | k, s); target += "
                     "log_sum_exp(c); }"),
            "n in 1:N");
  EXPECT_THAT(verdicts("real e = 0; for (n in 1:N) { e = y[n] - a * e; y[n] ~ normal(e, s); }"),
              HasSubstr("- an iteration of its loop may know of another by e"));
  EXPECT_THAT(verdicts("int at = 1; for (n in 1:N) { y[at] ~ normal(a, s); at += 1; }"),
              HasSubstr("- an iteration of its loop may know of another by at"));
  EXPECT_THAT(verdicts("for (n in 1:N) { if (n > K) break; y[n] ~ normal(a, s); }"),
              HasSubstr("- its loop may be left by break"));
  EXPECT_THAT(verdicts("int L = 3; for (n in 1:L) y[n] ~ normal(a, s);"),
              HasSubstr("- the range of its loop is no formula"));
  EXPECT_THAT(verdicts("for (v in y) v ~ normal(a, s);"), HasSubstr("- it stands in a loop over the elements"));
  EXPECT_THAT(verdicts("int n = 1; while (n < N) { y[n] ~ normal(a, s); n += 1; }"),
              HasSubstr("- it stands in a while loop"));
  EXPECT_THAT(verdicts("for (n in 1:N) add_lp(y[n], a);", "",
                       "functions { void add_lp(real y, real a) { y ~ normal(a, 1); } } "),
              HasSubstr("- "));
}

TEST(SubsetRules, StatementsInALoopThatMustRunWholeAreLookedAtThemselves) {
  EXPECT_EQ(verdicts("real e = 0; for (k in 1:K) { e = a + 0.5 * e; y ~ normal(e, s); }"), "n in 1:N");
  EXPECT_EQ(verdicts("for (k in 1:K) { y ~ normal(b[k], s); }"), "k in 1:K");
}

TEST(SubsetRules, VectorsAreShortWhenAllTheirUsesAllowIt) {
  EXPECT_EQ(verdicts("y ~ normal(mu, s);", "transformed parameters { vector[N] mu = a + X * b; } "), "n in 1:N");
  EXPECT_EQ(
      verdicts(
          "vector[N] mu; for (n in 1:N) mu[n] = a * x[n]; y ~ normal(mu, s); for (n in 1:N) x[n] ~ normal(mu[n], s);"),
      "n in 1:N\nn in 1:N");
  const std::string whole = "n in 1:N; mu is computed whole";
  EXPECT_EQ(verdicts("vector[N] mu = a + X * b; y ~ normal(mu, s);\nmu[1] ~ normal(0, 1);  // thalweg: prior\n"),
            whole);
  EXPECT_EQ(verdicts("vector[N] mu = a + X * b; y ~ normal(mu, s); print(mu);"), whole);
  EXPECT_EQ(verdicts("vector[N] mu; mu[1] = a; for (n in 2:N) mu[n] = 0.5 * mu[n - 1] + x[n]; y ~ normal(mu, s);"),
            whole);
  EXPECT_EQ(verdicts("vector[N] mu = cumulative_sum(f); mu += a; y ~ normal(mu, s);"), "n in 1:N");
  EXPECT_EQ(verdicts("y ~ normal(mu, s);", "transformed parameters { ordered[N] mu = a + X * b; } "), whole);
  // declared together, they are short together
  EXPECT_EQ(verdicts("vector[N] mu, nu; mu = a + x; nu = cumulative_sum(mu); y ~ normal(mu, s);"), whole);
  // a size of its own, of which no term is chosen
  EXPECT_EQ(verdicts("vector[K] c = b + 1; y ~ normal(X * c, s);"), "n in 1:N");
}

TEST(SubsetRules, SumsOfVectorsOfTermsAreFollowed) {
  EXPECT_EQ(verdicts("vector[N] l; for (n in 1:N) l[n] = normal_lpdf(y[n] | a, s); target += sum(l);"), "n in 1:N");
  EXPECT_THAT(verdicts("real l = 0; for (n in 1:N) l += normal_lpdf(y[n] | a, s); target += l;"),
              HasSubstr("- an iteration of its loop may know of another by l"));
}

TEST(SubsetRules, ATargetThatIsReadIsNoSum) {
  EXPECT_THAT(verdicts("y ~ normal(a, s); if (target() > 3) reject(\"no\");"),
              HasSubstr("- the program reads target()"));
}

TEST(SubsetRules, SizesAreComparedAsSumsOfIntegersOfData) {
  const auto size_of = [](const std::string& outcome) { return verdicts(outcome + " ~ normal(a, s);"); };
  EXPECT_EQ(size_of("y[3:]"), "n in 1:(N - 2)");
  EXPECT_EQ(size_of("y[:(N - 2)]"), "n in 1:(N - 2)");
  EXPECT_EQ(size_of("y[(M + 1):(M + K)]"), "n in 1:K");
  EXPECT_EQ(size_of("segment(y, 2, 2 * M - M)"), "n in 1:M; segment(y, 2, 2 * M - M) is computed whole");
  EXPECT_EQ(size_of("y[g]"), "n in 1:N");
  EXPECT_THAT(verdicts("y[1:M] ~ normal(f, s);"), HasSubstr("- f has N elements, not M"));
}

}  // namespace
}  // namespace thalweg::stan
