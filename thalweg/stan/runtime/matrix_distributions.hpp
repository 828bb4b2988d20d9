// Random matrices: correlation matrices (LKJ) and covariance matrices (Wishart), by themselves or by their factors.
#pragma once
#include "thalweg/stan/runtime/multivariate.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// log of ∫ |R|^(η−1) dR over correlation matrices of K rows, with the sign of a term of the log density:
/// Σ_{k<K} [log Γ(η + (K−1)/2) − k/2 log π − log Γ(η + (K−1−k)/2)].
/// Source  Lewandowski, Kurowicka & Joe (2009), J. Multivar. Anal. 100, 1989–2001.
template <class E>
auto lkj_constant(const E& eta, int size) {
  auto value = let((size - 1.0) * lgamma(eta + 0.5 * (size - 1)));
  for (int k = 1; k < size; ++k) value = let(value - (0.5 * k * log_pi + lgamma(eta + 0.5 * (size - 1 - k))));
  return value;
}
/// Σₖ wₖ log L[k, k] with wₖ = first + k · step; L's diagonal must be positive.
template <Matrices L, class First>
auto weighted_log_diagonal(const L& l, const First& first, double step) {
  const auto weights = make_unset_sequence<Vector<double>>(l.rows);
  for (int k = 0; k < l.rows; ++k) weights.storage.data[k] = k * step;
  return let(sum(elt_multiply(weights + first, log(diagonal(l)))));
}
/// log Γ_k(ν/2) + ν k/2 log 2.
template <class N>
auto wishart_constant(const N& nu, int size) {
  auto value = let(0.5 * size * ln2 * nu + 0.25 * size * (size - 1.0) * log_pi);
  for (int j = 0; j < size; ++j) value = let(value + lgamma(0.5 * (nu - static_cast<double>(j))));
  return value;
}
template <class N>
void check_wishart(const N& nu, int rows, int scale_rows) {
  if (rows != scale_rows)
    Tape::current().reject_all("sizes of outcome and scale do not match: # and #", rows, scale_rows);
  check_each(nu, "wishart: degrees of freedom must be finite and more than rows - 1",
             [rows](const auto& v) { return v > rows - 1.0 && v < infinity; });
}
}  // namespace detail

/// The factor L of a correlation matrix R = L Lᵀ with density ∝ |R|^(η−1): Σₖ (K − k + 2η − 2) log L[k, k], k from 1.
template <bool propto = false, Matrices E, class S>
auto lkj_corr_cholesky_lpdf(const E& factor, const S& shape) {
  if constexpr (!detail::keeps<propto, E, S>) {
    return 0.0;
  } else {
    const auto eta = let(shape);
    detail::check_each(eta, "lkj_corr_cholesky: shape must be positive and finite", detail::is_positive);
    const auto l = detail::checked_factor(factor, factor.extent().rows);
    if (l.rows == 0) return decltype(detail::weighted_log_diagonal(l, 2.0 * eta, -1.0))(0.0);
    const auto value = detail::weighted_log_diagonal(l, 2.0 * eta + (l.rows - 3.0), -1.0);
    if constexpr (detail::keeps<propto, S>)
      return let(value + detail::lkj_constant(eta, l.rows));
    else
      return value;
  }
}
/// A correlation matrix: (η − 1) log |R|.
template <bool propto = false, Matrices E, class S>
auto lkj_corr_lpdf(const E& correlation, const S& shape) {
  if constexpr (!detail::keeps<propto, E, S>) {
    return 0.0;
  } else {
    const auto eta = let(shape);
    detail::check_each(eta, "lkj_corr: shape must be positive and finite", detail::is_positive);
    const auto l = cholesky_decompose(correlation);
    detail::check_each(let(diagonal(let(correlation))), "lkj_corr: the diagonal of a correlation matrix is 1",
                       [](const auto& v) { return abs(v - 1.0) <= 1e-8; });
    const auto value = let((eta - 1.0) * (2.0 * sum(log(diagonal(l)))));
    if constexpr (detail::keeps<propto, S>)
      return let(value + detail::lkj_constant(eta, l.rows));
    else
      return value;
  }
}

/// W = L Lᵀ given by L, with scale S = A Aᵀ: Wishart(W | ν, S) times the Jacobian of L ↦ W, 2ᵏ Πᵢ L[i, i]^(k−i+1).
template <bool propto = false, Matrices E, class N, Matrices S>
auto wishart_cholesky_lpdf(const E& factor, const N& freedom, const S& scale_factor) {
  if constexpr (!detail::keeps<propto, E, N, S>) {
    return 0.0;
  } else {
    const auto nu = let(freedom);
    const auto l = detail::checked_factor(factor, factor.extent().rows);
    const auto a = detail::checked_factor(scale_factor, scale_factor.extent().rows);
    detail::check_wishart(nu, l.rows, a.rows);
    const double k = l.rows;
    // (ν − k − 1) log|L| of the density and Σ (k − i + 1) log L[i, i] of the Jacobian
    const auto value = let(detail::weighted_log_diagonal(l, nu - 1.0, -1.0) -
                           0.5 * sum(square(mdivide_left_tri_low(a, l))) + (propto ? 0.0 : k * ln2));
    const auto scaled = [&] {
      if constexpr (detail::keeps<propto, N, S>)
        return let(value - nu * sum(log(diagonal(a))));
      else
        return value;
    }();
    if constexpr (detail::keeps<propto, N>)
      return let(scaled - detail::wishart_constant(nu, l.rows));
    else
      return scaled;
  }
}
/// (ν − k − 1)/2 log|W| − ½ tr(S⁻¹W) − ν/2 log|S| − log(2^(νk/2) Γ_k(ν/2)).
template <bool propto = false, Matrices E, class N, Matrices S>
auto wishart_lpdf(const E& outcome, const N& freedom, const S& scale) {
  if constexpr (!detail::keeps<propto, E, N, S>) {
    return 0.0;
  } else {
    const auto nu = let(freedom);
    const auto l = cholesky_decompose(outcome);
    const auto a = cholesky_decompose(scale);
    detail::check_wishart(nu, l.rows, a.rows);
    const double k = l.rows;
    const auto value = let((nu - (k + 1.0)) * sum(log(diagonal(l))) - 0.5 * sum(square(mdivide_left_tri_low(a, l))));
    const auto scaled = [&] {
      if constexpr (detail::keeps<propto, N, S>)
        return let(value - nu * sum(log(diagonal(a))));
      else
        return value;
    }();
    if constexpr (detail::keeps<propto, N>)
      return let(scaled - detail::wishart_constant(nu, l.rows));
    else
      return scaled;
  }
}

/// ν/2 log|S| − (ν + k + 1)/2 log|W| − ½ tr(S W⁻¹) − log(2^(νk/2) Γ_k(ν/2)).
template <bool propto = false, Matrices E, class N, Matrices S>
auto inv_wishart_lpdf(const E& outcome, const N& freedom, const S& scale) {
  if constexpr (!detail::keeps<propto, E, N, S>) {
    return 0.0;
  } else {
    const auto nu = let(freedom);
    const auto l = cholesky_decompose(outcome);
    const auto a = cholesky_decompose(scale);
    detail::check_wishart(nu, l.rows, a.rows);
    const double k = l.rows;
    const auto value = let((-nu - (k + 1.0)) * sum(log(diagonal(l))) - 0.5 * sum(square(mdivide_left_tri_low(l, a))));
    const auto scaled = [&] {
      if constexpr (detail::keeps<propto, N, S>)
        return let(value + nu * sum(log(diagonal(a))));
      else
        return value;
    }();
    if constexpr (detail::keeps<propto, N>)
      return let(scaled - detail::wishart_constant(nu, l.rows));
    else
      return scaled;
  }
}
/// The same of the factor L of W, times the Jacobian of L ↦ W.
template <bool propto = false, Matrices E, class N, Matrices S>
auto inv_wishart_cholesky_lpdf(const E& factor, const N& freedom, const S& scale_factor) {
  if constexpr (!detail::keeps<propto, E, N, S>) {
    return 0.0;
  } else {
    const auto nu = let(freedom);
    const auto l = detail::checked_factor(factor, factor.extent().rows);
    const auto a = detail::checked_factor(scale_factor, scale_factor.extent().rows);
    detail::check_wishart(nu, l.rows, a.rows);
    const double k = l.rows;
    const auto value = let(detail::weighted_log_diagonal(l, -nu - 1.0, -1.0) -
                           0.5 * sum(square(mdivide_left_tri_low(l, a))) + (propto ? 0.0 : k * ln2));
    const auto scaled = [&] {
      if constexpr (detail::keeps<propto, N, S>)
        return let(value + nu * sum(log(diagonal(a))));
      else
        return value;
    }();
    if constexpr (detail::keeps<propto, N>)
      return let(scaled - detail::wishart_constant(nu, l.rows));
    else
      return scaled;
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
