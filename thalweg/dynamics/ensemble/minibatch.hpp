// Which observations a block of particles looks at in a step.
#pragma once
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "thalweg/core/collective.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/subset.hpp"

namespace thalweg {

/// m of n observations, uniformly and without replacement: the first m places of a Fisher–Yates shuffle. Each term
/// counts n/m times, so that log p and its gradient are unbiased, with the variance of a sample of m with replacement
/// times (n − m)/(n − 1).
///
/// Cost    O(m) a draw; n numbers of memory.
/// Random  a function of (seed, purpose, block, step): all particles of a block of 32 share it.
/// Source  Fisher & Yates (1938), as Knuth (1998), The Art of Computer Programming 2, algorithm 3.4.2 P.
class Minibatches {
 public:
  Minibatches(std::int64_t observations, std::int64_t size, double scale)
      : places_(static_cast<std::size_t>(observations)), swaps_(static_cast<std::size_t>(size)), scale_(scale) {
    std::iota(places_.begin(), places_.end(), 0);
  }
  /// Valid until the next call.
  Subset draw(std::uint64_t seed, Purpose purpose, std::uint64_t block, std::uint64_t step) {
    for (std::size_t i = drawn_; i-- > 0;) std::swap(places_[i], places_[swaps_[i]]);  // back to 0, 1, 2, …
    Random<double> random(seed, purpose, block, step);
    drawn_ = swaps_.size();
    for (std::size_t i = 0; i < drawn_; ++i) {
      swaps_[i] = i + random.below(places_.size() - i);
      std::swap(places_[i], places_[swaps_[i]]);
    }
    return {{places_.data(), drawn_}, scale_};
  }

 private:
  std::vector<std::int32_t> places_;
  std::vector<std::size_t> swaps_;
  std::size_t drawn_ = 0;
  double scale_;
};

}  // namespace thalweg
