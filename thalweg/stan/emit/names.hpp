// Names in generated code: Stan's own wherever C++ and our runtime leave them free.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// Gives each variable and user function of a program its C++ name: the Stan name, with `_` behind it when C++ has
/// reserved it, when the generated code uses it itself, or when the program calls a function of that name. No two names
/// of a program become one.
class Names {
 public:
  explicit Names(const Program& program);
  std::string variable(const std::string& name) const;
  /// A name for something of ours that belongs to a variable: `i_end`, or `i_end_` where the program has an `i_end`.
  std::string beside(const std::string& name, const std::string& ending) const;
  /// Overloads of one name are told apart by a number.
  std::string function(FunctionId function) const;
  /// The same as it is called. User functions live in a namespace, which keeps the runtime's own of that name away.
  std::string call(FunctionId called) const { return "functions::" + function(called); }
  /// The C++ name of a function of the language: `fabs` is `abs`, the others are themselves.
  static std::string builtin(const std::string& name);

 private:
  std::string free_name(std::string name) const;

  std::set<std::string> called_, taken_;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> functions_;  // by FunctionId
};

}  // namespace thalweg::stan
