// Tamed Euler: an explicit scheme that does not explode where the drift grows faster than linearly.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// x⁺ = x + h a/(1 + h |a|) + g ΔW  with the Itô drift a and its Euclidean norm.
///
/// Strong order ½ for one-sided Lipschitz drifts of polynomial growth, for which Euler's moments diverge; weak order 1.
/// Cost    as Euler.
/// Source  M. Hutzenthaler, A. Jentzen & P. E. Kloeden (2012), Ann. Appl. Probab. 22(4), 1611–1641.
struct Tamed {
  static constexpr SchemeFacts facts{
      Scheme::tamed,
      {"tamed", "Euler with a drift that moves by less than 1 a step: for drifts like −x³", "any SDE",
       "strong order 1/2 (also where Euler's moments diverge), weak order 1", "one drift, one diffusion",
       "Hutzenthaler, Jentzen & Kloeden (2012), Ann. Appl. Probab. 22, 1611"},
      0.5,
      1,
      no_structure,
      false};

  template <class S, class Real>
  THALWEG_INLINE static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    typename Ito<S, Real>::Coordinates a(sde.frame, sde.d());
    typename Ito<S, Real>::Diffusion g(sde.frame, sde.g_size());
    sde.drift(s.t, read_only(x), a.view());
    sde.diffusion(s.t, read_only(x), g.view());
    Real squared = a[0] * a[0];
    for (std::size_t i = 1; i < sde.d(); ++i) squared = fma(a[i], a[i], squared);
    const Real scale = s.h / fma(s.h, sqrt(squared), Real(1.0));
    for (std::size_t i = 0; i < sde.d(); ++i) x[i] = sde.add_noise(fma(scale, a[i], x[i]), g.read(), s.noise.dW, i);
  }
};

}  // namespace thalweg
