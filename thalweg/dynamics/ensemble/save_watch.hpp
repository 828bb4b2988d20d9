// What the thread that leads an ensemble sees of the outside: when to save and when to stop.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "thalweg/core/rows.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/commit_pace.hpp"
#include "thalweg/dynamics/ensemble/depot.hpp"
#include "thalweg/dynamics/ensemble/particle_pieces.hpp"
#include "thalweg/dynamics/ensemble/shard_run.hpp"

namespace thalweg {

/// What the caller's thread sees of the outside: it decides when to save and when to stop.
class SaveWatch {
 public:
  SaveWatch(const SampleSettings& settings, std::size_t columns, Sink& sink, Clock& clock, Observer& observer)
      : settings_(settings),
        columns_(columns),
        sink_(sink),
        clock_(clock),
        observer_(observer),
        pace_(clock.seconds()) {}
  bool wants_save() { return pace_.is_due(clock_.seconds()); }
  /// Shards have stopped to save.
  void begin_save() { begun_ = clock_.seconds(); }
  bool wants_stop(const ShardRun& run) {
    const double now = clock_.seconds();
    if (now - looked_ < seconds_between_looks && now != looked_) return false;
    looked_ = now;
    const bool sampling = run.warmup() >= 0;
    const std::int64_t steps = settings_.draws_per_chain() * settings_.thin,
                       done = sampling ? run.steps() - run.warmup() : run.steps();
    Progress p{sampling ? "sampling" : "warm-up", done * settings_.chains,
               settings_.chains * (sampling ? steps : done + 200), 0, 0};
    p.fraction = sampling
                     ? 0.5 + 0.5 * static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(steps, 1))
                     : 0.5 * static_cast<double>(done) / static_cast<double>(done + 200);
    observer_.progress(p);
    return observer_.interrupted();
  }
  void save(Depot& depot, Standing& standing) {
    std::vector<DrawBlock> blocks;
    for (Rows& rows : depot.rows)
      if (!rows.values.empty()) append_blocks(std::exchange(rows, {}), columns_, blocks);
    const auto particles = std::make_shared<ParticlePieces>(depot.shards);
    standing.ensemble = depot.state;
    standing.ensemble.particle_pieces = static_cast<std::int64_t>(particles->count());
    standing.particles = particles;
    standing.streams = depot.streams;
    standing.finished = depot.finished;
    sink_.commit(blocks, std::exchange(depot.log, {}), write_checkpoint(standing));
    standing.particles = nullptr;  // they go on
    pace_.committed(begun_, clock_.seconds());
  }

 private:
  static constexpr double seconds_between_looks = 0.05;
  const SampleSettings& settings_;
  std::size_t columns_;
  Sink& sink_;
  Clock& clock_;
  Observer& observer_;
  CommitPace pace_;
  double begun_ = 0, looked_ = -1;
};

}  // namespace thalweg
