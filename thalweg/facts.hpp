// What a run's own records say about its transitions.
#pragma once
#include <algorithm>
#include <optional>

#include "thalweg/dynamics/langevin/unadjusted.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/trust/summary.hpp"

namespace thalweg {

/// All but the energy fraction, which needs the draws: see `has_energy_fraction`.
inline SamplerFacts facts_of(const SampleSettings& settings, const TransitionCounts& counts, std::int64_t dimension) {
  SamplerFacts facts;
  const MethodTraits& traits = traits_of(settings.method);
  facts.temperature = settings.special.temperature;
  facts.transitions = counts.transitions;
  facts.divergences = counts.divergences;
  facts.saturated = counts.deepest;
  facts.max_depth = settings.max_depth;
  if (traits.adjusted) facts.target_accept = settings.target();
  const auto made = static_cast<double>(counts.transitions - counts.divergences);
  if (!traits.adjusted && !traits.minibatches && made > 0 && settings.special.temperature > 0)
    facts.squared_bias = squared_bias_of(counts.squared_errors / made / static_cast<double>(dimension));
  return facts;
}
/// What tempering knows of its ladder.
inline void add_ladder(const std::optional<LadderFacts>& ladder, SamplerFacts& facts) {
  if (!ladder || ladder->acceptance.empty()) return;
  const auto least = std::min_element(ladder->acceptance.begin(), ladder->acceptance.end());
  facts.rungs = std::ssize(ladder->beta);
  facts.barrier = ladder->barrier();
  facts.round_trips = ladder->round_trips;
  facts.least_exchange = *least;
  facts.least_rung = 1 + (least - ladder->acceptance.begin());
}
/// What a method that follows a path knows of log Z.
inline void add_evidence(const SampleOutcome& outcome, SamplerFacts& facts) {
  if (!outcome.log_evidence) return;
  facts.log_evidence = *outcome.log_evidence;
  facts.evidence_error = outcome.evidence_error;
  facts.evidence_of_whole =
      outcome.annealing ? outcome.annealing->gaussian : outcome.ladder && outcome.ladder->gaussian;
  if (outcome.annealing && !outcome.annealing->ess.empty() && !outcome.annealing->metrics.empty())
    facts.weights_ess = outcome.annealing->ess.back();
}
/// The energy of every other draw moves more than that of each, and a momentum that is kept moves it less: then it says
/// nothing.
inline bool has_energy_fraction(const SampleSettings& settings) {
  return settings.thin == 1 && traits_of(settings.method).fresh_momentum;
}

}  // namespace thalweg
