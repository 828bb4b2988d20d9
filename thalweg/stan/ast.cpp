#include "thalweg/stan/ast.hpp"

#include <iterator>

namespace thalweg::stan {

const char* to_string(ProgramBlock block) {
  constexpr const char* names[program_block_count] = {
      "functions", "data", "transformed data", "parameters", "transformed parameters", "model", "generated quantities"};
  return names[static_cast<int>(block)];
}

const char* to_string(UnaryOp op) {
  constexpr const char* names[] = {"-", "+", "!", "'"};
  return names[static_cast<int>(op)];
}

namespace {

struct BinaryOpEntry {
  const char* text;
  int precedence;
  bool right_associative;
};

/// In the order of BinaryOp.
constexpr BinaryOpEntry binary_ops[] = {{"||", 1, false},  {"&&", 2, false}, {"==", 3, false}, {"!=", 3, false},
                                        {"<", 4, false},   {"<=", 4, false}, {">", 4, false},  {">=", 4, false},
                                        {"+", 6, false},   {"-", 6, false},  {"*", 7, false},  {"/", 7, false},
                                        {"%", 7, false},   {".*", 7, false}, {"./", 7, false}, {"\\", 8, false},
                                        {"%/%", 8, false}, {"^", 10, true},  {".^", 10, true}};
static_assert(std::size(binary_ops) == binary_op_count);
static_assert(binary_ops[static_cast<int>(BinaryOp::add)].precedence == additive_precedence);
static_assert(binary_ops[static_cast<int>(BinaryOp::power)].precedence == power_precedence);

}  // namespace

const char* to_string(BinaryOp op) { return binary_ops[static_cast<int>(op)].text; }
int precedence(BinaryOp op) { return binary_ops[static_cast<int>(op)].precedence; }
bool right_associative(BinaryOp op) { return binary_ops[static_cast<int>(op)].right_associative; }

const char* to_string(AssignOp op) {
  constexpr const char* names[] = {"=", "+=", "-=", "*=", "/=", ".*=", "./="};
  return names[static_cast<int>(op)];
}

std::optional<BinaryOp> operator_of(AssignOp op) {
  switch (op) {
    case AssignOp::assign:
      return std::nullopt;
    case AssignOp::add:
      return BinaryOp::add;
    case AssignOp::subtract:
      return BinaryOp::subtract;
    case AssignOp::multiply:
      return BinaryOp::multiply;
    case AssignOp::divide:
      return BinaryOp::divide;
    case AssignOp::elementwise_multiply:
      return BinaryOp::elementwise_multiply;
    case AssignOp::elementwise_divide:
      return BinaryOp::elementwise_divide;
  }
  return std::nullopt;
}

const char* to_string(Constraint constraint) {
  switch (constraint) {
    case Constraint::none:
    case Constraint::bounds:
    case Constraint::affine:
      return "";
    case Constraint::simplex:
      return "simplex";
    case Constraint::unit_vector:
      return "unit_vector";
    case Constraint::ordered:
      return "ordered";
    case Constraint::positive_ordered:
      return "positive_ordered";
    case Constraint::sum_to_zero_vector:
      return "sum_to_zero_vector";
    case Constraint::cholesky_factor_corr:
      return "cholesky_factor_corr";
    case Constraint::cholesky_factor_cov:
      return "cholesky_factor_cov";
    case Constraint::corr_matrix:
      return "corr_matrix";
    case Constraint::cov_matrix:
      return "cov_matrix";
  }
  return "";
}

std::vector<Type> FunctionDefinition::parameter_types() const {
  std::vector<Type> types;
  for (const FunctionParameter& parameter : parameters) types.push_back(parameter.type);
  return types;
}

const std::vector<StatementPtr>& Program::statements(ProgramBlock block) const {
  static const std::vector<StatementPtr> nothing;
  const auto& statements = blocks[static_cast<int>(block)];
  return statements ? *statements : nothing;
}

const VariableRef& root_variable(const Expression& left) {
  const Expression* at = &left;
  while (const Indexed* indexed = as<Indexed>(*at)) at = indexed->base.get();
  return std::get<VariableRef>(at->node);
}

}  // namespace thalweg::stan
