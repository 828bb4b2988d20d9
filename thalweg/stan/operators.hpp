// Types of operators.
#pragma once
#include <optional>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// What the operands of an operator become, and what it returns.
struct OperatorTypes {
  Type left, right, result;
};

/// `left op right`; nothing when the operator doesn't take the types.
std::optional<OperatorTypes> operator_types(BinaryOp op, Type left, Type right);

/// The result of `op operand`; nothing when the operator doesn't take the type.
std::optional<Type> operator_type(UnaryOp op, Type operand);

/// Whether `variable op value` is a compound assignment of Stan: the operator's result has the variable's type.
bool compound_assigns(BinaryOp op, Type variable, Type value);

}  // namespace thalweg::stan
