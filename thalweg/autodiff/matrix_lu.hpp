// LU factors with partial pivoting, each lane with its own order of rows.
#pragma once
#include "thalweg/autodiff/matrix_kernels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernels {

/// Swaps rows k and i in the lanes of m.
template <class Real>
THALWEG_INLINE void swap_rows(const Mask<Real>& m, const Panel<Real>& x, int k, int i, int cols) {
  if (none(m)) return;
  for (int j = 0; j < cols; ++j) {
    const Real a = x(k, j), b = x(i, j);
    x(k, j) = select(m, b, a);
    x(i, j) = select(m, a, b);
  }
}
/// Row k changes places with row pivots[k] (a row number a lane), k ascending; or undone, k descending.
template <class Real, class T>
void permute_rows(const T* pivots, const Panel<Real>& x, int n, int cols, bool undo) {
  for (int step = 0; step < n; ++step) {
    const int k = undo ? n - 1 - step : step;
    for (int i = k + 1; i < n; ++i) {
      if constexpr (std::is_same_v<T, Real>) {
        swap_rows<Real>(pivots[k] == Real(i), x, k, i, cols);
      } else if (pivots[k] == i) {  // one order for all lanes
        for (int j = 0; j < cols; ++j) {
          const Real a = x(k, j);
          x(k, j) = x(i, j);
          x(i, j) = a;
        }
      }
    }
  }
}

/// A ← the factors of P A = L U in place: U, and below its diagonal L without its ones. pivots[k] is the row that
/// changed places with row k. Returns the sign of the permutation. A singular lane gets a zero on U's diagonal.
/// Cost  n³ / 3 multiply-adds.
template <class Real>
[[gnu::noinline]] Real lu_decompose(const Panel<Real>& a, Real* pivots, int n) {
  Real sign(1.0);
  for (int first = 0; first < n; first += triangle) {
    const int last = n - first < triangle ? n : first + triangle;
    for (int k = first; k < last; ++k) {
      Real best = abs(a(k, k)), at(k);
      for (int i = k + 1; i < n; ++i) {
        const auto better = abs(a(i, k)) > best;
        best = select(better, abs(a(i, k)), best);
        at = select(better, Real(i), at);
      }
      pivots[k] = at;
      sign = select(at == Real(k), sign, -sign);
      for (int i = k + 1; i < n; ++i) swap_rows<Real>(at == Real(i), a, k, i, n);
      const Real pivot = select(a(k, k) == Real(0.0), Real(1.0), a(k, k));  // then the whole column is 0
      for (int i = k + 1; i < n; ++i) {
        const Real factor = a(i, k) / pivot;
        a(i, k) = factor;
        for (int j = k + 1; j < last; ++j) a(i, j) = fma(-factor, a(k, j), a(i, j));
      }
    }
    if (last == n) break;
    solve_lower<Diagonal::ones>(a.from(first, first), a.from(first, last), last - first, n - last);
    subtract(a.from(last, last), a.from(last, first), a.from(first, last), n - last, n - last, last - first);
  }
  return sign;
}

}  // namespace kernels
}  // namespace THALWEG_ISA
}  // namespace thalweg
