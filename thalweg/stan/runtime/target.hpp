// The target: the log density under way.
#pragma once
#include "thalweg/autodiff/reductions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Sums log density terms. Every term's adjoint is 1, so it is carried back at once and never recorded.
template <class T>
struct Target;

template <class Real>
struct Target<Var<Real>> {
  Real value{0.0};

  template <ScalarOperand E>
  THALWEG_INLINE void operator+=(const E& term) {
    if constexpr (Number<E>) {
      value += Real(static_cast<double>(term));
    } else if constexpr (!E::is_variable) {
      value += Real(value_of(term));
    } else if constexpr (requires { term.sweep(); }) {
      value += term.sweep();
    } else {
      const auto& e = as_expression(term);
      typename std::remove_cvref_t<decltype(e)>::Kept kept;
      value += e.forward(kept);
      e.backward(kept, Real(1.0));
    }
  }
  template <Container E>
  THALWEG_INLINE void operator+=(const E& terms) {
    *this += sum(terms);
  }
  template <class E>
  THALWEG_INLINE void operator-=(const E& term) {
    *this += -term;
  }
};

/// Without derivatives, where the value is seldom wanted: generated quantities and initial values.
template <>
struct Target<double> {
  double value = 0.0;
  template <class E>
  THALWEG_INLINE void operator+=(const E& term) {
    value += sum(term);
  }
  template <class E>
  THALWEG_INLINE void operator-=(const E& term) {
    value -= sum(term);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
