// Types of expressions.
#include <algorithm>

#include "thalweg/stan/checking.hpp"
#include "thalweg/stan/operators.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

Type Checker::check_any(Expression& e) {
  e.id = program_.expression_count++;
  e.data_only = true;
  e.type = std::visit(overloaded{[&](IntLiteral&) { return int_type; }, [&](RealLiteral&) { return real_type; },
                                 [&](StringLiteral&) {
                                   return Type{Base::string, 0};
                                 },
                                 [&](auto& node) { return type_of(e, node); }},
                      e.node);
  e.promoted_type = e.type;
  for_each_part(e, [&](const Expression& part) { e.data_only = e.data_only && part.data_only; });
  if (block_ == ProgramBlock::generated_quantities || e.type.base == Base::integer) e.data_only = true;
  return e.type;
}

Type Checker::check_value(Expression& e) {
  const Type type = check_any(e);
  if (type == void_type) {
    error(e.location, "'{}' is a void function and has no value", std::get<Call>(e.node).name);
  } else if (type.base == Base::string) {
    error(e.location, "a string may stand only in print, reject, fatal_error and profile");
  } else {
    return type;
  }
  return e.type = e.promoted_type = unknown_type;
}

void Checker::promote(Expression& e, Type to) {
  e.promoted_type = to;
  const Binary* binary = as<Binary>(e);
  if (e.type == to || binary == nullptr || binary->op != BinaryOp::divide) return;
  const IntLiteral* divisor = as<IntLiteral>(*binary->right);
  diagnostics_.warning(binary->op_location,
                       "this division of ints drops the remainder; write {} to divide reals, or '%/%' if it is meant",
                       divisor != nullptr ? fmt::format("'{}.0'", divisor->value) : "'1.0 *' before it");
}

Type Checker::type_of(Expression& e, VariableRef& node) {
  node.variable = find(node.name);
  if (node.variable != no_id) {
    e.data_only = variable(node.variable).data_only;
    return variable(node.variable).type;
  }
  if (!functions_named(node.name).empty() || !signatures_named(node.name).empty()) {
    error(e.location, "'{}' is a function; its calls have parentheses: {}(…)", node.name, node.name);
    return unknown_type;
  }
  const Variable* declared = nullptr;  // out of scope, or in another block
  for (const Variable& candidate : program_.variables) {
    if (candidate.name == node.name && candidate.function == function_) declared = &candidate;
  }
  if (declared != nullptr) {
    error(e.location, "'{}' is not visible here: it was declared in an inner scope, in line {}", node.name,
          program_.source.position(declared->location.begin).line);
    return unknown_type;
  }
  error(e.location, "unknown variable '{}'{}", node.name, did_you_mean(node.name, visible_names()));
  return unknown_type;
}

Type Checker::type_of(Expression&, ArrayLiteral& node) {
  Type common = unknown_type;
  bool known = true;
  for (const ExpressionPtr& element : node.elements) {
    const Type type = check_value(*element);
    known = known && type.is_known();
    if (!known) continue;
    const Type wider = common.is_known() ? common_type(common, type) : type;
    if (!wider.is_known()) {
      error(element->location, "the elements of an array have one type; found {} behind {}", to_string(type),
            to_string(common));
      return unknown_type;
    }
    common = wider;
  }
  if (!known) return unknown_type;
  for (const ExpressionPtr& element : node.elements) promote(*element, common);
  return array_of(common);
}

Type Checker::type_of(Expression&, RowLiteral& node) {
  bool known = true, scalars = true, rows = true;
  for (const ExpressionPtr& element : node.elements) {
    const Type type = check_value(*element);
    known = known && type.is_known();
    scalars = scalars && type.is_scalar();
    rows = rows && type == row_vector_type;
    if (known && !scalars && !rows) {
      error(element->location,
            "[…] takes scalars (a row vector) or row vectors (a matrix), not {}; an array is written {{…}}",
            to_string(type));
      return unknown_type;
    }
  }
  if (!known) return unknown_type;
  if (!scalars) return matrix_type;
  for (const ExpressionPtr& element : node.elements) promote(*element, real_type);
  return row_vector_type;
}

Type Checker::type_of(Expression& e, Unary& node) {
  const Type operand = check_value(*node.operand);
  if (!operand.is_known()) return unknown_type;
  if (const std::optional<Type> type = operator_type(node.op, operand)) return *type;
  error(e.location, "'{}' doesn't take {}", to_string(node.op), to_string(operand));
  return unknown_type;
}

Type Checker::type_of(Expression&, Binary& node) {
  const Type left = check_value(*node.left);
  const Type right = check_value(*node.right);
  if (!left.is_known() || !right.is_known()) return unknown_type;
  const auto compares = [](BinaryOp op) { return op >= BinaryOp::less && op <= BinaryOp::greater_equal; };
  if (const Binary* inner = as<Binary>(*node.left); inner != nullptr && compares(node.op) && compares(inner->op)) {
    diagnostics_.warning(
        node.op_location, "'a {} b {} c' compares the 0 or 1 of 'a {} b' with c; write 'a {} b && b {} c'",
        to_string(inner->op), to_string(node.op), to_string(inner->op), to_string(inner->op), to_string(node.op));
  }
  const std::optional<OperatorTypes> types = operator_types(node.op, left, right);
  if (!types) {
    std::string hint;
    if (node.op == BinaryOp::multiply && left == right && (left == vector_type || left == row_vector_type)) {
      hint = "; write '.*' for the product of each element, or dot_product(a, b)";
    }
    error(node.op_location, "'{}' doesn't take {} to the left and {} to the right{}", to_string(node.op),
          to_string(left), to_string(right), hint);
    return unknown_type;
  }
  promote(*node.left, types->left);
  promote(*node.right, types->right);
  return types->result;
}

Type Checker::type_of(Expression&, Conditional& node) {
  check_condition(*node.condition, "the condition of '?:'");
  const Type yes = check_value(*node.if_true);
  const Type no = check_value(*node.if_false);
  if (!yes.is_known() || !no.is_known()) return unknown_type;
  const Type common = common_type(yes, no);
  if (!common.is_known()) {
    error(node.if_false->location, "both values of '?:' must have one type; found {} and {}", to_string(yes),
          to_string(no));
    return unknown_type;
  }
  promote(*node.if_true, common);
  promote(*node.if_false, common);
  return common;
}

Type Checker::type_of(Expression& e, TargetValue&) {
  if (block_ != ProgramBlock::transformed_parameters) check_adds_to_target(e.location, "'target()'");
  e.data_only = false;
  return real_type;
}

// ---- Indexes --------------------------------------------------------------------------------------------------------

Type Checker::type_of(Expression& e, Indexed& node) {
  const Type base = check_value(*node.base);
  bool known = base.is_known();
  for (Index& index : node.indexes) known = check_index(index).is_known() && known;
  return known ? indexed_type(base, node.indexes, e.location) : unknown_type;
}

/// Returns int for a sound index, unknown for one with an error.
Type Checker::check_index(Index& index) {
  bool sound = true;
  const auto bound = [&](const ExpressionPtr& e) {
    if (!e) return;
    const Type type = check_value(*e);
    sound = sound && type.is_known();
    if (type.is_integer() || !type.is_known()) return;
    if (index.kind == Index::Kind::single && type == array_of(int_type)) {
      index.kind = Index::Kind::multi;
      return;
    }
    sound = false;
    error(e->location, "an index is int{}, found {}", index.kind == Index::Kind::single ? " or array[] int" : "",
          to_string(type));
  };
  bound(index.lower);
  bound(index.upper);
  return sound ? int_type : unknown_type;
}

/// A single index drops its dimension; all others keep it.
Type Checker::indexed_type(Type base, const std::vector<Index>& indexes, Location where) {
  const int count = static_cast<int>(indexes.size());
  if (count > base.index_rank()) {
    if (base.index_rank() == 0) {
      error(where, "{} can't be indexed", to_string(base));
    } else {
      error(where, "{} takes at most {} index{}, found {}", to_string(base), base.index_rank(),
            base.index_rank() == 1 ? "" : "es", count);
    }
    return unknown_type;
  }
  const auto single = [&](int i) { return indexes[static_cast<std::size_t>(i)].kind == Index::Kind::single; };
  int rank = base.array_rank;
  for (int i = 0; i < std::min(count, base.array_rank); ++i) rank -= single(i);
  const int inner = count - base.array_rank;  // indexes that reach into the vector or matrix
  if (inner <= 0) return {base.base, rank};
  const bool first = single(base.array_rank);
  if (base.base != Base::matrix) return {first ? Base::real : base.base, rank};
  const bool second = inner > 1 && single(base.array_rank + 1);
  if (first && second) return {Base::real, rank};
  if (first) return {Base::row_vector, rank};
  return {second ? Base::vector : Base::matrix, rank};
}

}  // namespace thalweg::stan
