// Formulas over containers, element by element, evaluated only where they are used.
#pragma once
#include "thalweg/autodiff/container.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// A number beside containers.
struct Broadcast {
  using Value = double;
  static constexpr bool is_variable = false;
  double number;
  struct Cursor {
    double number;
    THALWEG_INLINE
    void begin(int, int) {}
    THALWEG_INLINE
    double element(int) { return number; }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() {}
  };
  THALWEG_INLINE
  Cursor cursor() const { return {number}; }
};

/// A variable beside containers. Its adjoint is summed in a register and added once.
template <class Real>
struct BroadcastVar {
  using Value = Real;
  static constexpr bool is_variable = true;
  Real* value_at;
  Real* adjoint_at;
  struct Cursor {
    Real value, sum;
    Real* adjoint_at;
    THALWEG_INLINE
    void begin(int, int) {}
    THALWEG_INLINE
    Var<Real> element(int) { return {&value, &sum}; }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() { *adjoint_at += sum; }
  };
  THALWEG_INLINE
  Cursor cursor() const { return {*value_at, Real(0.0), adjoint_at}; }
};

/// The operand of an elementwise formula: containers as they are, scalars broadcast (evaluated once).
template <Container E>
THALWEG_INLINE const E& as_operand(const E& e) {
  return e;
}
template <Number T>
THALWEG_INLINE Broadcast as_operand(T x) {
  return {static_cast<double>(x)};
}
template <ScalarExpression E>
THALWEG_INLINE auto as_operand(const E& e) {
  if constexpr (E::is_variable) {
    const auto v = let(as_expression(e));
    return BroadcastVar<typename E::Value>{v.value_at, v.adjoint_at};
  } else {
    return Broadcast{let(e)};
  }
}
template <class T>
using OperandOf = std::remove_cvref_t<decltype(as_operand(std::declval<const T&>()))>;

namespace detail {
template <class A, bool is_container = Container<A>>
struct ShapeOf {
  static constexpr Shape shape = A::shape;
};
template <class A>
struct ShapeOf<A, false> {};

/// The first container among operands gives shape and extent; the others must agree.
template <class A, class... Rest>
constexpr Shape shape_of_operands() {
  if constexpr (Container<A>)
    return A::shape;
  else
    return shape_of_operands<Rest...>();
}
template <class A, class... Rest>
THALWEG_INLINE Extent extent_of_operands(const A& a, const Rest&... rest) {
  if constexpr (Container<A>)
    return a.extent();
  else
    return extent_of_operands(rest...);
}
}  // namespace detail

/// f(a, b): f maps the elements of two operands to a number or a scalar expression.
template <class F, class A, class B>
struct Elementwise2 {
  using container_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr Shape shape = detail::shape_of_operands<A, B>();
  static constexpr bool is_variable = A::is_variable || B::is_variable;
  A a;
  B b;
  THALWEG_INLINE
  Extent extent() const { return detail::extent_of_operands(a, b); }
  THALWEG_INLINE
  int size() const { return extent().size(); }
  struct Cursor {
    decltype(std::declval<const A&>().cursor()) a;
    decltype(std::declval<const B&>().cursor()) b;
    THALWEG_INLINE
    void begin(int first, int count) {
      a.begin(first, count);
      b.begin(first, count);
    }
    THALWEG_INLINE
    auto element(int i) { return F{}(a.element(i), b.element(i)); }
    THALWEG_INLINE
    void end(int first, int count) {
      a.end(first, count);
      b.end(first, count);
    }
    THALWEG_INLINE
    void finish() {
      a.finish();
      b.finish();
    }
  };
  THALWEG_INLINE
  Cursor cursor() const { return {a.cursor(), b.cursor()}; }
};

/// f(a).
template <class F, class A>
struct Elementwise {
  using container_expression = void;
  using Value = std::conditional_t<std::same_as<typename A::Value, int>, double, typename A::Value>;
  static constexpr Shape shape = A::shape;
  static constexpr bool is_variable = A::is_variable;
  A a;
  THALWEG_INLINE
  Extent extent() const { return a.extent(); }
  THALWEG_INLINE
  int size() const { return extent().size(); }
  struct Cursor {
    decltype(std::declval<const A&>().cursor()) a;
    THALWEG_INLINE
    void begin(int first, int count) { a.begin(first, count); }
    THALWEG_INLINE
    auto element(int i) { return F{}(a.element(i)); }
    THALWEG_INLINE
    void end(int first, int count) { a.end(first, count); }
    THALWEG_INLINE
    void finish() { a.finish(); }
  };
  THALWEG_INLINE
  Cursor cursor() const { return {a.cursor()}; }
};

template <class A, class B>
THALWEG_INLINE void check_same_extent(const A& a, const B& b) {
  if constexpr (Container<A> && Container<B>) {
    if (!(a.extent() == b.extent())) [[unlikely]]
      Tape::current().reject_all("sizes do not match: # and #", a.extent().size(), b.extent().size());
  }
}
template <class F, class A, class B>
THALWEG_INLINE auto elementwise(const A& a, const B& b) {
  check_same_extent(a, b);
  return Elementwise2<F, OperandOf<A>, OperandOf<B>>{as_operand(a), as_operand(b)};
}

#define THALWEG_ELEMENTWISE_OPERATOR(Name, op)                     \
  namespace functions {                                            \
  struct Name {                                                    \
    template <class A, class B>                                    \
    THALWEG_INLINE auto operator()(const A& a, const B& b) const { \
      return a op b;                                               \
    }                                                              \
  };                                                               \
  }
THALWEG_ELEMENTWISE_OPERATOR(Plus, +)
THALWEG_ELEMENTWISE_OPERATOR(Minus, -)
THALWEG_ELEMENTWISE_OPERATOR(Times, *)
THALWEG_ELEMENTWISE_OPERATOR(Over, /)
#undef THALWEG_ELEMENTWISE_OPERATOR

template <class A, class B>
concept SameShapeOrScalar = (Container<A> && ScalarOperand<B>) || (ScalarOperand<A> && Container<B>);
template <class A, class B>
concept SameShape = Container<A> && Container<B> &&(A::shape == B::shape);

/// Sums and differences of equal shapes, or of a container and a scalar.
template <class A, class B>
requires(SameShape<A, B> || SameShapeOrScalar<A, B>) THALWEG_INLINE auto operator+(const A& a, const B& b) {
  return elementwise<functions::Plus>(a, b);
}
template <class A, class B>
requires(SameShape<A, B> || SameShapeOrScalar<A, B>) THALWEG_INLINE auto operator-(const A& a, const B& b) {
  return elementwise<functions::Minus>(a, b);
}
/// A container times a scalar; products of containers are in products.hpp.
template <class A, class B>
requires SameShapeOrScalar<A, B> THALWEG_INLINE auto operator*(const A& a, const B& b) {
  return elementwise<functions::Times>(a, b);
}
template <Container A, ScalarOperand B>
THALWEG_INLINE auto operator/(const A& a, const B& b) {
  return elementwise<functions::Over>(a, b);
}
template <ScalarOperand A, Container B>
THALWEG_INLINE auto operator/(const A& a, const B& b) {
  return elementwise<functions::Over>(a, b);
}
template <class A, class B>
requires(SameShape<A, B> || SameShapeOrScalar<A, B>) THALWEG_INLINE auto elt_multiply(const A& a, const B& b) {
  return elementwise<functions::Times>(a, b);
}
template <class A, class B>
requires(SameShape<A, B> || SameShapeOrScalar<A, B>) THALWEG_INLINE auto elt_divide(const A& a, const B& b) {
  return elementwise<functions::Over>(a, b);
}
namespace functions {
struct Negate {
  template <class A>
  THALWEG_INLINE auto operator()(const A& a) const {
    return -a;
  }
};
}  // namespace functions
template <Container A>
THALWEG_INLINE auto operator-(const A& a) {
  return Elementwise<functions::Negate, A>{a};
}
template <Container A>
THALWEG_INLINE const A& operator+(const A& a) {
  return a;
}

// Functions of containers, by the names of the scalar ones.
#define THALWEG_MAP(function)                            \
  namespace functions {                                  \
  struct map_##function {                                \
    template <class A>                                   \
    THALWEG_INLINE auto operator()(const A& a) const {   \
      return function(a);                                \
    }                                                    \
  };                                                     \
  }                                                      \
  template <Container A>                                 \
  THALWEG_INLINE auto function(const A& a) {             \
    return Elementwise<functions::map_##function, A>{a}; \
  }
THALWEG_MAP(exp)
THALWEG_MAP(log)
THALWEG_MAP(log1p)
THALWEG_MAP(expm1)
THALWEG_MAP(sqrt)
THALWEG_MAP(sin)
THALWEG_MAP(cos)
THALWEG_MAP(tan)
THALWEG_MAP(asin)
THALWEG_MAP(acos)
THALWEG_MAP(atan)
THALWEG_MAP(sinh)
THALWEG_MAP(cosh)
THALWEG_MAP(tanh)
THALWEG_MAP(asinh)
THALWEG_MAP(acosh)
THALWEG_MAP(atanh)
THALWEG_MAP(exp2)
THALWEG_MAP(log2)
THALWEG_MAP(log10)
THALWEG_MAP(cbrt)
THALWEG_MAP(logistic)
THALWEG_MAP(log1p_exp)
THALWEG_MAP(log1m_exp)
THALWEG_MAP(log_logistic)
THALWEG_MAP(erf)
THALWEG_MAP(erfc)
THALWEG_MAP(normal_cdf)
THALWEG_MAP(log_normal_cdf)
THALWEG_MAP(normal_quantile)
THALWEG_MAP(lgamma)
THALWEG_MAP(digamma)
THALWEG_MAP(trigamma)
THALWEG_MAP(square)
THALWEG_MAP(inv)
THALWEG_MAP(abs)
THALWEG_MAP(log1m)
THALWEG_MAP(logit)
THALWEG_MAP(inv_cloglog)
THALWEG_MAP(floor)
THALWEG_MAP(ceil)
THALWEG_MAP(round)
THALWEG_MAP(trunc)
THALWEG_MAP(step)
#undef THALWEG_MAP
#define THALWEG_MAP2(function)                                                                                \
  namespace functions {                                                                                       \
  struct map_##function {                                                                                     \
    template <class A, class B>                                                                               \
    THALWEG_INLINE auto operator()(const A& a, const B& b) const {                                            \
      return function(a, b);                                                                                  \
    }                                                                                                         \
  };                                                                                                          \
  }                                                                                                           \
  template <class A, class B>                                                                                 \
  requires(SameShape<A, B> || SameShapeOrScalar<A, B>) THALWEG_INLINE auto function(const A& a, const B& b) { \
    return elementwise<functions::map_##function>(a, b);                                                      \
  }
THALWEG_MAP2(pow)
THALWEG_MAP2(fmin)
THALWEG_MAP2(fmax)
THALWEG_MAP2(log_sum_exp)
THALWEG_MAP2(log_diff_exp)
THALWEG_MAP2(atan2)
THALWEG_MAP2(hypot)
THALWEG_MAP2(fmod)
THALWEG_MAP2(lbeta)
THALWEG_MAP2(lmultiply)
THALWEG_MAP2(fdim)
#undef THALWEG_MAP2

// ---- gathering: x(index) for an array of 1-based positions ----

/// x[i₁], x[i₂], … : reads, and adds adjoints, through the positions.
template <class S>
struct Gathered {
  using container_expression = void;
  using Value = typename S::Value;
  static constexpr Shape shape = S::shape;
  static constexpr bool is_variable = S::is_variable;
  S source;
  Array<int> index;
  THALWEG_INLINE
  Extent extent() const { return {index.length, 1}; }
  THALWEG_INLINE
  int size() const { return index.length; }
  struct Cursor {
    decltype(source.storage) storage;  // moved back by one element, since positions start at 1
    const int* index;
    std::ptrdiff_t stride, index_stride;
    int size;
    THALWEG_INLINE
    void begin(int first, int count) {
      int low = 1, high = 1;
      for (int i = first; i < first + count; ++i) {
        const int k = index[i * index_stride];
        low = k < low ? k : low;
        high = k > high ? k : high;
      }
      if (low < 1 || (high > size && count > 0)) [[unlikely]]
        Tape::current().reject_all("index # is outside 1..#", low < 1 ? low : high, size);
    }
    THALWEG_INLINE
    auto element(int i) { return storage.read((index[i * index_stride] - 1) * stride); }
    THALWEG_INLINE
    void end(int, int) {}
    THALWEG_INLINE
    void finish() {}
  };
  THALWEG_INLINE
  Cursor cursor() const { return {source.storage, index.storage.data, source.stride, index.stride, source.length}; }
};
template <class T, Shape s>
THALWEG_INLINE auto gather(const Sequence<T, s>& source, const Array<int>& index) {
  return Gathered<Sequence<T, s>>{source, index};
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
