// A planted error: split R-hat without the rank normalisation, as Gelman & Rubin's form was used before 2021. It does
// not see chains that differ in scale only, and a heavy tail hides chains that differ in location.
#pragma once
#include <cmath>
#include <vector>

#include "thalweg/trust/autocovariance.hpp"
#include "thalweg/trust/column.hpp"

namespace thalweg::planted {

inline double split_rhat(const Column& column) {
  const std::int64_t half = column.draws() / 2;
  std::vector<double> means;
  double within = 0;
  for (std::int64_t c = 0; c < column.chains; ++c) {
    for (const auto part : {column.chain(c).first(half), column.chain(c).last(half)}) {
      means.push_back(mean(part));
      within += variance(part) / double(2 * column.chains);
    }
  }
  return std::sqrt(double(half - 1) / double(half) + variance(means) / within);
}

}  // namespace thalweg::planted
