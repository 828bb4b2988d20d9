// A mean of draws that depend on each other inside groups.
#pragma once
#include <cmath>
#include <cstddef>

namespace thalweg {

struct GroupMean {
  double mean = 0, standard_error = 0;
};

/// Mean of value(0) … value(n − 1) and its standard error from the means of groups of `copies` values in a row; n must
/// be at least two groups. Groups of whole chains, or of long stretches of one, know the autocorrelation.
template <class Value>
GroupMean group_mean(std::size_t n, std::size_t copies, const Value& value) {
  const std::size_t groups = n / copies;
  const double m = static_cast<double>(groups);
  const auto mean_of = [&](std::size_t k) {
    double sum = 0;
    for (std::size_t i = k * copies; i < (k + 1) * copies; ++i) sum += value(i);
    return sum / static_cast<double>(copies);
  };
  GroupMean out;
  double squares = 0;
  for (std::size_t k = 0; k < groups; ++k) out.mean += mean_of(k) / m;
  for (std::size_t k = 0; k < groups; ++k) {
    const double e = mean_of(k) - out.mean;
    squares += e * e;
  }
  out.standard_error = std::sqrt(squares / (m - 1) / m);
  return out;
}

}  // namespace thalweg
