// Paths of the double well against the normals that they are made of, in one process and by turns:
//   bench_sde                                  rates a core, and their ratio
//   bench_sde SCHEME PATHS STEPS THREADS       seconds of one run to time 1, for bench/sde_peers.py
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "sde/native.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/sde/ensemble.hpp"
#include "thalweg/sde/scheme.hpp"

namespace {

using namespace thalweg;

/// Processor time of this thread: neighbours on a shared machine take less of it than of the clock on the wall.
double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::int64_t paths = 16'384, steps = 1024;
constexpr int rounds = 12;

/// Path-steps a second of the processor.
double path_rate(const SdeModel& model, Scheme scheme) {
  Ensemble ensemble(model, {.scheme = scheme, .calculus = Calculus::ito, .count = paths});
  const double start[1] = {-1};
  ensemble.start(start, 0);
  const double before = processor_seconds();
  ensemble.advance({0, 1.0 / steps, 0, steps, 0}, 1);
  return static_cast<double>(paths) * steps / (processor_seconds() - before);
}
template <class F>
double normal_rate(const F& normals, std::int64_t packs) {
  const double before = processor_seconds();
  const auto done = normals(packs, steps);
  const double seconds = processor_seconds() - before;
  require(done.sum == done.sum, "normals are numbers; found {}", done.sum);  // and are not optimised away
  return static_cast<double>(done.numbers) / seconds;
}

void rates() {
  const SdeModel model = SdeModel::create(bench::double_well_table(), {});
  const auto packs = paths / model.preferred_width();
  double normals = 0, general = 0, euler = 0, sra1 = 0;
  for (int round = 0; round < rounds; ++round) {
    normals = std::max(normals, normal_rate(bench::normals_alone, packs));
    euler = std::max(euler, path_rate(model, Scheme::euler));
    sra1 = std::max(sra1, path_rate(model, Scheme::sra1));
    general = std::max(general, normal_rate(bench::general_normals_alone, packs / 4));
  }
  fmt::print("best of {} rounds, one core, {} ({})\n", rounds, model.table().fingerprint, "processor time");
  fmt::print("normals alone            {:7.3f}e9 /s\n", normals * 1e-9);
  fmt::print("Euler–Maruyama           {:7.3f}e9 path-steps/s   {:.2f} of the normals' rate\n", euler * 1e-9,
             euler / normals);
  fmt::print("SRA1 (2 normals a step)  {:7.3f}e9 path-steps/s   {:.2f} of the normals' rate\n", sra1 * 1e-9,
             2 * sra1 / normals);
  fmt::print("fill_normals (general)   {:7.3f}e9 /s\n", general * 1e-9);
}

void one_run(char** arguments) {
  const SdeModel model = SdeModel::create(bench::double_well_table(), {});
  const Scheme scheme = scheme_called(arguments[1]);
  const std::int64_t count = std::atoll(arguments[2]), n = std::atoll(arguments[3]);
  const double before = wall_seconds();
  Ensemble ensemble(model, {.scheme = scheme, .calculus = Calculus::ito, .count = count});
  const double start[1] = {-1};
  ensemble.start(start, 0);
  ensemble.advance({0, 1 / static_cast<double>(n), 0, n, 0}, std::atoi(arguments[4]));
  const double seconds = wall_seconds() - before;
  double mean = 0;
  for (std::int64_t p = 0; p < count; ++p) mean += ensemble.x(p, 0) / static_cast<double>(count);
  fmt::print("{} {}\n", seconds, mean);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 5)
    one_run(arguments);
  else
    rates();
}
