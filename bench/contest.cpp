#include "bench/contest.hpp"

#include <sched.h>

#include <algorithm>
#include <ctime>

namespace thalweg::bench {
namespace {

/// CPU seconds of this thread.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

double seconds_of(const Contender& c, long repetitions) {
  const double start = cpu_seconds();
  c.run(repetitions);
  return cpu_seconds() - start;
}

/// As many repetitions as take about `slice` seconds.
long repetitions_of(const Contender& c, double slice) {
  for (long n = 1;; n *= 2) {
    const double t = seconds_of(c, n);
    if (t >= slice / 2) return std::max(1L, long(double(n) * slice / t));
  }
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Rounds::microseconds(std::size_t contender) const { return median(times[contender]); }

double Rounds::ratio(std::size_t a, std::size_t b) const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < times[a].size(); ++i) ratios.push_back(times[a][i] / times[b][i]);
  return median(ratios);
}

Rounds contest(const std::vector<Contender>& contenders, int rounds, double slice) {
  std::vector<long> repetitions;
  for (const auto& c : contenders) repetitions.push_back(repetitions_of(c, slice));
  Rounds result;
  result.times.resize(contenders.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < contenders.size(); ++k) {
      const std::size_t i = round % 2 == 0 ? k : contenders.size() - 1 - k;
      const double seconds = seconds_of(contenders[i], repetitions[i]);
      result.times[i].push_back(1e6 * seconds / (double(repetitions[i]) * contenders[i].units));
    }
  }
  return result;
}

void pin_to_one_core() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

}  // namespace thalweg::bench
