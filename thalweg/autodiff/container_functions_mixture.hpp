// Logarithms of mixtures, and a fused multiply-add of expressions.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// log(θ eᵃ + (1 − θ) eᵇ) from the larger of a and b; `shares`: θ, a and b's parts in the derivative.
template <class Real>
struct Mixed {
  Real value, share_a, share_b;  // eᵃ / e^value, eᵇ / e^value
};
template <class Real>
THALWEG_INLINE Mixed<Real> mixed(const Real& theta, const Real& a, const Real& b) {
  Tape::current().reject(!(theta >= Real(0.0) && theta <= Real(1.0)), "log_mix: the proportion must be in [0, 1]");
  const auto first = a >= b;
  const Real rest = 1.0 - theta;
  // a component without weight must not set the scale
  const auto lead_a = (first && theta > Real(0.0)) || rest == Real(0.0);
  const Real top = select(lead_a, a, b), other = select(lead_a, b, a);
  const Real apart = select(other == top && !is_finite(top), Real(0.0), other - top);  // both may be −∞
  const Real e = select(select(lead_a, rest, theta) == Real(0.0), Real(0.0), exp(apart));
  const Real total = select(lead_a, theta + rest * e, rest + theta * e);
  const Real top_share = 1.0 / total, other_share = e / total;
  return {top + log(total), select(lead_a, top_share, other_share), select(lead_a, other_share, top_share)};
}
}  // namespace detail

/// log(θ eᵃ + (1 − θ) eᵇ) as a formula.
template <class T, class A, class B>
struct LogMix {
  using scalar_expression = void;
  using Value = Wider<Wider<typename T::Value, typename A::Value>, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = T::is_variable || A::is_variable || B::is_variable;
  [[no_unique_address]] T theta;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename T::Kept theta;
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
    [[no_unique_address]] Retained<T> proportion;
    Value share_a, share_b;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const {
    const auto t = theta.forward(k.theta);
    k.proportion.set(t);
    const Value x(a.forward(k.a)), y(b.forward(k.b));
    const auto m = detail::mixed(Value(t), x, y);
    k.share_a = m.share_a;
    k.share_b = m.share_b;
    return m.value;
  }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    const Value t(k.proportion.value(theta));
    if constexpr (T::is_variable) theta.backward(k.theta, adjoint * (k.share_a - k.share_b));
    if constexpr (A::is_variable) a.backward(k.a, adjoint * (t * k.share_a));
    if constexpr (B::is_variable) b.backward(k.b, adjoint * ((1.0 - t) * k.share_b));
  }
};
template <ScalarOperand T, ScalarOperand A, ScalarOperand B>
THALWEG_INLINE auto log_mix(const T& theta, const A& a, const B& b) {
  if constexpr (ScalarExpression<T> || ScalarExpression<A> || ScalarExpression<B>)
    return LogMix<ExpressionOf<T>, ExpressionOf<A>, ExpressionOf<B>>{as_expression(theta), as_expression(a),
                                                                     as_expression(b)};
  else
    return detail::mixed<double>(theta, a, b).value;
}

namespace detail {
/// log Σₖ θₖ exp(aₖ); shares[k] = exp(aₖ − value).
template <class Real, class Theta, class A>
Real mixture(const Theta& theta, const A& a, Real* shares) {
  const int n = theta.size();
  if (a.size() != n) Tape::current().reject_all("log_mix: # proportions, # log densities", n, a.size());
  Real top(-infinity), total(0.0);
  for (int k = 0; k < n; ++k) {
    const Real t(value_of(theta[k])), x(value_of(a[k]));
    Tape::current().reject(!(t >= Real(0.0) && t <= Real(1.0)), "log_mix: the proportions must be in [0, 1]");
    top = select(t > Real(0.0), max(x, top), top);
  }
  const Real shift = select(abs(top) < Real(infinity), top, Real(0.0));
  for (int k = 0; k < n; ++k) {
    shares[k] = exp(Real(value_of(a[k])) - shift);
    const Real t(value_of(theta[k]));
    total += select(t == Real(0.0), Real(0.0), t * shares[k]);
  }
  for (int k = 0; k < n; ++k) shares[k] = shares[k] / total;
  return shift + log(total);
}
template <class Theta, class A, class Real>
struct MixtureRecord : Record {
  Theta theta;
  A a;
  const Real *shares, *slot;
  static void undo(MixtureRecord& r) {
    for (int k = 0; k < r.theta.size(); ++k) {
      const Real g = r.slot[1] * r.shares[k];
      const auto t = r.theta[k];
      if constexpr (Theta::is_variable) *t.adjoint_at += g;
      if constexpr (A::is_variable) *r.a[k].adjoint_at += g * value_of(t);
    }
  }
};
}  // namespace detail

/// log Σₖ θₖ exp(aₖ).
template <Sequenced Theta, Sequenced A>
auto log_mix(const Theta& proportions, const A& log_densities) {
  using Real =
      Wider<detail::NumberIn<typename Theta::Value, Shape::column>, detail::NumberIn<typename A::Value, Shape::column>>;
  const auto theta = let(proportions);
  const auto a = let(log_densities);
  Tape& tape = Tape::current();
  Real* shares = tape.allocate<Real>(static_cast<std::size_t>(theta.size()));
  const Real value = detail::mixture(theta, a, shares);
  if constexpr (Theta::is_variable || A::is_variable) {
    Real* slot = detail::new_slot(value);
    auto& r = tape.record<detail::MixtureRecord<Evaluated<Theta>, Evaluated<A>, Real>>();
    r.theta = theta;
    r.a = a;
    r.shares = shares;
    r.slot = slot;
    return Var<Real>(slot, slot + 1);
  } else {
    return value;
  }
}
/// Σₙ log Σₖ θₖ exp(aₙₖ).
template <Sequenced Theta, Sequenced A>
auto log_mix(const Theta& proportions, const ArrayOf<A>& log_densities) {
  const auto theta = let(proportions);
  using Term = decltype(log_mix(theta, log_densities.items[0]));
  Term total = let(0.0);
  for (int i = 0; i < log_densities.length; ++i) total = let(total + log_mix(theta, log_densities.items[i]));
  return total;
}

/// a·b + c as a formula.
template <ScalarOperand A, ScalarOperand B, ScalarOperand C>
requires(ScalarExpression<A> || ScalarExpression<B> || ScalarExpression<C>)
    THALWEG_INLINE auto fma(const A& a, const B& b, const C& c) {
  return a * b + c;
}

/// The same element by element.
template <class A, class B, class C>
requires(Container<A> || Container<B> || Container<C>) THALWEG_INLINE auto fma(const A& a, const B& b, const C& c) {
  if constexpr (Container<A> || Container<B>)
    return elementwise<functions::Times>(a, b) + c;
  else
    return a * b + c;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
