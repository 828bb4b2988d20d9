// Dense matrix kernels over any Real: products in register tiles, triangular solves and the Cholesky factor in blocks.
//
// Every element of a result is one chain of fused multiply-adds over the inner index in ascending order, whatever the
// tiles and blocks, so results have the same bits for double and for packs of every width. The elements of a matrix
// are whole packs of at least a cache line, so strides cost nothing: a transpose is a view.
#pragma once
#include <cstddef>
#include <type_traits>

#include "thalweg/core/pack.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// A rectangle of numbers in memory, seen with any strides.
template <class T>
struct Panel {
  T* data = nullptr;
  std::ptrdiff_t row_stride = 0, col_stride = 1;
  THALWEG_INLINE
  T& operator()(int i, int j) const { return data[i * row_stride + j * col_stride]; }
  /// The rectangle whose first element is (i, j).
  THALWEG_INLINE
  Panel from(int i, int j) const { return {data + i * row_stride + j * col_stride, row_stride, col_stride}; }
  THALWEG_INLINE
  Panel transposed() const { return {data, col_stride, row_stride}; }
  /// Both indexes of an n × m rectangle counted from the end: an upper triangle becomes a lower one.
  THALWEG_INLINE
  Panel reversed(int n, int m) const { return {from(n - 1, m - 1).data, -row_stride, -col_stride}; }
  /// The rows alone counted from the end.
  THALWEG_INLINE
  Panel rows_reversed(int n) const { return {from(n - 1, 0).data, -row_stride, col_stride}; }
  THALWEG_INLINE
  operator Panel<const T>() const requires(!std::is_const_v<T>) { return {data, row_stride, col_stride}; }
};

namespace kernels {
enum class Sign { plus, minus };

/// The sides of a register tile for results of type Real: its numbers and one row and column of operands fit into the
/// registers.
template <class Real>
struct TileSides {
#if defined(__AVX512F__)
  static constexpr int registers = 32;
#else
  static constexpr int registers = 16;
#endif
  static constexpr int each =
      static_cast<int>(sizeof(Real)) <= 8 * native_lanes ? 1 : static_cast<int>(sizeof(Real)) / (8 * native_lanes);
  static constexpr int room = registers / each;
  static constexpr int rows = room >= 16 ? 4 : 2, cols = room >= 8 ? 2 : 1;
};

/// Holds a number in registers. Left to itself the compiler reads an operand that is used twice from memory twice, and
/// loads, not multiply-adds, then set the pace (measured: 35 against 50 GFLOP/s).
template <class R>
THALWEG_INLINE void hold(R&) {}
#if defined(__x86_64__)
template <int W>
THALWEG_INLINE void hold(Pack<W>& x) {
  for (auto& r : x.r) asm("" : "+v"(r));
}
#endif

template <Sign sign, int rows, int cols, class C, class A, class B>
THALWEG_INLINE void tile(const Panel<C>& c, const Panel<const A>& a, const Panel<const B>& b, int depth) {
  C sum[rows][cols];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < cols; ++j) sum[i][j] = sign == Sign::plus ? c(i, j) : -c(i, j);
  for (int k = 0; k < depth; ++k) {
    A left[rows];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      left[i] = a(i, k);
      hold(left[i]);
    }
#pragma GCC unroll 8
    for (int j = 0; j < cols; ++j) {
      const B right = b(k, j);
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) sum[i][j] = fma(left[i], right, sum[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < cols; ++j) c(i, j) = sign == Sign::plus ? sum[i][j] : -sum[i][j];
}

/// C ± A B for C [m, n] and inner size `depth`.
/// Cost  m n depth multiply-adds; operands of a tile stay in the nearest cache.
template <Sign sign, class C, class A, class B>
[[gnu::noinline]] void add_product(const Panel<C>& c, const Panel<const A>& a, const Panel<const B>& b, int m, int n,
                                   int depth) {
  constexpr int rows = TileSides<C>::rows, cols = TileSides<C>::cols, slice = 32;
  for (int k = 0; k < depth; k += slice) {
    const int count = depth - k < slice ? depth - k : slice;
    int i = 0;
    for (; i + rows <= m; i += rows) {
      int j = 0;
      for (; j + cols <= n; j += cols) tile<sign, rows, cols, C, A, B>(c.from(i, j), a.from(i, k), b.from(k, j), count);
      if constexpr (cols > 1)
        for (; j < n; ++j) tile<sign, rows, 1, C, A, B>(c.from(i, j), a.from(i, k), b.from(k, j), count);
    }
    for (; i < m; ++i) {
      int j = 0;
      for (; j + cols <= n; j += cols) tile<sign, 1, cols, C, A, B>(c.from(i, j), a.from(i, k), b.from(k, j), count);
      if constexpr (cols > 1)
        for (; j < n; ++j) tile<sign, 1, 1, C, A, B>(c.from(i, j), a.from(i, k), b.from(k, j), count);
    }
  }
}
/// C += A B and C −= A B, whether the operands may be written or not.
template <class C, class A, class B>
THALWEG_INLINE void add(const Panel<C>& c, const Panel<A>& a, const Panel<B>& b, int m, int n, int depth) {
  add_product<Sign::plus, C, std::remove_const_t<A>, std::remove_const_t<B>>(c, a, b, m, n, depth);
}
template <class C, class A, class B>
THALWEG_INLINE void subtract(const Panel<C>& c, const Panel<A>& a, const Panel<B>& b, int m, int n, int depth) {
  add_product<Sign::minus, C, std::remove_const_t<A>, std::remove_const_t<B>>(c, a, b, m, n, depth);
}

template <class Real>
void fill(const Panel<Real>& c, int m, int n, const Real& value) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) c(i, j) = value;
}
template <class Real, class T>
void copy(const Panel<Real>& to, const Panel<T>& from, int m, int n) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) to(i, j) = from(i, j);
}

/// Rows or columns that triangular algorithms treat at a time.
inline constexpr int triangle = 8;

enum class Diagonal { stored, ones };

/// X ← L⁻¹ X for a lower triangle L [n, n] and X [n, m]. Nothing above the diagonal is read.
/// Cost  n² m / 2 multiply-adds.
template <Diagonal diagonal = Diagonal::stored, class Real, class T>
[[gnu::noinline]] void solve_lower(const Panel<T>& l, const Panel<Real>& x, int n, int m) {
  for (int first = 0; first < n; first += triangle) {
    const int count = n - first < triangle ? n - first : triangle;
    subtract(x.from(first, 0), l.from(first, 0), x, count, m, first);
    for (int i = first; i < first + count; ++i) {
      const Real scale = diagonal == Diagonal::ones ? Real(1.0) : Real(1.0 / l(i, i));
      for (int j = 0; j < m; ++j) {
        Real s = x(i, j);
        for (int k = first; k < i; ++k) s = fma(-l(i, k), x(k, j), s);
        x(i, j) = diagonal == Diagonal::ones ? s : s * scale;
      }
    }
  }
}
/// X ← U⁻¹ X for an upper triangle U: a lower one, read from the other end.
template <Diagonal diagonal = Diagonal::stored, class Real, class T>
void solve_upper(const Panel<T>& u, const Panel<Real>& x, int n, int m) {
  if (n > 0) solve_lower<diagonal>(u.reversed(n, n), x.rows_reversed(n), n, m);
}

/// A ← L with A = L Lᵀ, in place in the lower triangle; what is above stays. A pivot that is not positive is replaced
/// by 1 and reported: the lane goes on with finite numbers.
/// Cost  n³ / 6 multiply-adds.
template <class Real>
[[gnu::noinline]] Mask<Real> cholesky(const Panel<Real>& a, int n) {
  Mask<Real> failed = Real(0.0) != Real(0.0);
  for (int first = 0; first < n; first += triangle) {
    const int count = n - first < triangle ? n - first : triangle, last = first + count;
    for (int i = first; i < last; ++i)  // the triangle on the diagonal, then all rows below it
      subtract(a.from(i, first), a.from(i, 0), a.from(first, 0).transposed(), 1, i - first + 1, first);
    if (last < n) subtract(a.from(last, first), a.from(last, 0), a.from(first, 0).transposed(), n - last, count, first);
    for (int j = first; j < last; ++j) {
      Real pivot = a(j, j);
      for (int k = first; k < j; ++k) pivot = fma(-a(j, k), a(j, k), pivot);
      const auto bad = !(pivot > Real(0.0)) || !is_finite(pivot);
      failed = failed || bad;
      pivot = sqrt(select(bad, Real(1.0), pivot));
      a(j, j) = pivot;
      const Real scale = 1.0 / pivot;
      for (int i = j + 1; i < n; ++i) {
        Real s = a(i, j);
        for (int k = first; k < j; ++k) s = fma(-a(i, k), a(j, k), s);
        a(i, j) = s * scale;
      }
    }
  }
  return failed;
}

/// The way back through the Cholesky factor: from the adjoint of L to that of the lower triangle of A, in place.
/// Cost  n³ / 3 multiply-adds.
/// Source  Murray (2016), arXiv:1602.07527, blocked algorithm of section 4.
template <class Real>
[[gnu::noinline]] void cholesky_backward(const Panel<const Real>& l, const Panel<Real>& g, int n) {
  Real twin_storage[triangle * triangle];  // D̄ + D̄ᵀ of one block
  const Panel<Real> twin{twin_storage, triangle, 1};
  for (int last = n; last > 0;) {
    const int first = last > triangle ? (last - 1) / triangle * triangle : 0, count = last - first, below = n - last;
    const auto d = l.from(first, first), r = l.from(first, 0), b = l.from(last, 0), c = l.from(last, first);
    const auto dg = g.from(first, first), rg = g.from(first, 0), bg = g.from(last, 0), cg = g.from(last, first);
    if (below > 0) {
      solve_upper(d.transposed(), cg.transposed(), count, below);  // C̄ ← C̄ D⁻¹
      subtract(bg, cg, r, below, first, count);                    // B̄ ← B̄ − C̄ R
      subtract(dg, cg.transposed(), c, count, count, below);       // D̄ ← D̄ − C̄ᵀ C (its lower triangle)
    }
    for (int k = count - 1; k >= 0; --k) {  // the same for the triangle on the diagonal, one column at a time
      const Real scale = 1.0 / d(k, k);
      for (int i = k + 1; i < count; ++i) {
        dg(i, k) = dg(i, k) * scale;
        dg(k, k) = fma(-dg(i, k), d(i, k), dg(k, k));
      }
      dg(k, k) = dg(k, k) * (0.5 * scale);
      for (int i = k + 1; i < count; ++i)
        for (int j = 0; j < k; ++j) {
          dg(k, j) = fma(-dg(i, k), d(i, j), dg(k, j));
          dg(i, j) = fma(-dg(i, k), d(k, j), dg(i, j));
        }
      for (int j = 0; j < k; ++j) dg(k, j) = fma(-(dg(k, k) + dg(k, k)), d(k, j), dg(k, j));
    }
    if (first > 0) {
      if (below > 0) subtract(rg, cg.transposed(), b, count, first, below);  // R̄ ← R̄ − C̄ᵀ B − (D̄ + D̄ᵀ) R
      for (int i = 0; i < count; ++i)
        for (int j = 0; j < count; ++j) twin(i, j) = i == j ? dg(i, i) + dg(i, i) : i > j ? dg(i, j) : dg(j, i);
      subtract(rg, twin, r, count, first, count);
    }
    last = first;
  }
}

}  // namespace kernels
}  // namespace THALWEG_ISA
}  // namespace thalweg
