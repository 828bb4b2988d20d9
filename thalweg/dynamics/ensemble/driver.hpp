// The driver of ensembles: all particles take a step, then ask about the whole, then take the next.
#pragma once
#include "thalweg/core/sink.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// Makes the method of one shard; called once a thread, and before the threads to see that the settings fit.
using EnsembleMaker = std::function<std::unique_ptr<EnsembleMethod>()>;
/// The methods of method.hpp that are ensembles, by settings.
EnsembleMaker ensemble_maker(const Model& model, const SampleSettings& settings, const Execution& execution);

/// Runs from `standing` to its end or to an interruption, on at most one thread a block of 32 particles; commits every
/// 2 seconds or so (see CommitPace) and at the end.
///
/// Cost    memory: what the method has of each particle, the draws of each that are kept or not yet saved, twice while
///         they are being saved, streams, and 64 MiB.
/// Random  starts from (seed, init, superchain), then what the method says.
/// Errors  throws Error when no start is found, when the method cannot go on and when a draw's quantities fail; what
/// was
///         committed before stays.
Standing run_ensemble(const Model& model, Standing standing, const EnsembleMaker& make, const Execution& execution,
                      Sink& sink, Clock& clock, Observer& observer);

/// Facts in and out of a checkpoint.
EnsembleFacts facts_from(std::span<const double> numbers);
std::vector<double> numbers_of(const EnsembleFacts& facts);

}  // namespace thalweg
