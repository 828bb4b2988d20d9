// Where the threads of a run meet: the shared state of the epoch, and what has been completed but not yet saved.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "thalweg/core/rows.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/trust/stream_shard.hpp"

namespace thalweg {

/// The chains [first, first + count) that the workers of one process run.
struct ChainShare {
  std::size_t first = 0, count = 0;
};

/// Consistent at every moment when its mutex is free: every chain's state belongs to the current epoch, and the rows
/// are those between the last `take` and the states. A worker hands over when asked, when its rows are many, and at the
/// end of each epoch; the last to arrive there computes the next epoch from all chains. Where other processes have
/// chains too, that waits for their states: all workers then wait until the owner calls `go_on`.
class Exchange {
 public:
  struct Taken {
    std::vector<Rows> rows;
    std::vector<LogEntry> log;
    SharedState shared;
    std::vector<ChainState> chains;
    std::shared_ptr<const DrawStreams> streams;
    bool finished = false;
  };
  /// Makes the streams of a run from where its chains are when sampling begins.
  using StreamMaker = std::function<std::shared_ptr<DrawStreams>(const SharedState&, std::span<const ChainState>)>;

  /// `alone`: there is no other process. `streams`: those of a run that goes on, or null. `make_streams`: empty when
  /// all draws are kept.
  Exchange(const Warmup& warmup, SharedState shared, std::vector<ChainState> chains, ChainShare share, int workers,
           bool alone, std::shared_ptr<DrawStreams> streams = nullptr, StreamMaker make_streams = {});

  ChainShare share() const { return share_; }

  // ---- for workers ----
  std::shared_ptr<const SharedState> shared();
  const ChainState& chain(std::size_t k) const { return chains_[k]; }  ///< only before and between epochs
  bool stopping() const { return stop_.load(std::memory_order_relaxed); }
  bool asked(int worker) const { return asked_[static_cast<std::size_t>(worker)].load(std::memory_order_relaxed); }
  /// Takes over states and rows of one worker's chains (`states[i]` is chain `first + i`), and what its streams, if
  /// any, have counted since the last time.
  void hand_over(int worker, std::size_t first, std::span<const ChainState> states, std::vector<Rows> rows,
                 StreamShard<>* streams);
  const DrawStreams* streams() const { return streams_.get(); }  ///< only before and between epochs; null: none
  /// Waits for all workers and returns the next epoch; null when the run is over or is being stopped.
  std::shared_ptr<const SharedState> arrive(int worker);
  /// The worker's last call.
  void leave(int worker, std::exception_ptr error);
  /// Adds completed transitions for `progress`.
  void count(std::int64_t transitions, std::int64_t divergences) {
    transitions_.fetch_add(transitions, std::memory_order_relaxed);
    divergences_.fetch_add(divergences, std::memory_order_relaxed);
  }

  // ---- for the one who started them ----
  /// Waits up to `seconds` for something to do: all workers have left, or wait for other processes, or many rows do.
  void wait(double seconds);
  void ask();  ///< asks all workers to hand over soon
  void stop();
  bool over();          ///< all workers have left
  bool is_full();       ///< many rows are waiting
  bool at_epoch_end();  ///< all workers wait for the chains of other processes
  bool untouched();     ///< no chain of this process has completed a transition
  bool asking() const;  ///< some worker has not answered yet
  /// Transitions and divergences of this process's chains.
  std::pair<std::int64_t, std::int64_t> counts() const { return {transitions_, divergences_}; }
  Progress progress(std::int64_t transitions, std::int64_t divergences);  ///< of all processes
  Taken take();
  std::vector<ChainState> own_chains();
  /// At the end of an epoch, with the chains of all processes: the next epoch.
  void go_on(std::vector<ChainState> chains);
  std::exception_ptr error();

 private:
  static constexpr std::size_t most_waiting = std::size_t{4} << 20;  ///< numbers in rows before workers must wait

  void begin_next_epoch();

  Warmup warmup_;
  StreamMaker make_streams_;
  const ChainShare share_;
  const bool alone_;
  std::mutex mutex_;
  std::condition_variable to_workers_, to_owner_;
  std::shared_ptr<const SharedState> shared_;
  std::vector<ChainState> chains_;
  std::shared_ptr<DrawStreams> streams_;
  std::vector<Rows> rows_;
  std::vector<LogEntry> log_;
  std::size_t waiting_ = 0;  ///< numbers in rows_
  std::vector<std::atomic<bool>> asked_;
  std::vector<bool> idle_;  ///< waits for the others, or has left: its states are here
  std::atomic<std::int64_t> transitions_{0}, divergences_{0};
  std::atomic<bool> stop_{false};
  int workers_, arrived_ = 0, left_ = 0;
  bool finished_ = false;
  std::exception_ptr error_;
};

}  // namespace thalweg
