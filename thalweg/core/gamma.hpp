// The logarithm of the gamma function, its derivatives, and what is made of them.
#pragma once
#include "thalweg/core/exp_log.hpp"
#include "thalweg/core/trigonometric.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// log Γ(x) − ((x − ½) log x − x + ½ log 2π) for x ≥ 8: minimax in 1/x², error 2⁻⁶⁰ relative to log Γ.
template <class R>
THALWEG_INLINE R stirling_correction(R x) {
  const R w = 1.0 / x;
  return w * polynomial(w * w, 0.005069267870359486, -0.001890540812528264, 0.0008414728637203513,
                        -0.0005952366070602357, 0.0007936507898352105, -0.0027777777777740994, 0.08333333333333333);
}
/// log Γ(2 + y) / y for 2 + y between 1.4142 and 2.5; minimax, error 2⁻⁵⁵.
template <class R>
THALWEG_INLINE R log_gamma_near_two(R y) {
  return polynomial(y, 1.1473136034969285e-07, -1.1866099315118679e-07, 1.423002484518114e-07, -4.479013075349587e-07,
                    9.88435366498419e-07, -2.036630304390455e-06, 4.3659395353140975e-06, -9.440569518065197e-06,
                    2.050865537857692e-05, -4.49260381772326e-05, 9.945737050871912e-05, -0.0002231547779565593,
                    0.0005096695330534703, -0.0011927539106745338, 0.0028905103304765036, -0.007385551028700456,
                    0.020580808427788422, -0.06735230105319784, 0.3224670334241132, 0.42278433509846713);
}
/// log Γ for x > 0. Below 8 the argument is moved to 2 + y, where y is exact, by the product of the factors between;
/// the root at 2 is met by y, the root at 1 by x − 1 = y with log x = y − correction.
template <class R>
THALWEG_INLINE R log_gamma_of_positive(R x) {
  const auto large = x >= 8.0, up1 = x < 1.4142, up2 = x < 0.5;
  R y = x - 2.0, product = all_of<R>(1.0);
  for (int i = 1; i <= 6; ++i) {  // 2.5 … 8 down
    const auto down = (y > 0.5) & (x < 8.0);
    product = select(down, product * (x - i), product);
    y = select(down, y - 1.0, y);
  }
  product = select(up2, x * (x + 1.0), select(up1, x, product));
  y = select(large, R{}, select(up2, x, select(up1, x - 1.0, y)));
  const auto [f, k] = log_argument(select(large, x, product));
  const R correction = log_correction(f, k), l = fma(k, all_of<R>(ln2), f - correction);
  const R bounded = select(large, x, all_of<R>(8.0));
  const R stirling = fma(bounded - 0.5, l - 1.0, stirling_correction(bounded) + 0.41893853320467274178);
  const R p = log_gamma_near_two(y);
  const R near = select((f == y) & up1 & (x >= 0.5), fma(y, p - 1.0, correction), fma(y, p, select(up1, -l, l)));
  return select(large, stirling, near);
}
template <class R>
THALWEG_INLINE R lgamma(R x) {
  const R a = abs(x);
  const auto negative = x < 0.0;
  R y = log_gamma_of_positive(a);
  if (any(negative)) {  // Γ(−a) Γ(a) = −π / (a sin πa)
    const R sine = abs(sine_cosine(reduce_turns(0.5 * select(a < 0x1p53, a, R{}))).sine);
    const R reflected = 0x1.250d048e7a1bdp0 - (log(sine * a) + y);
    y = select(negative & (a > 0x1p-60), select(a < 0x1p53, reflected, all_of<R>(infinity)), y);
  }
  return select(x == x, select((a == 0.0) | (a == infinity), all_of<R>(infinity), y), x);
}

/// ψ(x) / (x − x₀) for 1 ≤ x ≤ 2 as a polynomial in y = x − 1.5, minimax, error 2⁻⁵³; x₀ is the root.
template <class R>
THALWEG_INLINE R digamma_quotient(R y) {
  return polynomial(y, -0.0001765613134725252, 0.0002598512842874775, -0.00014697983205375905, 0.00022702548150568412,
                    -0.0004847291674580556, 0.0007234367226215235, -0.0010368424857965333, 0.0015565994462087265,
                    -0.002345420718858119, 0.003519012126448631, -0.00527994626355215, 0.007926944018670907,
                    -0.011908219418987728, 0.017907252481334745, -0.026975796691272338, 0.04076083381081638,
                    -0.06192213327469532, 0.0949887244549724, -0.14840492305389008, 0.24054248424077398,
                    -0.4236274212814606, 0.951055876031833);
}
/// ψ for x > 0: near its root as (x − x₀) times a polynomial, with x moved to [1, 2] by the sum of reciprocals.
template <class R>
THALWEG_INLINE R digamma_of_positive(R x) {
  const auto large = x >= 8.0, up = x < 1.0;
  const R w = 1.0 / select(large, x, all_of<R>(8.0)), ww = w * w;
  const auto [f, k] = log_argument(select(large, x, all_of<R>(8.0)));
  const R tail = polynomial(ww, 0.06367566062618281, -0.02070052948272449, 0.007571734383926698, -0.004166645186518205,
                            0.003968253913288597, -0.008333333333280431, 0.08333333333333333);
  const R far = log_of_reduced(f, k) - fma(0.5 * w, all_of<R>(1.0), ww * tail);
  // the sum of 1/(x − i) as a fraction, or −1/x
  R z = select(large, all_of<R>(1.5), x), top = R{}, bottom = all_of<R>(1.0);
  for (int i = 1; i <= 6; ++i) {
    const auto down = z > 2.0;
    z = select(down, z - 1.0, z);
    top = select(down, fma(top, z, bottom), top);
    bottom = select(down, bottom * z, bottom);
  }
  top = select(up, all_of<R>(-1.0), top);
  bottom = select(up, x, bottom);
  const R moved = select(up, x + 1.0, z);
  // x − x₀ from the exact x where x + 1 is rounded
  const R distance = (select(up, x - (0x1.762d86356be3fp0 - 1.0), z - 0x1.762d86356be3fp0)) - 0x1.b86a722197829p-54;
  const R near = fma(distance, digamma_quotient(moved - 1.5), top / bottom);
  return select(large, far, near);
}
template <class R>
THALWEG_INLINE R digamma(R x) {
  const R a = abs(x);
  const auto negative = x < 0.0;
  R y = digamma_of_positive(a);
  if (any(negative)) {  // ψ(−a) = ψ(a) + 1/a + π cot πa
    const auto t = sine_cosine(reduce_turns(0.5 * select(a < 0x1p53, a, R{})));
    const R reflected = y + (1.0 / a + pi * t.cosine / t.sine);
    const auto pole = (t.sine == 0.0) | (a >= 0x1p53);
    y = select(negative, select(pole, all_of<R>(not_a_number), select(a < 0x1p-60, 1.0 / a, reflected)), y);
  }
  y = select(a == 0.0, copy_sign(all_of<R>(infinity), -x), y);
  return select(x == x, select(x == infinity, x, y), x);
}

/// ψ′ for x > 0: below 8, eight reciprocal squares are summed as one fraction and the argument moved up.
template <class R>
THALWEG_INLINE R trigamma_of_positive(R x) {
  const auto small = x < 8.0;
  R top = R{}, bottom = all_of<R>(1.0);
  for (int i = 1; i < 8; ++i) {
    const R z = x + i, zz = z * z;
    top = fma(top, zz, bottom);
    bottom = bottom * zz;
  }
  const R first = 1.0 / x, moved = select(small, x + 8.0, x);
  const R w = 1.0 / moved, ww = w * w;
  const R tail = polynomial(ww, -4.582620792498203, 1.1097609312915229, -0.2524033112437931, 0.07575255556551308,
                            -0.03333331386073842, 0.023809523772230674, -0.03333333333330605, 0.16666666666666666);
  const R far = w + fma(w * ww, tail, 0.5 * ww);
  return select(small, far + top / bottom + first * first, far);
}
template <class R>
THALWEG_INLINE R trigamma(R x) {
  const R a = abs(x);
  const auto negative = x < 0.0;
  R y = trigamma_of_positive(a);
  if (any(negative)) {  // ψ′(−a) = π²/sin² πa − ψ′(1 + a), and ψ′(1 + a) = ψ′(a) − 1/a²
    const R sine = sine_cosine(reduce_turns(0.5 * select(a < 0x1p53, a, R{}))).sine;
    const R cosecant = pi / sine, reflected = cosecant * cosecant - (y - 1.0 / (a * a));
    y = select(negative & (a > 0x1p-60), select(a < 0x1p53, reflected, all_of<R>(infinity)), y);
  }
  return y;
}

/// log Γ(b) − log Γ(a + b) for b ≥ 8 and a > 0, without the cancellation.
template <class R>
THALWEG_INLINE R log_gamma_drop(R a, R b) {
  const R s = a + b;
  return (stirling_correction(b) - stirling_correction(s)) + (fma(b - 0.5, log1p(-a / s), a) - a * log(s));
}
template <class R>
THALWEG_INLINE R lbeta(R x, R y) {
  const R a = min(x, y), b = max(x, y), s = x + y;
  const auto both_large = a >= 8.0, one_large = b >= 8.0;
  const R safe_a = select(both_large, a, all_of<R>(8.0)), safe_b = select(one_large, b, all_of<R>(8.0));
  const R ratio = safe_a / safe_b;
  // Stirling for all three; for two, with log Γ(a) itself; or none
  const R corrections =
      stirling_correction(safe_a) + (stirling_correction(safe_b) - stirling_correction(safe_a + safe_b));
  const R three = fma(safe_a - 0.5, log(ratio / (1.0 + ratio)),
                      (corrections + 0.91893853320467274178) - fma(safe_b, log1p(ratio), 0.5 * log(safe_b)));
  const R lg_a = log_gamma_of_positive(a);
  const R two = lg_a + log_gamma_drop(a, safe_b);
  const R none = lg_a + (log_gamma_of_positive(b) - log_gamma_of_positive(s));
  const R z = select(both_large, three, select(one_large, two, none));
  const R inside = select(a == 0.0, all_of<R>(infinity), select(b == infinity, all_of<R>(-infinity), z));
  return select((a >= 0.0) & (s == s), inside, all_of<R>(not_a_number));
}
}  // namespace kernel

/// log |Γ(x)|. Within 4 ulp for x > 0, beside the roots 1 and 2 too; for x < 0 within 5·2⁻⁵² of max(1, |log Γ|). ∞ at
/// 0, −1, −2, …
THALWEG_UNARY(lgamma)
/// ψ(x) = Γ′(x)/Γ(x). Within 4 ulp for x > 0, near the root 1.4616 too; for x < 0 within 20·2⁻⁵² of
/// max(1, |ψ|). NaN at −1, −2, …
THALWEG_UNARY(digamma)
/// ψ′(x). Within 4 ulp for x > 0.
THALWEG_UNARY(trigamma)
/// log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b) for a, b ≥ 0, without the cancellation at large arguments. In units
/// of 2⁻⁵² max(1, |log B|): within 3 when both are above 8, within 6 when one is, within 25 when none is.
THALWEG_BINARY(lbeta)

}  // namespace THALWEG_ISA
}  // namespace thalweg
