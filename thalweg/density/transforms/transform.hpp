// What all constraint transforms share. Lean: units generated from Stan programs include these headers.
//
// A transform maps free numbers x to constrained values y and adds the log of its Jacobian to the log density. Each is
// a type with static functions only:
//
//   unconstrained_size(…)                                   numbers in x; arguments are the sizes of y
//   constrain(x, parameters …, y) → log |∂y/∂x|             writes y whole
//   pullback(x, y, y_adjoint, parameters …, jacobian_adjoint, x_adjoint, parameter adjoints …)
//                                                           adds ∇(Σ y_adjoint·y + jacobian_adjoint · log |∂y/∂x|)
//   unconstrain(y, parameters …, x) → Violation             the inverse, in double
//
// Shapes  matrices are row-major; vectors and matrices are views of Reals, one Real for each particle of a pack.
// Errors  nothing throws: parameters that allow no value (upper ≤ lower, multiplier ≤ 0) give log |∂y/∂x| = −∞.
// Source  Stan Reference Manual, chapter "Constraint Transforms": the same definitions and the same order of x.
#pragma once
#include "thalweg/core/math.hpp"
#include "thalweg/core/pack.hpp"

namespace thalweg {

/// Why a value does not satisfy a constraint: element `index` of y (in memory order) had to be `expected` (followed by
/// `limit` unless that is NaN) but is `found`.
struct Violation {
  const char* expected = nullptr;  ///< null when there is no violation
  std::size_t index = 0;
  double limit = 0, found = 0;
  explicit operator bool() const { return expected != nullptr; }
};

/// How exactly sums, norms and symmetry must hold in `unconstrain`.
inline constexpr double constraint_tolerance = 1e-8;

inline namespace THALWEG_ISA {

/// "element k had to be <expected>", without a limit to print.
inline Violation violation(std::size_t index, const char* expected, double found) {
  return {expected, index, not_a_number, found};
}

/// asinh(r) for the inverses, accurate near 0.
inline double inverse_sinh(double r) {
  const double a = abs(r), y = a > 1e150 ? log(a) + ln2 : log1p(a + a * a / (1.0 + sqrt(1.0 + a * a)));
  return r < 0 ? -y : y;
}

/// log sech(x) = log(1 − tanh²x)/2, finite for every finite x.
template <class Real>
THALWEG_INLINE Real log_sech(const Real& x) {
  const Real a = abs(x);
  return ln2 - a - log1p(exp(-2.0 * a));
}

/// sech(x), without overflow.
template <class Real>
THALWEG_INLINE Real sech(const Real& x) {
  const Real e = exp(-abs(x));
  return 2.0 * e / (1.0 + e * e);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
