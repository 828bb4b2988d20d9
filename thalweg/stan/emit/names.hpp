// Names in generated code: Stan's own wherever C++ and our runtime leave them free.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// Gives each variable and user function of a program its C++ name: the Stan name, with `_` behind it when C++ has
/// reserved it, when the generated code uses it itself, or when the program calls a function of that name.
class Names {
 public:
  explicit Names(const Program& program);
  std::string variable(const std::string& name) const;
  /// Overloads of one name are told apart by a number.
  std::string function(FunctionId function) const;
  /// The C++ name of a function of the language: `fabs` is `abs`, the others are themselves.
  static std::string builtin(const std::string& name);

 private:
  std::set<std::string> called_;
  std::vector<std::string> functions_;  // by FunctionId
};

}  // namespace thalweg::stan
