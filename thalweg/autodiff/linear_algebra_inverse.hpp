// Inverses and determinants.
#pragma once
#include "thalweg/autodiff/linear_algebra_solve.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// X = A⁻¹:  Ā −= Xᵀ X̄ Xᵀ.
template <class Real>
struct InverseRecord : Record {
  Matrix<Var<Real>> a, x;
  static void undo(InverseRecord& r) {
    const int n = r.a.rows;
    const auto x = values_of(r.x).transposed();
    const auto half = zero_panel<Real>(n, n);
    kernels::add(half, x, adjoints_of(r.x), n, n, n);
    kernels::subtract(adjoints_of(r.a), half, x, n, n, n);
  }
};
template <class T, class Factor>
Matrix<T> inverted(const Matrix<T>& a, const Factor& factor) {
  using Value = typename Matrix<T>::Value;
  const int n = factor.n;
  const auto x = make_unset_matrix<T>(n, n);
  kernels::copy(values_of(x), identity_panel<Value>(n), n, n);
  factor.solve(values_of(x), n);
  if constexpr (Matrix<T>::is_variable) {
    auto& r = Tape::current().record<InverseRecord<Value>>();
    r.a = a;
    r.x = x;
  }
  return x;
}

/// A scalar y of A with Ā += ȳ · scale · A⁻ᵀ.
template <class Real, class Factor>
struct DeterminantRecord : Record {
  Factor factor;
  Matrix<Var<Real>> a;
  Real scale;
  const Real* slot;
  static void undo(DeterminantRecord& r) {
    const int n = r.a.rows;
    const auto inverse = identity_panel<Real>(n);
    r.factor.solve_transposed(inverse, n);
    const Real g = r.slot[1] * r.scale;
    const auto to = adjoints_of(r.a);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) to(i, j) = fma(g, inverse(i, j), to(i, j));
  }
};
template <class T, class Factor, class Value>
auto determinant_of(const Matrix<T>& a, const Factor& factor, const Value& value, const Value& scale) {
  if constexpr (Matrix<T>::is_variable) {
    Value* slot = new_slot(value);
    auto& r = Tape::current().record<DeterminantRecord<Value, Factor>>();
    r.factor = factor;
    r.a = a;
    r.scale = scale;
    r.slot = slot;
    return Var<Value>(slot, slot + 1);
  } else {
    return value;
  }
}
}  // namespace detail

/// A⁻¹. A singular lane becomes infinite or NaN.
template <Matrices E>
auto inverse(const E& expression) {
  const auto a = let(expression);
  return detail::inverted(a, detail::lu_factor(a));
}
/// A⁻¹ for a symmetric positive definite A; another is refused.
template <Matrices E>
auto inverse_spd(const E& expression) {
  const auto a = let(expression);
  return detail::inverted(a, detail::spd_factor(a));
}

/// det A.
template <Matrices E>
auto determinant(const E& expression) {
  const auto a = let(expression);
  const auto factor = detail::lu_factor(a);
  auto value = factor.sign;
  for (int i = 0; i < factor.n; ++i) value = value * factor.lu(i, i);
  return detail::determinant_of(a, factor, value, value);
}
/// log |det A|.
template <Matrices E>
auto log_determinant(const E& expression) {
  using Value = typename E::Value;
  const auto a = let(expression);
  const auto factor = detail::lu_factor(a);
  Value value(0.0);
  for (int i = 0; i < factor.n; ++i) value += log(abs(factor.lu(i, i)));
  return detail::determinant_of(a, factor, value, Value(1.0));
}
/// log det A for a symmetric positive definite A; another is refused.
template <Matrices E>
auto log_determinant_spd(const E& expression) {
  using Value = typename E::Value;
  const auto a = let(expression);
  const auto factor = detail::spd_factor(a);
  Value value(0.0);
  for (int i = 0; i < factor.n; ++i) value += log(factor.l(i, i));
  return detail::determinant_of(a, factor, Value(2.0 * value), Value(1.0));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
