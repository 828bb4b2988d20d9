// A number with its slopes, for functions that are computed lane by lane in loops.
#pragma once
#include "thalweg/core/gamma.hpp"
#include "thalweg/core/normal_functions.hpp"
#include "thalweg/core/stable.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace kernel {

/// A value and its derivatives in n variables, each an S: a double, or a number that carries a tangent of its own
/// (then the derivatives do too, and second derivatives come out). A constant has slopes 0.
template <int n, class S = double>
struct Tangent {
  S v = 0;
  S d[n] = {};

  Tangent() = default;
  Tangent(double value) : v(value) {}
  Tangent(const S& value) requires(!std::is_same_v<S, double>) : v(value) {}
  static Tangent variable(const S& value, int index) {
    Tangent t(value);
    t.d[index] = 1;
    return t;
  }
  /// f(x) from its value and its derivative at x.v.
  static Tangent chain(const Tangent& x, S value, S slope) {
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

/// The number without its tangent.
template <class S>
double plain(const S& x) {
  if constexpr (CarriesTangent<S>)
    return x.value;
  else
    return x;
}
/// f(x) as an S, from its value and its slope at the plain x.
template <class S>
S lifted(const S& x, double value, const S& slope) {
  if constexpr (CarriesTangent<S>)
    return S(value, x.tangent == 0 ? 0.0 : slope.value * x.tangent);
  else
    return value;
}
template <class S>
S log_of(const S& x) {
  return lifted(x, thalweg::log(plain(x)), S(1 / plain(x)));
}
/// One lane of a Real, with its tangent when it carries one; and back.
template <class Real>
auto number_in(const Real& x, int lane) {
  if constexpr (CarriesTangent<Real>)
    return typename Real::One(lane_of(x.value, lane), lane_of(x.tangent, lane));
  else
    return lane_of(x, lane);
}
template <class Real, class S>
void put_number(Real& to, int lane, const S& x) {
  if constexpr (CarriesTangent<Real>) {
    set_lane(to.value, lane, x.value);
    set_lane(to.tangent, lane, x.tangent);
  } else {
    set_lane(to, lane, x);
  }
}
/// A value that the compiler must finish before it goes on. g++ 12 makes one instruction of `a·b − c` and `d·e + f`
/// side by side (vfmaddsub), with -ffp-contract=off too, and so loses a rounding on some instruction sets.
template <class S>
void finish(S& x) {
  if constexpr (!CarriesTangent<S>) asm("" : "+m"(x));
}
/// Horner's rule in S.
template <class S, class... Cs>
S horner_of(const S& x, Cs... cs) {
  if constexpr (CarriesTangent<S>) {
    S p(0.0);
    ((p = p * x + cs), ...);
    return p;
  } else {
    return horner(x, cs...);
  }
}

template <int n, class S>
Tangent<n, S> log(const Tangent<n, S>& x) {
  const S slope = 1 / x.v;
  return Tangent<n, S>::chain(x, lifted(x.v, thalweg::log(plain(x.v)), slope), slope);
}
template <class S>
S exp_of(const S& x) {
  const double y = thalweg::exp(plain(x));
  return lifted(x, y, S(y));
}
template <class S>
S expm1_of(const S& x) {
  const double y = thalweg::expm1(plain(x));
  return lifted(x, y, S(y + 1));
}
template <class S>
S sqrt_of(const S& x) {
  const double y = thalweg::sqrt(plain(x));
  return lifted(x, y, S(0.5 / y));
}
template <class S>
S digamma_of(const S& x) {
  if constexpr (CarriesTangent<S>)
    return lifted(x, thalweg::digamma(plain(x)), S(thalweg::trigamma(plain(x))));
  else
    return thalweg::digamma(x);
}
template <int n, class S>
Tangent<n, S> exp(const Tangent<n, S>& x) {
  const S y = exp_of(x.v);
  return Tangent<n, S>::chain(x, y, y);
}
template <int n, class S>
Tangent<n, S> log1p(const Tangent<n, S>& x) {
  const S slope = 1 / (1 + x.v);
  return Tangent<n, S>::chain(x, lifted(x.v, thalweg::log1p(plain(x.v)), slope), slope);
}
template <int n, class S>
Tangent<n, S> expm1(const Tangent<n, S>& x) {
  const S y = expm1_of(x.v);
  return Tangent<n, S>::chain(x, y, y + 1);
}
template <int n, class S>
Tangent<n, S> sqrt(const Tangent<n, S>& x) {
  const S y = sqrt_of(x.v);
  return Tangent<n, S>::chain(x, y, 0.5 / y);
}
/// log Γ(1 + x) for x > 0, to full relative accuracy near 0.
template <int n, class S>
Tangent<n, S> lgamma1p(const Tangent<n, S>& x) {
  const double at = plain(x.v);
  const double y = at < 0.4 ? at * log_gamma_near_two(at) - thalweg::log1p(at) : thalweg::lgamma(1 + at);
  const S slope = digamma_of(S(1 + x.v));
  return Tangent<n, S>::chain(x, lifted(x.v, y, slope), slope);
}
/// x − log(1 + x) without the cancellation near 0.
template <int n, class S>
Tangent<n, S> excess_over_log1p(const Tangent<n, S>& x) {
  const double at = plain(x.v), near = log_correction(at, 0.0), far = at - thalweg::log1p(at);
  const S slope = x.v / (1 + x.v);
  return Tangent<n, S>::chain(x, lifted(x.v, at > -0.29 && at < 0.41 ? near : far, slope), slope);
}
/// The correction of Stirling's formula, for x ≥ 8; its derivative is ψ(x) − log x + 1/(2x).
template <int n, class S>
Tangent<n, S> stirling_correction(const Tangent<n, S>& x) {
  const S w = 1 / x.v, z = w * w;
  const S slope =
      -z * horner_of(z, 0.06367566062618281, -0.02070052948272449, 0.007571734383926698, -0.004166645186518205,
                     0.003968253913288597, -0.008333333333280431, 0.08333333333333333);
  return Tangent<n, S>::chain(x, lifted(x.v, kernel::stirling_correction(plain(x.v)), slope), slope);
}
/// Lentz's method has converged: its step c·d is 1, and its slopes are down to the rounding of those of c and d. (Where
/// a coefficient is 0 the value stands still before its slopes do.)
template <int n, class S>
bool settled(const Tangent<n, S>& c, const Tangent<n, S>& d) {
  const Tangent<n, S> step = c * d;
  const auto small = [](double sum, double first, double second) {
    return !(abs(sum) > 0x1p-51 * (abs(first) + abs(second)));
  };
  bool yes = !(abs(plain(step.v) - 1) > 0x1p-53);
  for (int i = 0; i < n; ++i) {
    yes = yes && small(plain(step.d[i]), plain(c.d[i] * d.v), plain(c.v * d.d[i]));
    if constexpr (CarriesTangent<S>)
      yes = yes && !(abs(step.d[i].tangent) > 0x1p-48 * (abs((c.d[i] * d.v).tangent) + abs((c.v * d.d[i]).tangent)));
  }
  if constexpr (CarriesTangent<S>) yes = yes && small(step.v.tangent, c.v.tangent * d.v.value, c.v.value * d.v.tangent);
  return yes;
}
/// log(1 − eˣ) for x ≤ 0.
template <int n, class S>
Tangent<n, S> log1m_exp(const Tangent<n, S>& x) {
  const S e = exp_of(x.v), u = expm1_of(x.v), slope = e / u;
  const double y = plain(x.v) > -0.6931471805599453 ? thalweg::log(-plain(u)) : thalweg::log1p(-plain(e));
  return Tangent<n, S>::chain(x, lifted(x.v, y, slope), slope);
}

}  // namespace kernel
}  // namespace THALWEG_ISA
}  // namespace thalweg
