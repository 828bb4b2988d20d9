// Draws from a density with NUTS, on all cores, saved as they come.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/core/world.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/annealing/annealing_facts.hpp"
#include "thalweg/dynamics/annealing/ladder.hpp"
#include "thalweg/dynamics/chain_state.hpp"
#include "thalweg/dynamics/hamiltonian/warmup.hpp"
#include "thalweg/dynamics/method.hpp"
#include "thalweg/dynamics/superchain.hpp"

namespace thalweg {

/// What a run is made of. The same settings and seed give the same bits for any `threads` and `width`.
struct SampleSettings {
  std::int64_t chains = 32;
  std::int64_t draws = 4000;  ///< stored, over all chains; rounded up to a multiple of the chains
  /// The last so many draws of each chain are kept, 0: all. What is not kept is counted in streams (trust/streams.hpp),
  /// from which summary and verdict come; the error of a mean is then that of 16 chains at least.
  std::int64_t keep = 0;
  std::int64_t thin = 1;                    ///< transitions a stored draw
  std::optional<std::int64_t> warmup = {};  ///< transitions of each chain; absent: until settled, at most 1000
  bool save_warmup = false;
  std::uint64_t seed = 0;
  double init_radius = 2;
  std::vector<std::vector<double>> starts = {};  ///< unconstrained: empty, one for all, or one a chain
  /// What is known of the posterior's covariance in the unconstrained space before the run: [d] variances, [d][d] the
  /// whole matrix, or nothing. Warm-up begins with it and learns from there.
  std::vector<double> initial_metric = {};
  MetricKind metric = MetricKind::automatic;
  Method method = Method::nuts;
  MethodSettings special = {};                   ///< what only some methods have
  std::optional<double> target_acceptance = {};  ///< absent: the method's
  std::optional<double> step_size = {};          ///< fixed; absent: adapted. In the unit that the method's card names
  int max_depth = 10;

  /// Chains that share a start: with many chains few starts do, and nested R-hat compares what came of them.
  std::int64_t superchains() const {
    return std::min(chains, traits_of(method).lockstep ? ensemble_superchains : default_superchains);
  }
  static constexpr std::int64_t least_streamed_chains = 16;
  double target() const { return target_acceptance.value_or(traits_of(method).target); }
  std::int64_t draws_per_chain() const { return (draws + chains - 1) / chains; }
};

/// How a run is carried out: free to differ between a run and its resumption.
struct Execution {
  int threads = 1;
  int width = 0;  ///< widest pack to use, one of Model::widths(); 0: the model's preferred width
  /// The processes that share the run, of which this is the first; the others are in `take_part`. Nothing: one process.
  World* world = nullptr;
};

struct SampleOutcome {
  bool finished = false;     ///< false: interrupted, all is saved
  std::int64_t warmup = -1;  ///< transitions of warm-up a chain; −1 while that is still open
  bool settled = false;      ///< adaptive warm-up ended because it had settled, not at its cap
  double step_size = 0;
  std::int64_t dimension = 0;
  MetricKind metric = MetricKind::diagonal;      ///< the one that is used, diagonal or dense
  std::vector<double> variances = {};            ///< that the metric assumes
  std::optional<double> log_evidence = {};       ///< log Z, of methods that know it; see docs/sampling.md for which Z
  double evidence_error = 0;                     ///< its standard error
  std::optional<LadderFacts> ladder = {};        ///< of tempering
  std::optional<AnnealingFacts> annealing = {};  ///< of smc and ais
  TransitionCounts warmup_counts, sampling_counts;
};

/// The columns of the draws: the sampler's statistics, then the model's variables.
std::vector<ColumnGroup> draw_columns(const Model& model);

/// Runs warm-up and sampling; commits to `sink` every 2 seconds or so, when a block is full, and at the end. Returns
/// when finished or when `observer` interrupts.
///
/// Errors  throws std::invalid_argument on settings out of range, Error when no start is found, when the model fails
///         to compute a draw's quantities, and what the sink throws; all completed transitions are saved before.
SampleOutcome sample(const Model& model, const SampleSettings& settings, const Execution& execution, Sink& sink,
                     Clock& clock, Observer& observer);

/// Goes on from a checkpoint to the same bits that the run would have given; with `more_draws` (over all chains,
/// rounded up) it is extended first. A finished run returns at once.
SampleOutcome resume(const Model& model, const Checkpoint& checkpoint, std::int64_t more_draws,
                     const Execution& execution, Sink& sink, Clock& clock, Observer& observer);

/// What a checkpoint says about its run. Throws Error on bytes that are not one.
struct CheckpointSummary {
  SampleSettings settings;
  SampleOutcome outcome;
};
CheckpointSummary describe(const Checkpoint& checkpoint);

}  // namespace thalweg
