// The logarithm of a sum of many exponentials.
#pragma once
#include <algorithm>
#include <span>

#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// log Σ exp(aᵢ), summed in order; −∞ for no terms or terms of −∞ only, ∞ when one is ∞, NaN when one is NaN.
inline double log_sum_exp(std::span<const double> a) {
  double most = -infinity;
  for (const double v : a) {
    if (v != v) return v;
    most = std::max(most, v);
  }
  if (most == infinity || most == -infinity) return most;
  double sum = 0;
  for (const double v : a) sum += exp(v - most);
  return most + log(sum);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
