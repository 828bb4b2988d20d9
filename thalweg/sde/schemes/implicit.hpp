// Drift-implicit Euler: stable for stiff drifts at any step.
#pragma once
#include "thalweg/sde/schemes/step.hpp"

namespace thalweg {

/// x⁺ = x + h f(t + h, x⁺) + h c(t, x) + g(t, x) ΔW,  solved by Newton's method with the exact Jacobian of f; c is what
/// the calculus adds to f, taken at the start of the step.
///
/// Strong order ½ (1 for additive noise), weak order 1. Each lane iterates until its own update is below 10⁻¹² of its
/// size, at most 50 times, and then stays where it is; one that does not come to rest becomes NaN.
/// Cost    an iteration: d dual drifts and an elimination of d³/3 multiplications; mostly two or three of them.
/// Source  P. E. Kloeden & E. Platen (1992), Numerical Solution of Stochastic Differential Equations, §12.2.
struct Implicit {
  static constexpr SchemeFacts facts{
      Scheme::implicit,
      {"implicit", "Euler with the drift at the end of the step, found by Newton's method: for stiff drifts", "any SDE",
       "strong order 1/2 (1 when the noise is additive), weak order 1",
       "per Newton iteration: d drifts with derivatives, one d × d elimination",
       "Kloeden & Platen (1992), Numerical Solution of SDEs, 12.2"},
      0.5,
      1,
      no_structure,
      false};

  template <class S, class Real>
  static void advance(const Ito<S, Real>& sde, const Step<Real>& s, View<Real> x) {
    const std::size_t d = sde.d();
    typename Ito<S, Real>::Coordinates base(sde.frame, d);
    typename Ito<S, Real>::Diffusion g(sde.frame, sde.g_size());
    for (std::size_t i = 0; i < d; ++i) base[i] = Real(0.0);
    if (!sde.is_ito()) sde.add_correction(sde.calculus(), s.t, read_only(x), base.view());
    sde.diffusion(s.t, read_only(x), g.view());
    for (std::size_t i = 0; i < d; ++i) base[i] = sde.add_noise(fma(s.h, base[i], x[i]), g.read(), s.noise.dW, i);
    auto moving = x[0] == x[0];
    for (int iteration = 0; iteration < most_iterations && any(moving); ++iteration)
      moving = iterate(sde, s.t + s.h, s.h, base.read(), moving, x);
    for (std::size_t i = 0; i < d; ++i) x[i] = select(moving, Real(not_a_number), x[i]);
  }

 private:
  static constexpr int most_iterations = 50;

  /// One Newton step of the lanes that move; those that still do afterwards.
  template <class S, class Real>
  static Mask<Real> iterate(const Ito<S, Real>& sde, const Real& t, double h, View<const Real> base,
                            const Mask<Real>& moving, View<Real> x) {
    constexpr std::size_t fixed = Ito<S, Real>::fixed_d;
    const std::size_t d = sde.d();
    typename Ito<S, Real>::Coordinates f(sde.frame, d), unit(sde.frame, d), slope(sde.frame, d), rest(sde.frame, d);
    Local<Real, fixed * fixed> matrix(sde.frame, d * d);  // 1 − h ∂f
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t i = 0; i < d; ++i) unit[i] = Real(i == j ? 1.0 : 0.0);
      sde.drift_along(t, read_only(x), unit.read(), f.view(), slope.view());
      for (std::size_t i = 0; i < d; ++i) matrix[i * d + j] = unit[i] - h * slope[i];
    }
    for (std::size_t i = 0; i < d; ++i) rest[i] = fma(h, f[i], base[i]) - x[i];
    solve(matrix.view(), rest.view());
    Real largest(0.0), size(0.0);
    for (std::size_t i = 0; i < d; ++i) {
      x[i] = select(moving, x[i] + rest[i], x[i]);
      largest = max(abs(rest[i]), largest);
      size = max(abs(x[i]), size);
    }
    return moving && !(largest <= fma(1e-12, size, Real(1e-300)));
  }

  /// a·y = b in each lane, by elimination with row exchanges; b becomes y. A singular lane becomes NaN or ∞.
  template <class Real>
  static void solve(View<Real> a, View<Real> b) {
    const std::size_t d = b.size();
    for (std::size_t k = 0; k < d; ++k) {
      for (std::size_t i = k + 1; i < d; ++i) {
        const auto larger = abs(a[i * d + k]) > abs(a[k * d + k]);
        for (std::size_t j = k; j < d; ++j) exchange(larger, a[i * d + j], a[k * d + j]);
        exchange(larger, b[i], b[k]);
        const Real factor = -(a[i * d + k] / a[k * d + k]);
        for (std::size_t j = k + 1; j < d; ++j) a[i * d + j] = fma(factor, a[k * d + j], a[i * d + j]);
        b[i] = fma(factor, b[k], b[i]);
      }
    }
    for (std::size_t k = d; k-- > 0;) {
      for (std::size_t j = k + 1; j < d; ++j) b[k] = fma(-a[k * d + j], b[j], b[k]);
      b[k] = b[k] / a[k * d + k];
    }
  }
  template <class Real>
  THALWEG_INLINE static void exchange(const Mask<Real>& where, Real& p, Real& q) {
    const Real kept = p;
    p = select(where, q, p);
    q = select(where, kept, q);
  }
};

}  // namespace thalweg
