// Declarations: sizes, constraints, definitions.
#include "thalweg/stan/checking.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

void Checker::check_declaration(Statement& statement, Declaration& declaration) {
  const bool top_level = function_ == no_id && block_ != ProgramBlock::model && scopes_.size() == 1;
  check_sizes(declaration.type, top_level);
  check_constraints(declaration.type);
  check_declared_here(declaration, statement.location, top_level);
  const Type type = declaration.type.type();
  for (Declarator& declarator : declaration.declarators) {
    Variable made;
    made.name = declarator.name;
    made.type = type;
    made.role = top_level ? Variable::Role::top_level : Variable::Role::local;
    made.block = block_;
    made.function = function_;
    made.declared = &declaration.type;
    made.statement = &statement;
    made.location = declarator.location;
    made.data_only = type.base == Base::integer || block_ == ProgramBlock::data ||
                     block_ == ProgramBlock::transformed_data || block_ == ProgramBlock::generated_quantities;
    declarator.variable = declare(std::move(made));
    if (!declarator.value) continue;
    const Type value = check_value(*declarator.value);
    if (!value.is_known()) continue;
    if (converts(value, type)) {
      promote(*declarator.value, type);
    } else {
      error(declarator.value->location, "'{}' is {}, but its definition is {}", declarator.name, to_string(type),
            to_string(value));
    }
  }
}

void Checker::check_sizes(DeclaredType& type, bool top_level) {
  in_size_ = top_level;
  const auto check = [&](Expression& size) {
    const Type found = check_value(size);
    if (found.is_known() && !found.is_integer()) {
      error(size.location, "a size must be int, found {}", to_string(found));
    }
    if (top_level) refuse_parameters_in_size(size);
  };
  for (const ExpressionPtr& size : type.array_sizes) check(*size);
  for (const ExpressionPtr& size : type.sizes) check(*size);
  in_size_ = false;
}

/// The sizes of what a block declares must be known before sampling begins.
void Checker::refuse_parameters_in_size(const Expression& size) {
  for_each_expression(size, [&](const Expression& e) {
    const VariableRef* reference = as<VariableRef>(e);
    if (reference == nullptr || reference->variable == no_id) return;
    const ProgramBlock block = variable(reference->variable).block;
    if (block != ProgramBlock::data && block != ProgramBlock::transformed_data) {
      error(e.location, "a size must depend on data only; '{}' is declared in the block '{}'", reference->name,
            to_string(block));
    }
  });
}

void Checker::check_constraints(DeclaredType& type) {
  check_constraint_value(type.lower.get(), "a lower bound", type);
  check_constraint_value(type.upper.get(), "an upper bound", type);
  check_constraint_value(type.offset.get(), "an offset", type);
  check_constraint_value(type.multiplier.get(), "a multiplier", type);
}

void Checker::check_constraint_value(Expression* value, const char* what, const DeclaredType& type) {
  if (value == nullptr) return;
  const Type found = check_value(*value);
  if (!found.is_known()) return;
  const Type scalar = type.base == Base::integer ? int_type : real_type;
  if (found.is_scalar() && converts(found, scalar)) {
    promote(*value, scalar);
  } else if (converts(found, type.type())) {
    promote(*value, type.type());
  } else if (type.type() == scalar) {
    error(value->location, "{} of {} must be {}, found {}", what, to_string(type.type()), to_string(scalar),
          to_string(found));
  } else {
    error(value->location, "{} of {} must be {} or {}, found {}", what, to_string(type.type()), to_string(scalar),
          to_string(type.type()), to_string(found));
  }
}

/// What may be declared where.
void Checker::check_declared_here(const Declaration& declaration, Location where, bool top_level) {
  const DeclaredType& type = declaration.type;
  if (!top_level && type.constraint != Constraint::none) {
    error(type.location, "a local variable has no constraint; declare it as {}",
          type.base == Base::matrix       ? "matrix"
          : type.base == Base::vector     ? "vector"
          : type.base == Base::row_vector ? "row_vector"
          : type.base == Base::integer    ? "int"
                                          : "real");
  }
  const bool has_parameters = block_ == ProgramBlock::parameters || block_ == ProgramBlock::transformed_parameters;
  if (top_level && has_parameters && type.base == Base::integer) {
    error(where, "{} can't be int: the samplers move in continuous spaces; sum the integers out",
          block_ == ProgramBlock::parameters ? "a parameter" : "a transformed parameter");
  }
}

}  // namespace thalweg::stan
