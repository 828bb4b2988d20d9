#include "app/law_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/status.hpp"

namespace thalweg::app {
namespace {

using fokker_planck::Current;
using fokker_planck::Grid;

Picture curves(const SdeModel& sde, const Grid& grid, const std::vector<Law>& laws) {
  Picture picture(fmt::format("Fokker-Planck equation of {}", sde.name()), sde.coordinates().front(), "density");
  std::vector<std::vector<double>> rows(grid.cells());
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    double x = 0;
    grid.center(c, &x);
    rows[c] = {x};
    for (const Law& law : laws) rows[c].push_back(law.values[c]);
  }
  picture.data("laws", rows);
  picture.set("set palette defined (0 '#c6dbef', 0.5 '#6baed6', 1 '#08306b')\nunset colorbox");
  for (std::size_t k = 0; k < laws.size(); ++k)
    picture.curve(fmt::format("$laws using 1:{} with lines lw 2 lc palette frac {:.3f} title '{}'", k + 2,
                              laws.size() == 1 ? 1.0 : static_cast<double>(k) / static_cast<double>(laws.size() - 1),
                              laws[k].name));
  return picture;
}

/// Arrows on a raster of about 24 by 24, the longest as long as their distance.
std::vector<std::vector<double>> arrows(const Grid& grid, const Current& current) {
  const auto every = [&](int a) { return std::max<std::size_t>(1, grid.axis(a).cells / 24); };
  double longest = 0;
  for (std::size_t c = 0; c < grid.cells(); ++c)
    longest = std::max(longest, std::hypot(current.field[2 * c], current.field[2 * c + 1]));
  const double reach = 0.9 * std::min(static_cast<double>(every(0)) * grid.axis(0).spacing(),
                                      static_cast<double>(every(1)) * grid.axis(1).spacing());
  std::vector<std::vector<double>> rows;
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    if (grid.index(c, 0) % every(0) != every(0) / 2 || grid.index(c, 1) % every(1) != every(1) / 2) continue;
    const double u = current.field[2 * c], v = current.field[2 * c + 1], size = std::hypot(u, v);
    if (!(size > 0.02 * longest)) continue;
    double x[2];
    grid.center(c, x);
    const double scale = reach / longest;
    rows.push_back({x[0] - 0.5 * scale * u, x[1] - 0.5 * scale * v, scale * u, scale * v});
  }
  return rows;
}

Picture map(const SdeModel& sde, const Grid& grid, const Law& law, const Current* current) {
  Picture picture(fmt::format("{} of {}", law.name, sde.name()), sde.coordinates()[0], sde.coordinates()[1]);
  std::vector<std::vector<double>> rows;
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    double x[2];
    grid.center(c, x);
    rows.push_back({x[0], x[1], law.values[c]});
  }
  picture.data("law", rows);
  picture.set("set palette defined (0 '#ffffff', 0.15 '#deebf7', 0.5 '#6baed6', 1 '#08306b')");
  picture.set(fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\nunset grid", grid.axis(0).low, grid.axis(0).high,
                          grid.axis(1).low, grid.axis(1).high));
  picture.curve("$law using 1:2:3 with image notitle");
  if (current && current->norm > 0)
    if (const auto field = arrows(grid, *current); !field.empty()) {
      picture.data("current", field);
      picture.curve(
          "$current using 1:2:3:4 with vectors head filled size screen 0.006,20 lw 1 lc rgb '#b2182b' title "
          "'probability current'");
    }
  return picture;
}

}  // namespace

Picture picture_of(const SdeModel& sde, const Grid& grid, const std::vector<Law>& laws, const Current* current) {
  if (grid.dimension() > 2)
    throw UsageError("--plot: pictures are for one and two dimensions; --table writes all cells");
  if (laws.empty()) throw UsageError("--plot: there is no density to draw: ask for --end-time or --stationary");
  return grid.dimension() == 1 ? curves(sde, grid, laws) : map(sde, grid, laws.back(), current);
}

}  // namespace thalweg::app
