// Legal, and probably not meant.
#include <set>

#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

namespace {

/// How the variables of a program are used.
struct Uses {
  std::set<VariableId> read, given, in_density;
};

void note_expressions(const Expression& e, std::set<VariableId>& read) {
  for_each_expression(e, [&](const Expression& part) {
    if (const VariableRef* reference = as<VariableRef>(part)) read.insert(reference->variable);
  });
}

void note(const Statement& s, std::set<VariableId>& read, std::set<VariableId>& given) {
  const Assignment* assignment = as<Assignment>(s);
  if (assignment == nullptr) {
    for_each_expression_of(s, [&](const Expression& e) { note_expressions(e, read); });
    if (const Declaration* declaration = as<Declaration>(s)) {
      for (const Declarator& declarator : declaration->declarators) {
        if (declarator.value) given.insert(declarator.variable);
      }
    }
    return;
  }
  given.insert(root_variable(*assignment->left).variable);
  note_expressions(*assignment->right, read);
  for (const Expression* e = assignment->left.get(); as<Indexed>(*e) != nullptr; e = as<Indexed>(*e)->base.get()) {
    for (const Index& index : as<Indexed>(*e)->indexes) {
      if (index.lower) note_expressions(*index.lower, read);
      if (index.upper) note_expressions(*index.upper, read);
    }
  }
}

Uses find_uses(const Program& program) {
  Uses uses;
  const auto in = [&](const Statement& body) {
    for_each_statement(body, [&](const Statement& s) { note(s, uses.read, uses.given); });
  };
  for (int i = 0; i < program_block_count; ++i) {
    if (!program.blocks[i]) continue;
    for (const StatementPtr& statement : *program.blocks[i]) in(*statement);
    if (static_cast<ProgramBlock>(i) == ProgramBlock::model) uses.in_density = uses.read;
  }
  for (const FunctionDefinition& function : program.functions) {
    if (function.body) in(*function.body);
  }
  return uses;
}

}  // namespace

void warn(const Program& program, Diagnostics& diagnostics) {
  const Uses uses = find_uses(program);
  for (std::size_t i = 0; i < program.variables.size(); ++i) {
    const Variable& v = program.variables[i];
    const VariableId id = static_cast<VariableId>(i);
    if (v.declared == nullptr || v.block == ProgramBlock::data) continue;
    const bool empty = v.type.base == Base::none;
    if (v.block == ProgramBlock::parameters) {
      if (!uses.in_density.contains(id)) {
        diagnostics.warning(v.location, "the parameter '{}' is used neither in transformed parameters nor in the model",
                            v.name);
      }
    } else if (!uses.given.contains(id) && !empty) {
      diagnostics.warning(v.location, "'{}' is never given a value", v.name);
    } else if (v.role == Variable::Role::local && !uses.read.contains(id)) {
      diagnostics.warning(v.location, "the local variable '{}' is never read", v.name);
    }
  }
}

}  // namespace thalweg::stan
