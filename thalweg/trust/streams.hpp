// What is known of all draws of a run when only some are kept: sums and counts that each draw is added to.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// Which chains are counted together.
///
/// A *group* is what standard errors are made of: 32 runs of chains that follow one another (of one chain each with
/// fewer chains). Superchains, 8 or 32 of them, are unions of groups. A *cell* is what sums are made of: `cell`
/// chains that follow one another, of one group. Cells are cut by chain numbers alone and never by shards, so that no
/// sum depends on threads.
struct StreamLayout {
  static constexpr std::int64_t most_groups = 32;
  /// u = asinh((x − centre)/scale) is counted in `bins` equal bins of [−reach, reach], and in one beyond either end.
  static constexpr std::int64_t bins = 1024;
  static constexpr double reach = 10;
  static constexpr std::int64_t counters = bins + 2;

  std::int64_t chains = 0, columns = 0;
  std::int64_t cell = 1;     ///< chains of a cell, at most; a divisor of a block of 32 particles
  std::int64_t energy = -1;  ///< the column whose steps from draw to draw are followed, of cells of one chain; −1: none

  /// For methods that move all chains together cells grow with the number of chains, but every group has 32 at least:
  /// sums take the place of chains/32 draws. Else a cell is a chain.
  static StreamLayout of(std::int64_t chains, std::int64_t columns, bool lockstep, std::int64_t energy = -1);

  std::int64_t groups() const { return std::min(chains, most_groups); }
  std::int64_t group_of(std::int64_t chain) const { return chain * groups() / chains; }
  /// Columns in sums and counts: whole packs.
  std::int64_t stride() const { return (columns + 7) / 8 * 8; }
  /// The first chains of the cells that begin in [first, last), and `last`.
  std::vector<std::int64_t> cells(std::int64_t first, std::int64_t last) const;
  std::vector<std::int64_t> cells() const { return cells(0, chains); }
  /// Memory of the streams of a run.
  double bytes() const;
  bool operator==(const StreamLayout&) const = default;
};

/// Where the numbers of each column are, about: fixed when sampling begins.
struct StreamGrid {
  std::vector<double> centre, scale;  ///< [column]
  bool operator==(const StreamGrid&) const = default;
};
/// Medians, and interquartile ranges in the unit of a standard deviation, of rows [row][column]. A column without a
/// range takes its standard deviation, then its size, then 1.
StreamGrid grid_of(std::span<const double> rows, std::int64_t columns);

/// The sums of a cell, each [column]: of z = (x − centre)/scale, of u = asinh z and of |u|. u and |u| stand for the
/// location and the scale of a quantity whose own moments may not exist.
enum StreamSum : int { sum_z = 0, sum_zz, sum_u, sum_absolute_u, sum_uu, stream_sums };

/// The streams of a run: part of its checkpoint.
///
/// Numbers that are not finite are counted, and nowhere else.
struct DrawStreams {
  StreamLayout layout;
  StreamGrid grid;
  std::vector<std::uint64_t> counts;            ///< [group][column][counter]
  std::vector<std::uint64_t> nans, infinities;  ///< [column]
  std::vector<double> low, high;                ///< [column], of the finite numbers
  std::vector<double> sums;                     ///< [cell][StreamSum][stride]
  std::vector<std::int64_t> draws;              ///< [cell], of all its chains
  std::vector<double> last, steps;              ///< [cell]: z of the last energy; Σ of its squared steps
  bool operator==(const DrawStreams&) const = default;

  DrawStreams() = default;
  DrawStreams(const StreamLayout& layout, StreamGrid grid);
  std::size_t counts_at(std::int64_t group, std::int64_t column) const {
    return static_cast<std::size_t>((group * layout.columns + column) * StreamLayout::counters);
  }
  std::size_t sums_at(std::size_t cell, StreamSum which) const {
    return (cell * stream_sums + static_cast<std::size_t>(which)) * static_cast<std::size_t>(layout.stride());
  }
};

}  // namespace thalweg
