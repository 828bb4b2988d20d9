// One thread's part of an ensemble's run: its particles, their steps and their draws.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/ensemble/depot.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"

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
        rows_(particles_.count()) {}

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
  void resume(const EnsembleState& state) {
    state_ = state;
    NumberArchive archive(state.numbers);
    method_.archive(archive);
    particles_.resize(1 + method_.vectors(), particle_scalars + method_.scalars());
    const std::size_t each = particles_.numbers_of_one();
    if (state.particles.size() != each * static_cast<std::size_t>(settings_.chains))
      fail("checkpoint: {} numbers for {} particles of {}; the run file is damaged", state.particles.size(),
           settings_.chains, each);
    for (std::size_t i = 0; i < particles_.count(); ++i)
      particles_.restore(i, &state.particles[(static_cast<std::size_t>(particles_.shard().first) + i) * each]);
    particles_.fill_last_pack();
    state_.particles.clear();
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
  std::size_t waiting() const { return rows_.empty() ? 0 : rows_.front().size() * rows_.size(); }
  /// A change of phase: rows of one phase only wait together.
  bool must_save() const { return phase_ended_; }
  std::int64_t steps() const { return state_.step; }
  std::int64_t warmup() const { return state_.warmup; }
  /// Copies its part to the depot; the shared part is the same on all shards, and rank 0 leaves it.
  void deposit() {
    EnsembleState shared = state_;
    (state_.warmup < 0 ? shared.warmup_counts : shared.sampling_counts) = counts();
    const std::size_t each = particles_.numbers_of_one(), first = static_cast<std::size_t>(particles_.shard().first);
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      particles_.save(i, &depot_.particles[(first + i) * each]);
      depot_.rows[first + i] = std::exchange(rows_[i], {});
    }
    phase_ended_ = false;
    std::vector<std::string> notes = std::exchange(notes_, {});
    if (particles_.shard().rank != 0) return;
    shared.facts = numbers_of(method_.facts());
    NumberArchive archive;
    method_.archive(archive);
    shared.numbers = archive.take();
    depot_.state = std::move(shared);
    for (std::string& note : notes) depot_.log.push_back({"note", -1, state_.step, std::move(note)});
    depot_.first_row = first_row_;
    depot_.phase = rows_phase_;
    depot_.finished = over();
  }
  std::size_t numbers_of_one() const { return particles_.numbers_of_one(); }

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
  void store(Phase phase, std::int64_t index) {
    if (waiting() == 0) first_row_ = index, rows_phase_ = phase;
    const EnsembleFacts& facts = method_.facts();
    const double scale = traits_of(settings_.method).own_temperature ? 1 : settings_.special.temperature;
    const std::uint64_t step =
        static_cast<std::uint64_t>(index) | (phase == Phase::sampling ? 0 : std::uint64_t{1} << 63);
    std::vector<double> x(dimension_);
    for (std::size_t i = 0; i < particles_.count(); ++i) {
      auto& row = rows_[i];
      const std::size_t at = row.size();
      row.insert(row.end(), {particles_.scalar_of(log_p_of, i) * scale, particles_.scalar_of(acceptance_of_particle, i),
                             facts.step_size, 0.0, static_cast<double>(facts.gradients),
                             particles_.scalar_of(diverging_of, i), particles_.scalar_of(energy_of, i)});
      row.resize(at + columns_);
      particles_.read(0, i, x.data());
      scalar_.constrain(x, settings_.seed, static_cast<std::uint64_t>(particles_.shard().first) + i, step, true,
                        {row.data() + at + statistic_count, columns_ - statistic_count});
    }
  }

  const SampleSettings& settings_;
  EnsembleMethod& method_;
  Collective& all_;
  Depot& depot_;
  Workspace scalar_;
  std::size_t dimension_, columns_;
  Particles particles_;
  std::vector<std::vector<double>> rows_;
  EnsembleState state_;
  std::int64_t first_row_ = 0;
  Phase rows_phase_ = Phase::sampling;
  bool phase_ended_ = false;
  std::vector<std::string> notes_;
};

}  // namespace thalweg
