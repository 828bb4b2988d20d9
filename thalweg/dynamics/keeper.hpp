// The owner's side of a run of chains: watches the clock and the observer, meets the other processes, and commits.
#pragma once
#include <vector>

#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/commit_pace.hpp"
#include "thalweg/dynamics/exchange.hpp"

namespace thalweg {

/// The chains of this process: all are dealt out evenly over the threads of all processes, in order. All processes call
/// it.
ChainShare share_of_chains(World& world, std::size_t chains, int threads);

/// The processes of a run meet in rounds, at least every 0.05 seconds, where each says how far it is. All of them see
/// the same round and so decide alike: to stop, to exchange the states at the end of an epoch, to bring what was
/// completed to the first process, which commits it.
class Keeper {
 public:
  Keeper(const SampleSettings& settings, std::int64_t dimension, std::size_t columns, Exchange& exchange, World& world,
         Sink& sink, Clock& clock, Observer& observer)
      : settings_(settings),
        dimension_(dimension),
        columns_(columns),
        exchange_(exchange),
        world_(world),
        sink_(sink),
        clock_(clock),
        observer_(observer) {}
  /// Returns when the workers of all processes have left; the state is then saved. Only the first process's answer is
  /// the state.
  ///
  /// Errors  throws ProcessFailed where a worker of another process has failed; that one's error is its Exchange's.
  Standing keep();

 private:
  /// What the processes say, one entry each.
  struct Round {
    std::vector<double> over, at_epoch_end, full, asking, failed, untouched, interrupted, late, transitions,
        divergences;
  };
  Round meet();
  void go_on();
  void commit();
  /// To the first process, into what it has taken itself.
  void bring(Exchange::Taken& taken);

  const SampleSettings& settings_;
  std::int64_t dimension_;
  std::size_t columns_;
  Exchange& exchange_;
  World& world_;
  Sink& sink_;
  Clock& clock_;
  Observer& observer_;
  CommitPace pace_{clock_.seconds()};
  Standing standing_;
};

}  // namespace thalweg
