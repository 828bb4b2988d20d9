// Hamiltonian trajectories of a pack of particles at one place of a path.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/dynamics/annealing/path.hpp"
#include "thalweg/dynamics/ensemble/isokinetic_pack.hpp"
#include "thalweg/dynamics/ensemble/pack_metric.hpp"

namespace thalweg {

/// Where a pack is on a path, and what is known there.
///
/// Shapes  vectors: [d][lanes].
struct PathPlace {
  double *x, *base_gradient, *tilt_gradient;
  Particles::Reals &base, &tilt;
};

/// log π_β up to a constant: base + β tilt; at β = 0 the tilt does not matter, −∞ included.
template <class Real>
Real tempered(double beta, const Real& base, const Real& tilt) {
  return beta == 0 ? base : fma(beta, tilt, base);
}

/// What a transition of a pack gave.
struct PackTransition {
  Particles::Reals acceptance;
  Mask<Particles::Reals> diverging;
};

/// From (x, p), p ~ N(0, I) in the space whitened by the metric, `steps` leapfrog steps of size ε on π_β; the end is
/// taken with probability min(1, exp(H₀ − H)). All lanes take as many steps; each has a momentum and a test of its own.
///
/// Cost    `steps` evaluations of the path, at β = 0 of its base and one of its tilt, and as many products with the
///         metric each way.
/// Errors  an energy that is no number, or more than `divergence` above the start: rejected, diverging.
/// Random  momentum and acceptance of (seed, particle, time).
/// Source  Duane et al. (1987), Phys. Lett. B 195, 216–222.
class PathHmc {
 public:
  using Real = Particles::Reals;
  explicit PathHmc(std::size_t dimension, double divergence = 1000)
      : dimension_(dimension), divergence_(divergence), scratch_(5 * dimension) {}

  /// `beta_of_test`: the β of the Metropolis test, which is that of the motion.
  PackTransition move(AnnealingPath& path, double beta, double beta_of_test, double epsilon, std::int64_t steps,
                      const Metric& metric, PathPlace& place, std::uint64_t seed, std::uint64_t first_particle,
                      std::uint64_t time) {
    const PackVectors<Real> v{dimension_};
    double *const x = scratch(0), *const g = scratch(1), *const tilt_g = scratch(2), *const p = scratch(3);
    v.copy(place.x, x), v.copy(place.base_gradient, g), v.copy(place.tilt_gradient, tilt_g);
    v.fill_normals(seed, Purpose::momentum, first_particle, time, p);
    Real base = place.base, tilt = place.tilt;
    const Real before = 0.5 * v.dot(p, p) - tempered(beta_of_test, base, tilt);
    kick(beta, 0.5 * epsilon, metric, g, tilt_g, p);
    for (std::int64_t k = 0; k < steps; ++k) {
      const bool last = k + 1 == steps;
      drift_pack<Real>(metric, epsilon, p, x);
      if (beta == 0 && !last)
        path.evaluate_base(x, g, base);
      else
        path.evaluate(x, g, base, tilt_g, tilt);
      kick(beta, last ? 0.5 * epsilon : epsilon, metric, g, tilt_g, p);
    }
    const Real gain = before - (0.5 * v.dot(p, p) - tempered(beta_of_test, base, tilt));
    const auto sound = is_finite(gain) && gain >= Real(-divergence_);
    const Real acceptance = select(sound, exp(min(gain, Real(0.0))), Real(0.0));
    Random<Real> random(seed, Purpose::acceptance, first_particle, time);
    const auto moves = random.uniform() < acceptance;
    v.copy_where(moves, x, place.x), v.copy_where(moves, g, place.base_gradient);
    v.copy_where(moves, tilt_g, place.tilt_gradient);
    place.base = select(moves, base, place.base), place.tilt = select(moves, tilt, place.tilt);
    return {acceptance, !sound};
  }

 private:
  static constexpr std::size_t lanes = static_cast<std::size_t>(Particles::lanes);
  double* scratch(std::size_t k) { return reinterpret_cast<double*>(scratch_.data() + k * dimension_); }
  void kick(double beta, double time, const Metric& metric, const double* base_g, const double* tilt_g, double* p) {
    double* const force = scratch(4);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Real b = load<Real>(base_g + j * lanes);
      store(force + j * lanes, beta == 0 ? b : fma(beta, load<Real>(tilt_g + j * lanes), b));
    }
    kick_pack<Real>(metric, time, force, p);
  }
  std::size_t dimension_;
  double divergence_;
  std::vector<Real> scratch_;
};

}  // namespace thalweg
