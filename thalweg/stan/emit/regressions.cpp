#include "thalweg/stan/emit/regressions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

/// Data and transformed data, and what is made of them without parameters, locals or functions of the user's.
bool is_given(const EmitContext& c, const Expression& e) {
  bool given = !c.depends(e);
  for_each_expression(e, [&](const Expression& part) {
    if (const auto* v = as<VariableRef>(part)) {
      const Variable& variable = c.program.variables[static_cast<std::size_t>(v->variable)];
      given = given && variable.role == Variable::Role::top_level &&
              (variable.block == ProgramBlock::data || variable.block == ProgramBlock::transformed_data);
    }
    if (const auto* call = as<Call>(part))
      given = given && call->resolution.kind == Resolution::Kind::builtin && ending_of(call->name) == Ending::none;
    if (as<TargetValue>(part)) given = false;
  });
  return given;
}

/// Takes a location apart into columns and their coefficients.
class Columns {
 public:
  Columns(const EmitContext& context, std::string builder, const LocalLocation* local)
      : context_(context), builder_(std::move(builder)), local_(local) {}

  bool take(const Expression& e, double sign) {
    const bool scalar = e.type.is_scalar();
    if (!scalar && !(e.type.base == Base::vector && e.type.array_rank == 0)) return false;
    if (!context_.depends(e)) return is_given(context_, e) && (setup("offset", sign, emit_bare(context_, e)), true);
    if (scalar) return coefficient("add", sign, "1.0", e);
    if (const auto* unary = as<Unary>(e))
      return (unary->op == UnaryOp::minus || unary->op == UnaryOp::plus) &&
             take(*unary->operand, unary->op == UnaryOp::minus ? -sign : sign);
    if (const auto* v = as<VariableRef>(e); v && local_ && v->variable == local_->variable)
      return std::all_of(local_->terms.begin(), local_->terms.end(),
                         [&](const auto& term) { return take(*term.first, sign * term.second); });
    const auto* binary = as<Binary>(e);
    if (!binary) return false;
    const Expression &left = *binary->left, &right = *binary->right;
    switch (binary->op) {
      case BinaryOp::add:
        return take(left, sign) && take(right, sign);
      case BinaryOp::subtract:
        return take(left, sign) && take(right, -sign);
      case BinaryOp::multiply:
        if (left.type.base == Base::matrix) return product(left, right, sign);
        [[fallthrough]];
      case BinaryOp::elementwise_multiply:
        if (left.type.is_scalar() && is_given(context_, right))
          return coefficient("add", sign, emit_bare(context_, right), left);
        if (right.type.is_scalar() && is_given(context_, left))
          return coefficient("add", sign, emit_bare(context_, left), right);
        return false;
      default:
        return false;
    }
  }
  bool product(const Expression& matrix, const Expression& vector, double sign) {
    return is_given(context_, matrix) && coefficient("add_matrix", sign, emit_bare(context_, matrix), vector);
  }

  std::vector<std::string> setups, coefficients;

 private:
  void setup(const char* what, double sign, const std::string& data) {
    setups.push_back(fmt::format("{}.{}({}, {});", builder_, what, sign > 0 ? "1.0" : "-1.0", data));
  }
  bool coefficient(const char* what, double sign, const std::string& data, const Expression& e) {
    if (!context_.depends(e)) return false;
    setup(what, sign, data);
    coefficients.push_back(emit_bare(context_, e));
    return true;
  }

  const EmitContext& context_;
  std::string builder_;
  const LocalLocation* local_;
};

/// `arguments`: of normal (μ, σ) or of normal_id_glm (X, α, β, σ).
std::optional<ReducedRegression> reduce(const EmitContext& c, bool glm, bool propto, const Expression& outcome,
                                        const std::vector<const Expression*>& arguments, std::size_t number,
                                        const LocalLocation* local) {
  const Expression& sigma = *arguments.back();
  const Type& y = outcome.type;
  const bool list = (y.base == Base::real && y.array_rank == 1) || (y.base == Base::vector && y.array_rank == 0);
  if (c.function || !list || !is_given(c, outcome) || !sigma.type.is_scalar()) return std::nullopt;
  ReducedRegression r;
  r.name = fmt::format("regression_{}", number);
  const std::string builder = fmt::format("columns_{}", number);
  Columns columns(c, builder, local);
  const bool linear = glm ? columns.product(*arguments[0], *arguments[2], 1) && columns.take(*arguments[1], 1)
                          : columns.take(*arguments[0], 1);
  if (!linear || columns.coefficients.empty()) return std::nullopt;
  r.setup.push_back(fmt::format("RegressionColumns {}({});", builder, emit_bare(c, outcome)));
  r.setup.insert(r.setup.end(), columns.setups.begin(), columns.setups.end());
  r.setup.push_back(fmt::format("{} = {}.reduce();", r.name, builder));
  r.term = fmt::format("normal_regression_lpdf<{}>({}, {}, {})", c.propto(propto), r.name, emit_bare(c, sigma),
                       fmt::join(columns.coefficients, ", "));
  return r;
}

/// Parameters, transformed parameters and data, and what functions of the language make of them: the same wherever in
/// the model block it is evaluated.
bool is_settled(const EmitContext& c, const Expression& e) {
  bool settled = true;
  for_each_expression(e, [&](const Expression& part) {
    if (const auto* v = as<VariableRef>(part))
      settled = settled && c.program.variables[static_cast<std::size_t>(v->variable)].role == Variable::Role::top_level;
    if (const auto* call = as<Call>(part)) settled = settled && call->resolution.kind == Resolution::Kind::builtin;
    if (as<TargetValue>(part)) settled = false;
  });
  return settled;
}

int mentions(const Statement& s, VariableId variable) {
  int count = 0;
  for_each_expression(s, [&](const Expression& part) {
    const auto* v = as<VariableRef>(part);
    count += v && v->variable == variable;
  });
  return count;
}

bool is_normal(const std::string& name) { return name == "normal" || name == "normal_id_glm"; }

}  // namespace

std::optional<LocalLocation> local_location(const EmitContext& c, const std::vector<StatementPtr>& block,
                                            std::size_t declaration) {
  const auto* d = as<Declaration>(*block[declaration]);
  if (!d || d->declarators.size() != 1 || d->type.constraint != Constraint::none) return std::nullopt;
  const Declarator& name = d->declarators.front();
  const Variable& variable = c.program.variables[static_cast<std::size_t>(name.variable)];
  const bool vector = variable.type.base == Base::vector && variable.type.array_rank == 0;
  if (variable.role != Variable::Role::local || !vector || !name.value || !is_settled(c, *name.value))
    return std::nullopt;
  LocalLocation found{name.variable, {block[declaration].get()}, {{name.value.get(), 1}}, nullptr};
  for (std::size_t i = declaration + 1; i < block.size(); ++i) {
    const int count = mentions(*block[i], name.variable);
    if (count == 0) continue;
    if (count > 1 || found.used_by) return std::nullopt;
    if (as<Tilde>(*block[i]) || as<TargetIncrement>(*block[i])) {
      found.used_by = block[i].get();
      continue;
    }
    const auto* a = as<Assignment>(*block[i]);
    if (!a || !as<VariableRef>(*a->left) || (a->op != AssignOp::add && a->op != AssignOp::subtract))
      return std::nullopt;
    if (mentions(*block[i], name.variable) != 1 || !is_settled(c, *a->right)) return std::nullopt;
    found.made_by.push_back(block[i].get());
    found.terms.emplace_back(a->right.get(), a->op == AssignOp::add ? 1 : -1);
  }
  return found.used_by ? std::optional(found) : std::nullopt;
}

std::optional<ReducedRegression> reduced_regression(const EmitContext& c, const Expression& e, std::size_t number,
                                                    const LocalLocation* local) {
  const auto* call = as<Call>(e);
  if (!call || call->resolution.kind != Resolution::Kind::builtin) return std::nullopt;
  const std::string stem(stem_of(call->name));
  const Ending ending = ending_of(call->name);
  if (!is_normal(stem) || (ending != Ending::lpdf && ending != Ending::lupdf)) return std::nullopt;
  std::vector<const Expression*> arguments;
  for (std::size_t i = 1; i < call->arguments.size(); ++i) arguments.push_back(call->arguments[i].get());
  return reduce(c, stem != "normal", ending == Ending::lupdf, *call->arguments[0], arguments, number, local);
}

std::optional<ReducedRegression> reduced_regression(const EmitContext& c, const Tilde& t, std::size_t number,
                                                    const LocalLocation* local) {
  if (t.density.kind != Resolution::Kind::builtin || t.truncated || !is_normal(t.name)) return std::nullopt;
  std::vector<const Expression*> arguments;
  for (const auto& a : t.arguments) arguments.push_back(a.get());
  return reduce(c, t.name != "normal", true, *t.left, arguments, number, local);
}

}  // namespace thalweg::stan
