// What a C++ program includes: a density as a functor; its peaks, its approximations with their certificates, its draws
// in memory, to a number or to an accuracy, their summary and their certificate.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/functor.hpp"
#include "thalweg/density/points.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/dynamics/processes.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/dynamics/tail.hpp"
#include "thalweg/facts.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/stopping/until.hpp"
#include "thalweg/trust/bias.hpp"
#include "thalweg/trust/stream_summary.hpp"
#include "thalweg/trust/summary.hpp"
#include "thalweg/trust/table.hpp"
#include "thalweg/trust/verdict.hpp"
#include "thalweg/variational/certificate.hpp"
#include "thalweg/variational/pathfinder.hpp"
#include "thalweg/variational/run_audit.hpp"
#include "thalweg/variational/run_census.hpp"
#include "thalweg/variational/stein.hpp"
#include "thalweg/variational/vi.hpp"

namespace thalweg {

/// The draws of a run after warm-up, kept in memory, column by column: with settings.keep the last of each chain.
class Draws final : public Sink {
 public:
  Draws(const Model& model, const SampleSettings& settings)
      : columns_(draw_columns(model)),
        settings_(settings),
        chains_(static_cast<std::size_t>(settings.chains)),
        made_(static_cast<std::size_t>(settings.chains)) {
    const auto width = static_cast<std::size_t>(columns_.back().first + columns_.back().size);
    for (auto& chain : chains_) chain.resize(width);
  }
  void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log,
              const Checkpoint& latest) override {
    for (const DrawBlock& block : blocks) {
      if (block.phase != Phase::sampling) continue;
      auto& chain = chains_[static_cast<std::size_t>(block.chain)];
      for (std::size_t c = 0; c < chain.size(); ++c) {
        const auto from = block.values.begin() + static_cast<std::ptrdiff_t>(c) * block.count;
        chain[c].insert(chain[c].end(), from, from + block.count);
        if (settings_.keep > 0 && std::ssize(chain[c]) > settings_.keep)
          chain[c].erase(chain[c].begin(), chain[c].end() - settings_.keep);
      }
      made_[static_cast<std::size_t>(block.chain)] = block.first + block.count;
    }
    log_.insert(log_.end(), log.begin(), log.end());
    checkpoint = stored(latest);
  }

  /// Statistics of the sampler first, then the model's variables.
  const std::vector<ColumnGroup>& columns() const { return columns_; }
  const SampleSettings& settings() const { return settings_; }
  const std::vector<LogEntry>& log() const { return log_; }
  /// That every chain has made, whatever was kept.
  std::int64_t made_per_chain() const { return *std::min_element(made_.begin(), made_.end()); }
  /// That are here of every chain; after a run that a clock stopped some have more.
  std::int64_t draws_per_chain() const {
    std::int64_t least = std::ssize(chains_.front().front());
    for (const auto& chain : chains_) least = std::min(least, std::ssize(chain.front()));
    return least;
  }
  std::span<const double> values(std::int64_t chain, std::int64_t column) const {
    return chains_[static_cast<std::size_t>(chain)][static_cast<std::size_t>(column)];
  }
  SampleOutcome outcome;
  Checkpoint checkpoint;     ///< that `resume` and `full_gradient_tail` go on from
  std::optional<Stop> stop;  ///< of `sample_until`: what ended it, and what was reached

 private:
  std::vector<ColumnGroup> columns_;
  SampleSettings settings_;
  std::vector<std::vector<std::vector<double>>> chains_;  ///< [chain][column][draw]
  std::vector<std::int64_t> made_;                        ///< [chain]
  std::vector<LogEntry> log_;
};

/// Time stands still: a run commits when blocks are full and at the end.
struct NoClock : Clock {
  double seconds() override { return 0; }
};

/// Samples `model` from start to end. Throws as the other `sample` does.
inline Draws sample(const Model& model, const SampleSettings& settings, const Execution& execution = {}) {
  NoClock clock;
  Observer observer;
  Draws draws(model, settings);
  draws.outcome = sample(model, settings, execution, draws, clock, observer);
  return draws;
}

/// The model's variables, element by element.
inline std::vector<Quantity> quantities_of(const std::vector<ColumnGroup>& columns) {
  std::vector<Quantity> quantities;
  for (const ColumnGroup& group : columns) {
    const auto names = element_names(group);
    for (std::int64_t k = 0; k < group.size; ++k)
      if (group.kind != ColumnKind::statistic)
        quantities.push_back({names[static_cast<std::size_t>(k)], group.first + k});
  }
  return quantities;
}

/// Reads the first out.size() draws of a column of a chain.
inline ColumnReader reader_of(const Draws& draws) {
  return [&draws](std::int64_t chain, std::int64_t column, std::span<double> out) {
    std::copy_n(draws.values(chain, column).begin(), out.size(), out.begin());
  };
}

/// Samples `model` until `rule` ends the run: until the draws are accurate enough, or a budget is spent; settings.draws
/// is not used. `stop` of the result says which, and what was reached.
///
/// Errors  throws std::invalid_argument on a rule out of range, and when it has max_seconds without a clock.
///
///     Draws draws = sample_until(model, {.seed = 1}, {.accuracy = {.ess = 400, .nested_rhat = 1.01}});
inline Draws sample_until(const Model& model, const SampleSettings& settings, const StoppingRule& rule,
                          const Execution& execution = {}, Clock* clock = nullptr) {
  require(clock || !rule.max_seconds, "max seconds need a clock: hand one in; the library reads none itself");
  struct InMemory : DrawnSoFar {
    explicit InMemory(const Draws& all) : in(all), quantities(quantities_of(all.columns())) {}
    std::int64_t draws() const override { return in.made_per_chain(); }
    AccuracyLook look(const Accuracy& asked, std::int64_t count) override {
      return thalweg::look(asked, in.settings().chains, count, quantities, reader_of(in),
                           int(in.settings().superchains()));
    }
    const Draws& in;
    std::vector<Quantity> quantities;
  };
  NoClock still;
  Observer observer;
  require(settings.chains > 0, "chains must be > 0; found {}", settings.chains);
  Draws draws(model, settings);
  InMemory drawn(draws);
  draws.stop = sample_until(model, settings, rule, execution, draws, clock ? *clock : still, observer, drawn);
  draws.outcome = draws.stop->outcome;
  return draws;
}

/// The summary of all variables over all draws, kept or not, with what the sampler says about itself; `judge` gives the
/// verdict on it.
inline Summary summarise(const Draws& draws) {
  const std::int64_t chains = draws.settings().chains, count = draws.draws_per_chain();
  const auto streams = draws.settings().keep > 0 ? streams_of(draws.checkpoint) : nullptr;
  Summary summary = streams ? summarise(*streams, quantities_of(draws.columns()))
                            : summarise(chains, count, quantities_of(draws.columns()), reader_of(draws));
  summary.sampler = facts_of(draws.settings(), draws.outcome.sampling_counts, draws.outcome.dimension);
  add_ladder(draws.outcome.ladder, summary.sampler);
  add_evidence(draws.outcome, summary.sampler);
  if (streams) {
    summary.sampler.energy = energy_fraction(*streams);
  } else if (has_energy_fraction(draws.settings())) {
    std::vector<double> energy;
    for (const ColumnGroup& group : draws.columns()) {
      if (group.name != "energy" || group.kind != ColumnKind::statistic) continue;
      for (std::int64_t chain = 0; chain < chains; ++chain) {
        const auto values = draws.values(chain, group.first).first(static_cast<std::size_t>(count));
        energy.insert(energy.end(), values.begin(), values.end());
      }
    }
    summary.sampler.energy = energy_fraction({energy, chains});
  }
  return summary;
}

/// The certificate of draws of `model`: score identities, slopes of log p against the gradient, chains that stand still
/// (see `certify_run`). `merge` adds its verdict to that on the summary.
///
/// Cost    about 3 % of the gradients that the draws took, and 1000.
/// Errors  std::invalid_argument at temperature 0.
inline RunCertificate certify(const Draws& draws, const Model& model, int threads = 1) {
  const SampleSettings& s = draws.settings();
  const StoredDraws stored{
      .chains = s.chains,
      .per_chain = draws.draws_per_chain(),
      .columns = draws.columns(),
      .blocks = [&](std::int64_t chain, std::int64_t first, std::int64_t columns, const StoredDraws::Block& visit) {
        std::vector<double> block;
        for (std::int64_t k = first; k < first + columns; ++k) {
          const auto values = draws.values(chain, k);
          block.insert(block.end(), values.begin(), values.end());
        }
        visit(0, draws.draws_per_chain(), block);
      }};
  Points points(model, whole_density, threads);
  const TransitionCounts& sampling = draws.outcome.sampling_counts;
  return certify_run(evaluate_with(points), audited_draws(model, stored, draws_to_audit(sampling.gradients)),
                     coordinate_names(model),
                     {.temperature = s.special.temperature,
                      .adjusted = traits_of(s.method).adjusted,
                      .squared_bias = facts_of(s, sampling, draws.outcome.dimension).squared_bias,
                      .seed = s.seed,
                      .model = model.name()});
}

}  // namespace thalweg
