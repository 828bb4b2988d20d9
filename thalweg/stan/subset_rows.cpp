#include "thalweg/stan/subset_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "thalweg/stan/emit/hoist.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* n) { return name == n; });
}

}  // namespace

std::vector<bool> arguments_by_outcome(const std::string& stem, const std::vector<Type>& types) {
  std::vector<bool> own(types.size());
  const auto set = [&](std::initializer_list<std::size_t> which, auto&& test) {
    for (const std::size_t j : which)
      if (j < types.size()) own[j] = test(types[j]);
    return own;
  };
  const auto container = [](Type t) { return !t.is_scalar(); };
  const auto array = [](Type t) { return t.is_array(); };
  if (prepares_arguments(stem)) {
    for (std::size_t j = 0; j < types.size(); ++j) own[j] = container(types[j]);
    return own;
  }
  if (stem.find("_glm") != std::string::npos) {
    // a matrix has a row an outcome; a row vector is the same for all
    const std::size_t x = stem == "binomial_logit_glm" ? 2 : 1;
    if (x < types.size()) own[x] = types[x].base == Base::matrix;
    if (stem == "normal_id_glm") return set({0, 2, 4}, container);
    if (stem == "bernoulli_logit_glm" || stem == "poisson_log_glm") return set({0, 2}, container);
    if (stem == "neg_binomial_2_log_glm") return set({0, 2, 4}, container);
    if (stem == "binomial_logit_glm") return set({0, 1, 3}, container);
    if (stem == "categorical_logit_glm" || stem == "ordered_logistic_glm") return set({0}, container);
    return {};
  }
  if (is_one_of(stem, {"categorical", "categorical_logit"})) return set({0}, container);
  if (is_one_of(stem, {"ordered_logistic", "ordered_probit"})) {
    set({0, 1}, container);
    return set({2}, array);
  }
  if (is_one_of(stem, {"multi_normal", "multi_normal_cholesky", "multi_normal_prec"})) return set({0, 1}, array);
  if (is_one_of(stem, {"multi_student_t", "multi_student_t_cholesky"})) return set({0, 2}, array);
  return {};
}

std::string SubsetRows::text(const Expression& e) const { return one_line(program_.source, e.location, 40); }

bool SubsetRows::refuse(const std::string& why) {
  if (reason.empty()) reason = why;
  return false;
}

/// Whether it has as many elements as the index has numbers.
bool SubsetRows::agree(const Expression& e) {
  const auto length = sizes_.length(e);
  if (!length) return refuse(fmt::format("the size of {} is no formula of integers of the data", text(e)));
  if (!size) size = *length;
  if (*size == *length) return true;
  return refuse(fmt::format("{} has {} elements, not {}", text(e), length->text(), size->text()));
}

bool SubsetRows::choose(const Expression& e) { return agree(e) && choose_node(e); }

bool SubsetRows::choose_node(const Expression& e) {
  return std::visit(
      overloaded{[&](const VariableRef& n) {
                   if (!short_.contains(n.variable)) return pick(e);
                   consumed.insert(&e);
                   return true;
                 },
                 [&](const Indexed& n) { return choose_indexed(e, n); },
                 [&](const Unary& n) {
                   const bool whole = n.op == UnaryOp::transpose && n.operand->type.index_rank() == 2;
                   return whole ? pick(e) : choose(*n.operand);
                 },
                 [&](const Binary& n) { return choose_binary(e, n); }, [&](const Call& n) { return choose_call(e, n); },
                 [&](const Conditional& n) { return choose(*n.if_true) && choose(*n.if_false); },
                 [&](const auto&) { return pick(e); }},
      e.node);
}

bool SubsetRows::pick(const Expression& e) {
  forms[&e] = SubsetForm::Kind::chosen;
  const Expression* root = &e;
  while (const auto* indexed = as<Indexed>(*root)) root = indexed->base.get();
  if (const auto* v = as<VariableRef>(*root)) {
    const Variable& variable = program_.variables[static_cast<std::size_t>(v->variable)];
    const bool at_hand =
        variable.role == Variable::Role::top_level && variable.block != ProgramBlock::transformed_parameters;
    if (at_hand) return true;
    whole_variables.insert(v->variable);
    if (std::find(whole.begin(), whole.end(), v->name) == whole.end()) whole.push_back(v->name);
  } else {
    whole.push_back(text(e));
  }
  return true;
}

const Expression& SubsetRows::without_columns(const Expression& e) {
  const auto* n = as<Indexed>(e);
  if (!n || n->indexes[0].kind != Index::Kind::all) return e;
  const bool single = std::all_of(n->indexes.begin() + 1, n->indexes.end(),
                                  [](const Index& i) { return i.kind == Index::Kind::single; });
  return single ? *n->base : e;
}

/// `theta[g]`: the chosen of g. Other indexes are views of what is there.
bool SubsetRows::choose_indexed(const Expression& e, const Indexed& n) {
  const Expression& base = without_columns(e);
  if (const auto* v = as<VariableRef>(base); v && short_.contains(v->variable)) return choose(base);
  for (const Index& i : n.indexes) {
    if (i.kind == Index::Kind::single) continue;
    return i.kind == Index::Kind::multi ? choose(*i.lower) : pick(e);
  }
  return pick(e);
}

bool SubsetRows::choose_binary(const Expression& e, const Binary& n) {
  const bool left = !n.left->type.is_scalar(), right = !n.right->type.is_scalar();
  switch (n.op) {
    case BinaryOp::multiply:
      if (left && right) return n.left->type.base == Base::row_vector ? pick(e) : choose(*n.left);
      break;
    case BinaryOp::divide:
      if (right && n.right->type.base == Base::matrix) return pick(e);
      break;
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::elementwise_multiply:
    case BinaryOp::elementwise_divide:
    case BinaryOp::elementwise_power:
    case BinaryOp::power:
      break;
    default:
      return pick(e);
  }
  return (!left || choose(*n.left)) && (!right || choose(*n.right));
}

bool SubsetRows::choose_all(const std::vector<ExpressionPtr>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(),
                     [&](const ExpressionPtr& a) { return a->type.is_scalar() || choose(*a); });
}

bool SubsetRows::choose_call(const Expression& e, const Call& n) {
  if (n.resolution.kind != Resolution::Kind::builtin) return pick(e);
  if (is_elementwise(n)) return choose_all(n.arguments);
  if (n.name == "rep_matrix" && n.arguments[0]->type.base == Base::vector) return choose(*n.arguments[0]);
  const bool repeats = is_one_of(n.name, {"rep_vector", "rep_row_vector", "rep_array"}) && n.arguments.size() == 2;
  if (repeats || n.name == "rep_matrix") {
    forms[n.arguments[1].get()] = SubsetForm::Kind::count;
    return true;
  }
  const bool line = n.arguments.size() == 1 && n.arguments[0]->type.index_rank() == 1;
  if (line && is_one_of(n.name, {"to_vector", "to_row_vector", "to_array_1d"})) return choose_all(n.arguments);
  if (is_one_of(n.name, {"rows_dot_product", "rows_dot_self", "append_col"})) return choose_all(n.arguments);
  return pick(e);
}

bool SubsetRows::choose_density(const std::string& stem, const std::vector<const Expression*>& arguments) {
  std::vector<Type> types;
  for (const Expression* a : arguments) types.push_back(a->type);
  const std::vector<bool> own = arguments_by_outcome(stem, types);
  const bool none = std::none_of(own.begin(), own.end(), [](bool b) { return b; });
  if (own.empty() || (none && !types[0].is_scalar()))
    return refuse(fmt::format("{} is one density of all its outcomes together", stem));
  if (none) {
    is_single = true;
    return refuse("it is one term: no argument is a container");
  }
  for (std::size_t j = 0; j < own.size(); ++j)
    if (own[j] && !choose(*arguments[j])) return false;
  return true;
}

bool SubsetRows::choose_sum(const Expression& e) {
  if (!e.type.is_scalar()) return choose(e);
  if (const auto* u = as<Unary>(e); u && u->op != UnaryOp::logical_not) return choose_sum(*u->operand);
  if (const auto* b = as<Binary>(e)) {
    if (b->op == BinaryOp::add || b->op == BinaryOp::subtract) return choose_sum(*b->left) && choose_sum(*b->right);
    if (b->op == BinaryOp::divide) return choose_sum(*b->left);
    if (b->op == BinaryOp::multiply) {  // one factor is a sum
      const SubsetRows before = *this;
      if (choose_sum(*b->left)) return true;
      const std::string why = reason;
      const bool single = is_single;
      forms = before.forms;
      consumed = before.consumed;
      whole = before.whole;
      whole_variables = before.whole_variables;
      size = before.size;
      reason.clear();
      if (choose_sum(*b->right)) return true;
      if (!single) reason = why;
      return false;
    }
  }
  const auto* call = as<Call>(e);
  if (call && call->resolution.kind == Resolution::Kind::user)
    return refuse(fmt::format("nobody knows whether {}, a function of the program, is a sum", call->name));
  if (call && is_one_of(call->name, {"sum", "dot_self", "dot_product"})) return choose_all(call->arguments);
  const Ending ending = call ? ending_of(call->name) : Ending::none;
  if (call && ending != Ending::none && ending != Ending::cdf && ending != Ending::rng) {
    std::vector<const Expression*> arguments;
    for (const auto& a : call->arguments) arguments.push_back(a.get());
    return choose_density(std::string(stem_of(call->name)), arguments);
  }
  is_single = true;
  return refuse("it is one number, and no sum over an index that can be seen");
}

bool SubsetRows::starts_at_one(const ForRange& loop) const {
  const auto lower = sizes_.value(*loop.lower);
  return lower && lower->constant() == 1;
}

void SubsetRows::choose_elements_at(const ForRange& loop) {
  if (!starts_at_one(loop)) return;
  for_each_expression(*loop.body, [&](const Expression& e) {
    const auto* n = as<Indexed>(e);
    const auto* v = n ? as<VariableRef>(*n->base) : nullptr;
    if (!v || !short_.contains(v->variable) || n->indexes[0].kind != Index::Kind::single) return;
    const auto* place = as<VariableRef>(*n->indexes[0].lower);
    if (!place || place->variable != loop.variable || !(*sizes_.dimensions(v->variable)[0] == *size)) return;
    consumed.insert(n->base.get());
    forms[n->indexes[0].lower.get()] = SubsetForm::Kind::position;
  });
}

}  // namespace thalweg::stan
