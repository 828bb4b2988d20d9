// The parameters of a density that is written as one C++ function: declared by name where they are first used.
#pragma once
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "thalweg/autodiff/reductions.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/parameter_record.hpp"
#include "thalweg/density/raw_data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// The log density under way. Every term's adjoint is 1, so it is carried back as soon as it is added.
template <class Real>
class LogDensitySum {
 public:
  Real value{0.0};
  bool ignored = false;  ///< when only parameters, derived quantities or other parts are wanted
  bool used = false;     ///< something was added, or would have been

  template <ScalarOperand E>
  void operator+=(const E& term) {
    used = true;
    if (ignored) return;
    if constexpr (Number<E>) {
      value += Real(static_cast<double>(term));
    } else if constexpr (!ExpressionOf<E>::is_variable) {
      value += Real(value_of(term));
    } else if constexpr (requires { term.sweep(); }) {
      value += term.sweep();
    } else {
      const auto& e = as_expression(term);
      typename std::remove_cvref_t<decltype(e)>::Kept kept;
      value += e.forward(kept);
      e.backward(kept, Real(1.0));
    }
  }
  void operator+=(const Real& term) requires(!Number<Real>) {
    used = true;
    if (!ignored) value += term;
  }
  template <Container E>
  void operator+=(const E& terms) {
    *this += sum(terms);
  }
  template <class E>
  void operator-=(const E& term) {
    *this += -term;
  }
};

/// What an evaluation at width 1 is for, besides the log density.
struct ParameterVisit {
  std::vector<DeclaredVariable>* describe = nullptr;  ///< collects names and shapes; x need not exist then
  double* values = nullptr;                           ///< receives the draw …
  const std::int64_t* offsets = nullptr;              ///< … with the k-th quantity that is named at offsets[k]
  const RawDataMap* start = nullptr;                  ///< gives values by name, whose x is written to …
  double* x = nullptr;                                ///< … this point
};

/// Hands a density its parameters by name, in the order in which it asks for them; that order must be the same every
/// time. Real is what the density is evaluated for (double or a pack); parameters come as variables of the tape.
///
///   template <class Real>
///   void operator()(Parameters<Real>& p) const {
///     const auto mu = p.real("mu");
///     const auto tau = p.real("tau", {.lower = 0});
///     const auto theta = p.vector("theta", 8);
///     p.prior += …;       // log densities of parameters
///     p.likelihood += …;  // log densities of data
///   }
///
/// log p is the sum of `prior`, `likelihood` and `target`: a density that adds everything to `target` works, but then
/// nobody can have its prior or its likelihood apart. Constrained parameters are transformed as in Stan and log p gains
/// the log Jacobian, a part of its own. Names live as long as the density.
template <class Real>
class Parameters {
 public:
  using Scalar = Var<Real>;
  LogDensitySum<Real> target, prior, likelihood;

  /// `parts`: those that are summed.
  Parameters(const Real* x, Real* gradient, const ParameterVisit* visit = nullptr, Parts parts = whole_density)
      : x_(x), gradient_(gradient), visit_(visit), with_jacobian_((parts & part_jacobian) != 0) {
    target.ignored = (parts & part_undecided) == 0;
    prior.ignored = (parts & part_prior) == 0;
    likelihood.ignored = (parts & part_likelihood) == 0;
  }
  /// What was added so far, the log Jacobian included.
  Real log_density() const { return jacobian_ + target.value + prior.value + likelihood.value; }
  bool has_jacobian() const { return has_jacobian_; }  ///< some parameter so far is constrained
  std::int64_t dimension() const { return at_; }       ///< free numbers handed out so far

  Var<Real> real(const char* name, const Constraint<Real>& constraint = {}) {
    const Vector<Var<Real>> y = elements(name, "real", {}, 1, constraint);
    return y.storage.read(0);
  }
  Vector<Var<Real>> vector(const char* name, int n, const Constraint<Real>& constraint = {}) {
    return elements(name, "vector", {n}, n, constraint);
  }
  /// Row-major in x, too.
  Matrix<Var<Real>> matrix(const char* name, int rows, int cols, const Constraint<Real>& constraint = {}) {
    const auto y = elements(name, "matrix", {rows, cols}, rows * cols, constraint);
    return {y.storage, rows, cols};
  }
  Vector<Var<Real>> simplex(const char* name, int n) { return vector_of<Simplex>(name, "simplex", n); }
  Vector<Var<Real>> unit_vector(const char* name, int n) { return vector_of<UnitVector>(name, "unit_vector", n); }
  Vector<Var<Real>> ordered(const char* name, int n) { return vector_of<Ordered>(name, "ordered", n); }
  Vector<Var<Real>> positive_ordered(const char* name, int n) {
    return vector_of<PositiveOrdered>(name, "positive_ordered", n);
  }
  Vector<Var<Real>> sum_to_zero_vector(const char* name, int n) {
    return vector_of<SumToZero>(name, "sum_to_zero_vector", n);
  }
  Matrix<Var<Real>> cholesky_factor_corr(const char* name, int n) {
    return matrix_of(name, "cholesky_factor_corr", CholeskyFactorCorrNode{n}, n, n);
  }
  Matrix<Var<Real>> cholesky_factor_cov(const char* name, int rows, int cols) {
    return matrix_of(name, "cholesky_factor_cov", CholeskyFactorCovNode{rows, cols}, rows, cols);
  }
  Matrix<Var<Real>> corr_matrix(const char* name, int n) {
    return matrix_of(name, "corr_matrix", CorrMatrixNode{n}, n, n);
  }
  Matrix<Var<Real>> cov_matrix(const char* name, int n) {
    return matrix_of(name, "cov_matrix", CovMatrixNode{n}, n, n);
  }

  /// Names a quantity made of parameters, so that draws hold it; returns it, evaluated once.
  template <ScalarExpression E>
  auto derived(const char* name, const E& expression) {
    const auto y = let(expression);
    if constexpr (std::same_as<Real, double>)
      if (visit_) derived_value(name, "real", {}, {value_of(y)});
    return y;
  }
  template <Container E>
  auto derived(const char* name, const E& expression) {
    const auto y = let(expression);
    if constexpr (std::same_as<Real, double>) {
      if (!visit_) return y;
      std::vector<double> values;
      for_each_value(y, [&](int, double v) { values.push_back(v); });
      const Extent extent = y.extent();
      std::vector<std::int64_t> shape{extent.rows};
      if (E::shape == Shape::matrix) shape.push_back(extent.cols);
      const char* type = E::shape == Shape::matrix ? "matrix" : E::shape == Shape::row ? "row_vector" : "vector";
      derived_value(name, type, shape, values);
    }
    return y;
  }

 private:
  Vector<Var<Real>> elements(const char* name, const char* type, const std::vector<std::int64_t>& shape, int n,
                             const Constraint<Real>& constraint) {
    return constrained(name, type, shape, ElementsNode<Real>{constraint, n}, n);
  }
  template <class Transform>
  Vector<Var<Real>> vector_of(const char* name, const char* type, int n) {
    return constrained(name, type, {n}, VectorNode<Transform>{n}, n);
  }
  template <class Node>
  Matrix<Var<Real>> matrix_of(const char* name, const char* type, const Node& node, int rows, int cols) {
    const auto y = constrained(name, type, {rows, cols}, node, rows * cols);
    return {y.storage, rows, cols};
  }

  /// Takes the free numbers of one parameter, constrains them, and records the way back.
  template <class Node>
  Vector<Var<Real>> constrained(const char* name, const char* type, const std::vector<std::int64_t>& shape,
                                const Node& node, int size) {
    if (size < node.smallest)
      Tape::current().reject_all("a parameter's size must be at least #; found #", node.smallest, size);
    Tape& tape = Tape::current();
    const auto free = static_cast<std::size_t>(node.free_size()), n = static_cast<std::size_t>(size);
    auto& record = tape.template record<ParameterRecord<Node, Real>>();
    record.node = node;
    record.jacobian = with_jacobian_ ? 1.0 : 0.0;
    if constexpr (requires { node.is_free(); })
      has_jacobian_ = has_jacobian_ || !node.is_free();
    else
      has_jacobian_ = true;
    record.x = {tape.template allocate<Real>(free), free};
    record.y = {tape.template allocate<Real>(n), n};
    record.y_adjoint = {tape.template allocate<Real>(n), n};
    record.x_adjoint = {gradient_ ? gradient_ + at_ : tape.template allocate<Real>(free), free};
    record.work = {tape.template allocate<Real>(node.work_size()), node.work_size()};
    for (std::size_t i = 0; i < free; ++i) record.x[i] = x_ ? x_[at_ + static_cast<std::int64_t>(i)] : Real(0.0);
    for (std::size_t i = 0; i < n; ++i) record.y_adjoint[i] = Real(0.0);
    for (std::size_t i = 0; i < free && !gradient_; ++i) record.x_adjoint[i] = Real(0.0);
    if constexpr (std::same_as<Real, double>)
      if (visit_ && visit_->start) take_start(name, shape, record);
    const Real log_jacobian = node.constrain(read_only(record.x), record.y, record.work);
    if (with_jacobian_) jacobian_ += log_jacobian;
    if constexpr (std::same_as<Real, double>)
      if (visit_) note({name, type, shape}, record.y.data);
    at_ += static_cast<std::int64_t>(free);
    return {{record.y.data, record.y_adjoint.data}, size, 1};
  }

  void note(DeclaredVariable variable, const double* values) {
    const std::int64_t size = variable.size();
    if (visit_->values) std::copy(values, values + size, visit_->values + visit_->offsets[named_]);
    if (visit_->describe) {
      for (const DeclaredVariable& v : *visit_->describe)
        if (std::strcmp(v.name, variable.name) == 0) fail("the density names two quantities \"{}\"", variable.name);
      visit_->describe->push_back(std::move(variable));
    }
    ++named_;
  }
  void derived_value(const char* name, const char* type, const std::vector<std::int64_t>& shape,
                     const std::vector<double>& values) {
    note({name, type, shape, Block::transformed_parameters}, values.data());
  }

  /// Replaces the free numbers of a parameter by those of a value given by name.
  template <class Record>
  void take_start(const char* name, const std::vector<std::int64_t>& shape, Record& record) {
    const double* given = find_reals(*visit_->start, name, shape);
    if (!given) return;
    const Violation v = record.node.unconstrain({given, record.y.size()}, record.x, record.work);
    if (v) {
      const std::string place =
          shape.empty() ? std::string() : fmt::format("[{}]", fmt::join(place_of(v.index, shape), ", "));
      const std::string limit = is_nan(v.limit) ? std::string() : fmt::format(" {}", v.limit);
      fail("{}: variable {}{}: expected {}{}, found {}", visit_->start->origin, name, place, v.expected, limit,
           v.found);
    }
    std::copy(record.x.data, record.x.data + record.x.size(), visit_->x + at_);
  }
  /// 1-based indices of element k in memory order.
  static std::vector<std::int64_t> place_of(std::size_t k, const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> place(shape.size());
    auto rest = static_cast<std::int64_t>(k);
    for (std::size_t i = shape.size(); i-- > 0; rest /= shape[i]) place[i] = rest % shape[i] + 1;
    return place;
  }

  const Real* x_;
  Real* gradient_;
  const ParameterVisit* visit_;
  Real jacobian_{0.0};
  bool with_jacobian_, has_jacobian_ = false;
  std::int64_t at_ = 0;
  std::size_t named_ = 0;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
