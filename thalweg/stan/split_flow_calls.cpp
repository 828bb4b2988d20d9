// What calls and densities make of their arguments.
#include <algorithm>
#include <array>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/split_flow.hpp"

namespace thalweg::stan {
namespace {

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
bool asks_for_size(std::string_view f) {
  return is_one_of(f, std::to_array<std::string_view>({"size", "num_elements", "rows", "cols", "dims"}));
}
/// The first argument is what is taken from or repeated; the rest are places and sizes.
bool takes_places(std::string_view f) {
  return is_one_of(
      f, std::to_array<std::string_view>({"head", "tail", "segment", "sub_col", "sub_row", "block", "row", "col",
                                          "rep_vector", "rep_row_vector", "rep_matrix", "rep_array", "to_matrix"}));
}
/// Integers say how large the result is.
bool makes_containers(std::string_view f) {
  return is_one_of(f, std::to_array<std::string_view>(
                          {"identity_matrix", "zeros_vector", "zeros_row_vector", "zeros_array", "zeros_int_array",
                           "ones_vector", "ones_row_vector", "ones_array", "ones_int_array", "linspaced_vector",
                           "linspaced_row_vector", "linspaced_array", "linspaced_int_array", "uniform_simplex"}));
}

}  // namespace

bool is_tail(const Call& call) {
  const Ending e = ending_of(call.name);
  return e == Ending::lcdf || e == Ending::lccdf || e == Ending::cdf;
}
bool is_density(const Call& call) { return takes_bar(ending_of(call.name)); }

bool is_weight(const Expression& e) {
  if (as<VariableRef>(e) != nullptr || as<Indexed>(e) != nullptr) return true;
  if (as<IntLiteral>(e) != nullptr || as<RealLiteral>(e) != nullptr) return true;
  if (const Unary* n = as<Unary>(e)) return is_weight(*n->operand);
  if (const Binary* n = as<Binary>(e))
    return (n->op == BinaryOp::add || n->op == BinaryOp::subtract || n->op == BinaryOp::multiply) &&
           is_weight(*n->left) && is_weight(*n->right);
  const Call* call = as<Call>(e);
  return call != nullptr &&
         is_one_of(call->name, std::to_array<std::string_view>({"log", "log1m", "log_inv_logit", "log1m_inv_logit",
                                                                "log1m_exp", "log_softmax", "log_inv_cloglog"}));
}

/// The log density of an outcome made of these.
Made SplitFlow::density(Made outcome, bool any_parameter) const {
  const Made parameter = any_parameter ? made::parameters : 0;
  if ((outcome & made::parameters) && (outcome & made::data)) return parameter | made::mixed_density;
  if (outcome & made::parameters) return parameter | made::prior_density;
  if (outcome & (made::data | made::size)) return parameter | made::data_density;
  if (!any_parameter) return 0;
  return parameter | (data_depth_ > 0 ? made::data_density : made::literal_density);
}

Made SplitFlow::user_density(Made density, Made body) const {
  const bool both = (body & made::prior_density) && (body & made::data_density);
  const bool other = ((density & made::prior_density) && (body & made::data_density)) ||
                     ((density & made::data_density) && (body & made::prior_density));
  return both || other ? density | made::contradiction : density;
}

Made SplitFlow::visit_call(const Call& call) {
  std::vector<Made> inputs;
  Made all = 0, reals = 0;
  for (const ExpressionPtr& argument : call.arguments) {
    inputs.push_back(visit(*argument));
    all |= inputs.back();
    if (argument->type.base != Base::integer) reals |= inputs.back();
  }
  const bool user = call.resolution.kind == Resolution::Kind::user;
  const Made body = user ? body_of(call.resolution.function, inputs) : 0;
  if (ending_of(call.name) == Ending::rng) return all | made::data;
  if (is_density(call) && !inputs.empty()) {
    const Made value = density(inputs[0], all & made::parameters);
    return user ? user_density(value, body) : value;
  }
  if (user) return body;
  if (asks_for_size(call.name)) return made::size;
  if (makes_containers(call.name)) return reals;
  if (takes_places(call.name) && !inputs.empty()) {
    Made places = 0;
    for (std::size_t i = 1; i < inputs.size(); ++i) places |= inputs[i];
    return pick(inputs[0], places) & ~made::formula;
  }
  if (call.name == "log" && picks_probability(*call.arguments[0])) all |= made::data_density;
  return all & ~made::formula;
}

Made SplitFlow::body_of(FunctionId function, const std::vector<Made>& inputs) {
  std::vector<Made> key = inputs;
  key.push_back(data_depth_ > 0);
  const int callee = instance_of(function, key);
  if (block_ != ProgramBlock::transformed_data) here_->calls.insert(callee);
  return instances_[static_cast<std::size_t>(callee)].result;
}

/// `theta[…, y]` of a simplex theta: log θ_y is the log mass of y.
bool SplitFlow::picks_probability(const Expression& e) const {
  std::vector<const Index*> indexes;
  const Expression* base = &e;
  for (; as<Indexed>(*base) != nullptr; base = as<Indexed>(*base)->base.get()) {
    const auto& all = as<Indexed>(*base)->indexes;
    for (std::size_t i = all.size(); i-- > 0;) indexes.push_back(&all[i]);
  }
  const VariableRef* v = as<VariableRef>(*base);
  const DeclaredType* type = v ? program_.variables[static_cast<std::size_t>(v->variable)].declared : nullptr;
  if (type == nullptr || type->constraint != Constraint::simplex || indexes.size() != type->array_sizes.size() + 1)
    return false;
  return indexes[0]->kind == Index::Kind::single && (here_->of(*indexes[0]->lower) & (made::data | made::picked));
}

Made SplitFlow::visit_tilde(const Tilde& tilde) {
  std::vector<Made> inputs{visit(*tilde.left)};
  for (const ExpressionPtr& argument : tilde.arguments) inputs.push_back(visit(*argument));
  Made all = 0;
  for (const Made input : inputs) all |= input;
  for (const Expression* bound : {tilde.truncation_lower.get(), tilde.truncation_upper.get()})
    if (bound != nullptr) all |= visit(*bound);
  const Made value = density(inputs[0], all & made::parameters);
  const bool user = tilde.density.kind == Resolution::Kind::user;
  return user ? user_density(value, body_of(tilde.density.function, inputs)) : value;
}

}  // namespace thalweg::stan
