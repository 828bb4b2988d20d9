// Statements: types, places, and how control leaves them.
#include "thalweg/stan/checking.hpp"
#include "thalweg/stan/operators.hpp"

namespace thalweg::stan {

Checker::Flow Checker::check_statements(std::vector<StatementPtr>& statements) {
  Flow flow = Flow::goes_on;
  bool warned = false;
  for (StatementPtr& statement : statements) {
    if (flow == Flow::leaves && !warned && as<Empty>(*statement) == nullptr) {
      diagnostics_.warning(statement->location, "this statement is never reached");
      warned = true;
    }
    const Flow next = check_statement(*statement);
    if (flow != Flow::leaves && next != Flow::goes_on) flow = next == Flow::leaves && flow == Flow::jumps ? flow : next;
  }
  return flow;
}

Checker::Flow Checker::check_statement(Statement& statement) {
  statement.id = program_.statement_count++;
  const auto in_scope = [&](std::vector<StatementPtr>& body) {
    const Scope scope(*this);
    return check_statements(body);
  };
  const auto in_loop = [&](const char* word) {
    if (loops_ == 0) error(statement.location, "'{}' stands in no loop", word);
  };
  return std::visit(
      overloaded{
          [&](Declaration& n) { return check_declaration(statement, n), Flow::goes_on; },
          [&](Assignment& n) { return check_assignment(n), Flow::goes_on; },
          [&](Tilde& n) { return check_tilde(statement, n), Flow::goes_on; },
          [&](TargetIncrement& n) { return check_increment(statement, n), Flow::goes_on; },
          [&](CallStatement& n) { return check_call_statement(n), Flow::goes_on; }, [&](If& n) { return check_if(n); },
          [&](While& n) { return check_while(n); }, [&](ForRange& n) { return check_for(statement, n); },
          [&](ForEach& n) { return check_for(statement, n); }, [&](BlockStatement& n) { return in_scope(n.body); },
          [&](Profile& n) {
            diagnostics_.warning(statement.location, "profile(\"{}\") is not timed; its statements run as usual",
                                 n.label);
            return in_scope(n.body);
          },
          [&](Break&) { return in_loop("break"), Flow::jumps; },
          [&](Continue&) { return in_loop("continue"), Flow::goes_on; },
          [&](Return& n) { return check_return(statement, n); },
          [&](Message& n) {
            check_message(n);
            return n.kind == Message::Kind::print ? Flow::goes_on : Flow::leaves;
          },
          [&](Empty&) { return Flow::goes_on; }},
      statement.node);
}

void Checker::check_condition(Expression& condition, const char* what) {
  const Type type = check_value(condition);
  if (!type.is_known() || type.is_integer()) return;
  error(condition.location, "{} must be int, found {}{}", what, to_string(type),
        type.is_real() ? "; compare it, as in 'x != 0'" : "");
}

Checker::Flow Checker::check_if(If& branch) {
  check_condition(*branch.condition, "a condition");
  const auto in_scope = [&](Statement& body) {
    const Scope scope(*this);
    return check_statement(body);
  };
  const Flow then_flow = in_scope(*branch.then_branch);
  const Flow else_flow = branch.else_branch ? in_scope(*branch.else_branch) : Flow::goes_on;
  if (then_flow == Flow::jumps || else_flow == Flow::jumps) return Flow::jumps;
  return then_flow == Flow::leaves && else_flow == Flow::leaves ? Flow::leaves : Flow::goes_on;
}

Checker::Flow Checker::check_while(While& loop) {
  check_condition(*loop.condition, "a condition");
  const Scope scope(*this);
  ++loops_;
  const Flow flow = check_statement(*loop.body);
  --loops_;
  const IntLiteral* constant = as<IntLiteral>(*loop.condition);
  const bool forever = constant != nullptr && constant->value != 0;
  return flow == Flow::leaves || (forever && flow != Flow::jumps) ? Flow::leaves : Flow::goes_on;
}

Checker::Flow Checker::check_for(Statement& statement, ForRange& loop) {
  check_condition(*loop.lower, "a loop's first value");
  check_condition(*loop.upper, "a loop's last value");
  const Scope scope(*this);
  Variable made;
  made.name = loop.name;
  made.type = int_type;
  made.role = Variable::Role::loop;
  made.block = block_;
  made.function = function_;
  made.statement = &statement;
  made.data_only = true;
  made.location = loop.name_location;
  loop.variable = declare(std::move(made));
  ++loops_;
  const Flow flow = check_statement(*loop.body);
  --loops_;
  return flow == Flow::leaves ? Flow::leaves : Flow::goes_on;
}

Checker::Flow Checker::check_for(Statement& statement, ForEach& loop) {
  const Type container = check_value(*loop.container);
  Type element = container.element();
  if (container.is_linear()) element = real_type;
  if (container.is_known() && !element.is_known()) {
    error(loop.container->location, "a loop runs over a range, an array, a vector or a matrix, found {}",
          to_string(container));
  }
  const Scope scope(*this);
  Variable made;
  made.name = loop.name;
  made.type = element;
  made.role = Variable::Role::loop;
  made.block = block_;
  made.function = function_;
  made.statement = &statement;
  made.data_only = loop.container->data_only;
  made.location = loop.name_location;
  loop.variable = declare(std::move(made));
  ++loops_;
  const Flow flow = check_statement(*loop.body);
  --loops_;
  return flow == Flow::leaves ? Flow::leaves : Flow::goes_on;
}

Checker::Flow Checker::check_return(Statement& statement, Return& node) {
  if (function_ == no_id) {
    error(statement.location, "'return' stands in no function");
    if (node.value) check_value(*node.value);
    return Flow::leaves;
  }
  const Type wanted = program_.functions[static_cast<std::size_t>(function_)].return_type;
  const std::string name = program_.functions[static_cast<std::size_t>(function_)].name;
  if (!node.value) {
    if (wanted != void_type) error(statement.location, "'{}' must return {}", name, to_string(wanted));
    return Flow::leaves;
  }
  const Type found = check_value(*node.value);
  if (wanted == void_type) {
    error(node.value->location, "'{}' is void and returns no value", name);
  } else if (converts(found, wanted)) {
    promote(*node.value, wanted);
  } else if (found.is_known()) {
    error(node.value->location, "'{}' must return {}, found {}", name, to_string(wanted), to_string(found));
  }
  return Flow::leaves;
}

// ---- Assignments ----------------------------------------------------------------------------------------------------

void Checker::check_assignment(Assignment& assignment) {
  const Type left = check_value(*assignment.left);
  const Type right = check_value(*assignment.right);
  const VariableRef& root = root_variable(*assignment.left);
  if (root.variable == no_id) return;
  check_assignable(root, assignment.left->location);
  check_nested_indexes(*assignment.left);
  if (!left.is_known() || !right.is_known()) return;
  const std::string_view target(program_.source.text().data() + assignment.left->location.begin,
                                assignment.left->location.end - assignment.left->location.begin);
  const std::optional<BinaryOp> op = operator_of(assignment.op);
  if (!op) {
    if (converts(right, left)) {
      promote(*assignment.right, left);
    } else {
      error(assignment.op_location, "{} can't be assigned to '{}', which is {}", to_string(right), target,
            to_string(left));
    }
    return;
  }
  if (!compound_assigns(*op, left, right)) {
    error(assignment.op_location, "'{}' doesn't take {} to the left and {} to the right", to_string(assignment.op),
          to_string(left), to_string(right));
    return;
  }
  promote(*assignment.right, operator_types(*op, left, right)->right);
}

/// `x[a:b][i] = …` would assign to a copy; `x[i][a:b]` and `x[i, a:b]` are fine.
void Checker::check_nested_indexes(const Expression& left) {
  const Indexed* outer = as<Indexed>(left);
  const Indexed* inner = outer != nullptr ? as<Indexed>(*outer->base) : nullptr;
  if (inner == nullptr) return;
  for (const Index& index : inner->indexes) {
    if (index.kind == Index::Kind::single) continue;
    error(left.location,
          "what is assigned to can't be indexed again behind a range; put all indexes in one pair of "
          "brackets");
    return;
  }
  check_nested_indexes(*outer->base);
}

void Checker::check_assignable(const VariableRef& reference, Location where) {
  const Variable& assigned = variable(reference.variable);
  if (assigned.role == Variable::Role::loop) {
    error(where, "the loop variable '{}' can't be assigned to", reference.name);
  } else if (assigned.role == Variable::Role::function_input) {
    error(where, "'{}' is a parameter of this function and can't be assigned to; copy it to a local variable",
          reference.name);
  } else if (assigned.role == Variable::Role::top_level && assigned.block != block_) {
    error(where, "'{}' can't be assigned to here: it belongs to the block '{}'", reference.name,
          to_string(assigned.block));
  }
}

// ---- Calls and messages ---------------------------------------------------------------------------------------------

void Checker::check_call_statement(CallStatement& statement) {
  const Type type = check_any(*statement.call);
  if (!type.is_known() || type == void_type) return;
  const Call& call = std::get<Call>(statement.call->node);
  error(statement.call->location, "the value of '{}' is not used; only void functions are statements of their own",
        call.name);
}

void Checker::check_message(Message& message) {
  for (const ExpressionPtr& item : message.items) {
    if (check_any(*item) == void_type) error(item->location, "a void function has no value to write");
  }
}

}  // namespace thalweg::stan
