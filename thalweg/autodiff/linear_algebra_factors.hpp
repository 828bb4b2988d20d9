// Orthogonal factors: QR and the singular vectors; and pseudo-inverses.
#pragma once
#include "thalweg/autodiff/linear_algebra_inverse.hpp"
#include "thalweg/autodiff/linear_algebra_products.hpp"
#include "thalweg/autodiff/linear_algebra_spectral.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// A = Q R by Householder reflections, the diagonal of R made positive. Q [m, k] has the first k columns, R [k, n].
/// Source  Golub & Van Loan, section 5.2.
template <class Real>
struct OrthogonalTriangular {
  Panel<Real> q, r;
  int m, n, k;
};
template <class T>
auto orthogonal_triangular(const Matrix<T>& a, bool thin) {
  using Real = typename Matrix<T>::Value;
  const int m = a.rows, n = a.cols, steps = m < n ? m : n, k = thin ? steps : m;
  const auto r = copied_panel<Real>(values_of(a), m, n);
  const auto v = zero_panel<Real>(m, steps);  // the reflections: I − v vᵀ with |v|² = 2, or v = 0
  for (int j = 0; j < steps; ++j) {
    Real squares(0.0);
    for (int i = j; i < m; ++i) squares = fma(r(i, j), r(i, j), squares);
    const Real length = sqrt(squares), head = r(j, j);
    const auto zero = length == Real(0.0);
    const Real top = head + select(head < Real(0.0), -length, length);
    // |v|² = 2 |head| length + 2 length²
    const Real scale =
        select(zero, Real(0.0),
               1.0 / sqrt(select(zero, Real(1.0), length * (select(head < Real(0.0), -head, head) + length))));
    v(j, j) = top * scale;
    for (int i = j + 1; i < m; ++i) v(i, j) = r(i, j) * scale;
    for (int c = j; c < n; ++c) {
      Real s(0.0);
      for (int i = j; i < m; ++i) s = fma(v(i, j), r(i, c), s);
      for (int i = j; i < m; ++i) r(i, c) = fma(-s, v(i, j), r(i, c));
    }
    for (int i = j + 1; i < m; ++i) r(i, j) = Real(0.0);
  }
  const auto q = zero_panel<Real>(m, k);
  for (int c = 0; c < k; ++c) {
    q(c, c) = Real(1.0);
    for (int j = steps - 1; j >= 0; --j) {
      Real s(0.0);
      for (int i = j; i < m; ++i) s = fma(v(i, j), q(i, c), s);
      for (int i = j; i < m; ++i) q(i, c) = fma(-s, v(i, j), q(i, c));
    }
  }
  for (int j = 0; j < steps; ++j) {
    const auto negative = r(j, j) < Real(0.0);
    for (int c = j; c < n; ++c) r(j, c) = select(negative, -r(j, c), r(j, c));
    for (int i = 0; i < m; ++i) q(i, j) = select(negative, -q(i, j), q(i, j));
  }
  return OrthogonalTriangular<Real>{q, r, m, n, k};
}

/// Ā += (Q̄ + Q S) R⁻ᵀ with S the symmetric matrix whose lower triangle is that of R R̄ᵀ − Q̄ᵀ Q; for m ≥ n = k.
/// Source  Walter, Lehmann & Lamour (2010), arXiv:1009.6112.
template <class Real>
struct OrthogonalTriangularRecord : Record {
  OrthogonalTriangular<Real> f;
  Matrix<Var<Real>> a;
  Panel<Real> q_adjoints, r_adjoints;  // one of them has no data
  static void undo(OrthogonalTriangularRecord& record) {
    const auto& [q, r, m, n, k] = record.f;
    const auto s = zero_panel<Real>(n, n), g = zero_panel<Real>(m, n);
    if (record.r_adjoints.data != nullptr)
      for (int i = 0; i < n; ++i)  // only the upper triangle of R̄ counts
        for (int j = 0; j < n; ++j)
          for (int c = i > j ? i : j; c < n; ++c) s(i, j) = fma(r(i, c), record.r_adjoints(j, c), s(i, j));
    if (record.q_adjoints.data != nullptr) {
      kernels::subtract(s, record.q_adjoints.transposed(), q, n, n, m);
      kernels::copy(g, record.q_adjoints, m, n);
    }
    for (int i = 0; i < n; ++i)
      for (int j = i + 1; j < n; ++j) s(i, j) = s(j, i);
    kernels::add(g, q, s, m, n, n);
    kernels::solve_upper(r, g.transposed(), n, m);  // Xᵀ = R⁻¹ Gᵀ
    add_panel(adjoints_of(record.a), g, m, n);
  }
};
/// One factor of A as a container, with its way back.
template <class T>
Matrix<T> orthogonal_factor(const Matrix<T>& a, bool thin, bool want_q) {
  if constexpr (Matrix<T>::is_variable)
    if (a.rows < a.cols || (!thin && a.rows > a.cols && want_q))
      Tape::current().reject_all("qr: a # × # matrix of parameters has no derivative of this factor", a.rows, a.cols);
  const auto f = orthogonal_triangular(a, thin);
  const auto result = make_unset_matrix<T>(want_q ? f.m : f.k, want_q ? f.k : f.n);
  kernels::copy(values_of(result), want_q ? f.q : f.r, result.rows, result.cols);
  if constexpr (Matrix<T>::is_variable) {
    using Real = typename Matrix<T>::Value;
    auto& r = Tape::current().record<OrthogonalTriangularRecord<Real>>();
    r.f = f;
    r.a = a;
    r.q_adjoints = want_q ? adjoints_of(result) : Panel<Real>{};
    r.r_adjoints = want_q ? Panel<Real>{} : adjoints_of(result);
  }
  return result;
}
}  // namespace detail

/// A = Q R with R's diagonal positive: Q [m, m] and R [m, n]; thin, Q [m, n] and R [n, n] for m ≥ n. Derivatives exist
/// for m ≥ n, of Q [m, m] only for m = n.
template <Matrices E>
auto qr_Q(const E& a) {
  return detail::orthogonal_factor(let(a), false, true);
}
template <Matrices E>
auto qr_R(const E& a) {
  return detail::orthogonal_factor(let(a), false, false);
}
template <Matrices E>
auto qr_thin_Q(const E& a) {
  return detail::orthogonal_factor(let(a), true, true);
}
template <Matrices E>
auto qr_thin_R(const E& a) {
  return detail::orthogonal_factor(let(a), true, false);
}

namespace detail {
/// A = U diag(σ) Vᵀ for A [m, n] with m ≥ n, U [m, n], V [n, n]; a wide A is taken transposed. With
/// F[i, j] = 1/(σⱼ² − σᵢ²), 0 on the diagonal, and skew(X) = X − Xᵀ:
///   Ā += (U (F ∘ skew(UᵀŪ)) diag(σ) + (I − U Uᵀ) Ū diag(σ)⁻¹) Vᵀ + U diag(σ) (F ∘ skew(VᵀV̄)) Vᵀ.
/// Source  Townsend (2016), Differentiating the singular value decomposition.
template <class Real>
struct SingularVectorsRecord : Record {
  Panel<Real> to, u, v, u_adjoints, v_adjoints;  // one of the adjoints has no data
  const Real* sigma;
  int m, n;
  static void skew(const Panel<Real>& inner, const Panel<Real>& x, const Panel<Real>& adjoints, const Real* sigma,
                   int rows, int n) {
    const auto product = zero_panel<Real>(n, n);
    kernels::add(product, x.transposed(), adjoints, n, n, rows);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        inner(i, j) =
            i == j ? Real(0.0) : (product(i, j) - product(j, i)) / (sigma[j] * sigma[j] - sigma[i] * sigma[i]);
  }
  static void undo(SingularVectorsRecord& r) {
    const int m = r.m, n = r.n;
    const auto inner = new_panel<Real>(n, n), left = zero_panel<Real>(m, n);
    if (r.u_adjoints.data != nullptr) {
      skew(inner, r.u, r.u_adjoints, r.sigma, m, n);
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) inner(i, j) = inner(i, j) * r.sigma[j];
      const auto scaled = new_panel<Real>(m, n), along = zero_panel<Real>(n, n);
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) scaled(i, j) = r.u_adjoints(i, j) / r.sigma[j];
      kernels::add(along, r.u.transposed(), scaled, n, n, m);
      kernels::subtract(inner, along, identity_panel<Real>(n), n, n, n);
      kernels::copy(left, scaled, m, n);
    } else {
      skew(inner, r.v, r.v_adjoints, r.sigma, n, n);
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) inner(i, j) = inner(i, j) * r.sigma[i];
    }
    kernels::add(left, r.u, inner, m, n, n);
    kernels::add(r.to, left, r.v.transposed(), m, n, n);
  }
};
/// U (or V) of A.
template <class T>
Matrix<T> singular_vectors(const Matrix<T>& a, bool want_u) {
  using Value = typename Matrix<T>::Value;
  const bool wide = a.cols > a.rows;
  const auto turned = [wide](const auto& panel) { return wide ? panel.transposed() : panel; };
  const int m = wide ? a.cols : a.rows, n = wide ? a.rows : a.cols;
  const auto u = copied_panel<Value>(turned(values_of(a)), m, n);
  const auto v = new_panel<Value>(n, n);
  auto* sigma = Tape::current().allocate<Value>(static_cast<std::size_t>(n));
  orthogonalise_columns(u, v, sigma, m, n);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) u(i, j) = u(i, j) / sigma[j];
  const bool tall_factor = want_u != wide;  // of the two, the one that stands on m
  const auto result = make_unset_matrix<T>(tall_factor ? m : n, n);
  kernels::copy(values_of(result), tall_factor ? u : v, result.rows, n);
  if constexpr (Matrix<T>::is_variable) {
    auto& r = Tape::current().record<SingularVectorsRecord<Value>>();
    r.to = turned(adjoints_of(a));
    r.u = u;
    r.v = v;
    r.sigma = sigma;
    r.u_adjoints = tall_factor ? adjoints_of(result) : Panel<Value>{};
    r.v_adjoints = tall_factor ? Panel<Value>{} : adjoints_of(result);
    r.m = m;
    r.n = n;
  }
  return result;
}
}  // namespace detail

/// The singular vectors in columns, in the order of singular_values: U [m, k] and V [n, k] with k = min(m, n). Each
/// pair is determined up to its sign. Equal or zero singular values have no derivative here: NaN or infinite.
template <Matrices E>
auto svd_U(const E& a) {
  return detail::singular_vectors(let(a), true);
}
template <Matrices E>
auto svd_V(const E& a) {
  return detail::singular_vectors(let(a), false);
}

/// (L Lᵀ)⁻¹ for a lower triangular L.
template <Matrices E>
auto chol2inv(const E& expression) {
  const auto l = let(expression);
  const int n = detail::checked_square(l, "chol2inv: the matrix is # × #");
  return crossprod(mdivide_left_tri_low(l, identity_matrix(n)));
}
/// The pseudo-inverse of a matrix of full rank: (AᵀA)⁻¹ Aᵀ, or Aᵀ (A Aᵀ)⁻¹ for a wide one.
template <Matrices E>
auto generalized_inverse(const E& expression) {
  const auto a = let(expression);
  const auto t = let(transpose(a));
  return a.rows >= a.cols ? mdivide_left_spd(crossprod(a), t) : mdivide_right_spd(t, tcrossprod(a));
}

/// exp(A) B and exp(t A) B.
template <Matrices A, Matrices B>
auto matrix_exp_multiply(const A& a, const B& b) {
  return dense_multiply(matrix_exp(a), let(b));
}
template <ScalarOperand T, Matrices A, Matrices B>
auto scale_matrix_exp_multiply(const T& t, const A& a, const B& b) {
  return matrix_exp_multiply(t * a, b);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
