#include "thalweg/trust/diagnostics.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>

#include "thalweg/core/error.hpp"
#include "thalweg/trust/geyer.hpp"
#include "thalweg/trust/rank_normalise.hpp"

namespace thalweg {
namespace {

const double none = std::nan("");
constexpr double infinity = std::numeric_limits<double>::infinity();

/// √(((n−1)/n W + V) / W) for chains of equal length, V the variance of their means and W their mean variance.
double potential_scale_reduction(std::span<const double> values, std::int64_t chains) {
  const std::int64_t n = std::int64_t(values.size()) / chains;
  std::vector<double> means(chains);
  double within = 0;
  for (std::int64_t c = 0; c < chains; ++c) {
    const auto chain = values.subspan(c * n, n);
    means[c] = mean(chain);
    within += sum_of_squares(chain, means[c]) / double(n - 1);
  }
  within /= double(chains);
  return std::sqrt(double(n - 1) / double(n) + variance(means) / within);
}

/// The number of series of a column: its chains, or groups of as many chains each when those are many and short.
std::int64_t series_of(const Column& column) {
  constexpr std::int64_t many = 64, short_length = 100, most_groups = 32, least_groups = 4;
  if (column.chains < many || column.draws() >= short_length) return column.chains;
  for (std::int64_t groups = most_groups; groups >= least_groups; --groups)
    if (column.chains % groups == 0 && column.chains / groups * column.draws() % 2 == 0) return groups;
  return column.chains;
}

}  // namespace

std::string describe(Condition condition) {
  switch (condition) {
    case Condition::fine:
      return "";
    case Condition::empty:
      return "no draws";
    case Condition::short_chains:
      return "fewer than 4 draws a chain";
    case Condition::constant:
      return "constant";
    case Condition::unset:
      return "never set: NaN in every draw";
    case Condition::nan:
      return "NaN in some draws";
    case Condition::infinite:
      return "infinite in some draws";
  }
  return "";
}

void Diagnostics::assign(const Column& column) {
  require(column.chains > 0 && column.values.size() % column.chains == 0,
          "a column needs chains of equal length; found {} draws in {} chains", column.values.size(), column.chains);
  column_ = column;
  series_ = series_of(column);
  half_ = std::int64_t(column.values.size()) / series_ / 2;
  bulk_ready_ = folded_ready_ = false;
  examine();
  if (condition_ == Condition::nan || condition_ == Condition::unset || condition_ == Condition::empty) {
    order_.assign({});
    return;
  }
  order_.assign(column_.values);
  if (usable()) split(column_.values, split_);
}

void Diagnostics::examine() {
  const auto values = column_.values;
  std::int64_t nans = 0, infinite = 0;
  double low = infinity, high = -infinity;
  for (const double x : values) {
    nans += x != x;
    infinite += std::abs(x) == infinity;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  not_finite_ = nans + infinite;
  mean_ = sd_ = none;
  const double size = std::max(std::abs(low), std::abs(high));
  if (values.empty()) {
    condition_ = Condition::empty;
  } else if (nans > 0) {
    condition_ = nans == std::int64_t(values.size()) ? Condition::unset : Condition::nan;
  } else if (high == low || (infinite == 0 && high - low <= rounding_spread * size)) {
    condition_ = half_ < 2 ? Condition::short_chains : Condition::constant;  // one draw equals itself
    mean_ = low;
    sd_ = values.size() > 1 ? 0 : none;
  } else if (infinite > 0) {
    condition_ = Condition::infinite;
    mean_ = low == -infinity && high == infinity ? none : low == -infinity ? low : high;
  } else {
    condition_ = half_ < 2 ? Condition::short_chains : Condition::fine;
    // A power of two keeps the squares of huge and tiny draws in range.
    const int exponent = std::ilogb(size);
    scale_ = std::abs(exponent) > 200 ? std::ldexp(1.0, -std::clamp(exponent, -1000, 1000)) : 1;
    const auto scaled = rescale(values);
    const double centre = thalweg::mean(scaled);
    mean_ = centre / scale_;
    sd_ = std::sqrt(sum_of_squares(scaled, centre) / double(values.size() - 1)) / scale_;
  }
}

std::span<const double> Diagnostics::rescale(std::span<const double> values) {
  if (scale_ == 1) return values;
  work_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) work_[i] = values[i] * scale_;
  return work_;
}

void Diagnostics::split(std::span<const double> source, std::vector<double>& target) const {
  const std::int64_t draws = std::int64_t(source.size()) / series_;
  target.resize(2 * half_ * series_);
  for (std::int64_t c = 0; c < series_; ++c) {
    const double* chain = source.data() + c * draws;
    std::copy_n(chain, half_, target.begin() + 2 * c * half_);
    std::copy_n(chain + draws - half_, half_, target.begin() + (2 * c + 1) * half_);
  }
}

void Diagnostics::rank_bulk() {
  if (bulk_ready_) return;
  rank_normalise(order_, series_, scores_, bulk_);
  bulk_ready_ = true;
}

void Diagnostics::rank_folded() {
  if (folded_ready_) return;
  rank_normalise_folded(order_, series_, scores_, folded_);
  folded_ready_ = true;
}

double Diagnostics::quantile(double probability) const { return order_.quantile(probability); }

double Diagnostics::rhat_bulk() {
  if (!usable()) return none;
  rank_bulk();
  return potential_scale_reduction(bulk_, 2 * series_);
}

double Diagnostics::rhat_folded() {
  if (!usable()) return none;
  rank_folded();
  return potential_scale_reduction(folded_, 2 * series_);
}

double Diagnostics::rhat() {
  // The folded draws can be constant while the draws are not (two values only): then location decides alone.
  return std::fmax(rhat_bulk(), rhat_folded());
}

double NestedRHat::limit(double tolerance) const { return std::sqrt(1 + tolerance + noise); }

NestedRHat Diagnostics::nested_rhat(int superchains) {
  if (!usable() && condition_ != Condition::short_chains) return {none, none};
  return nested_rhat_of(column_.values, column_.chains, superchains);
}

NestedRHat Diagnostics::nested_rhat_ranked(int superchains, double tolerance) {
  if (!usable()) return {none, none};
  rank_bulk();
  rank_folded();
  const NestedRHat bulk = nested_rhat_of(bulk_, column_.chains, superchains);
  const NestedRHat folded = nested_rhat_of(folded_, column_.chains, superchains);
  const bool scale_is_worse = folded.value - folded.limit(tolerance) > bulk.value - bulk.limit(tolerance);
  return scale_is_worse ? folded : bulk;
}

NestedRHat nested_rhat_of(std::span<const double> values, std::int64_t chains, int superchains) {
  if (superchains < 2 || superchains >= chains) return {none, none};
  const std::int64_t n = std::int64_t(values.size()) / chains;
  std::vector<double> means(chains), of_superchain;
  double within = 0, between = 0, inverse_sizes = 0;
  for (std::int64_t c = 0; c < chains; ++c) {
    const auto chain = values.subspan(c * n, n);
    means[c] = mean(chain);
    if (n > 1) within += sum_of_squares(chain, means[c]) / double(n - 1) / double(chains);
  }
  for (std::int64_t first = 0; first < chains;) {
    std::int64_t last = first;
    while (last < chains && last * superchains / chains == first * superchains / chains) ++last;
    const auto inside = std::span<const double>(means).subspan(first, last - first);
    of_superchain.push_back(mean(inside));
    between += sum_of_squares(inside, of_superchain.back());
    inverse_sizes += 1 / double(last - first);
    first = last;
  }
  between /= double(chains - superchains);
  const double inside = between + within;
  return {std::sqrt(1 + variance(of_superchain) / inside), between * inverse_sizes / superchains / inside};
}

double Diagnostics::ess_bulk() {
  if (!usable()) return none;
  rank_bulk();
  moments_.assign(bulk_, 2 * series_);
  return effective_sample_size(moments_);
}

double Diagnostics::ess_quantile(double probability) {
  if (!usable()) return none;
  indicators_.assign(split_, 2 * series_, quantile(probability));
  return indicators_.constant() ? none : effective_sample_size(indicators_);
}

double Diagnostics::ess_tail() { return std::fmin(ess_quantile(0.05), ess_quantile(0.95)); }

double Diagnostics::ess_mean() {
  if (!usable()) return none;
  moments_.assign(rescale(split_), 2 * series_);
  return effective_sample_size(moments_);
}

double Diagnostics::ess_sd() {
  if (!usable()) return none;
  work_.resize(split_.size());
  const double centre = mean_ * scale_;
  for (std::size_t i = 0; i < split_.size(); ++i) {
    const double d = split_[i] * scale_ - centre;
    work_[i] = d * d;
  }
  moments_.assign(work_, 2 * series_);
  return effective_sample_size(moments_);
}

double Diagnostics::mcse_mean() { return usable() ? sd_ / std::sqrt(ess_mean()) : none; }

double Diagnostics::mcse_sd() {
  if (!usable()) return none;
  // The delta method on Var((x − m)²)/ESS.
  const double ess = ess_sd(), centre = mean_ * scale_;
  double second = 0, fourth = 0;
  for (const double x : column_.values) {
    const double d = x * scale_ - centre, d2 = d * d;
    second += d2;
    fourth += d2 * d2;
  }
  const double n = double(column_.values.size());
  second /= n;
  fourth /= n;
  return std::sqrt((fourth - second * second) / ess / second / 4) / scale_;
}

double Diagnostics::mcse_quantile(double probability) {
  return usable() ? mcse_quantile_from(probability, ess_quantile(probability)) : none;
}

double Diagnostics::mcse_quantile_from(double probability, double ess) const {
  if (std::isnan(ess)) return none;
  const double a = ess * probability + 1, b = ess * (1 - probability) + 1;
  const double size = double(column_.values.size());
  const double low = boost::math::ibeta_inv(a, b, 0.1586553) * size - 1;
  const double high = boost::math::ibeta_inv(a, b, 0.8413447) * size - 1;
  const auto sorted = order_.sorted();
  const auto at = [&](double place) { return sorted[std::size_t(std::clamp(place, 0.0, size - 1))]; };
  return (at(std::ceil(high)) - at(std::floor(low))) / 2;
}

}  // namespace thalweg
