// The law of every differentiable function: its value is that of a plain computation, its gradient that of finite
// differences, its second derivatives (the tape run over dual numbers) those of the gradient, and nothing depends on
// the pack's width or on whether the arguments are variables or numbers.
#pragma once
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "thalweg/autodiff/assignment.hpp"
#include "thalweg/autodiff/container_functions.hpp"
#include "thalweg/autodiff/hessian.hpp"

namespace thalweg::law {

using Values = std::vector<double>;

/// Point number k in n dimensions: irregular numbers in (0.2, 1.8).
inline Values point(int n, int k) {
  Values x;
  for (int i = 0; i < n; ++i) {
    const double t = 0.6180339887498949 * (i + 1) + 0.7548776662466927 * (k + 1) + 0.13 * i * i;
    x.push_back(0.2 + 1.6 * (t - std::floor(t)));
  }
  return x;
}
/// Results that are containers are summed with weights that make every element count for itself.
inline double weight(int i) { return 1.0 + 0.5 * std::cos(1.0 + 2.3 * i); }
inline double weighted(const Values& y) {
  double s = 0;
  for (std::size_t i = 0; i < y.size(); ++i) s += weight(static_cast<int>(i)) * y[i];
  return s;
}
inline double weighted(double y) { return weight(0) * y; }

/// The same sum inside the engine; nested arrays in the order of their indices.
template <ScalarOperand T>
auto weighted_sum(const T& y, int& at) {
  return let(weight(at++) * y);
}
template <Container E>
auto weighted_sum(const E& y, int& at) {
  const auto w = make_unset_sequence<Array<double>>(y.extent().size());
  for (int i = 0; i < w.length; ++i) w.storage.data[i] = weight(at++);
  return let(dot_product(w, Reshaped<E, Shape::array>{y, {w.length, 1}}));
}
template <class E>
auto weighted_sum(const ArrayOf<E>& y, int& at) {
  auto total = weighted_sum(y.items[0], at);
  for (int i = 1; i < y.length; ++i) total = let(total + weighted_sum(y.items[i], at));
  return total;
}

/// Elements `from` … of x as a matrix m × n, filled column by column.
template <class X>
auto matrix(const X& x, int m, int n, int from = 1) {
  return to_matrix(segment(x, from, m * n), m, n);
}
/// What the reason says when an evaluation is left; empty when it is not.
template <class F>
std::string rejection(const F& f) {
  Tape tape;
  const Tape::Scope scope(tape);
  try {
    f();
  } catch (const Rejected&) {
    return tape.reason(0).text;
  }
  return "";
}

template <class Real>
struct Result {
  Real value;
  std::vector<Real> gradient;
  std::uint64_t rejected;
};
/// Value and gradient of the weighted sum of f(x).
template <class Real, class F>
Result<Real> differentiate(const F& f, const std::vector<Real>& x) {
  Tape tape;
  Tape::Scope scope(tape);
  const int n = static_cast<int>(x.size());
  const auto v = make_unset_sequence<Vector<Var<Real>>>(n);
  for (int i = 0; i < n; ++i) v.storage.values[i] = x[static_cast<std::size_t>(i)];
  int at = 0;
  const Var<Real> y = weighted_sum(f(v), at);
  *y.adjoint_at = Real(1.0);
  const Real value = y.value();
  tape.sweep();
  return {value, {v.storage.adjoints, v.storage.adjoints + n}, tape.rejected()};
}
/// The value with numbers in place of variables.
template <class F>
double value_of_numbers(const F& f, const Values& x) {
  Tape tape;
  Tape::Scope scope(tape);
  const auto v = make_unset_sequence<Vector<double>>(static_cast<int>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) v.storage.data[i] = x[i];
  int at = 0;
  return weighted_sum(f(v), at);
}
inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

/// The derivative of f(x + t v) at t = 0 by central differences of order 8 with step h.
template <class F>
double finite_difference(const F& f, const Values& x, const Values& v, double h) {
  constexpr double c[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
  const auto at = [&](double t) {
    Values moved = x;
    for (std::size_t i = 0; i < x.size(); ++i) moved[i] += t * v[i];
    return f(moved);
  };
  double d = 0;
  for (int k = 1; k <= 4; ++k) d += c[k - 1] * (at(k * h) - at(-k * h));
  return d / h;
}
inline Values unit(std::size_t n, std::size_t i) {
  Values v(n, 0.0);
  v[i] = 1;
  return v;
}

/// One Hessian–vector product against differences of the gradient.
template <class F>
void check_second_derivatives(const F& f, const Values& x, double tolerance, double step) {
  Values v(x.size());
  std::vector<Dual<double>> moving(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    v[i] = weight(static_cast<int>(i) + 5);
    moving[i] = Dual<double>(x[i], v[i]);
  }
  const auto found = differentiate(f, moving);
  double scale = 1;
  for (const auto& g : found.gradient) scale = std::max({scale, std::abs(g.value), std::abs(g.tangent)});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto slope = [&](const Values& at) { return differentiate(f, at).gradient[i]; };
    EXPECT_NEAR(found.gradient[i].tangent, finite_difference(slope, x, v, step), tolerance * scale)
        << "second derivative " << i;
  }
}

/// The lanes of one pack are W different points; each must have the bits that width 1 gives.
template <int W, class F>
void check_width(const F& f, int n) {
  using Real = Pack<W>;
  std::vector<Real> x(static_cast<std::size_t>(n), Real(0.0));
  for (int lane = 0; lane < W; ++lane)
    for (int i = 0; i < n; ++i) x[static_cast<std::size_t>(i)].set(lane, point(n, lane)[static_cast<std::size_t>(i)]);
  const auto packed = differentiate(f, x);
  for (int lane = 0; lane < W; ++lane) {
    const auto alone = differentiate(f, point(n, lane));
    EXPECT_TRUE(same_bits(packed.value[lane], alone.value)) << "value, lane " << lane << " of " << W;
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_TRUE(same_bits(packed.gradient[i][lane], alone.gradient[i]))
          << "gradient " << i << ", lane " << lane << " of " << W;
  }
}

struct Options {
  double value_tolerance = 1e-13, gradient_tolerance = 1e-10, step = 0.004;
  int points = 3;
};
/// Checks the law for f at a few points: f maps a vector of n variables (or numbers) to a scalar, a container or a
/// nested array, `plain` maps n numbers to the same, as a number or a std::vector.
template <class F, class Plain>
void check(const std::string& name, int n, const F& f, const Plain& plain, const Options& options = {}) {
  SCOPED_TRACE(name);
  const auto value = [&](const Values& x) { return differentiate(f, x).value; };
  for (int k = 0; k < options.points; ++k) {
    const Values x = point(n, k);
    const auto found = differentiate(f, x);
    const double expected = weighted(plain(x));
    EXPECT_EQ(found.rejected, 0u);
    EXPECT_NEAR(found.value, expected, options.value_tolerance * (1 + std::abs(expected)));
    EXPECT_NEAR(value_of_numbers(f, x), expected, options.value_tolerance * (1 + std::abs(expected)));
    double scale = 1 + std::abs(expected);
    for (const double g : found.gradient) scale = std::max(scale, std::abs(g));
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(found.gradient[i], finite_difference(value, x, unit(x.size(), i), options.step),
                  options.gradient_tolerance * scale)
          << "gradient " << i << " at point " << k;
  }
  check_second_derivatives(f, point(n, 0), 10 * options.gradient_tolerance, options.step);
  check_width<2>(f, n);
  check_width<4>(f, n);
  check_width<8>(f, n);
  check_width<16>(f, n);
}

}  // namespace thalweg::law
