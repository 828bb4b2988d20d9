// What each value of a program is made of: parameters, observed data, densities of either. Private to split*.cpp.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// A set of ingredients. Sets only ever grow while a program is walked, so that walks reach a fixed point.
using Made = std::uint32_t;
namespace made {
inline constexpr Made parameters = 1;  ///< its value depends on parameters
inline constexpr Made data = 2;        ///< observed data are in its value; neither sizes nor indexes count
inline constexpr Made size = 4;        ///< sizes are in its value
inline constexpr Made picked = 8;      ///< data choose (by an index, a branch, a loop) among values of parameters
/// Log densities in it, by their outcomes.
inline constexpr Made prior_density = 16, data_density = 32, mixed_density = 64;
inline constexpr Made literal_density = 128;  ///< the outcome is a literal, on a path that data don't decide
inline constexpr Made contradiction = 256;    ///< a user's density whose body has densities of the other kind
inline constexpr Made formula_beside = 512;   ///< beside a density stands a formula of parameters that is none
inline constexpr Made formula = 1024;         ///< a number computed from parameters that is no weight of a mixture
inline constexpr Made densities = prior_density | data_density | mixed_density | literal_density | contradiction;
}  // namespace made

/// The blocks of the program, or a function called with inputs of certain ingredients.
struct FlowInstance {
  FunctionId function = no_id;       ///< no_id: the blocks of the program
  Made result = 0;                   ///< of what it returns
  bool data_path = false;            ///< called on a path that observed data decide
  std::vector<Made> variables;       ///< by VariableId
  std::vector<Made> expressions;     ///< by Expression::id
  std::vector<Made> tildes;          ///< by Statement::id: the density that a `~` adds
  std::vector<bool> on_data_path;    ///< by Statement::id: observed data decide whether, or how often, it runs
  std::set<int> divergent_loops;     ///< by Statement::id: data decide when they are left
  std::map<VariableId, int> depths;  ///< of local variables: on how deep a path they are declared
  std::set<int> calls;               ///< instances called in transformed parameters and the model block

  Made of(const Expression& e) const { return expressions[static_cast<std::size_t>(e.id)]; }
  Made of(VariableId v) const { return variables[static_cast<std::size_t>(v)]; }
  Made of_tilde(const Statement& s) const { return tildes[static_cast<std::size_t>(s.id)]; }
  bool is_on_data_path(const Statement& s) const { return on_data_path[static_cast<std::size_t>(s.id)]; }
};

/// The ingredients of everything that the log density computes, function by function and way of calling.
class SplitFlow {
 public:
  explicit SplitFlow(const Program& program);

  const FlowInstance& blocks() const { return instances_[0]; }
  /// The instances that the log density reaches, the blocks first.
  std::vector<const FlowInstance*> reached() const;

 private:
  using Key = std::pair<FunctionId, std::vector<Made>>;
  void find_sizes();
  int instance_of(FunctionId function, const std::vector<Made>& inputs);
  void run(int index);
  void walk(const Statement& statement);
  void walk_loop(const Statement& statement, const Statement& body, bool data_decide);
  void assign(VariableId variable, Made made);
  void walk_assignment(const Assignment& assignment);
  void leave(bool loop_only);
  Made visit(const Expression& e);
  Made visit_node(const Expression& e);
  Made visit_indexed(const Indexed& indexed);
  Made visit_call(const Call& call);
  Made visit_tilde(const Tilde& tilde);
  /// What a user's function returns.
  Made body_of(FunctionId function, const std::vector<Made>& inputs);
  Made density(Made outcome, bool any_parameter) const;
  Made user_density(Made density, Made body) const;
  bool picks_probability(const Expression& e) const;
  Made pick(Made value, Made by) const;
  Made mark_formula(const Expression& value, Made made) const;
  bool stands_beside(const Expression& side) const;

  const Program& program_;
  std::set<VariableId> sizes_;
  std::deque<FlowInstance> instances_;
  std::map<Key, int> index_;
  FlowInstance* here_ = nullptr;
  ProgramBlock block_ = ProgramBlock::functions;
  int data_depth_ = 0;  ///< how many of the branches and loops around this statement observed data decide
  Made path_ = 0;       ///< made::parameters when the path depends on them
  bool changed_ = false;
  std::vector<int> loops_;
};

/// Whether a call is that of a log density or of a tail of a distribution.
bool is_density(const Call& call);
/// Of those, a tail: _lcdf, _lccdf, _cdf.
bool is_tail(const Call& call);
/// Whether a formula of parameters beside a density may be the weight of a mixture: log(theta), log1m(p), a variable,
/// an element, and sums of these.
bool is_weight(const Expression& e);

}  // namespace thalweg::stan
