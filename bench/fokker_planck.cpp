// The claim: a three-dimensional Fokker–Planck operator on grids larger than the last-level cache is applied at half of
// the machine's memory bandwidth or more, and at a cost a cell that does not depend on the number of cells.
//
// usage: bench_fokker_planck [THREADS]                          the operator against a triad, alternating
//        bench_fokker_planck plane CELLS TIME THREADS FILE      the double well of fokker_planck.py; writes the masses
//
// Bytes that are counted: a cell's number read, its result written, and its six rates of jumps, which are stored by
// face (8 numbers of 8 bytes); neighbours and the fill of the written line are not counted. The triad a = b + s c
// counts 24 bytes an entry in the same way.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "thalweg/fokker_planck/evolution.hpp"
#include "thalweg/fokker_planck/initial.hpp"

namespace thalweg::fokker_planck {
namespace {

template <class F>
double seconds(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of all threads of this process.
double processor_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Anharmonic, coupled and turning: no structure to exploit.
Coefficients three_dimensional() {
  Coefficients c{.dimension = 3};
  c.evaluate = [](double, std::size_t n, const double* x, double* f, double* D) {
    for (std::size_t i = 0; i < n; ++i, x += 3, f += 3, D += 3) {
      f[0] = x[0] - x[0] * x[0] * x[0] - x[1];
      f[1] = x[0] - x[1];
      f[2] = -x[2] + x[0] * x[1];
      D[0] = D[1] = 0.5;
      D[2] = 0.5 + 0.1 * x[0] * x[0];
    }
  };
  return c;
}

/// GB/s of triad and operator on n³ cells, medians over alternating rounds.
void operator_at(std::size_t n, Team& team) {
  const Grid grid(std::vector<Axis>(3, Axis{-2, 2, n}));
  const Generator generator = make_generator(three_dimensional(), grid);
  const LineOperator op(generator, ActsOn::masses);
  const std::size_t cells = grid.cells();
  std::vector<double> a(cells, 1.0), b(cells, 2.0), c(cells, 1.0 / double(cells));
  std::vector<double> of_triad, of_operator, ratios;
  for (int round = 0; round < 15; ++round) {
    const double triad = seconds([&] {
      team.run(cells, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) a[i] = b[i] + 0.5 * c[i];
      });
    });
    const double applied = seconds([&] { apply(op, team, c.data(), a.data()); });
    of_triad.push_back(24e-9 * double(cells) / triad);
    of_operator.push_back(64e-9 * double(cells) / applied);
    ratios.push_back(of_operator.back() / of_triad.back());
  }
  fmt::print(
      "{:4}^3  {:6.2f} GB  triad {:6.1f} GB/s  operator {:6.1f} GB/s  {:6.3f} ns a cell  ratio {:.2f}  >=0.5 {}\n", n,
      64e-9 * double(cells), median(of_triad), median(of_operator), 64 / median(of_operator), median(ratios),
      median(ratios) >= 0.5 ? "met" : "MISSED");
}

/// V = x⁴/4 − x²/2 + y²/2 + x² y/4, T = ¼, [−3, 3]², from N((1, 0), 0.09).
void plane(std::size_t cells, double time, int threads, const std::string& file) {
  Coefficients c{.dimension = 2, .constant_diffusion = true};
  c.evaluate = [](double, std::size_t n, const double* x, double* f, double* D) {
    for (std::size_t i = 0; i < n; ++i, x += 2, f += 2, D += 2) {
      f[0] = x[0] - x[0] * x[0] * x[0] - x[0] * x[1] / 2;
      f[1] = -x[1] - x[0] * x[0] / 4;
      D[0] = D[1] = 0.25;
    }
  };
  const Grid grid(std::vector<Axis>(2, Axis{-3, 3, cells}));
  const std::vector<double> start = gaussian(grid, {1, 0}, {0.09, 0, 0, 0.09});
  std::vector<double> masses;
  EvolutionReport report;
  const double before = processor_seconds();
  const double taken = seconds([&] {
    Evolution evolution(c, grid, start, {.end_time = time, .threads = threads});
    evolution.advance_to(time);
    masses = evolution.masses();
    report = evolution.report();
  });
  const double used = processor_seconds() - before;
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(masses.data()), std::streamsize(masses.size() * sizeof(double)));
  fmt::print(
      "{{\"seconds\": {}, \"processor\": {}, \"scheme\": \"{}\", \"applications\": {}, \"time_error\": {}, "
      "\"mass_defect\": {}, "
      "\"smallest\": {}}}\n",
      taken, used, to_string(report.scheme), report.applications, report.time_error, report.mass_defect,
      report.smallest);
}

}  // namespace
}  // namespace thalweg::fokker_planck

int main(int arguments, char** argument) {
  using namespace thalweg::fokker_planck;
  if (arguments == 6 && std::string(argument[1]) == "plane") {
    plane(std::size_t(std::atoi(argument[2])), std::atof(argument[3]), std::atoi(argument[4]), argument[5]);
    return 0;
  }
  thalweg::Team team(arguments > 1 ? std::atoi(argument[1]) : 2);
  fmt::print("three dimensions, {} threads: medians of 15 alternating rounds\n", team.threads());
  for (const std::size_t n : {200, 256, 320}) operator_at(n, team);
}
