// Walks over the tree.
#pragma once
#include <variant>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// Calls `f(const Expression&)` on the direct parts of an expression, in the order they are evaluated.
template <class F>
void for_each_part(const Expression& e, F&& f) {
  const auto each = [&](const std::vector<ExpressionPtr>& list) {
    for (const ExpressionPtr& part : list) f(*part);
  };
  std::visit(overloaded{[&](const ArrayLiteral& n) { each(n.elements); },
                        [&](const RowLiteral& n) { each(n.elements); }, [&](const Call& n) { each(n.arguments); },
                        [&](const Indexed& n) {
                          f(*n.base);
                          for (const Index& index : n.indexes) {
                            if (index.lower) f(*index.lower);
                            if (index.upper) f(*index.upper);
                          }
                        },
                        [&](const Unary& n) { f(*n.operand); },
                        [&](const Binary& n) {
                          f(*n.left);
                          f(*n.right);
                        },
                        [&](const Conditional& n) {
                          f(*n.condition);
                          f(*n.if_true);
                          f(*n.if_false);
                        },
                        [](const auto&) {}},
             e.node);
}

/// Calls `f` on an expression and everything in it, parents first.
template <class F>
void for_each_expression(const Expression& e, F&& f) {
  f(e);
  for_each_part(e, [&](const Expression& part) { for_each_expression(part, f); });
}

/// Calls `f(const Expression&)` on the expressions that stand directly in a statement (not those of statements in it).
template <class F>
void for_each_expression_of(const Statement& statement, F&& f) {
  const auto maybe = [&](const ExpressionPtr& e) {
    if (e) f(*e);
  };
  const auto each = [&](const std::vector<ExpressionPtr>& list) {
    for (const ExpressionPtr& e : list) f(*e);
  };
  std::visit(
      overloaded{[&](const Declaration& n) {
                   each(n.type.array_sizes);
                   each(n.type.sizes);
                   for (const ExpressionPtr* e : {&n.type.lower, &n.type.upper, &n.type.offset, &n.type.multiplier}) {
                     maybe(*e);
                   }
                   for (const Declarator& d : n.declarators) maybe(d.value);
                 },
                 [&](const Assignment& n) {
                   f(*n.left);
                   f(*n.right);
                 },
                 [&](const Tilde& n) {
                   f(*n.left);
                   each(n.arguments);
                   maybe(n.truncation_lower);
                   maybe(n.truncation_upper);
                 },
                 [&](const TargetIncrement& n) { f(*n.value); }, [&](const CallStatement& n) { f(*n.call); },
                 [&](const If& n) { f(*n.condition); }, [&](const While& n) { f(*n.condition); },
                 [&](const ForRange& n) {
                   f(*n.lower);
                   f(*n.upper);
                 },
                 [&](const ForEach& n) { f(*n.container); }, [&](const Return& n) { maybe(n.value); },
                 [&](const Message& n) { each(n.items); }, [](const auto&) {}},
      statement.node);
}

/// Calls `f(const Statement&)` on the statements that stand directly in a statement.
template <class F>
void for_each_statement_of(const Statement& statement, F&& f) {
  const auto maybe = [&](const StatementPtr& s) {
    if (s) f(*s);
  };
  const auto each = [&](const std::vector<StatementPtr>& list) {
    for (const StatementPtr& s : list) f(*s);
  };
  std::visit(overloaded{[&](const If& n) {
                          maybe(n.then_branch);
                          maybe(n.else_branch);
                        },
                        [&](const While& n) { maybe(n.body); }, [&](const ForRange& n) { maybe(n.body); },
                        [&](const ForEach& n) { maybe(n.body); }, [&](const BlockStatement& n) { each(n.body); },
                        [&](const Profile& n) { each(n.body); }, [](const auto&) {}},
             statement.node);
}

/// Calls `f` on a statement and every statement in it, parents first.
template <class F>
void for_each_statement(const Statement& statement, F&& f) {
  f(statement);
  for_each_statement_of(statement, [&](const Statement& inner) { for_each_statement(inner, f); });
}

/// Calls `f` on every expression in a statement and in the statements in it.
template <class F>
void for_each_expression(const Statement& statement, F&& f) {
  for_each_statement(statement, [&](const Statement& inner) {
    for_each_expression_of(inner, [&](const Expression& e) { for_each_expression(e, f); });
  });
}

}  // namespace thalweg::stan
