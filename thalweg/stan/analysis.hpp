// What the emitter must know about a checked program: what depends on parameters, whether all particles take the same
// path, and which loops can be swept iteration by iteration.
#pragma once
#include <optional>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// A place where particles may part: a path, an index or an integer that depends on parameters.
struct LaneReason {
  enum class Kind {
    if_condition,
    while_condition,
    loop_range,            ///< of a `for (n in a:b)`
    conditional_operator,  ///< `c ? a : b`
    index,                 ///< `x[i]`, `x[a:b]`
    integer_value          ///< any other int or array of ints
  };
  Kind kind;
  Location location;          ///< of an `if`, `while` or `for`: up to its condition; else of the expression
  bool only_rejects = false;  ///< an `if` without `else` whose body does nothing but reject: lanes can be masked out
};

/// Results of `analyse`. Queries take nodes of the program it was made from.
///
/// What counts is the log density: transformed data, transformed parameters, the model block and the functions that
/// they call. In functions a query answers for all calls from there together. In generated quantities nothing is
/// differentiated: their variables and expressions depend on nothing.
class Analysis {
 public:
  /// Whether a variable holds, at some point, a value that depends on parameters: by dataflow through assignments,
  /// definitions, calls of user-defined functions, and by being assigned on a path that depends on parameters. Ints
  /// too.
  bool depends(VariableId variable) const { return variables_[static_cast<std::size_t>(variable)]; }
  /// Whether an expression's value depends on parameters. Sizes (`size(x)`, `rows(x)`, …) never do.
  bool depends(const Expression& e) const { return expressions_[static_cast<std::size_t>(e.id)]; }

  /// Whether each iteration of a loop can be recorded, swept back and forgotten: its body doesn't return, the density
  /// nowhere reads `target()` (but for printing it), and the body assigns to no variable from outside the loop that
  /// depends on parameters, scratch space aside (privacy.hpp): a local variable that nothing outside the loop reads,
  /// and of which each iteration reads only what it wrote. Increments of target are fine: its adjoint is 1. `loop` is a
  /// for or while statement.
  bool is_independent(const Statement& loop) const { return independent_[static_cast<std::size_t>(loop.id)]; }
  /// Whether a statement adds to target: `~`, `target +=`, `jacobian +=`, a call of an _lp or _jacobian function.
  bool adds_to_target(const Statement& statement) const { return adds_[static_cast<std::size_t>(statement.id)]; }
  bool reads_target() const { return reads_target_; }

  /// Whether some assignment writes to elements of a variable and not to all of it.
  bool has_assigned_elements(VariableId variable) const { return elements_[static_cast<std::size_t>(variable)]; }

  /// Where particles may part, in the order of the program's blocks, then of its functions. Empty: they run in step.
  const std::vector<LaneReason>& lane_reasons() const { return reasons_; }
  /// The first place; nothing when particles run in step.
  std::optional<Location> one_lane_reason() const {
    return reasons_.empty() ? std::nullopt : std::optional<Location>(reasons_.front().location);
  }

 private:
  friend class AnalysisBuilder;
  std::vector<bool> variables_, expressions_, elements_;  // by VariableId, Expression::id, VariableId
  std::vector<bool> independent_, adds_;                  // by Statement::id
  std::vector<LaneReason> reasons_;
  bool reads_target_ = false;
};

/// A function that is called from outside of the program, and which of its inputs change from particle to particle.
struct FlowRoot {
  FunctionId function = no_id;
  std::vector<bool> inputs;
};

/// `program` must be checked and free of errors. `roots`: functions beside the log density that count.
///
/// Cost    a few passes over the tree for each way in which a function is called (which arguments depend on
/// parameters).
Analysis analyse(const Program& program, const std::vector<FlowRoot>& roots = {});

}  // namespace thalweg::stan
