#include "app/grid_options.hpp"

#include <fmt/format.h>

#include <cmath>

#include "app/options.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "thalweg/fokker_planck/initial.hpp"

namespace thalweg::app {
namespace {

using namespace fokker_planck;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t to; from <= text.size(); from = to + 1) {
    to = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, to - from));
  }
  return parts;
}

Axis axis_of(const std::string& text) {
  const auto parts = split(text, ':');
  const auto low = parts.size() == 3 ? parse_real(parts[0]) : std::nullopt,
             high = parts.size() == 3 ? parse_real(parts[1]) : std::nullopt;
  const auto cells = parts.size() == 3 ? parse_integer(parts[2]) : std::nullopt;
  if (!low || !high || !cells || !(*low < *high) || *cells < 2)
    throw UsageError(fmt::format("--grid {}: expected LOW:HIGH:CELLS for each coordinate, such as -3:3:400", text));
  return {.low = *low, .high = *high, .cells = static_cast<std::size_t>(*cells)};
}

Boundary boundary_called(const std::string& name) {
  for (const Boundary b : {Boundary::reflecting, Boundary::absorbing, Boundary::periodic})
    if (name == to_string(b)) return b;
  throw UsageError(fmt::format(
      "--boundary: expected reflecting, absorbing or periodic, for all sides, for each axis, or LOWER/UPPER; found {}",
      name.empty() ? "nothing" : name));
}

std::vector<double> numbers_of(const std::string& text, std::size_t count, const char* what) {
  std::vector<double> numbers;
  for (const std::string& one : split(text, ',')) {
    const auto value = parse_real(one);
    if (!value || !std::isfinite(*value))
      throw UsageError(fmt::format("--initial: expected {} numbers for {}; found {}", count, what, text));
    numbers.push_back(*value);
  }
  if (numbers.size() != count)
    throw UsageError(fmt::format("--initial: expected {} numbers for {}; found {}", count, what, text));
  return numbers;
}

}  // namespace

Grid parse_grid(const std::string& grid, const std::string& sides, std::int64_t dimension) {
  const auto parts = split(grid, ',');
  if (dimension > 3)
    throw UsageError(fmt::format(
        "--grid: a grid has at most 3 dimensions, this SDE has {}: thalweg simulate follows its paths instead",
        dimension));
  if (std::ssize(parts) != dimension)
    throw UsageError(
        fmt::format("--grid {}: the SDE has {} coordinate{}: expected as many LOW:HIGH:CELLS, separated by "
                    "commas; found {}",
                    grid, dimension, dimension == 1 ? "" : "s", parts.size()));
  const auto kinds = split(sides, ',');
  if (kinds.size() != 1 && kinds.size() != parts.size())
    throw UsageError(fmt::format("--boundary {}: expected one for all axes or one for each of {}; found {}", sides,
                                 parts.size(), kinds.size()));
  std::vector<Axis> axes;
  for (std::size_t a = 0; a < parts.size(); ++a) {
    Axis axis = axis_of(parts[a]);
    const auto both = split(kinds[kinds.size() == 1 ? 0 : a], '/');
    axis.lower.boundary = boundary_called(both.front());
    axis.upper.boundary = boundary_called(both.back());
    axes.push_back(axis);
  }
  return Grid(std::move(axes));
}

std::vector<double> parse_law(const std::string& text, const Grid& grid) {
  const auto d = static_cast<std::size_t>(grid.dimension());
  const auto parts = split(text, ':');
  if (parts[0] == "uniform" && parts.size() == 1) return uniform(grid);
  if (parts[0] == "point" && parts.size() == 2) return point_mass(grid, numbers_of(parts[1], d, "the point"));
  if (parts[0] == "gaussian" && parts.size() == 3) {
    const auto mean = numbers_of(parts[1], d, "the mean"), sd = numbers_of(parts[2], d, "the standard deviations");
    std::vector<double> covariance(d * d, 0);
    for (std::size_t i = 0; i < d; ++i) {
      if (!(sd[i] > 0)) throw UsageError(fmt::format("--initial: standard deviations must be > 0; found {}", sd[i]));
      covariance[i * d + i] = sd[i] * sd[i];
    }
    return gaussian(grid, mean, covariance);
  }
  throw UsageError(fmt::format("--initial {}: expected point:X,…, gaussian:MEAN,…:SD,… or uniform", text));
}

}  // namespace thalweg::app
