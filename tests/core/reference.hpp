// Reference values to many digits (MPFR), and the distance of a double from them.
#pragma once
#include <mpfr.h>

#include <algorithm>
#include <cmath>

namespace thalweg::reference {

inline constexpr mpfr_prec_t digits = 200;  ///< bits

/// A number of 200 bits.
class Number {
 public:
  Number() { mpfr_init2(x_, digits); }
  Number(double v) : Number() { mpfr_set_d(x_, v, MPFR_RNDN); }
  Number(const Number& other) : Number() { mpfr_set(x_, other.x_, MPFR_RNDN); }
  Number& operator=(const Number& other) {
    mpfr_set(x_, other.x_, MPFR_RNDN);
    return *this;
  }
  ~Number() { mpfr_clear(x_); }
  mpfr_ptr raw() { return x_; }
  mpfr_srcptr raw() const { return x_; }
  double rounded() const { return mpfr_get_d(x_, MPFR_RNDN); }

  friend Number operator+(const Number& a, const Number& b) { return made(mpfr_add, a, b); }
  friend Number operator-(const Number& a, const Number& b) { return made(mpfr_sub, a, b); }
  friend Number operator*(const Number& a, const Number& b) { return made(mpfr_mul, a, b); }
  friend Number operator/(const Number& a, const Number& b) { return made(mpfr_div, a, b); }
  friend Number operator-(const Number& a) { return Number(0.0) - a; }
  friend bool operator<(const Number& a, const Number& b) { return mpfr_less_p(a.x_, b.x_) != 0; }

  template <class F>
  static Number made(F f, const Number& a) {
    Number y;
    f(y.x_, a.x_, MPFR_RNDN);
    return y;
  }
  template <class F>
  static Number made(F f, const Number& a, const Number& b) {
    Number y;
    f(y.x_, a.x_, b.x_, MPFR_RNDN);
    return y;
  }

 private:
  mpfr_t x_;
};

inline Number exp(const Number& x) { return Number::made(mpfr_exp, x); }
inline Number expm1(const Number& x) { return Number::made(mpfr_expm1, x); }
inline Number log(const Number& x) { return Number::made(mpfr_log, x); }
inline Number log1p(const Number& x) { return Number::made(mpfr_log1p, x); }
inline Number sqrt(const Number& x) { return Number::made(mpfr_sqrt, x); }
inline Number erfc(const Number& x) { return Number::made(mpfr_erfc, x); }
inline Number lgamma(const Number& x) {
  Number y;
  int sign;
  mpfr_lgamma(y.raw(), &sign, x.raw(), MPFR_RNDN);
  return y;
}
inline Number digamma(const Number& x) { return Number::made(mpfr_digamma, x); }
inline Number pi() {
  Number y;
  mpfr_const_pi(y.raw(), MPFR_RNDN);
  return y;
}
/// ψ′ for x > 0: moved up to 40 and beyond by the recurrence, then the asymptotic series with Bernoulli numbers.
inline Number trigamma(Number x) {
  Number sum(0.0);
  while (x < Number(40.0)) {
    sum = sum + Number(1.0) / (x * x);
    x = x + Number(1.0);
  }
  static constexpr double bernoulli[][2] = {{1, 6},        {-1, 30},
                                            {1, 42},       {-1, 30},
                                            {5, 66},       {-691, 2730},
                                            {7, 6},        {-3617, 510},
                                            {43867, 798},  {-174611, 330},
                                            {854513, 138}, {-236364091, 2730},
                                            {8553103, 6},  {-23749461029.0, 870}};
  const Number w = Number(1.0) / x, z = w * w;
  sum = sum + w + z / Number(2.0);
  Number power = w * z;
  for (const auto& b : bernoulli) {
    sum = sum + power * Number(b[0]) / Number(b[1]);
    power = power * z;
  }
  return sum;
}
inline Number normal_cdf(const Number& x) { return erfc(-(x / sqrt(Number(2.0)))) / Number(2.0); }
inline Number log_normal_cdf(const Number& x) { return Number(0.0) < x ? log1p(-normal_cdf(-x)) : log(normal_cdf(x)); }
/// Newton's method on log Φ (and on the smaller side) from a start that is good to some digits.
inline Number normal_quantile(const Number& p, double start) {
  Number z(start);
  for (int i = 0; i < 5; ++i) {
    const Number density = exp(-(z * z) / Number(2.0)) / sqrt(Number(2.0) * pi());
    z = z - (normal_cdf(z) - p) / density;
  }
  return z;
}
inline Number log1m_exp(const Number& x) { return x < Number(-1.0) ? log1p(-exp(x)) : log(-expm1(x)); }

/// |got − want| in units of the last place of a double of the size of `want`; subnormals have the unit 2⁻¹⁰⁷⁴.
/// Infinite when one is NaN or infinite and the other is not the same.
inline double ulps(double got, const Number& want) {
  const double rounded = want.rounded();
  if (std::isnan(rounded)) return std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isinf(rounded) || !std::isfinite(got)) return got == rounded ? 0 : HUGE_VAL;
  int exponent = -1021;
  if (rounded != 0) std::frexp(rounded, &exponent);
  Number distance = want - Number(got);
  mpfr_mul_2si(distance.raw(), distance.raw(), 53 - std::max(exponent, -1021), MPFR_RNDN);
  return std::fabs(distance.rounded());
}

}  // namespace thalweg::reference
