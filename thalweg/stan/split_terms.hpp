// What one summand of an increment is, by the ingredients of its value. Private to split*.cpp.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model_table.hpp"
#include "thalweg/stan/split_flow.hpp"

namespace thalweg::stan {

/// A summand, classed.
struct SplitLeaf {
  enum class Kind {
    decided,       ///< by the outcomes of the densities in it, one way or the other
    tail,          ///< of a distribution: goes with the density that it truncates
    constant,      ///< no parameter in it: goes with the rest of its sum
    penalty,       ///< a formula of parameters that looks like a log density of theirs: squares, absolute values
    formula,       ///< another formula of parameters
    data_formula,  ///< a formula of parameters and data, and no density
    accumulator    ///< a local or transformed parameter that sums terms
  };
  const Expression* term = nullptr;  ///< null for a `~`
  bool subtracted = false;
  Kind kind = Kind::decided;
  Part part = part_undecided;
  std::string reason;
  std::string stem;  ///< of a tail or density: "normal"
  VariableId accumulator = no_id;
};

/// Classes summands in one instance of a function, or in the blocks.
class SplitTerms {
 public:
  SplitTerms(const Program& program, const FlowInstance& flow) : program_(program), flow_(flow) {}

  /// The additive terms of a value, with what each says on its own.
  std::vector<SplitLeaf> leaves(const Statement& s, const Expression& value) const;
  SplitLeaf tilde(const Statement& s, const Tilde& tilde) const;
  /// Lets tails, constants and formulas go with the densities beside them.
  static void settle(std::vector<SplitLeaf>& sum);

 private:
  void split(const Statement& s, const Expression& e, bool subtracted, std::vector<SplitLeaf>& out) const;
  SplitLeaf leaf(const Statement& s, const Expression& term, bool subtracted) const;
  /// Without signs and constant factors.
  const Expression& core(const Expression& e, bool& subtracted) const;
  void class_density(SplitLeaf& leaf, Made made, const Expression& outcome) const;
  void class_whole(SplitLeaf& leaf, Made made, const Expression& e) const;
  void class_formula(SplitLeaf& leaf, const Statement& s, Made made, const Expression& e) const;
  bool is_penalty(const Expression& e) const;
  bool has_parameters(const Expression& e) const { return flow_.of(e) & made::parameters; }
  std::string text(const Expression& e) const;

  const Program& program_;
  const FlowInstance& flow_;
};

}  // namespace thalweg::stan
