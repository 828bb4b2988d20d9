// Some of a density's observations.
#pragma once
#include <cstdint>
#include <span>

namespace thalweg {

/// Numbers of observations, from 0, in any order, and how often each of their terms counts. A number that stands twice
/// counts twice. With m numbers drawn uniformly out of n and scale = n/m, log p and its gradient are unbiased.
struct Subset {
  std::span<const std::int32_t> indices;
  double scale = 1;
};

}  // namespace thalweg
