// The leapfrog step of a pack of particles in the whitened space of a diagonal metric.
#pragma once
#include <cstddef>

#include "thalweg/core/math.hpp"
#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// p ← p + h·σ∘g
///
/// Shapes  g, p, x: [d][lanes]; σ: [d], the square root of the variances that the metric assumes.
/// Units   h a time in the whitened space; momenta are N(0, I) there.
template <class Real>
void kick_pack(double h, const double* g, const double* sigma, double* p, std::size_t d) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  for (std::size_t j = 0; j < d; ++j)
    store(p + j * lanes, fma(h * sigma[j], load<Real>(g + j * lanes), load<Real>(p + j * lanes)));
}
/// x ← x + h·σ∘p
template <class Real>
void drift_pack(double h, const double* p, const double* sigma, double* x, std::size_t d) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  for (std::size_t j = 0; j < d; ++j)
    store(x + j * lanes, fma(h * sigma[j], load<Real>(p + j * lanes), load<Real>(x + j * lanes)));
}

/// Whether a change W of the energy is one that a Metropolis test may judge: −∞ < W ≤ most, false for NaN.
template <class Real>
Mask<Real> is_sound(const Real& change, double most) {
  return change <= Real(most) && change > Real(-infinity);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
