#include "thalweg/dynamics/hamiltonian/warmup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"
#include "thalweg/dynamics/microcanonical/learned_length.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t least_epochs = 3;  ///< of role metric
constexpr double fewest_chains = 8;       ///< that tell a length
constexpr double correlations = 10;       ///< an epoch that tells it must have, of each chain

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
  double wanted = 0;
  if (now.epoch.role == EpochRole::start) {
    const std::size_t d = chains.front().x.size();
    if (metric == MetricKind::unit)
      then.metric = Metric::diagonal(std::vector<double>(d, 1));
    else
      then.metric = initial_metric.empty() ? starting_metric(chains) : given_metric(metric, d, initial_metric);
  } else {
    wanted = learn(now, chains, then, log);
  }
  plan(static_cast<double>(chains.size()), wanted, then);
  return then;
}

/// The lost acceptance grows as 1 − α ∝ ε^b, for NUTS with b = 2 in theory and a little more on posteriors: solved for
/// the target from the pooled means, with the second-order term for step sizes that varied.
double Warmup::pooled_log_step(const SharedState& now, const PooledEpoch& pooled) const {
  const double used = now.epoch.role == EpochRole::length ? now.log_step : pooled.log_step;
  if (energy > 0 && pooled.errors > 0)
    return used + std::clamp(thalweg::log(energy / pooled.errors) / energy_power - used, -1.5, 0.7);
  if (now.epoch.role == EpochRole::length) return used;
  const double b = exponent;
  const double ratio = (1 - target) / std::max(1 - pooled.acceptance, 1e-4);
  return pooled.log_step + std::clamp(thalweg::log(ratio) / b + 0.5 * b * pooled.log_step_spread, -0.7, 0.7);
}

/// The length for the next epoch, and in `wanted` the transitions that would tell it. It is learned once: where draws
/// remember each other for other reasons than short trajectories, it would grow without end.
void Warmup::learn_length(const SharedState& now, const PooledEpoch& pooled, SharedState& then, double& wanted) const {
  if (now.epoch.role == EpochRole::metric) then.length = typical_length(pooled, then.metric);
  if (now.epoch.role == EpochRole::step) wanted = std::max(40.0, 3 * correlations * then.length / pooled.path);
  if (now.epoch.role != EpochRole::length) return;
  const auto n = static_cast<double>(now.epoch.end - now.epoch.begin);
  then.length_known = now.length_known || n >= 0.7 * correlations * pooled.correlation;
  wanted = std::clamp(correlations * pooled.correlation, 1.5 * n, 4 * n);
  const double used = now.length > 0 ? now.length : std::sqrt(static_cast<double>(pooled.mean.size()));
  const double learned = learned_length(length_share, used, pooled.path, pooled.correlation);
  if (then.length_known && learned > 0) then.length = used * std::clamp(learned / used, 0.1, 10.0);
}

double Warmup::learn(const SharedState& now, std::span<const ChainState> chains, SharedState& then,
                     std::vector<LogEntry>& log) const {
  const PooledEpoch pooled = pool(chains);
  const double step_before = energy > 0 ? now.log_step : pooled.log_step;
  double wanted = 0;
  then.log_step = pooled_log_step(now, pooled);
  double distance = 0;
  then.restarted.clear();
  if (now.epoch.role == EpochRole::metric) {
    then.metric = learned_metric(metric, now.metric, chains, pooled);
    distance = metric_distance(now.metric, then.metric);
    if (may_restart && now.epoch.index >= 2) restart(pooled, chains, then, log);
    then.settled = now.epoch.index >= least_epochs && then.restarted.empty() && distance < 0.25 &&
                   then.metric.kind() == now.metric.kind() && std::fabs(step_before - then.log_step) < 0.25 &&
                   pooled.apart < 0.3 && pooled.drift < 0.15;
  }
  if (length_share > 0) learn_length(now, pooled, then, wanted);
  log.push_back(
      {"note", -1, now.epoch.end,
       fmt::format("warm-up epoch {}{}: {:.1f} gradients a transition, acceptance {:.3f}, step size {:.3g}, {} "
                   "metric changed by {:.0f} %, log density {:.6g}, chains apart {:.2f}, drift {:.2f}{}",
                   now.epoch.index,
                   now.epoch.role == EpochRole::step     ? " (step size only)"
                   : now.epoch.role == EpochRole::length ? " (length)"
                                                         : "",
                   pooled.gradients, pooled.acceptance, exp(then.log_step),
                   then.metric.kind() == MetricKind::dense ? "dense" : "diagonal", 100 * distance, pooled.log_p,
                   pooled.apart, pooled.drift,
                   length_share > 0 ? fmt::format(", length {:.3g}, {:.1f} transitions an independent draw",
                                                  then.length, pooled.correlation)
                                    : "")});
  if (now.epoch.role == EpochRole::step)
    for (const std::size_t k : pooled.left_out)
      log.push_back(
          {"warning", static_cast<std::int64_t>(k), now.epoch.end,
           fmt::format(
               "left out of the pooled warm-up: its mean log density is {:.6g}, the median of the chains {:.6g}",
               chains[k].moments.log_p.mean, pooled.middle_log_p)});
  return wanted;
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

/// Metric epochs until settled, one for the step size; then, where a length is learned, epochs for that until it is
/// known, and the step size again (which its energy errors have set already, where those decide).
void Warmup::plan(double chains, double wanted, SharedState& then) const {
  const Epoch before = then.epoch;
  Epoch& epoch = then.epoch;
  const bool learns = length_share > 0 && chains >= fewest_chains;
  const std::int64_t most = length.value_or(cap), left = most - before.end;
  const std::int64_t last =
                         std::min(step_length(chains), learns ? std::max<std::int64_t>(most / 6, 1) : (most + 1) / 2),
                     again = energy > 0 ? 0 : last,  // after the length
      reserved = learns ? last + again + std::min<std::int64_t>(most / 4, 200) : last;
  epoch = {before.index + 1, before.end, before.end, EpochRole::metric, 64};
  const bool was_final = before.role == EpochRole::step || before.role == EpochRole::length;
  const bool measures = learns && !then.length_known && was_final && left > again;
  if (measures) {
    epoch.role = EpochRole::length;
    const std::int64_t rest = left - again;
    epoch.end += length || 1.5 * wanted > static_cast<double>(rest) ? rest : ceiling(wanted);
    then.length_known = epoch.end == most - again;  // it will be: there is no more time
  } else if (before.role == EpochRole::length && again > 0) {
    epoch.role = EpochRole::step;
    epoch.end += length ? left : std::min(left, last);
  } else if (was_final) {
    epoch.role = EpochRole::sampling;
    then.warmup = epoch.begin;
    epoch.end += then.sampling;
  } else if ((then.settled && !length) || left <= reserved) {
    epoch.role = EpochRole::step;
    epoch.end += learns ? std::min(left, last) : length ? left : std::min(left, last);
  } else {
    epoch.end += std::min(metric_length(epoch.index, chains), left - reserved);
    if (epoch.index == 1) epoch.max_depth = 4;
    if (epoch.index == 2) epoch.max_depth = 7;
  }
}

}  // namespace thalweg
