// Statements that are formulas in disguise: loops that add up one number, and locals that are used once, at once.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "thalweg/stan/emit/expressions.hpp"

namespace thalweg::stan {

/// `for (k in a:b) sum += term;`, with a term that is cheap and does not read the sum.
struct SummingLoop {
  const ForRange* loop;
  const Statement* statement;  ///< the assignment
  const Assignment* assignment;
  const Expression* term;
  VariableId sum;
  bool negative;  ///< the term is subtracted
};
std::optional<SummingLoop> summing_loop(const EmitContext& context, const Statement& s);

/// The formula `sum_over(a, b, statement, [=, this](int k) { return term; })`.
std::string emit_sum(const EmitContext& context, const SummingLoop& s, std::size_t statement);

/// How many statements from `first` on become one formula: a real local with its definition, loops that add to it, and
/// behind them (not counted) the only statement that uses it, a density whose parameter it is. 0 when they don't.
std::size_t formula_length(const EmitContext& context, const std::vector<StatementPtr>& block, std::size_t first);

}  // namespace thalweg::stan
