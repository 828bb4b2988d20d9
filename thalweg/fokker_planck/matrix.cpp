#include "thalweg/fokker_planck/matrix.hpp"

#include <cmath>

namespace thalweg::fokker_planck {
namespace {

template <class Rates>
Sparse assemble(const Generator& g, Rates rates) {
  const std::size_t n = g.grid.cells();
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(n * (1 + 2 * g.directions.size()));
  const std::vector<double> leaving = g.leaving();
  for (std::size_t c = 0; c < n; ++c) entries.emplace_back(int(c), int(c), -leaving[c]);
  for (const Direction& direction : g.directions)
    for (std::size_t c = 0; c < n; ++c) {
      const double forward = direction.forward[c], backward = direction.backward[c];
      if (forward == 0 && backward == 0) continue;
      const std::size_t to = g.grid.neighbour(c, direction.step);
      const auto [up, down] = rates(forward, backward);
      entries.emplace_back(int(to), int(c), up);
      entries.emplace_back(int(c), int(to), down);
    }
  Sparse matrix(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

}  // namespace

Sparse matrix_of(const Generator& g) {
  return assemble(g, [](double forward, double backward) { return std::pair(forward, backward); });
}

Sparse symmetric_matrix_of(const Generator& g) {
  return assemble(g, [](double forward, double backward) {
    const double both = std::sqrt(forward) * std::sqrt(backward);
    return std::pair(both, both);
  });
}

}  // namespace thalweg::fokker_planck
