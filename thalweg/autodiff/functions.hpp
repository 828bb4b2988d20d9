// Scalar functions with their derivatives: the one table from which autodiff variables and dual numbers are made.
#pragma once
#include "thalweg/core/math.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
/// ψ″(x) for x > 0, NaN elsewhere: steps up to 10, then the asymptotic series.
template <class R>
R tetragamma(const R& x) {
  R z = x, sum(0.0);
  for (int i = 0; i < 10; ++i) {
    const auto small = z < R(10.0);
    sum += select(small, 2.0 / (z * z * z), R(0.0));
    z = select(small, z + 1.0, z);
  }
  const R w = 1.0 / z, ww = w * w;
  R series(120.56666666666666);
  for (const double c :
       {-17.5, 3.2904761904761906, -0.8333333333333334, 0.3, -0.16666666666666666, 0.16666666666666666, -0.5})
    series = fma(series, ww, R(c));
  return select(x > R(0.0), fma(ww * ww, series, -ww - ww * w) - sum, R(not_a_number));
}
namespace functions {

// A unary function f has value(x) and derivative(x, y) with y = f(x), for any scalar: double, Pack or Dual.
// `keeps_argument` and `keeps_value` say what the derivative needs to be kept from the way forward.
#define THALWEG_SMOOTH(Name, function, needs_x, needs_y, derivative_expression)                    \
  struct Name {                                                                                    \
    static constexpr bool keeps_argument = needs_x, keeps_value = needs_y;                         \
    template <class T>                                                                             \
    THALWEG_INLINE static T value(const T& x) {                                                    \
      return function(x);                                                                          \
    }                                                                                              \
    template <class T>                                                                             \
    THALWEG_INLINE static T derivative([[maybe_unused]] const T& x, [[maybe_unused]] const T& y) { \
      return derivative_expression;                                                                \
    }                                                                                              \
  };
THALWEG_SMOOTH(Exp, exp, false, true, y)
THALWEG_SMOOTH(Log, log, true, false, T(1.0) / x)
THALWEG_SMOOTH(Log1p, log1p, true, false, T(1.0) / (1.0 + x))
THALWEG_SMOOTH(Expm1, expm1, false, true, y + 1.0)
THALWEG_SMOOTH(Sqrt, sqrt, false, true, 0.5 / y)
THALWEG_SMOOTH(Sin, sin, true, false, cos(x))
THALWEG_SMOOTH(Cos, cos, true, false, -sin(x))
THALWEG_SMOOTH(Tan, tan, false, true, 1.0 + y * y)
THALWEG_SMOOTH(Asin, asin, true, false, T(1.0) / sqrt(1.0 - x * x))
THALWEG_SMOOTH(Acos, acos, true, false, T(-1.0) / sqrt(1.0 - x * x))
THALWEG_SMOOTH(Atan, atan, true, false, T(1.0) / (1.0 + x * x))
THALWEG_SMOOTH(Sinh, sinh, true, false, cosh(x))
THALWEG_SMOOTH(Cosh, cosh, true, false, sinh(x))
THALWEG_SMOOTH(Tanh, tanh, false, true, 1.0 - y * y)
THALWEG_SMOOTH(Asinh, asinh, true, false, T(1.0) / sqrt(x * x + 1.0))
THALWEG_SMOOTH(Acosh, acosh, true, false, T(1.0) / sqrt(x * x - 1.0))
THALWEG_SMOOTH(Atanh, atanh, true, false, T(1.0) / (1.0 - x * x))
THALWEG_SMOOTH(Exp2, exp2, false, true, y * 0.69314718055994530942)
THALWEG_SMOOTH(Log2, log2, true, false, 1.4426950408889634074 / x)
THALWEG_SMOOTH(Log10, log10, true, false, 0.43429448190325182765 / x)
THALWEG_SMOOTH(Cbrt, cbrt, false, true, T(1.0) / (3.0 * y * y))
THALWEG_SMOOTH(Logistic, logistic, false, true, y*(1.0 - y))
THALWEG_SMOOTH(Log1pExp, log1p_exp, true, false, logistic(x))
THALWEG_SMOOTH(Log1mExp, log1m_exp, true, false, T(-1.0) / expm1(-x))
THALWEG_SMOOTH(LogLogistic, log_logistic, true, false, logistic(-x))
THALWEG_SMOOTH(Erf, erf, true, false, 1.1283791670955125739 * exp(-(x * x)))
THALWEG_SMOOTH(Erfc, erfc, true, false, -1.1283791670955125739 * exp(-(x * x)))
THALWEG_SMOOTH(NormalCdf, normal_cdf, true, false, 0.39894228040143267794 * exp(-0.5 * (x * x)))
THALWEG_SMOOTH(LogNormalCdf, log_normal_cdf, true, true, 0.39894228040143267794 * exp(-0.5 * (x * x) - y))
THALWEG_SMOOTH(NormalQuantile, normal_quantile, false, true, 2.5066282746310005024 * exp(0.5 * (y * y)))
THALWEG_SMOOTH(Lgamma, lgamma, true, false, digamma(x))
THALWEG_SMOOTH(Digamma, digamma, true, false, trigamma(x))
THALWEG_SMOOTH(Trigamma, trigamma, true, false, tetragamma(x))
#undef THALWEG_SMOOTH

/// x², kept apart from x·x so that one operand is loaded.
struct Square {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return x * x;
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return x + x;
  }
};
/// x³.
struct Cube {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return x * x * x;
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return 3.0 * (x * x);
  }
};
struct Inverse {
  static constexpr bool keeps_argument = false, keeps_value = true;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return 1.0 / x;
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T&, const T& y) {
    return -(y * y);
  }
};
/// |x| with derivative 0 at 0.
struct Absolute {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return abs(x);
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return select(x > T(0.0), T(1.0), select(x < T(0.0), T(-1.0), T(0.0)));
  }
};
/// log(1 − x).
struct Log1m {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return log1m(x);
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return T(-1.0) / (1.0 - x);
  }
};
/// log(x / (1 − x)).
struct Logit {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return logit(x);
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return T(1.0) / (x * (1.0 - x));
  }
};
/// log(−log(1 − x)) inverted: 1 − exp(−exp(x)).
struct InverseCloglog {
  static constexpr bool keeps_argument = true, keeps_value = false;
  template <class T>
  THALWEG_INLINE static T value(const T& x) {
    return -expm1(-exp(x));
  }
  template <class T>
  THALWEG_INLINE static T derivative(const T& x, const T&) {
    return exp(x - exp(x));
  }
};
/// Piecewise constant functions: floor, ceil, round, trunc, step.
#define THALWEG_FLAT(Name, expression)                                 \
  struct Name {                                                        \
    static constexpr bool keeps_argument = false, keeps_value = false; \
    template <class T>                                                 \
    THALWEG_INLINE static T value(const T& x) {                        \
      return expression;                                               \
    }                                                                  \
    template <class T>                                                 \
    THALWEG_INLINE static T derivative(const T&, const T&) {           \
      return T(0.0);                                                   \
    }                                                                  \
  };
THALWEG_FLAT(Floor, floor(x))
THALWEG_FLAT(Ceil, ceil(x))
THALWEG_FLAT(Round, round(x))
THALWEG_FLAT(Trunc, trunc(x))
THALWEG_FLAT(Step, select(x < T(0.0), T(0.0), T(1.0)))
#undef THALWEG_FLAT

// A binary function f has value(a, b) and partials(a, b, y, da, db).

/// aᵇ. At a = 0 the partial in b is 0, as the limit from b > 0 is.
struct Power {
  template <class T>
  THALWEG_INLINE static T value(const T& a, const T& b) {
    return pow(a, b);
  }
  template <class T>
  THALWEG_INLINE static T partial_a(const T& a, const T& b, const T&) {
    return product_or_zero(b, T(pow(a, b - 1.0)));
  }
  template <class T>
  THALWEG_INLINE static T partial_b(const T& a, const T&, const T& y) {
    return select(a == T(0.0), T(0.0), y * log(a));
  }
};
/// The smaller and the larger; at a tie the first argument has the derivative.
struct Smaller {
  template <class T>
  THALWEG_INLINE static T value(const T& a, const T& b) {
    return select(b < a || is_nan(a), b, a);
  }
  template <class T>
  THALWEG_INLINE static T partial_a(const T& a, const T& b, const T&) {
    return select(b < a || is_nan(a), T(0.0), T(1.0));
  }
  template <class T>
  THALWEG_INLINE static T partial_b(const T& a, const T& b, const T&) {
    return select(b < a || is_nan(a), T(1.0), T(0.0));
  }
};
struct Larger {
  template <class T>
  THALWEG_INLINE static T value(const T& a, const T& b) {
    return select(b > a || is_nan(a), b, a);
  }
  template <class T>
  THALWEG_INLINE static T partial_a(const T& a, const T& b, const T&) {
    return select(b > a || is_nan(a), T(0.0), T(1.0));
  }
  template <class T>
  THALWEG_INLINE static T partial_b(const T& a, const T& b, const T&) {
    return select(b > a || is_nan(a), T(1.0), T(0.0));
  }
};
#define THALWEG_SMOOTH2(Name, function, expression_a, expression_b)                             \
  struct Name {                                                                                 \
    template <class T>                                                                          \
    THALWEG_INLINE static T value(const T& a, const T& b) {                                     \
      return function(a, b);                                                                    \
    }                                                                                           \
    template <class T>                                                                          \
    THALWEG_INLINE static T partial_a([[maybe_unused]] const T& a, [[maybe_unused]] const T& b, \
                                      [[maybe_unused]] const T& y) {                            \
      return expression_a;                                                                      \
    }                                                                                           \
    template <class T>                                                                          \
    THALWEG_INLINE static T partial_b([[maybe_unused]] const T& a, [[maybe_unused]] const T& b, \
                                      [[maybe_unused]] const T& y) {                            \
      return expression_b;                                                                      \
    }                                                                                           \
  };
THALWEG_SMOOTH2(LogSumExp, log_sum_exp, logistic(a - b), logistic(b - a))
THALWEG_SMOOTH2(LogDiffExp, log_diff_exp, T(-1.0) / expm1(b - a), T(-1.0) / expm1(a - b))
THALWEG_SMOOTH2(Atan2, atan2, b / (a * a + b * b), -a / (a * a + b * b))
THALWEG_SMOOTH2(Hypot, hypot, a / y, b / y)
THALWEG_SMOOTH2(Fmod, fmod, T(1.0), -trunc(a / b))
THALWEG_SMOOTH2(Lbeta, lbeta, digamma(a) - digamma(a + b), digamma(b) - digamma(a + b))
#undef THALWEG_SMOOTH2
/// a·log b, 0 at a = b = 0.
struct Lmultiply {
  template <class T>
  THALWEG_INLINE static T value(const T& a, const T& b) {
    return select(a == T(0.0) && b == T(0.0), T(0.0), a * log(b));
  }
  template <class T>
  THALWEG_INLINE static T partial_a(const T&, const T& b, const T&) {
    return log(b);
  }
  template <class T>
  THALWEG_INLINE static T partial_b(const T& a, const T& b, const T&) {
    return a / b;
  }
};
/// max(a − b, 0).
struct Fdim {
  template <class T>
  THALWEG_INLINE static T value(const T& a, const T& b) {
    return select(a > b, a - b, T(0.0));
  }
  template <class T>
  THALWEG_INLINE static T partial_a(const T& a, const T& b, const T&) {
    return select(a > b, T(1.0), T(0.0));
  }
  template <class T>
  THALWEG_INLINE static T partial_b(const T& a, const T& b, const T&) {
    return select(a > b, T(-1.0), T(0.0));
  }
};

}  // namespace functions
}  // namespace THALWEG_ISA
}  // namespace thalweg
