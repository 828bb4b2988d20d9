// A number with its derivative along one direction: with it for Real, the tape gives exact second derivatives.
#pragma once
#include "thalweg/autodiff/functions.hpp"
#include "thalweg/core/log_product.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// value + tangent ε with ε² = 0, over R = double or a pack. Comparisons look at values; a number has tangent 0.
template <class R>
struct Dual {
  using Real = Dual;         ///< what arithmetic with it gives
  using One = Dual<double>;  ///< one lane
  R value, tangent;

  Dual() = default;
  THALWEG_INLINE
  Dual(double v) : value(v), tangent(0.0) {}
  THALWEG_INLINE
  Dual(const R& v) requires(!std::is_same_v<R, double>) : value(v), tangent(0.0) {}
  THALWEG_INLINE
  Dual(const R& v, const R& t) : value(v), tangent(t) {}

  THALWEG_INLINE
  friend Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.tangent + b.tangent}; }
  THALWEG_INLINE
  friend Dual operator+(const Dual& a, double b) { return {a.value + b, a.tangent}; }
  THALWEG_INLINE
  friend Dual operator+(double a, const Dual& b) { return {a + b.value, b.tangent}; }
  THALWEG_INLINE
  friend Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.tangent - b.tangent}; }
  THALWEG_INLINE
  friend Dual operator-(const Dual& a, double b) { return {a.value - b, a.tangent}; }
  THALWEG_INLINE
  friend Dual operator-(double a, const Dual& b) { return {a - b.value, -b.tangent}; }
  THALWEG_INLINE
  friend Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, fma(a.tangent, b.value, a.value * b.tangent)};
  }
  THALWEG_INLINE
  friend Dual operator*(const Dual& a, double b) { return {a.value * b, a.tangent * b}; }
  THALWEG_INLINE
  friend Dual operator*(double a, const Dual& b) { return {a * b.value, a * b.tangent}; }
  THALWEG_INLINE
  friend Dual operator/(const Dual& a, const Dual& b) {
    const R q = a.value / b.value;
    return {q, fma(-q, b.tangent, a.tangent) / b.value};
  }
  THALWEG_INLINE
  friend Dual operator/(const Dual& a, double b) { return {a.value / b, a.tangent / b}; }
  THALWEG_INLINE
  friend Dual operator/(double a, const Dual& b) {
    const R q = a / b.value;
    return {q, -q * b.tangent / b.value};
  }
  THALWEG_INLINE
  friend Dual operator-(const Dual& a) { return {-a.value, -a.tangent}; }
  THALWEG_INLINE
  friend Dual operator+(const Dual& a) { return a; }

#define THALWEG_DUAL_OPERATOR(op)                       \
  THALWEG_INLINE                                        \
  friend Dual& operator op##=(Dual& a, const Dual& b) { \
    a = a op b;                                         \
    return a;                                           \
  }
  THALWEG_DUAL_OPERATOR(+)
  THALWEG_DUAL_OPERATOR(-)
  THALWEG_DUAL_OPERATOR(*)
  THALWEG_DUAL_OPERATOR(/)
#undef THALWEG_DUAL_OPERATOR
#define THALWEG_DUAL_COMPARISON(op) \
  THALWEG_INLINE                    \
  friend auto operator op(const Dual& a, const Dual& b) { return a.value op b.value; }
  THALWEG_DUAL_COMPARISON(<)
  THALWEG_DUAL_COMPARISON(<=)
  THALWEG_DUAL_COMPARISON(>)
  THALWEG_DUAL_COMPARISON(>=)
  THALWEG_DUAL_COMPARISON(==)
  THALWEG_DUAL_COMPARISON(!=)
#undef THALWEG_DUAL_COMPARISON
};

namespace detail {
template <class R>
struct RealTraits<Dual<R>> {
  static constexpr int width = width_of<R>;
  using Mask = thalweg::Mask<R>;
};
}  // namespace detail

// ---- what every Real offers ----

template <class M, class R>
THALWEG_INLINE Dual<R> select(const M& m, const Dual<R>& a, const Dual<R>& b) {
  return {select(m, a.value, b.value), select(m, a.tangent, b.tangent)};
}
template <class M, class R>
THALWEG_INLINE Dual<R> select(const M& m, const Dual<R>& a, double b) {
  return select(m, a, Dual<R>(b));
}
template <class M, class R>
THALWEG_INLINE Dual<R> select(const M& m, double a, const Dual<R>& b) {
  return select(m, Dual<R>(a), b);
}
template <class R>
THALWEG_INLINE Dual<R> fma(const Dual<R>& a, const Dual<R>& b, const Dual<R>& c) {
  return {fma(a.value, b.value, c.value), fma(a.value, b.tangent, fma(a.tangent, b.value, c.tangent))};
}
template <class R>
THALWEG_INLINE Dual<R> fma(double a, const Dual<R>& b, const Dual<R>& c) {
  return {fma(a, b.value, c.value), fma(a, b.tangent, c.tangent)};
}
template <class R>
THALWEG_INLINE Dual<R> fma(const Dual<R>& a, double b, const Dual<R>& c) {
  return fma(b, a, c);
}
template <class R>
THALWEG_INLINE Dual<R> fma(const Dual<R>& a, const Dual<R>& b, double c) {
  return fma(a, b, Dual<R>(c));
}
template <class R>
THALWEG_INLINE double lane_of(const Dual<R>& x, int lane) {
  return lane_of(x.value, lane);
}
/// A number in one lane: its tangent there is 0.
template <class R>
THALWEG_INLINE void set_lane(Dual<R>& x, int lane, double value) {
  set_lane(x.value, lane, value);
  set_lane(x.tangent, lane, 0.0);
}
template <class R>
THALWEG_INLINE void copy_lane(Dual<R>& to, int lane, const Dual<R>& from) {
  set_lane(to.value, lane, lane_of(from.value, lane));
  set_lane(to.tangent, lane, lane_of(from.tangent, lane));
}

// ---- functions: from the table that the tape uses ----

namespace detail {
/// partial · tangent, 0 where nothing moves: a partial of a constant need not exist.
template <class R>
THALWEG_INLINE R moved(const R& partial, const R& tangent) {
  return select(tangent == R(0.0), R(0.0), partial * tangent);
}
}  // namespace detail
#define THALWEG_DUAL(function, F)                                                  \
  template <class R>                                                               \
  THALWEG_INLINE Dual<R> function(const Dual<R>& x) {                              \
    const R y = functions::F::value(x.value);                                      \
    return {y, detail::moved(R(functions::F::derivative(x.value, y)), x.tangent)}; \
  }
THALWEG_DUAL(exp, Exp)
THALWEG_DUAL(log, Log)
THALWEG_DUAL(log1p, Log1p)
THALWEG_DUAL(expm1, Expm1)
THALWEG_DUAL(sqrt, Sqrt)
THALWEG_DUAL(sin, Sin)
THALWEG_DUAL(cos, Cos)
THALWEG_DUAL(tan, Tan)
THALWEG_DUAL(asin, Asin)
THALWEG_DUAL(acos, Acos)
THALWEG_DUAL(atan, Atan)
THALWEG_DUAL(sinh, Sinh)
THALWEG_DUAL(cosh, Cosh)
THALWEG_DUAL(tanh, Tanh)
THALWEG_DUAL(asinh, Asinh)
THALWEG_DUAL(acosh, Acosh)
THALWEG_DUAL(atanh, Atanh)
THALWEG_DUAL(exp2, Exp2)
THALWEG_DUAL(log2, Log2)
THALWEG_DUAL(log10, Log10)
THALWEG_DUAL(cbrt, Cbrt)
THALWEG_DUAL(logistic, Logistic)
THALWEG_DUAL(log1p_exp, Log1pExp)
THALWEG_DUAL(log1m_exp, Log1mExp)
THALWEG_DUAL(log_logistic, LogLogistic)
THALWEG_DUAL(erf, Erf)
THALWEG_DUAL(erfc, Erfc)
THALWEG_DUAL(normal_cdf, NormalCdf)
THALWEG_DUAL(log_normal_cdf, LogNormalCdf)
THALWEG_DUAL(normal_quantile, NormalQuantile)
THALWEG_DUAL(lgamma, Lgamma)
THALWEG_DUAL(digamma, Digamma)
THALWEG_DUAL(trigamma, Trigamma)
THALWEG_DUAL(square, Square)
THALWEG_DUAL(cube, Cube)
THALWEG_DUAL(inv, Inverse)
THALWEG_DUAL(abs, Absolute)
THALWEG_DUAL(log1m, Log1m)
THALWEG_DUAL(logit, Logit)
THALWEG_DUAL(inv_cloglog, InverseCloglog)
THALWEG_DUAL(floor, Floor)
THALWEG_DUAL(ceil, Ceil)
THALWEG_DUAL(round, Round)
THALWEG_DUAL(trunc, Trunc)
THALWEG_DUAL(step, Step)
#undef THALWEG_DUAL

#define THALWEG_DUAL2(function, F)                                                          \
  template <class R>                                                                        \
  THALWEG_INLINE Dual<R> function(const Dual<R>& a, const Dual<R>& b) {                     \
    const R y = functions::F::value(a.value, b.value);                                      \
    return {y, detail::moved(functions::F::partial_a(a.value, b.value, y), a.tangent) +     \
                   detail::moved(functions::F::partial_b(a.value, b.value, y), b.tangent)}; \
  }                                                                                         \
  template <class R>                                                                        \
  THALWEG_INLINE Dual<R> function(const Dual<R>& a, double b) {                             \
    const R y = functions::F::value(a.value, R(b));                                         \
    return {y, detail::moved(R(functions::F::partial_a(a.value, R(b), y)), a.tangent)};     \
  }                                                                                         \
  template <class R>                                                                        \
  THALWEG_INLINE Dual<R> function(double a, const Dual<R>& b) {                             \
    const R y = functions::F::value(R(a), b.value);                                         \
    return {y, detail::moved(R(functions::F::partial_b(R(a), b.value, y)), b.tangent)};     \
  }
THALWEG_DUAL2(pow, Power)
THALWEG_DUAL2(fmin, Smaller)
THALWEG_DUAL2(fmax, Larger)
THALWEG_DUAL2(log_sum_exp, LogSumExp)
THALWEG_DUAL2(log_diff_exp, LogDiffExp)
THALWEG_DUAL2(atan2, Atan2)
THALWEG_DUAL2(hypot, Hypot)
THALWEG_DUAL2(fmod, Fmod)
THALWEG_DUAL2(lbeta, Lbeta)
THALWEG_DUAL2(lmultiply, Lmultiply)
THALWEG_DUAL2(fdim, Fdim)
#undef THALWEG_DUAL2

/// The tangent of a logarithm of a product is the sum of the factors' relative ones.
template <class R>
class LogProduct<Dual<R>> {
 public:
  THALWEG_INLINE
  LogProduct& operator*=(const Dual<R>& x) {
    product_ *= x.value;
    slope_ += x.tangent / x.value;
    return *this;
  }
  Dual<R> log() const { return {product_.log(), slope_}; }

 private:
  LogProduct<R> product_;
  R slope_ = R(0.0);
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
