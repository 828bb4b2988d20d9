// Warm-up of an ensemble of chains: one metric and one step size, learned from all of them, until both have settled.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/dynamics/chain_state.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {

enum class EpochRole : std::int32_t {
  start = 0,     ///< initial points are looked for
  metric = 1,    ///< step sizes adapt; the metric is learned at the end
  step = 2,      ///< step sizes adapt to the final metric
  sampling = 3,  ///< nothing adapts
  length = 4,    ///< nothing adapts; the length of microcanonical methods is learned at the end
};

struct PooledEpoch;

/// Chains run freely from transition `begin` to `end`.
struct Epoch {
  std::int64_t index = 0, begin = 0, end = 0;
  EpochRole role = EpochRole::start;
  std::int32_t max_depth = 64;  ///< of trees, when less than what the run asks for
  bool operator==(const Epoch&) const = default;
};

/// What all chains share during an epoch; changes only between epochs, from all chains in chain order.
struct SharedState {
  Epoch epoch;
  Metric metric;
  double log_step = 0;                  ///< pooled
  double length = 0;                    ///< L of microcanonical methods; 0: the method's own
  bool length_known = false;            ///< has been learned, or will be when the epoch under way is over
  std::vector<std::int64_t> restarted;  ///< chains that begin the epoch with a new start
  double lowest_log_p = 0;              ///< that a new start must reach when relaxed
  bool settled = false;                 ///< warm-up is over after the next epoch of role `step`
  std::int64_t warmup = -1;             ///< transitions of warm-up, once known
  std::int64_t sampling = 0;            ///< transitions after it
};

struct Warmup {
  std::optional<std::int64_t> length;  ///< exact; adaptive when absent
  std::int64_t cap = 1000;             ///< of an adaptive length
  MetricKind metric = MetricKind::automatic;
  std::vector<double> initial_metric{};  ///< see SampleSettings
  double target = 0.8;
  double exponent = 2.3;    ///< 1 − acceptance ∝ ε^exponent
  bool may_restart = true;  ///< a lost chain is given a new start, up to 3 times
  /// c of learned_length; 0: the length is the method's own. With fewer than 8 chains it stays at typical_length.
  double length_share = 0;
  /// The step size of a method without a Metropolis test is set so that E[min(W², d)] = energy, W² ∝ ε^energy_power.
  /// The steering that chains adapt to during an epoch finds that ε only for normal W; where W has heavy tails it is
  /// too large, and the mean over all chains sets it right at the end. 0: by the steering alone.
  double energy = 0, energy_power = 0;

  /// Transitions of warm-up that a chain will have done if it settles at the next chance.
  std::int64_t expected(const SharedState& now) const;
  /// The shared state of the next epoch. `log` receives what a reader should know.
  SharedState next(const SharedState& now, std::span<const ChainState> chains, std::vector<LogEntry>& log) const;

 private:
  double pooled_log_step(const SharedState& now, const PooledEpoch& pooled) const;
  void learn_length(const SharedState& now, const PooledEpoch& pooled, SharedState& then, double& wanted) const;
  double learn(const SharedState& now, std::span<const ChainState> chains, SharedState& then,
               std::vector<LogEntry>& log) const;
  void restart(const PooledEpoch& pooled, std::span<const ChainState> chains, SharedState& then,
               std::vector<LogEntry>& log) const;
  void plan(double chains, double wanted, SharedState& then) const;
};

}  // namespace thalweg
