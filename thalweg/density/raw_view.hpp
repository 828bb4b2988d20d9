// Named data in the shape that compiled units read.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/density/model_table.hpp"

namespace thalweg {

/// A DataMap in the shape that units read. Refers to the map, which must outlive it.
class RawView {
 public:
  explicit RawView(const DataMap& data) {
    static constexpr std::int32_t nothing = 0;
    for (const auto& [name, value] : data.values) {
      const bool whole = value.is_integer;
      const std::int32_t* integers = value.integers.empty() ? &nothing : value.integers.data();
      values_.push_back({name.c_str(), static_cast<std::int32_t>(value.shape.size()), value.shape.data(),
                         static_cast<std::int64_t>(value.reals.size()), value.reals.data(),
                         whole ? integers : nullptr});
    }
    map_ = {values_.data(), static_cast<std::int64_t>(values_.size()), data.origin.c_str()};
  }
  RawView(const RawView&) = delete;
  RawView& operator=(const RawView&) = delete;
  const RawDataMap* raw() const { return &map_; }

 private:
  std::vector<RawData> values_;
  RawDataMap map_{};
};

}  // namespace thalweg
