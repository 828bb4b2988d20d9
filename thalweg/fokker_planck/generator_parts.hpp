// How a generator is filled, block by block of cells.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

inline constexpr std::size_t block_cells = 4096;

/// Calls f(cells, neighbours) for blocks of cells that have a neighbour at `step`.
template <class F>
void each_block(const Grid& grid, const std::array<int, 3>& step, F f) {
  std::vector<std::size_t> lower, upper;
  for (std::size_t first = 0; first < grid.cells(); first += block_cells) {
    lower.clear();
    upper.clear();
    for (std::size_t c = first; c < std::min(first + block_cells, grid.cells()); ++c)
      if (const std::size_t to = grid.neighbour(c, step); to < grid.cells()) {
        lower.push_back(c);
        upper.push_back(to);
      }
    if (!lower.empty()) f(lower, upper);
  }
}

/// Centres of cells, moved by `shift` of a cell along each axis: [n][d].
std::vector<double> points(const Grid& grid, const std::vector<std::size_t>& cells, const std::array<double, 3>& shift);

/// z = log π(lower) − log π(upper) of links, from the density that was given.
std::vector<double> potential_steps(const Coefficients& coefficients, const Grid& grid,
                                    const std::vector<std::size_t>& lower, const std::vector<std::size_t>& upper);

/// Axis links of a diagonal tensor.
void add_axis(const Coefficients& coefficients, double t, int axis, Generator& generator);
/// All links of a full tensor.
void add_tensor(const Coefficients& coefficients, double t, Generator& generator);
/// Rates of leaving through the absorbing sides.
void add_exits(const Coefficients& coefficients, double t, Generator& generator);

}  // namespace thalweg::fokker_planck
