// Distributions on a bounded interval.
#pragma once
#include "thalweg/density/distributions/gamma_functions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace distribution {

/// Beta(y | α, β) = y^(α−1) (1−y)^(β−1) / B(α, β) for 0 ≤ y ≤ 1.
struct Beta : Distribution<role::Outcome, role::Shape, role::Shape> {
  static constexpr const char* name = "beta";
  template <class R>
  struct Prepared {
    using Real = R;
    R value, log, log1m;
  };
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    const auto r = real_of(x);
    if constexpr (i == 0)
      return Prepared<decltype(real_of(x))>{r, log(r), log1m(r)};
    else
      return r;
  }
  /// log B(α, β) and its partials.
  template <class R>
  struct Joint {
    R log_beta, slope_a, slope_b;
  };
  template <class A, class B>
  THALWEG_INLINE static auto joint(const A& alpha, const B& beta) {
    return Joint<Widest<A, B>>{lbeta(alpha, beta), -digamma_difference(alpha, beta), -digamma_difference(beta, alpha)};
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta) {
    return term<Keep>(y, alpha, beta, joint(alpha, beta));
  }
  template <class Keep, class Y, class A, class B, class J>
  THALWEG_INLINE static auto term(const Y& y, const A& alpha, const B& beta, const J& joint) {
    using R = Widest<Y, A, B>;
    const R a = R(alpha) - 1.0, b = R(beta) - 1.0;
    R value(0.0);
    if constexpr (Keep::template terms<1, 2>()) value -= R(joint.log_beta);
    if constexpr (Keep::template terms<0, 1>()) value += product_or_zero(a, R(y.log));
    if constexpr (Keep::template terms<0, 2>()) value += product_or_zero(b, R(y.log1m));
    const R v(y.value);
    const R slope_y = product_or_zero(a, 1.0 / v) - product_or_zero(b, 1.0 / (1.0 - v));
    return in_support(v >= R(0.0) && v <= R(1.0),
                      Term<R, 3>{value, {slope_y, y.log - joint.slope_a, y.log1m - joint.slope_b}});
  }
};

/// Uniform(y | a, b) = 1 / (b − a) for a ≤ y ≤ b; b ≤ a leaves no support.
struct Uniform : Distribution<role::Outcome, role::Bound, role::Bound> {
  static constexpr const char* name = "uniform";
  template <class R>
  struct Joint {
    R log_width, inverse;
  };
  template <class A, class B>
  THALWEG_INLINE static auto joint(const A& a, const B& b) {
    const Widest<A, B> width = b - a;
    return Joint<Widest<A, B>>{log(width), 1.0 / width};
  }
  template <class Keep, class Y, class A, class B>
  THALWEG_INLINE static auto term(const Y& y, const A& a, const B& b) {
    return term<Keep>(y, a, b, joint(a, b));
  }
  template <class Keep, class Y, class A, class B, class J>
  THALWEG_INLINE static auto term(const Y& y, const A& a, const B& b, const J& joint) {
    using R = Widest<Y, A, B>;
    R value(0.0);
    if constexpr (Keep::template terms<1, 2>()) value -= R(joint.log_width);
    const R inverse(joint.inverse);
    return in_support(R(a) <= R(y) && R(y) <= R(b) && R(a) < R(b), Term<R, 3>{value, {R(0.0), inverse, -inverse}});
  }
};

/// Beta by its mean and concentration: Beta(y | μκ, (1 − μ)κ).
struct BetaProportion : Distribution<role::Outcome, role::OpenProbability, role::Shape> {
  static constexpr const char* name = "beta_proportion";
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return Beta::prepare<i>(x);
  }
  template <class M, class K>
  THALWEG_INLINE static auto joint(const M& mu, const K& kappa) {
    using R = Widest<M, K>;
    return Beta::joint(R(mu * kappa), R((1.0 - mu) * kappa));
  }
  template <class Keep, class Y, class M, class K>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const K& kappa) {
    return term<Keep>(y, mu, kappa, joint(mu, kappa));
  }
  template <class Keep, class Y, class M, class K, class J>
  THALWEG_INLINE static auto term(const Y& y, const M& mu, const K& kappa, const J& joint) {
    using R = Widest<Y, M, K>;
    const R a = R(mu * kappa) - 1.0, b = R((1.0 - mu) * kappa) - 1.0, v(y.value);
    R value(0.0);
    if constexpr (Keep::template terms<1, 2>()) value -= R(joint.log_beta);
    value += product_or_zero(a, R(y.log)) + product_or_zero(b, R(y.log1m));
    const R slope_y = product_or_zero(a, 1.0 / v) - product_or_zero(b, 1.0 / (1.0 - v));
    const R slope_a = y.log - joint.slope_a, slope_b = y.log1m - joint.slope_b;
    return in_support(v > R(0.0) && v < R(1.0),
                      Term<R, 3>{value, {slope_y, kappa * (slope_a - slope_b), mu * slope_a + (1.0 - mu) * slope_b}});
  }
};

}  // namespace distribution
}  // namespace THALWEG_ISA
}  // namespace thalweg
