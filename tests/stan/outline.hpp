// A program's tree as nested lists, locations aside: what tests compare.
#pragma once
#include <string>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// `(+ 1 (* 2 x))`
std::string outline(const Expression& expression);
std::string outline(const Statement& statement);
std::string outline(const Program& program);

/// Parses without checking; throws Error with the rendered errors.
Program parse_only(const std::string& text, const std::string& name = "model.stan");

/// The outline of an expression that stands to the right of `x =`.
std::string outline_of(const std::string& expression);

/// What is thrown for a program: its rendered errors; "" when it is fine.
std::string errors_of(const std::string& text);

/// The rendered warnings of a sound program, one behind the other.
std::string warnings_of(const std::string& text);

}  // namespace thalweg::stan
