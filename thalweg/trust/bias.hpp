// How far the draws of a method that is biased are from draws of one that is not.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/trust/column.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg {

/// Differences of the moments of one quantity, draws less reference, in standard deviations of the reference, each with
/// its Monte Carlo standard error, that of the reference included.
struct MomentBias {
  std::string name;
  double mean = 0, mean_error = 0;
  double sd = 0, sd_error = 0;  ///< sd/(reference's sd) − 1
};

/// Compares the draws of one quantity. `together`: chains in a row that share randomness, as those of a block share
/// their minibatches; their mean is one series for the errors.
///
/// Errors  a moment that one side cannot state, or whose error it cannot, is NaN, its error too.
MomentBias compare_moments(std::string name, const Column& draws, std::int64_t together, const Column& reference);

struct BiasLimits {
  double mean = 0.25, sd = 0.25;  ///< beyond them the draws are bad: the limits of approximations too
  double false_alarm = 1e-3;      ///< of all quantities together, for draws just at a limit
};

/// The quantities that are worst, and whether one is beyond a limit by more than chance explains. Rows that are NaN
/// decide nothing.
struct BiasReport {
  MomentBias mean, sd;        ///< the rows with the largest |mean| and the largest |sd|; empty names: none
  std::int64_t compared = 0;  ///< rows with a number
  std::vector<std::string> beyond;
};
BiasReport report_of(std::span<const MomentBias> rows, const BiasLimits& limits = {});

/// In words: "means are off by at most 0.12 ± 0.02 sd (theta[3]), sds by 5 ± 2 % (tau)".
std::string to_words(const BiasReport& report);

}  // namespace thalweg
