// The log density of a distribution over any mix of scalar and container arguments, as one formula.
#pragma once
#include <tuple>
#include <utility>

#include "thalweg/density/arguments.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class A, class... Rest>
struct WidestValue {
  using type = Wider<std::conditional_t<std::same_as<typename A::Value, int>, double, typename A::Value>,
                     typename WidestValue<Rest...>::type>;
};
template <class A>
struct WidestValue<A> {
  using type = std::conditional_t<std::same_as<typename A::Value, int>, double, typename A::Value>;
};

/// The product of the elements' factors, where a distribution has them.
template <class D, class Value>
struct Factors {
  using type = Nothing;
};
template <class D, class Value>
requires requires { D::factor_weight; }
struct Factors<D, Value> {
  using type = LogProduct<Value>;
};

template <class... Ops>
THALWEG_INLINE int common_size(const Ops&... ops) {
  int n = -1;
  const auto look = [&](const auto& op) {
    if constexpr (Container<std::remove_cvref_t<decltype(op)>>) {
      const int m = op.extent().size();
      if (n >= 0 && m != n) Tape::current().reject_all("sizes of the arguments do not match: # and #", n, m);
      n = m;
    }
  };
  (look(ops), ...);
  return n < 0 ? 1 : n;
}
}  // namespace detail

/// Σᵢ log p(outcomeᵢ | parametersᵢ) for distribution D; `propto` drops terms that no parameter touches. Value and
/// adjoints come from one pass when it is added to the target at once, else from one pass each.
template <class D, bool propto, class... Ops>
struct LogDensity {
  using scalar_expression = void;
  using Value = typename detail::WidestValue<Ops...>::type;
  static constexpr bool is_leaf = false, is_variable = (Ops::is_variable || ...);
  using Kept = Nothing;
  using Terms = Keep<propto, Ops::is_variable...>;
  std::tuple<Ops...> ops;
  int size;

  template <bool differentiate>
  THALWEG_INLINE Value pass(const Value& adjoint) const {
    return pass<differentiate>(adjoint, std::index_sequence_for<Ops...>{});
  }
  template <bool differentiate, std::size_t... j>
  THALWEG_INLINE Value pass(const Value& adjoint, std::index_sequence<j...>) const {
    const int n = all_shared ? 1 : size;
    if (n == 0) return Value(0.0);
    auto arguments = std::tuple<detail::Argument<D, j, Ops>...>(std::get<j>(ops)...);
    (std::get<j>(arguments).check(), ...);
    Value value(0.0);
    Mask<Value> bad = Value(0.0) != Value(0.0);
    [[maybe_unused]] typename detail::Factors<D, Value>::type factors;
    for (int first = 0; first < n; first += block_rows) {
      const int count = n - first < block_rows ? n - first : block_rows;
      (std::get<j>(arguments).begin(first, count), ...);
      for (int i = first; i < first + count; ++i) {
        [&](auto&&... live) __attribute__((always_inline)) {
          (std::get<j>(arguments).check_element(live, bad), ...);
          const auto term = D::template term<Terms>(live.prepared()...);
          value += Value(term.value);
          if constexpr (has_factor) factors *= Value(term.factor);
          if constexpr (differentiate) (std::get<j>(arguments).backward(live, adjoint * term.partial[j]), ...);
        }
        (std::get<j>(arguments).element(i)...);
      }
      if constexpr (differentiate) (std::get<j>(arguments).end(first, count), ...);
    }
    if constexpr (differentiate) (std::get<j>(arguments).finish(), ...);
    if constexpr (has_factor) value += D::factor_weight * factors.log();
    // what is not tested element by element shows here
    if (any(bad) || any(!is_finite(value))) [[unlikely]]
      explain(bad);
    return value;
  }
  THALWEG_INLINE
  Value forward(Kept&) const { return pass<false>(Value(0.0)); }
  THALWEG_INLINE
  void backward(const Kept&, const Value& adjoint) const { pass<true>(adjoint); }
  /// Value, with the adjoint carried back at once.
  THALWEG_INLINE
  Value sweep(const Value& adjoint = Value(1.0)) const { return pass<true>(adjoint); }

 private:
  static constexpr bool has_factor = requires { D::factor_weight; };
  static constexpr bool all_shared = !(Container<Ops> || ...);

  /// Which argument left its domain, in the lanes where one did: looked for only when something went wrong.
  [[gnu::noinline, gnu::cold]] void explain(const Mask<Value>& bad) const {
    [&]<std::size_t... j>(std::index_sequence<j...>) {
      const auto look = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) {
        using Op = std::tuple_element_t<k, std::tuple<Ops...>>;
        if constexpr (Container<Op>) {
          auto good = D::template valid<k>(typename Op::Value(1));
          good = good || !good;
          for_each_value(std::get<k>(ops), [&](int, const auto& v) { good = good && D::template valid<k>(v); });
          if constexpr (std::same_as<std::remove_cvref_t<decltype(good)>, bool>) {
            if (!good) Tape::current().reject_all(D::requirement(k));
          } else {
            Tape::current().reject(!good, D::requirement(k));
          }
        }
      };
      (look(std::integral_constant<std::size_t, j>{}), ...);
    }
    (std::index_sequence_for<Ops...>{});
    if constexpr (!std::same_as<Mask<Value>, bool>)
      Tape::current().reject(bad, D::requirement(0));
    else if (bad)
      Tape::current().reject_lanes(1, D::requirement(0));
  }
};

/// The log density of distribution D at these arguments: scalars, expressions, containers, data or variables.
template <class D, bool propto, class... Args>
THALWEG_INLINE auto log_density(const Args&... args) {
  using Formula = LogDensity<D, propto, detail::DistributionOperand<Args>...>;
  auto ops = std::tuple<detail::DistributionOperand<Args>...>(detail::distribution_operand(args)...);
  const int size = std::apply([](const auto&... op) { return detail::common_size(op...); }, ops);
  const Formula formula{ops, size};
  if constexpr (!Formula::Terms::any_term) {
    return 0.0;
  } else if constexpr (Formula::is_variable) {
    return formula;
  } else {
    typename Formula::Kept kept;
    return formula.forward(kept);
  }
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
