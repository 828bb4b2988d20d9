// From the text of a Stan program to its syntax tree.
#pragma once
#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/diagnostics.hpp"

namespace thalweg::stan {

/// Parentheses, indexes, calls, statements and signs within each other: more is an error, never a full stack.
inline constexpr int deepest_nesting = 400;
/// Height of an expression's tree: `a + b + c + …` grows by one a term.
inline constexpr int tallest_expression = 1000;

/// Parses a program. Syntax errors go to `diagnostics`; parsing goes on behind the statement that has one, so that
/// several are found in one run. With errors the tree is incomplete and only good for being dropped.
///
/// Source  the grammar of the Stan Reference Manual, 2.3x.
Program parse(Source source, Diagnostics& diagnostics);

}  // namespace thalweg::stan
