// Many dot products at once, and sparse matrices.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class T>
THALWEG_INLINE Dense<T> flipped(const Dense<T>& a) {
  return {a.storage, a.cols, a.rows, a.col_stride, a.row_stride};
}

template <class TA, class TB, class Real>
struct ColumnDotsRecord : Record {
  Dense<TA> a;
  Dense<TB> b;
  const Real* adjoints;
  static void undo(ColumnDotsRecord& r) {
    for (int i = 0; i < r.a.rows; ++i)
      for (int j = 0; j < r.a.cols; ++j) {
        const Real g = r.adjoints[j];
        if constexpr (Storage<TA>::is_variable) r.a.adjoint(i, j) = fma(r.b.value(i, j), g, r.a.adjoint(i, j));
        if constexpr (Storage<TB>::is_variable) r.b.adjoint(i, j) = fma(r.a.value(i, j), g, r.b.adjoint(i, j));
      }
  }
};
/// Element j is Σᵢ a[i, j] b[i, j].
template <class Result, class TA, class TB>
Result column_dots(const Dense<TA>& a, const Dense<TB>& b) {
  if (a.rows != b.rows || a.cols != b.cols)
    Tape::current().reject_all("sizes do not match: # and # elements", a.rows * a.cols, b.rows * b.cols);
  using Value = typename Result::Value;
  const auto result = make_unset_sequence<Result>(a.cols);
  for (int j = 0; j < a.cols; ++j) {
    Value s(0.0);
    for (int i = 0; i < a.rows; ++i) s = fma(a.value(i, j), b.value(i, j), s);
    set_value(result.storage, j, s);
  }
  if constexpr (Result::is_variable) {
    auto& r = Tape::current().record<ColumnDotsRecord<TA, TB, Value>>();
    r.a = a;
    r.b = b;
    r.adjoints = result.storage.adjoints;
  }
  return result;
}
template <class A>
concept Rectangular = Container<A> && A::shape != Shape::array;
}  // namespace detail

/// The dot product of each column of a with that of b.
template <detail::Rectangular A, detail::Rectangular B>
auto columns_dot_product(const A& a, const B& b) {
  return detail::column_dots<RowVector<CommonScalar<A, B>>>(detail::dense(let(a)), detail::dense(let(b)));
}
/// The dot product of each row of a with that of b.
template <detail::Rectangular A, detail::Rectangular B>
auto rows_dot_product(const A& a, const B& b) {
  return detail::column_dots<Vector<CommonScalar<A, B>>>(detail::flipped(detail::dense(let(a))),
                                                         detail::flipped(detail::dense(let(b))));
}
template <detail::Rectangular A>
auto columns_dot_self(const A& a) {
  const auto x = let(a);
  return columns_dot_product(x, x);
}
template <detail::Rectangular A>
auto rows_dot_self(const A& a) {
  const auto x = let(a);
  return rows_dot_product(x, x);
}

// ---- sparse matrices by compressed rows ----

namespace detail {
template <class W, class B, class Real>
struct SparseRecord : Record {
  W w;
  B b;
  Array<int> v, u;
  const Real* adjoints;
  static void undo(SparseRecord& r) {
    for (int i = 0; i + 1 < r.u.length; ++i)
      for (int k = r.u[i] - 1; k < r.u[i + 1] - 1; ++k) {
        const auto wk = r.w[k];
        const auto bk = r.b[r.v[k] - 1];
        if constexpr (W::is_variable) *wk.adjoint_at += r.adjoints[i] * value_of(bk);
        if constexpr (B::is_variable) *bk.adjoint_at += r.adjoints[i] * value_of(wk);
      }
  }
};
inline void check_sparse(int m, int n, int nonzeros, const Array<int>& v, const Array<int>& u) {
  Tape& tape = Tape::current();
  if (v.length != nonzeros) tape.reject_all("csr: # values, # columns", nonzeros, v.length);
  if (u.length != m + 1) tape.reject_all("csr: # row starts are expected, # are given", m + 1, u.length);
  if (u[0] != 1 || u[m] != nonzeros + 1) tape.reject_all("csr: rows must start at 1 and end at #", nonzeros + 1);
  for (int i = 0; i < m; ++i)
    if (u[i] > u[i + 1]) tape.reject_all("csr: the starts of rows must not decrease (row #)", i + 1);
  for (int k = 0; k < nonzeros; ++k)
    if (v[k] < 1 || v[k] > n) tape.reject_all("csr: column # is outside 1..#", v[k], n);
}
}  // namespace detail

/// A b for a sparse m × n matrix A: its nonzero values w row by row, their columns v, and for each row where it starts
/// in w (from 1), with the end behind the last.
template <Sequenced W, Sequenced B>
auto csr_matrix_times_vector(int m, int n, const W& values, const Array<int>& v, const Array<int>& u, const B& vector) {
  const auto w = let(values);
  const auto b = let(vector);
  detail::check_sparse(m, n, w.size(), v, u);
  if (b.size() != n) Tape::current().reject_all("csr: # columns, a vector of #", n, b.size());
  using T = CommonScalar<W, B>;
  const auto result = make_unset_sequence<Vector<T>>(m);
  using Value = typename Vector<T>::Value;
  for (int i = 0; i < m; ++i) {
    Value s(0.0);
    for (int k = u[i] - 1; k < u[i + 1] - 1; ++k) s += Value(value_of(w[k]) * value_of(b[v[k] - 1]));
    detail::set_value(result.storage, i, s);
  }
  if constexpr (W::is_variable || B::is_variable) {
    auto& r = Tape::current().record<detail::SparseRecord<Evaluated<W>, Evaluated<B>, Value>>();
    r.w = w;
    r.b = b;
    r.v = v;
    r.u = u;
    r.adjoints = result.storage.adjoints;
  }
  return result;
}

namespace detail {
/// Places of one row, by their columns.
struct ColumnsOf {
  Array<int> columns;
  std::ptrdiff_t row_start;
  THALWEG_INLINE
  std::ptrdiff_t operator()(int i) const { return row_start + columns[i] - 1; }
};
}  // namespace detail
/// The sparse matrix as a dense one.
template <Sequenced W>
auto csr_to_dense_matrix(int m, int n, const W& values, const Array<int>& v, const Array<int>& u) {
  const auto w = let(values);
  detail::check_sparse(m, n, w.size(), v, u);
  const auto result = make_unset_matrix<detail::ScalarOf<W>>(checked_size(m), checked_size(n));
  for (int i = 0; i < m * n; ++i) detail::set_value(result.storage, i, 0.0);
  for (int i = 0; i < m; ++i) {
    const detail::ColumnsOf place{v.part(u[i] - 1, u[i + 1] - u[i]), std::ptrdiff_t{i} * n};
    detail::write_places(result.storage, place, w.part(u[i] - 1, u[i + 1] - u[i]));
  }
  return result;
}
namespace detail {
/// How many elements of a matrix of numbers are not 0.
inline int count_nonzeros(const Matrix<double>& x) {
  int count = 0;
  for (int i = 0; i < x.size(); ++i) count += x[i] != 0.0;
  return count;
}
}  // namespace detail
/// The compressed rows of a dense matrix of numbers: values that are not 0, their columns, and the starts of rows.
inline Vector<double> csr_extract_w(const Matrix<double>& x) {
  const auto w = make_unset_sequence<Vector<double>>(detail::count_nonzeros(x));
  int at = 0;
  for (int i = 0; i < x.size(); ++i)
    if (x[i] != 0.0) w[at++] = x[i];
  return w;
}
inline Array<int> csr_extract_v(const Matrix<double>& x) {
  const auto v = make_unset_sequence<Array<int>>(detail::count_nonzeros(x));
  int at = 0;
  for (int i = 0; i < x.size(); ++i)
    if (x[i] != 0.0) v[at++] = i % x.cols + 1;
  return v;
}
inline Array<int> csr_extract_u(const Matrix<double>& x) {
  const auto u = make_unset_sequence<Array<int>>(x.rows + 1);
  int at = 1;
  for (int i = 0; i < x.rows; ++i) {
    u[i] = at;
    for (int j = 0; j < x.cols; ++j) at += x.at(i, j) != 0.0;
  }
  u[x.rows] = at;
  return u;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
