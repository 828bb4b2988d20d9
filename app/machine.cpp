#include "app/machine.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/pack.hpp"

#define THALWEG_TEXT_OF_NAME(name) #name
#define THALWEG_TEXT(name) THALWEG_TEXT_OF_NAME(name)

namespace thalweg::app {
namespace {

int cores_in_mask() {
  for (int most = 1024; most <= (1 << 20); most *= 4) {
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    const int failed = sched_getaffinity(0, size, set);
    const int error = errno;
    const int count = failed ? 0 : CPU_COUNT_S(size, set);
    CPU_FREE(set);
    if (!failed) return count;
    if (error != EINVAL) break;  // EINVAL: the machine has more cores than the mask has room for
  }
  return int(std::thread::hardware_concurrency());
}

/// Cores that the quota of a control group amounts to, or 0 for none. Version 2 has one file, version 1 two.
double quota() {
  std::string allowance;
  double period = 0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> allowance >> period) {
    return allowance == "max" || period <= 0 ? 0 : std::atof(allowance.c_str()) / period;
  }
  double microseconds = 0;
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (quota_file >> microseconds && period_file >> period && microseconds > 0 && period > 0)
    return microseconds / period;
  return 0;
}

const char* widest_instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
  for (const char* level : {"x86-64-v4", "x86-64-v3", "x86-64-v2"}) {
    const bool has = level[8] == '4'   ? __builtin_cpu_supports("x86-64-v4")
                     : level[8] == '3' ? __builtin_cpu_supports("x86-64-v3")
                                       : __builtin_cpu_supports("x86-64-v2");
    if (has) return level;
  }
  return "x86-64";
#else
  return "unknown";
#endif
}

constexpr const char* compiler = THALWEG_COMPILER;
constexpr const char* flags = THALWEG_FLAGS;
constexpr const char* instruction_set = THALWEG_TEXT(THALWEG_ISA);

}  // namespace

int cores_allowed() {
  int cores = std::max(1, cores_in_mask());
  if (const double q = quota(); q > 0) cores = std::min(cores, std::max(1, int(q + 0.999)));
  return cores;
}

std::uint64_t draw_seed() {
  std::uint32_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != ssize_t(sizeof seed))
    fail("the system gave no random numbers for a seed; give one with --seed");
  return seed;
}

double SteadyClock::seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string version() { return THALWEG_VERSION; }

std::string build_fingerprint() {
  return fmt::format("thalweg {}; {}; {}; {}", version(), compiler, flags, instruction_set);
}

std::string describe_build() {
  return fmt::format(
      "thalweg {}\ncompiler         {}\nflags            {}\ninstruction set  {} (this machine has {})\n", version(),
      compiler, flags, instruction_set, widest_instruction_set());
}

}  // namespace thalweg::app
