#include "thalweg/trust/stream_summary.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>

#include "thalweg/trust/autocovariance.hpp"

namespace thalweg {
namespace {

const double none = std::nan("");

}  // namespace

StreamedColumn::StreamedColumn(const DrawStreams& streams, std::int64_t column) : streams_(streams), column_(column) {
  const StreamLayout& layout = streams.layout;
  const auto groups = static_cast<std::size_t>(layout.groups());
  const std::vector<std::int64_t> cells = layout.cells();
  group_sizes_.assign(groups, 0);
  group_sums_.assign(stream_sums, std::vector<double>(groups));
  for (std::size_t cell = 0; cell + 1 < cells.size(); ++cell) {
    const auto group = static_cast<std::size_t>(layout.group_of(cells[cell]));
    group_sizes_[group] += static_cast<double>(streams.draws[cell]);
    for (int k = 0; k < stream_sums; ++k)
      group_sums_[static_cast<std::size_t>(k)][group] +=
          streams.sums[streams.sums_at(cell, static_cast<StreamSum>(k)) + static_cast<std::size_t>(column)];
  }
  all_.assign(StreamLayout::counters, 0);
  for (std::int64_t g = 0; g < layout.groups(); ++g)
    for (std::size_t k = 0; k < all_.size(); ++k) all_[k] += counts(g)[k];
  for (const double n : group_sizes_) size_ += n;
  const auto c = static_cast<std::size_t>(column);
  const double low = streams.low[c], high = streams.high[c], nans = static_cast<double>(streams.nans[c]);
  const double least = *std::min_element(group_sizes_.begin(), group_sizes_.end());
  not_finite_ = static_cast<std::int64_t>(streams.nans[c] + streams.infinities[c]);
  mean_ = sd_ = none;
  if (size_ == 0) {
    condition_ = Condition::empty;
  } else if (nans > 0) {
    condition_ = nans == size_ ? Condition::unset : Condition::nan;
  } else if (streams.infinities[c] > 0) {
    condition_ = Condition::infinite;
  } else if (high - low <= rounding_spread * std::max(std::abs(low), std::abs(high))) {
    condition_ = least < 4 ? Condition::short_chains : Condition::constant;
    mean_ = low, sd_ = 0;
  } else {
    condition_ = least < 4 ? Condition::short_chains : Condition::fine;
    const double z = total(sum_z) / size_, scale = streams.grid.scale[c];
    mean_ = streams.grid.centre[c] + scale * z;
    sd_ = scale * std::sqrt(std::max(total(sum_zz) - size_ * z * z, 0.0) / (size_ - 1));
  }
}

double StreamedColumn::total(StreamSum which) const {
  double sum = 0;
  for (const double s : group_sums_[which]) sum += s;
  return sum;
}

std::span<const std::uint64_t> StreamedColumn::counts(std::int64_t group) const {
  return {streams_.counts.data() + streams_.counts_at(group, column_),
          static_cast<std::size_t>(StreamLayout::counters)};
}

/// The lower end of a counter; that of the first is the smallest number, the upper end of the last the largest.
double StreamedColumn::edge(std::int64_t counter) const {
  const auto c = static_cast<std::size_t>(column_);
  if (counter <= 0) return streams_.low[c];
  if (counter >= StreamLayout::counters) return streams_.high[c];
  const double u = StreamLayout::reach * (2 * static_cast<double>(counter - 1) / StreamLayout::bins - 1);
  return std::clamp(streams_.grid.centre[c] + streams_.grid.scale[c] * std::sinh(u), streams_.low[c], streams_.high[c]);
}

double StreamedColumn::quantile(double probability) const {
  if (condition_ == Condition::empty || not_finite_ > 0) return none;
  // the type that Ordering::quantile has: draw i of S, from 0, stands at i/(S − 1), and half of it lies below its place
  const double wanted = probability * (size_ - 1) + 0.5;
  double before = 0;
  for (std::int64_t k = 0; k < StreamLayout::counters; ++k) {
    const double n = static_cast<double>(all_[static_cast<std::size_t>(k)]);
    if (n > 0 && before + n >= wanted) {
      const double from = edge(k), share = std::max(wanted - before, 0.0) / n;
      return from + share * (edge(k + 1) - from);
    }
    before += n;
  }
  return streams_.high[static_cast<std::size_t>(column_)];
}

double StreamedColumn::below(std::span<const std::uint64_t> counts, double x) const {
  double before = 0;
  for (std::int64_t k = 0; k < StreamLayout::counters; ++k) {
    const double n = static_cast<double>(counts[static_cast<std::size_t>(k)]), to = edge(k + 1);
    if (x < to) {
      const double from = edge(k);
      return before + (x > from ? n * (x - from) / (to - from) : 0);
    }
    before += n;
  }
  return before;
}

double StreamedColumn::standard_error(std::span<const double> sums) const {
  double sum = 0, squares = 0;
  for (const double s : sums) sum += s;
  for (std::size_t g = 0; g < sums.size(); ++g) squares += std::pow(sums[g] - sum / size_ * group_sizes_[g], 2);
  const double groups = static_cast<double>(sums.size());
  return groups > 1 ? std::sqrt(squares * groups / (groups - 1)) / size_ : none;
}

double StreamedColumn::ess_bulk() const {
  if (!usable()) return none;
  const double u = total(sum_u) / size_, error = standard_error(group_sums_[sum_u]);
  return (total(sum_uu) - size_ * u * u) / (size_ - 1) / (error * error);
}

double StreamedColumn::ess_mean() const {
  const double error = mcse_mean();
  return sd_ * sd_ / (error * error);
}

double StreamedColumn::mcse_mean() const {
  if (!usable()) return none;
  return streams_.grid.scale[static_cast<std::size_t>(column_)] * standard_error(group_sums_[sum_z]);
}

double StreamedColumn::mcse_sd() const {
  if (!usable()) return none;
  const double mean = total(sum_z) / size_, scale = streams_.grid.scale[static_cast<std::size_t>(column_)];
  std::vector<double> squares;  // Σ (z − mean)² of each group; its error by the delta method
  for (std::size_t g = 0; g < group_sizes_.size(); ++g)
    squares.push_back(group_sums_[sum_zz][g] - 2 * mean * group_sums_[sum_z][g] + mean * mean * group_sizes_[g]);
  return scale * scale * standard_error(squares) / (2 * sd_);
}

double StreamedColumn::ess_quantile(double probability) const {
  if (!usable()) return none;
  const double x = quantile(probability);
  std::vector<double> lower;
  for (std::int64_t g = 0; g < streams_.layout.groups(); ++g) lower.push_back(below(counts(g), x));
  double share = 0;
  for (const double n : lower) share += n / size_;
  const double error = standard_error(lower);
  return error > 0 ? share * (1 - share) / (error * error) : none;
}

double StreamedColumn::mcse_quantile(double probability) const {
  const double ess = ess_quantile(probability);
  if (std::isnan(ess)) return none;
  const double a = ess * probability + 1, b = ess * (1 - probability) + 1;
  return (quantile(boost::math::ibeta_inv(a, b, 0.8413447)) - quantile(boost::math::ibeta_inv(a, b, 0.1586553))) / 2;
}

NestedRHat StreamedColumn::nested_rhat_of(StreamSum sum, StreamSum squares, int superchains) const {
  const StreamLayout& layout = streams_.layout;
  if (!usable() && condition_ != Condition::short_chains) return {none, none};
  if (superchains < 2 || superchains >= layout.chains || superchains > layout.groups()) return {none, none};
  const std::vector<std::int64_t> begins = layout.cells();
  const std::size_t cells = begins.size() - 1;
  const auto superchain = [&](std::size_t cell) { return begins[cell] * superchains / layout.chains; };
  const auto chains_of = [&](std::size_t cell) { return static_cast<double>(begins[cell + 1] - begins[cell]); };
  const auto mean_of = [&](std::size_t cell) {
    return streams_.sums[streams_.sums_at(cell, sum) + static_cast<std::size_t>(column_)] /
           static_cast<double>(streams_.draws[cell]);
  };
  std::vector<double> means;
  double between = 0, inside_cells = 0, inverse_sizes = 0;
  for (std::size_t first = 0; first < cells;) {
    std::size_t last = first;
    double chains = 0, mean = 0;
    for (; last < cells && superchain(last) == superchain(first); ++last)
      chains += chains_of(last), mean += chains_of(last) * mean_of(last);
    means.push_back(mean / chains);
    inverse_sizes += 1 / chains;
    for (; first < last; ++first) {
      const double m = mean_of(first);
      between += chains_of(first) * (m - means.back()) * (m - means.back());
      inside_cells += streams_.sums[streams_.sums_at(first, squares) + static_cast<std::size_t>(column_)] -
                      static_cast<double>(streams_.draws[first]) * m * m;
    }
  }
  const double draws = size_ / static_cast<double>(layout.chains), chains = static_cast<double>(layout.chains);
  between /= static_cast<double>(cells) - superchains;
  // what is inside cells is what is inside chains and, of cells of several, what is between these
  const double within =
      draws > 1
          ? std::max(inside_cells - draws * between * (chains - static_cast<double>(cells)), 0.0) / (draws - 1) / chains
          : 0;
  return {std::sqrt(1 + variance(means) / (between + within)),
          between * inverse_sizes / superchains / (between + within)};
}

NestedRHat StreamedColumn::nested_rhat_ranked(int superchains, double tolerance) const {
  if (!usable()) return {none, none};
  const NestedRHat place = nested_rhat_of(sum_u, sum_uu, superchains),
                   scale = nested_rhat_of(sum_absolute_u, sum_uu, superchains);
  return scale.value - scale.limit(tolerance) > place.value - place.limit(tolerance) ? scale : place;
}

Row summarise(const DrawStreams& streams, const Quantity& quantity, int superchains) {
  const StreamedColumn column(streams, quantity.column);
  Row row;
  row.name = quantity.name;
  row.decides = quantity.decides;
  row.condition = column.condition();
  row.not_finite = column.not_finite();
  row.mean = column.mean();
  row.sd = column.sd();
  row.q5 = column.quantile(0.05);
  row.q50 = column.quantile(0.5);
  row.q95 = column.quantile(0.95);
  row.rhat = none;
  row.nested = column.nested_rhat_ranked(superchains, nested_tolerance);
  row.ess_bulk = column.ess_bulk();
  row.ess_tail = column.ess_tail();
  row.mcse_mean = column.mcse_mean();
  row.mcse_sd = column.mcse_sd();
  row.mcse_q5 = column.mcse_quantile(0.05);
  row.mcse_q50 = column.mcse_quantile(0.5);
  row.mcse_q95 = column.mcse_quantile(0.95);
  return row;
}

Summary summarise(const DrawStreams& streams, std::span<const Quantity> quantities, int superchains,
                  const std::function<bool()>& keep_going) {
  Summary summary;
  summary.chains = streams.layout.chains;
  summary.superchains = superchains;
  const std::vector<std::int64_t> cells = streams.layout.cells();
  summary.draws = std::numeric_limits<std::int64_t>::max();
  for (std::size_t cell = 0; cell + 1 < cells.size(); ++cell)
    summary.draws = std::min(summary.draws, streams.draws[cell] / (cells[cell + 1] - cells[cell]));
  for (const Quantity& quantity : quantities) {
    if (keep_going && !keep_going()) break;
    summary.rows.push_back(summarise(streams, quantity, superchains));
  }
  return summary;
}

EnergyFraction energy_fraction(const DrawStreams& streams) {
  EnergyFraction result{none, none, -1};
  if (streams.layout.energy < 0) return result;
  const auto column = static_cast<std::size_t>(streams.layout.energy);
  double steps = 0, size = 0, sum = 0, squares = 0;
  for (std::size_t chain = 0; chain < streams.draws.size(); ++chain) {
    const double n = static_cast<double>(streams.draws[chain]),
                 s = streams.sums[streams.sums_at(chain, sum_z) + column],
                 ss = streams.sums[streams.sums_at(chain, sum_zz) + column];
    if (n < 2) return {none, none, -1};
    const double fraction = streams.steps[chain] / (ss - s * s / n);
    if (result.chain < 0 || !(fraction >= result.worst_chain)) {
      result.worst_chain = fraction;
      result.chain = static_cast<std::int64_t>(chain);
    }
    steps += streams.steps[chain], size += n, sum += s, squares += ss;
  }
  result.pooled = steps / (squares - sum * sum / size);
  return result;
}

}  // namespace thalweg
