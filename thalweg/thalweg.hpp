// What a C++ program includes: a density as a functor; its peaks, its approximations with their certificates, its draws
// with NUTS, in memory, and their summary.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/density/columns.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/facts.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/trust/summary.hpp"
#include "thalweg/trust/table.hpp"
#include "thalweg/trust/verdict.hpp"
#include "thalweg/variational/certificate.hpp"
#include "thalweg/variational/pathfinder.hpp"
#include "thalweg/variational/stein.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {

/// The draws of a run after warm-up, kept in memory, column by column.
class Draws final : public Sink {
 public:
  Draws(const Model& model, const SampleSettings& settings)
      : columns_(draw_columns(model)), settings_(settings), chains_(static_cast<std::size_t>(settings.chains)) {
    const auto width = static_cast<std::size_t>(columns_.back().first + columns_.back().size);
    for (auto& chain : chains_) chain.resize(width);
  }
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log, const Checkpoint&) override {
    for (const DrawBlock& block : blocks) {
      if (block.phase != Phase::sampling) continue;
      auto& chain = chains_[static_cast<std::size_t>(block.chain)];
      for (std::size_t c = 0; c < chain.size(); ++c) {
        const auto from = block.values.begin() + static_cast<std::ptrdiff_t>(c) * block.count;
        chain[c].insert(chain[c].end(), from, from + block.count);
      }
    }
    log_.insert(log_.end(), log.begin(), log.end());
  }

  /// Statistics of the sampler first, then the model's variables.
  const std::vector<ColumnGroup>& columns() const { return columns_; }
  const SampleSettings& settings() const { return settings_; }
  const std::vector<LogEntry>& log() const { return log_; }
  std::int64_t draws_per_chain() const { return std::ssize(chains_.front().front()); }
  std::span<const double> values(std::int64_t chain, std::int64_t column) const {
    return chains_[static_cast<std::size_t>(chain)][static_cast<std::size_t>(column)];
  }
  SampleOutcome outcome;

 private:
  std::vector<ColumnGroup> columns_;
  SampleSettings settings_;
  std::vector<std::vector<std::vector<double>>> chains_;  ///< [chain][column][draw]
  std::vector<LogEntry> log_;
};

/// Samples `model` from start to end. Throws as the other `sample` does.
inline Draws sample(const Model& model, const SampleSettings& settings, const Execution& execution = {}) {
  struct NoClock : Clock {
    double seconds() override { return 0; }  // commits when blocks are full and at the end
  } clock;
  Observer observer;
  Draws draws(model, settings);
  draws.outcome = sample(model, settings, execution, draws, clock, observer);
  return draws;
}

/// The summary of all variables, with what the sampler says about itself; `judge` gives the verdict on it.
inline Summary summarise(const Draws& draws) {
  std::vector<Quantity> quantities;
  std::int64_t energy_column = -1;
  for (const ColumnGroup& group : draws.columns()) {
    if (group.name == "energy" && group.kind == ColumnKind::statistic) energy_column = group.first;
    const auto names = element_names(group);
    for (std::int64_t k = 0; k < group.size; ++k)
      if (group.kind != ColumnKind::statistic)
        quantities.push_back({names[static_cast<std::size_t>(k)], group.first + k});
  }
  const std::int64_t chains = draws.settings().chains;
  const auto read = [&](std::int64_t chain, std::int64_t column, std::span<double> out) {
    const auto from = draws.values(chain, column);
    std::copy(from.begin(), from.end(), out.begin());
  };
  Summary summary = summarise(chains, draws.draws_per_chain(), quantities, read);
  summary.sampler = facts_of(draws.settings(), draws.outcome.sampling_counts, draws.outcome.dimension);
  if (has_energy_fraction(draws.settings())) {
    std::vector<double> energy;
    for (std::int64_t chain = 0; chain < chains; ++chain) {
      const auto values = draws.values(chain, energy_column);
      energy.insert(energy.end(), values.begin(), values.end());
    }
    summary.sampler.energy = energy_fraction({energy, chains});
  }
  return summary;
}

}  // namespace thalweg
