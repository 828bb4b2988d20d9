// Hidden Markov models, their states summed out.
#pragma once
#include "thalweg/autodiff/linear_algebra_panels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// The forward and backward passes, each step scaled to sum 1.
///
/// α₁ ∝ ρ ∘ ω₁,  αₜ ∝ (Γᵀ αₜ₋₁) ∘ ωₜ;  β_T = 1,  βₜ = Γ (ωₜ₊₁ ∘ βₜ₊₁) / scaleₜ₊₁;  ωₜ = exp(log ωₜ − topₜ).
/// The probability of state k at t, given all outcomes, is αₜ[k] βₜ[k].
template <class Real>
struct HiddenMarkov {
  int states, steps;
  Panel<Real> omega, alpha, beta;  // [state, step]
  Real* scale;                     // [step]
  Real value;                      // log of the sum over all paths
};
template <class Value, class W, class G, class P>
HiddenMarkov<Value> hidden_markov(const W& log_omega, const G& gamma, const P& rho) {
  const int n = log_omega.rows, steps = log_omega.cols;
  Tape& tape = Tape::current();
  if (gamma.rows != n || gamma.cols != n)
    tape.reject_all("hmm: the transition matrix must have # rows and columns; found #", n, gamma.rows);
  if (rho.length != n) tape.reject_all("hmm: the initial probabilities must be #; found #", n, rho.length);
  HiddenMarkov<Value> h{n,
                        steps,
                        new_panel<Value>(n, steps),
                        new_panel<Value>(n, steps),
                        new_panel<Value>(n, steps),
                        tape.allocate<Value>(static_cast<std::size_t>(steps)),
                        Value(0.0)};
  const auto g = values_of(gamma), lw = values_of(log_omega);
  for (int t = 0; t < steps; ++t) {
    Value top(-infinity), total(0.0);
    for (int k = 0; k < n; ++k) top = max(Value(lw(k, t)), top);
    for (int k = 0; k < n; ++k) {
      h.omega(k, t) = exp(Value(lw(k, t)) - top);
      Value s(0.0);
      if (t == 0)
        s = Value(value_of(rho[k]));
      else
        for (int j = 0; j < n; ++j) s = fma(Value(g(j, k)), h.alpha(j, t - 1), s);
      h.alpha(k, t) = s * h.omega(k, t);
      total += h.alpha(k, t);
    }
    for (int k = 0; k < n; ++k) h.alpha(k, t) = h.alpha(k, t) / total;
    h.scale[t] = total;
    h.value += top + log(total);
  }
  for (int t = steps - 1; t >= 0; --t)
    for (int k = 0; k < n; ++k) {
      Value s(0.0);
      if (t == steps - 1)
        s = Value(1.0);
      else
        for (int j = 0; j < n; ++j) s = fma(Value(g(k, j)), h.omega(j, t + 1) * h.beta(j, t + 1), s);
      h.beta(k, t) = t == steps - 1 ? s : s / h.scale[t + 1];
    }
  return h;
}

/// ∂/∂log ωₜ[k] = αₜ[k] βₜ[k];  ∂/∂Γ[i, j] = Σₜ αₜ₋₁[i] ωₜ[j] βₜ[j] / scaleₜ;  ∂/∂ρ[k] = ω₁[k] β₁[k] / scale₁.
template <class W, class G, class P, class Real>
struct HiddenMarkovRecord : Record {
  W log_omega;
  G gamma;
  P rho;
  HiddenMarkov<Real> h;
  const Real* slot;
  static void undo(HiddenMarkovRecord& r) {
    const auto& h = r.h;
    const Real a = r.slot[1];
    for (int t = 0; t < h.steps; ++t)
      for (int k = 0; k < h.states; ++k) {
        if constexpr (W::is_variable) adjoints_of(r.log_omega)(k, t) += a * h.alpha(k, t) * h.beta(k, t);
        const Real from_here = a * h.omega(k, t) * h.beta(k, t) / h.scale[t];
        if (t == 0) {
          if constexpr (P::is_variable) *r.rho[k].adjoint_at += from_here;
        } else if constexpr (G::is_variable) {
          for (int j = 0; j < h.states; ++j) {
            Real& to = adjoints_of(r.gamma)(j, k);
            to = fma(h.alpha(j, t - 1), from_here, to);
          }
        }
      }
  }
};
}  // namespace detail

/// log Σ over all paths of hidden states of  ρ[z₁] Πₜ Γ[zₜ₋₁, zₜ] Πₜ ωₜ[zₜ].
///
/// Shapes  log_omega: [state, step]; gamma: [from, to]; rho: [state].
/// Cost    2 · states² · steps multiply-adds, states · steps exponentials.
template <Matrices W, Matrices G, Sequenced P>
auto hmm_marginal(const W& log_outcomes, const G& transitions, const P& initial) {
  using Value = Wider<Wider<typename W::Value, typename G::Value>, typename P::Value>;
  const auto log_omega = let(log_outcomes);
  const auto gamma = let(transitions);
  const auto rho = let(initial);
  const auto h = detail::hidden_markov<Value>(log_omega, gamma, rho);
  if constexpr (W::is_variable || G::is_variable || P::is_variable) {
    Value* slot = detail::new_slot(h.value);
    auto& r = Tape::current().record<detail::HiddenMarkovRecord<Evaluated<W>, Evaluated<G>, Evaluated<P>, Value>>();
    r.log_omega = log_omega;
    r.gamma = gamma;
    r.rho = rho;
    r.h = h;
    r.slot = slot;
    return Var<Value>(slot, slot + 1);
  } else {
    return h.value;
  }
}
/// The probability of each state at each step given all outcomes, [state, step]; of numbers.
template <Matrices W, Matrices G, Sequenced P>
requires(!W::is_variable && !G::is_variable &&
         !P::is_variable) Matrix<double> hmm_hidden_state_prob(const W& log_outcomes, const G& transitions,
                                                               const P& initial) {
  const auto h = detail::hidden_markov<double>(let(log_outcomes), let(transitions), let(initial));
  const auto result = make_unset_matrix<double>(h.states, h.steps);
  for (int k = 0; k < h.states; ++k)
    for (int t = 0; t < h.steps; ++t) result.at(k, t) = h.alpha(k, t) * h.beta(k, t);
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
