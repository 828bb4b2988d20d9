// What the hand-written gradients share: a point and its gradient in memory, as packs.
#pragma once
#include "thalweg/core/math.hpp"

namespace thalweg::bench {
inline namespace THALWEG_ISA {

/// Coordinates of W particles, lane fastest.
template <class Real>
struct Point {
  const double* x;
  THALWEG_INLINE Real operator[](int i) const { return load<Real>(x + std::ptrdiff_t{i} * width_of<Real>); }
};
/// Their gradients: each coordinate is written, or added to.
template <class Real>
struct Slope {
  double* g;
  THALWEG_INLINE void set(int i, const Real& v) const { store(g + std::ptrdiff_t{i} * width_of<Real>, v); }
  THALWEG_INLINE void add(int i, const Real& v) const {
    double* at = g + std::ptrdiff_t{i} * width_of<Real>;
    store(at, load<Real>(at) + v);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg::bench
