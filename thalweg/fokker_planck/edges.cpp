#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/evolution.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr double enough = 1e-10;

/// Mass in the layer of cells that is `depth` cells inside a side.
double layer(const Grid& grid, const std::vector<double>& masses, int s, std::size_t depth) {
  const std::size_t inward = depth * grid.stride(s / 2);
  double sum = 0;
  for (const std::size_t c : grid.cells_of_side(s)) sum += masses[s % 2 == 0 ? c + inward : c - inward];
  return sum;
}

}  // namespace

std::array<Edge, 6> edges_of(const Grid& grid, const std::vector<double>& masses) {
  std::array<Edge, 6> edges{};
  for (int s = 0; s < grid.sides(); ++s) {
    if (grid.side(s).boundary != Boundary::reflecting) continue;
    Edge& edge = edges[static_cast<std::size_t>(s)];
    const Axis& axis = grid.axis(s / 2);
    const std::size_t depth = std::max<std::size_t>(1, axis.cells / 20);
    edge.mass = layer(grid, masses, s, 0);
    if (edge.mass <= enough) continue;
    const double decay =
        std::log(layer(grid, masses, s, depth) / edge.mass) / (static_cast<double>(depth) * axis.spacing());
    edge.extend = decay > 0 ? std::log(edge.mass / enough) / decay : NAN;
  }
  return edges;
}

std::vector<std::string> edge_advice(const Grid& grid, const std::array<Edge, 6>& edges, double least) {
  std::vector<std::string> sentences;
  for (int s = 0; s < grid.sides(); ++s) {
    const Edge& edge = edges[static_cast<std::size_t>(s)];
    if (!(edge.mass > least)) continue;
    const Axis& axis = grid.axis(s / 2);
    std::string text = fmt::format("{:.3g} of the probability stands at the {} side ({:g})", edge.mass,
                                   Grid::name_of_side(s), s % 2 == 0 ? axis.low : axis.high);
    if (std::isnan(edge.extend))
      text += ", and the density does not fall towards it: the wall is part of the answer";
    else
      text += fmt::format(": extend the grid to about {:.3g}",
                          s % 2 == 0 ? axis.low - edge.extend : axis.high + edge.extend);
    sentences.push_back(std::move(text));
  }
  return sentences;
}

}  // namespace thalweg::fokker_planck
