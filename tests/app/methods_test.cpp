// The methods of sample on the command line: each draws, and each refuses what it has not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Methods, EachDrawsAndIsTrustedOnAGaussian) {
  const Folder folder;
  for (const char* method : {"nuts", "walnuts", "hmc", "ghmc", "mams", "mclmc", "mala", "ula", "baoab", "obabo"}) {
    const Result r =
        run(folder, {"sample", "gaussian:4", "--method", method, "--seed", "3", "--out", "x.run", "--overwrite"});
    EXPECT_EQ(r.status, 0) << method << r.out << r.err;
    EXPECT_THAT(r.out, HasSubstr("\nTrusted: "));
  }
}

TEST(Methods, OfOneGradientThinUnlessTold) {
  const Folder folder;
  EXPECT_THAT(run(folder, {"sample", "gaussian:2", "--method", "mala", "--seed", "1"}).err,
              HasSubstr("(every 16th transition)"));
  EXPECT_THAT(run(folder, {"sample", "gaussian:2", "--method", "mala", "--thin", "1", "--seed", "1"}).err,
              Not(HasSubstr("transition)")));
}

TEST(Methods, WithoutATestSayTheirBias) {
  const Folder folder;
  EXPECT_THAT(run(folder, {"sample", "gaussian:4", "--method", "baoab", "--seed", "1"}).out,
              HasSubstr("bias of the steps, squared, about 0.00"));
  EXPECT_THAT(run(folder, {"sample", "gaussian:4", "--method", "ula", "--step-size", "0.8", "--seed", "1"}).out,
              HasSubstr("a smaller --tolerance, or a method with a Metropolis test"));
}

TEST(Tempering, SaysItsLadderAndFailsWhenItDoesNotConnect) {
  const Folder folder;
  const Result fine =
      run(folder, {"sample", "eight-schools", "--method", "tempering", "--seed", "1", "--out", "x.run"});
  EXPECT_EQ(fine.status, 0) << fine.out << fine.err;
  EXPECT_THAT(fine.err, HasSubstr(", of the likelihood under the prior"));
  EXPECT_THAT(fine.out, ContainsRegex("round trips [1-9][0-9]*; Λ = "));
  EXPECT_THAT(run(folder, {"summary", "x.run", "--json"}).out, HasSubstr("\"log_evidence\""));
  const Result apart = run(folder, {"sample", "correlated-gaussian:200", "--method", "tempering", "--rungs", "2",
                                    "--warmup", "60", "--draws", "640", "--seed", "1"});
  EXPECT_EQ(apart.status, 3);
  EXPECT_THAT(apart.out, AllOf(HasSubstr("no place has gone along the ladder of 2 rungs"),
                               HasSubstr("swaps of rungs 1 and 2"), HasSubstr("connect the ladder: more --rungs")));
}

// A half-Cauchy scale and one normal observation: log Z by quadrature. |z| > 4.5 has probability 1e-5 with 64 replicas.
TEST(Tempering, HasTheSameLogZWithAndWithoutTruncationAndNoneWithAnImproperPrior) {
  const Folder folder;
  folder.write("y.json", R"({"y": 1.3})");
  const auto sampled = [&](const std::string& parameter, const std::string& statements, const char* out) {
    folder.write("m.stan", "data { real y; }\nparameters { " + parameter + " }\nmodel { " + statements + " }\n");
    return run(folder, {"sample", "m.stan", "--data", "y.json", "--method", "tempering", "--draws", "16384", "--seed",
                        "2", "--out", out});
  };
  const auto evidence = [&](const std::string& prior, const char* out) {
    const Result r = sampled("real<lower=0> s;", prior + "y ~ normal(0, s);", out);
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    return nlohmann::json::parse(run(folder, {"summary", out, "--json"}).out).at("log_evidence");
  };
  const auto plain = evidence("s ~ cauchy(0, 1); ", "a.run"), cut = evidence("s ~ cauchy(0, 1) T[0, ]; ", "b.run");
  const double truth = -2.468520363449552;
  for (const auto& e : {plain, cut}) {
    EXPECT_LT(std::abs(e.at("value").get<double>() - truth), 4.5 * e.at("error").get<double>());
    EXPECT_LT(e.at("error"), 0.02);
  }
  EXPECT_NEAR(plain.at("value").get<double>(), cut.at("value").get<double>(), 1e-6);
  const Result improper = sampled("real m;", "y ~ normal(m, 1);", "c.run");
  EXPECT_EQ(improper.status, 3);
  const std::string says = "log Z is undefined: the prior of m is improper";
  EXPECT_THAT(improper.out, HasSubstr(says));
  const Result again = run(folder, {"summary", "c.run"});
  EXPECT_EQ(again.status, 3);
  EXPECT_THAT(again.out, HasSubstr(says));
  const Result bounded = sampled("real<lower=0, upper=2> m;", "y ~ normal(m, 1);", "d.run");
  EXPECT_EQ(bounded.status, 0);
  EXPECT_THAT(bounded.err, HasSubstr(", of the likelihood under the prior"));
}

TEST(Temperature, IsSaidAndAtZeroTheRunIsAnAscent) {
  const Folder folder;
  const Result warm = run(folder, {"sample", "gaussian:4", "--temperature", "0.5", "--seed", "1"});
  EXPECT_EQ(warm.status, 0) << warm.out;
  EXPECT_THAT(warm.out, HasSubstr("draws of p^(1/T) at T = 0.5"));
  const Result cold = run(
      folder, {"sample", "gaussian:4", "--method", "ula", "--temperature", "0", "--step-size", "0.1", "--seed", "1"});
  EXPECT_EQ(cold.status, 0) << cold.out;
  EXPECT_THAT(cold.out, HasSubstr("an ascent at temperature 0"));
}

TEST(Methods, RefuseWhatTheyHaveNotAndLeaveNothing) {
  const Folder folder;
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } cases[] = {
      {{"sample", "gaussian", "--temperature", "-1"}, "--temperature: must be >= 0; found -1"},
      {{"sample", "gaussian", "--temperature", "0"},
       "nuts has no limit at temperature 0; take ula, baoab, obabo, sgld or sghmc"},
      {{"sample", "gaussian", "--method", "ula", "--temperature", "0"}, "step size to: it must be given"},
      {{"sample", "gaussian", "--method", "mala", "--length", "2"}, "mala has no length"},
      {{"sample", "gaussian", "--method", "baoab", "--target-accept", "0.9"}, "baoab makes no Metropolis test"},
      {{"sample", "gaussian", "--method", "tempering", "--temperature", "2"}, "tempering has temperatures of its own"},
      {{"sample", "gaussian", "--method", "tempering", "--reference", "prior"}, "does not say which of its terms"},
      {{"sample", "gaussian", "--rungs", "4"}, "nuts has no rungs"},
      {{"sample", "gaussian", "--step-size", "0"}, "--step-size: must be > 0; found 0"},
      {{"sample", "gaussian:1", "--method", "mclmc"}, "dimension must be >= 2"},
  };
  for (const auto& c : cases) {
    const Result r = run(folder, c.arguments);
    EXPECT_EQ(r.status, 2) << c.says << r.err;
    EXPECT_THAT(r.err, HasSubstr(c.says));
  }
  EXPECT_THAT(folder.files(), ElementsAre());
}

TEST(Methods, AutoTakesWhatAShortRunFindsAndSaysWhy) {
  const Folder folder;
  const Result easy = run(folder, {"sample", "gaussian", "--method", "auto", "--seed", "1", "--draws", "320"});
  EXPECT_THAT(easy.err, HasSubstr("--method auto: nuts, as trajectories of NUTS take"));
  const Result hard = run(folder, {"sample", "rosenbrock:36", "--method", "auto", "--seed", "1", "--draws", "512"});
  EXPECT_THAT(hard.err, HasSubstr("--method auto: laps, as trajectories of NUTS take"));
  EXPECT_THAT(hard.err, HasSubstr("512 chains"));
}

}  // namespace
}  // namespace thalweg::app_test
