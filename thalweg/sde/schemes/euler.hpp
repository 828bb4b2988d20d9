// Euler–Maruyama: the scheme that any SDE admits.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// x⁺ = x + a h + g ΔW  with the Itô drift a.
///
/// Strong order ½ (1 for additive noise), weak order 1.
/// Cost    one drift, one diffusion, one normal a noise.
/// Source  G. Maruyama (1955), Rend. Circ. Mat. Palermo 4, 48–90.
struct Euler {
  static constexpr SchemeFacts facts{Scheme::euler,
                                     {"euler", "Euler–Maruyama: the noise is taken at the start of the step", "any SDE",
                                      "strong order 1/2 (1 when the noise is additive), weak order 1",
                                      "one drift, one diffusion", "Maruyama (1955), Rend. Circ. Mat. Palermo 4, 48"},
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
    for (std::size_t i = 0; i < sde.d(); ++i) x[i] = sde.add_noise(fma(s.h, a[i], x[i]), g.read(), s.noise.dW, i);
  }
};

}  // namespace thalweg
