// Σₖ f(k) of a formula f, as one formula.
#pragma once
#include <cstring>
#include <memory>
#include <type_traits>

#include "thalweg/autodiff/container.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// f(first) + … + f(last), added in this order to 0. Nothing is kept: the way back walks through the terms again, so f
/// should be cheap (products and sums of variables and numbers) and must see then what it saw before.
///
/// Cost    forward and back together: three evaluations of f, no record a term.
/// Errors  what f refuses is blamed on `statement`.
template <class F>
struct SumOver {
  using Term = ExpressionOf<std::invoke_result_t<const F&, int>>;
  using scalar_expression = void;
  using Value = typename Term::Value;
  static constexpr bool is_leaf = false, is_variable = true;
  using Kept = Nothing;

  int first, last, statement;
  F f;

  SumOver(int low, int high, int at, const F& formula) : first(low), last(high), statement(at), f(formula) {}
  SumOver(const SumOver&) = default;
  SumOver& operator=(const SumOver& o) {  // closures can be copied, but not assigned
    static_assert(std::is_trivially_destructible_v<F>);
    std::construct_at(this, o);
    return *this;
  }
  THALWEG_INLINE
  Value forward(Kept&) const {
    Tape& tape = Tape::current();
    const int outer = tape.statement;
    tape.statement = statement;
    Value total(0.0);
    for (int k = first; k <= last; ++k) {
      typename Term::Kept kept;
      total += as_expression(f(k)).forward(kept);
    }
    tape.statement = outer;
    return total;
  }
  THALWEG_INLINE
  void backward(const Kept&, const Value& adjoint) const {
    for (int k = first; k <= last; ++k) {
      typename Term::Kept kept;
      const Term term = as_expression(f(k));
      term.forward(kept);
      term.backward(kept, adjoint);
    }
  }
};

/// A formula of variables, or the number that it is without them.
template <class F>
THALWEG_INLINE auto sum_over(int first, int last, int statement, const F& f) {
  using Result = std::invoke_result_t<const F&, int>;
  if constexpr (Number<Result>) {
    double total = 0.0;
    for (int k = first; k <= last; ++k) total += static_cast<double>(f(k));
    return total;
  } else {
    return SumOver<F>(first, last, statement, f);
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
