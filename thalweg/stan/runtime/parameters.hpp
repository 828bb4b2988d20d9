// Reads the parameters of a program from a point of the unconstrained space, in the order of their declarations.
#pragma once
#include "thalweg/stan/runtime/constraints.hpp"
#include "thalweg/stan/runtime/structured.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// Hands out parameters: T is Var<Real> (points with room for their gradient) or double. Unconstrained scalars and
/// vectors are the point's own storage; constrained ones are new variables whose log Jacobian goes to the target.
template <class T>
class ParameterReader {
 public:
  using Storage = detail::Storage<T>;
  ParameterReader(const Storage& point, Target<T>& target) : point_(point), target_(target) {}
  std::int64_t position() const { return at_; }  ///< numbers read so far

  /// Names and shapes matter to the reader of initial values alone.
  template <class... Sizes>
  THALWEG_INLINE void open(const char*, Sizes...) {}

  template <class C = Unconstrained>
  THALWEG_INLINE T real(const char*, const C& constraint = {}) {
    return T(constraint.constrain(point_.read(take(1)), target_));
  }
  template <class C = Unconstrained>
  THALWEG_INLINE Vector<T> vector(const char*, int n, const C& constraint = {}) {
    return constraint.constrain(Vector<T>{point_.offset(take(n)), n, 1}, target_);
  }
  template <class C = Unconstrained>
  THALWEG_INLINE RowVector<T> row_vector(const char*, int n, const C& constraint = {}) {
    return constraint.constrain(RowVector<T>{point_.offset(take(n)), n, 1}, target_);
  }
  template <class C = Unconstrained>
  THALWEG_INLINE Array<T> array(const char*, int n, const C& constraint = {}) {
    return constraint.constrain(Array<T>{point_.offset(take(n)), n, 1}, target_);
  }
  /// The point holds a matrix column by column, as Stan orders it.
  template <class C = Unconstrained>
  THALWEG_INLINE Matrix<T> matrix(const char*, int rows, int cols, const C& constraint = {}) {
    return constraint.constrain(
        detail::from_columns(Vector<T>{point_.offset(take(rows * cols)), rows * cols, 1}, rows, cols), target_);
  }
  /// A constrained container of a structured type: simplex, ordered, cholesky_factor_corr, …
  template <class Structure>
  THALWEG_INLINE auto structured(const char*, const Structure& structure) {
    const int n = structure.free_size();
    return constrain_structured(structure, Vector<T>{point_.offset(take(n)), n, 1}, target_);
  }
  /// n items, each read by `read`.
  template <class Item, class Read>
  ArrayOf<Item> array_of(int n, const Read& read) {
    if (n < 0) Tape::current().reject_all("a size must not be negative; found #", n);
    const ArrayOf<Item> result{Tape::current().allocate<Item>(static_cast<std::size_t>(n)), n};
    for (int i = 0; i < n; ++i) result.items[i] = read();
    return result;
  }

 private:
  std::int64_t take(int n) {
    const std::int64_t first = at_;
    at_ += n;
    return first;
  }
  Storage point_;
  Target<T>& target_;
  std::int64_t at_ = 0;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
