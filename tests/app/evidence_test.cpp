// log Z of Stan programs on the command line: smc and ais against closed forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Evidence {
  double value, error;
};
/// log Z of a program with --data y.json in the folder, which must be trusted.
Evidence evidence_of(const Folder& folder, const std::string& program, const std::vector<std::string>& more) {
  folder.write("m.stan", program);
  std::vector<std::string> arguments{"sample",   "m.stan", "--data", "y.json", "--seed",     "2",
                                     "--chains", "4096",   "--out",  "x.run",  "--overwrite"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Result r = run(folder, arguments);
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.out, HasSubstr("log Z = "));
  const auto json = nlohmann::json::parse(run(folder, {"summary", "x.run", "--json"}).out);
  return {json.at("log_evidence").at("value"), json.at("log_evidence").at("error")};
}
/// |z| > 5 has probability 2e-5 for the 31 degrees of freedom of an error.
void expect_near(const Evidence& e, double truth) {
  EXPECT_LT(std::abs(e.value - truth), 5 * e.error);
  EXPECT_LT(e.error, 0.06);
  EXPECT_GT(e.error, 1e-4);
}

// μ ~ N(0, 2), three observations ~ N(μ, 1).
TEST(Evidence, IsThatOfAConjugateNormalInEveryFormOfTheProgram) {
  const Folder folder;
  folder.write("y.json", R"({"y": [1.2, 0.4, -0.3]})");
  const std::string head = "data { array[3] real y; } parameters { real mu; } model { ";
  const std::vector<std::string> forms{"mu ~ normal(0, 2); y ~ normal(mu, 1); }",
                                       "target += normal_lpdf(mu | 0, 2); target += normal_lpdf(y | mu, 1); }",
                                       "target += normal_lupdf(mu | 0, 2); target += normal_lupdf(y | mu, 1); }"};
  std::vector<double> values;
  for (const std::string& form : forms) {
    const Evidence e = evidence_of(folder, head + form, {"--method", "smc"});
    expect_near(e, -4.624290278344787);
    values.push_back(e.value);
  }
  EXPECT_NEAR(values[1], values[0], 1e-6);
  EXPECT_NEAR(values[2], values[0], 1e-6);
  expect_near(evidence_of(folder, head + forms[0], {"--method", "ais"}), -4.624290278344787);
}
// 7 of 10 with θ ~ beta(2, 3), and with θ uniform, of which the program says nothing: 1/11.
TEST(Evidence, IsThatOfABetaBinomial) {
  const Folder folder;
  folder.write("y.json", R"({"y": 7})");
  const std::string head = "data { int y; } parameters { real<lower=0, upper=1> theta; } model { ";
  expect_near(evidence_of(folder, head + "theta ~ beta(2, 3); y ~ binomial(10, theta); }", {"--method", "smc"}),
              -2.526728144641342);
  expect_near(evidence_of(folder, head + "y ~ binomial(10, theta); }", {"--method", "smc"}), -2.3978952727983707);
}
// ∫ 2/(π(1 + s²)) N(1.3; 0, s) ds, by quadrature.
TEST(Evidence, OfAHalfCauchyScaleIsTheSameWithAndWithoutTruncation) {
  const Folder folder;
  folder.write("y.json", R"({"y": 1.3})");
  const auto of = [&](const char* prior) {
    return evidence_of(
        folder,
        "data { real y; } parameters { real<lower=0> s; } model { " + std::string(prior) + " y ~ normal(0, s); }",
        {"--method", "smc"});
  };
  const Evidence plain = of("s ~ cauchy(0, 1);"), cut = of("s ~ cauchy(0, 1) T[0, ];");
  expect_near(plain, -2.468520363449552);
  expect_near(cut, -2.468520363449552);
  EXPECT_NEAR(plain.value, cut.value, 1e-6);
}

TEST(Evidence, IsUndefinedWithAnImproperPriorAndThenOfTheWholeDensityFromAGaussian) {
  const Folder folder;
  folder.write("y.json", R"({"y": [1.2, 0.4, -0.3]})");
  folder.write("m.stan", "data { array[3] real y; } parameters { real mu; } model { y ~ normal(mu, 1); }");
  for (const char* method : {"smc", "ais"}) {
    const Result r =
        run(folder, {"sample", "m.stan", "--data", "y.json", "--method", method, "--seed", "1", "--out", "no.run"});
    EXPECT_EQ(r.status, 3);
    EXPECT_THAT(r.err, AllOf(HasSubstr("log Z is undefined: the prior of mu is improper: flat on (-inf, inf)"),
                             HasSubstr("--reference laplace")));
  }
  EXPECT_THAT(folder.files(), Not(testing::Contains("no.run")));
  const Result r = run(folder, {"sample", "m.stan", "--data", "y.json", "--method", "smc", "--reference", "laplace",
                                "--seed", "1", "--out", "x.run"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.err, HasSubstr("reference: a Gaussian over the peak, twice as wide as Laplace's"));
  EXPECT_THAT(r.out, HasSubstr("the integral of the whole density"));
  const auto json = nlohmann::json::parse(run(folder, {"summary", "x.run", "--json"}).out);
  expect_near({json.at("log_evidence").at("value"), json.at("log_evidence").at("error")}, -2.950516544076734);
  EXPECT_TRUE(json.at("path").at("gaussian").get<bool>());
}
// A second mode, 4 sd away and narrower, of weight ¼: 5 log 2π.
TEST(Evidence, FromAGaussianSeesAModeBesideThePeak) {
  const Folder folder;
  run(folder, {"sample", "mixture:10", "--method", "smc", "--reference", "laplace", "--chains", "4096", "--seed", "1",
               "--out", "x.run"});
  const auto json = nlohmann::json::parse(run(folder, {"summary", "x.run", "--json"}).out);
  expect_near({json.at("log_evidence").at("value"), json.at("log_evidence").at("error")}, 9.189385332046727);
}
// Weights ¾ and ¼, 20 sd apart in 10 dimensions, without a prior: the Gaussian covers both modes, so that the second
// has its weight, and the whole integrates to 1.
TEST(Evidence, PathsFromAGaussianOverAllModesGetTheirWeightsRight) {
  const Folder folder;
  for (const std::vector<std::string> options : {std::vector<std::string>{"--method", "tempering", "--draws", "40000"},
                                                 std::vector<std::string>{"--method", "smc", "--reference", "laplace",
                                                                          "--chains", "4096", "--draws", "16384"}}) {
    std::vector<std::string> arguments{
        "sample", THALWEG_SOURCE "/examples/failures/far_mixture.stan", "--seed", "1", "--out", "x.run", "--overwrite"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Result r = run(folder, arguments);
    EXPECT_THAT(r.err, HasSubstr("reference: a Gaussian over 2 modes")) << r.err;
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    const auto json = nlohmann::json::parse(run(folder, {"summary", "x.run", "--json"}).out);
    expect_near({json.at("log_evidence").at("value"), json.at("log_evidence").at("error")}, 0);
    const auto& x = json.at("quantities").at(1);
    const double mcse = x.at("mcse_mean");
    EXPECT_NEAR(x.at("mean").get<double>(), 0.25 * 20 / std::sqrt(10.0), 4 * mcse) << options[1];
    EXPECT_LT(mcse, 0.2) << options[1];
  }
}
TEST(Evidence, IsUnknownWhereThePriorCannotBeSampled) {
  const Folder folder;
  folder.write("y.json", R"({"y": [1.2]})");
  folder.write("m.stan",
               "data { array[1] real y; } parameters { real v; vector[9] x; } "
               "model { v ~ normal(0, 30); x ~ normal(0, exp(v)); y ~ normal(x[1], 1); }");
  const Result r = run(folder, {"sample", "m.stan", "--data", "y.json", "--method", "smc", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out << r.err;
  EXPECT_THAT(r.err, AllOf(HasSubstr("log Z is unknown: the prior of model m cannot be sampled: "),
                           HasSubstr("try --reference laplace")));
  EXPECT_THAT(folder.files(), Not(testing::Contains("m.run")));
}
TEST(Evidence, NamesTheTermThatNobodyKnowsToBePriorOrLikelihood) {
  const Folder folder;
  folder.write("m.stan", "parameters { real a; real b; } model { a ~ normal(0, 1); target += -square(a * b); }");
  const Result r = run(folder, {"sample", "m.stan", "--method", "smc", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out << r.err;
  EXPECT_THAT(r.err, HasSubstr("log Z is undefined: "));
}
TEST(Evidence, OfTooFewParticlesIsNotTrusted) {
  const Folder folder;
  const Result r =
      run(folder, {"sample", "eight-schools", "--method", "ais", "--chains", "64", "--draws", "6400", "--seed", "1"});
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.out, HasSubstr("of 64 particles effective"));
}

}  // namespace
}  // namespace thalweg::app_test
