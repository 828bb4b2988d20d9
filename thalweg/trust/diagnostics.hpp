// Everything that the draws of one quantity say about themselves.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/trust/autocovariance.hpp"
#include "thalweg/trust/column.hpp"
#include "thalweg/trust/ordering.hpp"

namespace thalweg {

/// A nested R-hat with the part of it that chance explains.
struct NestedRHat {
  /// √(1 + B/W): B the variance of the superchain means, W the variance inside superchains.
  double value;
  /// E[B]/W if all superchains had the same law: (variance between the chains of a superchain)·mean(1/M)/W. With one
  /// draw a chain it is 1/M.
  double noise;
  /// √(1 + τ + noise): `value` beyond it means that the superchains still remember their starts.
  double limit(double tolerance) const;
};

/// The diagnostics of one column of draws, from one sort.
///
/// Many short chains (64 and more, of fewer than 100 draws) are too short to show their own autocorrelation. Groups of
/// them, one chain after another, are taken as series for effective sizes and split R-hat: lag t then counts for
/// (1 − t/n), as it does in the variance of a mean, and what chains of a group share is seen as well.
///
/// Cost    about 60 ms for 10⁶ draws with everything asked for; 60 bytes a draw, kept and reused by later columns.
/// Shapes  the column's values are looked at, not copied: they must stay while the object is asked.
/// Errors  statistics that the column's `condition()` rules out are NaN; nothing else is thrown than
///         std::invalid_argument for a malformed column.
/// Source  Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Bayesian Analysis 16, 667–718 (rank normalisation,
///         bulk, tail, quantile errors); Margossian et al. (2025), Bayesian Analysis 20, arXiv 2110.13017 (nested).
class Diagnostics {
 public:
  void assign(const Column& column);

  Condition condition() const { return condition_; }
  std::int64_t not_finite() const { return not_finite_; }  ///< number of NaN or infinite draws

  double mean() const { return mean_; }
  double sd() const { return sd_; }  ///< divisor S − 1
  double quantile(double probability) const;

  /// The larger of rhat_bulk and rhat_folded, on chains split in halves (a middle draw is left out).
  double rhat();
  double rhat_bulk();    ///< of the normal scores of the draws: location
  double rhat_folded();  ///< of the normal scores of |x − median|: scale
  /// Nested R-hat of the draws as they are, as the `posterior` package defines it: chain c belongs to superchain
  /// c·superchains/chains. NaN unless 2 ≤ superchains < chains.
  NestedRHat nested_rhat(int superchains);
  /// The same for normal scores and folded normal scores: the one that exceeds its limit by more.
  NestedRHat nested_rhat_ranked(int superchains, double tolerance);

  double ess_bulk();
  double ess_tail();  ///< the smaller of the effective sizes for the 5 % and 95 % quantiles
  double ess_mean();
  double ess_sd();  ///< of (x − mean)²
  double ess_quantile(double probability);

  double mcse_mean();
  double mcse_sd();
  /// Half the width of the draws between the 16 % and 84 % quantiles of Beta(E p + 1, E (1−p) + 1), E its ESS.
  double mcse_quantile(double probability);

 private:
  bool usable() const { return condition_ == Condition::fine; }
  void examine();
  std::span<const double> rescale(std::span<const double> values);
  void split(std::span<const double> source, std::vector<double>& target) const;
  void rank_bulk();
  void rank_folded();
  double mcse_quantile_from(double probability, double ess) const;

  Column column_;
  Condition condition_ = Condition::empty;
  std::int64_t not_finite_ = 0, half_ = 0, series_ = 1;  ///< series_: chains, or groups of short ones
  double mean_ = 0, sd_ = 0, scale_ = 1;
  Ordering order_;
  NormalScores scores_;
  std::vector<double> split_, bulk_, folded_, work_;
  bool bulk_ready_ = false, folded_ready_ = false;
  Autocovariance moments_;
  IndicatorAutocovariance indicators_;
};

/// Nested R-hat of `chains` = values.size()/draws chains; superchain of chain c is c·superchains/chains.
NestedRHat nested_rhat_of(std::span<const double> values, std::int64_t chains, int superchains);

/// The energy Bayesian fraction of missing information:  Σ (E_i − E_{i−1})² / Σ (E_i − Ē)².
struct EnergyFraction {
  double pooled;       ///< sums over all chains, about the mean of all draws: the one that decides
  double worst_chain;  ///< the smallest of the chains' own; noisy below some hundred draws a chain
  std::int64_t chain;  ///< where that is
};
/// Source  Betancourt (2016), arXiv 1604.00695. NaN for fewer than 2 draws, constant or non-finite energies.
EnergyFraction energy_fraction(const Column& energies);

}  // namespace thalweg
