// Products of matrices and vectors.
#pragma once
#include "thalweg/autodiff/matrix_kernels.hpp"
#include "thalweg/autodiff/reductions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

namespace detail {
/// out[i] = Σₖ x[i·cols + k] · b[k] for `rows` rows at once. Terms are added in the order of k whatever the number of
/// rows.
template <int rows, class Real>
THALWEG_INLINE void multiply_rows(const double* x, int cols, const Real* b, Real* out) {
  Real sum[rows];
  for (int r = 0; r < rows; ++r) sum[r] = Real(0.0);
  for (int k = 0; k < cols; ++k) {
    const Real bk = b[k];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) sum[r] = fma(x[r * cols + k], bk, sum[r]);
  }
  for (int r = 0; r < rows; ++r) out[r] = sum[r];
}
/// out[t] += Σᵢ x[i·cols + t] · a[i] over `count` rows, for `terms` columns at once.
template <int terms, class Real>
THALWEG_INLINE void multiply_columns(const double* x, int cols, int count, const Real* a, Real* out) {
  Real sum[terms];
  for (int t = 0; t < terms; ++t) sum[t] = out[t];
  for (int i = 0; i < count; ++i) {
    const Real ai = a[i];
#pragma GCC unroll 8
    for (int t = 0; t < terms; ++t) sum[t] = fma(x[i * cols + t], ai, sum[t]);
  }
  for (int t = 0; t < terms; ++t) out[t] = sum[t];
}
/// values[i] = Σₖ x[i, k] b[k] for a block of rows.
template <class Real>
[[gnu::noinline]] void regression_forward(const double* x, int cols, int count, const Real* b, Real* values) {
  int i = 0;
  for (; i + 8 <= count; i += 8) multiply_rows<8>(x + std::ptrdiff_t{i} * cols, cols, b, values + i);
  for (; i < count; ++i) multiply_rows<1>(x + std::ptrdiff_t{i} * cols, cols, b, values + i);
}
/// sums[k] += Σᵢ x[i, k] a[i] for a block of rows.
template <class Real>
[[gnu::noinline]] void regression_backward(const double* x, int cols, int count, const Real* a, Real* sums) {
  int k = 0;
  for (; k + 8 <= cols; k += 8) multiply_columns<8>(x + k, cols, count, a, sums + k);
  for (; k < cols; ++k) multiply_columns<1>(x + k, cols, count, a, sums + k);
}
}  // namespace detail

/// X β for a data matrix X [n, k] and variables β: evaluated and differentiated a block of rows at a time, rows
/// broadcast against packs. Inside a formula (`alpha + X * beta`) no vector of length n is ever stored.
///
/// Cost  2 n k multiply-adds for value and gradient of one particle.
template <class Real>
struct Regression {
  using container_expression = void;
  using Value = Real;
  static constexpr Shape shape = Shape::column;
  static constexpr bool is_variable = true;
  Matrix<double> x;
  Vector<Var<Real>> b;
  THALWEG_INLINE
  Extent extent() const { return {x.rows, 1}; }
  THALWEG_INLINE
  int size() const { return x.rows; }
  struct Cursor {
    const double* x;
    int cols, first_row = 0;
    const Vector<Var<Real>> b;
    Real *coefficients, *sums, *values, *adjoints;
    THALWEG_INLINE
    void begin(int first, int count) {
      first_row = first;
      detail::regression_forward(x + std::ptrdiff_t{first} * cols, cols, count, coefficients, values);
      for (int i = 0; i < count; ++i) adjoints[i] = Real(0.0);
    }
    THALWEG_INLINE
    Var<Real> element(int i) { return {values + (i - first_row), adjoints + (i - first_row)}; }
    THALWEG_INLINE
    void end(int first, int count) {
      detail::regression_backward(x + std::ptrdiff_t{first} * cols, cols, count, adjoints, sums);
    }
    THALWEG_INLINE
    void finish() {
      for (int k = 0; k < cols; ++k) *b[k].adjoint_at += sums[k];
    }
  };
  Cursor cursor() const {
    Real* buffer = Tape::current().allocate<Real>(2 * static_cast<std::size_t>(x.cols) + 2 * block_rows);
    for (int k = 0; k < x.cols; ++k) {
      buffer[k] = *b[k].value_at;
      buffer[x.cols + k] = Real(0.0);
    }
    Real* block = buffer + 2 * static_cast<std::size_t>(x.cols);
    return {x.storage.data, x.cols, 0, b, buffer, buffer + x.cols, block, block + block_rows};
  }
};

/// A regression that is kept whole: its way back needs no values.
template <class Real>
THALWEG_INLINE Vector<Var<Real>> copy(const Regression<Real>& e) {
  struct Back : Record {
    Regression<Real> e;
    const Real* adjoints;
    static void undo(Back& r) {
      auto c = r.e.cursor();
      detail::regression_backward(c.x, c.cols, r.e.x.rows, r.adjoints, c.sums);
      c.finish();
    }
  };
  const auto result = make_unset_sequence<Vector<Var<Real>>>(e.x.rows);
  const auto c = e.cursor();
  detail::regression_forward(c.x, c.cols, e.x.rows, c.coefficients, result.storage.values);
  auto& r = Tape::current().record<Back>();
  r.e = e;
  r.adjoints = result.storage.adjoints;
  return result;
}
template <class Real>
THALWEG_INLINE Vector<Var<Real>> let(const Regression<Real>& e) {
  return copy(e);
}

namespace detail {
/// Any handle as a dense array of rows × cols with strides.
template <class T>
struct Dense {
  Storage<T> storage;
  int rows, cols;
  std::ptrdiff_t row_stride, col_stride;
  THALWEG_INLINE
  auto value(int i, int j) const { return value_of(storage.read(i * row_stride + j * col_stride)); }
  THALWEG_INLINE
  auto& adjoint(int i, int j) const { return storage.adjoints[i * row_stride + j * col_stride]; }
  THALWEG_INLINE
  auto values() const {
    if constexpr (Storage<T>::is_variable)
      return Panel<typename Storage<T>::Value>{storage.values, row_stride, col_stride};
    else
      return Panel<T>{storage.data, row_stride, col_stride};
  }
  THALWEG_INLINE
  auto adjoints() const { return Panel<typename Storage<T>::Value>{storage.adjoints, row_stride, col_stride}; }
};
template <class T>
THALWEG_INLINE Dense<T> dense(const Matrix<T>& a) {
  return {a.storage, a.rows, a.cols, a.cols, 1};
}
template <class T>
THALWEG_INLINE Dense<T> dense(const Vector<T>& a) {
  return {a.storage, a.length, 1, a.stride, 1};
}
template <class T>
THALWEG_INLINE Dense<T> dense(const RowVector<T>& a) {
  return {a.storage, 1, a.length, 1, a.stride};
}

/// C = A·B, C written row by row; terms in the order of the inner index.
template <class TA, class TB, class Real>
void dense_product(const Dense<TA>& a, const Dense<TB>& b, Real* c) {
  for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{a.rows} * b.cols; ++i) c[i] = Real(0.0);
  kernels::add(Panel<Real>{c, b.cols, 1}, a.values(), b.values(), a.rows, b.cols, a.cols);
}
/// Ā += C̄ Bᵀ and B̄ += Aᵀ C̄.
template <class TA, class TB, class Real>
struct ProductRecord : Record {
  Dense<TA> a;
  Dense<TB> b;
  const Real* adjoints;
  static void undo(ProductRecord& r) {
    const auto &a = r.a, &b = r.b;
    const Panel<const Real> g{r.adjoints, b.cols, 1};
    if constexpr (Storage<TA>::is_variable)
      kernels::add(a.adjoints(), g, b.values().transposed(), a.rows, a.cols, b.cols);
    if constexpr (Storage<TB>::is_variable)
      kernels::add(b.adjoints(), a.values().transposed(), g, b.rows, b.cols, a.rows);
  }
};
/// The shape of a product, and the container for it.
template <class A, class B>
consteval Shape product_shape() {
  if (A::shape == Shape::row && B::shape == Shape::matrix) return Shape::row;
  if (A::shape == Shape::matrix && B::shape == Shape::column) return Shape::column;
  return Shape::matrix;
}
}  // namespace detail

/// Products in the sense of matrices, of evaluated operands.
template <Container A, Container B>
auto dense_multiply(const A& left, const B& right) {
  const auto a = detail::dense(left);
  const auto b = detail::dense(right);
  if (a.cols != b.rows) Tape::current().reject_all("a product needs as many columns as rows: # and #", a.cols, b.rows);
  using Value = Wider<typename A::Value, typename B::Value>;
  constexpr bool is_variable = A::is_variable || B::is_variable;
  using T = std::conditional_t<is_variable, Var<Value>, double>;
  using Result = typename detail::Holder<T, detail::product_shape<A, B>()>::type;
  const Extent extent = Result::shape == Shape::matrix ? Extent{a.rows, b.cols} : Extent{a.rows * b.cols, 1};
  const auto result = make_unset<Result>(extent);
  if constexpr (is_variable) {
    detail::dense_product(a, b, result.storage.values);
    auto& r = Tape::current().record<detail::ProductRecord<typename A::Scalar, typename B::Scalar, Value>>();
    r.a = a;
    r.b = b;
    r.adjoints = result.storage.adjoints;
  } else {
    detail::dense_product(a, b, result.storage.data);
  }
  return result;
}

template <class A, class B>
concept MatrixProduct =
    Container<A> && Container<B> && A::shape != Shape::array&& B::shape != Shape::array &&
    !(A::shape == Shape::row && B::shape == Shape::column) &&
    !(A::shape == Shape::column && B::shape == Shape::column) && !(A::shape == Shape::row && B::shape == Shape::row) &&
    !(A::shape == Shape::column && B::shape == Shape::matrix) && !(A::shape == Shape::matrix && B::shape == Shape::row);

template <class A, class B>
requires MatrixProduct<A, B> THALWEG_INLINE auto operator*(const A& a, const B& b) {
  if constexpr (Matrices<A> && !A::is_variable && B::shape == Shape::column && B::is_variable) {
    const auto x = let(a);
    const auto coefficients = let(b);
    if (x.cols != coefficients.length)
      Tape::current().reject_all("a product needs as many columns as rows: # and #", x.cols, coefficients.length);
    return Regression<typename B::Value>{x, coefficients};
  } else {
    return dense_multiply(let(a), let(b));
  }
}
/// row · column: the dot product.
template <class A, class B>
requires(Container<A>&& Container<B>&& A::shape == Shape::row && B::shape == Shape::column) THALWEG_INLINE auto
operator*(const A& a, const B& b) {
  return dot_product(a, b);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
