// What depends on parameters, for each way in which a function is called. Private to analysis*.cpp.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "thalweg/stan/analysis.hpp"

namespace thalweg::stan {

/// A function with the knowledge which of its inputs depend on parameters; or the program's own blocks.
struct Instance {
  FunctionId function = no_id;  ///< no_id: the blocks of the program
  std::vector<bool> inputs;
  bool result = false;            ///< the returned value depends
  std::vector<bool> variables;    ///< by VariableId
  std::vector<bool> expressions;  ///< by Expression::id
  std::set<int> divergent_loops;  ///< by Statement::id: particles may leave at different iterations
  std::set<int> calls;            ///< instances called in transformed parameters and the model block
  bool reads_target = false;      ///< other than for printing
};

/// Follows values to a fixed point. Flags only ever go from false to true, so it ends.
class Dataflow {
 public:
  /// `roots`: functions that are called from outside, too.
  explicit Dataflow(const Program& program, const std::vector<FlowRoot>& roots = {});

  /// The blocks come first, then the roots, then the functions' instances that these reach.
  std::vector<const Instance*> reached() const;
  /// Whether what a root returns depends on those of its inputs that do.
  bool result_of_root(std::size_t root) const { return instances_[static_cast<std::size_t>(roots_[root])].result; }

 private:
  int instance_of(FunctionId function, const std::vector<bool>& inputs);
  void run(int index);
  void walk(const Statement& statement);
  void walk_loop(const Statement& statement, const Statement& body, bool control);
  void assign(VariableId variable, bool depends);
  void leave(bool loop_only);
  bool visit(const Expression& e);
  bool visit_node(const Expression& e);
  bool visit_call(const Call& call);

  const Program& program_;
  std::deque<Instance> instances_;
  std::vector<int> roots_;
  std::map<std::pair<FunctionId, std::vector<bool>>, int> index_;
  Instance* here_ = nullptr;
  ProgramBlock block_ = ProgramBlock::functions;
  bool control_ = false;  ///< the path to this statement depends on parameters
  bool printing_ = false;
  bool changed_ = false;
  std::vector<int> loops_;  ///< ids of the loops around this statement
};

}  // namespace thalweg::stan
