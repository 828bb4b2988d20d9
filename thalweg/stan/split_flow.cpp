#include "thalweg/stan/split_flow.hpp"

#include <algorithm>

#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

SplitFlow::SplitFlow(const Program& program) : program_(program) {
  find_sizes();
  instance_of(no_id, {});
  for (std::size_t i = 0; i < program.variables.size(); ++i) {
    const Variable& v = program.variables[i];
    Made& start = instances_[0].variables[i];
    if (v.block == ProgramBlock::parameters) start = made::parameters;
    if (v.block == ProgramBlock::data) start = sizes_.contains(static_cast<VariableId>(i)) ? made::size : made::data;
  }
  do {
    changed_ = false;
    for (std::size_t i = 0; i < instances_.size(); ++i) run(static_cast<int>(i));
  } while (changed_);
}

/// Integers of the data that say how large something else is.
void SplitFlow::find_sizes() {
  const auto note = [&](const Expression& e) {
    for_each_expression(e, [&](const Expression& part) {
      const VariableRef* v = as<VariableRef>(part);
      if (v != nullptr && part.type == Type{Base::integer, 0}) sizes_.insert(v->variable);
    });
  };
  for (const ProgramBlock block : {ProgramBlock::data, ProgramBlock::transformed_data, ProgramBlock::parameters,
                                   ProgramBlock::transformed_parameters})
    for (const StatementPtr& s : program_.statements(block))
      if (const Declaration* d = as<Declaration>(*s)) {
        for (const ExpressionPtr& e : d->type.array_sizes) note(*e);
        for (const ExpressionPtr& e : d->type.sizes) note(*e);
      }
}

std::vector<const FlowInstance*> SplitFlow::reached() const {
  std::vector<int> found{0};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const int call : instances_[static_cast<std::size_t>(found[i])].calls)
      if (std::find(found.begin(), found.end(), call) == found.end()) found.push_back(call);
  std::vector<const FlowInstance*> instances;
  for (const int i : found) instances.push_back(&instances_[static_cast<std::size_t>(i)]);
  return instances;
}

/// `inputs`: one for each argument, and at the end whether data decide the path to the call.
int SplitFlow::instance_of(FunctionId function, const std::vector<Made>& inputs) {
  const auto [at, made] = index_.try_emplace({function, inputs}, static_cast<int>(instances_.size()));
  if (!made) return at->second;
  changed_ = true;
  FlowInstance& instance = instances_.emplace_back();
  instance.function = function;
  instance.variables.resize(program_.variables.size());
  instance.expressions.resize(static_cast<std::size_t>(program_.expression_count));
  instance.tildes.resize(static_cast<std::size_t>(program_.statement_count));
  instance.on_data_path.resize(static_cast<std::size_t>(program_.statement_count));
  if (function == no_id) return at->second;
  const auto& parameters = program_.functions[static_cast<std::size_t>(function)].parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    instance.variables[static_cast<std::size_t>(parameters[i].variable)] = inputs[i];
  instance.data_path = inputs.back() != 0;
  return at->second;
}

/// One pass over an instance with what is known so far.
void SplitFlow::run(int index) {
  here_ = &instances_[static_cast<std::size_t>(index)];
  here_->calls.clear();
  data_depth_ = here_->data_path ? 1 : 0;
  path_ = 0;
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

/// What data choose: a place among parameters, or a value that is then itself data.
Made SplitFlow::pick(Made value, Made by) const {
  if (by & made::parameters) value |= made::parameters;
  if (by & (made::data | made::picked))
    value |= value & (made::parameters | made::densities) ? made::picked : made::data;
  return value;
}

/// A number that is computed from parameters other than as a weight may be a penalty.
Made SplitFlow::mark_formula(const Expression& value, Made made) const {
  const bool formula = (made & made::parameters) && !(made & made::densities);
  return formula && value.type.is_real() && !is_weight(value) ? made | made::formula : made;
}

/// Whether an expression, added to a density, is a formula of parameters that may be a term of its own.
bool SplitFlow::stands_beside(const Expression& side) const {
  const Made made = here_->of(side);
  if (!(made & made::parameters) || (made & made::densities)) return false;
  return !is_weight(side) || (as<VariableRef>(side) != nullptr && (made & made::formula));
}

void SplitFlow::assign(VariableId variable, Made value) {
  const auto declared = here_->depths.find(variable);
  const bool chosen = data_depth_ > (declared == here_->depths.end() ? 0 : declared->second);
  value = pick(value, path_ | (chosen ? made::data : 0));
  if (sizes_.contains(variable) && (value & made::data)) value = (value & ~made::data) | made::size;
  Made& now = here_->variables[static_cast<std::size_t>(variable)];
  if ((now | value) == now) return;
  now |= value;
  changed_ = true;
}

void SplitFlow::leave(bool loop_only) {
  if (data_depth_ == 0) return;
  for (auto loop = loops_.rbegin(); loop != loops_.rend(); ++loop) {
    if (here_->divergent_loops.insert(*loop).second) changed_ = true;
    if (loop_only) return;
  }
}

void SplitFlow::walk_loop(const Statement& statement, const Statement& body, bool data_decide) {
  const int outer = data_depth_;
  if (data_decide || here_->divergent_loops.contains(statement.id)) ++data_depth_;
  loops_.push_back(statement.id);
  walk(body);
  loops_.pop_back();
  data_depth_ = outer;
}

void SplitFlow::walk_assignment(const Assignment& a) {
  const VariableId root = root_variable(*a.left).variable;
  Made value = visit(*a.right);
  if (operator_of(a.op)) {
    const Made before = here_->of(root);
    if ((before & made::densities) && stands_beside(*a.right)) value |= made::formula_beside;
    if ((value & made::densities) && (before & made::formula)) value |= made::formula_beside;
    value |= before;
  } else {
    value = mark_formula(*a.right, value);
  }
  for (const Expression* e = a.left.get(); as<Indexed>(*e) != nullptr; e = as<Indexed>(*e)->base.get())
    for (const Index& index : as<Indexed>(*e)->indexes)
      for (const Expression* bound : {index.lower.get(), index.upper.get()})
        if (bound != nullptr) value |= visit(*bound) & made::parameters;
  assign(root, value);
  visit(*a.left);
}

void SplitFlow::walk(const Statement& statement) {
  if (data_depth_ > 0) here_->on_data_path[static_cast<std::size_t>(statement.id)] = true;
  constexpr Made observed = made::data | made::picked;
  if (const Declaration* n = as<Declaration>(statement)) {
    for_each_expression_of(statement, [&](const Expression& e) { visit(e); });
    for (const Declarator& d : n->declarators) here_->depths[d.variable] = data_depth_;
    for (const Declarator& d : n->declarators)
      if (d.value) assign(d.variable, mark_formula(*d.value, visit(*d.value)));
    return;
  }
  if (const Assignment* n = as<Assignment>(statement)) return walk_assignment(*n);
  if (const Tilde* n = as<Tilde>(statement)) {
    here_->tildes[static_cast<std::size_t>(statement.id)] |= visit_tilde(*n);
    return;
  }
  if (const ForRange* n = as<ForRange>(statement)) {
    const Made bounds = visit(*n->lower) | visit(*n->upper);
    assign(n->variable, bounds);
    return walk_loop(statement, *n->body, bounds & observed);
  }
  if (const ForEach* n = as<ForEach>(statement)) {
    assign(n->variable, visit(*n->container));
    return walk_loop(statement, *n->body, false);
  }
  if (const While* n = as<While>(statement)) return walk_loop(statement, *n->body, visit(*n->condition) & observed);
  const int outer = data_depth_;
  const Made outer_path = path_;
  for_each_expression_of(statement, [&](const Expression& e) {
    const Made value = visit(e);
    if (as<If>(statement) != nullptr) {
      if (value & observed) ++data_depth_;
      path_ |= value & made::parameters;
    }
    if (as<Return>(statement) != nullptr) {
      const Made result = here_->result | pick(value, path_ | (data_depth_ > here_->data_path ? made::data : 0));
      if (result != here_->result) changed_ = true;
      here_->result = result;
    }
  });
  if (as<Break>(statement) != nullptr || as<Continue>(statement) != nullptr) leave(true);
  if (as<Return>(statement) != nullptr) leave(false);
  for_each_statement_of(statement, [&](const Statement& inner) { walk(inner); });
  data_depth_ = outer;
  path_ = outer_path;
}

Made SplitFlow::visit(const Expression& e) {
  return here_->expressions[static_cast<std::size_t>(e.id)] |= visit_node(e);
}

Made SplitFlow::visit_node(const Expression& e) {
  if (const VariableRef* n = as<VariableRef>(e)) return here_->of(n->variable);
  if (as<TargetValue>(e) != nullptr) return made::parameters | made::mixed_density;
  if (const Call* n = as<Call>(e)) return visit_call(*n);
  if (const Indexed* n = as<Indexed>(e)) return visit_indexed(*n);
  if (const Conditional* n = as<Conditional>(e)) {
    const Made condition = visit(*n->condition);
    return pick(visit(*n->if_true) | visit(*n->if_false), condition);
  }
  Made value = 0;
  for_each_part(e, [&](const Expression& part) { value |= visit(part); });
  const Binary* sum = as<Binary>(e);
  if (sum != nullptr && (sum->op == BinaryOp::add || sum->op == BinaryOp::subtract) && (value & made::densities)) {
    for (const Expression* side : {sum->left.get(), sum->right.get()})
      if (stands_beside(*side)) value |= made::formula_beside;
  }
  return value;
}

Made SplitFlow::visit_indexed(const Indexed& indexed) {
  Made by = 0;
  for (const Index& index : indexed.indexes)
    for (const Expression* bound : {index.lower.get(), index.upper.get()})
      if (bound != nullptr) by |= visit(*bound);
  return pick(visit(*indexed.base), by);
}

}  // namespace thalweg::stan
