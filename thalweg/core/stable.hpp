// Functions of exponentials and logarithms that neither overflow nor cancel.
#pragma once
#include "thalweg/core/exp_log.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

template <class R>
THALWEG_INLINE R logistic(R x) {
  const R e = exp(-abs(x));
  return select(x < 0.0, e, all_of<R>(1.0)) / (1.0 + e);
}
template <class R>
THALWEG_INLINE R logit(R p) {
  const R near_half = p - 0.5;  // exact for ¼ ≤ p ≤ 1, where log((1 + 2h)/(1 − 2h)) needs it
  const R middle = log1p(4.0 * near_half / (1.0 - 2.0 * near_half));
  return select(abs(near_half) < 0.25, middle, log(p) - log1p(-p));
}
template <class R>
THALWEG_INLINE R log1p_exp(R x) {
  return max(R{}, x) + log1p(exp(-abs(x)));
}
template <class R>
THALWEG_INLINE R log_logistic(R x) {
  return -log1p_exp(-x);
}
template <class R>
THALWEG_INLINE R log1m_exp(R x) {
  const R u = -expm1(x), v = -exp(x);  // 1 − eˣ = u = 1 + v: u near 0, v far from it
  const auto near = x > -0.6931471805599453;
  const auto a = log_argument(u), b = log1p_argument(v);
  const R y = log_of_reduced(select(near, a.f, b.f), select(near, a.k, b.k));
  return log_special(u, select(v > -0x1p-54, v, y));
}
template <class R>
THALWEG_INLINE R log1m(R x) {
  return log1p(-x);
}
template <class R>
THALWEG_INLINE R log_sum_exp(R a, R b) {
  const R apart = select(a == b, R{}, abs(a - b));
  return max(a, b) + log1p(exp(-apart));
}
template <class R>
THALWEG_INLINE R log_diff_exp(R a, R b) {
  const R y = a + log1m_exp(b - a);
  return select(b == -infinity, a, y);
}
}  // namespace kernel

/// 1 / (1 + e⁻ˣ), full relative accuracy in the lower tail. Within 2.3 ulp.
THALWEG_UNARY(logistic)
/// log(p / (1 − p)); −∞ at 0, ∞ at 1, NaN outside. Within 2.5 ulp.
THALWEG_UNARY(logit)
/// log(1 + eˣ), also called softplus. Within 1.8 ulp.
THALWEG_UNARY(log1p_exp)
/// log(1 / (1 + e⁻ˣ)) = −log1p_exp(−x). Within 1.8 ulp.
THALWEG_UNARY(log_logistic)
/// log(1 − eˣ) for x ≤ 0; −∞ at 0, NaN above. Within 2.2 ulp. Source: Mächler (2012), Rmpfr vignette "log1mexp".
THALWEG_UNARY(log1m_exp)
/// log(1 − x). Within 1.2 ulp.
THALWEG_UNARY(log1m)
/// log(eᵃ + eᵇ). Within 2·2⁻⁵² of max(1, |result|): where the terms cancel the result is near 0.
THALWEG_BINARY(log_sum_exp)
/// log(eᵃ − eᵇ) for a ≥ b; −∞ where they are equal, NaN for a < b and for a = b = ∞.
THALWEG_BINARY(log_diff_exp)

/// Numbers that carry their derivative along a direction (Dual of autodiff/dual.hpp).
template <class R>
concept CarriesTangent = requires(const R& x) {
  x.value;
  x.tangent;
};
/// a · b with 0 · anything = 0, as in 0 · log 0. Where a = 0 moves, the slope b · ȧ stays.
template <class R>
THALWEG_INLINE R product_or_zero(const R& a, const R& b) {
  if constexpr (CarriesTangent<R>) {
    using V = std::remove_cvref_t<decltype(a.value)>;
    const auto none = a.value == V(0.0), still = a.tangent == V(0.0);
    return R(product_or_zero(a.value, b.value),
             select(none, V(0.0), a.value * b.tangent) + select(still, V(0.0), a.tangent * b.value));
  } else {
    return select(a == R(0.0), R(0.0), a * b);
  }
}

/// The names that statistics uses.
template <class Real>
THALWEG_INLINE Real inv_logit(const Real& x) {
  return logistic(x);
}
template <class Real>
THALWEG_INLINE Real softplus(const Real& x) {
  return log1p_exp(x);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
