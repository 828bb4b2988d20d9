// Exact Hessian–vector products: the reverse sweep run over numbers that carry their derivative along a direction.
#pragma once
#include "thalweg/autodiff/container.hpp"
#include "thalweg/autodiff/dual.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// out = ∇²log p(x) v and the value, slope v·∇log p and gradient that come with it.
///
/// `log_density(x, gradient)` is a density for Real = Dual<R>: it takes View<const Dual<R>> and View<Dual<R>> and
/// returns Dual<R>. Its gradient carries ∂/∂t ∇log p(x + t v) at t = 0, which is the Hessian times v: forward over
/// reverse.
///
/// Shapes  x, v, out: [d]; gradient: [d], or empty when it isn't wanted; scratch: 2 d numbers.
/// Errors  a lane in which log p is not finite has NaN in `out`.
/// Cost    about two gradients of one particle, and no approximation.
template <class R>
struct HessianVector {
  R value, slope;

  template <class LogDensity>
  static HessianVector product(const LogDensity& log_density, View<const R> x, View<const R> v, View<R> out,
                               View<R> gradient, Dual<R>* scratch) {
    const std::size_t d = x.size();
    for (std::size_t j = 0; j < d; ++j) scratch[j] = Dual<R>(x[j], v[j]);
    const View<Dual<R>> both{scratch + d, d};
    const Dual<R> log_p = log_density(View<const Dual<R>>{scratch, d}, both);
    const auto lost = !is_finite(log_p.value);
    for (std::size_t j = 0; j < d; ++j) {
      out[j] = select(lost, R(not_a_number), both[j].tangent);
      if (gradient.size() > 0) gradient[j] = both[j].value;
    }
    return {log_p.value, log_p.tangent};
  }
};

/// A function of a vector of variables as a density: `f` maps Vector<Var<Real>> to a scalar formula, for any Real.
/// What `f` rejects is −∞ in its lanes.
template <class F>
struct TapedDensity {
  Tape& tape;
  F f;

  template <class Real>
  Real operator()(View<const Real> x, View<Real> gradient) const {
    tape.reset();
    const Tape::Scope scope(tape);
    const int d = static_cast<int>(x.size());
    const auto v = make_unset_sequence<Vector<Var<Real>>>(d);
    for (int j = 0; j < d; ++j) v.storage.values[j] = x[static_cast<std::size_t>(j)];
    Real value(-infinity);
    try {
      const Var<Real> y = f(v);
      value = y.value();
      *y.adjoint_at = Real(1.0);
      tape.sweep();
    } catch (const Rejected&) {
    }
    for (int j = 0; j < d; ++j) gradient[static_cast<std::size_t>(j)] = v.storage.adjoints[j];
    for (int lane = 0; lane < width_of<Real> && tape.rejected() != 0; ++lane)
      if (tape.rejected() >> lane & 1) set_lane(value, lane, -infinity);
    return value;
  }
};
template <class F>
TapedDensity(Tape&, F) -> TapedDensity<F>;

}  // namespace THALWEG_ISA
}  // namespace thalweg
