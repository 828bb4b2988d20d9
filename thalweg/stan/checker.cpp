#include "thalweg/stan/checker.hpp"

#include <algorithm>

#include "thalweg/stan/checking.hpp"

namespace thalweg::stan {

void check(Program& program, Diagnostics& diagnostics) { Checker(program, diagnostics).run(); }

void Checker::run() {
  program_.variables.clear();
  program_.expression_count = 0;
  program_.statement_count = 0;
  check_functions();
  const Scope globals(*this);
  for (int block = static_cast<int>(ProgramBlock::data); block < program_block_count; ++block) {
    if (program_.blocks[block]) check_block(static_cast<ProgramBlock>(block));
  }
}

void Checker::check_block(ProgramBlock block) {
  block_ = block;
  function_ = no_id;
  auto& statements = *program_.blocks[static_cast<int>(block)];
  if (block == ProgramBlock::model) {
    const Scope locals(*this);
    check_statements(statements);
    return;
  }
  const bool declares_only = block == ProgramBlock::data || block == ProgramBlock::parameters;
  for (StatementPtr& statement : statements) {
    Declaration* declaration = as<Declaration>(*statement);
    if (declares_only && declaration == nullptr && as<Empty>(*statement) == nullptr) {
      error(statement->location, "the block '{}' holds declarations only; move this statement to 'transformed {}'",
            to_string(block), to_string(block));
      continue;
    }
    if (declares_only && declaration != nullptr) {
      for (const Declarator& declarator : declaration->declarators) {
        if (!declarator.value) continue;
        error(declarator.value->location, "a variable of the block '{}' has no definition; move it to 'transformed {}'",
              to_string(block), to_string(block));
      }
    }
  }
  check_statements(statements);
}

VariableId Checker::declare(Variable variable) {
  if (const std::string why = why_not_a_name(variable.name); !why.empty()) {
    error(variable.location, "'{}' can't be the name of a variable: {}", variable.name, why);
  } else if (const VariableId before = find(variable.name); before != no_id) {
    const Position place = program_.source.position(this->variable(before).location.begin);
    error(variable.location, "'{}' is declared already, in line {} of {}", variable.name, place.line, place.file);
  }
  const VariableId id = static_cast<VariableId>(program_.variables.size());
  scopes_.back().insert_or_assign(variable.name, id);
  program_.variables.push_back(std::move(variable));
  return id;
}

VariableId Checker::find(std::string_view name) const {
  const std::string key(name);
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    if (const auto found = scope->find(key); found != scope->end()) return found->second;
  }
  return no_id;
}

std::vector<std::string_view> Checker::visible_names() const {
  std::vector<std::string_view> names;
  for (const auto& scope : scopes_) {
    for (const auto& entry : scope) names.push_back(entry.first);
  }
  return names;
}

}  // namespace thalweg::stan
