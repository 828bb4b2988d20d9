#include "thalweg/stan/emit/sums.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "thalweg/stan/emit/hoist.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

/// How often an expression or a statement reads or writes a variable.
template <class Node>
int mentions(const Node& node, VariableId variable) {
  int count = 0;
  for_each_expression(node, [&](const Expression& part) {
    const auto* v = as<VariableRef>(part);
    count += v && v->variable == variable;
  });
  return count;
}

/// Sums and products of variables, elements and numbers: worth to be evaluated again on the way back.
bool is_cheap(const EmitContext& context, const Expression& e) {
  if (!e.type.is_scalar() && !as<VariableRef>(e)) return false;
  if (as<IntLiteral>(e) || as<RealLiteral>(e) || as<VariableRef>(e)) return true;
  if (const auto* indexed = as<Indexed>(e)) {
    if (!as<VariableRef>(*indexed->base)) return false;
    return std::all_of(indexed->indexes.begin(), indexed->indexes.end(), [&](const Index& i) {
      return i.kind == Index::Kind::single && !context.depends(*i.lower) && is_cheap(context, *i.lower);
    });
  }
  if (const auto* unary = as<Unary>(e)) return unary->op == UnaryOp::minus && is_cheap(context, *unary->operand);
  const auto* binary = as<Binary>(e);
  if (!binary) return false;
  const bool ring = binary->op == BinaryOp::add || binary->op == BinaryOp::subtract || binary->op == BinaryOp::multiply;
  return ring && is_cheap(context, *binary->left) && is_cheap(context, *binary->right);
}

const Statement& only_statement(const Statement& s) {
  const auto* block = as<BlockStatement>(s);
  return block && block->body.size() == 1 ? only_statement(*block->body.front()) : s;
}

/// Whether `v` is a parameter of a density whose parameters may be formulas, and stands alone there.
bool is_parameter_of_density(const Statement& s, VariableId v) {
  const auto alone = [&](const std::vector<ExpressionPtr>& arguments, std::size_t from) {
    for (std::size_t i = from; i < arguments.size(); ++i)
      if (const auto* ref = as<VariableRef>(*arguments[i]); ref && ref->variable == v) return true;
    return false;
  };
  if (const auto* t = as<Tilde>(s))
    return !t->truncated && t->density.kind == Resolution::Kind::builtin && prepares_arguments(t->name) &&
           alone(t->arguments, 0);
  const auto* increment = as<TargetIncrement>(s);
  const auto* call = increment ? as<Call>(*increment->value) : nullptr;
  if (!call || call->resolution.kind != Resolution::Kind::builtin) return false;
  const Ending ending = ending_of(call->name);
  const bool density =
      ending == Ending::lpdf || ending == Ending::lpmf || ending == Ending::lupdf || ending == Ending::lupmf;
  return density && prepares_arguments(std::string(stem_of(call->name))) && alone(call->arguments, 1);
}

}  // namespace

std::optional<SummingLoop> summing_loop(const EmitContext& context, const Statement& s) {
  const auto* loop = as<ForRange>(s);
  if (!loop || context.function || !context.has_target || context.depends(*loop->lower) ||
      context.depends(*loop->upper))
    return std::nullopt;
  const Statement& only = only_statement(*loop->body);
  const auto* a = as<Assignment>(only);
  const auto* sum = a ? as<VariableRef>(*a->left) : nullptr;
  if (!sum || !a->left->type.is_real() || !context.depends(sum->variable)) return std::nullopt;
  SummingLoop found{loop, &only, a, a->right.get(), sum->variable, false};
  if (const auto op = operator_of(a->op)) {
    if (*op != BinaryOp::add && *op != BinaryOp::subtract) return std::nullopt;
    found.negative = *op == BinaryOp::subtract;
  } else {  // sum = sum + term
    const auto* b = as<Binary>(*a->right);
    const auto* left = b ? as<VariableRef>(*b->left) : nullptr;
    if (!left || left->variable != sum->variable || (b->op != BinaryOp::add && b->op != BinaryOp::subtract))
      return std::nullopt;
    found.negative = b->op == BinaryOp::subtract;
    found.term = b->right.get();
  }
  const bool apart = mentions(*found.term, sum->variable) == 0;
  if (!apart || !context.depends(*found.term) || !is_cheap(context, *found.term)) return std::nullopt;
  return found;
}

std::string emit_sum(const EmitContext& context, const SummingLoop& s, std::size_t statement) {
  return fmt::format("{} sum_over({}, {}, {}, [=, this](int {}) {{ return {}; }})", s.negative ? "-" : "+",
                     emit_bare(context, *s.loop->lower), emit_bare(context, *s.loop->upper), statement,
                     context.names.variable(s.loop->name), emit_bare(context, *s.term));
}

std::size_t formula_length(const EmitContext& context, const std::vector<StatementPtr>& block, std::size_t first) {
  const auto* d = as<Declaration>(*block[first]);
  if (!d || context.function || !context.has_target || d->declarators.size() != 1) return 0;
  const Declarator& name = d->declarators.front();
  const bool local = context.program.variables[static_cast<std::size_t>(name.variable)].role == Variable::Role::local;
  const bool plain = local && name.value && name.value->promoted_type.is_real() && context.depends(name.variable) &&
                     d->type.constraint == Constraint::none;
  if (!plain || !is_cheap(context, *name.value)) return 0;
  std::size_t end = first + 1;
  for (; end < block.size(); ++end) {
    const auto sum = summing_loop(context, *block[end]);
    if (!sum || sum->sum != name.variable) break;
  }
  if (end == block.size() || !is_parameter_of_density(*block[end], name.variable)) return 0;
  int uses = 0;
  for (std::size_t i = end; i < block.size(); ++i) uses += mentions(*block[i], name.variable);
  return uses == 1 ? end - first : 0;
}

}  // namespace thalweg::stan
