#include "thalweg/stan/dataflow.hpp"

#include <algorithm>
#include <array>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

namespace {

/// Functions of sizes, which are the same for all particles.
bool asks_for_size(std::string_view function) {
  constexpr auto names = std::to_array<std::string_view>({"size", "num_elements", "rows", "cols", "dims"});
  return std::find(names.begin(), names.end(), function) != names.end();
}

}  // namespace

Dataflow::Dataflow(const Program& program, const std::vector<FlowRoot>& roots) : program_(program) {
  instance_of(no_id, {});
  for (const FlowRoot& root : roots) roots_.push_back(instance_of(root.function, root.inputs));
  for (std::size_t i = 0; i < program.variables.size(); ++i) {
    if (program.variables[i].block == ProgramBlock::parameters) instances_[0].variables[i] = true;
  }
  do {
    changed_ = false;
    for (std::size_t i = 0; i < instances_.size(); ++i) run(static_cast<int>(i));
  } while (changed_);
}

std::vector<const Instance*> Dataflow::reached() const {
  std::vector<int> found{0};
  found.insert(found.end(), roots_.begin(), roots_.end());
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const int call : instances_[static_cast<std::size_t>(found[i])].calls) {
      if (std::find(found.begin(), found.end(), call) == found.end()) found.push_back(call);
    }
  }
  std::vector<const Instance*> instances;
  for (const int i : found) instances.push_back(&instances_[static_cast<std::size_t>(i)]);
  return instances;
}

int Dataflow::instance_of(FunctionId function, const std::vector<bool>& inputs) {
  const auto [at, made] = index_.try_emplace({function, inputs}, static_cast<int>(instances_.size()));
  if (!made) return at->second;
  changed_ = true;
  Instance& instance = instances_.emplace_back();
  instance.function = function;
  instance.inputs = inputs;
  instance.variables.resize(program_.variables.size());
  instance.expressions.resize(static_cast<std::size_t>(program_.expression_count));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& parameters = program_.functions[static_cast<std::size_t>(function)].parameters;
    if (inputs[i]) instance.variables[static_cast<std::size_t>(parameters[i].variable)] = true;
  }
  return at->second;
}

/// One pass over an instance with what is known so far.
void Dataflow::run(int index) {
  here_ = &instances_[static_cast<std::size_t>(index)];
  here_->calls.clear();
  control_ = false;
  if (here_->function != no_id) {
    block_ = ProgramBlock::functions;
    walk(*program_.functions[static_cast<std::size_t>(here_->function)].body);
    return;
  }
  for (const ProgramBlock block : {ProgramBlock::transformed_data, ProgramBlock::parameters,
                                   ProgramBlock::transformed_parameters, ProgramBlock::model}) {
    block_ = block;
    for (const StatementPtr& statement : program_.statements(block)) walk(*statement);
  }
}

void Dataflow::assign(VariableId variable, bool depends) {
  if (!depends || here_->variables[static_cast<std::size_t>(variable)]) return;
  here_->variables[static_cast<std::size_t>(variable)] = true;
  changed_ = true;
}

/// A break, continue or return: on a path that depends on parameters, particles leave the loops around it apart.
void Dataflow::leave(bool loop_only) {
  if (!control_) return;
  for (auto loop = loops_.rbegin(); loop != loops_.rend(); ++loop) {
    if (here_->divergent_loops.insert(*loop).second) changed_ = true;
    if (loop_only) return;
  }
}

void Dataflow::walk_loop(const Statement& statement, const Statement& body, bool control) {
  const bool outer = control_;
  control_ = outer || control || here_->divergent_loops.contains(statement.id);
  loops_.push_back(statement.id);
  walk(body);
  loops_.pop_back();
  control_ = outer;
}

void Dataflow::walk(const Statement& statement) {
  if (const Declaration* n = as<Declaration>(statement)) {
    for_each_expression_of(statement, [&](const Expression& e) { visit(e); });
    for (const Declarator& d : n->declarators) assign(d.variable, d.value && visit(*d.value));
    return;
  }
  if (const Assignment* n = as<Assignment>(statement)) {
    const VariableRef& root = root_variable(*n->left);
    bool depends = visit(*n->right) || control_;
    for (const Expression* e = n->left.get(); as<Indexed>(*e) != nullptr; e = as<Indexed>(*e)->base.get()) {
      for (const Index& index : as<Indexed>(*e)->indexes) {
        depends = (index.lower && visit(*index.lower)) || depends;
        depends = (index.upper && visit(*index.upper)) || depends;
      }
    }
    assign(root.variable, depends);
    visit(*n->left);
    return;
  }
  if (const ForRange* n = as<ForRange>(statement)) {
    const bool lower = visit(*n->lower), upper = visit(*n->upper);
    assign(n->variable, lower || upper);
    walk_loop(statement, *n->body, lower || upper);
    return;
  }
  if (const ForEach* n = as<ForEach>(statement)) {
    assign(n->variable, visit(*n->container));
    walk_loop(statement, *n->body, false);
    return;
  }
  if (const While* n = as<While>(statement)) {
    walk_loop(statement, *n->body, visit(*n->condition));
    return;
  }
  const bool outer = control_;
  const bool outer_printing = printing_;
  printing_ = printing_ || as<Message>(statement) != nullptr;
  for_each_expression_of(statement, [&](const Expression& e) {
    const bool depends = visit(e);
    if (as<If>(statement) != nullptr) control_ = control_ || depends;
    if (as<Return>(statement) != nullptr && (depends || control_) && !here_->result) here_->result = changed_ = true;
  });
  printing_ = outer_printing;
  if (as<Break>(statement) != nullptr || as<Continue>(statement) != nullptr) leave(true);
  if (as<Return>(statement) != nullptr) leave(false);
  for_each_statement_of(statement, [&](const Statement& inner) { walk(inner); });
  control_ = outer;
}

bool Dataflow::visit(const Expression& e) {
  const bool depends = visit_node(e);
  if (depends) here_->expressions[static_cast<std::size_t>(e.id)] = true;
  return depends;
}

bool Dataflow::visit_node(const Expression& e) {
  if (const VariableRef* n = as<VariableRef>(e)) return here_->variables[static_cast<std::size_t>(n->variable)];
  if (as<TargetValue>(e) != nullptr) {
    here_->reads_target = here_->reads_target || !printing_;
    return true;
  }
  if (const Call* n = as<Call>(e)) return visit_call(*n);
  bool depends = false;
  for_each_part(e, [&](const Expression& part) { depends = visit(part) || depends; });
  return depends;
}

bool Dataflow::visit_call(const Call& call) {
  std::vector<bool> inputs;
  for (const ExpressionPtr& argument : call.arguments) inputs.push_back(visit(*argument));
  const bool any = std::find(inputs.begin(), inputs.end(), true) != inputs.end();
  if (call.resolution.kind != Resolution::Kind::user) return any && !asks_for_size(call.name);
  const int callee = instance_of(call.resolution.function, inputs);
  if (block_ != ProgramBlock::transformed_data) here_->calls.insert(callee);
  return instances_[static_cast<std::size_t>(callee)].result;
}

}  // namespace thalweg::stan
