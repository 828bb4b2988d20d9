// Initial values: from parameters given by name to a point of the unconstrained space.
#pragma once
#include "thalweg/stan/runtime/data.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Has the interface of ParameterReader<double>, but writes the point: what is given by name is checked and mapped
/// back, what is absent keeps its place. Each call returns the constrained value, since later bounds may depend on it.
class InitialReader {
 public:
  InitialReader(const RawDataMap& given, double* point, Target<double>& target)
      : values_(given), given_(given), point_(point), target_(target) {}
  std::int64_t position() const { return at_; }

  /// Announces a parameter with its whole shape.
  template <class... Sizes>
  void open(const char* name, Sizes... sizes) {
    const std::int64_t shape[sizeof...(sizes) + 1] = {static_cast<std::int64_t>(sizes)..., 0};
    is_given_ = detail::find_value(given_, name) != nullptr &&
                values_.open(name, static_cast<int>(sizeof...(sizes)), shape, false);
  }
  template <class C = Unconstrained>
  double real(const char*, const C& constraint = {}) {
    double* x = take(1);
    if (is_given_) *x = free(constraint, 0);
    return constraint.constrain(*x, target_);
  }
  template <class C = Unconstrained>
  Vector<double> vector(const char*, int n, const C& constraint = {}) {
    return sequence<Vector<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  RowVector<double> row_vector(const char*, int n, const C& constraint = {}) {
    return sequence<RowVector<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  Array<double> array(const char*, int n, const C& constraint = {}) {
    return sequence<Array<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  Matrix<double> matrix(const char*, int rows, int cols, const C& constraint = {}) {
    double* x = take(rows * cols);
    if (is_given_)
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) x[j * rows + i] = free(constraint, i * cols + j);
    return constraint.constrain(detail::from_columns(Vector<double>{{x}, rows * cols, 1}, rows, cols), target_);
  }
  template <class Structure>
  auto structured(const char*, const Structure& structure) {
    const int n = structure.free_size(), m = structure.extent().size();
    double* x = take(n);
    if (is_given_) {
      double* y = Tape::current().allocate<double>(static_cast<std::size_t>(m));
      for (int i = 0; i < m; ++i) y[i] = values_.next_real();
      values_.free_structured(structure, y, x);
    }
    return constrain_structured(structure, Vector<double>{{x}, n, 1}, target_);
  }
  template <class Item, class Read>
  ArrayOf<Item> array_of(int n, const Read& read) {
    const ArrayOf<Item> result{Tape::current().allocate<Item>(static_cast<std::size_t>(n)), n};
    for (int i = 0; i < n; ++i) result.items[i] = read();
    return result;
  }

 private:
  double* take(int n) {
    double* x = point_ + at_;
    at_ += n;
    return x;
  }
  template <class C>
  double free(const C& constraint, int i) {
    const double y = values_.next_real();
    const double x = constraint.free(y, i);
    if (!(abs(x) < infinity)) {
      DataError e = values_.error();
      values_.write_place(e.text);
      e.text << "is " << y << ", but must be ";
      Text rule;
      constraint.require(rule, i);
      e.text << (rule.c_str()[0] ? "strictly inside: " : "finite") << rule.c_str();
      throw e;
    }
    return x;
  }
  template <class S, class C>
  S sequence(int n, const C& constraint) {
    double* x = take(n);
    if (is_given_)
      for (int i = 0; i < n; ++i) x[i] = free(constraint, i);
    return constraint.constrain(S{{x}, n, 1}, target_);
  }
  ValueReader values_;
  const RawDataMap& given_;
  double* point_;
  Target<double>& target_;
  std::int64_t at_ = 0;
  bool is_given_ = false;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
