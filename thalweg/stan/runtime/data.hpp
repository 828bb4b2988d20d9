// Reads and checks the data of a program, and initial values for its parameters.
#pragma once
#include "thalweg/density/model_table.hpp"
#include "thalweg/stan/runtime/constraints.hpp"
#include "thalweg/stan/runtime/structured.hpp"
#include "thalweg/stan/runtime/text.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {

/// The data do not fit the program; caught where the unit is entered.
struct DataError {
  Text text;
};

namespace detail {
inline bool same_name(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}
inline const RawData* find_value(const RawDataMap& map, const char* name) {
  for (std::int64_t i = 0; i < map.count; ++i)
    if (same_name(map.values[i].name, name)) return &map.values[i];
  return nullptr;
}
inline void write_shape(Text& text, int rank, const std::int64_t* shape) {
  if (rank == 0) {
    text << "a scalar";
    return;
  }
  text << "shape [";
  for (int i = 0; i < rank; ++i) text << (i > 0 ? ", " : "") << static_cast<long>(shape[i]);
  text << "]";
}
}  // namespace detail

/// One value being read element after element. `position` goes on through nested arrays of containers.
class ValueReader {
 public:
  explicit ValueReader(const RawDataMap& map) : map_(map) {}

  /// Makes `name` the value under way, and checks its shape once. Returns false when it is absent.
  bool open(const char* name, int rank, const std::int64_t* shape, bool integer) {
    name_ = name;
    at_ = 0;
    value_ = detail::find_value(map_, name);
    if (value_ == nullptr) return false;
    std::int64_t size = 1;
    for (int i = 0; i < rank; ++i) size *= shape[i];
    bool fits = value_->rank == rank;
    for (int i = 0; fits && i < rank; ++i) fits = value_->shape[i] == shape[i];
    // an empty array does not tell the dimensions behind its 0
    if (!fits && !(size == 0 && value_->size == 0)) {
      DataError e = error();
      e.text << "expected ";
      detail::write_shape(e.text, rank, shape);
      e.text << ", found ";
      detail::write_shape(e.text, value_->rank, value_->shape);
      throw e;
    }
    if (integer && value_->integers == nullptr) {
      DataError e = error();
      e.text << "expected integers, found real numbers";
      for (std::int64_t i = 0; i < value_->size; ++i)
        if (const double v = value_->reals[i]; v != __builtin_rint(v)) {
          e.text << " (";
          if (value_->rank > 0) e.text << "element " << static_cast<long>(i + 1) << " is ";
          e.text << v << ")";
          break;
        }
      throw e;
    }
    return true;
  }
  [[noreturn]] void missing(const char* name) const {
    DataError e;
    e.text << map_.origin << ": variable '" << name << "' is missing";
    throw e;
  }
  DataError error() const {
    DataError e;
    e.text << map_.origin << ": variable '" << name_ << "': ";
    return e;
  }
  int next_integer() { return value_->integers[at_++]; }
  double next_real() { return value_->reals[at_++]; }
  /// The index of the element that was read last, in words: "element [2, 3] ".
  void write_place(Text& text, std::int64_t back = 1) const {
    if (value_ == nullptr || value_->rank == 0) return;
    std::int64_t rest = at_ - back, index[16];
    for (int i = value_->rank - 1; i >= 0; --i) {
      index[i] = rest % value_->shape[i] + 1;
      rest /= value_->shape[i];
    }
    text << "element [";
    for (int i = 0; i < value_->rank; ++i) text << (i > 0 ? ", " : "") << static_cast<long>(index[i]);
    text << "] ";
  }
  /// The free numbers of the structured value that was read last; throws DataError when it breaks its constraint.
  template <class Structure>
  void free_structured(const Structure& structure, const double* y, double* free) const {
    const auto m = static_cast<std::size_t>(structure.extent().size());
    const Violation v = structure.unconstrain({y, m, 1}, {free, static_cast<std::size_t>(structure.free_size()), 1},
                                              Tape::current().allocate<double>(structure.scratch()));
    if (!v) return;
    DataError e = error();
    write_place(e.text, static_cast<std::int64_t>(m - v.index));
    e.text << "must be " << v.expected;
    if (v.limit == v.limit) e.text << " " << v.limit;
    e.text << "; found " << v.found;
    throw e;
  }

 private:
  const RawDataMap& map_;
  const RawData* value_ = nullptr;
  const char* name_ = "";
  std::int64_t at_ = 0;
};

/// Reads the data block: containers live as long as the instance's tape. Throws DataError.
class DataReader {
 public:
  explicit DataReader(const RawDataMap& map) : values_(map) {}

  /// Announces a variable with its whole shape; the calls that follow read its parts.
  template <class... Sizes>
  void open(const char* name, bool integer, Sizes... sizes) {
    const std::int64_t shape[sizeof...(sizes) + 1] = {static_cast<std::int64_t>(sizes)..., 0};
    for (std::size_t i = 0; i < sizeof...(sizes); ++i)
      if (shape[i] < 0) {
        DataError e;
        e.text << "variable '" << name << "': its declared size is " << static_cast<long>(shape[i])
               << "; sizes must not be negative";
        throw e;
      }
    if (!values_.open(name, static_cast<int>(sizeof...(sizes)), shape, integer)) values_.missing(name);
  }
  template <class C = Unconstrained>
  int integer(const C& constraint = {}) {
    const int v = values_.next_integer();
    check(constraint, v, 0);
    return v;
  }
  template <class C = Unconstrained>
  double real(const C& constraint = {}) {
    const double v = values_.next_real();
    check(constraint, v, 0);
    return v;
  }
  template <class C = Unconstrained>
  Array<int> integer_array(int n, const C& constraint = {}) {
    const auto a = make_unset_sequence<Array<int>>(n);
    for (int i = 0; i < n; ++i) check(constraint, a.storage.data[i] = values_.next_integer(), i);
    return a;
  }
  template <class C = Unconstrained>
  Vector<double> vector(int n, const C& constraint = {}) {
    return sequence<Vector<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  RowVector<double> row_vector(int n, const C& constraint = {}) {
    return sequence<RowVector<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  Array<double> array(int n, const C& constraint = {}) {
    return sequence<Array<double>>(n, constraint);
  }
  template <class C = Unconstrained>
  Matrix<double> matrix(int rows, int cols, const C& constraint = {}) {
    const auto a = make_unset_matrix<double>(rows, cols);
    for (int i = 0; i < rows * cols; ++i) check(constraint, a.storage.data[i] = values_.next_real(), i);
    return a;
  }
  template <class Structure>
  auto structured(const Structure& structure) {
    const auto y = make_unset<typename detail::Holder<double, Structure::shape>::type>(structure.extent());
    for (int i = 0; i < y.size(); ++i) y.storage.data[i] = values_.next_real();
    double* free = Tape::current().allocate<double>(static_cast<std::size_t>(structure.free_size()));
    values_.free_structured(structure, y.storage.data, free);
    return y;
  }
  template <class Item, class Read>
  ArrayOf<Item> array_of(int n, const Read& read) {
    const ArrayOf<Item> result{Tape::current().allocate<Item>(static_cast<std::size_t>(n)), n};
    for (int i = 0; i < n; ++i) result.items[i] = read();
    return result;
  }

 private:
  template <class S, class C>
  S sequence(int n, const C& constraint) {
    const auto a = make_unset_sequence<S>(n);
    for (int i = 0; i < n; ++i) check(constraint, a.storage.data[i] = values_.next_real(), i);
    return a;
  }
  template <class C>
  void check(const C& constraint, double v, int i) {
    if (constraint.holds(v, i)) return;
    DataError e = values_.error();
    values_.write_place(e.text);
    e.text << "is " << v << ", but must be ";
    constraint.require(e.text, i);
    throw e;
  }
  ValueReader values_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
