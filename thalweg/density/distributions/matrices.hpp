// Distributions of matrices: LKJ correlations, by their Cholesky factor or whole, and the Wishart and its inverse.
//
// Contract  as in multi_normal.hpp: `value<Keep>` is the log density and leaves in its panels what `pullback` needs,
//           which adds to the adjoints that have a place. Only lower triangles are read; adjoints of symmetric matrices
//           are symmetric.
#pragma once
#include "thalweg/density/distributions/multi_normal.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Minus the log of ∫ |R|^(η−1) dR over the correlation matrices of order d, and its slope in η.
/// Source: D. Lewandowski, D. Kurowicka & H. Joe (2009), J. Multivar. Anal. 100(9), 1989–2001.
template <class T>
T lkj_constant(const T& eta, int d) {
  T value = (d - 1.0) * lgamma(eta + 0.5 * (d - 1));
  for (int k = 1; k < d; ++k) value -= lgamma(eta + 0.5 * (d - 1 - k)) + 0.5 * k * log_pi;
  return value;
}
template <class T>
T lkj_constant_slope(const T& eta, int d) {
  T slope = (d - 1.0) * digamma(eta + 0.5 * (d - 1));
  for (int k = 1; k < d; ++k) slope -= digamma(eta + 0.5 * (d - 1 - k));
  return slope;
}

/// LkjCorrCholesky(L | η): the density of L when L Lᵀ is LKJ(η) distributed, Π_{k≥2} L_kk^(d−k+2η−2) up to a constant.
struct LkjCorrCholesky {
  static constexpr const char* name = "lkj_corr_cholesky";
  template <class Keep, class T, class U>
  static Widest<T, U> value(const Panel<const T>& factor, const U& eta, int d) {
    using R = Widest<T, U>;
    R value(0.0);
    if constexpr (Keep::template terms<1>()) value += R(lkj_constant(eta, d));
    if constexpr (Keep::template terms<0, 1>())
      for (int k = 1; k < d; ++k)
        value += product_or_zero(R(2.0 * eta + static_cast<double>(d - k - 3)), R(log(factor(k, k))));
    return value;
  }
  template <class T, class U>
  static void pullback(const Widest<T, U>& adjoint, const Panel<const T>& factor, const U& eta,
                       const Panel<Widest<T, U>>& factor_adjoint, Widest<T, U>* eta_adjoint, int d) {
    using R = Widest<T, U>;
    if (factor_adjoint.data)
      for (int k = 1; k < d; ++k)
        factor_adjoint(k, k) += adjoint * (2.0 * eta + static_cast<double>(d - k - 3)) / factor(k, k);
    if (eta_adjoint) {
      R slope(lkj_constant_slope(eta, d));
      for (int k = 1; k < d; ++k) slope += 2.0 * log(factor(k, k));
      *eta_adjoint += adjoint * slope;
    }
  }
};

/// LkjCorr(R | η) = c |R|^(η−1). `factor` holds R and gets its Cholesky factor.
struct LkjCorr {
  static constexpr const char* name = "lkj_corr";
  template <class Keep, class T, class U>
  static Widest<T, U> value(const Panel<T>& factor, const U& eta, int d, Mask<T>& failed) {
    using R = Widest<T, U>;
    failed = kernels::cholesky(factor, d);
    R value(0.0);
    if constexpr (Keep::template terms<1>()) value += R(lkj_constant(eta, d));
    if constexpr (Keep::template terms<0, 1>()) value += 2.0 * R(eta - 1.0) * log_diagonal(Panel<const T>(factor), d);
    return value;
  }
  /// `work` and `inverse` [d, d] are overwritten.
  template <class T, class U>
  static void pullback(const Widest<T, U>& adjoint, const Panel<const T>& factor, const U& eta,
                       const Panel<Widest<T, U>>& work, const Panel<Widest<T, U>>& inverse,
                       const Panel<Widest<T, U>>& corr_adjoint, Widest<T, U>* eta_adjoint, int d) {
    using R = Widest<T, U>;
    if (corr_adjoint.data) {
      inverse_from_factor(factor, work, inverse, d);
      const R scale = adjoint * (eta - 1.0);
      for (int i = 0; i < d; ++i)
        for (int j = 0; j < d; ++j) corr_adjoint(i, j) = fma(scale, inverse(i, j), corr_adjoint(i, j));
    }
    if (eta_adjoint) *eta_adjoint += adjoint * (lkj_constant_slope(eta, d) + 2.0 * log_diagonal(factor, d));
  }
};

/// log Γ_d(x) = d(d−1)/4 log π + Σ log Γ(x − j/2), j = 0 … d−1, and its slope.
template <class T>
T log_multigamma(int d, const T& x) {
  T value(0.25 * d * (d - 1) * log_pi);
  for (int j = 0; j < d; ++j) value += lgamma(x - 0.5 * j);
  return value;
}
template <class T>
T multigamma_slope(int d, const T& x) {
  T slope(0.0);
  for (int j = 0; j < d; ++j) slope += digamma(x - 0.5 * j);
  return slope;
}

/// Wishart(W | ν, S) = |W|^((ν−d−1)/2) exp(−½ tr S⁻¹W) / (2^(νd/2) |S|^(ν/2) Γ_d(ν/2)), ν > d − 1; and the inverse
/// Wishart, |S|^(ν/2) |W|^(−(ν+d+1)/2) exp(−½ tr S W⁻¹) / (2^(νd/2) Γ_d(ν/2)). All arguments are of one type here.
template <bool inverse>
struct WishartFamily {
  static constexpr const char* name = inverse ? "inv_wishart" : "wishart";
  /// What is kept between value and pullback: Cholesky factors of W and S (given W and S), and L_D⁻¹ L_N for the trace
  /// tr D⁻¹N, where (D, N) is (S, W), or (W, S) for the inverse; and two panels to work in. All [d, d].
  template <class R>
  struct Panels {
    Panel<R> w, s, ratio, work, other;
  };
  template <class Keep, class R>
  static R value(const Panels<R>& p, const R& nu, int d, Mask<R>& failed) {
    const auto bad_w = kernels::cholesky(p.w, d), bad_s = kernels::cholesky(p.s, d);
    failed = bad_w || bad_s;
    const auto &bottom = inverse ? p.w : p.s, &top = inverse ? p.s : p.w;
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) p.ratio(i, j) = j <= i ? top(i, j) : R(0.0);
    kernels::solve_lower(bottom, p.ratio, d, d);
    R trace(0.0);
    for (int j = 0; j < d; ++j) trace += column_square(p.ratio, d, j);
    R value = -0.5 * trace;
    const R half_log_w = log_diagonal(Panel<const R>(p.w), d), half_log_s = log_diagonal(Panel<const R>(p.s), d);
    if constexpr (Keep::template terms<0, 1>()) value += power(nu, d) * half_log_w;
    if constexpr (Keep::template terms<1, 2>()) value += (inverse ? nu : -nu) * half_log_s;
    if constexpr (Keep::template terms<1>()) value -= 0.5 * ln2 * d * nu + log_multigamma(d, R(0.5 * nu));
    return value;
  }
  template <class R>
  static void pullback(const R& adjoint, const Panels<R>& p, const R& nu, const Panel<R>& w_adjoint, R* nu_adjoint,
                       const Panel<R>& s_adjoint, int d) {
    const R half_log_w = log_diagonal(Panel<const R>(p.w), d), half_log_s = log_diagonal(Panel<const R>(p.s), d);
    if (nu_adjoint) {
      const R logs = inverse ? half_log_s - half_log_w : half_log_w - half_log_s;
      *nu_adjoint += adjoint * (logs - 0.5 * (ln2 * d + multigamma_slope(d, R(0.5 * nu))));
    }
    const auto &bottom = inverse ? p.w : p.s, &top = inverse ? p.s : p.w;
    const auto &bottom_adjoint = inverse ? w_adjoint : s_adjoint, &top_adjoint = inverse ? s_adjoint : w_adjoint;
    const R bottom_power = inverse ? power(nu, d) : -nu, top_power = inverse ? nu : power(nu, d);
    const R half = 0.5 * adjoint;
    // D̄ += ½(D⁻¹ N D⁻¹ + p D⁻¹),  N̄ += ½(p′ N⁻¹ − D⁻¹)
    inverse_from_factor(Panel<const R>(bottom), p.work, p.other, d);
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) {
        if (bottom_adjoint.data) bottom_adjoint(i, j) += half * bottom_power * p.other(i, j);
        if (top_adjoint.data) top_adjoint(i, j) -= half * p.other(i, j);
      }
    if (bottom_adjoint.data) {
      kernels::copy(p.work, p.ratio, d, d);
      kernels::solve_upper(bottom.transposed(), p.work, d, d);
      kernels::fill(p.other, d, d, R(0.0));
      kernels::add(p.other, Panel<const R>(p.work), Panel<const R>(p.work).transposed(), d, d, d);
      for (int i = 0; i < d; ++i)
        for (int j = 0; j < d; ++j) bottom_adjoint(i, j) += half * p.other(i, j);
    }
    if (top_adjoint.data) {
      inverse_from_factor(Panel<const R>(top), p.work, p.other, d);
      for (int i = 0; i < d; ++i)
        for (int j = 0; j < d; ++j) top_adjoint(i, j) += half * top_power * p.other(i, j);
    }
  }

 private:
  /// Twice the power of |W|.
  template <class R>
  static R power(const R& nu, int d) {
    return inverse ? -(nu + (d + 1.0)) : nu - (d + 1.0);
  }
};
using Wishart = WishartFamily<false>;
using InvWishart = WishartFamily<true>;

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
