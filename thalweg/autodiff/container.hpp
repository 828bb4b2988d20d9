// Vectors, row vectors, arrays and matrices of numbers or variables: handles to storage in an arena.
#pragma once
#include "thalweg/autodiff/var.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

enum class Shape { array, column, row, matrix };

/// The size of a container: cols is 1 for all but matrices. Elements are numbered row by row.
struct Extent {
  int rows = 0, cols = 1;
  THALWEG_INLINE
  int size() const { return rows * cols; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// A container expression has a shape, an extent and a cursor from which its elements are read in order:
///
///   auto c = e.cursor();
///   for each block [first, first + count):   c.begin(first, count);
///                                            c.element(i)     a number or a scalar expression, i in the block
///                                            c.end(first, count)      after `backward` of its elements
///   c.finish();                              after the last block, if `backward` was used
///
/// A cursor holds what elements share: the adjoint of a scalar that all of them use stays in a register until `finish`,
/// a product with a data matrix is evaluated and differentiated a block of rows at a time.
template <class E>
concept Container = requires {
  typename E::container_expression;
};
template <class E>
concept Sequenced = Container<E> &&(E::shape != Shape::matrix);
template <class E>
concept Matrices = Container<E> &&(E::shape == Shape::matrix);

/// Rows that a cursor is asked for at a time: the block and its adjoints stay in the nearest cache.
inline constexpr int block_rows = 64;

namespace detail {
/// Where the elements of a container are. Numbers: one array.
template <class T>
struct Storage {
  using Value = std::conditional_t<std::same_as<T, int>, int, double>;
  static constexpr bool is_variable = false;
  T* data = nullptr;
  THALWEG_INLINE
  T& at(std::ptrdiff_t i) const { return data[i]; }
  THALWEG_INLINE
  Storage offset(std::ptrdiff_t i) const { return {data + i}; }
  THALWEG_INLINE
  T read(std::ptrdiff_t i) const { return data[i]; }
  /// Numbers are not initialised to 0 but to NaN (INT_MIN for integers), as Stan does.
  static Storage make(int n) {
    Storage s{Tape::current().allocate<T>(n)};
    for (int i = 0; i < n; ++i)
      s.data[i] = std::same_as<T, int> ? static_cast<T>(-2147483648.0) : static_cast<T>(not_a_number);
    return s;
  }
};
/// Variables: the values, and as many adjoints.
template <class Real>
struct Storage<Var<Real>> {
  using Value = Real;
  static constexpr bool is_variable = true;
  Real* values = nullptr;
  Real* adjoints = nullptr;
  THALWEG_INLINE
  Element<Real> at(std::ptrdiff_t i) const { return {values + i, adjoints + i}; }
  THALWEG_INLINE
  Var<Real> read(std::ptrdiff_t i) const { return {values + i, adjoints + i}; }
  THALWEG_INLINE
  Storage offset(std::ptrdiff_t i) const { return {values + i, adjoints + i}; }
  /// Storage whose values the caller sets at once.
  static Storage make_unset(int n) {
    Storage s{Tape::current().allocate<Real>((tape_records ? 2 : 1) * static_cast<std::size_t>(n)), nullptr};
    s.adjoints = tape_records ? s.values + n : s.values;
    if constexpr (tape_records)
      for (int i = 0; i < n; ++i) s.adjoints[i] = Real(0.0);
    return s;
  }
  static Storage make(int n) {
    Storage s = make_unset(n);
    for (int i = 0; i < n; ++i) s.values[i] = Real(not_a_number);
    return s;
  }
};
}  // namespace detail

/// Checks a 1-based index; the evaluation is left when it does not fit.
THALWEG_INLINE
int checked_index(int i, int size) {
  if (static_cast<unsigned>(i - 1) >= static_cast<unsigned>(size)) [[unlikely]]
    Tape::current().reject_all("index # is outside 1..#", i, size);
  return i - 1;
}

/// A vector, row vector or array of scalars: `stride` apart in memory. A copy of the handle is the same container.
template <class T, Shape s>
struct Sequence {
  using container_expression = void;
  using Scalar = T;
  using Value = typename detail::Storage<T>::Value;
  static constexpr Shape shape = s;
  static constexpr bool is_variable = detail::Storage<T>::is_variable;

  detail::Storage<T> storage;
  int length = 0;
  int stride = 1;

  THALWEG_INLINE
  int size() const { return length; }
  THALWEG_INLINE
  Extent extent() const { return {length, 1}; }
  THALWEG_INLINE
  decltype(auto) operator[](int i) const { return storage.at(std::ptrdiff_t{i} * stride); }  ///< 0-based, unchecked
  THALWEG_INLINE
  decltype(auto) operator()(int i) const { return (*this)[checked_index(i, length)]; }  ///< 1-based, checked
  /// Elements first … first + count − 1 (0-based), the same storage.
  THALWEG_INLINE
  Sequence part(int first, int count) const { return {storage.offset(std::ptrdiff_t{first} * stride), count, stride}; }

  struct Cursor {
    detail::Storage<T> storage;
    std::ptrdiff_t stride;
    THALWEG_INLINE
    void begin(int, int) {}
    THALWEG_INLINE
    auto element(int i) { return storage.read(i * stride); }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() {}
  };
  THALWEG_INLINE
  Cursor cursor() const { return {storage, stride}; }
};

template <class T>
using Vector = Sequence<T, Shape::column>;
template <class T>
using RowVector = Sequence<T, Shape::row>;

/// A matrix, row by row without gaps.
template <class T>
struct Matrix {
  using container_expression = void;
  using Scalar = T;
  using Value = typename detail::Storage<T>::Value;
  static constexpr Shape shape = Shape::matrix;
  static constexpr bool is_variable = detail::Storage<T>::is_variable;

  detail::Storage<T> storage;
  int rows = 0, cols = 0;

  THALWEG_INLINE
  int size() const { return rows * cols; }
  THALWEG_INLINE
  Extent extent() const { return {rows, cols}; }
  THALWEG_INLINE
  decltype(auto) operator[](int i) const { return storage.at(i); }  ///< row-major, 0-based
  THALWEG_INLINE
  decltype(auto) at(int i, int j) const { return storage.at(std::ptrdiff_t{i} * cols + j); }  ///< 0-based
  THALWEG_INLINE
  decltype(auto) operator()(int i, int j) const { return at(checked_index(i, rows), checked_index(j, cols)); }
  THALWEG_INLINE
  RowVector<T> row(int i) const { return {storage.offset(std::ptrdiff_t{i} * cols), cols, 1}; }  ///< 0-based
  THALWEG_INLINE
  Vector<T> col(int j) const { return {storage.offset(j), rows, cols}; }  ///< 0-based
  THALWEG_INLINE
  RowVector<T> operator()(int i) const { return row(checked_index(i, rows)); }

  using Cursor = typename Sequence<T, Shape::row>::Cursor;
  THALWEG_INLINE
  Cursor cursor() const { return {storage, 1}; }
};

/// An array of anything: handles side by side. Arrays of scalars are sequences.
template <class E>
struct ArrayOf {
  using Item = E;
  E* items = nullptr;
  int length = 0;
  THALWEG_INLINE
  int size() const { return length; }
  THALWEG_INLINE
  E& operator[](int i) const { return items[i]; }
  THALWEG_INLINE
  E& operator()(int i) const { return items[checked_index(i, length)]; }
  /// a(i, j, …) = a(i)(j, …)
  template <class J, class... Rest>
  THALWEG_INLINE decltype(auto) operator()(int i, const J& j, const Rest&... rest) const {
    return (*this)(i)(j, rest...);
  }
};
namespace detail {
template <class T>
struct ArrayType {
  using type = ArrayOf<T>;
};
template <>
struct ArrayType<int> {
  using type = Sequence<int, Shape::array>;
};
template <>
struct ArrayType<double> {
  using type = Sequence<double, Shape::array>;
};
template <class Real>
struct ArrayType<Var<Real>> {
  using type = Sequence<Var<Real>, Shape::array>;
};
}  // namespace detail
template <class T>
using Array = typename detail::ArrayType<T>::type;

/// New containers on the current tape, their elements NaN until assigned.
template <class S>
THALWEG_INLINE S make_sequence(int n) {
  if (n < 0) Tape::current().reject_all("a size must not be negative; found #", n);
  return {detail::Storage<typename S::Scalar>::make(n), n, 1};
}
template <class T>
THALWEG_INLINE Matrix<T> make_matrix(int rows, int cols) {
  if (rows < 0 || cols < 0)
    Tape::current().reject_all("the sizes of a matrix must not be negative; found # × #", rows, cols);
  return {detail::Storage<T>::make(rows * cols), rows, cols};
}
/// The same without the NaN: for results that are written at once.
template <class S>
THALWEG_INLINE S make_unset_sequence(int n) {
  if constexpr (S::is_variable)
    return {detail::Storage<typename S::Scalar>::make_unset(n), n, 1};
  else
    return {{Tape::current().allocate<typename S::Scalar>(n)}, n, 1};
}
template <class T>
THALWEG_INLINE Matrix<T> make_unset_matrix(int rows, int cols) {
  if constexpr (Matrix<T>::is_variable)
    return {detail::Storage<T>::make_unset(rows * cols), rows, cols};
  else
    return {{Tape::current().allocate<T>(static_cast<std::size_t>(rows) * cols)}, rows, cols};
}

/// The container that holds an expression's elements once they are evaluated.
namespace detail {
template <class E>
using ScalarOf = std::conditional_t<E::is_variable, Var<typename E::Value>, typename E::Value>;
template <class T, Shape s>
struct Holder {
  using type = Sequence<T, s>;
};
template <class T>
struct Holder<T, Shape::matrix> {
  using type = Matrix<T>;
};
}  // namespace detail
template <Container E>
using Evaluated = typename detail::Holder<detail::ScalarOf<E>, E::shape>::type;

template <class C>
THALWEG_INLINE C make_unset(const Extent& extent) {
  if constexpr (C::shape == Shape::matrix)
    return make_unset_matrix<typename C::Scalar>(extent.rows, extent.cols);
  else
    return make_unset_sequence<C>(extent.rows);
}

template <class E>
inline constexpr bool is_handle = false;
template <class T, Shape s>
inline constexpr bool is_handle<Sequence<T, s>> = true;
template <class T>
inline constexpr bool is_handle<Matrix<T>> = true;

/// A recorded container: result = expression, element by element. Cheap elements are evaluated again on the way back
/// instead of being kept: that is less memory traffic.
template <class E>
struct LetContainerRecord : Record {
  using Real = typename E::Value;
  E expression;
  const Real* adjoints;
  int length;
  static void undo(LetContainerRecord& r) {
    auto cursor = r.expression.cursor();
    for (int first = 0; first < r.length; first += block_rows) {
      const int count = r.length - first < block_rows ? r.length - first : block_rows;
      cursor.begin(first, count);
      for (int i = first; i < first + count; ++i) {
        const auto e = as_expression(cursor.element(i));
        typename std::remove_cvref_t<decltype(e)>::Kept kept;
        e.forward(kept);
        e.backward(kept, r.adjoints[i]);
      }
      cursor.end(first, count);
    }
    cursor.finish();
  }
};

/// Writes the values of an expression's elements to `write(i, value)`.
template <Container E, class Write>
THALWEG_INLINE void for_each_value(const E& expression, const Write& write) {
  auto cursor = expression.cursor();
  const int n = expression.extent().size();
  for (int first = 0; first < n; first += block_rows) {
    const int count = n - first < block_rows ? n - first : block_rows;
    cursor.begin(first, count);
    for (int i = first; i < first + count; ++i) write(i, value_of(cursor.element(i)));
  }
}

/// A new container with the elements of an expression.
template <Container E>
THALWEG_INLINE Evaluated<E> copy(const E& expression) {
  const auto result = make_unset<Evaluated<E>>(expression.extent());
  if constexpr (E::is_variable) {
    using Real = typename E::Value;
    for_each_value(expression, [&](int i, const auto& v) { result.storage.values[i] = Real(v); });
    if constexpr (!tape_records) return result;
    auto& r = Tape::current().record<LetContainerRecord<E>>();
    r.expression = expression;
    r.adjoints = result.storage.adjoints;
    r.length = expression.extent().size();
  } else {
    for_each_value(expression, [&](int i, const auto& v) { result.storage.data[i] = v; });
  }
  return result;
}
/// The expression as a container: a handle as it is, anything else evaluated once.
template <Container E>
THALWEG_INLINE Evaluated<E> let(const E& expression) {
  if constexpr (is_handle<E>)
    return expression;
  else
    return copy(expression);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
