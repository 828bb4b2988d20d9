// Ascents without an end, told from slow ones.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "thalweg/core/vectors.hpp"
#include "thalweg/optimize/ascent.hpp"

namespace thalweg {

/// When an ascent that has not arrived counts as running away.
struct Steadiness {
  std::int64_t first = 32;    ///< iteration of the first look; then at 64, 128, …
  double least_gain = 10;     ///< nats of the later stretch
  double least_slope = 0.95;  ///< of the later stretch, as a share of that of the earlier one
  double least_cosine = 0.7;  ///< between the two
};

/// At iteration n = 2ᵏ, looks back at the stretches from n/4 to n/2 and from n/2 to n. Where both lead the same way,
/// the later is at least as long and log p rises as steeply in it, nothing says that a maximum lies ahead: on a
/// parabola the slope falls to 0.95 of itself in the first twentieth of the way, on which a method that learns the
/// curvature does not spend so many iterations. One that does not needs a later first look.
///
/// Cost    3·d numbers; d operations at the looks, a few else.
template <class Rules = Steadiness>
class RunAway {
 public:
  explicit RunAway(std::size_t dimension, Rules rules = {})
      : rules_(rules), n_(padded(dimension)), places_(3, dimension) {}

  bool sees(const Iterate& at) {
    if (at.number <= 0 || (at.number & (at.number - 1)) != 0) return false;
    for (std::size_t i = 0; i < n_; ++i) last()[i] = at.x[i] - before()[i];
    copy(at.x, before(), n_);
    const double gain = at.log_p - log_p_, length = std::sqrt(dot(last(), last(), n_));
    const double cosine = dot(last(), earlier(), n_) / (length * length_), slope = gain / length;
    const bool steady = at.number >= rules_.first && gain >= rules_.least_gain && length >= length_ &&
                        cosine >= rules_.least_cosine && slope >= rules_.least_slope * slope_;
    copy(last(), earlier(), n_);
    log_p_ = at.log_p;
    length_ = length;
    slope_ = slope;
    return steady;
  }
  /// Of the last stretch: how it leads, [d], and by how many nats log p rises a unit of length.
  const double* direction() { return earlier(); }
  double length() const { return length_; }
  double slope() const { return slope_; }

 private:
  double* before() { return places_[0]; }
  double* earlier() { return places_[1]; }
  double* last() { return places_[2]; }

  Rules rules_;
  std::size_t n_;
  Vectors places_;
  double log_p_ = 0, length_ = 0, slope_ = 0;
};

}  // namespace thalweg
