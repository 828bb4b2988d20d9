// The streams of some chains of a run, on one thread.
#pragma once
#include <cstring>
#include <limits>
#include <utility>

#include "thalweg/core/math.hpp"
#include "thalweg/trust/streams.hpp"

namespace thalweg {

inline namespace THALWEG_ISA {

/// The decisions that tests replace by planted errors.
struct StreamRules {
  /// The counter of u, as a number that is to be truncated; `t` is 0 at −reach and `bins` at reach.
  template <class Real>
  static Real counter(const Real& t) {
    return min(max(t + 1.0, Real(0.5)), Real(static_cast<double>(StreamLayout::bins) + 1.5));
  }
  /// Where cell `own` of a shard goes, whose first cell is `first` of the run.
  static std::size_t cell(std::size_t own, std::size_t first) { return first + own; }
};

/// Adds draws of the chains [first, first + count), which begins and ends where cells do.
///
/// Sums are taken in the order of the calls: draw after draw, and of a cell chain after chain. Counts are integers.
/// Cost    about 15 ns a number of a draw: an asinh, five additions, a counter; memory see StreamLayout.
template <class Rules = StreamRules>
class StreamShard {
 public:
  StreamShard(const DrawStreams& whole, std::int64_t first, std::int64_t count)
      : layout_(whole.layout), first_(first), stride_(static_cast<std::size_t>(layout_.stride())) {
    const std::vector<std::int64_t> cells = layout_.cells(first, first + count);
    first_cell_ = layout_.cells(0, first).size() - 1;
    cells_ = cells.size() - 1;
    cell_of_.reserve(static_cast<std::size_t>(count));
    for (std::size_t c = 0; c < cells_; ++c) cell_of_.insert(cell_of_.end(), cells[c + 1] - cells[c], c);
    first_group_ = count > 0 ? layout_.group_of(first) : 0;
    groups_ = count > 0 ? layout_.group_of(first + count - 1) - first_group_ + 1 : 0;
    centre_.assign(stride_, 0), inverse_.assign(stride_, 0);
    std::copy(whole.grid.centre.begin(), whole.grid.centre.end(), centre_.begin());
    for (std::size_t c = 0; c < whole.grid.scale.size(); ++c) inverse_[c] = 1 / whole.grid.scale[c];
    row_.assign(stride_, 0), z_.assign(stride_, 0), counter_.assign(stride_, 0);
    const auto sums = whole.sums.begin() + static_cast<std::ptrdiff_t>(whole.sums_at(first_cell_, sum_z));
    sums_.assign(sums, sums + static_cast<std::ptrdiff_t>(cells_ * stream_sums * stride_));
    const auto of_cells = [&](const auto& all) {
      const auto from = all.begin() + (all.empty() ? 0 : static_cast<std::ptrdiff_t>(first_cell_));
      return std::remove_cvref_t<decltype(all)>(from, from + (all.empty() ? 0 : static_cast<std::ptrdiff_t>(cells_)));
    };
    draws_ = of_cells(whole.draws), last_ = of_cells(whole.last), steps_ = of_cells(whole.steps);
    clear();
  }

  /// Draw `row` of a chain: its columns, one after another.
  void add(std::int64_t chain, std::span<const double> row) {
    const std::size_t cell = cell_of_[static_cast<std::size_t>(chain - first_)];
    std::copy(row.begin(), row.end(), row_.begin());
    add_sums(sums_.data() + cell * stream_sums * stride_);
    count(layout_.group_of(chain) - first_group_);
    if (layout_.energy >= 0) follow_energy(cell);
    ++draws_[cell];
  }

  /// Adds what has come since the last call to the streams of the run.
  void hand_over(DrawStreams& whole) {
    const std::size_t at = Rules::cell(0, first_cell_);
    std::copy(sums_.begin(), sums_.end(), whole.sums.begin() + static_cast<std::ptrdiff_t>(whole.sums_at(at, sum_z)));
    std::copy(draws_.begin(), draws_.end(), whole.draws.begin() + static_cast<std::ptrdiff_t>(at));
    if (layout_.energy >= 0) {
      std::copy(last_.begin(), last_.end(), whole.last.begin() + static_cast<std::ptrdiff_t>(at));
      std::copy(steps_.begin(), steps_.end(), whole.steps.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::uint64_t* const counts = whole.counts.data() + whole.counts_at(first_group_, 0);
    for (std::size_t k = 0; k < counts_.size(); ++k) counts[k] += counts_[k];
    for (std::size_t c = 0; c < static_cast<std::size_t>(layout_.columns); ++c) {
      whole.nans[c] += nans_[c], whole.infinities[c] += infinities_[c];
      whole.low[c] = std::min(whole.low[c], low_[c]), whole.high[c] = std::max(whole.high[c], high_[c]);
    }
    clear();
  }

 private:
  using Real = Pack<8>;

  void clear() {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    counts_.assign(static_cast<std::size_t>(groups_ * layout_.columns * StreamLayout::counters), 0);
    nans_.assign(stride_, 0), infinities_.assign(stride_, 0);
    low_.assign(stride_, infinite), high_.assign(stride_, -infinite);
  }
  void add_sums(double* sums) {
    constexpr double bins_of_one = static_cast<double>(StreamLayout::bins) / (2 * StreamLayout::reach);
    for (std::size_t c = 0; c < stride_; c += 8) {
      const Real x = load<Real>(&row_[c]);
      const auto finite = is_finite(x);
      // so far out that a square would not be finite, a number counts as one at the end of what can be squared
      const Real far = min(max((x - load<Real>(&centre_[c])) * load<Real>(&inverse_[c]), Real(-1e150)), Real(1e150));
      const Real z = select(finite, far, Real(0.0)), u = asinh(z);
      const auto add = [&](StreamSum which, const Real& value) {
        double* const to = sums + static_cast<std::size_t>(which) * stride_ + c;
        store(to, load<Real>(to) + value);
      };
      add(sum_z, z), add(sum_zz, z * z), add(sum_u, u), add(sum_absolute_u, abs(u)), add(sum_uu, u * u);
      store(&low_[c], select(finite, min(x, load<Real>(&low_[c])), load<Real>(&low_[c])));
      store(&high_[c], select(finite, max(x, load<Real>(&high_[c])), load<Real>(&high_[c])));
      store(&z_[c], z);
      store(&counter_[c], select(finite, Rules::counter((u + StreamLayout::reach) * bins_of_one), Real(-1.0)));
    }
  }
  void count(std::int64_t group) {
    const auto columns = static_cast<std::size_t>(layout_.columns);
    std::uint64_t* counts = counts_.data() + static_cast<std::size_t>(group) * columns * StreamLayout::counters;
    for (std::size_t c = 0; c < columns; ++c, counts += StreamLayout::counters) {
      if (counter_[c] >= 0)
        ++counts[static_cast<std::size_t>(counter_[c])];
      else if (row_[c] != row_[c])
        ++nans_[c];
      else
        ++infinities_[c];
    }
  }
  void follow_energy(std::size_t cell) {
    const double z = z_[static_cast<std::size_t>(layout_.energy)], step = z - last_[cell];
    if (draws_[cell] > 0) steps_[cell] += step * step;
    last_[cell] = z;
  }

  StreamLayout layout_;
  std::int64_t first_, first_group_ = 0, groups_ = 0;
  std::size_t stride_, first_cell_ = 0, cells_ = 0;
  std::vector<std::size_t> cell_of_;  ///< [chain of the shard]
  std::vector<double> centre_, inverse_, row_, z_, counter_;
  std::vector<double> sums_, last_, steps_;
  std::vector<std::int64_t> draws_;
  std::vector<std::uint64_t> counts_, nans_, infinities_;
  std::vector<double> low_, high_;
};

}  // namespace THALWEG_ISA

}  // namespace thalweg
