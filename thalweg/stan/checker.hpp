// Types, names and rules: turns a parsed program into a checked one. And the way in for everybody: parse_program.
#pragma once
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/diagnostics.hpp"

namespace thalweg::stan {

/// Fills in everything that ast.hpp marks [checker] and reports what breaks the rules of the language. The program
/// must come from `parse` without errors. After errors the tree is filled in as far as possible.
///
/// Source  Stan Reference Manual 2.3x: expressions, statements, program blocks, user-defined functions.
void check(Program& program, Diagnostics& diagnostics);

/// Warns of what is legal and probably not meant: a parameter that the density doesn't use, a variable that is never
/// given a value, a local variable that is never read. The program must be checked.
void warn(const Program& program, Diagnostics& diagnostics);

/// Parses and checks a program; its warnings are in Program::warnings.
///
/// Errors  Error with every error of the program, each with its place, source line and caret.
Program parse_program(Source source);
Program parse_program(const std::string& path, const std::vector<std::string>& include_paths = {});

}  // namespace thalweg::stan
