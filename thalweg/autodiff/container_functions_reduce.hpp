// Numbers that sum a container up, and running or normalised sums.
#pragma once
#include "thalweg/autodiff/container_functions_shape.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// The type of a result over the reals, also for a container of integers.
template <class E>
using RealValue = std::conditional_t<std::same_as<typename E::Value, int>, double, typename E::Value>;

/// A scalar of a container with the partial derivatives that were found on the way forward.
template <class C>
struct GradientRecord : Record {
  using Real = typename C::Value;
  C x;
  const Real* partials;
  const Real* slot;
  static void undo(GradientRecord& r) {
    for (int i = 0; i < r.x.size(); ++i) {
      Real& to = *r.x[i].adjoint_at;
      to = fma(r.slot[1], r.partials[i], to);
    }
  }
};
/// A new variable with this value and these partials in x; a number when x holds numbers.
template <class C, class Real, class Partial>
auto with_gradient(const C& x, const Real& value, const Partial& partial) {
  if constexpr (C::is_variable) {
    Tape& tape = Tape::current();
    Real* slot = new_slot(value);
    Real* partials = tape.allocate<Real>(static_cast<std::size_t>(x.size()));
    for (int i = 0; i < x.size(); ++i) partials[i] = partial(i);
    auto& r = tape.record<GradientRecord<C>>();
    r.x = x;
    r.partials = partials;
    r.slot = slot;
    return Var<Real>(slot, slot + 1);
  } else {
    return value;
  }
}
}  // namespace detail

/// Πᵢ xᵢ; 1 for no elements. Zeros are no trouble for the derivative.
template <Container E>
auto prod(const E& expression) {
  using Real = typename E::Value;
  const auto x = let(expression);
  const int n = x.size();
  Real value(1);
  for (int i = 0; i < n; ++i) value = value * value_of(x[i]);
  if constexpr (E::is_variable) {
    Real* others = Tape::current().allocate<Real>(static_cast<std::size_t>(n));  // the product of all but one
    Real before(1.0), behind(1.0);
    for (int i = 0; i < n; ++i) {
      others[i] = before;
      before = before * *x[i].value_at;
    }
    for (int i = n - 1; i >= 0; --i) {
      others[i] = others[i] * behind;
      behind = behind * *x[i].value_at;
    }
    return detail::with_gradient(x, value, [&](int i) { return others[i]; });
  } else {
    return value;
  }
}

namespace detail {
template <class Real>
struct Moments {
  Real mean, squares;  // Σ (xᵢ − mean)²
};
template <class C>
auto moments(const C& x) {
  using Real = RealValue<C>;
  const double n = x.size();
  if (n == 0) Tape::current().reject_all("the variance of no numbers is not defined");
  Real total(0.0), squares(0.0);
  for (int i = 0; i < x.size(); ++i) total += Real(value_of(x[i]));
  const Real mean = total / n;
  for (int i = 0; i < x.size(); ++i) {
    const Real d = Real(value_of(x[i])) - mean;
    squares += d * d;
  }
  return Moments<Real>{mean, squares};
}
}  // namespace detail

/// Σᵢ (xᵢ − x̄)² / (n − 1); 0 for one element.
template <Container E>
auto variance(const E& expression) {
  using Real = detail::RealValue<E>;
  const auto x = let(expression);
  const auto m = detail::moments(x);
  const double weight = x.size() > 1 ? 1.0 / (x.size() - 1) : 0.0;
  return detail::with_gradient(x, Real(m.squares * weight),
                               [&](int i) { return 2.0 * weight * (Real(value_of(x[i])) - m.mean); });
}
/// The root of the variance. Where all elements are equal its partials are set to n^(−½), as in Stan.
template <Container E>
auto sd(const E& expression) {
  using Real = detail::RealValue<E>;
  const auto x = let(expression);
  const auto m = detail::moments(x);
  const double n = x.size(), weight = n > 1 ? 1.0 / (n - 1) : 0.0;
  const Real value = sqrt(Real(m.squares * weight));
  const Real flat(n > 1 ? 1.0 / sqrt(n) : 0.0);
  return detail::with_gradient(x, value, [&](int i) {
    return select(value > Real(0.0), weight * (Real(value_of(x[i])) - m.mean) / value, flat);
  });
}

/// Σ |xᵢ| and (Σ xᵢ²)^½.
template <Container E>
THALWEG_INLINE auto norm1(const E& e) {
  return sum(abs(e));
}
template <Container E>
THALWEG_INLINE auto norm2(const E& e) {
  return sqrt(dot_self(e));
}

// ---- softmax ----

namespace detail {
/// max and Σ exp(xᵢ − max).
template <class C>
auto exponential_sum(const C& x) {
  using Real = RealValue<C>;
  struct Result {
    Real top, total;
  };
  Real top(-infinity), total(0.0);
  for (int i = 0; i < x.size(); ++i) top = max(Real(value_of(x[i])), top);
  for (int i = 0; i < x.size(); ++i) total += exp(Real(value_of(x[i])) - top);
  return Result{top, total};
}
/// logs: y = x − log Σ exp x, adjoint of xᵢ: aᵢ − exp(yᵢ) Σ a; else y = exp(x) / Σ exp x, adjoint yᵢ (aᵢ − Σ a y).
template <class C, bool logs>
struct SoftmaxRecord : Record {
  using Real = typename C::Value;
  C x, y;
  static void undo(SoftmaxRecord& r) {
    const int n = r.x.size();
    const Real *a = r.y.storage.adjoints, *y = r.y.storage.values;
    Real total(0.0);
    for (int i = 0; i < n; ++i) total += logs ? a[i] : a[i] * y[i];
    for (int i = 0; i < n; ++i) *r.x[i].adjoint_at += logs ? a[i] - exp(y[i]) * total : y[i] * (a[i] - total);
  }
};
template <bool logs, Sequenced E>
auto soft_maximum(const E& expression) {
  using Real = RealValue<E>;
  const auto x = let(expression);
  const auto y = make_unset_sequence<Evaluated<E>>(x.size());
  const auto [top, total] = exponential_sum(x);
  if constexpr (logs) {
    const Real log_total = top + log(total);
    for (int i = 0; i < x.size(); ++i) set_value(y.storage, i, value_of(x[i]) - log_total);
  } else {
    for (int i = 0; i < x.size(); ++i) set_value(y.storage, i, exp(value_of(x[i]) - top) / total);
  }
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<SoftmaxRecord<Evaluated<E>, logs>>();
    r.x = x;
    r.y = y;
  }
  return y;
}
}  // namespace detail

/// exp(xᵢ) / Σⱼ exp(xⱼ), and its logarithm.
template <Sequenced E>
auto softmax(const E& e) {
  return detail::soft_maximum<false>(e);
}
template <Sequenced E>
auto log_softmax(const E& e) {
  return detail::soft_maximum<true>(e);
}

// ---- running sums ----

namespace detail {
template <class C>
struct CumulativeRecord : Record {
  using Real = typename C::Value;
  C x;
  const Real* adjoints;
  static void undo(CumulativeRecord& r) {
    Real behind(0.0);
    for (int i = r.x.size() - 1; i >= 0; --i) {
      behind += r.adjoints[i];
      *r.x[i].adjoint_at += behind;
    }
  }
};
}  // namespace detail

/// x₁, x₁ + x₂, x₁ + x₂ + x₃, …
template <Sequenced E>
auto cumulative_sum(const E& expression) {
  using Value = typename E::Value;
  const auto x = let(expression);
  const auto result = make_unset_sequence<Evaluated<E>>(x.size());
  Value running(0);
  for (int i = 0; i < x.size(); ++i) {
    running = running + value_of(x[i]);
    detail::set_value(result.storage, i, running);
  }
  if constexpr (E::is_variable) {
    auto& r = Tape::current().record<detail::CumulativeRecord<Evaluated<E>>>();
    r.x = x;
    r.adjoints = result.storage.adjoints;
  }
  return result;
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
