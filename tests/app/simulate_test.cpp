// simulate on the command line: laws in closed form, the three calculi, what is refused, pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

nlohmann::json facts_of(const Folder& folder, const std::string& run_file) {
  return nlohmann::json::parse(run(folder, {"summary", run_file, "--json"}).out);
}
/// |value − truth| within five standard errors, the estimated bias aside.
void expect_near(const nlohmann::json& estimate, double truth) {
  const double error = std::hypot(estimate.at("standard_error").get<double>(), estimate.at("bias_error").get<double>());
  EXPECT_LT(std::abs(estimate.at("value").get<double>() - estimate.at("bias").get<double>() - truth), 5 * error)
      << estimate;
  EXPECT_GT(error, 0);
}

TEST(Simulate, GivesTheLawOfAnOrnsteinUhlenbeckProcess) {
  const Folder folder;
  const Result r =
      run(folder, {"simulate", "ou", "--set", "kappa=2", "--set", "sigma=0.5", "--set", "x0=1", "--end-time", "1.5",
                   "--times", "0.5", "--paths", "20000", "--seed", "1", "--out", "x.run"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("20000 paths of ou, scheme sra1 (ito)"), HasSubstr("Trusted: 20000 paths")));
  const auto facts = facts_of(folder, "x.run");
  ASSERT_EQ(facts.at("observations").size(), 2);
  for (const auto& o : facts.at("observations")) {
    const double t = o.at("time");
    expect_near(o.at("coordinates")[0].at("mean"), std::exp(-2 * t));
    expect_near(o.at("coordinates")[0].at("variance"), 0.0625 * (1 - std::exp(-4 * t)));
  }
}

constexpr const char* geometric = R"(functions {
  vector drift(real t, vector x, real mu) { return mu * x; }
  vector diffusion(real t, vector x, real sigma) { return sigma * x; }
}
data { real mu; real sigma; }
)";

// E x_t = x₀ exp((μ + ασ²) t), α = 0, ½, 1.
TEST(Simulate, TellsTheThreeCalculiOfAStanFileApart) {
  const Folder folder;
  folder.write("gbm.stan", geometric);
  folder.write("d.json", R"({"mu": 0.3, "sigma": 0.5})");
  double alpha = 0;
  for (const char* calculus : {"ito", "stratonovich", "isothermal"}) {
    const Result r =
        run(folder, {"simulate", "gbm.stan", "--data", "d.json", "--calculus", calculus, "--end-time", "1", "--initial",
                     "2", "--paths", "40000", "--seed", "2", "--out", "x.run", "--overwrite"});
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    expect_near(facts_of(folder, "x.run").at("observations")[0].at("coordinates")[0].at("mean"),
                2 * std::exp(0.3 + alpha * 0.25));
    alpha += 0.5;
  }
  const Result none = run(folder, {"simulate", "gbm.stan", "--data", "d.json", "--end-time", "1", "--initial", "2"});
  EXPECT_NE(none.status, 0);
  EXPECT_THAT(none.err,
              AllOf(HasSubstr("calculus"), HasSubstr("ito"), HasSubstr("stratonovich"), HasSubstr("isothermal")));
}

// P(max W > 1 before 1) = erfc(1/√2).
TEST(Simulate, FindsFirstPassagesBetweenSteps) {
  const Folder folder;
  const Result r = run(folder, {"simulate", "brownian", "--end-time", "1", "--step", "0.0625", "--paths", "40000",
                                "--seed", "3", "--first-passage", "x[1] > 1", "--out", "x.run"});
  EXPECT_THAT(r.out, HasSubstr("first passage: probability 0.31"));
  const auto p = facts_of(folder, "x.run").at("first_passage").at("probability");
  EXPECT_NEAR(p.at("value"), std::erfc(std::sqrt(0.5)), 4 * p.at("standard_error").get<double>());
  const struct {
    const char *event, *says;
  } wrong[] = {{"x[1] >", "column 7: expected a number or a coordinate; found the end"},
               {"x[2] > 1", "column 1: expected a number or a coordinate; found 'x[2] > 1'"},
               {"x[1] = 1", "column 6: expected '<' or '>'; found '= 1'"},
               {"1 > 2", "expected a coordinate on one side"},
               {"x[1] * x[1] > 1", "column 8: expected a sum of coordinates with factors"}};
  for (const auto& w : wrong) {
    const Result bad = run(folder, {"simulate", "brownian", "--end-time", "1", "--first-passage", w.event});
    EXPECT_EQ(bad.status, 2) << w.event;
    EXPECT_THAT(bad.err, AllOf(HasSubstr("--first-passage: "), HasSubstr(w.says))) << w.event;
  }
}

TEST(Simulate, SaysWhatIsWrong) {
  const Folder folder;
  folder.write("swap.stan",
               "functions { vector drift(real t, vector x) { return -x; } vector diffusion(real t, vector x) { return "
               "[x[2], x[1]]'; } }");
  folder.write("wild.stan",
               "functions { vector drift(real t, vector x) { return [x[1]^3]'; } vector diffusion(real t, vector x) { "
               "return [1.0]'; } }");
  const auto refused = [&](std::vector<std::string> arguments, int status, const char* why) {
    arguments.insert(arguments.begin(), "simulate");
    const Result r = run(folder, arguments);
    EXPECT_EQ(r.status, status) << why << r.err << r.out;
    EXPECT_THAT(r.err + r.out, HasSubstr(why));
  };
  refused({"orn", "--end-time", "1"}, 1, "neither a file nor a named SDE");
  refused({"doubel-well", "--end-time", "1"}, 1, "did you mean double-well?");
  refused({"none.stan", "--end-time", "1"}, 1, "none.stan: no such file");
  refused({"ou"}, 2, "--end-time");
  refused({"ou", "--end-time", "-1"}, 2, "--end-time");
  refused({"ou", "--end-time", "1", "--set", "kapa=1"}, 1, "has no parameter \"kapa\"");
  refused({"ou", "--end-time", "1", "--set", "kappa"}, 2, "--set kappa: expected NAME=NUMBER");
  refused({"ou", "--end-time", "1", "--initial", "1,2"}, 2, "has 1 coordinates: expected 1 numbers");
  refused({"ou", "--end-time", "1", "--scheme", "milsten"}, 1, "milsten");
  refused({"ou", "--end-time", "1", "--observe", "median"}, 2, "--observe: expected mean");
  refused({"ou", "--end-time", "1", "--times", "0.5,2"}, 2, "times must ascend in (0, 1]; found 2");
  refused({"ou", "--end-time", "1", "--plot", "x.pdf"}, 2, "expected a file that ends in .svg or .png");
  refused({"swap.stan", "--end-time", "1", "--calculus", "ito"}, 2, "has no initial law of its own");
  refused({"swap.stan", "--end-time", "1", "--calculus", "ito", "--initial", "1,1", "--scheme", "milstein"}, 1,
          "euler");
  refused({"wild.stan", "--end-time", "10", "--initial", "2", "--step", "0.05", "--paths", "100", "--seed", "1"}, 3,
          "paths exploded: path ");
}

TEST(Simulate, KeepsPathsThatExportsRead) {
  const Folder folder;
  const Result r = run(folder, {"simulate", "rotating-ou", "--end-time", "1", "--times", "0.25,0.5,0.75", "--paths",
                                "64", "--observe", "mean,paths:3", "--seed", "1", "--out", "x.run"});
  ASSERT_EQ(r.status, 0) << r.err;
  const Result e = run(folder, {"export", "x.run", "--to", "x.csv"});
  EXPECT_EQ(e.status, 0) << e.err;
  const std::string csv = folder.read("x.csv");
  EXPECT_THAT(csv, AllOf(HasSubstr("time"), HasSubstr("x[2]")));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 5) << "three paths at five times, the start among them";
}

TEST(Simulate, MeasuresTheOrderOfSchemes) {
  const Folder folder;
  const Result r = run(folder, {"simulate", "gbm", "--calculus", "ito", "--scheme", "milstein", "--end-time", "1",
                                "--paths", "2048", "--order", "--seed", "1"});
  EXPECT_EQ(r.status, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("order of milstein (ito)"));
  const std::size_t at = r.out.find("slopes: strong ");
  ASSERT_NE(at, r.out.npos);
  EXPECT_NEAR(std::stod(r.out.substr(at + 15)), 1, 0.15) << "log-normal tails: few paths make up the mean square";
}

TEST(Simulate, DrawsPictures) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not installed";
  const Folder folder;
  const Result r = run(folder, {"simulate", "double-well", "--end-time", "4", "--paths", "2000", "--step", "0.05",
                                "--seed", "1", "--plot", "x.svg"});
  EXPECT_EQ(r.status, 0) << r.err << r.out;
  EXPECT_THAT(folder.files(), testing::Contains("x.svg"));
  EXPECT_THAT(folder.read("x.svg"), AllOf(HasSubstr("<svg"), HasSubstr("double-well")));
}

}  // namespace
}  // namespace thalweg::app_test
