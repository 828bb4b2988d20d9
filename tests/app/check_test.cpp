// check on Stan programs: the table of terms, and what to do about undecided ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Check, PrintsWhatEachTermIs) {
  const Folder folder;
  setenv("THALWEG_CACHE", (folder / "cache").c_str(), 1);
  const std::string head = "data { int N; vector[N] y; }\nparameters { real m; real<lower=0> s; }\nmodel {\n";
  folder.write("data.json", R"({"N": 3, "y": [1, -0.5, 2]})");
  folder.write("a.stan",
               head + "  m ~ normal(0, 1);\n  target += normal_lpdf(y | m, s) - log(2);\n  y - m ~ cauchy(0, s);\n}\n");
  const Result r = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(
      r.out,
      HasSubstr("terms       1 prior, 2 likelihood, 1 UNDECIDED\n"
                "            a.stan:4:3   prior       m ~ normal(0, 1);      the outcome m is made of parameters\n"
                "            a.stan:5:13  likelihood  normal_lpdf(y | m, s)  the outcome y is data\n"));
  EXPECT_THAT(r.out, AllOf(HasSubstr("likelihood  -log(2)"), HasSubstr("goes with the rest of its sum")));
  EXPECT_THAT(r.out, AllOf(HasSubstr("UNDECIDED   y - m ~ cauchy(0, s);  the outcome y - m joins data and parameters"),
                           HasSubstr("// thalweg: likelihood")));
  EXPECT_THAT(r.out, AllOf(HasSubstr("prior       not known to be proper\n"),
                           HasSubstr("            m  unknown  a.stan:6:3: y - m ~ cauchy(0, s);: nobody can tell")));

  folder.write("a.stan", head + "  m ~ normal(0, 1);\n  y - m ~ cauchy(0, s);  // thalweg: likelihood\n}\n");
  const Result decided = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_THAT(decided.out,
              AllOf(HasSubstr("terms       1 prior, 1 likelihood\n"), HasSubstr("a comment says so"),
                    Not(HasSubstr("UNDECIDED")), HasSubstr("prior       improper: s is flat on (0, inf)\n")));
  folder.write("a.stan", head + "  m ~ normal(0, 1);  // thalweg: likelyhood\n}\n");
  const Result wrong = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("a.stan:4:34: error: a comment 'thalweg:' says 'prior' or 'likelihood'"),
                               HasSubstr("did you mean 'likelihood'?")));
}

TEST(Check, PrintsWhatCanBeSubsampled) {
  const Folder folder;
  setenv("THALWEG_CACHE", (folder / "cache").c_str(), 1);
  folder.write("data.json", R"({"N": 3, "y": [1, -0.5, 2], "z": [0.1, 0.7], "g": [1, 2, 1]})");
  folder.write("a.stan", R"(data { int N; vector[N] y; vector[2] z; array[N] int g; }
parameters { vector[2] m; real<lower=0> s; }
model {
  m ~ normal(0, 1);
  y ~ normal(m[g], s);
  for (n in 1:N) y[n] ~ cauchy(m[1], s);
  z ~ normal(m, s);
  y[1] ~ normal(0, s);
  y ~ normal(cumulative_sum(m[g]), s);
}
)");
  const Result r = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.out,
              HasSubstr("subsets     of 3 observations, in 3 of 5 likelihood terms\n"
                        "            a.stan:5:3   y ~ normal(m[g], s);                  over n in 1:N\n"
                        "            a.stan:6:18  y[n] ~ cauchy(m[1], s);               over n in 1:N\n"
                        "            a.stan:7:3   z ~ normal(m, s);                     whole: over n in 1:2, "
                        "which are 2: another index is longer\n"
                        "            a.stan:8:3   y[1] ~ normal(0, s);                  whole: it is one term: no "
                        "argument is a container\n"
                        "            a.stan:9:3   y ~ normal(cumulative_sum(m[g]), s);  over n in 1:N; "
                        "cumulative_sum(m[g]) is computed whole\n"));
  folder.write("b.stan",
               "data { vector[3] y; }\nparameters { real m; }\nmodel { y ~ multi_normal(rep_vector(m, 3), "
               "identity_matrix(3)); m ~ normal(0, 1); }\n");
  const Result none = run(folder, {"check", "b.stan", "--data", "data.json"});
  EXPECT_THAT(none.out, AllOf(HasSubstr("subsets     none: "), HasSubstr("one density of all its outcomes together")));
}

TEST(Check, PrintsWhatTheTestDensitiesSay) {
  const Folder folder;
  EXPECT_THAT(
      run(folder, {"check", "eight-schools"}).out,
      AllOf(HasSubstr("terms       1 prior, 1 likelihood, 1 jacobian\n"), HasSubstr("effect ~ normal(theta, error)")));
  EXPECT_THAT(run(folder, {"check", "ring"}).out, HasSubstr("terms       not stated"));
}

}  // namespace
}  // namespace thalweg::app_test
