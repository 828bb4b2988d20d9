// Milstein's scheme, for noise that commutes.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// x⁺ = x + a h + g ΔW + ½ Σ_jk (∂g_k) g_j (ΔW_j ΔW_k − δ_jk h)
///
/// which is of strong order 1 when (∂g_k) g_j = (∂g_j) g_k; else the areas ∫∫ dW_j dW_k would be needed. With diagonal
/// noise of g_i = g_i(x_i):  x_i⁺ = x_i + a_i h + g_i ΔW_i + ½ g_i g_i′ (ΔW_i² − h), with an exact g′. The ½gg′ is
/// Itô's; a Stratonovich drift has it once more, and both are kept apart.
///
/// Cost    one drift and one dual diffusion (own noise); else 2 + m dual diffusions.
/// Source  G. N. Mil'shtein (1974), Theory Probab. Appl. 19(3), 557–562.
struct Milstein {
  static constexpr SchemeFacts facts{
      Scheme::milstein,
      {"milstein", "Euler with the next term of the noise, from exact derivatives",
       "noise that commutes: g_i depends on x_i alone, or it is checked", "strong order 1, weak order 1",
       "one drift, one diffusion with its derivative", "Mil'shtein (1974), Theory Probab. Appl. 19, 557"},
      1,
      1,
      no_structure,
      false};

  template <class S, class Real>
  THALWEG_INLINE static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    typename Ito<S, Real>::Coordinates a(sde.frame, sde.d());
    typename Ito<S, Real>::Diffusion g(sde.frame, sde.g_size()), slope(sde.frame, sde.g_size());
    sde.drift(s.t, read_only(x), a.view());
    if constexpr (Ito<S, Real>::is_own) {
      sde.own_slopes(s.t, read_only(x), g.view(), slope.view());
      for (std::size_t i = 0; i < sde.d(); ++i) {
        const Real dW = s.noise.dW[i], second = 0.5 * slope[i] * fma(dW, dW, Real(-s.h));
        x[i] = fma(g[i], dW + second, fma(s.h, a[i], x[i]));
      }
    } else {
      typename Ito<S, Real>::Coordinates v(sde.frame, sde.d()), mean(sde.frame, sde.d());
      sde.diffusion(s.t, read_only(x), g.view());
      sde.noise(g.read(), s.noise.dW, v.view());
      for (std::size_t i = 0; i < sde.d(); ++i) mean[i] = Real(0.0);
      sde.add_correction(Calculus::stratonovich, s.t, read_only(x), mean.view());  // ½ Σ_k (∂g_k) g_k
      sde.diffusion_along(s.t, read_only(x), v.read(), g.view(), slope.view());
      for (std::size_t i = 0; i < sde.d(); ++i) {
        const Real second = 0.5 * sde.add_noise(Real(-2 * s.h) * mean[i], slope.read(), s.noise.dW, i);
        x[i] = fma(s.h, a[i], x[i]) + (v[i] + second);
      }
    }
  }
};

}  // namespace thalweg
