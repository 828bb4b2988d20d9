// Scalars made from containers: sums, dot products, log-sum-exp and their kin.
#pragma once
#include "thalweg/autodiff/elementwise.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Σᵢ eᵢ, in the order of the elements.
template <class E>
struct Total {
  using scalar_expression = void;
  using Value = typename E::Value;
  static constexpr bool is_leaf = false, is_variable = E::is_variable;
  E expression;
  using Kept = Nothing;
  THALWEG_INLINE
  Value forward(Kept&) const {
    Value sum(0);
    for_each_value(expression, [&](int, const auto& v) { sum += Value(v); });
    return sum;
  }
  THALWEG_INLINE
  void backward(const Kept&, const Value& adjoint) const {
    auto cursor = expression.cursor();
    const int n = expression.extent().size();
    for (int first = 0; first < n; first += block_rows) {
      const int count = n - first < block_rows ? n - first : block_rows;
      cursor.begin(first, count);
      for (int i = first; i < first + count; ++i) {
        const auto e = as_expression(cursor.element(i));
        typename std::remove_cvref_t<decltype(e)>::Kept kept;
        e.forward(kept);
        e.backward(kept, adjoint);
      }
      cursor.end(first, count);
    }
    cursor.finish();
  }
};

/// Sum of the elements; an integer array gives an int.
template <Container E>
THALWEG_INLINE auto sum(const E& e) {
  if constexpr (E::is_variable) {
    return Total<E>{e};
  } else {
    typename Total<E>::Kept kept;
    return Total<E>{e}.forward(kept);
  }
}
template <ScalarOperand T>
THALWEG_INLINE T sum(const T& x) {
  return x;
}

/// aᵀb for vectors of equal length, whatever their orientation.
template <Sequenced A, Sequenced B>
THALWEG_INLINE auto dot_product(const A& a, const B& b) {
  check_same_extent(a, b);
  return sum(Elementwise2<functions::Times, A, B>{a, b});
}
template <Sequenced A>
THALWEG_INLINE auto dot_self(const A& a) {
  return sum(square(a));
}
template <Sequenced A, Sequenced B>
THALWEG_INLINE auto squared_distance(const A& a, const B& b) {
  check_same_extent(a, b);
  return sum(square(Elementwise2<functions::Minus, A, B>{a, b}));
}
template <Sequenced A, Sequenced B>
THALWEG_INLINE auto distance(const A& a, const B& b) {
  return sqrt(squared_distance(a, b));
}
template <Container E>
THALWEG_INLINE auto mean(const E& e) {
  return sum(e) / static_cast<double>(e.size());
}

/// log Σ exp(xᵢ): the largest is taken out, so nothing overflows; −∞ for no elements.
template <Container E>
THALWEG_INLINE auto log_sum_exp(const E& expression) {
  using Value = std::conditional_t<std::same_as<typename E::Value, int>, double, typename E::Value>;
  const auto x = let(expression);
  const int n = x.size();
  Value top(-infinity);
  for (int i = 0; i < n; ++i) top = max(Value(value_of(x[i])), top);
  // all −∞: exp(−∞ − 0) = 0 and the result is −∞; a +∞ or NaN element goes through
  const Value shift = select(abs(top) < Value(infinity), top, Value(0.0));
  Value total(0.0);
  for (int i = 0; i < n; ++i) total += exp(Value(value_of(x[i])) - shift);
  const Value value = shift + log(total);
  if constexpr (!E::is_variable) {
    return value;
  } else {
    struct Back : Record {
      Evaluated<E> x;
      Value* slot;  // value, adjoint
      static void undo(Back& r) {
        for (int i = 0; i < r.x.size(); ++i) {
          const auto xi = r.x[i];
          *xi.adjoint_at += r.slot[1] * exp(*xi.value_at - r.slot[0]);
        }
      }
    };
    Tape& tape = Tape::current();
    auto* slot = tape.allocate<Value>(2);
    slot[0] = value;
    slot[1] = Value(0.0);
    auto& r = tape.record<Back>();
    r.x = x;
    r.slot = slot;
    return Var<Value>(slot, slot + 1);
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
