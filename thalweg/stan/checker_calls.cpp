// Calls: which function is meant, and whether it may stand here.
#include <algorithm>
#include <set>

#include "thalweg/stan/checking.hpp"

namespace thalweg::stan {

namespace {

std::vector<Type> types_of(const std::vector<Expression*>& arguments) {
  std::vector<Type> types;
  for (const Expression* argument : arguments) types.push_back(argument->type);
  return types;
}

std::string heading(const FunctionDefinition& function) {
  std::string text = function.name + "(";
  const bool bar = takes_bar(ending_of(function.name));
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const FunctionParameter& parameter = function.parameters[i];
    text += i == 0 ? "" : i == 1 && bar ? " | " : ", ";
    text += (parameter.data_only ? "data " : "") + to_string(parameter.type) + " " + parameter.name;
  }
  return text + ") => " + to_string(function.return_type);
}

}  // namespace

Type Checker::type_of(Expression& e, Call& node) {
  const bool exists = !functions_named(node.name).empty() || !signatures_named(node.name).empty();
  if (!exists) {
    report_unknown(node);
    if (is_higher_order(node.name)) return unknown_type;  // its arguments may be functions
  }
  std::vector<Expression*> arguments;
  bool known = exists;
  for (const ExpressionPtr& argument : node.arguments) {
    known = check_value(*argument).is_known() && known;
    arguments.push_back(argument.get());
  }
  if (!exists) return unknown_type;
  if (!check_bar(node) || !check_call_place(node) || !known) return unknown_type;
  const std::size_t errors = diagnostics_.all().size();
  const std::optional<Choice> choice = choose(node.name, arguments, node.name_location);
  if (!choice) {
    if (errors == diagnostics_.all().size()) report_mismatch(node.name, arguments, e.location);
    return unknown_type;
  }
  node.resolution = choice->resolution;
  promote_arguments(node.resolution, arguments);
  const Ending ending = ending_of(node.name);
  if (ending == Ending::lp || ending == Ending::jacobian) e.data_only = false;
  return node.resolution.result;
}

void Checker::promote_arguments(const Resolution& resolution, const std::vector<Expression*>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) promote(*arguments[i], resolution.parameter_types[i]);
}

/// Whether functions with this ending may be called here.
bool Checker::check_call_place(const Call& call) {
  const Location where = call.name_location;
  switch (ending_of(call.name)) {
    case Ending::rng:
      if (in_size_) {
        error(where, "a size can't be random; '{}' may not stand here", call.name);
        return false;
      }
      if (block_ == ProgramBlock::transformed_data || block_ == ProgramBlock::generated_quantities ||
          in_function({Ending::rng})) {
        return true;
      }
      error(where,
            "'{}' takes random numbers and may be called only in transformed data, generated quantities and functions "
            "whose name ends in _rng",
            call.name);
      return false;
    case Ending::lp:
      if (block_ == ProgramBlock::model || block_ == ProgramBlock::transformed_parameters ||
          in_function({Ending::lp})) {
        return true;
      }
      error(where,
            "'{}' adds to target and may be called only in the model block, transformed parameters and functions whose "
            "name ends in _lp",
            call.name);
      return false;
    case Ending::jacobian:
      if (block_ == ProgramBlock::transformed_parameters || in_function({Ending::jacobian})) return true;
      error(where,
            "'{}' adds to the log Jacobian and may be called only in transformed parameters and functions whose name "
            "ends in _jacobian",
            call.name);
      return false;
    case Ending::lupdf:
    case Ending::lupmf:
      if (block_ == ProgramBlock::model || in_function({Ending::lp, Ending::lpdf, Ending::lpmf})) return true;
      error(where,
            "'{}' drops constants and may be called only in the model block and in functions whose name ends in _lp, "
            "_lpdf or _lpmf; write '{}'",
            call.name, definition_name(call.name));
      return false;
    default:
      return true;
  }
}

bool Checker::check_bar(const Call& call) {
  const bool wanted = takes_bar(ending_of(call.name));
  if (wanted == call.bar || (wanted && call.arguments.size() == 1)) return true;
  if (!wanted) {
    error(call.name_location, "the arguments of '{}' are divided by commas; '|' belongs to densities and their kin",
          call.name);
    return false;
  }
  error(call.name_location, "a '|' stands behind the first argument of '{}': write '{}(y | …)'", call.name, call.name);
  return false;
}

std::vector<FunctionId> Checker::functions_named(std::string_view name) const {
  const std::string wanted = definition_name(name);
  std::vector<FunctionId> found;
  for (FunctionId id = 0; id < static_cast<FunctionId>(program_.functions.size()); ++id) {
    if (program_.functions[static_cast<std::size_t>(id)].name == wanted) found.push_back(id);
  }
  return found;
}

std::optional<Checker::Choice> Checker::choose(std::string_view name, const std::vector<Expression*>& arguments,
                                               Location where) {
  std::optional<Choice> best = choose_user(name, arguments, where);
  if (std::optional<BestMatch> builtin = best_builtin(name, types_of(arguments));
      builtin && (!best || builtin->match.promotions < best->promotions)) {
    Choice choice;
    choice.promotions = builtin->match.promotions;
    choice.resolution.kind = Resolution::Kind::builtin;
    choice.resolution.signature = builtin->signature;
    choice.resolution.parameter_types = std::move(builtin->match.parameter_types);
    choice.resolution.result = builtin->match.result;
    best = std::move(choice);
    if (is_missing(name)) error(where, "'{}' is not supported yet", name);
    const bool of_data = std::all_of(arguments.begin(), arguments.end(), [](const auto* a) { return a->data_only; });
    if (takes_data_only(name) && !of_data && block_ != ProgramBlock::generated_quantities)
      error(where, "'{}' takes data only, except in generated quantities", name);
  }
  return best;
}

std::optional<Checker::Choice> Checker::choose_user(std::string_view name, const std::vector<Expression*>& arguments,
                                                    Location where) {
  std::optional<Choice> best;
  FunctionId ambiguous = no_id;
  for (const FunctionId id : functions_named(name)) {
    const FunctionDefinition& function = program_.functions[static_cast<std::size_t>(id)];
    if (function.parameters.size() != arguments.size()) continue;
    int promotions = 0;
    bool fits = true;
    for (std::size_t i = 0; i < arguments.size() && fits; ++i) {
      const FunctionParameter& parameter = function.parameters[i];
      fits = converts(arguments[i]->type, parameter.type) && (!parameter.data_only || arguments[i]->data_only);
      promotions += arguments[i]->type != parameter.type;
    }
    const FunctionId definition = function.definition == no_id ? id : function.definition;
    if (!fits || (best && best->resolution.function == definition)) continue;
    if (best && best->promotions == promotions) ambiguous = definition;
    if (best && best->promotions <= promotions) continue;
    ambiguous = no_id;
    Choice choice;
    choice.promotions = promotions;
    choice.resolution.kind = Resolution::Kind::user;
    choice.resolution.function = definition;
    choice.resolution.parameter_types = function.parameter_types();
    choice.resolution.result = function.return_type;
    best = std::move(choice);
  }
  if (ambiguous == no_id) return best;
  error(where, "'{}' with the arguments {} is ambiguous; these fit equally well:\n    {}\n    {}", name,
        to_string(types_of(arguments)),
        heading(program_.functions[static_cast<std::size_t>(best->resolution.function)]),
        heading(program_.functions[static_cast<std::size_t>(ambiguous)]));
  return best;
}

void Checker::report_unknown(const Call& call) {
  const Location where = call.name_location;
  if (const std::string modern = modern_form(call.name); !modern.empty()) {
    error(where, "'{}' is no longer part of Stan: write '{}'", call.name, modern);
    return;
  }
  if (is_higher_order(call.name)) {
    error(where, "'{}' is not supported yet: functions that take functions as arguments are still missing", call.name);
    return;
  }
  if (find(call.name) != no_id) {
    error(where, "'{}' is a variable, not a function", call.name);
    return;
  }
  const std::vector<std::string_view>& distributions = distribution_names();
  if (std::find(distributions.begin(), distributions.end(), call.name) != distributions.end()) {
    const bool density = !signatures_named(call.name + "_lpdf").empty();
    error(where, "'{}' is a distribution; call its log density as {}{}(y | …)", call.name, call.name,
          density ? "_lpdf" : "_lpmf");
    return;
  }
  std::vector<std::string_view> known = builtin_names();
  for (const FunctionDefinition& function : program_.functions) known.push_back(function.name);
  error(where, "unknown function '{}'{}", call.name, did_you_mean(call.name, known));
}

void Checker::report_mismatch(std::string_view name, const std::vector<Expression*>& arguments, Location where) {
  error(where, "no function '{}' takes {}{}", name, to_string(types_of(arguments)),
        candidates({std::string(name)}, arguments));
}

/// The functions of these names, those with the right number of arguments first, and what their words mean.
std::string Checker::candidates(const std::vector<std::string>& names,
                                const std::vector<Expression*>& arguments) const {
  constexpr std::size_t most = 8;
  std::vector<std::string> fitting, others;
  std::vector<int> shown;
  bool data_only = false;
  for (const std::string& name : names) {
    for (const FunctionId id : functions_named(name)) {
      const FunctionDefinition& function = program_.functions[static_cast<std::size_t>(id)];
      if (!function.body && function.definition != no_id) continue;  // its definition is listed
      const bool fits = function.parameters.size() == arguments.size();
      (fits ? fitting : others).push_back(heading(function));
      for (std::size_t i = 0; fits && i < arguments.size(); ++i) {
        data_only = data_only || (function.parameters[i].data_only && !arguments[i]->data_only);
      }
    }
    for (const int index : signatures_named(name)) {
      const Signature& signature = builtin_signatures()[static_cast<std::size_t>(index)];
      const bool fits = signature.parameters.size() == arguments.size();
      (fits ? fitting : others).push_back(to_string(signature));
      shown.push_back(index);
    }
  }
  fitting.insert(fitting.end(), others.begin(), others.end());
  std::string text = "\n  candidates:";
  for (std::size_t i = 0; i < std::min(most, fitting.size()); ++i) text += "\n    " + fitting[i];
  if (fitting.size() > most) text += fmt::format("\n    … and {} more", fitting.size() - most);
  if (const std::string meanings = explain_words(shown); !meanings.empty()) text += "\n  where" + meanings;
  if (data_only) text += "\n  a 'data' parameter takes only what doesn't depend on parameters";
  return text;
}

}  // namespace thalweg::stan
