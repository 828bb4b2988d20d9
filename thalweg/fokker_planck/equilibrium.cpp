#include "thalweg/fokker_planck/equilibrium.hpp"

#include <cmath>

#include "thalweg/core/log_sum.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr double tolerance = 1e-9;

}  // namespace

std::optional<std::vector<double>> log_equilibrium(const Generator& g) {
  const Grid& grid = g.grid;
  std::vector<double> log_pi(grid.cells());
  for (std::size_t c = 1; c < grid.cells(); ++c) {  // the cell below along the last axis that has one comes before c
    int a = grid.dimension() - 1;
    while (grid.index(c, a) == 0) --a;
    const std::size_t below = c - grid.stride(a);
    const Direction& axis = g.directions[static_cast<std::size_t>(a)];
    if (!(axis.forward[below] > 0 && axis.backward[below] > 0)) return std::nullopt;
    log_pi[c] = log_pi[below] + std::log(axis.forward[below] / axis.backward[below]);
  }
  for (const Direction& direction : g.directions)
    for (std::size_t c = 0; c < grid.cells(); ++c) {
      const double forward = direction.forward[c], backward = direction.backward[c];
      if (forward == 0 && backward == 0) continue;
      if (forward == 0 || backward == 0) return std::nullopt;
      const std::size_t to = grid.neighbour(c, direction.step);
      const double step = log_pi[to] - log_pi[c];
      if (!(std::fabs(std::log(forward / backward) - step) <= tolerance)) return std::nullopt;
    }
  const double total = log_sum_exp(log_pi);
  for (double& value : log_pi) value -= total;
  return log_pi;
}

}  // namespace thalweg::fokker_planck
