// BAOAB: the splitting of kinetic Langevin dynamics whose positions are right to a high order.
#pragma once
#include "thalweg/core/exp_log.hpp"
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// For  dq = v dt, dv = (F(q) − γ v) dt + σ dW,  with σ free of q and v:
///   B  v += ½h F(q)      A  q += ½h v
///   O  v ← e^{−γh} v + √((1 − e^{−2γh})/(2γ)) σ ξ,   ξ = ΔW/√h
///   A  q += ½h v         B  v += ½h F(q)
///
/// F is the drift of the velocities at v = 0. The stationary law of q is exact for a harmonic potential at every
/// stable step (h ω < 2). Strong order 1, weak order 2.
/// Cost    two forces (each drift is asked once more than a scheme that keeps its force would), one diffusion.
/// Source  B. Leimkuhler & C. Matthews (2013), Appl. Math. Res. eXpress 2013(1), 34–56.
struct Baoab {
  static constexpr SchemeFacts facts{
      Scheme::baoab,
      {"baoab", "a splitting for positions and velocities; exact positions in a harmonic well",
       "a kinetic SDE: dq = v dt, dv = (force − friction v) dt + noise", "strong order 1, weak order 2",
       "two drifts, one normal a velocity", "Leimkuhler & Matthews (2013), Appl. Math. Res. eXpress 2013, 34"},
      1,
      2,
      kinetic,
      false};

  template <class S, class Real>
  THALWEG_INLINE static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    if constexpr (KineticSde<S>) {
      const std::size_t n = sde.d() / 2;
      const double gamma = sde.sde.friction(), decay = exp(-gamma * s.h);
      const double spread = gamma > 0 ? sqrt(-expm1(-2 * gamma * s.h) / (2 * gamma * s.h)) : 1.0;
      typename Ito<S, Real>::Diffusion g(sde.frame, sde.g_size());
      kick(sde, s.t, 0.5 * s.h, x);
      for (std::size_t i = 0; i < n; ++i) x[i] = fma(0.5 * s.h, x[n + i], x[i]);
      sde.diffusion(s.t, read_only(x), g.view());
      for (std::size_t i = 0; i < n; ++i)
        x[n + i] = fma(decay, x[n + i], spread * sde.add_noise(Real(0.0), g.read(), s.noise.dW, n + i));
      for (std::size_t i = 0; i < n; ++i) x[i] = fma(0.5 * s.h, x[n + i], x[i]);
      kick(sde, s.t + s.h, 0.5 * s.h, x);
    }
  }

 private:
  /// v += share · F(q)
  template <class S, class Real>
  THALWEG_INLINE static void kick(const Ito<S, Real>& sde, const Real& t, double share, View<Real> x) {
    const std::size_t n = sde.d() / 2;
    typename Ito<S, Real>::Coordinates rest(sde.frame, sde.d()), f(sde.frame, sde.d());
    for (std::size_t i = 0; i < n; ++i) rest[i] = x[i], rest[n + i] = Real(0.0);
    sde.sde.drift(t, rest.read(), f.view());
    for (std::size_t i = 0; i < n; ++i) x[n + i] = fma(share, f[n + i], x[n + i]);
  }
};

}  // namespace thalweg
