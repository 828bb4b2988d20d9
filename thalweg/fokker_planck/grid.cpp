#include "thalweg/fokker_planck/grid.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg::fokker_planck {
namespace {

void validate(const Axis& axis, int number) {
  require(std::isfinite(axis.low) && std::isfinite(axis.high) && axis.low < axis.high,
          "grid, axis {}: expected finite low < high; found {}:{}", number, axis.low, axis.high);
  const std::size_t least = axis.periodic() ? 3 : 2;
  require(axis.cells >= least, "grid, axis {}: expected at least {} cells; found {}", number, least, axis.cells);
  require(axis.spacing() > 1e-13 * std::max(std::fabs(axis.low), std::fabs(axis.high)),
          "grid, axis {}: {} cells between {} and {} are narrower than rounding allows", number, axis.cells, axis.low,
          axis.high);
  require((axis.lower.boundary == Boundary::periodic) == (axis.upper.boundary == Boundary::periodic),
          "grid, axis {}: periodic means both sides; found {} and {}", number, to_string(axis.lower.boundary),
          to_string(axis.upper.boundary));
  for (const Side& side : {axis.lower, axis.upper}) {
    require(std::isfinite(side.flux) && side.flux >= 0,
            "grid, axis {}: a flux that enters must be finite and >= 0; found {}", number, side.flux);
    require(side.flux == 0 || side.boundary == Boundary::inflow,
            "grid, axis {}: a flux is given, but the side is {}: expected inflow", number, to_string(side.boundary));
  }
}

}  // namespace

const char* to_string(Boundary boundary) {
  switch (boundary) {
    case Boundary::reflecting:
      return "reflecting";
    case Boundary::absorbing:
      return "absorbing";
    case Boundary::periodic:
      return "periodic";
    case Boundary::inflow:
      return "inflow";
  }
  return "";
}

Grid::Grid(std::vector<Axis> axes) : axes_(std::move(axes)), strides_(axes_.size()) {
  require(!axes_.empty(), "grid: expected 1 to 3 axes; found none");
  require(
      axes_.size() <= 3,
      "grid: expected at most 3 axes; found {}. Simulate paths instead (thalweg simulate): their cost does not grow "
      "with the power of the dimension",
      axes_.size());
  for (std::size_t a = axes_.size(); a-- > 0;) {
    validate(axes_[a], static_cast<int>(a) + 1);
    strides_[a] = cells_;
    require(axes_[a].cells <= (std::size_t{1} << 36) / cells_, "grid: more cells than can be addressed; use fewer");
    cells_ *= axes_[a].cells;
    volume_ *= axes_[a].spacing();
  }
}

std::string Grid::name_of_side(int s) { return fmt::format("{} x[{}]", s % 2 == 0 ? "lower" : "upper", s / 2 + 1); }

bool Grid::has(Boundary boundary) const {
  for (int s = 0; s < sides(); ++s)
    if (side(s).boundary == boundary) return true;
  return false;
}

void Grid::center(std::size_t cell, double* x) const {
  for (int a = 0; a < dimension(); ++a) x[a] = axis(a).center(index(cell, a));
}

std::size_t Grid::neighbour(std::size_t cell, const std::array<int, 3>& step) const {
  auto to = static_cast<std::int64_t>(cell);
  for (int a = 0; a < dimension(); ++a) {
    const int s = step[static_cast<std::size_t>(a)];
    if (s == 0) continue;
    const auto n = static_cast<std::int64_t>(axis(a).cells), i = static_cast<std::int64_t>(index(cell, a)) + s;
    to += s * static_cast<std::int64_t>(stride(a));
    if (i >= 0 && i < n) continue;
    if (!axis(a).periodic()) return cells_;
    to -= s * n * static_cast<std::int64_t>(stride(a));
  }
  return static_cast<std::size_t>(to);
}

std::vector<std::size_t> Grid::cells_of_side(int s) const {
  const int a = s / 2;
  const std::size_t inner = stride(a), block = inner * axis(a).cells;
  const std::size_t offset = s % 2 == 0 ? 0 : block - inner;
  std::vector<std::size_t> cells;
  cells.reserve(cells_ / axis(a).cells);
  for (std::size_t first = offset; first < cells_; first += block)
    for (std::size_t i = 0; i < inner; ++i) cells.push_back(first + i);
  return cells;
}

std::size_t Grid::locate(const double* x) const {
  std::size_t cell = 0;
  for (int a = 0; a < dimension(); ++a) {
    const Axis& along = axis(a);
    if (!(x[a] >= along.low && x[a] <= along.high)) return cells_;
    const auto i = static_cast<std::size_t>((x[a] - along.low) / along.spacing());
    cell += std::min(i, along.cells - 1) * stride(a);
  }
  return cell;
}

}  // namespace thalweg::fokker_planck
