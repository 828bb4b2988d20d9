// Expressions: precedence climbing over binary operators, recursive descent for the rest.
#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "thalweg/stan/recursive_descent.hpp"

namespace thalweg::stan {

namespace {

std::optional<BinaryOp> binary_operator(const Token& token) {
  if (token.kind != Token::Kind::symbol) return std::nullopt;
  for (int i = 0; i < binary_op_count; ++i) {
    if (token.text == to_string(static_cast<BinaryOp>(i))) return static_cast<BinaryOp>(i);
  }
  return std::nullopt;
}

int depth_of(const ExpressionPtr& e) { return e ? e->depth : 0; }

int deepest(const std::vector<ExpressionPtr>& list) {
  int depth = 0;
  for (const ExpressionPtr& e : list) depth = std::max(depth, depth_of(e));
  return depth;
}

int deepest_part(const Expression::Node& node) {
  return std::visit(overloaded{[](const ArrayLiteral& n) { return deepest(n.elements); },
                               [](const RowLiteral& n) { return deepest(n.elements); },
                               [](const Call& n) { return deepest(n.arguments); },
                               [](const Indexed& n) {
                                 int depth = depth_of(n.base);
                                 for (const Index& i : n.indexes)
                                   depth = std::max({depth, depth_of(i.lower), depth_of(i.upper)});
                                 return depth;
                               },
                               [](const Unary& n) { return depth_of(n.operand); },
                               [](const Binary& n) { return std::max(depth_of(n.left), depth_of(n.right)); },
                               [](const Conditional& n) {
                                 return std::max({depth_of(n.condition), depth_of(n.if_true), depth_of(n.if_false)});
                               },
                               [](const auto&) { return 0; }},
                    node);
}

std::string without_separators(std::string_view digits) {
  std::string text(digits);
  text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
  return text;
}

}  // namespace

ExpressionPtr Parser::make_expression(Expression::Node node, Location where) {
  const int depth = 1 + deepest_part(node);
  if (depth > tallest_expression) refuse(where, "this expression has more than {} levels", tallest_expression);
  auto made = std::make_unique<Expression>();
  made->node = std::move(node);
  made->location = where;
  made->depth = depth;
  return made;
}

ExpressionPtr Parser::expression() {
  const Nesting nesting(*this);
  const Location first = peek().location;
  ExpressionPtr condition = binary(0);
  if (!accept("?")) return condition;
  Conditional node;
  node.condition = std::move(condition);
  node.if_true = expression();
  expect(":", " of the conditional operator");
  node.if_false = expression();
  return make_expression(std::move(node), since(first));
}

ExpressionPtr Parser::binary(int lowest_precedence) {
  const Location first = peek().location;
  ExpressionPtr left = unary();
  for (std::optional<BinaryOp> op = binary_operator(peek()); op && precedence(*op) >= lowest_precedence;
       op = binary_operator(peek())) {
    const Location place = take().location;
    if (*op == BinaryOp::multiply && at("*")) refuse(place, "there is no operator '**'; a power is written 'a ^ b'");
    if ((at("+") || at("-")) && peek().text == text(place) && (peek(1).is(";") || peek(1).is(")"))) {
      refuse(place, "there is no operator '{0}{0}'; write 'x {0}= 1'", to_string(*op));
    }
    const Nesting nesting(*this);  // a ^ b ^ c … goes on in its right operand
    ExpressionPtr right = binary(right_associative(*op) ? precedence(*op) : precedence(*op) + 1);
    left = make_expression(Binary{*op, std::move(left), std::move(right), place}, since(first));
  }
  return left;
}

/// Signs and `!` bind looser than powers: -a^b is -(a^b), and a^-b is a^(-b).
ExpressionPtr Parser::unary() {
  const Nesting nesting(*this);
  const Location first = peek().location;
  if (!at("-") && !at("+") && !at("!")) return postfix();
  const Token sign = take();
  const UnaryOp op = sign.is("-") ? UnaryOp::minus : sign.is("+") ? UnaryOp::plus : UnaryOp::logical_not;
  ExpressionPtr operand = binary(power_precedence);
  return make_expression(Unary{op, std::move(operand)}, since(first));
}

ExpressionPtr Parser::postfix() {
  const Location first = peek().location;
  ExpressionPtr base = primary();
  for (;;) {
    if (at("[")) {
      base = indexed(std::move(base));
    } else if (accept("'")) {
      base = make_expression(Unary{UnaryOp::transpose, std::move(base)}, since(first));
    } else {
      return base;
    }
  }
}

ExpressionPtr Parser::primary() {
  const Token token = peek();
  switch (token.kind) {
    case Token::Kind::integer:
    case Token::Kind::real:
    case Token::Kind::imaginary:
      return number(take());
    case Token::Kind::string: {
      take();
      const std::size_t size = token.text.size() < 2 ? 0 : token.text.size() - 2;
      return make_expression(StringLiteral{std::string(token.text.substr(1, size))}, token.location);
    }
    case Token::Kind::identifier:
      take();
      if (at("(")) return call(token);
      return make_expression(VariableRef{std::string(token.text), no_id}, token.location);
    default:
      break;
  }
  if (accept("(")) {
    ExpressionPtr inner = expression();
    if (at(",")) refuse(token.location, "tuples are not supported; declare their parts as separate variables");
    expect(")", " to close the parenthesis");
    inner->location = since(token.location);
    return inner;
  }
  if (accept("{")) {
    ArrayLiteral literal{expression_list("}")};
    if (literal.elements.empty()) refuse(since(token.location), "an array literal needs at least one element");
    expect("}", " to close the array");
    return make_expression(std::move(literal), since(token.location));
  }
  if (accept("[")) {
    RowLiteral literal{expression_list("]")};
    expect("]", " to close the row vector or matrix");
    return make_expression(std::move(literal), since(token.location));
  }
  refuse(at_end() ? behind_previous() : token.location, "expected an expression, found {}", found());
}

ExpressionPtr Parser::number(const Token& token) {
  const std::string digits = without_separators(token.text);
  if (token.kind == Token::Kind::imaginary) {
    refuse(token.location, "complex numbers are not supported; '{}' is an imaginary number", token.text);
  }
  if (token.kind == Token::Kind::integer) {
    const bool fits = digits.size() <= 10 && std::stoll(digits) <= std::numeric_limits<std::int32_t>::max();
    if (!fits) {
      refuse(token.location, "the integer {} is beyond 32 bits (at most 2147483647); write {}.0 for a real", token.text,
             token.text);
    }
    return make_expression(IntLiteral{static_cast<std::int32_t>(std::stoll(digits))}, token.location);
  }
  double value = 0;  // stays 0 for a number below the smallest double
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool tiny = digits.find("e-") != std::string::npos || digits.find("E-") != std::string::npos;
  if (parsed.ec == std::errc::result_out_of_range && !tiny) {
    refuse(token.location, "the number {} is beyond the largest double; write positive_infinity() for infinity",
           token.text);
  }
  return make_expression(RealLiteral{value, std::string(token.text)}, token.location);
}

ExpressionPtr Parser::call(const Token& name) {
  take();
  if (name.is("target")) {
    expect(")", " to close 'target()'");
    return make_expression(TargetValue{}, since(name.location));
  }
  Call node;
  node.name = name.text;
  node.name_location = name.location;
  if (!at(")")) {
    node.arguments.push_back(expression());
    if (accept("|")) {
      node.bar = true;
      if (!at(")")) node.arguments.push_back(expression());
    }
    while (accept(",")) node.arguments.push_back(expression());
  }
  expect(")", fmt::format(" to close the call of '{}'", name.text));
  return make_expression(std::move(node), since(name.location));
}

ExpressionPtr Parser::indexed(ExpressionPtr base) {
  const Location first = base->location;
  take();
  Indexed node;
  node.base = std::move(base);
  do {
    node.indexes.push_back(index());
  } while (accept(","));
  expect("]", " to close the index");
  return make_expression(std::move(node), since(first));
}

Index Parser::index() {
  Index made;
  const Location first = peek().location;
  const auto at_close = [&] { return at(",") || at("]"); };
  if (!at_close() && !at(":")) {
    made.kind = Index::Kind::single;
    made.lower = expression();
  }
  if (accept(":")) {
    if (!at_close()) made.upper = expression();
    made.kind = made.lower ? (made.upper ? Index::Kind::range : Index::Kind::from)
                           : (made.upper ? Index::Kind::to : Index::Kind::all);
  }
  made.location = made.lower || made.upper ? since(first) : first;
  return made;
}

std::vector<ExpressionPtr> Parser::expression_list(std::string_view close) {
  std::vector<ExpressionPtr> list;
  if (at(close)) return list;
  do {
    list.push_back(expression());
  } while (accept(","));
  return list;
}

}  // namespace thalweg::stan
