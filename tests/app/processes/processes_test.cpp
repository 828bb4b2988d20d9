// mpirun -n N thalweg …: the bits of one process, one voice, one run file; and nobody waits for who has died.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Root may not start mpirun unless told so, nor anyone more processes than there are cores; no other machine is asked.
std::vector<std::string> mpirun(int processes) {
  return {"/usr/bin/env",
          "OMPI_ALLOW_RUN_AS_ROOT=1",
          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
          "OMPI_MCA_btl_vader_single_copy_mechanism=none",
          "OMPI_MCA_plm_rsh_agent=false",
          THALWEG_MPIEXEC,
          "--oversubscribe",
          "-n",
          std::to_string(processes)};
}
Process start(const Folder& folder, int processes, const std::vector<std::string>& arguments) {
  return Process(folder, arguments, {.launcher = mpirun(processes)});
}
Result run_in(const Folder& folder, int processes, const std::vector<std::string>& arguments) {
  return start(folder, processes, arguments).wait();
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
/// All draws, those of warm-up too, all statistics, and what the certificate found.
std::string outcome(const Folder& folder) {
  const Result exported = run(folder, {"export", "x.run", "--to", "x.npz", "--overwrite"});
  EXPECT_EQ(exported.status, 0) << exported.err;
  return contents(folder / "x.npz") + run(folder, {"summary", "x.run", "--json"}).out;
}
std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}
std::vector<std::string> operator+(std::vector<std::string> all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// ---- the same bits ----

struct Case {
  const char* name;
  int processes;
  std::vector<std::string> arguments;
};
class SeveralProcesses : public testing::TestWithParam<Case> {};

TEST_P(SeveralProcesses, give_the_bits_of_one_with_two_threads) {
  const Case& c = GetParam();
  const Folder one, several;
  const auto arguments = c.arguments + std::vector<std::string>{"--seed", "5", "--out", "x.run", "--save-warmup"};
  for (const Folder* folder : {&one, &several}) {
    folder->write("line.stan", R"(data { int<lower=0> n; vector[n] t, y; }
parameters { real a, b; }
model {
  a ~ normal(0, 10);
  b ~ normal(0, 10);
  y ~ normal(a + b * t, 1);
}
)");
    folder->write("line.json", R"({"n": 8, "t": [1, -1, 1, -1, 1, -1, 1, -1], "y": [2, -1, 1.5, 0, 1, -2, 2, -1]})");
  }
  const Result a = run(one, arguments + std::vector<std::string>{"--threads", "2"});
  const Result b = run_in(several, c.processes, arguments + std::vector<std::string>{"--threads", "1"});
  ASSERT_THAT(a.out, HasSubstr("Run file: x.run")) << a.err;
  EXPECT_EQ(b.out, a.out) << b.err;
  EXPECT_EQ(b.status, a.status);
  EXPECT_THAT(b.err, HasSubstr("1 thread in each of " + std::to_string(c.processes) + " processes"));
  EXPECT_TRUE(outcome(several) == outcome(one));
}
INSTANTIATE_TEST_SUITE_P(
    Of, SeveralProcesses,
    testing::Values(
        Case{"nuts", 2, {"sample", "line.stan", "--data", "line.json"}},
        Case{"nuts_in_three", 3, {"sample", "eight-schools"}},
        Case{"mala", 2, {"sample", "gaussian:5", "--method", "mala"}},
        Case{"laps", 2, {"sample", "gaussian:5", "--method", "laps"}},
        Case{"chees", 2, {"sample", "gaussian:5", "--method", "chees"}},
        Case{"smc", 2, {"sample", "line.stan", "--data", "line.json", "--method", "smc", "--chains", "512"}},
        Case{"tempering", 2, {"sample", "eight-schools", "--method", "tempering", "--reference", "gaussian"}},
        Case{"sgld", 2, {"sample", "line.stan", "--data", "line.json", "--method", "sgld", "--tail", "0"}},
        Case{"until", 2, {"sample", "eight-schools", "--until", "ess=800", "--method", "auto"}}),
    [](const auto& c) { return std::string(c.param.name); });

// ---- one voice ----

TEST(Processes, speak_once) {
  const Folder folder;
  const Result sampled = run_in(folder, 2, {"sample", "gaussian:3", "--seed", "1", "--out", "x.run"});
  EXPECT_EQ(count(sampled.err, "gaussian:3: 3 parameters"), 1U) << sampled.err;
  EXPECT_EQ(count(sampled.out, "Run file: x.run"), 1U) << sampled.out;
  EXPECT_THAT(folder.files(), ElementsAre("x.run"));
  const Result listed = run_in(folder, 2, {"methods"});
  EXPECT_EQ(listed.status, 0);
  EXPECT_EQ(listed.out, run(folder, {"methods"}).out);
}
TEST(Processes, are_told_of_an_error_once) {
  const Folder folder;
  const Result missing = run_in(folder, 3, {"sample", "missing.stan"});
  EXPECT_NE(missing.status, 0);
  EXPECT_EQ(count(missing.err, "missing.stan: no such file"), 1U) << missing.err;
  EXPECT_EQ(count(run_in(folder, 2, {"sample", "gaussian:3", "--drws", "9"}).err, "did you mean --draws?"), 1U);
  EXPECT_THAT(folder.files(), ElementsAre());
}

// ---- interruption ----

/// A run that is long enough to be stopped in its sampling phase; `thin` makes it longer.
struct LongRun {
  const char *name, *density, *method, *chains, *draws, *thin;
};
std::vector<std::string> sample(const LongRun& r, const char* thin) {
  return {"sample", r.density,  "--method", r.method, "--chains", r.chains,    "--draws", r.draws, "--thin",
          thin,     "--warmup", "100",      "--seed", "5",        "--threads", "1",       "--out", "x.run"};
}

bool within(double seconds, const std::function<bool()>& holds) {
  for (int k = 0; k < int(seconds * 100); ++k) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}
/// Waits until the run is in its sampling phase.
void wait_for_sampling(Process& process) {
  ASSERT_TRUE(within(
      60, [&] { return !process.running() || process.errors_so_far().find("sampling: ") != std::string::npos; }));
  ASSERT_TRUE(process.running()) << process.wait().err;
}
/// Ids of the processes that `parent` has started, those of thalweg alone.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (!std::isdigit(static_cast<unsigned char>(name[0]))) continue;
    std::ifstream in(entry.path() / "stat");
    std::string id, command, state;
    pid_t of = 0;
    if (in >> id >> command >> state >> of && of == parent && command == "(thalweg)") children.push_back(std::stoi(id));
  }
  std::sort(children.begin(), children.end());
  return children;
}

class Stopped : public testing::TestWithParam<LongRun> {};

TEST_P(Stopped, anywhere_the_run_is_saved_and_goes_on_in_any_number_of_processes) {
  const Folder folder, whole;
  const auto arguments = sample(GetParam(), GetParam().thin);
  Process process = start(folder, 2, arguments);
  wait_for_sampling(process);
  const auto children = children_of(process.id());
  ASSERT_EQ(children.size(), 2U);
  kill(children.back(), SIGTERM);  // not the one that owns the run
  ASSERT_TRUE(within(60, [&] { return !process.running(); })) << process.errors_so_far();
  const Result stopped = process.wait();
  EXPECT_THAT(stopped.err, HasSubstr("Stopped; what was done is saved"));
  EXPECT_EQ(stopped.out, "");
  const Result ended = run_in(folder, 3, {"resume", "x.run", "--threads", "1"});
  const Result uncut = run(whole, arguments);
  EXPECT_EQ(ended.out, uncut.out) << ended.err;
  EXPECT_TRUE(outcome(folder) == outcome(whole));
}
/// A run that would not end in an hour loses the process that owns it, or the other, and goes on in one. False when
/// nothing was saved yet.
bool survives_death(const LongRun& endless, bool of_owner, int seconds) {
  const Folder folder;
  Process process = start(folder, 2, sample(endless, "100000000"));
  wait_for_sampling(process);
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const auto children = children_of(process.id());
  EXPECT_EQ(children.size(), 2U) << process.errors_so_far();
  kill(of_owner ? children.front() : children.back(), SIGKILL);
  EXPECT_TRUE(within(60, [&] { return !process.running(); })) << process.errors_so_far();
  EXPECT_NE(process.wait().status, 0);
  Process resumed(folder, {"resume", "x.run"});
  within(60, [&] { return !resumed.running() || resumed.errors_so_far().find("sampling: ") != std::string::npos; });
  resumed.send(SIGTERM);
  const std::string words = resumed.wait().err;
  if (words.find("before anything was saved") != words.npos) return false;
  EXPECT_THAT(words, AllOf(HasSubstr("going on"), HasSubstr("Stopped; what was done is saved")));
  return true;
}
// A run commits every 2 seconds, on a machine that has time for it.
TEST_P(Stopped, by_the_death_of_a_process_nobody_waits_and_one_process_goes_on) {
  for (const bool of_owner : {true, false}) {
    bool survived = false;
    for (int seconds = 3; seconds < 100 && !survived && !HasFailure(); seconds *= 2)
      survived = survives_death(GetParam(), of_owner, seconds);
    EXPECT_TRUE(survived) << "nothing is ever saved";
  }
}
INSTANTIATE_TEST_SUITE_P(Run, Stopped,
                         testing::Values(LongRun{"of_chains", "eight-schools", "nuts", "32", "3200", "400"},
                                         LongRun{"of_an_ensemble", "gaussian:20", "chees", "128", "512", "4000"}),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace thalweg::app_test
