// Eigenvalues, singular values, and functions of a matrix: its exponential and its powers.
#pragma once
#include "thalweg/autodiff/container_functions_build.hpp"
#include "thalweg/autodiff/linear_algebra_panels.hpp"
#include "thalweg/autodiff/matrix_jacobi.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// B ← the values, or the tangents, of A [n, m].
template <class V, class Real>
Panel<V> values_alone(const Panel<Real>& a, int n, int m) {
  const auto b = new_panel<V>(n, m);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) b(i, j) = a(i, j).value;
  return b;
}
template <class V, class Real>
Panel<V> tangents_alone(const Panel<Real>& a, int n, int m) {
  const auto b = new_panel<V>(n, m);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) b(i, j) = a(i, j).tangent;
  return b;
}
/// slope / gap, what the turn of two eigenvectors is made of. Where the eigenvalues are equal: 0 when nothing turns
/// them, else NaN, since there is no derivative.
template <class V>
THALWEG_INLINE V turn_of(const V& slope, const V& gap, const V& equal) {
  return select(abs(gap) > equal, slope / gap, select(slope == V(0.0), V(0.0), V(not_a_number)));
}
/// A ← its eigenvalues on the diagonal, V ← its eigenvectors. Rotations stop when values have converged, so that dual
/// numbers get their tangents from the formulas  dλᵢ = Mᵢᵢ,  dV = V (F ∘ M)  with M = VᵀdA V, F as below.
template <class Real>
void diagonalise(const Panel<Real>& a, const Panel<Real>& v, int n) {
  if constexpr (CarriesTangent<Real>) {
    using V = std::remove_cvref_t<decltype(a(0, 0).value)>;
    const auto values = values_alone<V>(a, n, n), slopes = tangents_alone<V>(a, n, n), vectors = new_panel<V>(n, n);
    kernels::symmetric_eigen(values, vectors, n);
    const auto half = zero_panel<V>(n, n), m = zero_panel<V>(n, n), turned = zero_panel<V>(n, n);
    kernels::add(half, slopes, vectors, n, n, n);
    kernels::add(m, vectors.transposed(), half, n, n, n);
    const V equal = n > 0 ? V((n * 0x1p-52) * max(abs(values(0, 0)), abs(values(n - 1, n - 1)))) : V(0.0);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) a(i, j) = Real(0.0);
      a(i, i) = Real(values(i, i), m(i, i));
      for (int j = 0; j < i; ++j) {
        const V k = turn_of(V(0.5 * (m(i, j) + m(j, i))), V(values(j, j) - values(i, i)), equal);
        m(i, j) = k;
        m(j, i) = -k;
      }
      m(i, i) = V(0.0);
    }
    kernels::add(turned, vectors, m, n, n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) v(i, j) = Real(vectors(i, j), turned(i, j));
  } else {
    kernels::symmetric_eigen(a, v, n);
  }
}

template <class Value>
struct Spectrum {
  Panel<Value> values, vectors;  // on the diagonal; in columns
  int n;
};
/// Of the lower triangle of A.
template <class T>
auto eigen_of(const Matrix<T>& a) {
  using Value = typename Matrix<T>::Value;
  const int n = checked_square(a, "a symmetric matrix must be square; found # × #");
  check_symmetric(a, "the matrix is not symmetric");
  const auto from = values_of(a);
  const auto values = new_panel<Value>(n, n), vectors = new_panel<Value>(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) values(i, j) = j <= i ? from(i, j) : from(j, i);
  diagonalise(values, vectors, n);
  return Spectrum<Value>{values, vectors, n};
}

/// With A = V diag(λ) Vᵀ:  Ā += V (diag(λ̄) + F ∘ ½(VᵀV̄ − V̄ᵀV)) Vᵀ,  F[i, j] = 1/(λⱼ − λᵢ), 0 where the two are equal to
/// the accuracy of an eigenvalue, n · 2⁻⁵² · max|λ|. VᵀdV is antisymmetric, so that only that part of VᵀV̄ counts: the
/// symmetric one, multiplied by F, would drown it in rounding where eigenvalues are close.
template <class Real>
struct EigenRecord : Record {
  Matrix<Var<Real>> a;
  Spectrum<Real> eigen;
  const Real* value_adjoints;   // or null
  Panel<Real> vector_adjoints;  // or no data
  static void undo(EigenRecord& r) {
    const int n = r.eigen.n;
    const auto& v = r.eigen.vectors;
    const auto inner = zero_panel<Real>(n, n), half = zero_panel<Real>(n, n);
    if (r.value_adjoints != nullptr)
      for (int i = 0; i < n; ++i) inner(i, i) = r.value_adjoints[i];
    if (r.vector_adjoints.data != nullptr) {
      const auto turn = zero_panel<Real>(n, n);
      kernels::add(turn, v.transposed(), r.vector_adjoints, n, n, n);
      const auto& l = r.eigen.values;
      const Real equal = (n * 0x1p-52) * max(abs(l(0, 0)), abs(l(n - 1, n - 1)));
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < i; ++j) {
          const Real gap = l(j, j) - l(i, i), slope = 0.5 * (turn(i, j) - turn(j, i));
          inner(i, j) = inner(j, i) = select(abs(gap) > equal, slope / gap, Real(0.0));
        }
    }
    kernels::add(half, v, inner, n, n, n);
    kernels::add(adjoints_of(r.a), half, v.transposed(), n, n, n);
  }
};
template <class Real>
void record_eigen(const Matrix<Var<Real>>& a, const Spectrum<Real>& eigen, const Real* value_adjoints,
                  const Panel<Real>& vector_adjoints) {
  auto& r = Tape::current().record<EigenRecord<Real>>();
  r.a = a;
  r.eigen = eigen;
  r.value_adjoints = value_adjoints;
  r.vector_adjoints = vector_adjoints;
}
}  // namespace detail

/// The eigenvalues of a symmetric matrix, ascending. A lane that is not symmetric to 1e-8 is refused.
template <Matrices E>
auto eigenvalues_sym(const E& expression) {
  const auto a = let(expression);
  const auto eigen = detail::eigen_of(a);
  const auto result = make_unset_sequence<Vector<detail::ScalarOf<E>>>(eigen.n);
  for (int i = 0; i < eigen.n; ++i) detail::set_value(result.storage, i, eigen.values(i, i));
  if constexpr (E::is_variable) detail::record_eigen(a, eigen, result.storage.adjoints, {});
  return result;
}
/// Its eigenvectors of length 1, in columns in the order of the eigenvalues; each is determined up to its sign. Those
/// of equal eigenvalues have no derivative; what is given leaves the turns among them out. A function that does not
/// depend on these turns, V f(λ) Vᵀ, then has its derivative along all A that keep the eigenvalues equal.
template <Matrices E>
auto eigenvectors_sym(const E& expression) {
  const auto a = let(expression);
  const auto eigen = detail::eigen_of(a);
  const auto result = make_unset_matrix<detail::ScalarOf<E>>(eigen.n, eigen.n);
  kernels::copy(detail::values_of(result), eigen.vectors, eigen.n, eigen.n);
  if constexpr (E::is_variable) {
    using Real = typename E::Value;
    detail::record_eigen<Real>(a, eigen, nullptr, detail::adjoints_of(result));
  }
  return result;
}

namespace detail {
/// X ← exp(A) for X, A [n, n]: A is halved, a number of times of each lane's own, until Σ|aᵢⱼ| of no row exceeds ½;
/// then Taylor's series, then as many squarings.
/// Cost  14 products, and one for each halving of the lane that needs most.
template <class Real>
void exponential_of(const Panel<Real>& x, const Panel<const Real>& a, int n) {
  Real norm(0.0);
  for (int i = 0; i < n; ++i) {
    Real row(0.0);
    for (int j = 0; j < n; ++j) row += abs(a(i, j));
    norm = max(row, norm);
  }
  Real scale(1.0), halvings(0.0);
  for (int k = 0; k < 60; ++k) {
    const auto large = norm * scale > Real(0.5);
    if (none(large)) break;
    scale = select(large, 0.5 * scale, scale);
    halvings = select(large, halvings + 1.0, halvings);
  }
  const auto small = new_panel<Real>(n, n), next = new_panel<Real>(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      small(i, j) = a(i, j) * scale;
      x(i, j) = Real(i == j ? 1.0 : 0.0);
    }
  for (int term = 14; term > 0; --term) {  // X ← I + A X / term
    kernels::fill(next, n, n, Real(0.0));
    kernels::add(next, small, x, n, n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) x(i, j) = next(i, j) / static_cast<double>(term) + (i == j ? 1.0 : 0.0);
  }
  for (int k = 0; k < 60; ++k) {
    const auto more = Real(k) < halvings;
    if (none(more)) break;
    kernels::fill(next, n, n, Real(0.0));
    kernels::add(next, x, x, n, n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) x(i, j) = select(more, next(i, j), x(i, j));
  }
}

/// Ā += the upper right corner of exp([[Aᵀ, X̄], [0, Aᵀ]]), the derivative of exp at Aᵀ along X̄.
/// Source  Al-Mohy & Higham (2009), SIAM J. Matrix Anal. Appl. 30, 1639–1657.
template <class Real>
struct ExponentialRecord : Record {
  Matrix<Var<Real>> a, x;
  static void undo(ExponentialRecord& r) {
    const int n = r.a.rows;
    const auto doubled = zero_panel<Real>(2 * n, 2 * n), power = new_panel<Real>(2 * n, 2 * n);
    const auto a = values_of(r.a).transposed();
    // the direction is brought to the size of 1, so that it does not decide on the scaling
    const auto g = adjoints_of(r.x);
    Real size(0.0);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) size = max(abs(g(i, j)), size);
    size = select(size > Real(0.0), size, Real(1.0));
    kernels::copy(doubled, a, n, n);
    kernels::copy(doubled.from(n, n), a, n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) doubled(i, n + j) = g(i, j) / size;
    exponential_of<Real>(power, doubled, 2 * n);
    const auto to = adjoints_of(r.a);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) to(i, j) = fma(size, power(i, n + j), to(i, j));
  }
};
}  // namespace detail

/// exp(A) = Σ Aᵏ / k!.
template <Matrices E>
auto matrix_exp(const E& expression) {
  using Value = typename E::Value;
  const auto a = let(expression);
  const int n = detail::checked_square(a, "matrix_exp: the matrix is # × #");
  const auto x = make_unset_matrix<detail::ScalarOf<E>>(n, n);
  detail::exponential_of<Value>(detail::values_of(x), detail::values_of(a), n);
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<detail::ExponentialRecord<Value>>();
    r.a = a;
    r.x = x;
  }
  return x;
}
/// Aᵏ for k ≥ 0.
template <Matrices E>
auto matrix_power(const E& expression, int k) {
  const auto a = let(expression);
  detail::checked_square(a, "matrix_power: the matrix is # × #");
  if (k < 0) Tape::current().reject_all("matrix_power: the power must not be negative; found #", k);
  using Result = Matrix<detail::ScalarOf<E>>;
  Result power = a, result;
  bool started = false;
  for (; k > 0; k /= 2) {
    if (k % 2 != 0) {
      result = started ? Result(dense_multiply(result, power)) : power;
      started = true;
    }
    if (k > 1) power = dense_multiply(power, power);
  }
  if (started) return result;
  const auto identity = make_unset_matrix<detail::ScalarOf<E>>(a.rows, a.rows);
  detail::write_places(identity.storage, Contiguous{}, identity_matrix(a.rows));
  return identity;
}

namespace detail {
/// Rotates columns of W [m, n] until they are orthogonal, and those of V [n, n] with them; sorts them by length.
/// Source  one-sided Jacobi: Golub & Van Loan, section 8.6.
template <class Real>
void orthogonalise_columns(const Panel<Real>& w, const Panel<Real>& v, Real* lengths, int m, int n);
/// The same for dual numbers, tangents by formulas: with W = A V and P = WᵀdA V,  dV = V K,  dW = dA V + W K,
/// K[i, j] = (P[i, j] + P[j, i])/(σⱼ² − σᵢ²).
template <class V, class Real>
void orthogonalise_moving_columns(const Panel<Real>& w, const Panel<Real>& v, Real* lengths, int m, int n) {
  const auto values = values_alone<V>(w, m, n), slopes = tangents_alone<V>(w, m, n), turn = new_panel<V>(n, n);
  V* sizes = Tape::current().allocate<V>(static_cast<std::size_t>(n));
  orthogonalise_columns(values, turn, sizes, m, n);
  const auto moved = zero_panel<V>(m, n), p = zero_panel<V>(n, n), turned = zero_panel<V>(n, n);
  kernels::add(moved, slopes, turn, m, n, n);
  kernels::add(p, values.transposed(), moved, n, n, m);
  const V equal = n > 0 ? V((n * 0x1p-52) * (sizes[0] * sizes[0])) : V(0.0);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < i; ++j) {
      const V k = turn_of(V(p(i, j) + p(j, i)), V(sizes[j] * sizes[j] - sizes[i] * sizes[i]), equal);
      p(i, j) = k;
      p(j, i) = -k;
    }
    p(i, i) = V(0.0);
  }
  kernels::add(turned, turn, p, n, n, n);
  kernels::add(moved, values, p, m, n, n);
  for (int j = 0; j < n; ++j) {
    V along(0.0);
    for (int i = 0; i < m; ++i) {
      along = fma(values(i, j), moved(i, j), along);
      w(i, j) = Real(values(i, j), moved(i, j));
    }
    lengths[j] = Real(sizes[j], select(sizes[j] > V(0.0), along / sizes[j], V(not_a_number)));
    for (int i = 0; i < n; ++i) v(i, j) = Real(turn(i, j), turned(i, j));
  }
}
template <class Real>
void orthogonalise_columns(const Panel<Real>& w, const Panel<Real>& v, Real* lengths, int m, int n) {
  if constexpr (CarriesTangent<Real>)
    return orthogonalise_moving_columns<std::remove_cvref_t<decltype(lengths->value)>>(w, v, lengths, m, n);
  kernels::copy(v, identity_panel<Real>(n), n, n);
  bool rotated = true;
  for (int sweep = 0; sweep < 40 && rotated; ++sweep) {
    rotated = false;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) {
        Real a(0.0), b(0.0), d(0.0);
        for (int k = 0; k < m; ++k) {
          a = fma(w(k, p), w(k, p), a);
          b = fma(w(k, p), w(k, q), b);
          d = fma(w(k, q), w(k, q), d);
        }
        // at convergence b² is the rounding of m products: some ulps of a d
        const auto [c, s, apart] = kernels::annihilating(a, b, d);
        const auto needed = apart && b * b > 0x1p-98 * (a * d);
        if (none(needed)) continue;
        rotated = true;
        const Real cosine = select(needed, c, Real(1.0)), sine = select(needed, s, Real(0.0));
        const auto rotate = [&](const Panel<Real>& lines, int rows) {
          for (int k = 0; k < rows; ++k) {
            const Real x = lines(k, p), y = lines(k, q);
            lines(k, p) = fma(cosine, x, -(sine * y));
            lines(k, q) = fma(sine, x, cosine * y);
          }
        };
        rotate(w, m);
        rotate(v, n);
      }
  }
  for (int j = 0; j < n; ++j) {
    Real s(0.0);
    for (int k = 0; k < m; ++k) s = fma(w(k, j), w(k, j), s);
    lengths[j] = sqrt(s);
  }
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      const Real x = lengths[i], y = lengths[j];
      const auto out_of_order = x < y;
      if (none(out_of_order)) continue;
      lengths[i] = select(out_of_order, y, x);
      lengths[j] = select(out_of_order, x, y);
      kernels::swap_columns<Real>(out_of_order, w, i, j, m);
      kernels::swap_columns<Real>(out_of_order, v, i, j, n);
    }
}
/// Ā += Σⱼ σ̄ⱼ uⱼ vⱼᵀ with W = U diag(σ).
template <class Real>
struct SingularRecord : Record {
  Panel<Real> to;  // the adjoints of A, or of its transpose
  Panel<Real> w, v;
  const Real *lengths, *adjoints;
  int m, n;
  static void undo(SingularRecord& r) {
    const auto scaled = new_panel<Real>(r.m, r.n);
    for (int i = 0; i < r.m; ++i)
      for (int j = 0; j < r.n; ++j)
        scaled(i, j) = select(r.lengths[j] > Real(0.0), r.w(i, j) / r.lengths[j] * r.adjoints[j], Real(0.0));
    kernels::add(r.to, scaled, r.v.transposed(), r.m, r.n, r.n);
  }
};
}  // namespace detail
/// The singular values of A, descending, as many as it has rows or columns, the fewer: found by rotating the lines of A
/// themselves until they are orthogonal, so that small ones keep their digits. Zero ones have derivative 0.
template <Matrices E>
auto singular_values(const E& expression) {
  using Value = typename E::Value;
  const auto a = let(expression);
  const bool wide = a.cols > a.rows;
  const auto turned = [wide](const auto& panel) { return wide ? panel.transposed() : panel; };
  const int m = wide ? a.cols : a.rows, n = wide ? a.rows : a.cols;
  const auto w = detail::copied_panel<Value>(turned(detail::values_of(a)), m, n);
  const auto v = detail::new_panel<Value>(n, n);
  auto* lengths = Tape::current().allocate<Value>(static_cast<std::size_t>(n));
  detail::orthogonalise_columns(w, v, lengths, m, n);
  const auto result = make_unset_sequence<Vector<detail::ScalarOf<E>>>(n);
  for (int i = 0; i < n; ++i) detail::set_value(result.storage, i, lengths[i]);
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<detail::SingularRecord<Value>>();
    r.to = turned(detail::adjoints_of(a));
    r.w = w;
    r.v = v;
    r.lengths = lengths;
    r.adjoints = result.storage.adjoints;
    r.m = m;
    r.n = n;
  }
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
