#include "thalweg/fokker_planck/backward.hpp"

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/exponential.hpp"
#include "thalweg/fokker_planck/shifted_solver.hpp"

namespace thalweg::fokker_planck {
namespace {

bool any(const std::vector<bool>& set) { return std::find(set.begin(), set.end(), true) != set.end(); }

void require_cells(const Generator& g, const std::vector<bool>& set, const char* name) {
  require(set.size() == g.grid.cells(), "{}: expected a mark for each of {} cells; found {}", name, g.grid.cells(),
          set.size());
}

/// Rates into a set: Σ_j∈set L_ji.
std::vector<double> rates_into(const Generator& g, const std::vector<bool>& set) {
  std::vector<double> u(g.grid.cells()), rates(g.grid.cells());
  for (std::size_t c = 0; c < u.size(); ++c) u[c] = set[c];
  Team alone;
  apply(LineOperator(g, ActsOn::functions), alone, u.data(), rates.data());
  return rates;  // exact off the set, where u = 0
}

}  // namespace

std::vector<bool> cells_where(const Grid& grid, const std::function<bool(const double* x)>& condition) {
  std::vector<bool> set(grid.cells());
  double x[3];
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    grid.center(c, x);
    set[c] = condition(x);
  }
  return set;
}

std::vector<double> committor(const Generator& g, const std::vector<bool>& a, const std::vector<bool>& b) {
  require_cells(g, a, "committor, A");
  require_cells(g, b, "committor, B");
  if (!any(a) || !any(b))
    fail("committor: no centre of a cell is in {}: use a finer grid or a larger set", any(a) ? "B" : "A");
  std::vector<bool> kept(g.grid.cells());
  for (std::size_t c = 0; c < kept.size(); ++c) {
    if (a[c] && b[c]) fail("committor: A and B meet");
    kept[c] = !a[c] && !b[c];
  }
  std::vector<double> q(g.grid.cells());
  if (any(kept)) q = ShiftedSolver(g, ActsOn::functions, 0, 1, log_equilibrium(g), kept).solve(rates_into(g, b));
  for (std::size_t c = 0; c < q.size(); ++c)
    if (b[c]) q[c] = 1;
  return q;
}

double reactive_rate(const Generator& g, const std::vector<bool>& a, const std::vector<double>& q,
                     const std::vector<double>& masses) {
  double rate = 0;
  for (const Direction& direction : g.directions)
    for (std::size_t c = 0; c < g.grid.cells(); ++c) {
      if (direction.forward[c] == 0 && direction.backward[c] == 0) continue;
      const std::size_t to = g.grid.neighbour(c, direction.step);
      if (a[c] && !a[to]) rate += masses[c] * direction.forward[c] * q[to];
      if (a[to] && !a[c]) rate += masses[to] * direction.backward[c] * q[c];
    }
  return rate;
}

std::vector<double> mean_first_passage(const Generator& g, const std::vector<bool>& target) {
  if (!target.empty()) require_cells(g, target, "mean_first_passage");
  if (!any(target) && !g.has_exit())
    fail("the mean first-passage time is infinite: no centre of a cell is in the target, and no side absorbs");
  std::vector<bool> kept(g.grid.cells(), true);
  for (std::size_t c = 0; c < target.size(); ++c) kept[c] = !target[c];
  if (!any(kept)) return std::vector<double>(g.grid.cells());
  return ShiftedSolver(g, ActsOn::functions, 0, 1, log_equilibrium(g), kept)
      .solve(std::vector<double>(g.grid.cells(), 1.0));
}

std::vector<double> expectation(const Generator& g, std::vector<double> phi, double t, int threads) {
  require(phi.size() == g.grid.cells(), "expectation: expected {} numbers, one a cell; found {}", g.grid.cells(),
          phi.size());
  Team team(threads);
  uniformise(g, ActsOn::functions, team, t, phi);
  return phi;
}

}  // namespace thalweg::fokker_planck
