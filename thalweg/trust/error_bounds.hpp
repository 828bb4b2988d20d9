// How wrong at least are an approximation's means and standard deviations? Short chains that leave p invariant move its
// draws towards p: what they change was wrong.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace thalweg {

struct ErrorBoundSettings {
  double significance = 0.05;             ///< of all bounds together: the chance that any is > 0 when q = p
  double most_squared_correlation = 0.1;  ///< of a chain's states, up to which a bound is relied on
  std::size_t copies = 1;                 ///< chains in a row that share their start
};

/// Values of the quantities along the chains.
///
/// Shapes  start, early, end: [chains][quantities]; early: after about a quarter of the transitions, may be empty.
///         start_mean, start_sd: [quantities], of q where they are known exactly (errors are then smaller), NaN where
///         not; may be empty.
struct ChainValues {
  std::span<const double> start, early, end;
  std::span<const double> start_mean{}, start_sd{};
};

/// What chains did to one quantity, start to end.
///
/// If chains move a quantity's mean monotonically towards p's, |mean of p − mean of q| ≥ |change|; the bound is what of
/// it chance does not explain: |change| − z·se, divided by 1 − ρ where start and end have a negative correlation ρ (the
/// chains may then have gone past). The same for log sd. As long as chains remember earlier states a fast direction can
/// have moved while a slow one has not, even away from p: then `reliable` is false, and the bound is of nothing. Memory
/// is the squared correlation of the end with the start, and with an early state: from a q that is too narrow a random
/// walk forgets its start at once, but not where it went.
struct ErrorBound {
  double mean_start = 0, mean_end = 0, sd_start = 0, sd_end = 0;
  double change = 0, change_se = 0;        ///< of the mean, in units of the quantity
  double log_ratio = 0, log_ratio_se = 0;  ///< log(sd_end/sd_start)
  double correlation = 0;                  ///< of the end with the start or an early state, the larger
  double square_correlation = 0;           ///< the same of squared deviations
  bool mean_reliable = false, sd_reliable = false;
  double mean_error = 0;  ///< ≤ |mean of p − mean of q| when reliable; 0: nothing shown
  double sd_error = 0;    ///< ≤ |log(sd of p / sd of q)| when reliable
};

/// Bounds for every quantity; the starts are draws of q.
///
/// Cost    chains · quantities.
/// Errors  std::invalid_argument on sizes that do not fit; a quantity with values that are not finite is not reliable.
/// Source  Wang, Kasprzak & Huggins (2023), AISTATS, arXiv 2302.12419 (TADDAA). The form of the check and its limit,
/// the
///         division for negative correlations and z, Student's with Bonferroni's correction, are ours.
std::vector<ErrorBound> error_bounds(const ChainValues& values, std::size_t quantities,
                                     const ErrorBoundSettings& settings = {});

}  // namespace thalweg
