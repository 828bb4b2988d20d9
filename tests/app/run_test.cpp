// sample, resume, summary, export and check on test densities: what they write, print and exit with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The draws as one text: what two runs must share to have the same bits.
std::string draws_of(const Folder& folder, const std::string& run_file) {
  const Result r = run(folder, {"export", run_file, "--to", "draws.csv", "--overwrite"});
  EXPECT_EQ(r.status, 0) << r.err;
  return contents(folder / "draws.csv");
}

TEST(Sample, PrintsTableVerdictAndRunFile) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:3", "--seed", "1"});
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_THAT(r.out, AllOf(HasSubstr("nested R-hat"), HasSubstr("split R-hat"), HasSubstr("x[3]"),
                           HasSubstr("\nTrusted: "), HasSubstr("Run file: gaussian-3.run")));
  EXPECT_THAT(r.err, AllOf(HasSubstr("gaussian:3: 3 parameters, 32 chains, 4000 draws, seed 1"), HasSubstr("sampling:"),
                           HasSubstr("gradients")));
  EXPECT_THAT(r.err, Not(HasSubstr("\033"))) << "no terminal, no control characters";
  EXPECT_THAT(folder.files(), ElementsAre("gaussian-3.run"));
}

TEST(Sample, QuietSaysNothingButTheSummary) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:2", "--draws", "3999", "--quiet", "--seed", "1"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.err, IsEmpty());
  EXPECT_THAT(r.out, HasSubstr("Trusted"));
}

TEST(Sample, FewChainsAreJudgedByTheSplitForm) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:2", "--chains", "4", "--warmup", "300", "--seed", "1"});
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_THAT(r.out, AllOf(HasSubstr("R-hat"), Not(HasSubstr("nested"))));
}

TEST(Sample, AnswersThatCannotBeTrustedEndWithStatus3AndAdvice) {
  const Folder folder;
  const Result r = run(folder, {"sample", "funnel", "--seed", "1"});
  EXPECT_EQ(r.status, 3);
  EXPECT_THAT(r.out, AllOf(HasSubstr("NOT TO BE TRUSTED"), HasSubstr("failed: "), HasSubstr("What to try")));
  EXPECT_EQ(run(folder, {"summary", "funnel.run"}).status, 3);
}

TEST(Sample, ASingleDrawIsNotTrusted) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:2", "--draws", "1", "--chains", "1", "--warmup", "5", "--quiet"});
  EXPECT_EQ(r.status, 3) << r.out;
  EXPECT_THAT(r.out, HasSubstr("failed: x[1]: fewer than 4 draws a chain"));
}

TEST(Sample, RoundsDrawsUpWithANote) {
  const Folder folder;
  const Result r = run(folder, {"sample", "gaussian:2", "--draws", "4001", "--seed", "1"});
  EXPECT_THAT(r.err, HasSubstr("note: --draws 4001 is rounded up to 4032, a multiple of the 32 chains"));
  const auto json = nlohmann::json::parse(run(folder, {"summary", "gaussian-2.run", "--json"}).out);
  EXPECT_EQ(json.at("draws_per_chain"), 126);
}

TEST(Sample, NamesRunFilesByTheFirstFreeName) {
  const Folder folder;
  for (int k = 0; k < 3; ++k) run(folder, {"sample", "ring", "--draws", "320", "--quiet"});
  EXPECT_THAT(folder.files(), ElementsAre("ring-2.run", "ring-3.run", "ring.run"));
}

TEST(Sample, OverwritesOnlyWhenTold) {
  const Folder folder;
  const std::vector<std::string> command{"sample", "gaussian:2", "--out", "a.run", "--quiet", "--seed", "5"};
  run(folder, command);
  const std::string before = contents(folder / "a.run");
  const Result refused = run(folder, command);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("a.run"), HasSubstr("--overwrite")));
  EXPECT_EQ(contents(folder / "a.run"), before);
  auto again = command;
  again.insert(again.end(), {"--overwrite", "--draws", "8000"});
  EXPECT_EQ(run(folder, again).status, 0);
  EXPECT_NE(contents(folder / "a.run"), before);
  EXPECT_THAT(folder.files(), ElementsAre("a.run"));
}

TEST(Sample, TheSeedDecidesTheDrawsAndThreadsDoNot) {
  const Folder folder;
  for (const auto& [name, seed, threads] : {std::array{"a.run", "7", "1"}, {"b.run", "7", "2"}, {"c.run", "8", "1"}}) {
    run(folder, {"sample", "banana", "--out", name, "--seed", seed, "--threads", threads, "--quiet"});
  }
  const std::string a = draws_of(folder, "a.run");
  EXPECT_GT(a.size(), 100000u);
  EXPECT_EQ(a, draws_of(folder, "b.run"));
  EXPECT_NE(a, draws_of(folder, "c.run"));
}

TEST(Sample, ADrawnSeedIsPrintedAndStored) {
  const Folder folder;
  const Result first = run(folder, {"sample", "gaussian:2", "--out", "a.run"});
  const auto at = first.err.find("seed ");
  ASSERT_NE(at, std::string::npos);
  const std::string seed = first.err.substr(at + 5, first.err.find(',', at) - at - 5);
  run(folder, {"sample", "gaussian:2", "--out", "b.run", "--seed", seed});
  EXPECT_EQ(draws_of(folder, "a.run"), draws_of(folder, "b.run"));
}

TEST(Sample, StartsFromAFile) {
  const Folder folder;
  folder.write("one.json", R"({"x": [100, -100]})");
  Result r =
      run(folder, {"sample", "gaussian:2", "--init", "one.json", "--warmup", "0", "--draws", "32", "--seed", "1"});
  EXPECT_THAT(r.err, HasSubstr("all chains start at the point in one.json"));
  folder.write("wrong.json", R"({"y": 1})");
  r = run(folder, {"sample", "gaussian:2", "--init", "wrong.json"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("wrong.json: gives no parameter of the model; its parameters are x"));
  folder.write("shape.json", R"({"x": [1, 2, 3]})");
  r = run(folder, {"sample", "gaussian:2", "--init", "shape.json"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("x"));
}

TEST(Sample, DataForATestDensityAreRefused) {
  const Folder folder;
  folder.write("d.json", R"({"N": 3})");
  const Result r = run(folder, {"sample", "gaussian", "--data", "d.json"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("takes no data; found N"));
  EXPECT_THAT(folder.files(), ElementsAre("d.json"));
}

TEST(Summary, PicksParametersAndSuggestsNames) {
  const Folder folder;
  run(folder, {"sample", "eight-schools", "--seed", "3", "--quiet"});
  Result r = run(folder, {"summary", "eight-schools.run", "--parameters", "theta[2], tau"});
  EXPECT_THAT(r.out,
              AllOf(HasSubstr("theta[2]"), HasSubstr("tau "), Not(HasSubstr("theta[1]")), Not(HasSubstr("mu "))));
  r = run(folder, {"summary", "eight-schools.run", "--parameters", "thets"});
  EXPECT_EQ(r.status, 2);
  EXPECT_THAT(r.err, HasSubstr("there is no quantity called thets; did you mean theta?"));
  r = run(folder, {"summary", "eight-schools.run", "--parameters", "theta[9]"});
  EXPECT_EQ(r.status, 2);
  EXPECT_THAT(r.err, HasSubstr("theta has other indexes"));
}

TEST(Summary, JsonHoldsTheSameNumbersAndVerdict) {
  const Folder folder;
  run(folder, {"sample", "eight-schools", "--seed", "3", "--quiet"});
  const Result r = run(folder, {"summary", "eight-schools.run", "--json"});
  const auto json = nlohmann::json::parse(r.out);
  EXPECT_EQ(json.at("chains"), 32);
  EXPECT_EQ(json.at("superchains"), 8);
  EXPECT_EQ(json.at("verdict").at("trusted"), r.status == 0);
  EXPECT_EQ(json.at("sampler").at("transitions"), 4000);
  const auto& lp = json.at("quantities").at(0);
  EXPECT_EQ(lp.at("name"), "lp");
  EXPECT_EQ(lp.at("judged"), false);
  for (const auto& q : json.at("quantities")) {
    EXPECT_GT(q.at("ess_bulk").get<double>(), 100) << q;
    EXPECT_LT(q.at("nested_rhat").get<double>(), 1.05) << q;
    EXPECT_GE(q.at("nested_rhat_limit").get<double>(), 1.01) << q;
  }
}

TEST(Summary, OfLogDensityAloneIsNoReasonForDistrust) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--seed", "1", "--quiet"});
  const Result r = run(folder, {"summary", "gaussian-2.run", "--parameters", "lp,energy"});
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_THAT(r.out, AllOf(HasSubstr("Trusted"), HasSubstr("shown, not judged")));
}

TEST(Summary, AFullDiskIsStatus1) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--quiet"});
  const Result r = Process(folder, {"summary", "gaussian-2.run"}, {.out = "/dev/full"}).wait();
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, StartsWith("error: "));
}

TEST(Files, ForeignAndTruncatedRunFilesAreNamed) {
  const Folder folder;
  folder.write("text.run", std::string(2000, 'x'));
  run(folder, {"sample", "gaussian:2", "--quiet"});
  folder.write("cut.run", contents(folder / "gaussian-2.run").substr(0, 20000));
  for (const char* verb : {"summary", "resume"}) {
    for (const char* file : {"text.run", "cut.run"}) {
      const Result r = run(folder, {verb, file});
      EXPECT_EQ(r.status, 1) << verb << ' ' << file;
      EXPECT_THAT(r.err, HasSubstr(file));
    }
  }
}

TEST(Resume, AFinishedRunSaysSoAndCanBeExtended) {
  const Folder folder;
  run(folder, {"sample", "gaussian:3", "--out", "a.run", "--seed", "4", "--quiet"});
  const std::string before = draws_of(folder, "a.run");
  Result r = run(folder, {"resume", "a.run"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.err, HasSubstr("a.run is finished with 4000 draws"));
  EXPECT_EQ(draws_of(folder, "a.run"), before);

  r = run(folder, {"resume", "a.run", "--draws", "2000"});
  EXPECT_EQ(r.status, 2);
  EXPECT_THAT(r.err, HasSubstr("cannot be taken back to 2000"));

  EXPECT_EQ(run(folder, {"resume", "a.run", "--draws", "8000"}).status, 0);
  run(folder, {"sample", "gaussian:3", "--out", "b.run", "--seed", "4", "--draws", "8000", "--quiet"});
  EXPECT_EQ(draws_of(folder, "a.run"), draws_of(folder, "b.run"));
}

/// A run that takes hours, interrupted after its first commit with draws.
class Interrupted : public testing::Test {
 protected:
  Folder folder;

  Process start(const char* thin) {
    Process process(folder, {"sample", "ill-conditioned-gaussian", "--out", "a.run", "--seed", "9", "--draws",
                             "20000000", "--warmup", "50", "--thin", thin});
    while (process.running() && run(folder, {"summary", "a.run", "--parameters", "lp"}).status == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return process;
  }
  /// Waits for the end, but not for ever: a process that ignores its signal is killed and shows status 137.
  static Result end_of(Process& process) {
    for (int k = 0; k < 2400 && process.running(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (process.running()) process.send(SIGKILL);
    return process.wait();
  }
};

TEST_F(Interrupted, BySigintSavesSaysHowToGoOnAndExits130) {
  Process process = start("1000");
  ASSERT_TRUE(process.running());
  process.send(SIGINT);
  const Result r = end_of(process);
  EXPECT_EQ(r.status, 130);
  EXPECT_THAT(r.err, HasSubstr("thalweg resume a.run"));
  EXPECT_THAT(r.out, IsEmpty());
  const Result summary = run(folder, {"summary", "a.run", "--parameters", "lp"});
  EXPECT_THAT(summary.err, HasSubstr("a.run is unfinished"));
}

TEST_F(Interrupted, BySigtermExits143) {
  Process process = start("1000");
  ASSERT_TRUE(process.running());
  process.send(SIGTERM);
  EXPECT_EQ(end_of(process).status, 143);
}

TEST_F(Interrupted, AlsoWhileTheDiskIsTheSlowestPart) {
  Process process = start("1");
  ASSERT_TRUE(process.running());
  process.send(SIGTERM);
  EXPECT_EQ(end_of(process).status, 143);
}

/// Compiled programs go to `folder`/cache while this lives.
class OwnCache {
 public:
  explicit OwnCache(const Folder& folder) : before_(std::getenv("THALWEG_CACHE")) {
    setenv("THALWEG_CACHE", (folder / "cache").c_str(), 1);
  }
  ~OwnCache() { before_ ? setenv("THALWEG_CACHE", before_, 1) : unsetenv("THALWEG_CACHE"); }
  OwnCache(const OwnCache&) = delete;
  OwnCache& operator=(const OwnCache&) = delete;

 private:
  const char* before_;
};

TEST(Compiling, StopsAtASignalAndLeavesNothing) {
  const Folder folder;
  const OwnCache cache(folder);
  folder.write("a.stan", "parameters { real x; } model { x ~ std_normal(); }");
  const auto units = [&] {  // what stays is the digest of the headers
    std::vector<std::string> files = Folder::files_in(folder / "cache");
    std::erase_if(files, [](const std::string& name) { return name.starts_with("headers-"); });
    return files;
  };
  for (const char* verb : {"sample", "check", "compile"}) {
    Process process(folder, {verb, "a.stan"});
    while (process.running() && units().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGTERM);
    EXPECT_EQ(process.wait().status, 143) << verb;
    EXPECT_THAT(units(), IsEmpty());
  }
  EXPECT_THAT(folder.files(), ElementsAre("a.stan", "cache"));
}

TEST(Program, SaysWhatIsMissingInDataAndInitialValues) {
  const Folder folder;
  folder.write("a.stan", "data { int N; } parameters { vector<lower=0>[N] s; } model { s ~ exponential(1); }");
  folder.write("none.json", R"({"N": 0})");
  folder.write("two.json", R"({"N": 2})");
  folder.write("init.json", R"([{"s": [1, 2]}, {"s": [1, -2]}])");
  Result r = run(folder, {"sample", "a.stan"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("variable 'N' is missing\n  no --data were given"));
  r = run(folder, {"sample", "a.stan", "--data", "none.json"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("a.stan: has no parameters, so that there is nothing to sample"));
  r = run(folder, {"sample", "a.stan", "--data", "two.json", "--chains", "2", "--init", "init.json"});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, AllOf(HasSubstr("init.json: variable 's': "), HasSubstr("in the object of chain 2")));
  EXPECT_THAT(folder.files(), ElementsAre("a.stan", "init.json", "none.json", "two.json"));
}

TEST_F(Interrupted, TwoResumesAtOnceAreRefused) {
  Process process = start("1000");
  ASSERT_TRUE(process.running());
  const Result second = run(folder, {"resume", "a.run"});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("a.run"));
  process.send(SIGTERM);
  end_of(process);
}

TEST(Killed, ARunResumesToTheSameBitsAndTheSameSummary) {
  const Folder folder;
  const auto command = [](const char* out, const char* threads) {
    return std::vector<std::string>{"sample",   "ill-conditioned-gaussian",
                                    "--seed",   "11",
                                    "--warmup", "50",
                                    "--draws",  "1600",
                                    "--thin",   "900",
                                    "--out",    out,
                                    "--quiet",  "--threads",
                                    threads};
  };
  Process part(folder, command("part.run", "1"));
  while (part.running() && run(folder, {"summary", "part.run", "--parameters", "lp"}).status == 1) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(part.running()) << "the run was over before it could be killed: make it longer";
  part.send(SIGKILL);
  EXPECT_EQ(part.wait().status, 128 + SIGKILL);
  EXPECT_THAT(run(folder, {"summary", "part.run", "--parameters", "lp"}).err, HasSubstr("part.run is unfinished"));

  const Result whole = run(folder, command("whole.run", "2"));
  const Result resumed = run(folder, {"resume", "part.run", "--quiet", "--threads", "2"});
  EXPECT_EQ(resumed.status, whole.status) << resumed.err;
  const auto table_and_verdict = [](const Result& r) { return r.out.substr(0, r.out.find("All 101 quantities")); };
  EXPECT_THAT(table_and_verdict(whole), HasSubstr("nested R-hat at most"));
  EXPECT_EQ(table_and_verdict(resumed), table_and_verdict(whole));
  EXPECT_EQ(draws_of(folder, "part.run"), draws_of(folder, "whole.run"));
}

TEST(Export, WritesEachFormatAndRefusesToOverwrite) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--out", "a.run", "--quiet"});
  for (const char* target : {"a.nc", "a.npz", "a.csv", "folder/"}) {
    EXPECT_EQ(run(folder, {"export", "a.run", "--to", target}).status, 0) << target;
    const Result again = run(folder, {"export", "a.run", "--to", target});
    EXPECT_EQ(again.status, 1) << target;
    EXPECT_THAT(again.err, HasSubstr("exists already"));
    EXPECT_EQ(run(folder, {"export", "a.run", "--to", target, "--overwrite"}).status, 0) << target;
  }
  EXPECT_EQ(run(folder, {"export", "a.run", "--to", "table.txt", "--format", "csv"}).status, 0);
  EXPECT_EQ(contents(folder / "table.txt"), contents(folder / "a.csv"));
}

TEST(Export, PutsStanCsvIntoItsFolderWhateverTheModelIsCalled) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--chains", "2", "--out", "a.run", "--quiet"});
  EXPECT_EQ(run(folder, {"export", "a.run", "--to", "csv/"}).status, 0);
  EXPECT_THAT(Folder::files_in(folder / "csv"), ElementsAre("gaussian-2_1.csv", "gaussian-2_2.csv"));
  folder.write("csv/older_1.csv", "");
  EXPECT_THAT(run(folder, {"export", "a.run", "--to", "csv/", "--overwrite"}).err,
              HasSubstr("csv/ holds 1 other CSV file; readers of the whole folder take them for chains of this run"));
}

TEST(Export, ReplacesNoDeviceNoLinkAndNotTheRun) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--out", "a.run", "--quiet"});
  ASSERT_EQ(symlink("a.run", (folder / "link").c_str()), 0);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const std::string before = contents(folder / "a.run");
  for (const auto& [target, says] : {std::pair{"a.run", "a.run: is the run itself"},
                                     {"link", "link: is the run itself"},
                                     {"pipe", "pipe: is a device or a pipe"}}) {
    const Result r = run(folder, {"export", "a.run", "--to", target, "--format", "csv", "--overwrite"});
    EXPECT_EQ(r.status, 1) << target;
    EXPECT_THAT(r.err, HasSubstr(says));
  }
  for (const auto& [target, says] : {std::pair{"link", "link: is a symbolic link"}, {"pipe", "pipe: is a device"}}) {
    const Result r = run(folder, {"sample", "gaussian:2", "--out", target, "--overwrite", "--quiet"});
    EXPECT_EQ(r.status, 1) << target;
    EXPECT_THAT(r.err, HasSubstr(says));
  }
  EXPECT_EQ(contents(folder / "a.run"), before);
  EXPECT_THAT(folder.files(), ElementsAre("a.run", "link", "pipe"));
}

TEST(Export, SaysThatAFolderIsMissing) {
  const Folder folder;
  run(folder, {"sample", "gaussian:2", "--out", "a.run", "--quiet"});
  for (const char* target : {"absent/a.nc", "absent/a.npz", "absent/a.csv", "absent/a/"}) {
    const Result r = run(folder, {"export", "a.run", "--to", target});
    EXPECT_EQ(r.status, 1) << target;
    EXPECT_THAT(r.err, AllOf(HasSubstr(target), HasSubstr("check that the folder exists")));
  }
}

TEST(Check, TimesAndPassesTheTestDensities) {
  const Folder folder;
  for (const char* name : {"gaussian", "funnel", "ring", "eight-schools-centered"}) {
    const Result r = run(folder, {"check", name});
    EXPECT_EQ(r.status, 0) << r.out << r.err;
    EXPECT_THAT(r.out, AllOf(HasSubstr("agrees with finite differences"), HasSubstr("us a gradient")));
  }
}

}  // namespace
}  // namespace thalweg::app_test
