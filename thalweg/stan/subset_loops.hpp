// Loops of which some iterations can be left out. Private to subset*.cpp.
#pragma once
#include <set>
#include <string>

#include "thalweg/stan/split.hpp"
#include "thalweg/stan/subset_rows.hpp"

namespace thalweg::stan {

struct LoopVerdict {
  std::string why_not;     ///< empty: iterations can be left out
  bool has_terms = false;  ///< it adds likelihood terms
  bool has_rest = false;   ///< it adds others
};

/// Judges loops one by one.
class SubsetLoops {
 public:
  SubsetLoops(const Program& program, const Split& split, const IndexSizes& sizes)
      : program_(program), split_(split), sizes_(sizes) {}

  /// Whether no iteration knows of another: what it assigns to is its own, or the element of a short variable that
  /// belongs to it. `found` takes the places of those elements.
  LoopVerdict operator()(const Statement& s, const ForRange& loop, SubsetRows& found) const;

  /// What a loop over chosen observations reads that is computed for all of them.
  std::set<VariableId> computed_whole(const ForRange& loop, const IndexSize& n,
                                      const std::set<VariableId>& short_variables) const;

 private:
  /// Which terms a statement adds.
  void note_terms(const Statement& s, LoopVerdict& verdict) const;
  const Variable& variable(VariableId v) const { return program_.variables[static_cast<std::size_t>(v)]; }

  const Program& program_;
  const Split& split_;
  const IndexSizes& sizes_;
};

}  // namespace thalweg::stan
