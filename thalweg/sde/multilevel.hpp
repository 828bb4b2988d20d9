// Expectations to a wanted accuracy from paths of many step sizes.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/sde/simulate.hpp"

namespace thalweg {

struct MultilevelSettings {
  std::optional<Calculus> calculus = {};
  std::optional<Scheme> scheme = {};
  double end_time = 1, start_time = 0;
  std::vector<double> initial = {};                           ///< [d]; empty: the SDE's own law
  std::function<double(std::span<const double> x)> function;  ///< of the state at end_time; required
  double error = 0.01;        ///< root-mean-square error that is wanted, half of it bias
  std::int64_t coarsest = 2;  ///< steps of level 0; each next level has twice as many
  int most_levels = 16;
  std::int64_t pilot = 2048;  ///< paths that each level starts with
  std::uint64_t seed = 0;
};

struct MultilevelRow {
  std::int64_t steps, paths;
  double mean, variance;  ///< of f(x_h) − f(x_2h); of f(x_h) on level 0
};

struct MultilevelEstimate {
  double value;
  double standard_error;
  double bias_bound;  ///< estimated bias of the finest level
  bool converged;     ///< false: the bias did not come down in most_levels
  double path_steps;  ///< that were made
  std::vector<MultilevelRow> levels;
};

/// E f(x_T) as  E f(x_0) + Σ_l E[f(x_l) − f(x_{l−1})]  over levels of halved steps, each difference on common paths and
/// each level on paths of its own. The numbers of paths minimise the cost for a variance of half the wanted square
/// error: N_l = (2/ε²) √(V_l/C_l) Σ √(V_k C_k). Levels are added until the bias that the last two leave,
/// max(|Y_L|, |Y_{L−1}|/2^p)/(2^p − 1) with the scheme's weak order p, is below ε/√2.
///
/// Errors  throws std::invalid_argument on settings out of range, Error when a path explodes.
/// Source  M. B. Giles (2008), Oper. Res. 56(3), 607–617.
MultilevelEstimate multilevel(const SdeModel& model, const MultilevelSettings& settings,
                              const SimulationExecution& execution = {});

}  // namespace thalweg
