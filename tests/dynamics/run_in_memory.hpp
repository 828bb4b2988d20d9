// Runs without files: a sink, clocks and observers in memory.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/dynamics/sampler.hpp"

namespace thalweg::test {

/// Keeps what is committed; draws of a phase and chain in order, each [statistics, variables]. With `keep` only the
/// last of each chain after warm-up, as a run file does.
struct MemorySink : Sink {
  std::map<std::pair<Phase, std::int64_t>, std::vector<std::vector<double>>> tracks;
  std::vector<LogEntry> log;
  Checkpoint checkpoint;
  int commits = 0;
  std::size_t columns;
  std::int64_t keep;
  std::map<std::int64_t, std::int64_t> made;  ///< draws after warm-up of a chain

  explicit MemorySink(const Model& model, std::int64_t last = 0)
      : columns(statistic_count + static_cast<std::size_t>(model.draw_size())), keep(last) {}
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& entries,
              const Checkpoint& latest) override {
    for (const DrawBlock& b : blocks) {
      auto& rows = tracks[{b.phase, b.chain}];
      if (keep > 0 && b.phase == Phase::sampling) {
        if (b.first < made[b.chain]) fail("block at {} does not follow draw {}", b.first, made[b.chain]);
        if (b.first > made[b.chain]) rows.clear();
        made[b.chain] = b.first + b.count;
      } else if (b.first != std::ssize(rows)) {
        fail("block at {} does not follow draw {}", b.first, rows.size());
      }
      const auto count = static_cast<std::size_t>(b.count);
      if (b.values.size() != columns * count) fail("block of {} values for {} draws", b.values.size(), b.count);
      for (std::size_t i = 0; i < count; ++i) {
        auto& row = rows.emplace_back(columns);
        for (std::size_t c = 0; c < columns; ++c) row[c] = b.values[c * count + i];
      }
      if (keep > 0 && b.phase == Phase::sampling && std::ssize(rows) > keep)
        rows.erase(rows.begin(), rows.end() - keep);
    }
    log.insert(log.end(), entries.begin(), entries.end());
    checkpoint = stored(latest);
    ++commits;
  }
  /// Column `c` of all draws of `phase`, [chain][draw].
  std::vector<double> column(std::size_t c, Phase phase = Phase::sampling) const {
    std::vector<double> values;
    for (const auto& [key, rows] : tracks)
      if (key.first == phase)
        for (const auto& row : rows) values.push_back(row[c]);
    return values;
  }
};

/// All of a checkpoint, its pieces too.
inline std::vector<Pieces::Bytes> bytes_of(const Checkpoint& checkpoint) {
  std::vector<Pieces::Bytes> all{checkpoint.bytes};
  for (std::size_t i = 0; checkpoint.pieces && i < checkpoint.pieces->count(); ++i)
    all.push_back(checkpoint.pieces->read(i));
  return all;
}

/// Time stands still: nothing is saved before the end, unless blocks are full.
struct StillClock : Clock {
  double seconds() override { return 0; }
};
/// Every look at the clock finds it ten seconds later: the driver saves as often as it can.
struct HastyClock : Clock {
  double now = 0;
  double seconds() override { return now += 10; }
};

struct Run {
  MemorySink sink;
  SampleOutcome outcome;
};
inline Run run(const Model& model, const SampleSettings& settings, const Execution& execution = {}) {
  Run r{MemorySink(model, settings.keep), {}};
  StillClock clock;
  Observer observer;
  r.outcome = sample(model, settings, execution, r.sink, clock, observer);
  return r;
}

/// The same with a driver whose rules are planted errors.
template <class Rules>
Run run_with(const Model& model, const SampleSettings& settings, const Execution& execution = {}) {
  Run r{MemorySink(model), {}};
  StillClock clock;
  Observer observer;
  r.outcome =
      outcome_of(run_sampler<Rules>(model, starting_point(model, settings), execution, r.sink, clock, observer));
  return r;
}

}  // namespace thalweg::test
