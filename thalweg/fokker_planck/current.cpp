#include "thalweg/fokker_planck/current.hpp"

#include <cmath>

#include "thalweg/fokker_planck/apply.hpp"

namespace thalweg::fokker_planck {

std::vector<double> link_flux(const Direction& direction, const Grid& grid, const std::vector<double>& masses) {
  std::vector<double> flux(grid.cells());
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    if (direction.forward[c] == 0 && direction.backward[c] == 0) continue;
    flux[c] = direction.forward[c] * masses[c] - direction.backward[c] * masses[grid.neighbour(c, direction.step)];
  }
  return flux;
}

Current current(const Generator& g, const std::vector<double>& masses) {
  const Grid& grid = g.grid;
  const auto d = static_cast<std::size_t>(grid.dimension());
  Current result;
  result.field.resize(grid.cells() * d);
  const auto add = [&](std::size_t cell, std::size_t axis, double flux) {
    result.field[cell * d + axis] += flux / 2 * grid.axis(static_cast<int>(axis)).spacing() / grid.volume();
  };
  for (const Direction& direction : g.directions) {
    const std::vector<double> flux = link_flux(direction, grid, masses);
    for (std::size_t c = 0; c < grid.cells(); ++c) {
      if (direction.forward[c] == 0 && direction.backward[c] == 0) continue;
      const std::size_t to = grid.neighbour(c, direction.step);
      for (std::size_t a = 0; a < d; ++a) {
        add(c, a, direction.step[a] * flux[c]);
        add(to, a, direction.step[a] * flux[c]);
      }
      const double there = direction.forward[c] * masses[c], back = direction.backward[c] * masses[to];
      if (flux[c] != 0) result.entropy_production += flux[c] * std::log(there / back);
    }
  }
  for (int s = 0; s < grid.sides(); ++s) {
    const auto side = static_cast<std::size_t>(s);
    const double outward = s % 2 == 0 ? -1 : 1;
    for (std::size_t i = 0; i < g.exit_cells[side].size(); ++i) {
      const std::size_t c = g.exit_cells[side][i];
      add(c, side / 2, outward * g.exit[side][i] * masses[c]);
    }
    if (g.entry[side] > 0)
      for (const std::size_t c : grid.cells_of_side(s)) add(c, side / 2, -outward * g.entry[side]);
  }
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    double square = 0;
    for (std::size_t a = 0; a < d; ++a) square += result.field[c * d + a] * result.field[c * d + a];
    result.norm += std::sqrt(square) * grid.volume();
  }
  Team alone;
  std::vector<double> rate(grid.cells());
  apply(LineOperator(g, ActsOn::masses), alone, masses.data(), rate.data());
  for (const double r : rate) result.divergence += std::fabs(r);
  return result;
}

}  // namespace thalweg::fokker_planck
