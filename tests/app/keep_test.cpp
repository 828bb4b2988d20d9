// --keep on the command line: what is in the file, what the summary says of all draws, and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

nlohmann::json summary_of(const Folder& folder, const std::string& name) {
  return nlohmann::json::parse(run(folder, {"summary", name, "--json"}).out);
}

std::vector<std::string> sample(const std::string& name, std::vector<std::string> more) {
  std::vector<std::string> all{"sample", "correlated-gaussian:6", "--seed", "4", "--out", name};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Keep, SummaryIsThatOfAllDraws) {
  const Folder folder;
  for (const auto& method : {std::vector<std::string>{"--method", "nuts", "--draws", "9600"},
                             {"--method", "laps", "--chains", "512", "--draws", "9728"}}) {
    std::vector<std::string> last = method;
    last.insert(last.end(), {"--keep", "last", "--overwrite"});
    std::vector<std::string> everything = method;
    everything.insert(everything.end(), {"--overwrite"});
    ASSERT_EQ(run(folder, sample("all.run", everything)).status, 0);
    const Result r = run(folder, sample("last.run", last));
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    EXPECT_THAT(r.out, AllOf(HasSubstr("nested R-hat"), HasSubstr("Trusted")));
    const auto all = summary_of(folder, "all.run"), kept = summary_of(folder, "last.run");
    EXPECT_EQ(kept.at("draws_per_chain"), all.at("draws_per_chain"));
    EXPECT_EQ(kept.at("kept_draws_per_chain"), 1);
    for (std::size_t k = 0; k < all.at("quantities").size(); ++k) {
      const auto &a = all.at("quantities")[k], &b = kept.at("quantities")[k];
      EXPECT_EQ(a.at("name"), b.at("name"));
      const double sd = a.at("sd");
      EXPECT_NEAR(a.at("mean").get<double>(), b.at("mean"), 1e-11 * (sd + std::abs(a.at("mean").get<double>())));
      EXPECT_NEAR(sd, b.at("sd"), 1e-10 * sd);
      // a counter is 2 % wide at the centre and 4 % at the 5 % and 95 % quantiles
      for (const char* q : {"q5", "q50", "q95"}) EXPECT_NEAR(a.at(q).get<double>(), b.at(q), 0.045 * sd) << q;
      EXPECT_TRUE(b.at("nested_rhat").is_number());
      EXPECT_TRUE(b.at("ess_bulk").is_number());
    }
    if (method[1] == "nuts") {
      EXPECT_NEAR(all.at("sampler").at("e_bfmi").get<double>(), kept.at("sampler").at("e_bfmi"), 1e-9);
    }
  }
}

TEST(Keep, TheFileDoesNotGrowWithTheDraws) {
  const Folder folder;
  ASSERT_EQ(run(folder, sample("short.run", {"--keep", "last", "--draws", "3200"})).status, 0);
  ASSERT_EQ(run(folder, sample("long.run", {"--keep", "last", "--draws", "64000"})).status, 0);
  EXPECT_LT(std::filesystem::file_size(folder / "long.run"), 2 * std::filesystem::file_size(folder / "short.run"));
}

TEST(Keep, ExportsWhatWasKeptAndSaysSo) {
  const Folder folder;
  ASSERT_EQ(run(folder, sample("a.run", {"--draws", "3200"})).status, 0);
  ASSERT_EQ(run(folder, sample("b.run", {"--draws", "3200", "--keep", "3"})).status, 0);
  EXPECT_THAT(run(folder, {"export", "a.run", "--to", "a.csv"}).err, Not(HasSubstr("kept")));
  const Result r = run(folder, {"export", "b.run", "--to", "b.csv"});
  EXPECT_EQ(r.status, 0) << r.err;
  EXPECT_THAT(r.err, HasSubstr("kept the last 3 of 100 draws of each chain"));
  const auto lines = [&](const std::string& name) {
    std::vector<std::string> all;
    std::istringstream text(folder.read(name));
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  };
  const auto a = lines("a.csv"), b = lines("b.csv");
  ASSERT_EQ(a.size(), 1 + 32 * 100U);
  ASSERT_EQ(b.size(), 1 + 32 * 3U);
  const auto values = [](const std::string& line) { return line.substr(line.find(',', line.find(',') + 1)); };
  for (std::size_t chain = 0; chain < 32; ++chain)
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(values(b[1 + 3 * chain + i]), values(a[1 + 100 * chain + 97 + i]));
}

TEST(Keep, AnExtendedRunIsThatOfOneGo) {
  const Folder folder;
  ASSERT_EQ(run(folder, sample("whole.run", {"--draws", "6400", "--keep", "2"})).status, 0);
  ASSERT_EQ(run(folder, sample("part.run", {"--draws", "3200", "--keep", "2", "--threads", "1"})).status, 0);
  EXPECT_EQ(run(folder, {"resume", "part.run", "--draws", "6400", "--threads", "2"}).status, 0);
  const auto whole = summary_of(folder, "whole.run"), part = summary_of(folder, "part.run");
  EXPECT_EQ(whole.at("quantities"), part.at("quantities"));
  EXPECT_EQ(whole.at("sampler"), part.at("sampler"));
  EXPECT_FALSE(part.at("certificate").is_null()) << "the extended run is audited anew";
}

TEST(Keep, AKilledRunGoesOnToTheSameSummary) {
  const Folder folder;
  const std::vector<std::string> options{"--method", "laps", "--chains", "1000", "--draws", "400000", "--keep", "last"};
  const Result whole = run(folder, sample("whole.run", options));
  Process process(folder, sample("a.run", options));
  for (int k = 0; k < 600 && process.running() && run(folder, {"summary", "a.run", "--parameters", "lp"}).status == 1;
       ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  process.send(SIGKILL);
  process.wait();
  const Result resumed = run(folder, {"resume", "a.run"});
  EXPECT_EQ(resumed.status, whole.status) << resumed.err;
  EXPECT_EQ(summary_of(folder, "whole.run").at("quantities"), summary_of(folder, "a.run").at("quantities"));
}

TEST(Keep, RefusesWhatItCannotDo) {
  const Folder folder;
  for (const char* bad : {"0", "-1", "some", "2.5", "1e3", "9999999999999"}) {
    const Result r = run(folder, sample("a.run", {"--keep", bad}));
    EXPECT_EQ(r.status, 2) << bad;
    EXPECT_THAT(r.err,
                AllOf(HasSubstr("--keep"), HasSubstr("must be all, last, or a number of draws"), HasSubstr(bad)));
  }
  EXPECT_THAT(run(folder, sample("a.run", {"--keep", "last", "--chains", "8"})).err,
              HasSubstr("--keep last: needs at least 16 chains"));
  EXPECT_THAT(run(folder, sample("a.run", {"--keep", "last", "--until", "ess=400"})).err,
              HasSubstr("looks at stored draws, which --keep last leaves out"));
  EXPECT_TRUE(folder.files().empty());
}

}  // namespace
}  // namespace thalweg::app_test
