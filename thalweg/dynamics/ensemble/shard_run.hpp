// One thread's part of an ensemble's run: its particles, their steps and their draws.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/ensemble/depot.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/particle_pieces.hpp"
#include "thalweg/trust/stream_shard.hpp"

namespace thalweg {

/// One thread's part of the run.
class ShardRun {
 public:
  ShardRun(const Model& model, const SampleSettings& settings, EnsembleMethod& method, Collective& all, Depot& depot)
      : settings_(settings),
        method_(method),
        all_(all),
        depot_(depot),
        scalar_(model.workspace(1)),
        dimension_(static_cast<std::size_t>(model.dimension())),
        columns_(statistic_count + static_cast<std::size_t>(model.draw_size())),
        particles_(all.shard(), dimension_, 1 + method.vectors(), particle_scalars + method.scalars()),
        rows_(particles_.count()),
        row_(columns_) {
    depot_.shards[static_cast<std::size_t>(all.shard().rank)] = &particles_;
  }

  void begin(const EnsembleStarts& starts) {
    const auto& places = starts.x;
    state_.gradients = (starts.gradients + settings_.chains - 1) / settings_.chains;
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      const auto k = static_cast<std::int64_t>(particles_.shard().first) + static_cast<std::int64_t>(i);
      const auto from = places.size() == static_cast<std::size_t>(settings_.chains) ? k
                        : settings_.starts.size() == 1                              ? 0
                                                       : superchain_of(k, settings_.chains, settings_.superchains());
      particles_.write(0, i, places[static_cast<std::size_t>(from)].data());
    }
    particles_.fill_last_pack();
    EnsembleShard shard{particles_, all_};
    method_.start(shard);
    require_sound();
    if (!method_.facts().warming) end_warmup();
  }
  void resume(const Standing& standing) {
    state_ = standing.ensemble;
    NumberArchive archive(state_.numbers);
    method_.archive(archive);
    particles_.resize(1 + method_.vectors(), particle_scalars + method_.scalars());
    if (static_cast<std::size_t>(state_.pack_numbers) != particles_.numbers_of_pack())
      fail("checkpoint: {} numbers a pack of particles where the method has {}; the run file is damaged",
           state_.pack_numbers, particles_.numbers_of_pack());
    const std::size_t first = static_cast<std::size_t>(particles_.shard().first) / Particles::lanes;
    const std::lock_guard lock(depot_.mutex);
    visit_packs(*standing.particles, state_, first, first + particles_.packs(),
                [&](std::size_t pack, const unsigned char* from) { particles_.restore_pack(pack - first, from); });
    particles_.fill_last_pack();
    if (standing.streams) streams_from(*standing.streams);
  }
  bool over() const {
    return state_.warmup >= 0 && state_.step - state_.warmup >= settings_.draws_per_chain() * settings_.thin;
  }
  void step() {
    EnsembleShard shard{particles_, all_};
    const bool warming = state_.warmup < 0;
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack) particles_.pack_scalar(diverging_of, pack) = 0.0;
    method_.step(shard, static_cast<std::uint64_t>(state_.step));
    for (std::string& note : method_.take_notes()) notes_.push_back(std::move(note));
    require_sound();
    const EnsembleFacts& facts = method_.facts();
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack)
      particles_.pack_scalar(divergences_of, pack) += particles_.pack_scalar(diverging_of, pack);
    state_.gradients += facts.gradients;
    ++state_.step;
    const std::int64_t sampled = warming ? 0 : state_.step - state_.warmup;
    if (warming ? settings_.save_warmup : sampled % settings_.thin == 0)
      store(warming ? Phase::warmup : Phase::sampling, warming ? state_.step - 1 : sampled / settings_.thin - 1);
    if (warming && !facts.warming) end_warmup();
  }
  /// Numbers in rows that must be saved one day; those of the last draws alone may wait.
  std::size_t waiting() const {
    if (rows_.empty() || (settings_.keep > 0 && rows_.front().phase == Phase::sampling)) return 0;
    return rows_.front().values.size() * rows_.size();
  }
  /// A change of phase: rows of one phase only wait together.
  bool must_save() const { return phase_ended_; }
  std::int64_t steps() const { return state_.step; }
  std::int64_t warmup() const { return state_.warmup; }
  /// The streams of the run, empty, when there are some and none are in the depot yet.
  std::shared_ptr<DrawStreams> new_streams() const {
    return grid_.centre.empty() || depot_.streams ? depot_.streams : std::make_shared<DrawStreams>(layout(), grid_);
  }
  /// Leaves its part in the depot; the shared part is the same on all shards, and rank 0 leaves it. When only the last
  /// draws are kept they are left at the end, or when the run stops: until then another one is sure to come.
  void deposit(bool stops) {
    EnsembleState shared = state_;
    (state_.warmup < 0 ? shared.warmup_counts : shared.sampling_counts) = counts();
    const auto first = static_cast<std::size_t>(particles_.shard().first);
    const bool later = settings_.keep == 1 && state_.warmup >= 0 && !phase_ended_ && !stops;
    for (std::size_t i = 0; i < particles_.count() && !later; ++i) {
      if (settings_.keep > 0 && rows_[i].phase == Phase::sampling) keep_last(rows_[i], columns_, settings_.keep, false);
      depot_.rows[first + i] = std::exchange(rows_[i], {});
    }
    if (stream_) {
      const std::lock_guard lock(depot_.mutex);
      stream_->hand_over(*depot_.streams);
    }
    phase_ended_ = false;
    std::vector<std::string> notes = std::exchange(notes_, {});
    if (particles_.shard().rank != 0) return;
    shared.facts = numbers_of(method_.facts());
    NumberArchive archive;
    method_.archive(archive);
    shared.numbers = archive.take();
    shared.pack_numbers = static_cast<std::int64_t>(particles_.numbers_of_pack());
    depot_.state = std::move(shared);
    for (std::string& note : notes) depot_.log.push_back({"note", -1, state_.step, std::move(note)});
    depot_.finished = over();
  }

 private:
  /// The method's own failure, the same on all shards.
  void require_sound() const {
    if (!method_.facts().failure.empty()) fail("{}: {}", to_string(settings_.method), method_.facts().failure);
  }
  TransitionCounts counts() {
    const auto sum = [&](int scalar) {
      std::vector<double> mine(particles_.count());
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = particles_.scalar_of(scalar, i);
      return all_.sum(mine);
    };
    const std::int64_t steps = state_.warmup < 0 ? state_.step : state_.step - state_.warmup;
    return {steps * settings_.chains, state_.gradients * settings_.chains,
            static_cast<std::int64_t>(sum(divergences_of)), 0, sum(squared_errors_of)};
  }
  void end_warmup() {
    state_.warmup_counts = counts();
    state_.warmup = state_.step;
    state_.gradients = 0;
    for (std::size_t pack = 0; pack < particles_.packs(); ++pack)
      particles_.pack_scalar(divergences_of, pack) = particles_.pack_scalar(squared_errors_of, pack) = 0.0;
    phase_ended_ = waiting() > 0 || !notes_.empty();
  }
  StreamLayout layout() const { return StreamLayout::of(settings_.chains, static_cast<std::int64_t>(columns_), true); }
  void streams_from(const DrawStreams& whole) {
    grid_ = whole.grid;
    stream_.emplace(whole, particles_.shard().first, particles_.shard().count);
  }
  /// Where the streams count: from the first draw of some particles, evenly spaced.
  void begin_streams(std::int64_t index) {
    constexpr std::int64_t most_looked_at = 1024;
    const std::int64_t total = particles_.shard().total, looked_at = std::min(total, most_looked_at);
    std::vector<double> mine;
    for (std::int64_t k = 0; k < looked_at; ++k) {
      const std::int64_t i = (2 * k + 1) * total / (2 * looked_at) - particles_.shard().first;
      if (i < 0 || i >= particles_.shard().count) continue;
      make_row(static_cast<std::size_t>(i), Phase::sampling, index);
      mine.insert(mine.end(), row_.begin(), row_.end());
    }
    const StreamLayout streams = layout();
    streams_from({streams, grid_of(all_.concatenate(mine), streams.columns)});
  }
  void store(Phase phase, std::int64_t index) {
    const bool streams = settings_.keep > 0 && phase == Phase::sampling;
    if (streams && !stream_) begin_streams(index);
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      const std::int64_t number = particles_.shard().first + static_cast<std::int64_t>(i);
      make_row(i, phase, index);
      if (streams) stream_->add(number, row_);
      Rows& rows = rows_[i];
      if (streams && settings_.keep == 1) rows.values.clear();
      if (rows.values.empty()) rows.phase = phase, rows.chain = number, rows.first = index;
      rows.values.insert(rows.values.end(), row_.begin(), row_.end());
      if (streams) keep_last(rows, columns_, settings_.keep, true);
    }
  }
  /// Draw `index` of particle i of the shard into row_.
  void make_row(std::size_t i, Phase phase, std::int64_t index) {
    const EnsembleFacts& facts = method_.facts();
    const double scale = traits_of(settings_.method).own_temperature ? 1 : settings_.special.temperature;
    const std::uint64_t step =
        static_cast<std::uint64_t>(index) | (phase == Phase::sampling ? 0 : std::uint64_t{1} << 63);
    x_.resize(dimension_);
    particles_.read(0, i, x_.data());
    const double statistics[] = {particles_.scalar_of(log_p_of, i) * scale,
                                 particles_.scalar_of(acceptance_of_particle, i),
                                 facts.step_size,
                                 0.0,
                                 static_cast<double>(facts.gradients),
                                 particles_.scalar_of(diverging_of, i),
                                 particles_.scalar_of(energy_of, i)};
    static_assert(std::size(statistics) == statistic_count);
    std::copy(std::begin(statistics), std::end(statistics), row_.begin());
    scalar_.constrain(x_, settings_.seed, static_cast<std::uint64_t>(particles_.shard().first) + i, step, true,
                      std::span(row_).subspan(statistic_count));
  }

  const SampleSettings& settings_;
  EnsembleMethod& method_;
  Collective& all_;
  Depot& depot_;
  Workspace scalar_;
  std::size_t dimension_, columns_;
  Particles particles_;
  std::vector<Rows> rows_;       ///< of each particle
  std::vector<double> row_, x_;  ///< the draw that is being made
  StreamGrid grid_;              ///< empty: no streams
  std::optional<StreamShard<>> stream_;
  EnsembleState state_;
  bool phase_ended_ = false;
  std::vector<std::string> notes_;
};

}  // namespace thalweg
