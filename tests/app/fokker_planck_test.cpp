// fokker-planck on the command line: laws, spectra and backward functions in closed form, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Rows of a table of cells, without its heading.
std::vector<std::vector<double>> rows_of(const Folder& folder, const std::string& name) {
  std::istringstream text(folder.read(name));
  std::vector<std::vector<double>> rows;
  std::string line;
  std::getline(text, line);
  while (std::getline(text, line)) {
    std::istringstream cells(line);
    auto& row = rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(std::stod(cell));
  }
  return rows;
}

TEST(FokkerPlanckCommand, FollowsALawToItsRest) {
  const Folder folder;
  const Result r =
      run(folder, {"fokker-planck", "ou", "--set", "kappa=1", "--set", "sigma=1.4142135623730951", "--grid", "-7:7:280",
                   "--end-time", "0.5", "--initial", "gaussian:1:0.5", "--stationary", "--table", "x.csv"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  double mass = 0, mean = 0, rest = 0;
  for (const auto& row : rows_of(folder, "x.csv")) {
    mass += 0.05 * row[1], mean += 0.05 * row[0] * row[1];
    rest = std::max(rest, std::abs(row[2] - std::exp(-0.5 * row[0] * row[0]) / std::sqrt(2 * M_PI)));
  }
  EXPECT_NEAR(mass, 1, 1e-12);
  EXPECT_NEAR(mean, std::exp(-0.5), 1e-3);
  EXPECT_LT(rest, 1e-3);
}

TEST(FokkerPlanckCommand, PrintsTheSlowestModesOfADoubleWell) {
  const Folder folder;
  const Result r =
      run(folder, {"fokker-planck", "double-well", "--set", "T=0.125", "--grid", "-3:3:1600", "--spectrum", "2"});
  EXPECT_EQ(r.status, 0) << r.err;
  const std::size_t at = r.out.find("\n-");
  ASSERT_NE(at, r.out.npos);
  EXPECT_NEAR(std::stod(r.out.substr(at + 1)) / -0.0568183, 1, 1e-4);
}

// Brownian motion with D = ½ leaves (−1, 1) after 1 − x² on average.
TEST(FokkerPlanckCommand, LooksBackwards) {
  const Folder folder;
  const Result r = run(folder, {"fokker-planck", "brownian", "--grid", "-1:1:200", "--boundary", "absorbing",
                                "--backward", "mfpt", "--table", "x.csv"});
  EXPECT_EQ(r.status, 0) << r.err;
  for (const auto& row : rows_of(folder, "x.csv")) EXPECT_NEAR(row[1], 1 - row[0] * row[0], 1e-3);
  const Result c = run(folder, {"fokker-planck", "brownian", "--grid", "-1:1:200", "--backward",
                                "committor x[1] < -0.5; x[1] > 0.5", "--table", "y.csv"});
  EXPECT_EQ(c.status, 0) << c.err;
  for (const auto& row : rows_of(folder, "y.csv"))
    EXPECT_NEAR(row[1], std::min(std::max(row[0] + 0.5, 0.0), 1.0), 0.02);
}

// The three calculi of dx = σ x dW: the mean grows by ασ².
TEST(FokkerPlanckCommand, TellsCalculiApart) {
  const Folder folder;
  double alpha = 0;
  for (const char* calculus : {"ito", "stratonovich", "isothermal"}) {
    const Result r =
        run(folder, {"fokker-planck", "gbm", "--set", "mu=0", "--set", "sigma=0.3", "--calculus", calculus, "--grid",
                     "0.01:9:1800", "--end-time", "1", "--initial", "gaussian:1:0.05", "--table", "x.csv"});
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    double mean = 0;
    for (const auto& row : rows_of(folder, "x.csv")) mean += (9 - 0.01) / 1800 * row[0] * row[1];
    EXPECT_NEAR(mean, std::exp(alpha * 0.09), 2e-3) << calculus;
    alpha += 0.5;
  }
}

TEST(FokkerPlanckCommand, SaysWhatIsWrong) {
  const Folder folder;
  const auto refused = [&](std::vector<std::string> arguments, int status, const char* why) {
    arguments.insert(arguments.begin(), "fokker-planck");
    const Result r = run(folder, arguments);
    EXPECT_EQ(r.status, status) << why << r.err << r.out;
    EXPECT_THAT(r.err + r.out, HasSubstr(why));
  };
  refused({"ou", "--grid", "-3:3:100"}, 2, "there is nothing to ask");
  refused({"ou", "--grid", "-3:3", "--stationary"}, 2, "expected LOW:HIGH:CELLS");
  refused({"ou", "--grid", "-3:3:10,-3:3:10", "--stationary"}, 2, "the SDE has 1 coordinate: expected as many");
  refused({"ou", "--grid", "-3:3:100", "--boundary", "open", "--stationary"}, 2,
          "expected reflecting, absorbing or periodic");
  refused({"ou", "--grid", "-3:3:100", "--end-time", "1"}, 2, "--initial: expected point:X");
  refused({"ou", "--grid", "-3:3:100", "--end-time", "1", "--initial", "point:9"}, 1, "off the grid");
  refused({"gbm", "--grid", "0:5:100", "--stationary"}, 1, "needs a calculus");
  refused({"ou", "--grid", "-3:3:100", "--backward", "committor x[1]<-1"}, 2, "expected \"committor A; B\"");
  refused({"brownian", "--set", "dimension=4", "--grid", "-3:3:9,-3:3:9,-3:3:9,-3:3:9", "--stationary"}, 2,
          "at most 3 dimensions");
  refused({"brownian", "--grid", "-1:1:50", "--end-time", "1", "--initial", "point:0"}, 3, "extend the grid");
}

TEST(FokkerPlanckCommand, DrawsPictures) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not installed";
  const Folder folder;
  const Result r =
      run(folder, {"fokker-planck", "rotating-ou", "--grid", "-4:4:32,-4:4:32", "--stationary", "--plot", "x.svg"});
  EXPECT_NE(r.status, 1) << r.err;
  EXPECT_THAT(folder.read("x.svg"), AllOf(HasSubstr("<svg"), HasSubstr("probability current")));
}

}  // namespace
}  // namespace thalweg::app_test
