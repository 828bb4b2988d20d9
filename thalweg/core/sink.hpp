// Where a driver writes: draws with the checkpoint that continues after them, in one transaction.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/core/pieces.hpp"

namespace thalweg {

/// What a column of the draws holds.
enum class ColumnKind : std::int32_t {
  statistic = 0,  ///< of the sampler: lp, acceptance_rate, step_size, tree_depth, n_steps, diverging, energy
  parameter = 1,  ///< of the model's parameters block
  transformed_parameter = 2,
  generated_quantity = 3,
};

/// A named group of columns: a statistic or a variable of the model.
struct ColumnGroup {
  std::string name, type;
  ColumnKind kind;
  std::vector<std::int64_t> shape;  ///< empty for a scalar; the last index runs fastest
  bool is_integer = false;
  std::int64_t first = 0, size = 1;  ///< columns [first, first + size)
};

enum class Phase : std::int32_t { warmup = 0, sampling = 1 };

/// `count` consecutive draws of one chain, parameter-major: column c of draw first + i is values[c · count + i].
struct DrawBlock {
  Phase phase = Phase::sampling;
  std::int64_t chain = 0, first = 0, count = 0;
  std::vector<double> values;
};

/// All that is needed to go on: an opaque little-endian record that only the driver that wrote it reads.
struct Checkpoint {
  std::vector<unsigned char> bytes;
  bool finished = false;
  /// Of a method that moves many particles, and of streams; null: none. Those of a commit are there until it returns.
  std::shared_ptr<const Pieces> pieces = nullptr;
};
/// One that may be kept: its pieces are copied.
inline Checkpoint stored(const Checkpoint& checkpoint) {
  return {checkpoint.bytes, checkpoint.finished, stored(checkpoint.pieces)};
}

/// One line of the run's log: what happened, to which chain (−1: all), at which transition.
struct LogEntry {
  std::string level;  ///< "note", "warning" or "failure"
  std::int64_t chain = -1, transition = -1;
  std::string text;
};

/// Implemented by `io/` for run files and by tests in memory.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Writes the blocks, the log and the checkpoint in one transaction: after a kill, either all of it is there or
  /// nothing. A sink that keeps the checkpoint in memory keeps `stored(checkpoint)`. Throws Error when the medium is
  /// full or cannot be written; nothing of the call is then kept.
  virtual void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log,
                      const Checkpoint& checkpoint) = 0;
};

/// What a driver tells while it runs; called from one thread at a time, never more than about 20 times a second.
struct Progress {
  std::string phase;                 ///< "warm-up" or "sampling"
  std::int64_t done = 0, total = 0;  ///< transitions over all chains, in this phase
  std::int64_t divergences = 0;
  double fraction = 0;  ///< of the whole run, warm-up included
};

/// The outside world of a driver: time and interruption are handed in, never taken.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual double seconds() = 0;  ///< monotonic
};
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void progress(const Progress&) {}
  /// True asks the driver to save and return at the next safe point.
  virtual bool interrupted() { return false; }
};

}  // namespace thalweg
