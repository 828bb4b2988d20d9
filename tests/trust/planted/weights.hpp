// Planted errors of importance weights: each is failed by the test that names it.
#pragma once
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "thalweg/trust/pareto.hpp"

namespace thalweg::planted {

/// k-hat of ratios that are exponentiated as they come, without taking the largest out first.
inline double unshifted_pareto_k(std::span<const double> log_ratios) {
  std::vector<double> ratios;
  for (const double r : log_ratios) ratios.push_back(std::exp(r));
  std::sort(ratios.begin(), ratios.end());
  const std::size_t tail = pareto_tail_size(ratios.size());
  const double cut = ratios[ratios.size() - tail - 1];
  std::vector<double> exceedances;
  for (std::size_t i = ratios.size() - tail; i < ratios.size(); ++i) exceedances.push_back(ratios[i] - cut);
  if (!(exceedances.front() > 0)) return NAN;
  return fit_pareto_tail(exceedances).k;
}

/// Weights that are ratios over their number: unbiased where log p is normalised, and wrong by Z where it is not.
inline std::vector<double> unnormalised_log_weights(std::span<const double> log_ratios) {
  std::vector<double> w(log_ratios.begin(), log_ratios.end());
  for (double& v : w) v -= std::log(static_cast<double>(w.size()));
  return w;
}

}  // namespace thalweg::planted
