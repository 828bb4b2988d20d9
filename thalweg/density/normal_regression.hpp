// Linear regressions with normal errors, from what their data come down to.
#pragma once
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "thalweg/autodiff/products.hpp"
#include "thalweg/core/vectors.hpp"
#include "thalweg/density/distributions/normal.hpp"
#include "thalweg/density/vectorised.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// y and X of a regression as far as Σᵢ (yᵢ − Xᵢβ)² = |Rβ − z|² + rest can tell: X = QR, z = Qᵀy.
///
/// Shapes  X: [n][p]; factor: the upper triangle of R, row after row; z: [p].
struct RegressionSummary {
  bool usable = false;  ///< false: sizes differ, some data are not finite, or it would not pay
  int n = 0, p = 0;
  std::vector<double> factor, z;
  double rest = 0;
};

/// Gathers the columns of a regression y ≈ Σₖ βₖ columnₖ + offset, and reduces them.
///
/// Cost    2·n·p² multiply-adds, once; n·p numbers while it lasts.
/// Errors  none: what cannot be reduced is not usable.
/// Source  Golub & Van Loan (2013), Matrix Computations, algorithm 5.2.1 (Householder's triangularisation).
class RegressionColumns {
 public:
  template <class Y>
  explicit RegressionColumns(const Y& outcome) : n_(outcome.extent().size()), outcome_(numbers(outcome)) {}
  /// Moves part of the outcome's mean, times sign, to the left side.
  template <class X>
  void offset(double sign, const X& x) {
    const auto values = column_of(sign, x);
    for (std::size_t i = 0; i < values.size() && i < outcome_.size(); ++i) outcome_[i] -= values[i];
  }
  /// One column, or the one number that is in all rows.
  template <class X>
  void add(double sign, const X& x) {
    columns_.push_back(column_of(sign, x));
  }
  template <class X>
  void add_matrix(double sign, const X& matrix) {
    const auto x = let(matrix);
    fits_ = fits_ && x.rows == n_;
    for (int k = 0; k < x.cols; ++k) {
      std::vector<double>& column = columns_.emplace_back();
      for (int i = 0; i < x.rows; ++i) column.push_back(sign * x(i + 1, k + 1));
    }
  }
  RegressionSummary reduce() const {
    const std::size_t n = outcome_.size(), p = columns_.size();
    const double work = 2.0 * static_cast<double>(n) * static_cast<double>(p) * static_cast<double>(p);
    RegressionSummary s;
    if (!fits_ || p == 0 || n <= p || work > most_work || !finite()) return s;
    Vectors a(p + 2, n);
    const std::size_t length = padded(n);
    for (std::size_t k = 0; k < p; ++k) std::copy(columns_[k].begin(), columns_[k].end(), a[k]);
    double *const y = a[p], *const v = a[p + 1];
    std::copy(outcome_.begin(), outcome_.end(), y);
    for (std::size_t k = 0; k < p; ++k) {
      copy(a[k], v, length);
      for (std::size_t i = 0; i < k; ++i) v[i] = 0;
      const double norm = std::sqrt(dot(v, v, length));
      if (norm > 0) {
        v[k] += v[k] < 0 ? -norm : norm;
        const double factor = -2 / dot(v, v, length);
        for (std::size_t j = k; j <= p; ++j) add_scaled(factor * dot(v, a[j], length), v, a[j], length);
      }
      for (std::size_t j = k; j < p; ++j) s.factor.push_back(0);
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < p; ++i)
      for (std::size_t j = i; j < p; ++j) s.factor[at++] = a[j][i];
    s.z.assign(y, y + p);
    for (std::size_t i = 0; i < p; ++i) y[i] = 0;
    s.rest = dot(y, y, length);
    s.n = static_cast<int>(n);
    s.p = static_cast<int>(p);
    s.usable = std::isfinite(s.rest);
    return s;
  }

 private:
  static constexpr double most_work = 4e9;  ///< a second or two
  template <class X>
  static std::vector<double> numbers(const X& x) {
    std::vector<double> values;
    for_each_value(x, [&](int, const auto& v) { values.push_back(static_cast<double>(v)); });
    return values;
  }
  template <class X>
  std::vector<double> column_of(double sign, const X& x) {
    std::vector<double> values;
    if constexpr (Container<X>)
      values = numbers(x);
    else
      values.assign(static_cast<std::size_t>(n_), static_cast<double>(x));
    fits_ = fits_ && values.size() == static_cast<std::size_t>(n_);
    for (double& v : values) v *= sign;
    return values;
  }
  bool finite() const {
    double sum = 0;
    for (const double y : outcome_) sum += 0 * y;
    for (const auto& column : columns_)
      for (const double x : column) sum += 0 * x;
    return sum == 0;
  }

  int n_;
  bool fits_ = true;
  std::vector<double> outcome_;
  std::vector<std::vector<double>> columns_;
};

namespace detail {
/// One coefficient.
template <class E>
struct ScalarCoefficient {
  using Value = typename E::Value;
  E expression;
  typename E::Kept kept;
  int size() const { return 1; }
  template <class Real>
  void read(Real* to) {
    to[0] = Real(expression.forward(kept));
  }
  template <class Real>
  void write(const Real* adjoints) {
    if constexpr (E::is_variable) expression.backward(kept, adjoints[0]);
  }
};
/// As many as a matrix has columns.
template <class T>
struct CoefficientVector {
  using Value = typename Vector<T>::Value;
  Vector<T> b;
  int size() const { return b.length; }
  template <class Real>
  void read(Real* to) {
    for (int k = 0; k < b.length; ++k) to[k] = Real(value_of(b[k]));
  }
  template <class Real>
  void write(const Real* adjoints) {
    if constexpr (Vector<T>::is_variable)
      for (int k = 0; k < b.length; ++k) *b[k].adjoint_at += adjoints[k];
  }
};
template <ScalarExpression E>
auto coefficient(const E& e) {
  return ScalarCoefficient<ExpressionOf<E>>{as_expression(e), {}};
}
template <Container E>
auto coefficient(const E& e) {
  const auto b = let(e);
  return CoefficientVector<typename std::remove_cvref_t<decltype(b)>::Scalar>{b};
}
}  // namespace detail

/// Σᵢ log Normal(yᵢ | Xᵢβ, σ) of a reduced regression, β given by scalars and vectors in the order of the columns.
///
/// Cost  p² multiply-adds for value and gradient of one particle, whatever n.
template <bool propto, class S, class... C>
struct NormalRegression {
  using scalar_expression = void;
  using Value = typename detail::WidestValue<S, C...>::type;
  static constexpr bool is_leaf = false, is_variable = true;
  using Kept = Nothing;
  using Terms = Keep<propto, false, true, S::is_variable>;
  const RegressionSummary* summary;
  S sigma;
  std::tuple<C...> coefficients;

  template <bool differentiate>
  Value pass(const Value& adjoint) const {
    const int p = summary->p;
    Value* const b = Tape::current().allocate<Value>(2 * static_cast<std::size_t>(p));
    Value* const sums = b + p;
    auto readers = coefficients;
    const int given = std::apply([](const auto&... c) { return (c.size() + ...); }, readers);
    if (given != p) Tape::current().reject_all("a regression with # columns has # coefficients", p, given);
    int at = 0;
    std::apply([&](auto&... c) { (..., (c.read(b + at), at += c.size())); }, readers);
    detail::Argument<distribution::Normal, 2, S> scale(sigma);
    scale.check();
    const auto live = scale.element(0);
    const auto& prepared = live.prepared();
    const Value inverse(prepared.inverse), weight = inverse * inverse;
    if constexpr (differentiate)
      for (int k = 0; k < p; ++k) sums[k] = Value(0.0);
    Value squares(summary->rest);
    const double* row = summary->factor.data();
    for (int i = 0; i < p; row += p - i, ++i) {
      Value r(-summary->z[static_cast<std::size_t>(i)]);
      for (int k = i; k < p; ++k) r = fma(row[k - i], b[k], r);
      squares = fma(r, r, squares);
      if constexpr (differentiate) {
        const Value slope = -(weight * r) * adjoint;
        for (int k = i; k < p; ++k) sums[k] = fma(row[k - i], slope, sums[k]);
      }
    }
    const double n = summary->n;
    Value value = -0.5 * (squares * weight);
    if constexpr (Terms::template terms<2>()) value -= n * Value(prepared.log);
    if constexpr (Terms::constants) value -= Value(n * half_log_two_pi);
    if constexpr (differentiate) {
      scale.backward(live, adjoint * ((squares * weight - n) * inverse));
      scale.finish();
      at = 0;
      std::apply([&](auto&... c) { (..., (c.write(sums + at), at += c.size())); }, readers);
    }
    if (any(!is_finite(value))) [[unlikely]]
      explain(b);
    return value;
  }
  Value forward(Kept&) const { return pass<false>(Value(0.0)); }
  void backward(const Kept&, const Value& adjoint) const { pass<true>(adjoint); }
  Value sweep() const { return pass<true>(Value(1.0)); }

 private:
  [[gnu::noinline, gnu::cold]] void explain(const Value* b) const {
    for (int k = 0; k < summary->p; ++k) detail::check_shared<distribution::Normal, 1>(b[k]);
  }
};

template <bool propto, class S, class... C>
auto normal_regression_lpdf(const RegressionSummary& summary, const S& sigma, const C&... coefficients) {
  using Scale = detail::DistributionOperand<S>;
  return NormalRegression<propto, Scale, decltype(detail::coefficient(coefficients))...>{
      &summary, detail::distribution_operand(sigma), {detail::coefficient(coefficients)...}};
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
