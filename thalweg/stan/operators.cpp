#include "thalweg/stan/operators.hpp"

#include "thalweg/stan/signatures.hpp"

namespace thalweg::stan {

namespace {

/// An operator has the types of a function.
const char* function_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::logical_or:
      return "logical_or";
    case BinaryOp::logical_and:
      return "logical_and";
    case BinaryOp::equal:
      return "logical_eq";
    case BinaryOp::not_equal:
      return "logical_neq";
    case BinaryOp::less:
      return "logical_lt";
    case BinaryOp::less_equal:
      return "logical_lte";
    case BinaryOp::greater:
      return "logical_gt";
    case BinaryOp::greater_equal:
      return "logical_gte";
    case BinaryOp::add:
      return "add";
    case BinaryOp::subtract:
      return "subtract";
    case BinaryOp::multiply:
      return "multiply";
    case BinaryOp::divide:
      return "divide";
    case BinaryOp::modulo:
    case BinaryOp::integer_divide:
      return "modulus";
    case BinaryOp::elementwise_multiply:
      return "elt_multiply";
    case BinaryOp::elementwise_divide:
      return "elt_divide";
    case BinaryOp::left_divide:
      return "mdivide_left";
    case BinaryOp::power:
    case BinaryOp::elementwise_power:
      return "pow";
  }
  return "";
}

const char* function_of(UnaryOp op) {
  switch (op) {
    case UnaryOp::minus:
      return "minus";
    case UnaryOp::plus:
      return "plus";
    case UnaryOp::logical_not:
      return "logical_negation";
    case UnaryOp::transpose:
      return "transpose";
  }
  return "";
}

}  // namespace

std::optional<OperatorTypes> operator_types(BinaryOp op, Type left, Type right) {
  std::optional<BestMatch> best;
  if (op == BinaryOp::divide) best = best_builtin("mdivide_right", {left, right});
  if (!best) best = best_builtin(function_of(op), {left, right});
  if (!best) return std::nullopt;
  return OperatorTypes{best->match.parameter_types[0], best->match.parameter_types[1], best->match.result};
}

std::optional<Type> operator_type(UnaryOp op, Type operand) {
  const std::optional<BestMatch> best = best_builtin(function_of(op), {operand});
  if (!best || best->match.promotions > 0) return std::nullopt;
  return best->match.result;
}

bool compound_assigns(BinaryOp op, Type variable, Type value) {
  const bool elementwise = op == BinaryOp::elementwise_multiply || op == BinaryOp::elementwise_divide;
  if (elementwise && variable.is_scalar()) return false;
  const std::optional<OperatorTypes> types = operator_types(op, variable, value);
  return types && types->result == variable;
}

}  // namespace thalweg::stan
