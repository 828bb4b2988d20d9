// The target: the log density under way.
#pragma once
#include "thalweg/autodiff/reductions.hpp"
#include "thalweg/density/model_table.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Sums log density terms. Every term's adjoint is 1, so it is carried back at once and never recorded.
template <class T>
struct Target;

template <class Real>
struct Target<Var<Real>> {
  Real value{0.0};
  Parts parts = whole_density;  ///< of log p that are summed; the text asks before it adds

  bool wants_prior() const { return (parts & part_prior) != 0; }
  bool wants_likelihood() const { return (parts & part_likelihood) != 0; }
  bool wants_jacobian() const { return (parts & part_jacobian) != 0; }
  bool wants_undecided() const { return (parts & part_undecided) != 0; }

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
  /// Adds scale · term.
  template <ScalarOperand E>
  THALWEG_INLINE void add(double scale, const E& term) {
    if constexpr (Number<E>) {
      value += Real(scale * static_cast<double>(term));
    } else if constexpr (!E::is_variable) {
      value += Real(scale * value_of(term));
    } else if constexpr (requires { term.sweep(Real(scale)); }) {
      value += Real(scale) * term.sweep(Real(scale));
    } else {
      const auto& e = as_expression(term);
      typename std::remove_cvref_t<decltype(e)>::Kept kept;
      value += Real(scale) * e.forward(kept);
      e.backward(kept, Real(scale));
    }
  }
  template <Container E>
  THALWEG_INLINE void add(double scale, const E& terms) {
    add(scale, sum(terms));
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
  static constexpr bool wants_prior() { return true; }
  static constexpr bool wants_likelihood() { return true; }
  static constexpr bool wants_jacobian() { return true; }
  static constexpr bool wants_undecided() { return true; }
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
