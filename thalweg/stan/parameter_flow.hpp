// Which parameters each value of the log density depends on. Private to prior_*.cpp.
#pragma once
#include <set>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// By names alone: what is assigned on a path depends on what decides the path, what a function returns depends on all
/// of its arguments. Never too few.
class ParameterFlow {
 public:
  using Mentions = std::set<VariableId>;
  explicit ParameterFlow(const Program& program);
  Mentions of(const Expression& e) const;
  const Mentions& of(VariableId v) const { return variables_[static_cast<std::size_t>(v)]; }

 private:
  void walk(const Statement& s, const Mentions& path);
  void assign(VariableId v, const Mentions& value);

  std::vector<Mentions> variables_;
  bool changed_ = false;
};

}  // namespace thalweg::stan
