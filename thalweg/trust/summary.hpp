// The summary of a run: one row a quantity, and what the sampler says about itself.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {

/// Statistics of one quantity; NaN where `condition` (or a constant indicator) leaves nothing to say.
struct Row {
  std::string name;
  Condition condition = Condition::fine;
  std::int64_t not_finite = 0;
  double mean, mcse_mean, sd, mcse_sd;
  double q5, mcse_q5, q50, mcse_q50, q95, mcse_q95;
  double ess_bulk, ess_tail;
  double rhat;          ///< rank-normalised, split
  NestedRHat nested{};  ///< rank-normalised; NaN with up to `superchains` chains
  bool decides = true;  ///< false for rows that are shown but not judged (log p)
};

/// A quantity to summarise: where its draws are and what it is called.
struct Quantity {
  std::string name;
  std::int64_t column = 0;
  bool decides = true;
};

/// Fills `out` with the draws of one column of one chain.
using ColumnReader = std::function<void(std::int64_t chain, std::int64_t column, std::span<double> out)>;

/// What the sampler recorded about its own transitions after warm-up.
struct SamplerFacts {
  std::int64_t transitions = 0;  ///< 0: not known, as for draws from elsewhere
  std::int64_t divergences = 0;
  std::int64_t saturated = 0;  ///< trees stopped by the largest depth
  int max_depth = 0;
  double target_accept = 0;                                        ///< 0: not known
  double temperature = 1;                                          ///< draws are of p^{1/T}; at 0 they are an ascent
  double squared_bias = std::numeric_limits<double>::quiet_NaN();  ///< of a method without a Metropolis test
  std::int64_t rungs = 0;                                          ///< of a ladder of temperatures; 0: there is none
  double barrier = 0;         ///< Λ: the sum of the rejections of swaps between neighbours
  double round_trips = 0;     ///< of places from the density to its reference and back
  double least_exchange = 1;  ///< the smallest acceptance of swaps, between rungs `least_rung` and the next
  std::int64_t least_rung = 1;
  double log_evidence = std::numeric_limits<double>::quiet_NaN();  ///< log Z; NaN: not known
  double evidence_error = 0;                                       ///< its standard error
  bool evidence_of_whole = false;  ///< Z is the integral of the density, not of the likelihood under the prior
  double weights_ess = std::numeric_limits<double>::quiet_NaN();  ///< share of particles effective by weights, of ais
  EnergyFraction energy{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN(), -1};
};

struct Summary {
  std::vector<Row> rows;
  std::int64_t chains = 0, draws = 0;  ///< draws of each chain
  int superchains = 8;
  SamplerFacts sampler;

  /// With more chains than superchains nested R-hat decides, else the split form.
  bool nested() const { return chains > superchains; }
};

/// The tolerance τ of nested R-hat: a limit of 1.01 when chance explains nothing.
inline constexpr double nested_tolerance = 1.01 * 1.01 - 1;

/// The row of one column of draws.
Row summarise(Diagnostics& diagnostics, const Column& column, const Quantity& quantity, int superchains);

/// Summarises `quantities`, one column in memory at a time. `keep_going` is asked before each; false ends early with
/// the rows so far.
///
/// Cost    100 bytes a draw of one column, whatever the number of columns; about 60 ms a column of 10⁶ draws.
/// Errors  what `read` throws passes through.
Summary summarise(std::int64_t chains, std::int64_t draws, std::span<const Quantity> quantities,
                  const ColumnReader& read, int superchains = 8, const std::function<bool()>& keep_going = {});

}  // namespace thalweg
