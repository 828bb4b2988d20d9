#include "thalweg/trust/evidence_bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/core/log_sum.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/trust/diagnostics.hpp"

namespace thalweg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

EvidenceBound mean_of(std::span<const double> values) {
  if (values.empty()) return {nan, nan};
  const double n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / n;
  if (!std::isfinite(mean)) return {mean, nan};
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : nan};
}

}  // namespace

EvidenceBound evidence_lower_bound(std::span<const double> log_ratios) { return mean_of(log_ratios); }

EvidenceBound importance_lower_bound(std::span<const double> log_ratios, std::size_t groups) {
  require(groups > 0, "groups must be > 0; found {}", groups);
  groups = std::min(groups, log_ratios.size());
  if (groups == 0) return {nan, nan};
  const std::size_t size = log_ratios.size() / groups;
  std::vector<double> values;
  for (std::size_t g = 0; g < groups; ++g)
    values.push_back(log_sum_exp(log_ratios.subspan(g * size, size)) - log(static_cast<double>(size)));
  return mean_of(values);
}

EvidenceBound evidence_upper_bound(std::span<const double> log_ratios, std::int64_t chains) {
  require(chains > 0, "chains must be > 0; found {}", chains);
  Diagnostics diagnostics;
  diagnostics.assign({log_ratios, chains});
  EvidenceBound bound = mean_of(log_ratios);
  if (diagnostics.condition() == Condition::fine) bound.standard_error = diagnostics.mcse_mean();
  return bound;
}

std::string EvidenceBounds::describe() const {
  std::string text = fmt::format("log Z >= {:.2f} (ELBO, se {:.2g})", lower.value, lower.standard_error);
  if (importance_draws > 1)
    text += fmt::format(", >= {:.2f} (importance-weighted ELBO of {} draws, se {:.2g})", importance_lower.value,
                        importance_draws, importance_lower.standard_error);
  if (upper)
    text += fmt::format(", <= {:.2f} (EUBO over draws of {}, se {:.2g})", upper->value, upper_source,
                        upper->standard_error);
  return text;
}

}  // namespace thalweg
