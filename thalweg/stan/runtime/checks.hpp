// What the arguments of distributions of several numbers must be, and which of them are parameters.
#pragma once
#include "thalweg/autodiff/container_functions.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

template <class T>
struct IsParameter {
  static constexpr bool value = false;
};
template <ScalarExpression E>
struct IsParameter<E> {
  static constexpr bool value = E::is_variable;
};
template <Container E>
struct IsParameter<E> {
  static constexpr bool value = E::is_variable;
};
template <class E>
struct IsParameter<ArrayOf<E>> : IsParameter<E> {};
/// Whether some of these arguments depend on parameters.
template <class... Args>
inline constexpr bool any_parameter = (IsParameter<Args>::value || ...);
/// Whether a term of these arguments stays: see Keep of density/distributions/kernel.hpp.
template <bool propto, class... Args>
inline constexpr bool keeps = !propto || any_parameter<Args...>;

inline void refuse_unless(bool good, const char* reason) {
  if (!good) [[unlikely]]
    Tape::current().reject_all(reason);
}
template <int W>
void refuse_unless(const PackMask<W>& good, const char* reason) {
  Tape::current().reject(!good, reason);
}

/// `holds(value)` for every element.
template <Container E, class Holds>
void check_each(const E& e, const char* reason, const Holds& holds) {
  const int n = e.extent().size();
  if (n == 0) return;
  auto good = holds(value_of(e.cursor().element(0)));
  good = good || !good;
  for_each_value(e, [&](int, const auto& v) { good = good && holds(v); });
  refuse_unless(good, reason);
}
template <class E, class Holds>
void check_each(const ArrayOf<E>& a, const char* reason, const Holds& holds) {
  for (int i = 0; i < a.length; ++i) check_each(a.items[i], reason, holds);
}
template <ScalarOperand E, class Holds>
void check_each(const E& e, const char* reason, const Holds& holds) {
  refuse_unless(holds(value_of(e)), reason);
}
inline constexpr auto is_positive = [](const auto& v) { return v > 0 && v < infinity; };
inline constexpr auto is_bounded = [](const auto& v) { return v > -infinity && v < infinity; };
inline constexpr auto is_not_negative = [](const auto& v) { return v >= 0; };

/// Elements of at least 0 with sum 1, to 1e-8.
template <class T, Shape s>
void check_simplex(const Sequence<T, s>& x, const char* reason) {
  using Value = typename Sequence<T, s>::Value;
  Value total(0.0), least(0.0);
  for (int i = 0; i < x.length; ++i) {
    const Value v(value_of(x[i]));
    total += v;
    least = min(least, v);
  }
  refuse_unless(abs(total - 1.0) <= Value(1e-8) && least >= Value(0.0), reason);
}
/// Each element above the one before.
template <class T, Shape s>
void check_ordered(const Sequence<T, s>& x, const char* reason) {
  for (int i = 1; i < x.length; ++i) refuse_unless(value_of(x[i]) > value_of(x[i - 1]), reason);
}
template <class T>
void check_square(const Matrix<T>& a) {
  if (a.rows != a.cols) Tape::current().reject_all("a square matrix is expected, not # × #", a.rows, a.cols);
}
}  // namespace detail
}  // namespace THALWEG_ISA
}  // namespace thalweg
