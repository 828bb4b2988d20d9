// Constraint transforms as records of the tape: what carries adjoints from a constrained parameter to its free numbers.
#pragma once
#include "thalweg/autodiff/container.hpp"
#include "thalweg/density/transforms/bounds.hpp"
#include "thalweg/density/transforms/covariance.hpp"
#include "thalweg/density/transforms/ordered.hpp"
#include "thalweg/density/transforms/simplex.hpp"
#include "thalweg/density/transforms/sum_to_zero.hpp"
#include "thalweg/density/transforms/unit_vector.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// A bound, offset or multiplier: a number, or a formula of parameters.
template <class Real>
struct Bound {
  Real value;
  Real* adjoint = nullptr;  ///< null for a number
  template <Number T>
  Bound(T number) : value(static_cast<double>(number)) {}
  template <ScalarExpression E>
  Bound(const E& expression) {
    const auto v = let(as_expression(expression));
    value = v.value();
    adjoint = v.adjoint_at;
  }
  bool is(double number) const { return adjoint == nullptr && all(value == Real(number)); }
};

/// What the elements of a parameter must satisfy: bounds, or an offset and a multiplier.
template <class Real>
struct Constraint {
  Bound<Real> lower = -infinity, upper = infinity, offset = 0, multiplier = 1;
};

/// Bounds, or offset and multiplier, the same for all elements.
template <class Real>
struct ElementsNode {
  static constexpr int smallest = 0;
  enum class Kind { free, lower, upper, lower_upper, offset_multiplier };
  Bound<Real> first = 0, second = 0;
  int n = 0;
  Kind kind = Kind::free;

  ElementsNode() = default;
  ElementsNode(const Constraint<Real>& c, int size) : n(size) {
    const bool affine = !(c.offset.is(0) && c.multiplier.is(1)), below = !c.lower.is(-infinity),
               above = !c.upper.is(infinity);
    if (affine && (below || above))
      Tape::current().reject_all("a parameter may have bounds, or an offset and a multiplier, but not both");
    kind = affine           ? Kind::offset_multiplier
           : below && above ? Kind::lower_upper
           : below          ? Kind::lower
           : above          ? Kind::upper
                            : Kind::free;
    first = affine ? c.offset : below ? c.lower : c.upper;
    second = affine ? c.multiplier : c.upper;
  }
  int free_size() const { return n; }
  std::size_t work_size() const { return 0; }
  bool is_free() const { return kind == Kind::free; }

  Real constrain(View<const Real> x, View<Real> y, View<Real>) const {
    switch (kind) {
      case Kind::lower:
        return Lower::constrain(x, all_of(first, x), y);
      case Kind::upper:
        return Upper::constrain(x, all_of(first, x), y);
      case Kind::lower_upper:
        return LowerUpper::constrain(x, all_of(first, x), all_of(second, x), y);
      case Kind::offset_multiplier:
        return OffsetMultiplier::constrain(x, all_of(first, x), all_of(second, x), y);
      case Kind::free:
        break;
    }
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i];
    return Real(0.0);
  }
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, double jacobian, View<Real> dx,
                View<Real>) const {
    const View<const Real> a = all_of(first, x), b = all_of(second, x);
    const View<Real> da = adjoint_of(first, x), db = adjoint_of(second, x);
    switch (kind) {
      case Kind::lower:
        return Lower::pullback(x, y, w, a, jacobian, dx, da);
      case Kind::upper:
        return Upper::pullback(x, y, w, a, jacobian, dx, da);
      case Kind::lower_upper:
        return LowerUpper::pullback(x, y, w, a, b, jacobian, dx, da, db);
      case Kind::offset_multiplier:
        return OffsetMultiplier::pullback(x, y, w, a, b, jacobian, dx, da, db);
      case Kind::free:
        break;
    }
    for (std::size_t i = 0; i < x.size(); ++i) dx[i] += w[i];
  }
  Violation unconstrain(View<const double> y, View<double> x, View<double>) const requires std::same_as<Real, double> {
    const View<const double> a = all_of(first, y), b = all_of(second, y);
    switch (kind) {
      case Kind::lower:
        return Lower::unconstrain(y, a, x);
      case Kind::upper:
        return Upper::unconstrain(y, a, x);
      case Kind::lower_upper:
        return LowerUpper::unconstrain(y, a, b, x);
      case Kind::offset_multiplier:
        return OffsetMultiplier::unconstrain(y, a, b, x);
      case Kind::free:
        break;
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!is_finite(y[i])) return violation(i, "a finite number", y[i]);
      x[i] = y[i];
    }
    return {};
  }

 private:
  static View<const Real> all_of(const Bound<Real>& b, View<const Real> like) { return {&b.value, like.size(), 0}; }
  static View<Real> adjoint_of(const Bound<Real>& b, View<const Real> like) { return {b.adjoint, like.size(), 0}; }
};

/// A vector whose elements are constrained together.
template <class Transform>
struct VectorNode {
  static constexpr int smallest = Transform::unconstrained_size(1) == 1 ? 0 : 1;
  int n;
  int free_size() const { return static_cast<int>(Transform::unconstrained_size(static_cast<std::size_t>(n))); }
  std::size_t work_size() const { return 0; }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, View<Real>) const {
    return Transform::constrain(x, y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, double jacobian, View<Real> dx,
                View<Real>) const {
    Transform::pullback(x, y, w, jacobian, dx);
  }
  Violation unconstrain(View<const double> y, View<double> x, View<double>) const {
    return Transform::unconstrain(y, x);
  }
};

struct CholeskyFactorCorrNode {
  static constexpr int smallest = 0;
  int n;
  std::size_t k() const { return static_cast<std::size_t>(n); }
  int free_size() const { return static_cast<int>(CholeskyFactorCorr::unconstrained_size(k())); }
  std::size_t work_size() const { return 0; }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, View<Real>) const {
    return CholeskyFactorCorr::constrain(x, k(), y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, double jacobian, View<Real> dx,
                View<Real>) const {
    CholeskyFactorCorr::pullback(x, y, w, k(), jacobian, dx);
  }
  Violation unconstrain(View<const double> y, View<double> x, View<double>) const {
    return CholeskyFactorCorr::unconstrain(y, k(), x);
  }
};

struct CholeskyFactorCovNode {
  static constexpr int smallest = 0;
  int rows, cols;
  std::size_t m() const { return static_cast<std::size_t>(rows); }
  std::size_t n() const { return static_cast<std::size_t>(cols); }
  int free_size() const {
    if (rows < cols)
      Tape::current().reject_all("a Cholesky factor needs at least as many rows as columns; found # × #", rows, cols);
    return static_cast<int>(CholeskyFactorCov::unconstrained_size(m(), n()));
  }
  std::size_t work_size() const { return 0; }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, View<Real>) const {
    return CholeskyFactorCov::constrain(x, m(), n(), y);
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real> y, View<const Real> w, double jacobian, View<Real> dx,
                View<Real>) const {
    CholeskyFactorCov::pullback(x, y, w, m(), n(), jacobian, dx);
  }
  Violation unconstrain(View<const double> y, View<double> x, View<double>) const {
    return CholeskyFactorCov::unconstrain(y, m(), n(), x);
  }
};

/// Symmetric matrices: the workspace is the factor, and a row.
template <class Transform>
struct SymmetricNode {
  static constexpr int smallest = 0;
  int n;
  std::size_t k() const { return static_cast<std::size_t>(n); }
  int free_size() const { return static_cast<int>(Transform::unconstrained_size(k())); }
  std::size_t work_size() const { return k() * k() + k(); }
  template <class Real>
  Real constrain(View<const Real> x, View<Real> y, View<Real> work) const {
    return Transform::constrain(x, k(), y, factor(work));
  }
  template <class Real>
  void pullback(View<const Real> x, View<const Real>, View<const Real> w, double jacobian, View<Real> dx,
                View<Real> work) const {
    const View<const Real> f{work.data, k() * k()};
    if constexpr (std::same_as<Transform, CorrMatrix>)
      CorrMatrix::pullback(x, f, w, k(), jacobian, dx, View<Real>{work.data + k() * k(), k()});
    else
      CovMatrix::pullback(x, f, w, k(), jacobian, dx);
  }
  Violation unconstrain(View<const double> y, View<double> x, View<double> work) const {
    return Transform::unconstrain(y, k(), x, factor(work));
  }

 private:
  template <class Real>
  View<Real> factor(View<Real> work) const {
    return {work.data, k() * k()};
  }
};
using CorrMatrixNode = SymmetricNode<CorrMatrix>;
using CovMatrixNode = SymmetricNode<CovMatrix>;

/// One parameter on the tape: y from x by the node's transform.
template <class Node, class Real>
struct ParameterRecord : Record {
  Node node;
  View<Real> x, y, x_adjoint, y_adjoint, work;
  double jacobian = 1;  ///< 0 when the log Jacobian is not part of the sum
  static void undo(ParameterRecord& r) {
    r.node.pullback(View<const Real>{r.x.data, r.x.length}, View<const Real>{r.y.data, r.y.length},
                    View<const Real>{r.y_adjoint.data, r.y_adjoint.length}, r.jacobian, r.x_adjoint, r.work);
  }
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
