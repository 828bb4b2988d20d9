#include "thalweg/stan/parameter_flow.hpp"

#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

bool asks_for_size(const Call& call) {
  return call.resolution.kind == Resolution::Kind::builtin &&
         (call.name == "size" || call.name == "rows" || call.name == "cols" || call.name == "num_elements" ||
          call.name == "dims");
}

/// The conditions in a loop, when one of them may end an iteration.
std::vector<const Expression*> conditions_that_leave(const Statement& loop) {
  std::vector<const Expression*> conditions;
  bool leaves = false;
  for_each_statement(loop, [&](const Statement& s) {
    leaves = leaves || as<Break>(s) || as<Continue>(s);
    if (const auto* n = as<If>(s)) conditions.push_back(n->condition.get());
  });
  return leaves ? conditions : std::vector<const Expression*>{};
}

}  // namespace

ParameterFlow::ParameterFlow(const Program& program) : variables_(program.variables.size()) {
  for (std::size_t i = 0; i < variables_.size(); ++i)
    if (program.variables[i].block == ProgramBlock::parameters) variables_[i] = {static_cast<VariableId>(i)};
  do {
    changed_ = false;
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
      for (const StatementPtr& s : program.statements(block)) walk(*s, {});
  } while (changed_);
}

ParameterFlow::Mentions ParameterFlow::of(const Expression& e) const {
  if (const auto* v = as<VariableRef>(e)) return of(v->variable);
  if (const auto* call = as<Call>(e); call && asks_for_size(*call)) return {};
  Mentions all;
  for_each_part(e, [&](const Expression& part) { all.merge(of(part)); });
  return all;
}

void ParameterFlow::assign(VariableId v, const Mentions& value) {
  Mentions& now = variables_[static_cast<std::size_t>(v)];
  const std::size_t before = now.size();
  now.insert(value.begin(), value.end());
  changed_ = changed_ || now.size() != before;
}

void ParameterFlow::walk(const Statement& s, const Mentions& path) {
  const auto with_path = [&](Mentions value) {
    value.insert(path.begin(), path.end());
    return value;
  };
  Mentions inner = path;
  if (const auto* d = as<Declaration>(s)) {
    for (const Declarator& name : d->declarators)
      if (name.value) assign(name.variable, with_path(of(*name.value)));
  } else if (const auto* a = as<Assignment>(s)) {
    assign(root_variable(*a->left).variable, with_path(of(*a->right)));
    assign(root_variable(*a->left).variable, of(*a->left));
  } else if (const auto* f = as<ForRange>(s)) {
    inner.merge(of(*f->lower));
    inner.merge(of(*f->upper));
    assign(f->variable, inner);
  } else if (const auto* each = as<ForEach>(s)) {
    assign(each->variable, with_path(of(*each->container)));
  } else if (const auto* n = as<If>(s)) {
    inner.merge(of(*n->condition));
  } else if (const auto* w = as<While>(s)) {
    inner.merge(of(*w->condition));
  }
  if (as<ForRange>(s) || as<ForEach>(s) || as<While>(s))
    for (const Expression* condition : conditions_that_leave(s)) inner.merge(of(*condition));
  for_each_statement_of(s, [&](const Statement& part) { walk(part, inner); });
}

}  // namespace thalweg::stan
