// Isokinetic dynamics of a pack of particles in step with each other.
#pragma once
#include <cstddef>
#include <cstdint>

#include "thalweg/core/math.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/dynamics/microcanonical/isokinetic.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Mathematics of a pack's vectors, [dimension][lanes].
///
/// Cost  a pass over the pack each.
template <class Real>
struct PackVectors {
  static constexpr std::size_t lanes = static_cast<std::size_t>(width_of<Real>);
  std::size_t dimension;

  Real dot(const double* a, const double* b) const {
    Real s = 0.0;
    for (std::size_t j = 0; j < dimension; ++j) s = fma(load<Real>(a + j * lanes), load<Real>(b + j * lanes), s);
    return s;
  }
  /// v ← v/|v|
  void normalise(double* v) const {
    const Real factor = 1.0 / sqrt(dot(v, v));
    for (std::size_t j = 0; j < dimension; ++j) store(v + j * lanes, factor * load<Real>(v + j * lanes));
  }
  void copy(const double* from, double* to) const {
    for (std::size_t j = 0; j < dimension; ++j) store(to + j * lanes, load<Real>(from + j * lanes));
  }
  /// to ← from in some lanes
  void copy_where(const Mask<Real>& m, const double* from, double* to) const {
    for (std::size_t j = 0; j < dimension; ++j)
      store(to + j * lanes, select(m, load<Real>(from + j * lanes), load<Real>(to + j * lanes)));
  }
  void fill_normals(std::uint64_t seed, Purpose purpose, std::uint64_t first_particle, std::uint64_t step,
                    double* z) const {
    Random<Real> random(seed, purpose, first_particle, step);
    for (std::size_t j = 0; j < dimension; ++j) store(z + j * lanes, random.normal());
  }
  /// v uniform on the unit sphere.
  void draw_direction(std::uint64_t seed, Purpose purpose, std::uint64_t first_particle, std::uint64_t step,
                      double* v) const {
    fill_normals(seed, purpose, first_particle, step, v);
    normalise(v);
  }
};

/// What `isokinetic_kick` of one particle does, for a pack: u is turned by w for `time` and the change of the kinetic
/// energy returned. Not a finite number in a lane: that lane's gradient is not finite, or rounding alone would decide;
/// u is then unchanged there.
///
/// Shapes  w, u: [d][lanes].
/// Cost    two passes; four when a lane's u points against w.
template <class Real>
Real isokinetic_kick_pack(double time, const double* w, double* u, std::size_t d) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  Real ww = 0.0, wu = 0.0, uu = 0.0;
  for (std::size_t j = 0; j < d; ++j) {
    const Real wj = load<Real>(w + j * lanes), uj = load<Real>(u + j * lanes);
    ww = fma(wj, wj, ww);
    wu = fma(wj, uj, wu);
    uu = fma(uj, uj, uu);
  }
  const double n = static_cast<double>(d) - 1;
  Real steepness = sqrt(ww);
  const Real to_unit = 1.0 / sqrt(uu), delta = std::abs(time) / n * steepness;
  const auto still = delta == Real(0.0);
  if (time < 0) steepness = -steepness;
  steepness = select(still, Real(1.0), steepness);
  const Real c = wu / steepness * to_unit, zeta = exp(-delta), rest = -expm1(-delta);
  const auto against = c < Real(-0.5);
  Real sum = 1.0 + c;  // 1 + c
  const Real per_steepness = 1.0 / steepness;
  if (any(against)) {
    Real square = 0.0;
    for (std::size_t j = 0; j < d; ++j) {
      const Real s = fma(load<Real>(w + j * lanes), per_steepness, load<Real>(u + j * lanes) * to_unit);
      square = fma(s, s, square);
    }
    sum = select(against, 0.5 * square, sum);
  }
  const Real norm = sum + (2.0 - sum) * zeta * zeta;
  const auto decided = norm >= Real(0x1p-104);  // false for NaN too
  const Real change = select(still, Real(0.0), n * (delta - ln2 + log(norm)));
  const auto moves = decided && is_finite(change) && !still;
  const Real e_share = rest * (2.0 * zeta + sum * rest) / norm, u_share = 2.0 * zeta / norm;
  // u against w: both shares nearly cancel, so that (e + û) is formed first
  const Real e_beside = (sum * rest * rest - 2.0 * zeta * zeta) / norm;
  Real length = 0.0;
  for (std::size_t j = 0; j < d; ++j) {
    const Real e = load<Real>(w + j * lanes) * per_steepness;
    const Real old = load<Real>(u + j * lanes), unit = old * to_unit;
    Real v = fma(e_share, e, u_share * unit);
    if (any(against)) v = select(against, fma(u_share, e + unit, e_beside * e), v);
    v = select(moves, v, old);
    length = fma(v, v, length);
    store(u + j * lanes, v);
  }
  if (any(against)) {
    const Real factor = select(against && moves, 1.0 / sqrt(length), Real(1.0));
    for (std::size_t j = 0; j < d; ++j) store(u + j * lanes, factor * load<Real>(u + j * lanes));
  }
  return select(decided || still, change, Real(infinity));
}

/// u ← (u + ν z)/|u + ν z|; see Isokinetic::refresh. z is filled.
template <class Real>
void isokinetic_refresh_pack(double time, double length, std::uint64_t seed, std::uint64_t first_particle,
                             std::uint64_t step, double* u, double* z, std::size_t d) {
  constexpr auto lanes = static_cast<std::size_t>(width_of<Real>);
  const PackVectors<Real> v{d};
  v.fill_normals(seed, Purpose::noise, first_particle, step, z);
  const double nu = MicrocanonicalRules::noise(time, length, d);
  for (std::size_t j = 0; j < d; ++j)
    store(u + j * lanes, fma(nu, load<Real>(z + j * lanes), load<Real>(u + j * lanes)));
  v.normalise(u);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
