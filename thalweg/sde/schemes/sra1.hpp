// Rössler's SRA1: strong order 1.5 for additive noise, with two drifts a step.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// With I₁₀ = ∫ (W(s) − W(t)) ds over the step and g free of x:
///   y  = x + ¾ h f(t, x) + (3/2) g(t + h) I₁₀/h
///   x⁺ = x + h (⅓ f(t, x) + ⅔ f(t + ¾h, y)) + g(t + h) (ΔW − I₁₀/h) + g(t) I₁₀/h
///
/// Strong order 1.5, hence weak order 2.
/// Cost    two drifts, one diffusion (two when it depends on t), two normals a noise.
/// Source  A. Rößler (2010), SIAM J. Numer. Anal. 48(3), 922–952.
struct Sra1 {
  static constexpr SchemeFacts facts{Scheme::sra1,
                                     {"sra1", "a stochastic Runge–Kutta scheme for additive noise",
                                      "noise that does not depend on x", "strong order 1.5, weak order 2",
                                      "two drifts, two normals a noise", "Rößler (2010), SIAM J. Numer. Anal. 48, 922"},
                                     1.5,
                                     2,
                                     additive_noise,
                                     true};

  template <class S, class Real>
  THALWEG_INLINE static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    typename Ito<S, Real>::Coordinates f(sde.frame, sde.d()), y(sde.frame, sde.d()), f_y(sde.frame, sde.d());
    typename Ito<S, Real>::Diffusion start(sde.frame, sde.g_size()), end(sde.frame, sde.g_size());
    typename Ito<S, Real>::Noises late(sde.frame, sde.m()), early(sde.frame, sde.m());
    const double per_h = 1 / s.h;
    for (std::size_t k = 0; k < sde.m(); ++k) {
      early[k] = per_h * s.noise.area[k];
      late[k] = s.noise.dW[k] - early[k];
    }
    sde.drift(s.t, read_only(x), f.view());
    sde.diffusion(s.t, read_only(x), start.view());
    if constexpr (has_structure_of<S>(autonomous))
      for (std::size_t j = 0; j < sde.g_size(); ++j) end[j] = start[j];
    else
      sde.diffusion(s.t + s.h, read_only(x), end.view());
    for (std::size_t i = 0; i < sde.d(); ++i)
      y[i] = fma(1.5, sde.add_noise(Real(0.0), end.read(), early.read(), i), fma(0.75 * s.h, f[i], x[i]));
    sde.drift(s.t + 0.75 * s.h, y.read(), f_y.view());
    for (std::size_t i = 0; i < sde.d(); ++i) {
      const Real mean = fma(2 * s.h / 3, f_y[i], fma(s.h / 3, f[i], x[i]));
      x[i] = sde.add_noise(sde.add_noise(mean, start.read(), early.read(), i), end.read(), late.read(), i);
    }
  }
};

}  // namespace thalweg
