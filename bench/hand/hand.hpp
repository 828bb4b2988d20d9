// Gradients written by hand over packs: the limit that generated code is measured against.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {

/// One model at one width, compiled for the machine at hand.
///
/// Shapes  x, gradient: [dimension][width], lane fastest; log_p: [width], up to a constant.
class HandWritten {
 public:
  virtual ~HandWritten() = default;
  virtual int width() const = 0;
  virtual std::int64_t dimension() const = 0;
  virtual void evaluate(const double* x, double* gradient, double* log_p) const = 0;
};

/// By the name of Problem::hand. Throws Error when there is none.
std::unique_ptr<HandWritten> hand_written(const std::string& name, const DataMap& data);

}  // namespace thalweg::bench
