// How an expression becomes that of its chosen elements. Private to subset*.cpp.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/subset.hpp"

namespace thalweg::stan {

/// An attempt to find the form of one statement; what it found holds when all calls said true.
class SubsetRows {
 public:
  SubsetRows(const Program& program, const Analysis& analysis, const IndexSizes& sizes,
             const std::set<VariableId>& short_variables)
      : program_(program), analysis_(analysis), sizes_(sizes), short_(short_variables) {}

  std::optional<IndexSize> size;  ///< of the index; found by the first call when nobody set it
  std::map<const Expression*, SubsetForm::Kind> forms;
  std::set<const Expression*> consumed;  ///< references to short variables
  std::vector<std::string> whole;        ///< what must be computed whole, as the source has it
  std::set<VariableId> whole_variables;  ///< of these, the variables
  std::string reason;                    ///< why not
  bool is_single = false;                ///< because it is one term alone

  /// The chosen elements of a container.
  bool choose(const Expression& e);
  /// The terms of a density that belong to chosen outcomes. `arguments`: the outcome first.
  bool choose_density(const std::string& stem, const std::vector<const Expression*>& arguments);
  /// The chosen summands of a sum, or of a container that is summed.
  bool choose_sum(const Expression& e);
  /// `mu[n]`, in a loop over n, of a short mu: its place there.
  void choose_elements_at(const ForRange& loop);
  bool starts_at_one(const ForRange& loop) const;
  /// `v` of `v[:, j]`, which is the same part of each of its elements; else the expression itself.
  static const Expression& without_columns(const Expression& e);

 private:
  bool choose_node(const Expression& e);
  bool choose_indexed(const Expression& e, const Indexed& n);
  bool choose_binary(const Expression& e, const Binary& n);
  bool choose_call(const Expression& e, const Call& n);
  bool choose_all(const std::vector<ExpressionPtr>& arguments);
  /// All of it is computed, then picked from.
  bool pick(const Expression& e);
  bool agree(const Expression& e);
  bool refuse(const std::string& why);
  std::string text(const Expression& e) const;

  const Program& program_;
  const Analysis& analysis_;
  const IndexSizes& sizes_;
  const std::set<VariableId>& short_;
};

}  // namespace thalweg::stan
