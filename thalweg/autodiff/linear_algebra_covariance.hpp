// Covariance matrices of Gaussian processes.
#pragma once
#include "thalweg/autodiff/linear_algebra_panels.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// √s with derivative 0 at 0, where points coincide.
template <class Real>
THALWEG_INLINE Real distance_of(const Real& s) {
  return select(s > Real(0.0), sqrt(s), Real(0.0));
}
/// The shape of a covariance as a function of s = r², the squared scaled distance: f(s), and its slope f′(s).
template <class Real>
struct Correlation {
  Real value, slope;
};
struct ExpQuad {  // e^(−s/2)
  template <class Real>
  THALWEG_INLINE static Correlation<Real> at(const Real& s) {
    const Real f = exp(-0.5 * s);
    return {f, -0.5 * f};
  }
};
struct Exponential {  // e^(−r)
  template <class Real>
  THALWEG_INLINE static Correlation<Real> at(const Real& s) {
    const Real r = distance_of(s), f = exp(-r);
    return {f, select(r == Real(0.0), Real(0.0), -0.5 * f / r)};
  }
};
struct Matern32 {  // (1 + √3 r) e^(−√3 r)
  template <class Real>
  THALWEG_INLINE static Correlation<Real> at(const Real& s) {
    const Real t = distance_of<Real>(3.0 * s), e = exp(-t);
    return {(1.0 + t) * e, -1.5 * e};
  }
};
struct Matern52 {  // (1 + √5 r + 5 r²/3) e^(−√5 r)
  template <class Real>
  THALWEG_INLINE static Correlation<Real> at(const Real& s) {
    const Real t = distance_of<Real>(5.0 * s), e = exp(-t);
    return {(1.0 + t + (5.0 / 3) * s) * e, (-5.0 / 6) * ((1.0 + t) * e)};
  }
};

/// Places in space: `count` points of `dimensions` coordinates, each a handle to a vector (or one scalar each).
template <class T>
struct Points {
  using Value = typename Storage<T>::Value;
  static constexpr bool is_variable = Storage<T>::is_variable;
  Dense<T>* at;  // a column each
  int count, dimensions;
  THALWEG_INLINE
  auto value(int i, int k) const { return at[i].value(k, 0); }
  THALWEG_INLINE
  auto& adjoint(int i, int k) const { return at[i].adjoint(k, 0); }
};
template <Sequenced E>
requires(E::shape == Shape::array) auto points_of(const E& expression) {
  const auto x = let(expression);
  using T = typename decltype(x)::Scalar;
  auto* at = Tape::current().allocate<Dense<T>>(static_cast<std::size_t>(x.length));
  for (int i = 0; i < x.length; ++i) at[i] = {x.storage.offset(std::ptrdiff_t{i} * x.stride), 1, 1, 1, 1};
  return Points<T>{at, x.length, 1};
}
template <Sequenced E>
auto points_of(const ArrayOf<E>& x) {
  using T = typename E::Scalar;
  auto* at = Tape::current().allocate<Dense<T>>(static_cast<std::size_t>(x.length));
  const int dimensions = x.length > 0 ? x.items[0].length : 0;
  for (int i = 0; i < x.length; ++i) {
    if (x.items[i].length != dimensions)
      Tape::current().reject_all("a covariance of points with # and # coordinates", dimensions, x.items[i].length);
    at[i] = {x.items[i].storage, dimensions, 1, x.items[i].stride, 1};
  }
  return Points<T>{at, x.length, dimensions};
}

/// One length scale for all coordinates or one for each; σ and lengths are variables or numbers.
template <class Form, class X, class Y, class S, class L>
struct Covariance {
  static constexpr bool is_variable = X::is_variable || Y::is_variable || S::is_variable || L::is_variable;
  using Value = Wider<Wider<typename X::Value, typename Y::Value>, Wider<typename S::Value, typename L::Value>>;
  using T = std::conditional_t<is_variable, Var<Value>, double>;
  X x;
  Y y;
  S sigma;  // a sequence of one
  L lengths;
  bool square;  // y is x: only the lower triangle is evaluated

  THALWEG_INLINE
  Value scaled_distance(int i, int j) const {
    if (lengths.length == 1) {
      Wider<typename X::Value, typename Y::Value> d2(0.0);
      for (int k = 0; k < x.dimensions; ++k) {
        const auto d = x.value(i, k) - y.value(j, k);
        d2 += d * d;
      }
      const auto l = value_of(lengths[0]);
      return Value(d2) / Value(l * l);
    }
    Value s(0.0);
    for (int k = 0; k < x.dimensions; ++k) {
      const Value d = Value(x.value(i, k) - y.value(j, k)) / Value(value_of(lengths[k]));
      s = fma(d, d, s);
    }
    return s;
  }
  THALWEG_INLINE
  int last_column(int i) const { return square ? i : y.count; }  // of those that are evaluated in row i
};

/// With K = σ² f(s) and g = K̄ σ² f′(s):  σ̄ += 2 K̄ K / σ,  l̄ₖ += −2 g dₖ² / lₖ³,  x̄ₖ += 2 g dₖ / lₖ².
template <class C>
struct CovarianceRecord : Record {
  using Real = typename C::Value;
  C c;
  Matrix<Var<Real>> k;
  const Real* slopes;  // σ² f′(s) of the elements that were evaluated
  static void undo(CovarianceRecord& r) {
    const C& c = r.c;
    const auto values = values_of(r.k), adjoints = adjoints_of(r.k);
    Real scale_sum(0.0);
    Real* length_sums = Tape::current().allocate<Real>(static_cast<std::size_t>(c.lengths.length));
    for (int k = 0; k < c.lengths.length; ++k) length_sums[k] = Real(0.0);
    const Real* slope = r.slopes;
    for (int i = 0; i < c.x.count; ++i) {
      for (int j = 0; j < c.last_column(i); ++j) {
        const Real weight = c.square ? adjoints(i, j) + adjoints(j, i) : adjoints(i, j);
        scale_sum = fma(weight, values(i, j), scale_sum);
        r.backward(i, j, weight * *slope++, length_sums);
      }
      if (c.square) scale_sum = fma(adjoints(i, i), values(i, i), scale_sum);
    }
    if constexpr (decltype(c.sigma)::is_variable) *c.sigma[0].adjoint_at += 2.0 * scale_sum / *c.sigma[0].value_at;
    if constexpr (decltype(c.lengths)::is_variable)
      for (int k = 0; k < c.lengths.length; ++k) {
        const auto l = c.lengths[k];
        *l.adjoint_at += -2.0 * length_sums[k] / (*l.value_at * *l.value_at * *l.value_at);
      }
  }
  THALWEG_INLINE
  void backward(int i, int j, const Real& g, Real* length_sums) const {
    for (int k = 0; k < c.x.dimensions; ++k) {
      const int of = c.lengths.length == 1 ? 0 : k;
      const auto d = c.x.value(i, k) - c.y.value(j, k);
      const Real gd = g * d;
      if constexpr (decltype(c.lengths)::is_variable) length_sums[of] = fma(gd, Real(d), length_sums[of]);
      if constexpr (decltype(c.x)::is_variable || decltype(c.y)::is_variable) {
        const Real l(value_of(c.lengths[of]));
        const Real step = 2.0 * gd / (l * l);
        if constexpr (decltype(c.x)::is_variable) c.x.adjoint(i, k) += step;
        if constexpr (decltype(c.y)::is_variable) c.y.adjoint(j, k) -= step;
      }
    }
  }
};
template <class Form, class X, class Y, class S, class L>
auto covariance(const X& x, const Y& y, const S& sigma, const L& lengths, bool square) {
  using C = Covariance<Form, X, Y, S, L>;
  using Value = typename C::Value;
  Tape& tape = Tape::current();
  const int n = x.count, m = y.count;
  if (n > 0 && m > 0 && x.dimensions != y.dimensions)
    tape.reject_all("a covariance of points with # and # coordinates", x.dimensions, y.dimensions);
  if (lengths.length != 1 && lengths.length != x.dimensions)
    tape.reject_all("# length scales for # coordinates", lengths.length, x.dimensions);
  const Value s(value_of(sigma[0]));
  tape.reject(!(s > Value(0.0)), "the scale of a covariance must be positive");
  for (int k = 0; k < lengths.length; ++k)
    tape.reject(!(value_of(lengths[k]) > 0.0), "the length scale of a covariance must be positive");
  const C c{x, y, sigma, lengths, square};
  const auto result = make_unset_matrix<typename C::T>(n, m);
  const auto k = values_of(result);
  const Value variance = s * s;
  Value* slopes = C::is_variable ? tape.allocate<Value>(static_cast<std::size_t>(n) * m) : nullptr;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < c.last_column(i); ++j) {
      const auto f = Form::at(c.scaled_distance(i, j));
      k(i, j) = variance * f.value;
      if (square) k(j, i) = k(i, j);
      if constexpr (C::is_variable) *slopes++ = variance * f.slope;
    }
    if (square) k(i, i) = variance;
  }
  if constexpr (C::is_variable) {
    int used = 0;
    for (int i = 0; i < n; ++i) used += c.last_column(i);
    auto& r = tape.record<CovarianceRecord<C>>();
    r.c = c;
    r.k = result;
    r.slopes = slopes - used;
  }
  return result;
}

/// A length scale, or an array of them, as a sequence.
template <ScalarOperand T>
auto scales_of(const T& x) {
  return let(Repeated<OperandOf<T>, Shape::array>{as_operand(x), {1, 1}});
}
template <Sequenced E>
auto scales_of(const E& x) {
  return let(x);
}
template <class X>
concept PointSet = (Sequenced<X> && X::shape == Shape::array) || NestedArray<X>;
template <class L>
concept LengthScales = ScalarOperand<L> || Sequenced<L>;
}  // namespace detail

/// K[i, j] = σ² f(|xᵢ − yⱼ|² / l²) for points x and y (y = x when left out): arrays of numbers or of vectors, of
/// numbers or variables; one length scale, or an array with one for each coordinate.
///
/// Errors  a lane whose σ or l is not positive is refused.
/// Cost    n (n − 1) / 2 exponentials when y is left out.
#define THALWEG_COVARIANCE(name, Form)                                                                            \
  template <detail::PointSet X, ScalarOperand S, detail::LengthScales L>                                          \
  auto name(const X& x, const S& sigma, const L& length) {                                                        \
    const auto at = detail::points_of(x);                                                                         \
    return detail::covariance<detail::Form>(at, at, detail::scales_of(sigma), detail::scales_of(length), true);   \
  }                                                                                                               \
  template <detail::PointSet X, detail::PointSet Y, ScalarOperand S, detail::LengthScales L>                      \
  auto name(const X& x, const Y& y, const S& sigma, const L& length) {                                            \
    return detail::covariance<detail::Form>(detail::points_of(x), detail::points_of(y), detail::scales_of(sigma), \
                                            detail::scales_of(length), false);                                    \
  }
THALWEG_COVARIANCE(gp_exp_quad_cov, ExpQuad)
THALWEG_COVARIANCE(cov_exp_quad, ExpQuad)
THALWEG_COVARIANCE(gp_exponential_cov, Exponential)
THALWEG_COVARIANCE(gp_matern32_cov, Matern32)
THALWEG_COVARIANCE(gp_matern52_cov, Matern52)
#undef THALWEG_COVARIANCE

namespace detail {
/// The points as rows of a matrix.
template <Sequenced X>
requires(X::shape == Shape::array) auto rows_of_points(const X& x) { return let(to_matrix(to_vector(x))); }
template <Sequenced E>
auto rows_of_points(const ArrayOf<E>& x) {
  return to_matrix(x);
}

/// d[i, j] = |xᵢ − yⱼ|:  x̄ᵢ += d̄ (xᵢ − yⱼ) / d, 0 where they coincide.
template <class X, class Y, class Real>
struct DistanceRecord : Record {
  X x;
  Y y;
  Matrix<Var<Real>> d;
  static void undo(DistanceRecord& r) {
    const auto d = values_of(r.d), g = adjoints_of(r.d);
    for (int i = 0; i < r.x.count; ++i)
      for (int j = 0; j < r.y.count; ++j) {
        const Real weight = select(d(i, j) > Real(0.0), g(i, j) / d(i, j), Real(0.0));
        for (int k = 0; k < r.x.dimensions; ++k) {
          const Real step = weight * (r.x.value(i, k) - r.y.value(j, k));
          if constexpr (X::is_variable) r.x.adjoint(i, k) += step;
          if constexpr (Y::is_variable) r.y.adjoint(j, k) -= step;
        }
      }
  }
};
template <class X, class Y>
auto distances(const X& x, const Y& y) {
  using Value = Wider<typename X::Value, typename Y::Value>;
  constexpr bool is_variable = X::is_variable || Y::is_variable;
  if (x.count > 0 && y.count > 0 && x.dimensions != y.dimensions)
    Tape::current().reject_all("a covariance of points with # and # coordinates", x.dimensions, y.dimensions);
  const auto result = make_unset_matrix<std::conditional_t<is_variable, Var<Value>, double>>(x.count, y.count);
  const auto to = values_of(result);
  for (int i = 0; i < x.count; ++i)
    for (int j = 0; j < y.count; ++j) {
      Value s(0.0);
      for (int k = 0; k < x.dimensions; ++k) {
        const Value d(x.value(i, k) - y.value(j, k));
        s = fma(d, d, s);
      }
      to(i, j) = distance_of(s);
    }
  if constexpr (is_variable) {
    auto& r = Tape::current().record<DistanceRecord<X, Y, Value>>();
    r.x = x;
    r.y = y;
    r.d = result;
  }
  return result;
}
}  // namespace detail

/// K[i, j] = σ² + xᵢᵀ yⱼ.
template <detail::PointSet X, ScalarOperand S>
auto gp_dot_prod_cov(const X& x, const S& sigma) {
  const auto at = detail::rows_of_points(x);
  return let(dense_multiply(at, let(transpose(at))) + square(sigma));
}
template <detail::PointSet X, detail::PointSet Y, ScalarOperand S>
auto gp_dot_prod_cov(const X& x, const Y& y, const S& sigma) {
  return let(dense_multiply(detail::rows_of_points(x), let(transpose(detail::rows_of_points(y)))) + square(sigma));
}
/// K[i, j] = σ² exp(−2 sin²(π |xᵢ − yⱼ| / p) / l²) for a length scale l and a period p.
template <detail::PointSet X, detail::PointSet Y, ScalarOperand S, ScalarOperand L, ScalarOperand P>
auto gp_periodic_cov(const X& x, const Y& y, const S& sigma, const L& length, const P& period) {
  constexpr double pi = 3.14159265358979323846;
  const auto d = detail::distances(detail::points_of(x), detail::points_of(y));
  return let(square(sigma) * exp(square(sin(d * (pi / period))) * (-2.0 / square(length))));
}
template <detail::PointSet X, ScalarOperand S, ScalarOperand L, ScalarOperand P>
auto gp_periodic_cov(const X& x, const S& sigma, const L& length, const P& period) {
  return gp_periodic_cov(x, x, sigma, length, period);
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
