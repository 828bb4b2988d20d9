// Paths of an SDE, on all cores, with what they say about its law and how far that can be trusted.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/core/sink.hpp"
#include "thalweg/sde/ensemble.hpp"
#include "thalweg/sde/scheme.hpp"
#include "thalweg/sde/statistics.hpp"

namespace thalweg {

/// What a simulation is made of. The same settings and seed give the same bits for any number of threads and any width.
struct SimulationSettings {
  std::optional<Calculus> calculus = {};  ///< must be given where the noise depends on x
  double end_time = 1, start_time = 0;
  std::int64_t paths = 100'000;
  /// Largest step; each interval between observations has an even number of equal steps. Absent: halved from 1/64 of
  /// the time until no mean or variance is biased by more than a third of its standard error.
  std::optional<double> step = {};
  /// Adaptive steps of each path's own with this relative error a step (and a tenth of it absolute), in place of
  /// `step`.
  std::optional<double> tolerance = {};
  std::optional<Scheme> scheme = {};  ///< absent: the best that the structure admits
  std::uint64_t seed = 0;
  std::vector<double> initial = {};  ///< [d], [paths][d], or empty: the SDE's own law
  std::vector<double> observe = {};  ///< ascending times in (start_time, end_time]; end_time is always one
  ObservationRequest statistics = {false, {0.05, 0.5, 0.95}, {}};
  std::int64_t keep_paths = 0;  ///< how many paths are kept, at the times of observation
  std::optional<PassageSettings> passage = {};
  /// Paths that are run once more with steps twice as long (a tolerance four times as large), to estimate biases;
  /// absent: an eighth, at least 1024. At most `paths`.
  std::optional<std::int64_t> bias_paths = {};
};

/// How it is carried out: free to differ between a simulation and its resumption.
struct SimulationExecution {
  int threads = 1;
  int width = 0;  ///< of packs, one of SdeModel::widths(); 0: the preferred one
};

/// Of first passage, over all paths that did not fail.
struct PassageReport {
  Estimate probability;                       ///< to have passed by end_time
  std::int64_t passed = 0, upper = 0;         ///< paths that passed, and those of them at the upper end
  Estimate mean_time;                         ///< of those that passed; the bias is not estimated
  std::vector<Quantile> time_quantiles = {};  ///< over all paths: +∞ where fewer passed
};

struct Simulation {
  bool finished = false;  ///< false: interrupted, all is in the checkpoint
  Scheme scheme = Scheme::euler;
  Calculus calculus = Calculus::ito;
  double step = 0;            ///< the largest that was made; adaptive: the mean
  std::int64_t steps = 0;     ///< of each path; adaptive: accepted ones of all paths
  std::int64_t rejected = 0;  ///< adaptive: of all paths
  std::int64_t paths = 0, failed = 0, bias_paths = 0;
  std::vector<Observation> observations = {};
  std::optional<PassageReport> passage = {};
  std::vector<double> kept = {};           ///< [path][time][d], times as in `observations`, the start first
  std::vector<PathFailure> failures = {};  ///< the first of them
  std::vector<std::string> warnings = {};  ///< in sentences
};

/// Runs all paths; commits a checkpoint to `sink` now and then, and at the end. Returns when finished or when
/// `observer` interrupts.
///
/// Errors  throws std::invalid_argument on settings out of range, Error on a scheme that the structure does not admit
///         and without a calculus where one is needed. A path that explodes is a numerical failure: it is left out of
///         all statistics, counted in `failed`, and the first ones are in `failures`.
Simulation simulate(const SdeModel& model, const SimulationSettings& settings, const SimulationExecution& execution,
                    Sink& sink, Clock& clock, Observer& observer);
/// In memory and to the end.
Simulation simulate(const SdeModel& model, const SimulationSettings& settings,
                    const SimulationExecution& execution = {});

/// Goes on from a checkpoint to the same bits that the simulation would have given.
Simulation resume_simulation(const SdeModel& model, const Checkpoint& checkpoint, const SimulationExecution& execution,
                             Sink& sink, Clock& clock, Observer& observer);

}  // namespace thalweg
