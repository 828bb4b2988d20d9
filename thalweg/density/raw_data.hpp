// Reading named values as a unit sees them, with messages that say what was expected.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/density/model_table.hpp"

namespace thalweg {

/// The value called `name`, or null.
inline const RawData* find(const RawDataMap& data, const char* name) {
  for (std::int64_t i = 0; i < data.count; ++i)
    if (std::strcmp(data.values[i].name, name) == 0) return &data.values[i];
  return nullptr;
}

/// "scalar" or "[2, 3]".
inline std::string shape_text(const std::int64_t* shape, std::size_t rank) {
  return rank == 0 ? "a scalar" : fmt::format("shape [{}]", fmt::join(shape, shape + rank, ", "));
}

/// The values of `name`, which must have the given shape; null when absent. Throws Error naming expected and found.
inline const double* find_reals(const RawDataMap& data, const char* name, const std::vector<std::int64_t>& shape) {
  const RawData* value = find(data, name);
  if (!value) return nullptr;
  const std::vector<std::int64_t> found(value->shape, value->shape + value->rank);
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  const bool both_empty = size == 0 && value->size == 0;
  if (found != shape && !both_empty)
    fail("{}: variable {}: expected {}, found {}", data.origin, name, shape_text(shape.data(), shape.size()),
         shape_text(found.data(), found.size()));
  return value->reals;
}

/// The integer called `name`, or `otherwise` when absent. Throws Error unless it is one integer in [lowest, highest].
inline std::int64_t find_integer(const RawDataMap& data, const char* name, std::int64_t lowest, std::int64_t highest,
                                 std::int64_t otherwise) {
  const RawData* value = find(data, name);
  if (!value) return otherwise;
  if (value->rank != 0 || !value->integers)
    fail("{}: variable {}: expected an integer, found {} {}", data.origin, name,
         value->integers ? "integers of" : "reals of", shape_text(value->shape, static_cast<std::size_t>(value->rank)));
  const std::int64_t n = value->integers[0];
  if (n < lowest || n > highest)
    fail("{}: variable {}: expected an integer in [{}, {}], found {}", data.origin, name, lowest, highest, n);
  return n;
}

}  // namespace thalweg
