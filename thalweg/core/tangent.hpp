// A number with its slopes, for functions that are computed lane by lane in loops.
#pragma once
#include "thalweg/core/gamma.hpp"
#include "thalweg/core/normal_functions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// A value and its derivatives in n variables. A constant has slopes 0.
template <int n>
struct Tangent {
  double v = 0;
  double d[n] = {};

  Tangent() = default;
  Tangent(double value) : v(value) {}
  static Tangent variable(double value, int index) {
    Tangent t(value);
    t.d[index] = 1;
    return t;
  }
  /// f(x) from its value and its derivative at x.v.
  static Tangent chain(const Tangent& x, double value, double slope) {
    Tangent y(value);
    for (int i = 0; i < n; ++i) y.d[i] = slope * x.d[i];
    return y;
  }
  friend Tangent operator+(const Tangent& a, const Tangent& b) {
    Tangent c(a.v + b.v);
    for (int i = 0; i < n; ++i) c.d[i] = a.d[i] + b.d[i];
    return c;
  }
  friend Tangent operator-(const Tangent& a, const Tangent& b) {
    Tangent c(a.v - b.v);
    for (int i = 0; i < n; ++i) c.d[i] = a.d[i] - b.d[i];
    return c;
  }
  friend Tangent operator-(const Tangent& a) { return 0.0 - a; }
  friend Tangent operator*(const Tangent& a, const Tangent& b) {
    Tangent c(a.v * b.v);
    for (int i = 0; i < n; ++i) c.d[i] = a.d[i] * b.v + a.v * b.d[i];
    return c;
  }
  friend Tangent operator/(const Tangent& a, const Tangent& b) {
    Tangent c(a.v / b.v);
    for (int i = 0; i < n; ++i) c.d[i] = (a.d[i] - c.v * b.d[i]) / b.v;
    return c;
  }
};

template <int n>
Tangent<n> log(const Tangent<n>& x) {
  return Tangent<n>::chain(x, thalweg::log(x.v), 1 / x.v);
}
template <int n>
Tangent<n> exp(const Tangent<n>& x) {
  const double y = thalweg::exp(x.v);
  return Tangent<n>::chain(x, y, y);
}
template <int n>
Tangent<n> log1p(const Tangent<n>& x) {
  return Tangent<n>::chain(x, thalweg::log1p(x.v), 1 / (1 + x.v));
}
template <int n>
Tangent<n> expm1(const Tangent<n>& x) {
  const double y = thalweg::expm1(x.v);
  return Tangent<n>::chain(x, y, y + 1);
}
template <int n>
Tangent<n> sqrt(const Tangent<n>& x) {
  const double y = thalweg::sqrt(x.v);
  return Tangent<n>::chain(x, y, 0.5 / y);
}
/// log Γ(1 + x) for x > 0, to full relative accuracy near 0.
template <int n>
Tangent<n> lgamma1p(const Tangent<n>& x) {
  const double y = x.v < 0.4 ? x.v * log_gamma_near_two(x.v) - thalweg::log1p(x.v) : thalweg::lgamma(1 + x.v);
  return Tangent<n>::chain(x, y, thalweg::digamma(1 + x.v));
}
/// x − log(1 + x) without the cancellation near 0.
template <int n>
Tangent<n> excess_over_log1p(const Tangent<n>& x) {
  const double near = log_correction(x.v, 0.0), far = x.v - thalweg::log1p(x.v);
  return Tangent<n>::chain(x, x.v > -0.29 && x.v < 0.41 ? near : far, x.v / (1 + x.v));
}
/// The correction of Stirling's formula, for x ≥ 8; its derivative is ψ(x) − log x + 1/(2x).
template <int n>
Tangent<n> stirling_correction(const Tangent<n>& x) {
  const double w = 1 / x.v, z = w * w;
  const double slope =
      -z * horner(z, 0.06367566062618281, -0.02070052948272449, 0.007571734383926698, -0.004166645186518205,
                  0.003968253913288597, -0.008333333333280431, 0.08333333333333333);
  return Tangent<n>::chain(x, kernel::stirling_correction(x.v), slope);
}
/// Lentz's method has converged: its step c·d is 1, and its slopes are down to the rounding of those of c and d. (Where
/// a coefficient is 0 the value stands still before its slopes do.)
template <int n>
bool settled(const Tangent<n>& c, const Tangent<n>& d) {
  const Tangent<n> step = c * d;
  bool yes = !(abs(step.v - 1) > 0x1p-53);
  for (int i = 0; i < n; ++i) yes = yes && !(abs(step.d[i]) > 0x1p-51 * (abs(c.d[i] * d.v) + abs(c.v * d.d[i])));
  return yes;
}
/// log(1 − eˣ) for x ≤ 0.
template <int n>
Tangent<n> log1m_exp(const Tangent<n>& x) {
  const double e = thalweg::exp(x.v), u = thalweg::expm1(x.v);
  return Tangent<n>::chain(x, x.v > -0.6931471805599453 ? thalweg::log(-u) : thalweg::log1p(-e), e / u);
}

}  // namespace kernel
}  // namespace THALWEG_ISA
}  // namespace thalweg
