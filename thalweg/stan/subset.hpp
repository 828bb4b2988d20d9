// Which likelihood terms of a program can be evaluated for some of their observations, and how.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/index_size.hpp"
#include "thalweg/stan/split.hpp"

namespace thalweg::stan {

/// What becomes of an expression when only some of the numbers 1 … n of an index are wanted.
struct SubsetForm {
  enum class Kind {
    chosen,   ///< its elements at the chosen places
    count,    ///< a size: how many are chosen
    position  ///< the loop's variable, as an index of a container that holds the chosen elements alone
  };
  Kind kind;
  int index;  ///< into SubsetPlan::sizes
};

/// A summand of an increment of target.
struct SubsetSummand {
  const Expression* term;
  bool subtracted;
  Parts parts;
  int index;  ///< -1: it is evaluated whole
};

/// A loop of which only some iterations run.
struct SubsetLoop {
  int index;
  bool has_rest;  ///< it also adds terms that are no likelihood: these are added by a whole loop of their own
};

/// What can be said of a term, or of what leads to it.
struct SubsetVerdict {
  Location location;
  int index;          ///< -1: it is evaluated whole
  std::string words;  ///< "n in 1:N", or why not
};

/// A program as a sum over observations: log p = whole + Σₙ termₙ.
///
/// A likelihood term is subsampled when it is a density of independent outcomes whose arguments are computed element by
/// element (`X * b`, `exp(a + b[g])`, `_glm` densities), or stands in a loop `for (n in a:b)` whose iterations know
/// nothing of each other. A variable of the model or of transformed parameters is `short`, and holds the chosen
/// elements alone, when it is computed element by element and read so, everywhere; others are computed whole, and then
/// picked from.
///
/// Sizes are compared as sums of the data's integers. A program may have several: at run time the largest is the one
/// whose observations are chosen, and terms of others are whole.
class SubsetPlan {
 public:
  /// The sizes of the indexes; terms use all of them.
  const std::vector<IndexSize>& sizes() const { return sizes_; }
  bool can_subset() const { return !sizes_.empty(); }

  const SubsetForm* form_of(const Expression& e) const {
    const auto found = forms_.find(&e);
    return found == forms_.end() ? nullptr : &found->second;
  }
  /// -1: whole.
  int index_of(const Statement& tilde) const {
    const auto found = tildes_.find(tilde.id);
    return found == tildes_.end() ? -1 : found->second;
  }
  const SubsetLoop* loop_of(const Statement& loop) const {
    const auto found = loops_.find(loop.id);
    return found == loops_.end() ? nullptr : &found->second;
  }
  /// Of `target +=` outside of functions and of loops that are subsampled.
  const std::vector<SubsetSummand>* summands_of(const Statement& increment) const {
    const auto found = summands_.find(increment.id);
    return found == summands_.end() ? nullptr : &found->second;
  }
  /// What is known of a term that stands at a place.
  SubsetVerdict verdict_at(Location term) const;

 private:
  friend class SubsetBuilder;
  std::vector<IndexSize> sizes_;
  std::map<const Expression*, SubsetForm> forms_;
  std::map<int, int> tildes_;  // by Statement::id
  std::map<int, SubsetLoop> loops_;
  std::map<int, std::vector<SubsetSummand>> summands_;
  std::vector<SubsetVerdict> verdicts_;
};

/// `program` must be checked and free of errors.
///
/// Cost    a few passes over the tree for each variable that turns out not to be short.
SubsetPlan plan_subsets(const Program& program, const Analysis& analysis, const Split& split);

/// The arguments of a density (the outcome first) that belong to its outcomes one by one when they are containers;
/// empty when its value is not the sum of as many terms.
std::vector<bool> arguments_by_outcome(const std::string& stem, const std::vector<Type>& types);

}  // namespace thalweg::stan
