// Statements.
#include <algorithm>

#include "thalweg/stan/recursive_descent.hpp"

namespace thalweg::stan {

namespace {

constexpr std::pair<std::string_view, AssignOp> assign_ops[] = {{"=", AssignOp::assign},
                                                                {"+=", AssignOp::add},
                                                                {"-=", AssignOp::subtract},
                                                                {"*=", AssignOp::multiply},
                                                                {"/=", AssignOp::divide},
                                                                {".*=", AssignOp::elementwise_multiply},
                                                                {"./=", AssignOp::elementwise_divide}};

bool is_variable(const Expression& e) {
  const Expression* at = &e;
  while (const Indexed* indexed = as<Indexed>(*at)) at = indexed->base.get();
  return as<VariableRef>(*at) != nullptr;
}

}  // namespace

StatementPtr Parser::statement() {
  const Nesting nesting(*this);
  const Location first = peek().location;
  if (at_type()) return declaration();
  if (at("{") && !at_array_literal()) {
    take();
    BlockStatement block{statements_until_brace()};
    if (at_end()) refuse(first, "this '{{' is never closed; expected '}}'");
    take();
    return make_statement(std::move(block), first);
  }
  if (accept(";")) return make_statement(Empty{}, first);
  if (at("if")) return if_statement();
  if (at("while")) return while_statement();
  if (at("for")) return for_statement();
  if (at("return")) return return_statement();
  if (at("print") || at("reject") || at("fatal_error")) return message_statement();
  if (at("profile")) return profile_statement();
  if (accept("break")) {
    expect_semicolon("'break'");
    return make_statement(Break{}, first);
  }
  if (accept("continue")) {
    expect_semicolon("'continue'");
    return make_statement(Continue{}, first);
  }
  if (at("else")) refuse(first, "this 'else' belongs to no 'if'");
  refuse_old_statements();
  if ((at("target") || at("jacobian")) && peek(1).is("+=")) return increment_statement();
  return expression_statement();
}

/// Whether this `{` begins a literal, as in `{a, b} ~ normal(0, 1);`, and not a block.
bool Parser::at_array_literal() const {
  int depth = 0;
  for (std::size_t ahead = 0;; ++ahead) {
    const Token& token = peek(ahead);
    if (token.kind == Token::Kind::end || token.is(";")) return false;
    if (token.is("{")) ++depth;
    if (token.is("}") && --depth == 0) return ahead > 1 && (peek(ahead + 1).is("~") || peek(ahead + 1).is("["));
  }
}

void Parser::refuse_old_statements() {
  if (at("increment_log_prob") && peek(1).is("(")) {
    refuse(peek().location, "increment_log_prob is no longer part of Stan: write 'target += …;'");
  }
  if ((at("transformed") || at("generated") || at("model") || at("functions") || at("data") || at("parameters")) &&
      peek().kind == Token::Kind::keyword) {
    refuse(peek().location, "expected a statement or '}}', found {}: is the block before it closed?", found());
  }
}

StatementPtr Parser::if_statement() {
  const Location first = take().location;
  If branch;
  expect("(", " behind 'if'");
  branch.condition = expression();
  expect(")", " to close the condition");
  branch.then_branch = statement();
  if (accept("else")) branch.else_branch = statement();
  return make_statement(std::move(branch), first);
}

StatementPtr Parser::while_statement() {
  const Location first = take().location;
  While loop;
  expect("(", " behind 'while'");
  loop.condition = expression();
  expect(")", " to close the condition");
  loop.body = statement();
  return make_statement(std::move(loop), first);
}

StatementPtr Parser::for_statement() {
  const Location first = take().location;
  expect("(", " behind 'for'");
  if (at("int")) refuse(peek().location, "the loop variable needs no type: write 'for (n in 1:N)'");
  const Token name = expect_name("the loop variable");
  if (at("=")) refuse(peek().location, "a loop over a range is written 'for ({} in 1:N)'", name.text);
  expect("in", " behind the loop variable");
  ExpressionPtr lower = expression();
  if (accept(":")) {
    ForRange loop;
    loop.name = name.text;
    loop.name_location = name.location;
    loop.lower = std::move(lower);
    loop.upper = expression();
    expect(")", " to close the range");
    loop.body = statement();
    return make_statement(std::move(loop), first);
  }
  ForEach loop;
  loop.name = name.text;
  loop.name_location = name.location;
  loop.container = std::move(lower);
  expect(")", " to close the loop's head, or ':' and the last value");
  loop.body = statement();
  return make_statement(std::move(loop), first);
}

StatementPtr Parser::return_statement() {
  const Location first = take().location;
  Return statement;
  if (!at(";") && !at("}")) statement.value = expression();
  expect_semicolon("'return'");
  return make_statement(std::move(statement), first);
}

StatementPtr Parser::message_statement() {
  const Token word = take();
  Message message;
  message.kind = word.is("print")    ? Message::Kind::print
                 : word.is("reject") ? Message::Kind::reject
                                     : Message::Kind::fatal_error;
  expect("(", fmt::format(" behind '{}'", word.text));
  message.items = expression_list(")");
  expect(")", fmt::format(" to close '{}'", word.text));
  expect_semicolon(fmt::format("'{}(…)'", word.text));
  return make_statement(std::move(message), word.location);
}

StatementPtr Parser::profile_statement() {
  const Location first = take().location;
  Profile profile;
  expect("(", " behind 'profile'");
  if (peek().kind != Token::Kind::string) refuse(peek().location, "expected a name in quotes, found {}", found());
  const std::string_view label = take().text;
  profile.label = label.substr(1, label.size() < 2 ? 0 : label.size() - 2);
  expect(")", " to close 'profile'");
  const Location open = expect("{", " behind profile(…)").location;
  profile.body = statements_until_brace();
  if (at_end()) refuse(open, "this '{{' is never closed; expected '}}'");
  take();
  return make_statement(std::move(profile), first);
}

StatementPtr Parser::increment_statement() {
  const Token word = take();
  take();
  TargetIncrement increment;
  increment.jacobian = word.is("jacobian");
  increment.value = expression();
  expect_semicolon("this statement");
  return make_statement(std::move(increment), word.location);
}

/// What begins with an expression: an assignment, a `~`, or a call.
StatementPtr Parser::expression_statement() {
  const Location first = peek().location;
  const bool looks_old = peek().kind == Token::Kind::identifier;
  if (looks_old && peek(1).is("<") && peek(2).is("-") && peek(1).location.end == peek(2).location.begin) {
    refuse(peek(1).location, "the old assignment '<-' is no longer part of Stan: write '='");
  }
  ExpressionPtr left = expression();
  if (at("~")) return tilde(std::move(left), first);
  const bool assigns = std::any_of(std::begin(assign_ops), std::end(assign_ops),
                                   [&](const auto& op) { return peek().kind == Token::Kind::symbol && at(op.first); });
  if (assigns) return assignment(std::move(left), first);
  if (as<Call>(*left) != nullptr) {
    expect_semicolon("this call");
    return make_statement(CallStatement{std::move(left)}, first);
  }
  if (const Binary* binary = as<Binary>(*left); binary != nullptr && binary->op == BinaryOp::less) {
    const Unary* minus = as<Unary>(*binary->right);
    if (minus != nullptr && minus->op == UnaryOp::minus && is_variable(*binary->left)) {
      refuse(binary->op_location, "the old assignment '<-' is no longer part of Stan: write '='");
    }
  }
  if (at(";")) refuse(first, "this expression does nothing; expected a statement");
  refuse(peek().location, "expected '=', '~' or a call in this statement, found {}", found());
}

StatementPtr Parser::assignment(ExpressionPtr left, Location first) {
  Assignment assignment;
  const Token op = take();
  assignment.op_location = op.location;
  assignment.op = std::find_if(std::begin(assign_ops), std::end(assign_ops), [&](const auto& candidate) {
                    return candidate.first == op.text;
                  })->second;
  if (as<TargetValue>(*left) != nullptr) refuse(left->location, "write 'target += …', without parentheses");
  if (!is_variable(*left)) refuse(left->location, "only a variable, or part of one, can be assigned to");
  assignment.left = std::move(left);
  assignment.right = expression();
  expect_semicolon("this assignment");
  return make_statement(std::move(assignment), first);
}

StatementPtr Parser::tilde(ExpressionPtr left, Location first) {
  take();
  Tilde statement;
  statement.left = std::move(left);
  const Token name = expect_name("the name of a distribution behind '~'");
  statement.name = name.text;
  statement.name_location = name.location;
  expect("(", fmt::format(" behind '{}'", name.text));
  statement.arguments = expression_list(")");
  expect(")", " to close the distribution's arguments");
  if (at("T") && peek(1).is("[")) {
    statement.truncated = true;
    take();
    take();
    if (!at(",")) statement.truncation_lower = expression();
    expect(",", " between the bounds of the truncation T[lower, upper]");
    if (!at("]")) statement.truncation_upper = expression();
    expect("]", " to close the truncation");
  }
  expect_semicolon("this statement");
  return make_statement(std::move(statement), first);
}

}  // namespace thalweg::stan
