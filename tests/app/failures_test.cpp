// examples/failures on the command line: each is sampled, and what is wrong with it is said and ends with status 3; and
// what sample, summary and resume make of certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

nlohmann::json summary_of(const Folder& folder, const std::string& run_file) {
  return nlohmann::json::parse(run(folder, {"summary", run_file, "--json"}).out);
}

TEST(Failures, AreSaid) {
  const struct {
    const char* name;
    std::vector<std::string> options;
    int status;
    const char* says;
  } cases[] = {
      {"funnel", {}, 3, "E-BFMI is"},
      {"banana", {}, 3, "bulk ESS of x is"},
      {"far_mixture", {}, 3, "the draws do not reach a mode of weight 0.25 (by Laplace) at x["},
      {"far_mixture", {"--init", "10", "--starts", "0"}, 3, "the chains do not agree"},  // both modes are started in
      {"ring", {}, 0, "find 0 modes, 1 ridge"},
      {"cauchy", {}, 3, "tail ESS of x["},
      {"boundary", {}, 3, "log p ends in a wall near draws of x"},
      {"improper", {"--data", THALWEG_SOURCE "/examples/failures/improper.data.json"}, 3, "log p rises without end"},
  };
  const Folder folder;
  for (const auto& c : cases) {
    std::vector<std::string> arguments{
        "sample",     THALWEG_SOURCE "/examples/failures/" + std::string(c.name) + ".stan",
        "--seed",     "1",
        "--out",      "x.run",
        "--overwrite"};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const Result r = run(folder, arguments);
    EXPECT_EQ(r.status, c.status) << c.name << r.err;
    EXPECT_THAT(r.out, HasSubstr(c.says)) << c.name;
  }
}

TEST(Certificate, IsKeptAndShownBySummaryAndResume) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:3", "--seed", "1", "--out", "x.run"});
  EXPECT_THAT(r.out, AllOf(HasSubstr("12 score identities, largest |z| "), HasSubstr("gradient compared at 32 draws"),
                           HasSubstr("each within ±2, ±10, 10 and 40 sds of the draws) find 1 mode, reached")));
  const std::string verdict = r.out.substr(r.out.find("Trusted:"), r.out.find("Run file") - r.out.find("Trusted:"));
  EXPECT_THAT(run(folder, {"summary", "x.run"}).out, HasSubstr(verdict));
  EXPECT_THAT(run(folder, {"resume", "x.run"}).out, HasSubstr(verdict));
  const auto certificate = summary_of(folder, "x.run").at("certificate");
  EXPECT_EQ(certificate.at("identities").at("tested"), 12);
  EXPECT_EQ(certificate.at("slopes").at("failed"), 0);
  EXPECT_EQ(certificate.at("census").at("modes"), 1);
  EXPECT_EQ(certificate.at("draws_per_chain"), 125);
}

TEST(Certificate, IsTheSameForAnyThreads) {
  const Folder folder;
  run(folder, {"sample", "eight-schools", "--seed", "3", "--threads", "1", "--out", "a.run"});
  run(folder, {"sample", "eight-schools", "--seed", "3", "--threads", "3", "--out", "b.run"});
  EXPECT_EQ(summary_of(folder, "a.run").at("certificate"), summary_of(folder, "b.run").at("certificate"));
}

TEST(Certificate, OfARunThatIsExtendedIsMadeAgain) {
  const Folder folder;
  run(folder, {"sample", "gaussian:3", "--seed", "1", "--out", "x.run"});
  EXPECT_EQ(run(folder, {"resume", "x.run", "--draws", "6400"}).status, 0);
  EXPECT_EQ(summary_of(folder, "x.run").at("certificate").at("draws_per_chain"), 200);
}

TEST(Certificate, TheCensusIsLeftOutOnRequestAndAtOtherTemperatures) {
  const Folder folder;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--starts", "0"}, std::vector<std::string>{"--temperature", "2"}}) {
    std::vector<std::string> arguments{"sample", "gaussian:3", "--seed", "1", "--out", "x.run", "--overwrite"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Result r = run(folder, arguments);
    EXPECT_EQ(r.status, 0) << r.out;
    EXPECT_THAT(r.out, AllOf(HasSubstr("12 score identities"), Not(HasSubstr("starts ("))));
    EXPECT_TRUE(summary_of(folder, "x.run").at("certificate").at("census").is_null());
  }
  const Result r = run(folder, {"sample", "gaussian:3", "--seed", "1", "--starts", "50", "--out", "y.run"});
  EXPECT_THAT(r.out, HasSubstr("50 starts (12 or 13 each within"));
  EXPECT_EQ(run(folder, {"sample", "gaussian:3", "--starts", "-1"}).status, 2);
}

}  // namespace
}  // namespace thalweg::app_test
