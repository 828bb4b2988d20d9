// The contract of a distribution: the log density of one element and its partial derivatives.
//
// A distribution is a struct without state that derives from Distribution<roles of its arguments, outcome first> and
// has `name` and `term`. Nothing in it knows autodiff: a driver (thalweg/density/vectorised.hpp) runs it over any mix
// of scalars and containers, of data and parameters. See Normal in normal.hpp for the pattern.
#pragma once
#include "thalweg/core/math.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Which terms of a log density stay. With `propto` a term stays only if one of its arguments is a parameter; without,
/// everything stays. A kernel may also skip a costly partial of an argument that is no parameter. When `propto` holds
/// and no argument is a parameter the log density is 0: the driver's business (`any_term`), not the kernel's.
template <bool propto, bool... is_parameter>
struct Keep {
  static constexpr bool constants = !propto;
  static constexpr bool any_term = !propto || (is_parameter || ...);
  template <int i>
  static constexpr bool parameter() {
    constexpr bool flags[] = {is_parameter...};
    return flags[i];
  }
  /// True when a term of the arguments i… stays.
  template <int... i>
  static constexpr bool terms() {
    return !propto || (parameter<i>() || ...);
  }
};

/// The log density of one element and its partial derivatives, outcome first.
template <class R, int arity>
struct Term {
  R value;
  R partial[arity];
};
/// The same where the log density is value + factor_weight · log(factor), for distributions that declare
/// `static constexpr double factor_weight`: a driver multiplies the factors of many elements and takes one logarithm.
template <class R, int arity>
struct FactoredTerm {
  R value;
  R factor;
  R partial[arity];
};

namespace detail {
template <class T>
struct RealIn {
  using type = typename T::Real;  // what `prepare` made of an argument
};
template <>
struct RealIn<double> {
  using type = double;
};
template <>
struct RealIn<int> {
  using type = double;
};
template <int W>
struct RealIn<Pack<W>> {
  using type = Pack<W>;
};
template <class A, class B>
struct WiderReal {
  using type = A;
};
template <class B>
requires(!std::is_same_v<B, double>) struct WiderReal<double, B> {
  using type = B;
};
template <class A, class... Rest>
struct WidestReal {
  using type = typename WiderReal<typename RealIn<A>::type, typename WidestReal<Rest...>::type>::type;
};
template <class A>
struct WidestReal<A> {
  using type = typename RealIn<A>::type;
};
/// Type number i of a list.
template <int i, class First, class... Rest>
struct At {
  using type = typename At<i - 1, Rest...>::type;
};
template <class First, class... Rest>
struct At<0, First, Rest...> {
  using type = First;
};
}  // namespace detail

/// The Real that arithmetic on these arguments (numbers, packs, prepared arguments) gives.
template <class... Args>
using Widest = typename detail::WidestReal<Args...>::type;

namespace distribution {
/// An integer as a double; any other number as it is.
THALWEG_INLINE
double real_of(int x) { return x; }
THALWEG_INLINE
double real_of(double x) { return x; }
template <class R>
requires(!std::is_arithmetic_v<R>) THALWEG_INLINE R real_of(const R& x) { return x; }

}  // namespace distribution

/// m ? a : b where the condition is the same for all lanes.
template <int W>
THALWEG_INLINE Pack<W> select(bool m, const Pack<W>& a, const Pack<W>& b) {
  return m ? a : b;
}

namespace distribution {
/// Outside the support: log density −∞ and no slope.
template <class R, int arity, class M>
THALWEG_INLINE Term<R, arity> in_support(const M& inside, const Term<R, arity>& term) {
  Term<R, arity> t;
  t.value = select(inside, term.value, R(-infinity));
#pragma GCC unroll 8
  for (int i = 0; i < arity; ++i) t.partial[i] = select(inside, term.partial[i], R(0.0));
  return t;
}

/// The roles that an argument can have: its domain, and the domain in words.
namespace role {
#define THALWEG_ROLE(Name, words, condition)          \
  struct Name {                                       \
    static constexpr const char* requirement = words; \
    template <class R>                                \
    THALWEG_INLINE static Mask<R> valid(const R& x) { \
      return condition;                               \
    }                                                 \
  };
THALWEG_ROLE(Outcome, "outcome must not be NaN", x == x)
THALWEG_ROLE(Integer, "outcome must be an integer", x == x)
THALWEG_ROLE(Count, "outcome must be an integer >= 0", x >= R(0.0))
THALWEG_ROLE(PositiveCount, "outcome must be an integer >= 1", x >= R(1.0))
THALWEG_ROLE(Bit, "outcome must be 0 or 1", x == R(0.0) || x == R(1.0))
THALWEG_ROLE(Trials, "number of trials must be >= 0", x >= R(0.0))
THALWEG_ROLE(Location, "location must be finite", is_finite(x))
THALWEG_ROLE(Bound, "bound must be finite", is_finite(x))
THALWEG_ROLE(IntegerBound, "bound must be an integer", x == x)
THALWEG_ROLE(Scale, "scale must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(InverseScale, "inverse scale must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(Shape, "shape must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(AnyShape, "shape must be finite", is_finite(x))
THALWEG_ROLE(Concentration, "concentration must be >= 0 and finite", x >= R(0.0) && is_finite(x))
THALWEG_ROLE(Freedom, "degrees of freedom must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(Probability, "probability must be between 0 and 1", x >= R(0.0) && x <= R(1.0))
THALWEG_ROLE(OpenProbability, "probability must be above 0 and below 1", x > R(0.0) && x < R(1.0))
THALWEG_ROLE(LogOdds, "log odds must not be NaN", x == x)
THALWEG_ROLE(Rate, "rate must be >= 0", x >= R(0.0))
THALWEG_ROLE(Mean, "mean must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(LogMean, "log mean must be finite", is_finite(x))
THALWEG_ROLE(Precision, "precision must be positive and finite", x > R(0.0) && is_finite(x))
THALWEG_ROLE(LogRate, "log rate must not be NaN", x == x)
#undef THALWEG_ROLE
}  // namespace role

}  // namespace distribution

/// What every distribution inherits: the number of its arguments, their domains, and a `prepare` that only turns
/// integers into doubles. A distribution whose arguments have work of their own (a logarithm, an inverse) hides
/// `prepare`; a driver calls it once for an argument that all elements share. A distribution with costly work that
/// needs all parameters but not the outcome (log B(α, β)) also has `joint(parameters…)`, of the prepared parameters,
/// and a `term` that takes its result as one argument more: a driver calls it once when all parameters are shared.
template <class... Roles>
struct Distribution {
  static constexpr int arity = sizeof...(Roles);
  /// True where x is in the domain of argument i.
  template <int i, class T>
  THALWEG_INLINE static auto valid(const T& x) {
    return detail::At<i, Roles...>::type::valid(distribution::real_of(x));
  }
  /// The domain of argument i in words.
  static constexpr const char* requirement(int i) {
    constexpr const char* words[] = {Roles::requirement...};
    return words[i];
  }
  template <int i, class T>
  THALWEG_INLINE static auto prepare(const T& x) {
    return distribution::real_of(x);
  }
};

namespace distribution {
/// A prepared positive argument: what is not used costs nothing, because it is inlined away.
template <class R>
struct Positive {
  using Real = R;
  R value, inverse, log;
};
template <class T>
THALWEG_INLINE auto positive(const T& x) {
  const auto r = real_of(x);
  return Positive<decltype(real_of(x))>{r, 1.0 / r, log(r)};
}

}  // namespace distribution

inline constexpr double log_pi = 0x1.250d048e7a1bdp0;            // log π
inline constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;  // ½ log 2π

}  // namespace THALWEG_ISA
}  // namespace thalweg
