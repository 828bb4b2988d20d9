// Variables of reverse-mode differentiation, and the scalar expressions made of them.
#pragma once
#include <concepts>
#include <type_traits>

#include "thalweg/autodiff/functions.hpp"
#include "thalweg/autodiff/tape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// A scalar expression is a formula that has not been evaluated: a tree of types whose leaves are variables and
/// numbers.
///
///   value = e.forward(kept)        evaluates, and keeps what the way back needs (nothing for sums; operands that are
///                                  not leaves for products; …)
///   e.backward(kept, adjoint)      adds adjoint · ∂e/∂leaf to each leaf
///
/// Both are straight code that the compiler sees whole, so an expression that is differentiated at once (`target +=`)
/// never touches a tape, and one that is recorded (`let`) is one record, however long the formula is.
template <class E>
concept ScalarExpression = requires {
  typename E::scalar_expression;
};

template <class T>
concept Number = std::is_arithmetic_v<T>;

template <class T>
concept ScalarOperand = ScalarExpression<T> || Number<T>;

/// What a node keeps when it keeps nothing.
struct Nothing {};

/// A number in a formula.
struct Constant {
  using scalar_expression = void;
  using Value = double;
  static constexpr bool is_leaf = true, is_variable = false;
  using Kept = Nothing;
  double number;
  THALWEG_INLINE
  double value() const { return number; }
  THALWEG_INLINE
  double forward(Kept&) const { return number; }
  template <class R>
  THALWEG_INLINE void backward(const Kept&, const R&) const {}
};

/// Room for a value, and behind it its adjoint, which is 0.
template <class Real>
THALWEG_INLINE Real* new_slot() {
  Real* const slot = Tape::current().allocate<Real>(tape_records ? 2 : 1);
  if constexpr (tape_records) slot[1] = Real(0.0);
  return slot;
}

/// A variable: where its value and its adjoint are. Copies are the same variable; assigning an expression makes the
/// name stand for a new one. A default-made variable is NaN.
template <class Real>
struct Var {
  using scalar_expression = void;
  using Value = Real;
  static constexpr bool is_leaf = true, is_variable = true;
  using Kept = Nothing;

  Real* value_at;
  Real* adjoint_at;

  Var() : Var(not_a_number) {}
  THALWEG_INLINE
  Var(Real* value, Real* adjoint) : value_at(value), adjoint_at(adjoint) {}
  /// A new variable with this value and adjoint 0.
  template <class T>
  requires(Number<T> || std::same_as<T, Real>) THALWEG_INLINE Var(const T& value)
      : value_at(new_slot<Real>()), adjoint_at(tape_records ? value_at + 1 : value_at) {
    *value_at = Real(static_cast<std::conditional_t<Number<T>, double, Real>>(value));
  }
  template <ScalarExpression E>
  requires(!std::same_as<E, Var>) THALWEG_INLINE Var(const E& expression);
  Var(const Var&) = default;
  Var& operator=(const Var&) = default;

  THALWEG_INLINE
  const Real& value() const { return *value_at; }
  THALWEG_INLINE
  Real forward(Kept&) const { return *value_at; }
  THALWEG_INLINE
  void backward(const Kept&, const Real& adjoint) const { *adjoint_at += adjoint; }
};

template <class Real>
struct Element;

/// The expression for an operand: numbers become constants, elements of containers the variables that they are.
template <Number T>
THALWEG_INLINE Constant as_expression(T x) {
  return {static_cast<double>(x)};
}
template <ScalarExpression E>
THALWEG_INLINE const E& as_expression(const E& e) {
  return e;
}
template <class Real>
THALWEG_INLINE const Var<Real>& as_expression(const Element<Real>& e) {
  return e;
}
template <class T>
using ExpressionOf = std::remove_cvref_t<decltype(as_expression(std::declval<const T&>()))>;

/// The wider of two value types: a Real beside a number; two numbers make a double.
template <class A, class B>
using Wider = std::conditional_t<Number<A>, std::conditional_t<Number<B>, double, B>, A>;

/// Keeps a value only if it cannot be read again from a leaf and somebody needs it.
template <class E, bool needed = true>
struct Retained {
  typename E::Value kept;
  template <class V>
  THALWEG_INLINE void set(const V& v) {
    kept = v;
  }
  THALWEG_INLINE
  const auto& value(const E&) const { return kept; }
};
template <class E, bool needed>
requires(E::is_leaf || !needed) struct Retained<E, needed> {
  template <class V>
  THALWEG_INLINE void set(const V&) {}
  THALWEG_INLINE
  decltype(auto) value(const E& e) const {
    if constexpr (E::is_leaf)
      return e.value();
    else
      return typename E::Value(0.0);
  }
};

template <class A, class B>
struct Sum {
  using scalar_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = A::is_variable || B::is_variable;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const { return a.forward(k.a) + b.forward(k.b); }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    if constexpr (A::is_variable) a.backward(k.a, adjoint);
    if constexpr (B::is_variable) b.backward(k.b, adjoint);
  }
};

template <class A, class B>
struct Difference {
  using scalar_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = A::is_variable || B::is_variable;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const { return a.forward(k.a) - b.forward(k.b); }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    if constexpr (A::is_variable) a.backward(k.a, adjoint);
    if constexpr (B::is_variable) b.backward(k.b, -adjoint);
  }
};

template <class A, class B>
struct Product {
  using scalar_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = A::is_variable || B::is_variable;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
    [[no_unique_address]] Retained<A, B::is_variable> a_value;
    [[no_unique_address]] Retained<B, A::is_variable> b_value;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const {
    const auto x = a.forward(k.a);
    const auto y = b.forward(k.b);
    k.a_value.set(x);
    k.b_value.set(y);
    return x * y;
  }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    if constexpr (A::is_variable) a.backward(k.a, adjoint * k.b_value.value(b));
    if constexpr (B::is_variable) b.backward(k.b, adjoint * k.a_value.value(a));
  }
};

template <class A, class B>
struct Quotient {
  using scalar_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = A::is_variable || B::is_variable;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
    [[no_unique_address]] Retained<B> b_value;
    std::conditional_t<B::is_variable, Value, Nothing> quotient;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const {
    const auto x = a.forward(k.a);
    const auto y = b.forward(k.b);
    k.b_value.set(y);
    const Value q = x / y;
    if constexpr (B::is_variable) k.quotient = q;
    return q;
  }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    const Value scaled = adjoint / k.b_value.value(b);
    if constexpr (A::is_variable) a.backward(k.a, scaled);
    if constexpr (B::is_variable) b.backward(k.b, -scaled * k.quotient);
  }
};

template <class A>
struct Negation {
  using scalar_expression = void;
  using Value = typename A::Value;
  static constexpr bool is_leaf = false, is_variable = A::is_variable;
  [[no_unique_address]] A a;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const { return -a.forward(k.a); }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const { a.backward(k.a, -adjoint); }
};

/// f(a) for a unary function of `functions`.
template <class F, class A>
struct Applied {
  using scalar_expression = void;
  using Value = typename A::Value;
  static constexpr bool is_leaf = false, is_variable = A::is_variable;
  [[no_unique_address]] A a;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] Retained<A, F::keeps_argument> argument;
    std::conditional_t<F::keeps_value, Value, Nothing> value;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const {
    const Value x = a.forward(k.a);
    k.argument.set(x);
    const Value y = F::value(x);
    if constexpr (F::keeps_value) k.value = y;
    return y;
  }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    if constexpr (F::keeps_value && F::keeps_argument)
      a.backward(k.a, adjoint * F::derivative(k.argument.value(a), k.value));
    else if constexpr (F::keeps_value)
      a.backward(k.a, adjoint * F::derivative(k.value, k.value));
    else if constexpr (F::keeps_argument)
      a.backward(k.a, adjoint * F::derivative(k.argument.value(a), k.argument.value(a)));
    // a function that keeps neither is flat
  }
};

/// f(a, b) for a binary function of `functions`.
template <class F, class A, class B>
struct Applied2 {
  using scalar_expression = void;
  using Value = Wider<typename A::Value, typename B::Value>;
  static constexpr bool is_leaf = false, is_variable = A::is_variable || B::is_variable;
  [[no_unique_address]] A a;
  [[no_unique_address]] B b;
  struct Kept {
    [[no_unique_address]] typename A::Kept a;
    [[no_unique_address]] typename B::Kept b;
    [[no_unique_address]] Retained<A> a_value;
    [[no_unique_address]] Retained<B> b_value;
    Value value;
  };
  THALWEG_INLINE
  Value forward(Kept& k) const {
    const auto x = a.forward(k.a);
    const auto y = b.forward(k.b);
    k.a_value.set(x);
    k.b_value.set(y);
    k.value = F::value(Value(x), Value(y));
    return k.value;
  }
  THALWEG_INLINE
  void backward(const Kept& k, const Value& adjoint) const {
    const Value x(k.a_value.value(a)), y(k.b_value.value(b));
    if constexpr (A::is_variable) a.backward(k.a, adjoint * F::partial_a(x, y, k.value));
    if constexpr (B::is_variable) b.backward(k.b, adjoint * F::partial_b(x, y, k.value));
  }
};

#define THALWEG_OPERATOR(op, Node)                                                                               \
  template <ScalarOperand A, ScalarOperand B>                                                                    \
  requires(ScalarExpression<A> || ScalarExpression<B>) THALWEG_INLINE auto operator op(const A& a, const B& b) { \
    return Node<ExpressionOf<A>, ExpressionOf<B>>{as_expression(a), as_expression(b)};                           \
  }
THALWEG_OPERATOR(+, Sum)
THALWEG_OPERATOR(-, Difference)
THALWEG_OPERATOR(*, Product)
THALWEG_OPERATOR(/, Quotient)
#undef THALWEG_OPERATOR
template <ScalarExpression A>
THALWEG_INLINE auto operator-(const A& a) {
  return Negation<ExpressionOf<A>>{as_expression(a)};
}
template <ScalarExpression A>
THALWEG_INLINE A operator+(const A& a) {
  return a;
}

/// Functions of scalar expressions, by the names that numbers use.
#define THALWEG_APPLY(function, F)                                   \
  template <ScalarExpression A>                                      \
  THALWEG_INLINE auto function(const A& a) {                         \
    return Applied<functions::F, ExpressionOf<A>>{as_expression(a)}; \
  }
THALWEG_APPLY(exp, Exp)
THALWEG_APPLY(log, Log)
THALWEG_APPLY(log1p, Log1p)
THALWEG_APPLY(expm1, Expm1)
THALWEG_APPLY(sqrt, Sqrt)
THALWEG_APPLY(sin, Sin)
THALWEG_APPLY(cos, Cos)
THALWEG_APPLY(tan, Tan)
THALWEG_APPLY(asin, Asin)
THALWEG_APPLY(acos, Acos)
THALWEG_APPLY(atan, Atan)
THALWEG_APPLY(sinh, Sinh)
THALWEG_APPLY(cosh, Cosh)
THALWEG_APPLY(tanh, Tanh)
THALWEG_APPLY(asinh, Asinh)
THALWEG_APPLY(acosh, Acosh)
THALWEG_APPLY(atanh, Atanh)
THALWEG_APPLY(exp2, Exp2)
THALWEG_APPLY(log2, Log2)
THALWEG_APPLY(log10, Log10)
THALWEG_APPLY(cbrt, Cbrt)
THALWEG_APPLY(logistic, Logistic)
THALWEG_APPLY(log1p_exp, Log1pExp)
THALWEG_APPLY(log1m_exp, Log1mExp)
THALWEG_APPLY(log_logistic, LogLogistic)
THALWEG_APPLY(erf, Erf)
THALWEG_APPLY(erfc, Erfc)
THALWEG_APPLY(normal_cdf, NormalCdf)
THALWEG_APPLY(log_normal_cdf, LogNormalCdf)
THALWEG_APPLY(normal_quantile, NormalQuantile)
THALWEG_APPLY(lgamma, Lgamma)
THALWEG_APPLY(digamma, Digamma)
THALWEG_APPLY(trigamma, Trigamma)
THALWEG_APPLY(square, Square)
THALWEG_APPLY(cube, Cube)
THALWEG_APPLY(inv, Inverse)
THALWEG_APPLY(abs, Absolute)
THALWEG_APPLY(log1m, Log1m)
THALWEG_APPLY(logit, Logit)
THALWEG_APPLY(inv_cloglog, InverseCloglog)
THALWEG_APPLY(floor, Floor)
THALWEG_APPLY(ceil, Ceil)
THALWEG_APPLY(round, Round)
THALWEG_APPLY(trunc, Trunc)
THALWEG_APPLY(step, Step)
#undef THALWEG_APPLY
#define THALWEG_APPLY2(function, F)                                                                           \
  template <ScalarOperand A, ScalarOperand B>                                                                 \
  requires(ScalarExpression<A> || ScalarExpression<B>) THALWEG_INLINE auto function(const A& a, const B& b) { \
    return Applied2<functions::F, ExpressionOf<A>, ExpressionOf<B>>{as_expression(a), as_expression(b)};      \
  }
THALWEG_APPLY2(pow, Power)
THALWEG_APPLY2(fmin, Smaller)
THALWEG_APPLY2(fmax, Larger)
THALWEG_APPLY2(log_sum_exp, LogSumExp)
THALWEG_APPLY2(log_diff_exp, LogDiffExp)
THALWEG_APPLY2(atan2, Atan2)
THALWEG_APPLY2(hypot, Hypot)
THALWEG_APPLY2(fmod, Fmod)
THALWEG_APPLY2(lbeta, Lbeta)
THALWEG_APPLY2(lmultiply, Lmultiply)
THALWEG_APPLY2(fdim, Fdim)
#undef THALWEG_APPLY2

// The same small functions for numbers, where core has no name for them.
#define THALWEG_NUMBER(function, F)                     \
  template <Number T>                                   \
  THALWEG_INLINE double function(T x) {                 \
    return functions::F::value(static_cast<double>(x)); \
  }
THALWEG_NUMBER(square, Square)
THALWEG_NUMBER(cube, Cube)
THALWEG_NUMBER(inv, Inverse)
THALWEG_NUMBER(inv_cloglog, InverseCloglog)
THALWEG_NUMBER(step, Step)
#undef THALWEG_NUMBER
#define THALWEG_NUMBER2(function, F)                                            \
  template <Number S, Number T>                                                 \
  THALWEG_INLINE double function(S a, T b) {                                    \
    return functions::F::value(static_cast<double>(a), static_cast<double>(b)); \
  }
THALWEG_NUMBER2(fmin, Smaller)
THALWEG_NUMBER2(fmax, Larger)
THALWEG_NUMBER2(lmultiply, Lmultiply)
THALWEG_NUMBER2(fdim, Fdim)
#undef THALWEG_NUMBER2

/// A recorded statement: result = expression.
template <class E>
struct LetRecord : Record {
  using Real = typename E::Value;
  E expression;
  typename E::Kept kept;
  Real* adjoint;
  static void undo(LetRecord& r) { r.expression.backward(r.kept, *r.adjoint); }
};

/// Evaluates an expression once and gives it a name; the record carries adjoints back through it.
template <ScalarExpression E>
THALWEG_INLINE auto let(const E& expression) {
  using Real = typename E::Value;
  if constexpr (!E::is_variable) {
    typename E::Kept kept;
    return expression.forward(kept);
  } else if constexpr (E::is_leaf) {
    return Var<Real>(expression);
  } else {
    auto* slot = new_slot<Real>();
    if constexpr (!tape_records) {
      typename E::Kept kept;
      slot[0] = expression.forward(kept);
      return Var<Real>(slot, slot);
    }
    auto& r = Tape::current().record<LetRecord<E>>();
    r.expression = expression;
    r.adjoint = slot + 1;
    slot[0] = r.expression.forward(r.kept);
    return Var<Real>(slot, slot + 1);
  }
}
template <Number T>
THALWEG_INLINE T let(T x) {
  return x;
}

template <class Real>
template <ScalarExpression E>
requires(!std::same_as<E, Var<Real>>) THALWEG_INLINE Var<Real>::Var(const E& expression) {
  if constexpr (std::derived_from<E, Var<Real>>) {
    *this = copy(static_cast<const Var<Real>&>(expression));  // an element may be overwritten later
  } else if constexpr (E::is_variable) {
    const Var v = let(expression);
    value_at = v.value_at;
    adjoint_at = v.adjoint_at;
  } else {
    *this = Var(let(expression));
  }
}

/// An element of a container of variables: assigning to it overwrites the element in place.
template <class Real>
struct Element : Var<Real> {
  using Var<Real>::Var;
  Element(const Element&) = default;

  template <class E>
  struct Overwrite : Record {
    E expression;
    typename E::Kept kept;
    Real *value, *adjoint;
    Real old_value, old_adjoint;  // the adjoint that target += has already given to the old value
    static void undo(Overwrite& r) {
      const Real a = *r.adjoint;
      *r.adjoint = r.old_adjoint;
      *r.value = r.old_value;
      r.expression.backward(r.kept, a);
    }
  };
  template <ScalarOperand T>
  THALWEG_INLINE Element& operator=(const T& x) {
    using E = ExpressionOf<T>;
    if constexpr (!tape_records) {
      typename E::Kept kept;
      *this->value_at = Real(as_expression(x).forward(kept));
      return *this;
    }
    auto& r = Tape::current().record<Overwrite<E>>();
    r.expression = as_expression(x);
    r.value = this->value_at;
    r.adjoint = this->adjoint_at;
    r.old_value = *r.value;
    r.old_adjoint = *r.adjoint;
    *r.value = Real(r.expression.forward(r.kept));
    *r.adjoint = Real(0.0);
    return *this;
  }
  THALWEG_INLINE
  Element& operator=(const Element& x) { return *this = static_cast<const Var<Real>&>(x); }
};

/// A new variable with the value of another: an element's later overwriting does not reach it.
template <class Real>
THALWEG_INLINE Var<Real> copy(const Var<Real>& v) {
  auto* slot = new_slot<Real>();
  slot[0] = *v.value_at;
  if constexpr (!tape_records) return Var<Real>(slot, slot);
  auto& r = Tape::current().record<LetRecord<Var<Real>>>();
  r.expression = v;
  r.adjoint = slot + 1;
  return Var<Real>(slot, slot + 1);
}
template <Number T>
THALWEG_INLINE T copy(T x) {
  return x;
}

/// The value alone of an expression or number.
template <ScalarExpression E>
THALWEG_INLINE auto value_of(const E& e) {
  typename E::Kept kept;
  return e.forward(kept);
}
template <Number T>
THALWEG_INLINE T value_of(T x) {
  return x;
}

// Comparisons look at values. Their result is a mask: bool when one particle is evaluated.
#define THALWEG_COMPARE(op)                                                                                      \
  template <ScalarOperand A, ScalarOperand B>                                                                    \
  requires(ScalarExpression<A> || ScalarExpression<B>) THALWEG_INLINE auto operator op(const A& a, const B& b) { \
    return value_of(a) op value_of(b);                                                                           \
  }
THALWEG_COMPARE(<)
THALWEG_COMPARE(<=)
THALWEG_COMPARE(>)
THALWEG_COMPARE(>=)
THALWEG_COMPARE(==)
THALWEG_COMPARE(!=)
#undef THALWEG_COMPARE

}  // namespace THALWEG_ISA
}  // namespace thalweg
