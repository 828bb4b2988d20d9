#include "thalweg/fokker_planck/stationary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/apply.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/shifted_solver.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr std::size_t most_cells_of_elimination = 600;

/// Calls f(from, to, rate) for every jump.
template <class F>
void each_jump(const Generator& g, F f) {
  for (const Direction& direction : g.directions)
    for (std::size_t c = 0; c < g.grid.cells(); ++c) {
      if (direction.forward[c] == 0 && direction.backward[c] == 0) continue;
      const std::size_t to = g.grid.neighbour(c, direction.step);
      f(c, to, direction.forward[c]);
      f(to, c, direction.backward[c]);
    }
}

/// Source  Grassmann, Taksar & Heyman (1985), Oper. Res. 33, 1107.
std::vector<double> eliminate(const Generator& g) {
  const std::size_t n = g.grid.cells();
  std::vector<double> q(n * n);  // rate from row to column
  each_jump(g, [&](std::size_t from, std::size_t to, double rate) { q[from * n + to] += rate; });
  for (std::size_t k = n - 1; k > 0; --k) {
    double leaving = 0;
    for (std::size_t j = 0; j < k; ++j) leaving += q[k * n + j];
    if (leaving <= 0)
      fail("the stationary law is not unique: some cells of the grid can't be left, where drift and diffusion vanish");
    for (std::size_t i = 0; i < k; ++i) {
      double& into = q[i * n + k];
      if (into == 0) continue;
      into /= leaving;
      for (std::size_t j = 0; j < k; ++j) q[i * n + j] += into * q[k * n + j];
    }
  }
  std::vector<double> m(n);
  m[0] = 1;
  for (std::size_t k = 1; k < n; ++k)
    for (std::size_t i = 0; i < k; ++i) m[k] += m[i] * q[i * n + k];
  return m;
}

/// m of the other cells for m = 1 in one, −L_rr m_r = L_r,one.
std::vector<double> solve_around(const Generator& g, std::size_t one) {
  std::vector<bool> kept(g.grid.cells(), true);
  kept[one] = false;
  std::vector<double> into(g.grid.cells());
  each_jump(g, [&](std::size_t from, std::size_t to, double rate) {
    if (from == one) into[to] += rate;
  });
  std::vector<double> m = ShiftedSolver(g, ActsOn::masses, 0, 1, {}, kept).solve(into);
  m[one] = 1;
  return m;
}

std::vector<double> entries(const Generator& g) {
  std::vector<double> s(g.grid.cells());
  for (int side = 0; side < g.grid.sides(); ++side)
    if (const double entry = g.entry[static_cast<std::size_t>(side)]; entry > 0)
      for (const std::size_t c : g.grid.cells_of_side(side)) s[c] += entry;
  return s;
}

void check_passing(const Generator& g) {
  if (g.has_exit() && !g.has_entry())
    fail(
        "there is no stationary law: mass leaves through absorbing sides and none enters. Ask for the spectrum (how "
        "fast "
        "it leaves), or for times");
  if (g.has_entry() && !g.has_exit()) fail("there is no stationary law: mass enters and none leaves");
}

}  // namespace

const char* to_string(StationaryMethod method) {
  switch (method) {
    case StationaryMethod::detailed_balance:
      return "detailed balance";
    case StationaryMethod::elimination:
      return "elimination";
    case StationaryMethod::sparse:
      return "sparse";
    case StationaryMethod::inflow:
      return "inflow";
  }
  return "";
}

Stationary stationary(const Generator& g) {
  check_passing(g);
  Stationary result;
  if (g.has_entry()) {
    result.method = StationaryMethod::inflow;
    result.masses = ShiftedSolver(g, ActsOn::masses, 0, 1, log_equilibrium(g)).solve(entries(g));
  } else if (const auto log_pi = log_equilibrium(g)) {
    result.method = StationaryMethod::detailed_balance;
    for (const double value : *log_pi) result.masses.push_back(std::exp(value));
  } else if (g.grid.cells() <= most_cells_of_elimination) {
    result.method = StationaryMethod::elimination;
    result.masses = eliminate(g);
  } else {
    result.method = StationaryMethod::sparse;
    std::size_t one = 0;  // the middle of the grid
    for (int a = 0; a < g.grid.dimension(); ++a) one += g.grid.axis(a).cells / 2 * g.grid.stride(a);
    result.masses = solve_around(g, one);
    // a cell that holds next to nothing is no ground to stand on
    const auto largest = std::max_element(result.masses.begin(), result.masses.end());
    if (*largest > 1e3) result.masses = solve_around(g, static_cast<std::size_t>(largest - result.masses.begin()));
  }
  if (!g.has_entry()) {
    const double total = std::accumulate(result.masses.begin(), result.masses.end(), 0.0);
    if (!(total > 0 && std::isfinite(total))) fail("the stationary law can't be found: its masses sum to {}", total);
    for (double& m : result.masses) m /= total;
  }
  result.smallest = *std::min_element(result.masses.begin(), result.masses.end());
  Team alone;
  std::vector<double> rate(result.masses.size());
  apply(LineOperator(g, ActsOn::masses), alone, result.masses.data(), rate.data());
  for (const double r : rate) result.residual += std::fabs(r);
  return result;
}

}  // namespace thalweg::fokker_planck
