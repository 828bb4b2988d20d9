// The rows of a summary from the streams of a run: what all draws say, when few are kept.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "thalweg/trust/streams.hpp"
#include "thalweg/trust/summary.hpp"

namespace thalweg {

/// What the streams say of one column.
///
/// Standard errors come from the means of the 32 groups, which know of all autocorrelation and of what superchains
/// share: they are themselves known to 1/√62, 13 % (effective sizes to 25 %). In the place of normal scores stand
/// u = asinh((x − centre)/scale) for the location and |u| for the scale.
///
/// Quantiles are exact to the width of a counter: 2 % of √(scale² + (x − centre)²), interpolated linearly inside;
/// beyond 11,000 scales from the centre to the span from there to the smallest or largest draw.
///
/// Source  nested R-hat: as Diagnostics. With cells of more than one chain the variance between chains is estimated
/// from
///         the means of cells and that inside chains from what is left: the same expectations, and the same numbers
///         with cells of one chain.
class StreamedColumn {
 public:
  StreamedColumn(const DrawStreams& streams, std::int64_t column);

  Condition condition() const { return condition_; }
  std::int64_t not_finite() const { return not_finite_; }
  double mean() const { return mean_; }
  double sd() const { return sd_; }  ///< divisor S − 1
  double quantile(double probability) const;

  /// Of x itself, as Diagnostics::nested_rhat. NaN unless 2 ≤ superchains < chains and the groups divide into them.
  NestedRHat nested_rhat(int superchains) const { return nested_rhat_of(sum_z, sum_zz, superchains); }
  /// Of u and of |u|: the one that exceeds its limit by more.
  NestedRHat nested_rhat_ranked(int superchains, double tolerance) const;

  double ess_bulk() const;
  double ess_tail() const { return std::min(ess_quantile(0.05), ess_quantile(0.95)); }
  double ess_mean() const;
  double ess_quantile(double probability) const;
  double mcse_mean() const;
  double mcse_sd() const;
  double mcse_quantile(double probability) const;

 private:
  bool usable() const { return condition_ == Condition::fine; }
  NestedRHat nested_rhat_of(StreamSum sum, StreamSum squares, int superchains) const;
  /// Of the mean of numbers whose sum over group g is sums[g].
  double standard_error(std::span<const double> sums) const;
  std::span<const std::uint64_t> counts(std::int64_t group) const;
  double edge(std::int64_t counter) const;
  /// Draws below x of those that `counts` holds.
  double below(std::span<const std::uint64_t> counts, double x) const;
  double total(StreamSum which) const;

  const DrawStreams& streams_;
  std::int64_t column_;
  Condition condition_ = Condition::empty;
  std::int64_t not_finite_ = 0;
  double size_ = 0, mean_ = 0, sd_ = 0;
  std::vector<double> group_sizes_;              ///< draws of each group
  std::vector<std::vector<double>> group_sums_;  ///< [StreamSum][group]
  std::vector<std::uint64_t> all_;               ///< counts of all groups
};

/// The row of one column; split R-hat, which needs halves of chains, is NaN.
Row summarise(const DrawStreams& streams, const Quantity& quantity, int superchains = 8);
/// Of all draws of the run, chains of different lengths included: `draws` is the least.
Summary summarise(const DrawStreams& streams, std::span<const Quantity> quantities, int superchains = 8,
                  const std::function<bool()>& keep_going = {});
/// As energy_fraction, of streams that follow the energy; NaN else.
EnergyFraction energy_fraction(const DrawStreams& streams);

}  // namespace thalweg
