#include "thalweg/fokker_planck/generator.hpp"

#include <algorithm>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/forces.hpp"
#include "thalweg/fokker_planck/generator_parts.hpp"
#include "thalweg/fokker_planck/link.hpp"

namespace thalweg::fokker_planck {

std::vector<double> points(const Grid& grid, const std::vector<std::size_t>& cells,
                           const std::array<double, 3>& shift) {
  const auto d = static_cast<std::size_t>(grid.dimension());
  std::vector<double> x(cells.size() * d);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    grid.center(cells[i], &x[i * d]);
    for (std::size_t a = 0; a < d; ++a) x[i * d + a] += shift[a] * grid.axis(static_cast<int>(a)).spacing();
  }
  return x;
}

std::vector<double> potential_steps(const Coefficients& coefficients, const Grid& grid,
                                    const std::vector<std::size_t>& lower, const std::vector<std::size_t>& upper) {
  const std::size_t n = lower.size();
  std::vector<double> z(n), below(n), above(n);
  coefficients.log_stationary(n, points(grid, lower, {}).data(), below.data());
  coefficients.log_stationary(n, points(grid, upper, {}).data(), above.data());
  for (std::size_t i = 0; i < n; ++i) {
    z[i] = below[i] - above[i];
    if (!std::isfinite(z[i])) {
      double x[3] = {};
      grid.center(lower[i], x);
      fail(
          "the stationary density that was given is zero or undefined near x[1] = {:g}: choose a grid inside its "
          "support",
          x[0]);
    }
  }
  return z;
}

void add_axis(const Coefficients& coefficients, double t, int axis, Generator& generator) {
  const Grid& grid = generator.grid;
  const auto d = static_cast<std::size_t>(grid.dimension()), a = static_cast<std::size_t>(axis);
  const double h = grid.axis(axis).spacing();
  Direction direction{{}, std::vector<double>(grid.cells()), std::vector<double>(grid.cells())};
  direction.step[a] = 1;
  std::array<double, 3> half{};
  half[a] = 0.5;
  CoefficientValues below, middle, above;
  each_block(grid, direction.step, [&](const auto& lower, const auto& upper) {
    evaluate(coefficients, t, points(grid, lower, half), middle);
    std::vector<double> z;
    if (coefficients.log_stationary) {
      z = potential_steps(coefficients, grid, lower, upper);
    } else {
      evaluate(coefficients, t, points(grid, lower, {}), below);
      evaluate(coefficients, t, points(grid, upper, {}), above);
    }
    for (std::size_t i = 0; i < lower.size(); ++i) {
      const std::size_t k = i * d + a;
      const Link link = coefficients.log_stationary
                            ? link_of(middle.diffusion[k] / (h * h), z[i])
                            : link_of({below.diffusion[k], middle.diffusion[k], above.diffusion[k], below.drift[k],
                                       middle.drift[k], above.drift[k]},
                                      h);
      direction.forward[lower[i]] = link.forward;
      direction.backward[lower[i]] = link.backward;
    }
  });
  generator.directions.push_back(std::move(direction));
}

/// From the centre of a cell to a side half a cell away, where p = 0.
void add_exits(const Coefficients& coefficients, double t, Generator& generator) {
  const Grid& grid = generator.grid;
  const auto d = static_cast<std::size_t>(grid.dimension());
  std::vector<double> step(d);
  for (int s = 0; s < grid.sides(); ++s) {
    if (grid.side(s).boundary != Boundary::absorbing) continue;
    const auto a = static_cast<std::size_t>(s / 2);
    const double outward = s % 2 == 0 ? -1 : 1, half = grid.axis(s / 2).spacing() / 2;
    for (std::size_t j = 0; j < d; ++j) step[j] = 1e-3 * grid.axis(static_cast<int>(j)).spacing();
    const std::vector<std::size_t> cells = grid.cells_of_side(s);
    std::array<double, 3> shift{};
    shift[a] = outward / 4;  // half way to the side
    const Forces middle = forces(coefficients, t, points(grid, cells, shift), step);
    auto& exit = generator.exit[static_cast<std::size_t>(s)];
    generator.exit_cells[static_cast<std::size_t>(s)] = cells;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t entry = coefficients.diagonal ? i * d + a : i * d * d + a * d + a;
      // a link of length h/2 into nothing; the cell itself is h wide
      const double kappa = middle.at.diffusion[entry] / (half * half);
      exit.push_back(link_of_drift(kappa, outward * middle.drift[i * d + a] / half).forward / 2);
    }
  }
}

Generator make_generator(const Coefficients& coefficients, const Grid& grid, double t) {
  validate(coefficients);
  require(coefficients.dimension == grid.dimension(), "the SDE has {} coordinates, the grid {} axes",
          coefficients.dimension, grid.dimension());
  Generator generator{.grid = grid, .directions = {}};
  if (coefficients.log_stationary) check_detailed_balance(coefficients, grid, t);
  if (coefficients.diagonal)
    for (int a = 0; a < grid.dimension(); ++a) add_axis(coefficients, t, a, generator);
  else
    add_tensor(coefficients, t, generator);
  add_exits(coefficients, t, generator);
  for (int s = 0; s < grid.sides(); ++s)
    generator.entry[static_cast<std::size_t>(s)] = grid.side(s).flux * grid.face_area(s);
  const std::vector<double> leaving = generator.leaving();
  generator.largest_rate = *std::max_element(leaving.begin(), leaving.end());
  return generator;
}

bool Generator::has_exit() const {
  return std::any_of(exit.begin(), exit.end(), [](const auto& rates) { return !rates.empty(); });
}
bool Generator::has_entry() const {
  return std::any_of(entry.begin(), entry.end(), [](double rate) { return rate > 0; });
}

std::vector<double> Generator::leaving() const {
  std::vector<double> sum(grid.cells());
  for (const Direction& direction : directions)
    for (std::size_t c = 0; c < grid.cells(); ++c) {
      if (direction.forward[c] == 0 && direction.backward[c] == 0) continue;
      sum[c] += direction.forward[c];
      sum[grid.neighbour(c, direction.step)] += direction.backward[c];
    }
  for (int s = 0; s < grid.sides(); ++s) {
    const auto& rates = exit[static_cast<std::size_t>(s)];
    const auto& cells = exit_cells[static_cast<std::size_t>(s)];
    for (std::size_t i = 0; i < cells.size(); ++i) sum[cells[i]] += rates[i];
  }
  return sum;
}

}  // namespace thalweg::fokker_planck
