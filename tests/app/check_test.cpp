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

  folder.write("a.stan", head + "  m ~ normal(0, 1);\n  y - m ~ cauchy(0, s);  // thalweg: likelihood\n}\n");
  const Result decided = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_THAT(decided.out, AllOf(HasSubstr("terms       1 prior, 1 likelihood\n"), HasSubstr("a comment says so"),
                                 Not(HasSubstr("UNDECIDED"))));
  folder.write("a.stan", head + "  m ~ normal(0, 1);  // thalweg: likelyhood\n}\n");
  const Result wrong = run(folder, {"check", "a.stan", "--data", "data.json"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("a.stan:4:34: error: a comment 'thalweg:' says 'prior' or 'likelihood'"),
                               HasSubstr("did you mean 'likelihood'?")));
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
