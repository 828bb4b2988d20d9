// What adds to target: increments, `~` and its truncations.
#include "thalweg/stan/checking.hpp"

namespace thalweg::stan {

void Checker::check_adds_to_target(Location where, const char* what) {
  if (block_ == ProgramBlock::model || in_function({Ending::lp})) return;
  if (block_ == ProgramBlock::functions) {
    error(where, "{} may stand only in functions whose name ends in _lp", what);
  } else {
    error(where, "{} may stand only in the model block and in functions whose name ends in _lp; this is the block '{}'",
          what, to_string(block_));
  }
}

void Checker::check_increment(Statement& statement, TargetIncrement& increment) {
  if (!increment.jacobian) {
    check_adds_to_target(statement.location, "'target +='");
  } else if (block_ != ProgramBlock::transformed_parameters && !in_function({Ending::jacobian})) {
    error(statement.location,
          "'jacobian +=' may stand only in transformed parameters and in functions whose name ends in _jacobian");
  }
  const Type type = check_value(*increment.value);
  if (type.is_integer()) promote(*increment.value, real_type);
}

void Checker::check_tilde(Statement& statement, Tilde& tilde) {
  std::vector<Expression*> arguments{tilde.left.get()};
  for (const ExpressionPtr& argument : tilde.arguments) arguments.push_back(argument.get());
  bool known = true;
  for (Expression* argument : arguments) known = check_value(*argument).is_known() && known;
  check_adds_to_target(statement.location, "'~'");
  const Location where = tilde.name_location;
  if (const Ending ending = ending_of(tilde.name); takes_bar(ending)) {
    error(where, "behind '~' a distribution stands without its ending: write '{}'", stem_of(tilde.name));
    return;
  }
  std::optional<Choice> best;
  std::vector<std::string> forms;
  for (const char* ending : {"_lpdf", "_lpmf"}) {
    const std::string form = tilde.name + ending;
    if (signatures_named(form).empty() && functions_named(form).empty()) continue;
    forms.push_back(form);
    if (!known) continue;
    std::optional<Choice> found = choose(form, arguments, where);
    if (!found || (best && best->promotions <= found->promotions)) continue;
    tilde.is_mass = std::string_view(ending) == "_lpmf";
    best = std::move(found);
  }
  if (forms.empty()) {
    std::vector<std::string_view> names = distribution_names();
    for (const FunctionDefinition& function : program_.functions) {
      if (takes_bar(ending_of(function.name))) names.push_back(stem_of(function.name));
    }
    error(where, "unknown distribution '{}'{}", tilde.name, did_you_mean(tilde.name, names));
  } else if (best) {
    tilde.density = best->resolution;
    promote_arguments(tilde.density, arguments);
  } else if (known) {
    std::vector<Type> types;
    for (const Expression* argument : arguments) types.push_back(argument->type);
    diagnostics_.error(where, "'{}' doesn't take {} ~ {}{}{}", tilde.name, to_string(types[0]), tilde.name,
                       to_string(std::vector<Type>(types.begin() + 1, types.end())), candidates(forms, arguments));
  }
  if (tilde.truncated) check_truncation(tilde, arguments);
}

void Checker::check_truncation(Tilde& tilde, const std::vector<Expression*>& arguments) {
  for (Expression* bound : {tilde.truncation_lower.get(), tilde.truncation_upper.get()}) {
    if (bound == nullptr) continue;
    const Type type = check_value(*bound);
    if (!type.is_known()) continue;
    if (!type.is_scalar()) {
      error(bound->location, "a bound of a truncation is int or real, found {}", to_string(type));
    } else if (tilde.is_mass && type.is_real()) {
      error(bound->location, "a bound of the truncation of an integer outcome is int, found real");
    } else {
      promote(*bound, tilde.is_mass ? int_type : real_type);
    }
  }
  if (tilde.density.kind == Resolution::Kind::none) return;
  const auto tail = [&](const char* ending, Resolution& resolution) {
    const std::string name = tilde.name + ending;
    if (const std::optional<Choice> found = choose(name, arguments, tilde.name_location)) {
      resolution = found->resolution;
      return;
    }
    error(tilde.name_location, "'{}' can't be truncated here: there is no {} for {}", tilde.name, name,
          to_string(tilde.density.parameter_types));
  };
  if (tilde.truncation_upper) tail("_lcdf", tilde.lower_tail);
  if (tilde.truncation_lower) tail("_lccdf", tilde.upper_tail);
}

}  // namespace thalweg::stan
