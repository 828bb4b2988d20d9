// Pareto-smoothed importance sampling: weights that are steadied in their tail, and the k-hat that says whether they
// can be relied on.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// A generalised Pareto law of exceedances y > 0:  P(Y > y) = (1 + k y/σ)^(−1/k).
struct ParetoTail {
  double k = 0, sigma = 0;
  double quantile(double probability) const;
};

/// The posterior mean of (k, σ) under Zhang & Stephens' empirical prior, k then drawn to ½ by the weight of 10 draws:
/// k̂ = (n k + 10·½)/(n + 10).
///
/// Shapes  exceedances: ascending, all > 0, at least 5.
/// Cost    (30 + √n)·n logarithms.
/// Errors  NaN in both when the exceedances span more than double precision holds.
/// Source  Zhang & Stephens (2009), Technometrics 51(3), 316–325; Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR
///         25(72), section 2.4 and appendix C.
ParetoTail fit_pareto_tail(std::span<const double> exceedances);

/// How many of `draws` make the tail: ⌈min(draws/5, 3√(draws/r))⌉, r the relative efficiency: 1 for independent draws.
std::size_t pareto_tail_size(std::size_t draws, double relative_efficiency = 1);

/// The largest k-hat with which so many draws can be relied on: min(1 − 1/log₁₀ S, 0.7). Not positive for S ≤ 10.
double pareto_threshold(double draws);

/// The number of draws whose threshold is k: 10^(1/(1 − k)); infinite from k = 0.7 on, where the rate of convergence is
/// impractically slow whatever the number.
double pareto_draws_needed(double k);

/// What the largest importance ratios are like.
enum class TailState {
  fitted,     ///< k is the fit's
  exact,      ///< all ratios, 5 or more, are equal: q is p as far as these draws can tell; k = −∞
  bounded,    ///< the largest ratio is that of more draws than make a tail: weights are bounded; k = −∞
  too_short,  ///< fewer than 5 draws stand out, or they span more than a double: one or few carry all weight; k = ∞
  invalid,    ///< a NaN or +∞ among the ratios, or no draw of positive weight; k = ∞
};

/// Importance weights of draws of q for a density p.
///
/// Shapes  log_weights: one a draw, normalised (their exponentials add up to 1), those of the tail smoothed where there
///         was a fit. A draw outside the support, or whose ratio is not a number, has −∞.
struct ParetoWeights {
  TailState state = TailState::invalid;
  double k = 0, threshold = 0;
  std::size_t tail = 0;                 ///< draws that the fit is of
  std::size_t outside = 0, faulty = 0;  ///< ratios of −∞; NaN and +∞
  std::vector<double> log_weights;
  double effective_size = 0;  ///< 1/Σw²
  double log_mean_ratio = 0;  ///< log of the mean of all ratios, as they came: estimates log Z when q is normalised
  std::string reason;         ///< in words; empty when fitted

  /// k ≤ threshold, and no ratio was faulty.
  bool good() const { return state != TailState::invalid && k <= threshold; }
};

/// Smooths the ratios log p(xᵢ) − log q(xᵢ), xᵢ drawn from q. A constant added to all of them changes log_mean_ratio
/// only.
///
/// Cost    a sort, and 200 logarithms for each of 3√S draws.
/// Errors  none throws but a relative efficiency that is not > 0 (std::invalid_argument); see TailState.
/// Source  Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25(72), 1–58.
ParetoWeights pareto_smooth(std::span<const double> log_ratios, double relative_efficiency = 1);

/// k-hat alone.
double pareto_k(std::span<const double> log_ratios, double relative_efficiency = 1);

}  // namespace thalweg
