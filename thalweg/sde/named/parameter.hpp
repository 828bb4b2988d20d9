// Reading the parameters of named SDEs.
#pragma once
#include <cmath>

#include "thalweg/density/raw_data.hpp"

namespace thalweg {

/// Takes the number called `name`, if it is there. Throws Error unless it is a finite scalar.
inline void read_parameter(const RawDataMap& data, const char* name, double& value) {
  const double* found = find_reals(data, name, {});
  if (!found) return;
  if (!std::isfinite(*found)) fail("{}: variable {}: expected a finite number, found {}", data.origin, name, *found);
  value = *found;
}
/// The same for a number that must be positive, or at least 0.
inline void read_positive(const RawDataMap& data, const char* name, double& value) {
  read_parameter(data, name, value);
  if (!(value > 0)) fail("{}: variable {}: expected a number > 0, found {}", data.origin, name, value);
}
inline void read_nonnegative(const RawDataMap& data, const char* name, double& value) {
  read_parameter(data, name, value);
  if (!(value >= 0)) fail("{}: variable {}: expected a number >= 0, found {}", data.origin, name, value);
}

}  // namespace thalweg
