// How wrong at least are an approximation's means and standard deviations? Short chains that leave p invariant move its
// draws towards p: what they change was wrong.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace thalweg {

struct ErrorBoundSettings {
  double significance = 0.05;             ///< of all bounds together: the chance that any is > 0 when q = p
  double most_squared_correlation = 0.1;  ///< of start and end, up to which a bound is relied on
  std::size_t copies = 1;                 ///< chains in a row that share their start
};

/// What chains did to one quantity, start to end.
///
/// If chains move a quantity's mean monotonically towards p's, |mean of p − mean of q| ≥ |change|; the bound is what of
/// it chance does not explain: |change| − z·se, divided by 1 − ρ where start and end have a negative correlation ρ (the
/// chains may then have gone past). The same for log sd. As long as chains remember their starts (ρ² above the
/// setting) a fast direction can have moved while a slow one has not, even away from p: then `reliable` is false,
/// and the bound is of nothing.
struct ErrorBound {
  double mean_start = 0, mean_end = 0, sd_start = 0, sd_end = 0;
  double change = 0, change_se = 0;        ///< of the mean, in units of the quantity
  double log_ratio = 0, log_ratio_se = 0;  ///< log(sd_end/sd_start)
  double correlation = 0;                  ///< of start and end
  double square_correlation = 0;           ///< of the squared deviations at start and end
  bool mean_reliable = false, sd_reliable = false;
  double mean_error = 0;  ///< ≤ |mean of p − mean of q| when reliable; 0: nothing shown
  double sd_error = 0;    ///< ≤ |log(sd of p / sd of q)| when reliable
};

/// Bounds for every quantity from its values at the starts, which are draws of q, and at the ends of the same chains.
///
/// Shapes  start, end: [chains][quantities].
/// Cost    chains · quantities.
/// Errors  std::invalid_argument on sizes that do not fit; a quantity with values that are not finite is not reliable.
/// Source  Wang, Kasprzak & Huggins (2023), AISTATS, arXiv 2302.12419 (TADDAA). The squared-correlation form of the
/// check
///         and its limit, the division for negative correlations and the Bonferroni z are ours.
std::vector<ErrorBound> error_bounds(std::span<const double> start, std::span<const double> end, std::size_t quantities,
                                     const ErrorBoundSettings& settings = {});

}  // namespace thalweg
