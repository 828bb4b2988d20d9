// What is said about a command line before any work, and with which status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Refused {
  std::vector<std::string> arguments;
  int status;
  std::string says;
};

TEST(CommandLine, RefusesWithAClearMessageAndLeavesNothing) {
  const Refused cases[] = {
      {{"smaple", "gaussian"}, 2, "unknown command smaple; did you mean sample?"},
      {{"sample", "gaussian", "--chain", "4"}, 2, "unknown option --chain; did you mean --chains?"},
      {{"sample", "gaussian", "--targetaccept=0.9"}, 2, "did you mean --target-accept?"},
      {{"sample", "gaussian", "--zzz"}, 2, "unknown option --zzz"},
      {{"sample", "gaussian", "ring"}, 2, "unknown argument ring"},
      {{"sample"}, 2, "MODEL is required"},
      {{"sample", "gaussian", "--chains", "0"}, 2, "--chains: must be an integer from 1 to 10000000; found 0"},
      {{"sample", "gaussian", "--chains", "4.5"}, 2, "found 4.5"},
      {{"sample", "gaussian", "--draws", "-1"}, 2, "--draws: must be an integer"},
      {{"sample", "gaussian", "--draws", "99999999999999999999"}, 2, "--draws: must be an integer"},
      {{"sample", "gaussian", "--warmup", "soon"}, 2, "--warmup: must be an integer from 0"},
      {{"sample", "gaussian", "--thin", "0"}, 2, "--thin: must be an integer from 1"},
      {{"sample", "gaussian", "--threads", "0"}, 2, "--threads: must be an integer from 1"},
      {{"sample", "gaussian", "--seed", "-3"}, 2, "--seed: must be an integer from 0 to 2^64 - 1; found -3"},
      {{"sample", "gaussian", "--max-depth", "25"}, 2, "--max-depth: must be an integer from 1 to 24; found 25"},
      {{"sample", "gaussian", "--target-accept", "1"}, 2, "--target-accept: must be between 0 and 1; found 1"},
      {{"sample", "gaussian", "--target-accept", "nan"}, 2, "--target-accept: must be between 0 and 1; found nan"},
      {{"sample", "gaussian", "--metric", "round"}, 2, "--metric: round not in"},
      {{"sample", "gaussian", "--method", "gibbs"}, 2, "--method: gibbs not in {nuts,"},
      {{"sample", "gaussian", "--init", "-1"}, 2, "--init: a radius must be finite and >= 0; found -1"},
      {{"sample", "gausian"}, 1, "did you mean gaussian?"},
      {{"sample", "zzzzzzzzzz"}, 1, "zzzzzzzzzz: neither a file nor a test density"},
      {{"sample", "gaussian:0"}, 1, "dimension must be an integer"},
      {{"sample", "no/such.stan"}, 1, "no/such.stan: no such file"},
      {{"sample", "gaussian", "--data", "absent.json"}, 1, "absent.json"},
      {{"sample", "gaussian", "--init", "absent.json"}, 1, "absent.json"},
      {{"sample", "gaussian", "--out", "absent/x.run"}, 1, "absent/x.run"},
      {{"resume", "absent.run"}, 1, "absent.run: cannot be opened"},
      {{"summary", "absent.run"}, 1, "absent.run: cannot be opened"},
      {{"export", "absent.run", "--to", "x.csv"}, 1, "absent.run: cannot be opened"},
      {{"export", "absent.run", "--to", "x.dat"}, 2, "--to: x.dat: the name does not tell the format"},
      {{"export", "absent.run"}, 2, "--to is required"},
      {{"compile", "funnel"}, 2, "funnel is a test density"},
      {{"compile", "absent.stan"}, 1, "absent.stan: no such file"},
      {{"compile", "absent.stan", "--widths", "3"}, 2, "--widths: must be powers of two"},
      {{"check", "absent.stan"}, 1, "absent.stan: no such file"},
      {{"sample", "gaussian", "--chains", "4", "--chains", "8"}, 2, "--chains: is given 2 times; expected once"},
      {{"sample", "gaussian", "--chains"}, 2, "--chains: a value is missing"},
      {{"sample", "gaussian", "--quiet=maybe"}, 2, "--quiet = maybe: expected true, false or nothing"},
      {{"sample", ""}, 2, "MODEL: must not be empty"},
      {{"sample", "gaussian", "--data", ""}, 2, "--data: must not be empty"},
      {{"sample", "gaussian", "--out", ""}, 2, "--out: must not be empty"},
      {{"sample", "gaussian", "--init", "1e400"}, 2, "--init: a radius must be finite and >= 0; found 1e400"},
      {{"summary", "absent.run", "--parameters", ""}, 2, "--parameters: must not be empty"},
      {{"export", "absent.run", "--to", ""}, 2, "--to: must not be empty"},
      {{"sample", "gaussian", "--draws", "1000000000000", "--thin", "1000000000"},
       2,
       "draws times thin must be at most"},
      {{}, 2, "Usage"},
  };
  for (const Refused& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.arguments));
    const Folder folder;
    const Result r = run(folder, c.arguments);
    EXPECT_EQ(r.status, c.status) << r.err;
    EXPECT_THAT(r.err, HasSubstr(c.says));
    EXPECT_THAT(r.out, IsEmpty());
    EXPECT_THAT(folder.files(), IsEmpty());
  }
}

TEST(CommandLine, HelpAndVersionGoToStandardOutput) {
  const Folder folder;
  Result r = run(folder, {"--version"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, HasSubstr("thalweg "));
  EXPECT_THAT(r.out, HasSubstr("-ffp-contract=off"));
  EXPECT_THAT(r.out, HasSubstr("instruction set"));
  r = run(folder, {"sample", "--help"});
  EXPECT_EQ(r.status, 0);
  for (const char* option :
       {"--data", "--method", "--chains", "--warmup", "--draws", "--thin", "--seed", "--threads", "--init", "--metric",
        "--target-accept", "--max-depth", "--out", "--overwrite", "--save-warmup", "--quiet"}) {
    EXPECT_THAT(r.out, HasSubstr(option));
  }
}

// A reader that has gone, a full disk or a closed stream must not end a run, nor turn a message into a crash.
TEST(StandardStreams, MayFailWithoutHarm) {
  const Folder folder;
  Result r = Process(folder, {"sample", "gaussian:2", "--seed", "1"}, {.err = "/dev/full"}).wait();
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, HasSubstr("Trusted"));
  EXPECT_EQ(Process(folder, {"sample", "absent.stan"}, {.err = "/dev/full"}).wait().status, 1);
  EXPECT_EQ(Process(folder, {"sample", "--zzz"}, {.err = "/dev/full"}).wait().status, 2);
  r = Process(folder, {"summary", "gaussian-2.run"}, {.out = "/dev/full"}).wait();
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("standard output cannot be written: No space left on device"));
}

TEST(StandardStreams, AClosedPipeHasReadEnough) {
  const Folder folder;
  ASSERT_EQ(run(folder, {"sample", "gaussian:2000", "--draws", "640", "--warmup", "20", "--quiet"}).status, 3);
  const Result r = Process(folder, {"summary", "gaussian-2000.run"}, {.out = Process::broken_pipe}).wait();
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.err, IsEmpty());
}

// The first file that is opened would get the number of a closed stream, and the messages with it.
TEST(StandardStreams, WhenClosedLendTheirNumbersToNoFile) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--seed", "1", "--quiet"});
  EXPECT_EQ(run(folder, {"export", "gaussian-2.run", "--to", "a.csv"}).status, 0);
  const Result r =
      Process(folder, {"export", "gaussian-2.run", "--to", "b.csv"}, {.out = Process::closed, .err = Process::closed})
          .wait();
  EXPECT_EQ(r.status, 1) << "the name of the file could not be told";
  EXPECT_EQ(folder.read("b.csv"), folder.read("a.csv"));
}

// Each of them would make a run of its own: with MPI they are of another one than ours, without it they can't talk.
TEST(Launcher, OfProcessesThatCannotBeOneRunIsRefused) {
  const Folder folder;
  const Result r =
      Process(folder, {"sample", "gaussian:3"}, {.launcher = {"/usr/bin/env", "PMI_SIZE=2", "PMI_RANK=0"}}).wait();
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("error: a launcher has started 2 processes"));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(Methods, ListsMethodsAndTestDensities) {
  const Folder folder;
  Result r = run(folder, {"methods"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.out, HasSubstr("nuts"));
  EXPECT_THAT(r.out, HasSubstr("funnel *"));
  r = run(folder, {"methods", "--json"});
  EXPECT_EQ(r.status, 0);
  const auto json = nlohmann::json::parse(r.out);
  EXPECT_EQ(json.at("methods").at(0).at("name"), "nuts");
  EXPECT_GE(json.at("test_densities").size(), 10u);
}

}  // namespace
}  // namespace thalweg::app_test
