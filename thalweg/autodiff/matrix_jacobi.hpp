// Eigenvalues by Jacobi rotations, all lanes in lockstep.
#pragma once
#include "thalweg/autodiff/matrix_kernels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernels {

/// The rotation (c, s) that makes the element b of [[a, b], [b, d]] vanish; the identity in lanes where b is below an
/// ulp of √(a d), or no number.
template <class Real>
struct Rotation {
  Real c, s;
  Mask<Real> needed;
};
template <class Real>
THALWEG_INLINE Rotation<Real> annihilating(const Real& a, const Real& b, const Real& d) {
  const Real size = abs(b);
  const auto needed = size * size > 0x1p-106 * abs(a * d) && size > Real(0x1p-500);
  const Real theta = (d - a) / select(needed, b + b, Real(1.0));
  const Real t = select(theta < Real(0.0), Real(-1.0), Real(1.0)) / (abs(theta) + sqrt(fma(theta, theta, Real(1.0))));
  const Real c = 1.0 / sqrt(fma(t, t, Real(1.0)));
  return {select(needed, c, Real(1.0)), select(needed, t * c, Real(0.0)), needed};
}

/// Changes places of lines i and j (columns here) in the lanes of m.
template <class Real>
void swap_columns(const Mask<Real>& m, const Panel<Real>& v, int i, int j, int rows) {
  for (int k = 0; k < rows; ++k) {
    const Real a = v(k, i), b = v(k, j);
    v(k, i) = select(m, b, a);
    v(k, j) = select(m, a, b);
  }
}

/// A ← diagonal with the eigenvalues of a symmetric A in ascending order; column j of V ← the eigenvector of the j-th.
/// A lane takes part in sweeps until its own rotations are all the identity, so its bits do not depend on others.
///
/// Cost    about 6 n³ multiply-adds a sweep; 6 to 10 sweeps.
/// Source  cyclic Jacobi: Golub & Van Loan, Matrix Computations (4th ed.), section 8.5.
template <class Real>
[[gnu::noinline]] void symmetric_eigen(const Panel<Real>& a, const Panel<Real>& v, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) v(i, j) = Real(i == j ? 1.0 : 0.0);
  bool rotated = true;
  for (int sweep = 0; sweep < 40 && rotated; ++sweep) {
    rotated = false;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) {
        const auto [c, s, needed] = annihilating(a(p, p), a(p, q), a(q, q));
        if (none(needed)) continue;
        rotated = true;
        for (int k = 0; k < n; ++k) {  // columns p and q, of A and of V
          const Real x = a(k, p), y = a(k, q), e = v(k, p), f = v(k, q);
          a(k, p) = fma(c, x, -(s * y));
          a(k, q) = fma(s, x, c * y);
          v(k, p) = fma(c, e, -(s * f));
          v(k, q) = fma(s, e, c * f);
        }
        for (int k = 0; k < n; ++k) {
          const Real x = a(p, k), y = a(q, k);
          a(p, k) = fma(c, x, -(s * y));
          a(q, k) = fma(s, x, c * y);
        }
        a(p, q) = select(needed, Real(0.0), a(p, q));
        a(q, p) = select(needed, Real(0.0), a(q, p));
      }
  }
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      const Real x = a(i, i), y = a(j, j);
      const auto out_of_order = x > y;
      if (none(out_of_order)) continue;
      a(i, i) = select(out_of_order, y, x);
      a(j, j) = select(out_of_order, x, y);
      swap_columns<Real>(out_of_order, v, i, j, n);
    }
}

}  // namespace kernels
}  // namespace THALWEG_ISA
}  // namespace thalweg
