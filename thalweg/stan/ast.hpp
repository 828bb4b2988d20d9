// The abstract syntax tree of a Stan program: what the parser builds, what the checker writes into it, what the
// emitter reads.
//
// Who fills what
//   parser    everything that isn't marked [checker]: the shape of the program, names as they are written (C++
//             keywords included: the emitter renames), locations.
//   checker   the members marked [checker]: types, promotions, the variable behind each name, the function behind each
//             call, ids. After `check` without errors no expression has type `unknown` and each name is resolved.
//   analysis  writes nothing here: its results are tables indexed by VariableId, Expression::id and Statement::id
//             (analysis.hpp).
//
// Trees are owned through unique_ptr and don't move once parsed, so pointers to nodes stay valid as long as the
// Program does. Depth is bounded (limits in parser.hpp), so recursive walks are safe.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "thalweg/stan/ast_expressions.hpp"
#include "thalweg/stan/ast_statements.hpp"
#include "thalweg/stan/diagnostics.hpp"
#include "thalweg/stan/source.hpp"
#include "thalweg/stan/types.hpp"

namespace thalweg::stan {

/// The blocks, in the order of a program.
enum class ProgramBlock {
  functions,
  data,
  transformed_data,
  parameters,
  transformed_parameters,
  model,
  generated_quantities
};
inline constexpr int program_block_count = 7;
const char* to_string(ProgramBlock block);  ///< "transformed data", …

// ---- The program ----------------------------------------------------------------------------------------------------

/// What a name stands for. Filled by the checker, in order of declaration.
struct Variable {
  enum class Role {
    top_level,      ///< declared directly in a block: data, parameters, and what is written to the output
    local,          ///< declared in a nested scope, in the model block, or in a function
    loop,           ///< of a `for`
    function_input  ///< parameter of a user-defined function
  };
  std::string name;
  Type type;
  Role role = Role::local;
  ProgramBlock block = ProgramBlock::functions;
  FunctionId function = no_id;             ///< the function that it belongs to, in block `functions`
  const DeclaredType* declared = nullptr;  ///< null for loop variables and function parameters
  const Statement* statement = nullptr;    ///< that declares it; null for function parameters
  bool data_only = false;                  ///< as Expression::data_only
  Location location;
};

/// A parsed program; a checked one after `check`.
struct Program {
  Source source;
  std::vector<FunctionDefinition> functions;
  /// The statements of each block, absent when the program has no such block. `functions` is only present or not.
  std::optional<std::vector<StatementPtr>> blocks[program_block_count];

  std::vector<Variable> variables;   ///< [checker]
  int expression_count = 0;          ///< [checker]
  int statement_count = 0;           ///< [checker]
  std::vector<Diagnostic> warnings;  ///< from parser, checker and analysis

  bool has(ProgramBlock block) const { return blocks[static_cast<int>(block)].has_value(); }
  /// The statements of a block; none when it is absent.
  const std::vector<StatementPtr>& statements(ProgramBlock block) const;
};

// ---- Access ---------------------------------------------------------------------------------------------------------

/// The node as a T, or null.
template <class T>
const T* as(const Expression& e) {
  return std::get_if<T>(&e.node);
}
template <class T>
T* as(Expression& e) {
  return std::get_if<T>(&e.node);
}
template <class T>
const T* as(const Statement& s) {
  return std::get_if<T>(&s.node);
}
template <class T>
T* as(Statement& s) {
  return std::get_if<T>(&s.node);
}

/// Builds a visitor from lambdas: std::visit(overloaded{[](const Call&) {…}, [](const auto&) {…}}, e.node).
template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

/// The variable at the root of the left side of an assignment.
const VariableRef& root_variable(const Expression& left);

}  // namespace thalweg::stan
