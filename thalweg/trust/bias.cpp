#include "thalweg/trust/bias.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "thalweg/core/math.hpp"
#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The standard error of the mean of f over the draws, from the series of means over groups of chains.
template <class F>
double error_of_mean(const Column& draws, std::int64_t together, F f) {
  const std::int64_t groups = (draws.chains + together - 1) / together, length = draws.draws();
  std::vector<double> series(static_cast<std::size_t>(groups * length), 0);
  for (std::int64_t c = 0; c < draws.chains; ++c) {
    const std::int64_t g = c / together;
    const auto size = static_cast<double>(std::min(together, draws.chains - g * together));
    for (std::int64_t t = 0; t < length; ++t)
      series[static_cast<std::size_t>(g * length + t)] += f(draws.chain(c)[static_cast<std::size_t>(t)]) / size;
  }
  Diagnostics d;
  d.assign({series, groups});
  return d.mcse_mean();
}

}  // namespace

MomentBias compare_moments(std::string name, const Column& draws, std::int64_t together, const Column& reference) {
  MomentBias bias{std::move(name), nan, nan, nan, nan};
  Diagnostics ours, theirs;
  ours.assign(draws);
  theirs.assign(reference);
  if (ours.condition() != Condition::fine || theirs.condition() != Condition::fine) return bias;
  const double mean = ours.mean(), sd = ours.sd(), unit = theirs.sd();
  const double mean_error = error_of_mean(draws, together, [](double x) { return x; });
  const double variance_error = error_of_mean(draws, together, [mean](double x) { return (x - mean) * (x - mean); });
  bias.mean_error = std::hypot(mean_error, theirs.mcse_mean()) / unit;
  if (std::isfinite(bias.mean_error)) bias.mean = (mean - theirs.mean()) / unit;
  bias.sd_error = sd / unit * std::hypot(variance_error / (2 * sd * sd), theirs.mcse_sd() / unit);
  if (std::isfinite(bias.sd_error)) bias.sd = sd / unit - 1;
  return bias;
}

BiasReport report_of(std::span<const MomentBias> rows, const BiasLimits& limits) {
  BiasReport report;
  for (const MomentBias& row : rows) {
    if (std::isnan(row.mean) || std::isnan(row.sd)) continue;
    if (report.compared == 0 || std::abs(row.mean) > std::abs(report.mean.mean)) report.mean = row;
    if (report.compared == 0 || std::abs(row.sd) > std::abs(report.sd.sd)) report.sd = row;
    ++report.compared;
  }
  const double each = limits.false_alarm / (2 * std::max<double>(1, static_cast<double>(report.compared)));
  const double z = -normal_quantile(0.5 * each);
  for (const MomentBias& row : rows)
    if (std::abs(row.mean) - z * row.mean_error > limits.mean || std::abs(row.sd) - z * row.sd_error > limits.sd)
      report.beyond.push_back(row.name);
  return report;
}

std::string to_words(const BiasReport& r) {
  if (r.compared == 0) return "no quantity has draws enough on both sides to compare";
  return fmt::format("means are off by at most {:.2f} ± {:.2f} sd ({}), sds by {:.0f} ± {:.0f} % ({})",
                     std::abs(r.mean.mean), r.mean.mean_error, r.mean.name, 100 * std::abs(r.sd.sd),
                     100 * r.sd.sd_error, r.sd.name);
}

}  // namespace thalweg
