#include "thalweg/trust/streams.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {

StreamLayout StreamLayout::of(std::int64_t chains, std::int64_t columns, bool lockstep, std::int64_t energy) {
  StreamLayout layout{.chains = chains, .columns = columns, .energy = lockstep ? -1 : energy};
  if (!lockstep) return layout;
  const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(chains / (most_groups * 32), 1));
  layout.cell = std::min<std::int64_t>(static_cast<std::int64_t>(std::bit_floor(most)), 32);
  return layout;
}

std::vector<std::int64_t> StreamLayout::cells(std::int64_t first, std::int64_t last) const {
  std::vector<std::int64_t> begins;
  for (std::int64_t chain = first; chain < last; ++chain)
    if (chain % cell == 0 || group_of(chain) != group_of(chain - 1)) begins.push_back(chain);
  begins.push_back(last);
  return begins;
}

double StreamLayout::bytes() const {
  const double cells = static_cast<double>(chains) / static_cast<double>(cell) + static_cast<double>(groups());
  return 8 * static_cast<double>(columns) *
         (static_cast<double>(groups() * counters) + static_cast<double>(stream_sums) * cells);
}

StreamGrid grid_of(std::span<const double> rows, std::int64_t columns) {
  require(columns > 0 && !rows.empty() && std::ssize(rows) % columns == 0,
          "rows of {} columns expected; found {} numbers", columns, rows.size());
  StreamGrid grid;
  std::vector<double> values;
  for (std::int64_t c = 0; c < columns; ++c) {
    values.clear();
    for (std::int64_t i = c; i < std::ssize(rows); i += columns)
      if (std::isfinite(rows[static_cast<std::size_t>(i)])) values.push_back(rows[static_cast<std::size_t>(i)]);
    std::sort(values.begin(), values.end());
    const auto at = [&](std::size_t quarter) { return values[(values.size() - 1) * quarter / 4]; };
    const double centre = values.empty() ? 0 : at(2);
    double scale = values.empty() ? 0 : (at(3) - at(1)) / 1.349;
    if (!(scale > 0)) {
      double squares = 0;
      for (const double x : values) squares += (x - centre) * (x - centre) / static_cast<double>(values.size());
      scale = std::sqrt(squares);
    }
    if (!(scale > 0 && std::isfinite(scale))) scale = std::abs(centre);
    if (!(scale > 0)) scale = 1;
    grid.centre.push_back(centre);
    grid.scale.push_back(std::clamp(scale, 1e-290, 1e290));
  }
  return grid;
}

DrawStreams::DrawStreams(const StreamLayout& l, StreamGrid g) : layout(l), grid(std::move(g)) {
  const auto columns = static_cast<std::size_t>(l.columns), groups = static_cast<std::size_t>(l.groups());
  require(grid.centre.size() == columns && grid.scale.size() == columns,
          "a grid of {} columns expected; found {} centres and {} scales", columns, grid.centre.size(),
          grid.scale.size());
  const std::size_t cells = l.cells().size() - 1;
  counts.resize(groups * columns * StreamLayout::counters);
  nans.resize(columns), infinities.resize(columns);
  low.assign(columns, std::numeric_limits<double>::infinity());
  high.assign(columns, -std::numeric_limits<double>::infinity());
  sums.resize(cells * stream_sums * static_cast<std::size_t>(l.stride()));
  draws.resize(cells);
  if (l.energy >= 0) last.resize(cells), steps.resize(cells);
}

}  // namespace thalweg
