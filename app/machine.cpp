#include "app/machine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
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

/// The numbers of the cores that this process may use; none when the system does not say.
std::vector<int> cores_in_mask() {
  std::vector<int> cores;
  for (int most = 1024; most <= (1 << 20); most *= 4) {
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    const int failed = sched_getaffinity(0, size, set);
    const int error = errno;
    for (int core = 0; !failed && core < most; ++core)
      if (CPU_ISSET_S(core, size, set)) cores.push_back(core);
    CPU_FREE(set);
    if (!failed || error != EINVAL) break;  // EINVAL: the machine has more cores than the mask has room for
  }
  return cores;
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
  const std::vector<int> mask = cores_in_mask();
  int cores = std::max(1, mask.empty() ? int(std::thread::hardware_concurrency()) : int(mask.size()));
  if (const double q = quota(); q > 0) cores = std::min(cores, std::max(1, int(q + 0.999)));
  return cores;
}

std::string core_mask() { return fmt::format("{}", fmt::join(cores_in_mask(), ",")); }

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
