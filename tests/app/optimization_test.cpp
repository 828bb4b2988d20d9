// optimize, laplace, pathfinder, vi and stein: what they write, print and exit with, and what reads their runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

json summary_of(const Folder& folder, const std::string& run_file) {
  const Result r = run(folder, {"summary", run_file, "--json"});
  const json parsed = json::parse(r.out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << r.out << r.err;
  return parsed;
}

json row_of(const json& summary, const std::string& name) {
  for (const json& row : summary.at("quantities"))
    if (row.at("name") == name) return row;
  ADD_FAILURE() << "no quantity " << name;
  return {};
}

/// Everything that a reader or another command may do with a run.
void can_be_read(const Folder& folder, const std::string& run_file) {
  EXPECT_THAT(run(folder, {"export", run_file, "--to", "draws.csv"}).out, HasSubstr("draws.csv"));
  EXPECT_EQ(run(folder, {"export", run_file, "--to", "draws.nc"}).status, 0);
  EXPECT_EQ(run(folder, {"export", run_file, "--to", "draws.npz"}).status, 0);
  EXPECT_EQ(run(folder, {"export", run_file, "--to", "csv/"}).status, 0);
  EXPECT_THAT(run(folder, {"resume", run_file}).err, HasSubstr("nothing to go on with"));
}

TEST(Optimize, FindsThePeakAndSaysWhatItIs) {
  const Folder folder;
  const Result r = run(folder, {"optimize", "rosenbrock:4", "--seed", "1"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("maximum"), HasSubstr("Trusted"), HasSubstr("Run file: rosenbrock-4.run")));
  const json s = summary_of(folder, "rosenbrock-4.run");
  for (int i = 1; i <= 4; ++i)
    EXPECT_NEAR(row_of(s, "x[" + std::to_string(i) + "]").at("values")[0].get<double>(), 1, 1e-7);
  EXPECT_EQ(s.at("census").at("modes"), 1);
  can_be_read(folder, "rosenbrock-4.run");
}

TEST(Optimize, EveryMethodComesToTheSamePeak) {
  const Folder folder;
  for (const std::string method : {"lbfgs", "newton", "adam", "gradient-descent", "annealing"}) {
    const std::string file = method + ".run";
    const Result r = run(folder, {"optimize", "correlated-gaussian:3", "--method", method, "--seed", "2", "--starts",
                                  "8", "--out", file, "--quiet"});
    EXPECT_EQ(r.status, 0) << method << r.out << r.err;
    EXPECT_NEAR(row_of(summary_of(folder, file), "x[1]").at("values")[0].get<double>(), 0, 1e-7) << method;
  }
}

TEST(Optimize, CountsTheModesOfAMixtureAndTheirWeights) {
  const Folder folder;
  run(folder, {"optimize", "mixture:2", "--starts", "200", "--init", "6", "--seed", "1", "--quiet"});
  const json census = summary_of(folder, "mixture-2.run").at("census");
  ASSERT_EQ(census.at("modes"), 2);
  EXPECT_NEAR(census.at("ends")[0].at("weight").get<double>() + census.at("ends")[1].at("weight").get<double>(), 1,
              1e-12);
  double narrow = 1;
  for (const json& end : census.at("ends")) narrow = std::min(narrow, end.at("weight").get<double>());
  EXPECT_NEAR(narrow, 0.25, 0.01) << "Laplace is all but exact for components that are far apart";
}

TEST(Optimize, NamesADirectionWithoutBound) {
  const Folder folder;
  const Result r = run(folder, {"optimize", "eight-schools-centered", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out;
  EXPECT_THAT(r.out, AllOf(HasSubstr("unbounded"), HasSubstr("grows without bound along"), HasSubstr("tau")));
}

TEST(Optimize, NamesARidge) {
  const Folder folder;
  folder.write("ridge.stan", "parameters { real a; real b; } model { a + b ~ normal(1, 1); }");
  const Result r = run(folder, {"optimize", "ridge.stan", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("ridge"), AnyOf(HasSubstr("0.71 a - 0.71 b"), HasSubstr("0.71 b - 0.71 a"))));
}

TEST(Optimize, RecognisesSeparation) {
  const Folder folder;
  folder.write("logit.stan",
               "data { int N; array[N] int<lower=0,upper=1> y; vector[N] x; } parameters { real alpha; real beta; } "
               "model { y ~ bernoulli_logit(alpha + beta * x); }");
  folder.write("d.json", R"({"N": 6, "y": [0, 0, 0, 1, 1, 1], "x": [-3, -2, -1, 1, 2, 3.5]})");
  const Result r = run(folder, {"optimize", "logit.stan", "--data", "d.json", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("at infinity"), HasSubstr("separation"), HasSubstr("beta")));
}

constexpr const char* scale_program =
    "data { int N; vector[N] y; } parameters { real mu; real<lower=0> sigma; } "
    "model { mu ~ normal(0, 10); sigma ~ normal(0, 5); y ~ normal(mu, sigma); }";
constexpr const char* scale_data = R"({"N": 5, "y": [1.1, 2.3, 0.4, 1.9, 2.7]})";

TEST(Optimize, MapHasTheJacobianModeHasItNotAndMleHasNoPrior) {
  const Folder folder;
  folder.write("scale.stan", scale_program);
  folder.write("d.json", scale_data);
  const auto best = [&](const std::string& objective) {
    const Result r = run(folder, {"optimize", "scale.stan", "--data", "d.json", "--objective", objective, "--seed", "1",
                                  "--out", objective + ".run", "--quiet"});
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    const json s = summary_of(folder, objective + ".run");
    return std::pair{row_of(s, "mu").at("values")[0].get<double>(), row_of(s, "sigma").at("values")[0].get<double>()};
  };
  // the likelihood: the sample's mean, and its standard deviation with N
  const double y[] = {1.1, 2.3, 0.4, 1.9, 2.7};
  double mean = 0, squares = 0;
  for (const double v : y) mean += v / 5;
  for (const double v : y) squares += (v - mean) * (v - mean);
  const auto [mle_mu, mle_sigma] = best("mle");
  EXPECT_NEAR(mle_mu, mean, 1e-8);
  EXPECT_NEAR(mle_sigma, std::sqrt(squares / 5), 1e-8);
  // with priors: stationary in (mu, sigma) without the Jacobian, in (mu, log sigma) with it
  const auto slope = [&](double mu, double sigma, double jacobian) {
    double in_mu = -mu / 100, in_sigma = -sigma / 25 + jacobian / sigma;
    for (const double v : y) {
      in_mu += (v - mu) / (sigma * sigma);
      in_sigma += -1 / sigma + (v - mu) * (v - mu) / (sigma * sigma * sigma);
    }
    return std::pair{in_mu, in_sigma};
  };
  for (const auto& [objective, jacobian] : {std::pair{"mode", 0.0}, {"map", 1.0}}) {
    const auto [mu, sigma] = best(objective);
    const auto [in_mu, in_sigma] = slope(mu, sigma, jacobian);
    EXPECT_NEAR(in_mu, 0, 1e-7) << objective;
    EXPECT_NEAR(in_sigma, 0, 1e-7) << objective;
  }
}

TEST(Optimize, MleRefusesWhatTheLikelihoodDoesNotTouch) {
  const Folder folder;
  folder.write("m.stan",
               "data { real y; } parameters { real mu; real tau; } "
               "model { tau ~ normal(0, 1); mu ~ normal(tau, 1); y ~ normal(mu, 1); }");
  folder.write("d.json", R"({"y": 1.5})");
  const Result r = run(folder, {"optimize", "m.stan", "--data", "d.json", "--objective", "mle", "--seed", "1"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, AllOf(HasSubstr("no likelihood term depends on tau"), HasSubstr("--fix-untouched")));
  EXPECT_THAT(folder.files(), Not(testing::Contains("m.run")));
  folder.write("prior.stan", "parameters { real mu; } model { mu ~ normal(0, 1); }");
  const Result none = run(folder, {"optimize", "prior.stan", "--objective", "mle", "--seed", "1"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("no likelihood terms"));
}

TEST(Optimize, SavesThePath) {
  const Folder folder;
  const Result r = run(folder, {"optimize", "banana:2", "--starts", "3", "--seed", "1", "--save-path", "--quiet"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_EQ(run(folder, {"export", "banana-2.run", "--to", "p.npz"}).status, 0);
  EXPECT_EQ(run(folder, {"export", "banana-2.run", "--to", "p/"}).status, 0);
  EXPECT_THAT(folder.read("p/banana-2_1.csv"), HasSubstr("energy__,gradient_norm__"));
}

TEST(Optimize, TheSameSeedGivesTheSameBitsForAnyThreads) {
  const Folder folder;
  for (const std::string threads : {"1", "3"})
    run(folder,
        {"optimize", "eight-schools", "--seed", "5", "--threads", threads, "--out", "t" + threads + ".run", "--quiet"});
  const auto draws = [&](const std::string& file) {
    run(folder, {"export", file, "--to", "d.csv", "--overwrite"});
    return folder.read("d.csv");
  };
  EXPECT_EQ(draws("t1.run"), draws("t3.run"));
}

TEST(Laplace, IsExactForAGaussian) {
  const Folder folder;
  const Result r = run(folder, {"laplace", "correlated-gaussian:3", "--seed", "1", "--draws", "4000"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  const json s = summary_of(folder, "correlated-gaussian-3.run");
  EXPECT_THAT(r.out, HasSubstr("Trusted"));
  EXPECT_LT(std::fabs(s.at("certificate").at("elbo").get<double>() - s.at("log_evidence").get<double>()), 1e-9);
  can_be_read(folder, "correlated-gaussian-3.run");
}

TEST(Laplace, TakesThePeakOfARunAndRefusesOthers) {
  const Folder folder;
  run(folder, {"optimize", "rosenbrock:2", "--seed", "1", "--quiet", "--out", "peak.run"});
  run(folder, {"optimize", "rosenbrock:2", "--objective", "mode", "--seed", "1", "--quiet", "--out", "mode.run"});
  run(folder, {"optimize", "gaussian:2", "--seed", "1", "--quiet", "--out", "other.run"});
  EXPECT_THAT(run(folder, {"laplace", "rosenbrock:2", "--at", "peak.run", "--seed", "1"}).out,
              HasSubstr("Laplace: log density"));
  const auto refused = [&](const std::string& at, const std::string& words) {
    const Result r = run(folder, {"laplace", "rosenbrock:2", "--at", at, "--seed", "1"});
    EXPECT_EQ(r.status, 1) << r.out;
    EXPECT_THAT(r.err, HasSubstr(words));
  };
  refused("mode.run", "objective mode");
  refused("other.run", "another program");
  refused("absent.run", "absent.run");
}

TEST(Laplace, RefusesAFlatDirectionByName) {
  const Folder folder;
  folder.write("ridge.stan", "parameters { real a; real b; } model { a + b ~ normal(1, 1); }");
  const Result r = run(folder, {"laplace", "ridge.stan", "--seed", "1"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, AllOf(HasSubstr("flat along"), AnyOf(HasSubstr("0.71 a - 0.71 b"), HasSubstr("0.71 b - 0.71 a"))));
  EXPECT_THAT(folder.files(), ElementsAre("ridge.stan"));
}

TEST(Approximations, OfOneModeOfTwoAreToldByTheCensus) {
  const Folder folder;
  const Result r = run(folder, {"laplace", "mixture:2", "--seed", "1", "--census", "200"});
  // q sits on the wide mode, and k-hat cannot see the other
  EXPECT_EQ(r.status, 3) << r.out;
  EXPECT_THAT(r.out, HasSubstr("misses 1 mode"));
}

TEST(Pathfinder, GivesDrawsThatAreTrustedOnARegression) {
  const Folder folder;
  folder.write("scale.stan", scale_program);
  folder.write("d.json", scale_data);
  const Result r = run(folder, {"pathfinder", "scale.stan", "--data", "d.json", "--seed", "1"});
  EXPECT_NE(r.status, 1) << r.err;
  const json s = summary_of(folder, "scale.run");
  EXPECT_EQ(s.at("paths").size(), 16u);
  EXPECT_TRUE(s.at("certificate").at("k_hat").is_number());
  can_be_read(folder, "scale.run");
}

TEST(Vi, FullRankIsExactForAGaussianAndMeanFieldIsNot) {
  const Folder folder;
  EXPECT_EQ(
      run(folder, {"vi", "correlated-gaussian:5", "--family", "full-rank", "--seed", "1", "--out", "full.run"}).status,
      0);
  const Result r = run(folder, {"vi", "correlated-gaussian:5", "--seed", "1", "--out", "mean.run"});
  EXPECT_EQ(r.status, 3) << r.out;
  EXPECT_THAT(r.out, AllOf(HasSubstr("k-hat"), HasSubstr("NOT TO BE TRUSTED")));
  const json s = summary_of(folder, "mean.run");
  EXPECT_LT(s.at("unconstrained")[0].at("sd").get<double>(),
            s.at("unconstrained")[0].at("linear_response_sd").get<double>());
  can_be_read(folder, "mean.run");
}

TEST(Vi, FullRankWithFewFixedDrawsIsRefused) {
  const Folder folder;
  const Result r = run(folder, {"vi", "gaussian:20", "--family", "full-rank", "--fixed-draws", "15", "--seed", "1"});
  EXPECT_NE(r.status, 0);
  EXPECT_THAT(r.err, HasSubstr("15"));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(Vi, ResamplesAndMovesDrawsWhenAsked) {
  const Folder folder;
  for (const std::string how : {"resample", "chains"}) {
    const Result r =
        run(folder, {"vi", "correlated-gaussian:2", "--correct", how, "--seed", "1", "--out", how + ".run"});
    EXPECT_NE(r.status, 1) << r.err;
    const json s = summary_of(folder, how + ".run");
    EXPECT_EQ(s.at("correction").at("kind"), how);
  }
}

TEST(Stein, SaysThatItsVarianceCollapses) {
  const Folder folder;
  const Result r = run(folder, {"stein", "gaussian:50", "--particles", "40", "--seed", "1"});
  EXPECT_EQ(r.status, 3) << r.out << r.err;
  EXPECT_THAT(r.out, HasSubstr("variance"));
  can_be_read(folder, "gaussian-50.run");
}

TEST(SampleInit, StartsFromEveryKindOfRun) {
  const Folder folder;
  const std::string model = "correlated-gaussian:6";
  run(folder, {"optimize", model, "--seed", "1", "--quiet", "--out", "optimize.run"});
  run(folder, {"laplace", model, "--seed", "1", "--quiet", "--out", "laplace.run"});
  run(folder, {"pathfinder", model, "--seed", "1", "--quiet", "--out", "pathfinder.run"});
  run(folder, {"vi", model, "--seed", "1", "--quiet", "--out", "vi.run"});
  run(folder, {"stein", model, "--seed", "1", "--quiet", "--out", "stein.run"});
  for (const std::string kind : {"optimize", "laplace", "pathfinder", "vi", "stein"}) {
    const Result r = run(folder, {"sample", model, "--init", kind + ".run", "--seed", "1", "--out", kind + "-s.run"});
    EXPECT_EQ(r.status, 0) << kind << r.out << r.err;
    EXPECT_THAT(r.err, HasSubstr("of " + kind + ".run" + (kind == "stein" ? "" : ", with its")));
  }
  const Result other = run(folder, {"sample", "eight-schools", "--init", "vi.run", "--seed", "1"});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, HasSubstr("without the parameter theta_trans"));
}

}  // namespace
}  // namespace thalweg::app_test
