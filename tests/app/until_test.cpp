// --until and the budgets on the command line: what ends a run, what is said of it, and how it goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string draws_of(const Folder& folder, const std::string& run_file) {
  const Result r = run(folder, {"export", run_file, "--to", "draws.csv", "--overwrite"});
  EXPECT_EQ(r.status, 0) << r.err;
  return folder.read("draws.csv");
}

json stopped(const Folder& folder, const std::string& run_file) {
  return json::parse(run(folder, {"summary", run_file, "--json"}).out).at("stopped");
}

TEST(Until, StopsAtTheFirstLookThatPassesWithTheBitsOfAPlainRun) {
  const Folder folder;
  const std::vector<std::string> command{"sample", "correlated-gaussian:3", "--until", "ess=2500", "--seed", "1"};
  for (const char* threads : {"1", "2"}) {
    auto one = command;
    one.insert(one.end(), {"--out", std::string(threads) + ".run", "--threads", threads});
    const Result r = run(folder, one);
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    EXPECT_THAT(r.out, HasSubstr("--until ess=2500: reached, with "));
    EXPECT_THAT(r.err, HasSubstr("look at 1024 draws: ess=2500: "));
  }
  const json stop = stopped(folder, "1.run");
  EXPECT_EQ(stop.at("by"), "until");
  EXPECT_EQ(stop.at("reached"), true);
  std::int64_t draws = 1024;
  for (const json& look : stop.at("looks")) {
    EXPECT_EQ(look.at("draws"), draws);
    EXPECT_EQ(look.at("holds"), look.at("ess").at("value").get<double>() >= 2500);
    EXPECT_EQ(look.at("holds"), draws == stop.at("draws"));
    draws *= 2;
  }
  EXPECT_GT(stop.at("looks").size(), 1u) << "the first look says nothing of the others";
  run(folder, {"sample", "correlated-gaussian:3", "--draws", stop.at("draws").dump(), "--seed", "1", "--out",
               "plain.run", "--quiet"});
  EXPECT_EQ(draws_of(folder, "1.run"), draws_of(folder, "plain.run"));
  EXPECT_EQ(draws_of(folder, "2.run"), draws_of(folder, "plain.run"));
  EXPECT_EQ(stopped(folder, "2.run"), stop);
  EXPECT_TRUE(stopped(folder, "plain.run").is_null());
}

TEST(Until, GoalsAreRepeatedOrSeparatedByCommas) {
  const Folder folder;
  for (const std::vector<std::string>& goals :
       {std::vector<std::string>{"--until", "ess=400,mcse=0.04"}, {"--until", "mcse=0.04", "--until", "ess=400"}}) {
    std::vector<std::string> command{"sample", "gaussian:2", "--seed", "1", "--out", "a.run", "--overwrite"};
    command.insert(command.end(), goals.begin(), goals.end());
    const Result r = run(folder, command);
    EXPECT_EQ(r.status, 0) << r.err;
    EXPECT_THAT(r.out, HasSubstr("--until ess=400,mcse=0.04: reached, with ess "));
  }
}

TEST(Until, ABudgetThatEndsFirstIsStatus3AndCanBeRaised) {
  const Folder folder;
  const auto command = [](const char* out, const char* gradients, const char* threads) {
    return std::vector<std::string>{"sample",          "correlated-gaussian:3",
                                    "--until",         "ess=8000",
                                    "--max-gradients", gradients,
                                    "--seed",          "1",
                                    "--out",           out,
                                    "--threads",       threads};
  };
  const Result part = run(folder, command("part.run", "2e4", "1"));
  EXPECT_EQ(part.status, 3);
  EXPECT_THAT(part.out, AllOf(HasSubstr("Trusted: "), HasSubstr("NOT REACHED: --until ess=8000: reached "),
                              HasSubstr("gradients, of --max-gradients 20000"),
                              HasSubstr("thalweg resume part.run --max-gradients N goes on")));
  const json stop = stopped(folder, "part.run");
  EXPECT_EQ(stop.at("by"), "max-gradients");
  EXPECT_LE(stop.at("gradients"), 20000);
  EXPECT_EQ(run(folder, {"summary", "part.run"}).status, 3);
  run(folder, command("two.run", "2e4", "2"));
  EXPECT_EQ(draws_of(folder, "two.run"), draws_of(folder, "part.run"));
  EXPECT_EQ(stopped(folder, "two.run"), stop);

  const Result more = run(folder, {"resume", "part.run", "--max-gradients", "1e6"});
  EXPECT_EQ(more.status, 0) << more.out << more.err;
  run(folder, command("whole.run", "1e6", "1"));
  EXPECT_EQ(draws_of(folder, "part.run"), draws_of(folder, "whole.run"));
  EXPECT_EQ(stopped(folder, "part.run"), stopped(folder, "whole.run"));
}

TEST(Until, ABudgetThatWarmUpSpendsLeavesNothingToReport) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:3", "--max-gradients", "100", "--seed", "1", "--out", "a.run"});
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.out, IsEmpty());
  EXPECT_THAT(r.err, HasSubstr("--max-gradients 100 ended the run in its warm-up: there is nothing to report"));
  const Result later = run(folder, {"summary", "a.run"});
  EXPECT_EQ(later.status, 3);
  EXPECT_THAT(later.err, HasSubstr("nothing to report"));
}

TEST(Until, TheClockStopsARunThatGoesOnToTheSameBits) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:3", "--until", "ess=1e12", "--max-time", "1s", "--draws",
                                "100000000", "--warmup", "20", "--thin", "20", "--seed", "1", "--out", "a.run"});
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.out, AllOf(HasSubstr("NOT REACHED"), HasSubstr("of --max-time"),
                           HasSubstr("thalweg resume a.run goes on, for as long again")));
  const json stop = stopped(folder, "a.run");
  EXPECT_EQ(stop.at("by"), "max-time");
  EXPECT_EQ(stop.at("transitions").size(), 32u);
  // The pieces of the clock and its resumption together, up to a number of draws that the run had not reached.
  const std::int64_t more = stop.at("draws").get<std::int64_t>() * 3;
  run(folder, {"resume", "a.run", "--draws", std::to_string(more), "--max-time", "1h"});
  const json end = stopped(folder, "a.run");
  EXPECT_EQ(end.at("by"), "draws");
  run(folder, {"sample", "gaussian:3", "--draws", end.at("draws").dump(), "--warmup", "20", "--thin", "20", "--seed",
               "1", "--out", "plain.run", "--quiet"});
  EXPECT_EQ(draws_of(folder, "a.run"), draws_of(folder, "plain.run"));
}

TEST(Until, AKilledRunGoesOnWithItsRuleToTheSameEnd) {
  const Folder folder;
  const auto command = [](const char* out) {
    return std::vector<std::string>{"sample",   "ill-conditioned-gaussian:20",
                                    "--until",  "ess=3000",
                                    "--warmup", "50",
                                    "--thin",   "500",
                                    "--seed",   "9",
                                    "--quiet",  "--out",
                                    out};
  };
  Process part(folder, command("part.run"));
  while (part.running() && run(folder, {"summary", "part.run", "--parameters", "lp"}).status == 1)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(part.running()) << "the run was over before it could be killed: make it longer";
  part.send(SIGKILL);
  part.wait();
  EXPECT_THAT(run(folder, {"summary", "part.run", "--parameters", "lp"}).err, HasSubstr("thalweg resume part.run"));
  const Result resumed = run(folder, {"resume", "part.run", "--quiet"}), whole = run(folder, command("whole.run"));
  EXPECT_EQ(resumed.status, whole.status) << resumed.err;
  EXPECT_EQ(draws_of(folder, "part.run"), draws_of(folder, "whole.run"));
  EXPECT_EQ(stopped(folder, "part.run"), stopped(folder, "whole.run"));
}

TEST(Until, AFinishedRunSaysSoAndAPlainOneCanBeGivenARule) {
  const Folder folder;
  run(folder, {"sample", "correlated-gaussian:3", "--seed", "1", "--out", "a.run", "--quiet"});
  Result r = run(folder, {"resume", "a.run", "--until", "ess=5000"});
  EXPECT_EQ(r.status, 0) << r.err;
  EXPECT_THAT(r.err, HasSubstr("look at 4000 draws"));
  r = run(folder, {"resume", "a.run"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.err, HasSubstr("a.run is finished"));
  const std::int64_t have = stopped(folder, "a.run").at("draws");
  EXPECT_EQ(have % 4000, 0);
  EXPECT_EQ(run(folder, {"resume", "a.run", "--draws", "64000"}).status, 0);
  EXPECT_TRUE(stopped(folder, "a.run").is_null()) << "a plain number of draws again";
}

TEST(Until, WhatCanNeverBeReachedEndsTheRun) {
  const Folder folder;
  folder.write("a.stan",
               "parameters { real x; } model { x ~ std_normal(); } generated quantities { real y = sqrt(x); }");
  const Result r = run(folder, {"sample", "a.stan", "--until", "ess=400", "--seed", "1"});
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.out, HasSubstr("--until ess=400 cannot be reached: y is NaN in some draws"));
}

TEST(Until, RefusesWhatMakesNoSenseAndLeavesNothing) {
  const Folder folder;
  const struct {
    std::vector<std::string> options;
    const char* says;
  } cases[] = {
      {{"--until", "ess=-1"}, "--until: ess must be > 0; found -1"},
      {{"--until", "ess"}, "--until: ess must be > 0; found nothing"},
      {{"--until", "nested-rhat=1"}, "--until: nested-rhat must be > 1; found 1"},
      {{"--until", "esss=400"}, "--until: there is no esss; did you mean ess?"},
      {{"--until", "accuracy=1"}, "it takes ess=N, mcse=X and nested-rhat=X"},
      {{"--until", "ess=400,ess=500"}, "--until: ess is given twice"},
      {{"--until", "nested-rhat=1.01", "--chains", "4"}, "nested R-hat needs more than 8 chains"},
      {{"--until", "ess=400", "--draws", "500"}, "--draws 500: is less than the 1000 of the first look"},
      {{"--min-draws", "100"}, "--min-draws: is where the looks of --until begin"},
      {{"--until", "ess=400", "--method", "ula", "--temperature", "0", "--step-size", "0.1"}, "at temperature 0"},
      {{"--max-gradients", "0"}, "--max-gradients: must be an integer of at least 1, as 1000000 or 1e6; found 0"},
      {{"--max-gradients", "1.5"}, "--max-gradients: must be an integer"},
      {{"--max-time", "0"}, "--max-time: must be a time > 0, as 90, 90s, 10m or 2h; found 0"},
      {{"--max-time", "10d"}, "--max-time: must be a time > 0, as 90, 90s, 10m or 2h; found 10d"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> command{"sample", "gaussian"};
    command.insert(command.end(), c.options.begin(), c.options.end());
    const Result r = run(folder, command);
    EXPECT_EQ(r.status, 2) << c.says << r.err;
    EXPECT_THAT(r.err, HasSubstr(c.says));
  }
  EXPECT_THAT(folder.files(), ElementsAre());
}

TEST(Until, SaysThatTheVerdictAsksForMore) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:2", "--until", "ess=100", "--min-draws", "200", "--seed", "1"});
  EXPECT_THAT(r.err, HasSubstr("note: --until asks for less than the verdict does, an ESS of 400"));
  EXPECT_THAT(r.out, HasSubstr("--until ess=100: reached"));
}

}  // namespace
}  // namespace thalweg::app_test
