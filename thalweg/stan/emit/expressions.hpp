// C++ for expressions.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/emit/names.hpp"
#include "thalweg/stan/split.hpp"
#include "thalweg/stan/subset.hpp"

namespace thalweg::stan {

struct ReducedRegression;

/// What the text around an expression is: decides how a parameter-dependent scalar is spelled, and what is at hand.
struct EmitContext {
  const Program& program;
  const Analysis& analysis;
  const Names& names;
  const Split& split;
  const FunctionDefinition* function = nullptr;  ///< inside a user's function, else null
  bool has_target = false;                       ///< `target` is in scope
  bool has_random = false;                       ///< `random` is in scope
  bool value_only = false;                       ///< derivatives don't matter: in conditions and messages
  /// Expressions that stand before the loop under way, by the name they have there.
  std::map<const Expression*, std::string> hoisted{};
  /// Where the program's regressions are gathered; null where there are none to look for.
  std::vector<ReducedRegression>* regressions = nullptr;
  const SubsetPlan* subset = nullptr;  ///< in a unit for subsets of the observations
  bool constants = false;              ///< every density is normalised

  /// The scalar type of what may depend on parameters: S in a function, T in the program's body.
  const char* scalar() const { return function ? "S" : "T"; }
  /// Whether a variable depends on parameters here.
  bool depends(const Expression& e) const;
  bool depends(VariableId variable) const;
  /// The C++ literal of whether a call drops its constants.
  const char* propto(bool unnormalised) const { return unnormalised && !constants ? "true" : "false"; }
  /// Whether an expression is spelled as one name or call, whatever its node is.
  bool is_renamed(const Expression& e) const { return hoisted.contains(&e) || (subset && subset->form_of(e)); }
  /// Throws Error at a place: legal Stan that isn't compiled yet.
  [[noreturn]] void unsupported(Location where, const std::string& what) const;
};

/// The C++ type of a Stan type whose scalars are `scalar` ("T", "S" or "double").
std::string cpp_type(Type type, const std::string& scalar);

/// Whether calls of a function hand it the target: its name ends in _lp or _jacobian.
bool adds_to_target(const FunctionDefinition& function);

/// The expression, promoted to the type its context wants, with parentheses where precedence needs them.
std::string emit(const EmitContext& context, const Expression& e);
/// The same without the outermost parentheses.
std::string emit_bare(const EmitContext& context, const Expression& e);
/// `x(1, 2)` or `index(x, range(1, 2))`: the base as an lvalue where it is one.
std::string emit_indexed(const EmitContext& context, const Indexed& e);
/// The arguments of index functions: `1, range(a, b), all`.
std::string emit_indexes(const EmitContext& context, const std::vector<Index>& indexes);
/// `name<propto>(a, b)`.
std::string emit_call(const EmitContext& context, const Call& call);
/// The density of a `~`: `normal_lpdf<true>(y, mu, sigma)`, with constants `<false>`.
std::string emit_density(const EmitContext& context, const Tilde& tilde);
/// `name_lcdf(bound, mu, sigma)`, or with "lccdf": a tail of a truncated `~`. `bound` is C++.
std::string emit_tail(const EmitContext& context, const Tilde& tilde, const char* tail, const std::string& bound);
/// `rows_1`: the chosen numbers of an index of the SubsetPlan.
std::string rows_name(int index);
/// Where C++ wants a truth value.
std::string emit_condition(const EmitContext& context, const Expression& e);
/// An element or part of a container that is assigned to somewhere: a copy, since Stan's values don't share storage.
std::string emit_value(const EmitContext& context, const Expression& e);

}  // namespace thalweg::stan
