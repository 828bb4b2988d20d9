// Vectors with a joint distribution: multivariate normal and Student t by covariance, factor or precision; Gaussian
// processes; Dirichlet. Outcomes and locations may be one vector or an array of them.
#pragma once
#include "thalweg/autodiff/linear_algebra.hpp"
#include "thalweg/autodiff/products.hpp"
#include "thalweg/density/distributions/kernel.hpp"
#include "thalweg/stan/runtime/checks.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// One vector, or an array of them, as `count` vectors of `size` elements.
template <Sequenced E>
int vector_count(const E&) {
  return -1;  // the same for all
}
template <class E>
int vector_count(const ArrayOf<E>& a) {
  return a.length;
}
template <Sequenced E>
const E& vector_at(const E& e, int) {
  return e;
}
template <class E>
const E& vector_at(const ArrayOf<E>& a, int i) {
  return a.items[i];
}
/// How many outcomes two arguments describe together.
template <class Y, class M>
int outcome_count(const Y& y, const M& m) {
  const int a = vector_count(y), b = vector_count(m);
  if (a >= 0 && b >= 0 && a != b) Tape::current().reject_all("sizes of the arguments do not match: # and #", a, b);
  return a >= 0 ? a : b >= 0 ? b : 1;
}

/// The matrix with a column yₙ − μₙ for each outcome.
template <class Y, class M>
auto residual_columns(const Y& outcomes, const M& locations) {
  const auto y = let(outcomes);
  const auto mu = let(locations);
  using One = std::remove_cvref_t<decltype(vector_at(y, 0))>;
  using Two = std::remove_cvref_t<decltype(vector_at(mu, 0))>;
  using T = std::conditional_t<One::is_variable || Two::is_variable, CommonScalar<One, Two>, double>;
  using Real = typename Matrix<T>::Value;
  const int count = outcome_count(y, mu), n = count == 0 ? 0 : vector_at(y, 0).length;
  const auto result = make_unset_matrix<T>(n, count);
  for (int k = 0; k < count; ++k) {
    const auto& yk = vector_at(y, k);
    const auto& mk = vector_at(mu, k);
    if (yk.length != n || mk.length != n)
      Tape::current().reject_all("sizes of outcome and location do not match: # and #", yk.length, mk.length);
    for (int i = 0; i < n; ++i) set_value(result.storage, i * count + k, Real(value_of(yk[i])) - Real(value_of(mk[i])));
  }
  if constexpr (Matrix<T>::is_variable) {
    using Outcomes = std::remove_cvref_t<decltype(y)>;
    using Locations = std::remove_cvref_t<decltype(mu)>;
    struct Back : Record {
      Outcomes outcomes;
      Locations locations;
      Matrix<T> result;
      static void undo(Back& r) {
        for (int k = 0; k < r.result.cols; ++k)
          for (int i = 0; i < r.result.rows; ++i) {
            const Real& g = r.result.storage.adjoints[i * r.result.cols + k];
            if constexpr (One::is_variable) *vector_at(r.outcomes, k)[i].adjoint_at += g;
            if constexpr (Two::is_variable) *vector_at(r.locations, k)[i].adjoint_at -= g;
          }
      }
    };
    auto& r = Tape::current().record<Back>();
    r.outcomes = y;
    r.locations = mu;
    r.result = result;
  }
  return result;
}

/// The lower triangular factor of a covariance as it is given; its diagonal must be positive.
template <Matrices E>
auto checked_factor(const E& factor, int n) {
  const auto l = let(factor);
  check_square(l);
  if (l.rows != n) Tape::current().reject_all("sizes of outcome and matrix do not match: # and #", n, l.rows);
  check_each(diagonal(l), "the diagonal of a Cholesky factor must be positive", is_positive);
  return l;
}

/// What the multivariate normal distributions share: −½ |z|² summed, ∓ outcomes · Σ log diagonal, and the constant.
template <bool propto, bool keeps_scale, class Z, class L>
auto normal_terms(const Z& z, const L& factor, double sign) {
  const double count = z.cols;
  const double constant = propto ? 0.0 : -2.0 * half_log_two_pi * 0.5 * z.rows * count;
  const auto quadratic = -0.5 * sum(square(z));
  if constexpr (keeps_scale)
    return let(quadratic + sign * count * sum(log(diagonal(factor))) + constant);
  else
    return let(quadratic + constant);
}
}  // namespace detail

/// Σₙ log N(yₙ | μₙ, L Lᵀ).
template <bool propto = false, class Y, class M, Matrices S>
auto multi_normal_cholesky_lpdf(const Y& y, const M& mu, const S& factor) {
  if constexpr (!detail::keeps<propto, Y, M, S>) {
    return 0.0;
  } else {
    const auto r = detail::residual_columns(y, mu);
    const auto l = detail::checked_factor(factor, r.cols == 0 ? factor.extent().rows : r.rows);
    return detail::normal_terms<propto, detail::keeps<propto, S>>(mdivide_left_tri_low(l, r), l, -1.0);
  }
}
/// Σₙ log N(yₙ | μₙ, Σ).
template <bool propto = false, class Y, class M, Matrices S>
auto multi_normal_lpdf(const Y& y, const M& mu, const S& covariance) {
  if constexpr (!detail::keeps<propto, Y, M, S>)
    return 0.0;
  else
    return multi_normal_cholesky_lpdf<propto>(y, mu, cholesky_decompose(covariance));
}
/// Σₙ log N(yₙ | μₙ, Ω⁻¹): with Ω = L Lᵀ the quadratic form is |Lᵀ r|².
template <bool propto = false, class Y, class M, Matrices S>
auto multi_normal_prec_lpdf(const Y& y, const M& mu, const S& precision) {
  if constexpr (!detail::keeps<propto, Y, M, S>) {
    return 0.0;
  } else {
    const auto r = detail::residual_columns(y, mu);
    const auto l =
        detail::checked_factor(cholesky_decompose(precision), r.cols == 0 ? precision.extent().rows : r.rows);
    return detail::normal_terms<propto, detail::keeps<propto, S>>(let(transpose(l) * r), l, 1.0);
  }
}

/// Σₙ log t_ν(yₙ | μₙ, L Lᵀ):  log Γ((ν+d)/2) − log Γ(ν/2) − d/2 log νπ − log |L| − (ν+d)/2 log(1 + |L⁻¹ r|²/ν).
template <bool propto = false, class Y, class N, class M, Matrices S>
auto multi_student_t_cholesky_lpdf(const Y& y, const N& freedom, const M& mu, const S& factor) {
  if constexpr (!detail::keeps<propto, Y, N, M, S>) {
    return 0.0;
  } else {
    const auto nu = let(freedom);
    detail::check_each(nu, "multi_student_t: degrees of freedom must be positive and finite", detail::is_positive);
    const auto r = detail::residual_columns(y, mu);
    const auto l = detail::checked_factor(factor, r.cols == 0 ? factor.extent().rows : r.rows);
    const auto q = columns_dot_self(mdivide_left_tri_low(l, r));
    const double d = r.rows, count = r.cols;
    const auto tail = let(-0.5 * (nu + d) * sum(log1p(q / nu)));
    const double constant = propto ? 0.0 : -0.5 * d * count * log_pi;
    const auto scale = [&] {
      if constexpr (detail::keeps<propto, S>)
        return let(tail - count * sum(log(diagonal(l))));
      else
        return tail;
    }();
    if constexpr (detail::keeps<propto, N>)
      return let(scale + count * (lgamma(0.5 * (nu + d)) - lgamma(0.5 * nu) - 0.5 * d * log(nu)) + constant);
    else
      return let(scale + constant);
  }
}
template <bool propto = false, class Y, class N, class M, Matrices S>
auto multi_student_t_lpdf(const Y& y, const N& nu, const M& mu, const S& covariance) {
  if constexpr (!detail::keeps<propto, Y, N, M, S>)
    return 0.0;
  else
    return multi_student_t_cholesky_lpdf<propto>(y, nu, mu, cholesky_decompose(covariance));
}

/// Rows of y, each normal with covariance L Lᵀ / wₖ.
template <bool propto = false, Matrices Y, Matrices S, Container W>
auto multi_gp_cholesky_lpdf(const Y& outcome, const S& factor, const W& weights) {
  if constexpr (!detail::keeps<propto, Y, S, W>) {
    return 0.0;
  } else {
    const auto y = let(outcome);
    const auto w = let(weights);
    const auto l = detail::checked_factor(factor, y.cols);
    if (w.length != y.rows) Tape::current().reject_all("multi_gp: # rows and # weights", y.rows, w.length);
    detail::check_each(w, "multi_gp: weights must be positive and finite", detail::is_positive);
    const double rows = y.rows, n = y.cols;
    const auto quadratic =
        let(-0.5 * dot_product(columns_dot_self(mdivide_left_tri_low(l, transpose(y))), transpose(w)));
    const double constant = propto ? 0.0 : -half_log_two_pi * rows * n;
    const auto scale = [&] {
      if constexpr (detail::keeps<propto, S>)
        return let(quadratic - rows * sum(log(diagonal(l))));
      else
        return quadratic;
    }();
    if constexpr (detail::keeps<propto, W>)
      return let(scale + 0.5 * n * sum(log(w)) + constant);
    else
      return let(scale + constant);
  }
}
template <bool propto = false, Matrices Y, Matrices S, Container W>
auto multi_gp_lpdf(const Y& y, const S& covariance, const W& w) {
  if constexpr (!detail::keeps<propto, Y, S, W>)
    return 0.0;
  else
    return multi_gp_cholesky_lpdf<propto>(y, cholesky_decompose(covariance), w);
}

namespace detail {
template <bool propto, Container Y, Container A>
auto dirichlet_term(const Y& outcome, const A& prior_counts) {
  const auto theta = let(outcome);
  const auto alpha = let(prior_counts);
  if (theta.length != alpha.length)
    Tape::current().reject_all("dirichlet: # probabilities and # prior counts", theta.length, alpha.length);
  check_simplex(theta, "dirichlet: the outcome must be a simplex");
  check_each(alpha, "dirichlet: prior counts must be positive and finite", is_positive);
  const auto powers = sum(lmultiply(to_vector(alpha) - 1.0, to_vector(theta)));
  if constexpr (keeps<propto, A>)
    return let(powers + lgamma(sum(alpha)) - sum(lgamma(alpha)));
  else
    return let(powers);
}
}  // namespace detail
/// Σₙ [log Γ(Σ αₙ) − Σᵢ log Γ(αₙᵢ) + Σᵢ (αₙᵢ − 1) log θₙᵢ].
template <bool propto = false, class Y, class A>
auto dirichlet_lpdf(const Y& theta, const A& alpha) {
  if constexpr (!detail::keeps<propto, Y, A>) {
    return 0.0;
  } else if constexpr (Container<Y> && Container<A>) {
    return detail::dirichlet_term<propto>(theta, alpha);
  } else {
    const int count = detail::outcome_count(theta, alpha);
    using Term = decltype(detail::dirichlet_term<propto>(detail::vector_at(theta, 0), detail::vector_at(alpha, 0)));
    Term total(0.0);
    for (int n = 0; n < count; ++n)
      total = let(total + detail::dirichlet_term<propto>(detail::vector_at(theta, n), detail::vector_at(alpha, n)));
    return total;
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
