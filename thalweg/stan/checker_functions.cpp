// User-defined functions: headings, bodies, forward declarations.
#include <algorithm>
#include <set>

#include "thalweg/stan/checking.hpp"

namespace thalweg::stan {

void Checker::check_functions() {
  block_ = ProgramBlock::functions;
  link_definitions();
  for (FunctionId id = 0; id < static_cast<FunctionId>(program_.functions.size()); ++id) {
    check_heading(id);
    if (program_.functions[static_cast<std::size_t>(id)].body) check_body(id);
  }
}

/// Ties forward declarations to their definitions, and refuses two functions with one name and one list of types.
void Checker::link_definitions() {
  auto& functions = program_.functions;
  const auto same = [](const FunctionDefinition& a, const FunctionDefinition& b) {
    return a.name == b.name && a.parameter_types() == b.parameter_types();
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    FunctionDefinition& function = functions[i];
    if (function.body) function.definition = static_cast<FunctionId>(i);
    for (std::size_t j = i + 1; j < functions.size() && !function.body; ++j) {
      if (!functions[j].body || !same(function, functions[j])) continue;
      function.definition = static_cast<FunctionId>(j);
      for (std::size_t k = 0; k < function.parameters.size(); ++k) {
        if (function.parameters[k].data_only == functions[j].parameters[k].data_only) continue;
        error(functions[j].parameters[k].location, "'{}' is {} here, but not where '{}' is declared",
              functions[j].parameters[k].name, functions[j].parameters[k].data_only ? "data" : "no data",
              function.name);
      }
      if (function.return_type != functions[j].return_type) {
        error(functions[j].name_location, "'{}' returns {} here, but {} where it is declared", function.name,
              to_string(functions[j].return_type), to_string(function.return_type));
      }
      break;
    }
    for (std::size_t j = 0; j < i; ++j) {
      const bool forward = !functions[j].body && function.body;
      if (!same(functions[j], function) || forward) continue;
      error(function.name_location, "'{}' with the parameters {} is {} already, in line {}", function.name,
            to_string(function.parameter_types()), functions[j].body ? "defined" : "declared",
            program_.source.position(functions[j].name_location.begin).line);
      break;
    }
    if (function.definition == no_id) {
      error(function.name_location, "'{}' is declared but never defined; add its body below", function.name);
    }
  }
}

void Checker::check_heading(FunctionId id) {
  const FunctionDefinition& function = program_.functions[static_cast<std::size_t>(id)];
  const Location where = function.name_location;
  const Ending ending = ending_of(function.name);
  if (const std::string why = why_not_a_name(function.name); !why.empty()) {
    error(where, "'{}' can't be the name of a function: {}", function.name, why);
  } else if (is_higher_order(function.name)) {
    error(where, "'{}' is a function of Stan that can't be overloaded", function.name);
  } else if (const auto best = best_builtin(function.name, function.parameter_types());
             best && best->match.promotions == 0) {
    error(where, "{}{} is a function of Stan already; choose another name", function.name,
          to_string(function.parameter_types()));
  }
  const bool probability = takes_bar(ending);
  if (probability && function.return_type != real_type) {
    error(where, "a function with the ending {} returns real, not {}", to_string(ending),
          to_string(function.return_type));
  }
  if (probability && function.parameters.empty()) {
    error(where, "a function with the ending {} needs at least one parameter, the outcome", to_string(ending));
  }
  if (!function.parameters.empty()) {
    const bool integer = function.parameters[0].type.base == Base::integer;
    if (ending == Ending::lpdf && integer) {
      error(where,
            "the outcome of a density is real or a container of reals, found {}; for a mass function write {}_lpmf",
            to_string(function.parameters[0].type), stem_of(function.name));
    }
    if (ending == Ending::lpmf && !integer) {
      error(where, "the outcome of a mass function is int or an array of ints, found {}; for a density write {}_lpdf",
            to_string(function.parameters[0].type), stem_of(function.name));
    }
  }
  std::set<std::string> names;
  for (const FunctionParameter& parameter : function.parameters) {
    if (names.insert(parameter.name).second) continue;
    error(parameter.location, "two parameters of '{}' are called '{}'", function.name, parameter.name);
  }
}

void Checker::check_body(FunctionId id) {
  function_ = id;
  const Scope scope(*this);
  FunctionDefinition& function = program_.functions[static_cast<std::size_t>(id)];
  for (FunctionParameter& parameter : function.parameters) {
    Variable made;
    made.name = parameter.name;
    made.type = parameter.type;
    made.role = Variable::Role::function_input;
    made.function = id;
    made.data_only = parameter.data_only || parameter.type.base == Base::integer;
    made.location = parameter.location;
    if (find(parameter.name) == no_id) parameter.variable = declare(std::move(made));
  }
  const Flow flow = check_statement(*function.body);
  if (function.return_type != void_type && flow != Flow::leaves) {
    error(function.name_location, "'{}' must return {} on every path; at least one path ends without 'return'",
          function.name, to_string(function.return_type));
  }
  function_ = no_id;
}

/// Whether the function under check has one of the endings.
bool Checker::in_function(std::initializer_list<Ending> endings) const {
  if (function_ == no_id) return false;
  const Ending ending = ending_of(program_.functions[static_cast<std::size_t>(function_)].name);
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace thalweg::stan
