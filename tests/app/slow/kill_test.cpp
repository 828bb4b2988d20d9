// kill -9 at ten random moments, then resume: the bits of the run that nobody killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

#include "tests/app/command.hpp"

namespace thalweg::app_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int least_kills = 10;

// A random walk, whose correlations make trees deep and the run long; generated quantities draw random numbers, so that
// a lost or repeated draw shows there too.
constexpr const char* program = R"(data { int<lower=2> N; }
parameters { real<lower=0> tau; vector[N] x; }
model { tau ~ normal(1, 0.1); x[1] ~ normal(0, tau); x[2 : N] ~ normal(x[1 : N - 1], 0.05); }
generated quantities { real y_rep = normal_rng(x[N], tau); }
)";
constexpr const char* data = R"({"N": 20})";

/// A folder with the program, and the command that makes a.run in it.
struct Bench {
  Folder folder;
  Bench() {
    folder.write("a.stan", program);
    folder.write("a.json", data);
  }
  std::vector<std::string> sample(const char* threads, int length) const {
    return {"sample",        "a.stan",
            "--data",        "a.json",
            "--seed",        "17",
            "--out",         "a.run",
            "--warmup",      std::to_string(1000 * length),
            "--thin",        std::to_string(10 * length),
            "--draws",       "3200",
            "--threads",     threads,
            "--save-warmup", "--overwrite",
            "--quiet"};
  }
  std::string bytes(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(folder / name, std::ios::binary).rdbuf();
    return text.str();
  }
  /// All draws of warm-up and sampling as one archive, and all statistics as JSON.
  std::string outcome() const {
    const Result exported = run(folder, {"export", "a.run", "--to", "a.npz", "--overwrite"});
    EXPECT_EQ(exported.status, 0) << exported.err;
    return bytes("a.npz") + run(folder, {"summary", "a.run", "--json"}).out;
  }
};

using Seconds = std::chrono::duration<double>;

Seconds time_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::steady_clock::now() - start;
}

class Killed : public testing::TestWithParam<const char*> {};

// A run commits every 2 seconds: of a run of about 15 seconds, ten kills within 3 seconds lose most and not all.
TEST_P(Killed, TenTimesGivesTheSameDrawsAndStatistics) {
  const char* const threads = GetParam();
  const Bench whole;
  ASSERT_EQ(run(whole.folder, {"compile", "a.stan"}).status, 0);
  const Seconds unit = time_of([&] { run(whole.folder, whole.sample("2", 1)); });
  const int length = std::max(1, int(15 / unit.count()));
  const Result uncut = run(whole.folder, whole.sample("2", length));
  ASSERT_THAT(uncut.out, HasSubstr("Run file: a.run")) << uncut.err;

  const Bench cut;
  std::mt19937 random(5);
  std::uniform_real_distribution<double> moment(0, std::max(3.0, length * unit.count() / 5));
  int kills = 0, before_the_first_commit = 0, in_warmup = 0;
  while (kills < least_kills || kills == before_the_first_commit + in_warmup) {
    ASSERT_LT(kills, 200) << "it gets nowhere";
    const bool saved = kills > before_the_first_commit;
    Process process(cut.folder, saved ? std::vector<std::string>{"resume", "a.run", "--quiet", "--threads", threads}
                                      : cut.sample(threads, length));
    std::this_thread::sleep_for(Seconds(moment(random)));
    ASSERT_TRUE(process.running()) << "over after " << kills << " kills: " << process.wait().err;
    process.send(SIGKILL);
    ASSERT_EQ(process.wait().status, 128 + SIGKILL);
    ++kills;
    // A run that has a checkpoint refuses to be shortened; one that has none can't be resumed at all.
    if (run(cut.folder, {"resume", "a.run", "--draws", "1"}).status == 1)
      ++before_the_first_commit;
    else if (run(cut.folder, {"summary", "a.run", "--parameters", "tau"}).status == 1)
      ++in_warmup;
  }
  EXPECT_GT(in_warmup, 0);
  const Result resumed = run(cut.folder, {"resume", "a.run", "--quiet", "--threads", threads});
  EXPECT_EQ(resumed.status, uncut.status) << resumed.err;
  EXPECT_EQ(resumed.out, uncut.out);
  EXPECT_THAT(cut.folder.files(), ElementsAre("a.json", "a.run", "a.stan"));
  EXPECT_TRUE(cut.outcome() == whole.outcome());
  std::cout << kills << " kills: " << before_the_first_commit << " before the first commit, " << in_warmup
            << " later in warm-up\n";
}

INSTANTIATE_TEST_SUITE_P(Threads, Killed, testing::Values("1", "2"));

}  // namespace
}  // namespace thalweg::app_test
