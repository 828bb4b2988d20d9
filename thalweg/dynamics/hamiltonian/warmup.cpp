#include "thalweg/dynamics/hamiltonian/warmup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t least_epochs = 3;  ///< of role metric

std::int64_t ceiling(double a) { return static_cast<std::int64_t>(std::ceil(a)); }

/// Length of metric epoch number 1, 2, …: enough for the chains to decorrelate, and for all of them together to see
/// enough; then growing, for posteriors that need long.
std::int64_t metric_length(std::int64_t number, double chains) {
  static constexpr double shortest[] = {5, 8, 12}, together[] = {80, 160, 320};
  const auto k = static_cast<std::size_t>(std::min<std::int64_t>(number - 1, 2));
  double growth = 1;
  for (std::int64_t i = 3; i < number; ++i) growth *= 1.4;
  return ceiling(growth * std::max(shortest[k], together[k] / chains));
}
std::int64_t step_length(double chains) { return ceiling(std::clamp(400 / chains, 15.0, 100.0)); }

}  // namespace

std::int64_t Warmup::expected(const SharedState& now) const {
  if (now.warmup >= 0) return now.warmup;
  if (length) return *length;
  return std::max<std::int64_t>(now.epoch.end, 60);
}

SharedState Warmup::next(const SharedState& now, std::span<const ChainState> chains, std::vector<LogEntry>& log) const {
  SharedState then = now;
  if (now.epoch.role == EpochRole::start) {
    const std::size_t d = chains.front().x.size();
    if (metric == MetricKind::unit)
      then.metric = Metric::diagonal(std::vector<double>(d, 1));
    else
      then.metric = initial_metric.empty() ? starting_metric(chains) : given_metric(metric, d, initial_metric);
  } else {
    learn(now, chains, then, log);
  }
  plan(static_cast<double>(chains.size()), then);
  return then;
}

/// The lost acceptance grows as 1 − α ∝ ε^b, for NUTS with b = 2 in theory and a little more on posteriors: solved for
/// the target from the pooled means, with the second-order term for step sizes that varied.
double Warmup::pooled_log_step(const PooledEpoch& pooled) const {
  const double b = exponent;
  const double ratio = (1 - target) / std::max(1 - pooled.acceptance, 1e-4);
  return pooled.log_step + std::clamp(thalweg::log(ratio) / b + 0.5 * b * pooled.log_step_spread, -0.7, 0.7);
}

void Warmup::learn(const SharedState& now, std::span<const ChainState> chains, SharedState& then,
                   std::vector<LogEntry>& log) const {
  const PooledEpoch pooled = pool(chains);
  then.log_step = pooled_log_step(pooled);
  double distance = 0;
  then.restarted.clear();
  if (now.epoch.role == EpochRole::metric) {
    then.metric = learned_metric(metric, now.metric, chains, pooled);
    distance = metric_distance(now.metric, then.metric);
    if (may_restart && now.epoch.index >= 2) restart(pooled, chains, then, log);
    then.settled = now.epoch.index >= least_epochs && then.restarted.empty() && distance < 0.25 &&
                   then.metric.kind() == now.metric.kind() && std::fabs(pooled.log_step - then.log_step) < 0.25 &&
                   pooled.apart < 0.3 && pooled.drift < 0.15;
  }
  log.push_back(
      {"note", -1, now.epoch.end,
       fmt::format("warm-up epoch {}{}: {:.1f} gradients a transition, acceptance {:.3f}, step size {:.3g}, {} "
                   "metric changed by {:.0f} %, log density {:.6g}, chains apart {:.2f}, drift {:.2f}",
                   now.epoch.index, now.epoch.role == EpochRole::step ? " (step size only)" : "", pooled.gradients,
                   pooled.acceptance, exp(then.log_step),
                   then.metric.kind() == MetricKind::dense ? "dense" : "diagonal", 100 * distance, pooled.log_p,
                   pooled.apart, pooled.drift)});
  if (now.epoch.role == EpochRole::step)
    for (const std::size_t k : pooled.left_out)
      log.push_back(
          {"warning", static_cast<std::int64_t>(k), now.epoch.end,
           fmt::format(
               "left out of the pooled warm-up: its mean log density is {:.6g}, the median of the chains {:.6g}",
               chains[k].moments.log_p.mean, pooled.middle_log_p)});
}

void Warmup::restart(const PooledEpoch& pooled, std::span<const ChainState> chains, SharedState& then,
                     std::vector<LogEntry>& log) const {
  std::string numbers;
  then.lowest_log_p = pooled.lowest_log_p;
  for (const std::size_t k : pooled.lost) {
    if (chains[k].restarts == 3) continue;
    then.restarted.push_back(static_cast<std::int64_t>(k));
    numbers += fmt::format("{}{} (log density {:.6g})", numbers.empty() ? "" : ", ", k + 1, chains[k].log_p);
  }
  if (!numbers.empty())
    log.push_back({"note", -1, then.epoch.end,
                   fmt::format("given a new start, far below the median log density {:.6g} of the chains: {}",
                               pooled.middle_log_p, numbers)});
}

void Warmup::plan(double chains, SharedState& then) const {
  const Epoch before = then.epoch;
  Epoch& epoch = then.epoch;
  const std::int64_t most = length.value_or(cap), left = most - before.end;
  const std::int64_t last = std::min(step_length(chains), (most + 1) / 2);
  epoch = {before.index + 1, before.end, before.end, EpochRole::metric, 64};
  if (before.role == EpochRole::step) {
    epoch.role = EpochRole::sampling;
    then.warmup = epoch.begin;
    epoch.end += then.sampling;
  } else if ((then.settled && !length) || left <= last) {
    epoch.role = EpochRole::step;
    epoch.end += length ? left : std::min(left, last);
  } else {
    epoch.end += std::min(metric_length(epoch.index, chains), left - last);
    if (epoch.index == 1) epoch.max_depth = 4;
    if (epoch.index == 2) epoch.max_depth = 7;
  }
}

}  // namespace thalweg
