// Stan programs written out in one canonical form.
#pragma once
#include <string>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// The program with two-space indents, one statement a line and no more parentheses than precedence asks for. Parsing
/// it again gives the same tree, locations aside. Comments are gone.
std::string print(const Program& program);

std::string print(const Expression& expression);
std::string print(const Statement& statement, int indent = 0);
std::string print(const DeclaredType& type);  ///< `array[N] vector<lower=0>[K]`
std::string print(const FunctionDefinition& function);

}  // namespace thalweg::stan
