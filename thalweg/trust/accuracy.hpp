// How accurate draws are asked to be, and how accurate they are.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "thalweg/trust/summary.hpp"

namespace thalweg {

/// Goals that the draws of all quantities that decide must meet together; absent: not asked for.
struct Accuracy {
  std::optional<double> ess = {};   ///< effective sample sizes, bulk and tail, at least
  std::optional<double> mcse = {};  ///< Monte Carlo error of a mean, in standard deviations of its quantity, at most
  /// Ranked nested R-hat, at most; what chance explains is added to it (NestedRHat::limit).
  std::optional<double> nested_rhat = {};
  bool empty() const { return !ess && !mcse && !nested_rhat; }
};

/// Throws std::invalid_argument on a goal out of range, or on one that `chains` chains of so many starts cannot show.
void require_sound(const Accuracy& asked, std::int64_t chains, std::int64_t superchains);

/// How far one goal is: the quantity that is worst.
struct Attained {
  double value = 0;
  double limit = 0;  ///< that `value` had to keep
  std::string quantity;
  bool holds = false;
};

/// What a look at the draws so far has shown, goal by goal, for those that are asked for.
struct AccuracyLook {
  std::int64_t draws = 0;                                         ///< of each chain
  std::optional<Attained> ess = {}, mcse = {}, nested_rhat = {};  ///< nothing too where no quantity has the statistic
  std::string obstacle = {};  ///< why no number of draws will do: "theta is NaN in some draws"
  bool holds = false;
};

/// Looks at the first `draws` draws of each chain. Constant quantities and those that are never set decide nothing; one
/// that is not finite in some draws is an obstacle, and so is having nothing that decides.
///
/// Cost    that of the statistics asked for, one column in memory at a time. `keep_going` is asked before each; false
///         ends the look, which then does not hold.
AccuracyLook look(const Accuracy& asked, std::int64_t chains, std::int64_t draws, std::span<const Quantity> quantities,
                  const ColumnReader& read, int superchains = 8, const std::function<bool()>& keep_going = {});

}  // namespace thalweg
