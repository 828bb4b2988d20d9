// Products of a matrix with itself and with vectors, quadratic forms, and scalings by a diagonal.
#pragma once
#include "thalweg/autodiff/container_functions_build.hpp"
#include "thalweg/autodiff/linear_algebra_panels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// C = A Aᵀ:  Ā += (C̄ + C̄ᵀ) A. With `lower_only`, A has zeros above its diagonal, and only what is below it counts.
template <class Real>
struct SelfProductRecord : Record {
  Panel<const Real> a;
  Panel<Real> to;
  Matrix<Var<Real>> c;
  int depth;
  bool lower_only;
  static void undo(SelfProductRecord& r) {
    const int n = r.c.rows;
    const auto g = adjoints_of(r.c);
    const auto twice = new_panel<Real>(n, n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) twice(i, j) = g(i, j) + g(j, i);
    if (!r.lower_only) return kernels::add(r.to, twice, r.a, n, r.depth, n);
    const auto whole = zero_panel<Real>(n, r.depth);
    kernels::add(whole, twice, r.a, n, r.depth, n);
    for (int i = 0; i < n; ++i)
      for (int k = 0; k <= i && k < r.depth; ++k) r.to(i, k) += whole(i, k);
  }
};
/// A Aᵀ, or Aᵀ A when `transposed`, or the first with what is above the diagonal of A taken for 0.
template <class T>
Matrix<T> self_product(const Matrix<T>& matrix, bool transposed, bool lower_only) {
  using Value = typename Matrix<T>::Value;
  const auto turned = [&](const auto& panel) { return transposed ? panel.transposed() : panel; };
  const int n = transposed ? matrix.cols : matrix.rows, depth = transposed ? matrix.rows : matrix.cols;
  auto a = turned(values_of(matrix));
  if (lower_only) {
    a = copied_panel<Value>(a, n, depth);
    for (int i = 0; i < n; ++i)
      for (int k = i + 1; k < depth; ++k) a(i, k) = Value(0.0);
  }
  const auto result = make_unset_matrix<T>(n, n);
  const auto c = values_of(result);
  kernels::fill(c, n, n, Value(0.0));
  for (int first = 0; first < n; first += kernels::triangle) {
    const int last = n - first < kernels::triangle ? n : first + kernels::triangle;
    const int used = lower_only && last < depth ? last : depth;  // the rest of these rows is 0
    kernels::add(c.from(first, 0), a.from(first, 0), a.transposed(), last - first, last, used);
  }
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) c(i, j) = c(j, i);
  if constexpr (Matrix<T>::is_variable) {
    auto& r = Tape::current().record<SelfProductRecord<Value>>();
    r.a = a;
    r.to = turned(adjoints_of(matrix));
    r.c = result;
    r.depth = depth;
    r.lower_only = lower_only;
  }
  return result;
}
}  // namespace detail

/// A Aᵀ and Aᵀ A.
template <Matrices E>
auto tcrossprod(const E& a) {
  return detail::self_product(let(a), false, false);
}
template <Matrices E>
auto crossprod(const E& a) {
  return detail::self_product(let(a), true, false);
}
/// L Lᵀ of the lower triangle of a matrix: nothing above the diagonal is read.
template <Matrices E>
auto multiply_lower_tri_self_transpose(const E& l) {
  return detail::self_product(let(l), false, true);
}

/// Σᵢ A[i, i].
template <Matrices E>
auto trace(const E& a) {
  detail::checked_square(let(a), "trace: the matrix is # × #");
  return sum(diagonal(a));
}

// ---- scalings by a diagonal: formulas, nothing is stored ----

namespace detail {
inline void check_scaling(int expected, int found) {
  if (expected != found)
    Tape::current().reject_all("a diagonal of # numbers is expected, # are given", expected, found);
}
}  // namespace detail
/// diag(v) A.
template <Sequenced V, Matrices A>
auto diag_pre_multiply(const V& v, const A& a) {
  const Extent extent = a.extent();
  detail::check_scaling(extent.rows, v.extent().rows);
  return elt_multiply(rearranged<Shape::matrix>(let(v), Spreading{extent.cols}, extent), a);
}
/// A diag(v).
template <Matrices A, Sequenced V>
auto diag_post_multiply(const A& a, const V& v) {
  const Extent extent = a.extent();
  detail::check_scaling(extent.cols, v.extent().rows);
  return elt_multiply(a, rearranged<Shape::matrix>(let(v), Repeating{extent.cols}, extent));
}
/// diag(v) A diag(v).
template <Matrices A, Sequenced V>
auto quad_form_diag(const A& a, const V& v) {
  const auto scale = let(v);
  return diag_pre_multiply(scale, diag_post_multiply(a, scale));
}

// ---- quadratic forms ----

/// Bᵀ A B; a scalar when B is a vector.
template <Matrices A, Container B>
auto quad_form(const A& left, const B& right) {
  const auto a = let(left);
  const auto b = let(right);
  detail::checked_square(a, "quad_form: the matrix is # × #");
  if constexpr (B::shape == Shape::matrix)
    return dense_multiply(let(transpose(b)), dense_multiply(a, b));
  else
    return let(dot_product(b, dense_multiply(a, b)));
}
/// The same for a symmetric A; the result is symmetric to the last bit. A lane that is not symmetric is refused.
template <Matrices A, Container B>
auto quad_form_sym(const A& left, const B& right) {
  const auto a = let(left);
  detail::checked_square(a, "quad_form_sym: the matrix is # × #");
  detail::check_symmetric(a, "quad_form_sym: the matrix is not symmetric");
  if constexpr (B::shape == Shape::matrix) {
    const auto q = quad_form(a, right);
    return let(0.5 * (q + transpose(q)));
  } else {
    return quad_form(a, right);
  }
}
/// tr(Bᵀ A B) and tr(D Bᵀ A B).
template <Matrices A, Matrices B>
auto trace_quad_form(const A& left, const B& right) {
  const auto b = let(right);
  detail::checked_square(let(left), "trace_quad_form: the matrix is # × #");
  return let(sum(elt_multiply(b, dense_multiply(let(left), b))));
}
template <Matrices A, Sequenced B>
auto trace_quad_form(const A& left, const B& right) {
  return quad_form(left, right);
}
template <Matrices D, Matrices A, Matrices B>
auto trace_gen_quad_form(const D& weights, const A& left, const B& right) {
  const auto b = let(right);
  const auto d = let(weights);
  detail::checked_square(d, "trace_gen_quad_form: the weights are # × #");
  return let(sum(elt_multiply(dense_multiply(b, let(transpose(d))), dense_multiply(let(left), b))));
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
