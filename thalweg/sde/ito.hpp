// An SDE as schemes see it: with the Itô drift of its calculus, and with derivatives.
#pragma once
#include "thalweg/autodiff/dual.hpp"
#include "thalweg/sde/frame.hpp"
#include "thalweg/sde/sde.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// dx = a dt + g dW in the sense of Itô, for f and g in the sense of `calculus`: a is
///   ito           f
///   stratonovich  f + ½ Σ_k (∂g_k) g_k
///   isothermal    f + ½ ∇·(ggᵀ),   component i: ½ Σ_jk ∂_j(g_ik g_jk)
/// with exact derivatives, by running g over dual numbers.
///
/// Cost  of the correction: one dual evaluation of g when g_i depends on x_i alone, d of them for diagonal noise and
///       for the isothermal calculus, m for Stratonovich's with a matrix; none when g is free of x.
template <class S, class Real>
class Ito {
 public:
  static constexpr bool diagonal = S::noise == NoiseShape::diagonal;
  static constexpr bool is_additive = has_structure_of<S>(additive_noise), is_own = has_structure_of<S>(own_noise);
  static constexpr bool is_constant = has_structure_of<S>(additive_noise | autonomous);  ///< g: evaluated once
  /// Lengths that are known to the compiler; 0: they are not.
  static constexpr std::size_t fixed_d = detail::fixed_dimension<S>(),
                               fixed_m = diagonal ? fixed_d : detail::fixed_noise_dimension<S>(),
                               fixed_g = diagonal ? fixed_d : fixed_d * fixed_m;
  using Coordinates = Local<Real, fixed_d>;  ///< [d]
  using Noises = Local<Real, fixed_m>;       ///< [m]
  using Diffusion = Local<Real, fixed_g>;    ///< [d] or [d][m]

  Ito(const S& s, Calculus calculus, Frame& from)
      : sde(s), calculus_(calculus), frame(from), constant_(from, is_constant ? g_size() : 1) {
    if constexpr (is_constant) {
      Coordinates anywhere(frame, d());
      for (std::size_t i = 0; i < d(); ++i) anywhere[i] = Real(0.0);
      sde.diffusion(Real(0.0), anywhere.read(), constant_.view());
    }
  }

  std::size_t d() const {
    if constexpr (fixed_d > 0) return fixed_d;
    return static_cast<std::size_t>(sde.dimension());
  }
  std::size_t m() const {
    if constexpr (fixed_m > 0) return fixed_m;
    return diagonal ? d() : static_cast<std::size_t>(sde.noise_dimension());
  }
  std::size_t g_size() const { return diagonal ? d() : d() * m(); }

  THALWEG_INLINE
  void drift(const Real& t, View<const Real> x, View<Real> out) const {
    sde.drift(t, x, out);
    if constexpr (!is_additive)
      if (calculus_ != Calculus::ito) add_correction(calculus_, t, x, out);
  }
  THALWEG_INLINE
  void diffusion(const Real& t, View<const Real> x, View<Real> out) const {
    if constexpr (is_constant)
      for (std::size_t i = 0; i < g_size(); ++i) out[i] = constant_.read()[i];
    else
      sde.diffusion(t, x, out);
  }
  bool is_ito() const { return is_additive || calculus_ == Calculus::ito; }
  Calculus calculus() const { return calculus_; }

  /// g at x and its derivative along v.
  void diffusion_along(const Real& t, View<const Real> x, View<const Real> v, View<Real> g, View<Real> slope) const {
    Local<Dual<Real>, fixed_d> at(frame, d());
    Local<Dual<Real>, fixed_g> moved(frame, g_size());
    for (std::size_t i = 0; i < d(); ++i) at[i] = {x[i], v[i]};
    sde.diffusion(Dual<Real>(t), at.read(), moved.view());
    for (std::size_t i = 0; i < g_size(); ++i) g[i] = moved[i].value, slope[i] = moved[i].tangent;
  }
  /// f (as written) at x and its derivative along v.
  void drift_along(const Real& t, View<const Real> x, View<const Real> v, View<Real> f, View<Real> slope) const {
    Local<Dual<Real>, fixed_d> at(frame, d()), moved(frame, d());
    for (std::size_t i = 0; i < d(); ++i) at[i] = {x[i], v[i]};
    sde.drift(Dual<Real>(t), at.read(), moved.view());
    for (std::size_t i = 0; i < d(); ++i) f[i] = moved[i].value, slope[i] = moved[i].tangent;
  }
  /// g_i and ∂g_i/∂x_i of own noise.
  void own_slopes(const Real& t, View<const Real> x, View<Real> g, View<Real> slope) const {
    Coordinates ones(frame, d());
    for (std::size_t i = 0; i < d(); ++i) ones[i] = Real(1.0);
    diffusion_along(t, x, ones.read(), g, slope);
  }
  /// out = g dW for the diffusion `g`.
  THALWEG_INLINE
  void noise(View<const Real> g, View<const Real> dW, View<Real> out) const {
    for (std::size_t i = 0; i < d(); ++i) out[i] = add_noise(Real(0.0), g, dW, i);
  }
  /// Component i of g dW, added to `start`.
  THALWEG_INLINE
  Real add_noise(const Real& start, View<const Real> g, View<const Real> dW, std::size_t i) const {
    if constexpr (diagonal) {
      return fma(g[i], dW[i], start);
    } else {
      Real sum = start;
      for (std::size_t k = 0; k < m(); ++k) sum = fma(g[i * m() + k], dW[k], sum);
      return sum;
    }
  }

  /// out += what `to` adds to f.
  void add_correction(Calculus to, const Real& t, View<const Real> x, View<Real> out) const {
    if (is_additive || to == Calculus::ito) return;
    const double share = to == Calculus::isothermal ? 1.0 : 0.5;
    if constexpr (diagonal) {
      Diffusion g(frame, g_size()), slope(frame, g_size());
      if constexpr (is_own) {
        own_slopes(t, x, g.view(), slope.view());
        for (std::size_t i = 0; i < d(); ++i) out[i] = fma(share * g[i], slope[i], out[i]);
      } else {
        Coordinates unit(frame, d());
        for (std::size_t i = 0; i < d(); ++i) {
          set_unit(unit, i);
          diffusion_along(t, x, unit.read(), g.view(), slope.view());
          out[i] = fma(share * g[i], slope[i], out[i]);
        }
      }
    } else if (to == Calculus::stratonovich) {
      add_stratonovich(t, x, out);
    } else {
      add_divergence(t, x, out);
    }
  }

  const S& sde;

 private:
  void set_unit(Coordinates& unit, std::size_t j) const {
    for (std::size_t i = 0; i < d(); ++i) unit[i] = Real(i == j ? 1.0 : 0.0);
  }
  /// ½ Σ_k (∂g_k) g_k of a matrix.
  void add_stratonovich(const Real& t, View<const Real> x, View<Real> out) const {
    Diffusion g(frame, g_size()), again(frame, g_size()), slope(frame, g_size());
    Coordinates column(frame, d());
    sde.diffusion(t, x, g.view());
    for (std::size_t k = 0; k < m(); ++k) {
      for (std::size_t i = 0; i < d(); ++i) column[i] = g[i * m() + k];
      diffusion_along(t, x, column.read(), again.view(), slope.view());
      for (std::size_t i = 0; i < d(); ++i) out[i] = fma(0.5, slope[i * m() + k], out[i]);
    }
  }
  /// ½ ∇·(ggᵀ) of a matrix.
  void add_divergence(const Real& t, View<const Real> x, View<Real> out) const {
    Diffusion g(frame, g_size()), slope(frame, g_size());
    Coordinates unit(frame, d());
    for (std::size_t j = 0; j < d(); ++j) {
      set_unit(unit, j);
      diffusion_along(t, x, unit.read(), g.view(), slope.view());
      for (std::size_t i = 0; i < d(); ++i)
        for (std::size_t k = 0; k < m(); ++k) {
          const std::size_t ik = i * m() + k, jk = j * m() + k;
          out[i] = fma(0.5, fma(slope[ik], g[jk], g[ik] * slope[jk]), out[i]);
        }
    }
  }

  Calculus calculus_;

 public:
  Frame& frame;

 private:
  std::conditional_t<is_constant, Diffusion, Local<Real, 1>> constant_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
