// Rössler's scheme of strong order 1.5 for diagonal noise.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// The four-stage scheme SRIW1 applied to each coordinate's own noise, g_i = g_i(x_i, t), with the Itô drift a and
/// I₁₁ = ½(ΔW² − h), I₁₁₁ = (ΔW³ − 3hΔW)/6, I₁₀ = ∫ (W(s) − W(t)) ds:
///   y₁ = x                              g₁ = g(t, y₁)
///   y₂ = x + ¼h a(t, x) + ½√h g₁        g₂ = g(t + ¼h, y₂)
///   y₃ = x + h a(t, x) − √h g₁          g₃ = g(t + h, y₃)
///   y₄ = x + ¼h a(t, x) + √h (−5g₁ + 3g₂ + ½g₃)      g₄ = g(t + ¼h, y₄)
///   z  = x + ¾h a(t, x) + (3/2) g₁ I₁₀/h
///   x⁺ = x + h (⅓ a(t, x) + ⅔ a(t + ¾h, z)) + Σ_s (β¹_s ΔW + β²_s I₁₁/√h + β³_s I₁₀/h + β⁴_s I₁₁₁/h) g_s
/// β¹ = (−1, 4/3, 2/3, 0), β² = (−1, 4/3, −1/3, 0), β³ = (2, −4/3, −2/3, 0), β⁴ = (−2, 5/3, −2/3, 1).
///
/// Strong order 1.5, hence weak order 2.
/// Cost    two drifts, four diffusions, two normals a noise.
/// Source  A. Rößler (2010), SIAM J. Numer. Anal. 48(3), 922–952.
struct Srid2 {
  static constexpr SchemeFacts facts{
      Scheme::srid2,
      {"srid2", "a stochastic Runge–Kutta scheme for diagonal noise", "diagonal noise whose g_i depends on x_i alone",
       "strong order 1.5, weak order 2", "two drifts, four diffusions, two normals a noise",
       "Rößler (2010), SIAM J. Numer. Anal. 48, 922"},
      1.5,
      2,
      own_noise,
      true};

  template <class S, class Real>
  THALWEG_INLINE static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    if constexpr (Ito<S, Real>::is_own) {
      using Coordinates = typename Ito<S, Real>::Coordinates;
      const std::size_t d = sde.d();
      const double h = s.h, root = s.root_h;
      const Real quarter = s.t + 0.25 * h, end = s.t + h;
      Coordinates a(sde.frame, d), y(sde.frame, d), g1(sde.frame, d), g2(sde.frame, d), g3(sde.frame, d),
          g4(sde.frame, d);
      sde.drift(s.t, read_only(x), a.view());
      sde.diffusion(s.t, read_only(x), g1.view());
      for (std::size_t i = 0; i < d; ++i) y[i] = fma(0.5 * root, g1[i], fma(0.25 * h, a[i], x[i]));
      sde.diffusion(quarter, y.read(), g2.view());
      for (std::size_t i = 0; i < d; ++i) y[i] = fma(-root, g1[i], fma(h, a[i], x[i]));
      sde.diffusion(end, y.read(), g3.view());
      for (std::size_t i = 0; i < d; ++i)
        y[i] = fma(root, fma(-5.0, g1[i], fma(3.0, g2[i], 0.5 * g3[i])), fma(0.25 * h, a[i], x[i]));
      sde.diffusion(quarter, y.read(), g4.view());
      for (std::size_t i = 0; i < d; ++i) y[i] = fma(1.5 / h * s.noise.area[i], g1[i], fma(0.75 * h, a[i], x[i]));
      for (std::size_t i = 0; i < d; ++i) x[i] = fma(h / 3, a[i], x[i]);
      sde.drift(s.t + 0.75 * h, y.read(), a.view());
      for (std::size_t i = 0; i < d; ++i)
        x[i] = fma(2 * h / 3, a[i], x[i]) + of_noise(s, i, g1[i], g2[i], g3[i], g4[i]);
    }
  }

 private:
  template <class Real>
  THALWEG_INLINE static Real of_noise(const Step<Real>& s, std::size_t i, const Real& g1, const Real& g2,
                                      const Real& g3, const Real& g4) {
    const Real I1 = s.noise.dW[i], I10 = (1 / s.h) * s.noise.area[i];
    const Real I11 = (0.5 / s.root_h) * fma(I1, I1, Real(-s.h));
    const Real I111 = I1 * fma(I1, I1, Real(-3 * s.h)) * (1 / (6 * s.h));
    const Real first = fma(2.0, I10 - I111, -(I1 + I11));
    const Real second = fma(4.0 / 3, (I1 + I11) - I10, (5.0 / 3) * I111);
    const Real third = fma(2.0 / 3, (I1 - I10) - I111, (-1.0 / 3) * I11);
    return fma(first, g1, fma(second, g2, fma(third, g3, I111 * g4)));
  }
};

}  // namespace thalweg
