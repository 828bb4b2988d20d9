// How long containers are, as sums of the data's integers: what tells that two of them run over the same observations.
// Private to subset*.cpp and the emitter.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// constant + Σ coefficient · integer of the data, as `2 * N - 1`. Equal forms are equal numbers.
class IndexSize {
 public:
  struct Part {
    long coefficient;
    const Expression* integer;
  };
  static IndexSize number(long value) { return IndexSize(value); }
  static IndexSize symbol(std::string name, const Expression& e) {
    IndexSize s(0);
    s.parts_.emplace(std::move(name), Part{1, &e});
    return s;
  }
  /// a + factor · b
  static IndexSize sum(const IndexSize& a, const IndexSize& b, long factor);
  bool operator==(const IndexSize& other) const { return key() == other.key(); }
  bool operator<(const IndexSize& other) const { return key() < other.key(); }
  /// As a person writes it: "N - 1".
  std::string text() const;
  std::optional<long> constant() const { return parts_.empty() ? std::optional<long>(constant_) : std::nullopt; }
  long offset() const { return constant_; }
  const std::map<std::string, Part>& parts() const { return parts_; }

 private:
  explicit IndexSize(long constant) : constant_(constant) {}
  std::string key() const { return text(); }
  long constant_;
  std::map<std::string, Part> parts_;  ///< by their text
};

/// The sizes that declarations tell. Nothing where they don't, or where a size is no integer of data or transformed
/// data.
class IndexSizes {
 public:
  using Size = std::optional<IndexSize>;
  explicit IndexSizes(const Program& program) : program_(program) {}

  /// The value of an int expression.
  Size value(const Expression& e) const;
  /// The dimensions of a container: of arrays first.
  std::vector<Size> dimensions(const Expression& e) const;
  std::vector<Size> dimensions(VariableId v) const;
  /// The first of them; nothing for scalars.
  Size length(const Expression& e) const {
    const auto all = dimensions(e);
    return all.empty() ? std::nullopt : all.front();
  }
  /// Upper − lower + 1.
  Size range(const Expression& lower, const Expression& upper) const;

 private:
  std::vector<Size> of_indexed(const Indexed& e) const;
  std::vector<Size> of_binary(const Binary& b) const;
  std::vector<Size> of_call(const Call& call, int rank) const;
  bool is_data(const Expression& e) const;

  const Program& program_;
};

/// Functions that work element by element on all their arguments.
bool is_elementwise(const Call& call);

}  // namespace thalweg::stan
