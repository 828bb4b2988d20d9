// Named data for a model, whatever file it came from.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace thalweg {

/// One variable. `shape` is empty for a scalar; an array of J vectors of length K has shape {J, K}; the last index
/// runs fastest. An empty array has a 0 in its shape, and the dimensions behind it are unknown (left out).
struct DataValue {
  std::vector<std::int64_t> shape;
  std::vector<double> reals;           ///< always filled
  std::vector<std::int32_t> integers;  ///< filled exactly when every number was written as an integer
  bool is_integer = false;             ///< every number was written as an integer (true for an empty array)
  int line = 0, column = 0;            ///< where the value stands in its file; 0 when unknown
};

/// The variables by name, and the file they came from (for messages).
struct DataMap {
  std::map<std::string, DataValue> values;
  std::string origin = "data";
};

}  // namespace thalweg
