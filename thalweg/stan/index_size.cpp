#include "thalweg/stan/index_size.hpp"

#include <fmt/format.h>

#include <set>

#include "thalweg/stan/printer.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

IndexSize IndexSize::sum(const IndexSize& a, const IndexSize& b, long factor) {
  IndexSize s = a;
  s.constant_ += factor * b.constant_;
  for (const auto& [name, part] : b.parts_) {
    Part& mine = s.parts_.try_emplace(name, Part{0, part.integer}).first->second;
    mine.coefficient += factor * part.coefficient;
    if (mine.coefficient == 0) s.parts_.erase(name);
  }
  return s;
}

std::string IndexSize::text() const {
  std::string out;
  const auto add = [&](long value, const std::string& what) {
    const long size = value < 0 ? -value : value;
    out += out.empty() ? (value < 0 ? "-" : "") : (value < 0 ? " - " : " + ");
    out += what.empty() ? fmt::format("{}", size) : size == 1 ? what : fmt::format("{} * {}", size, what);
  };
  for (const auto& [name, part] : parts_) add(part.coefficient, name);
  if (constant_ != 0 || out.empty()) add(constant_, "");
  return out;
}

bool is_elementwise(const Call& call) {
  static const std::set<std::string> names{
      "abs",        "fabs",      "sqrt",       "cbrt",       "exp",           "exp2",
      "log",        "log2",      "log10",      "log1p",      "log1m",         "log1p_exp",
      "expm1",      "log1m_exp", "logit",      "inv_logit",  "log_inv_logit", "log1m_inv_logit",
      "inv",        "inv_sqrt",  "square",     "inv_square", "inv_cloglog",   "sin",
      "cos",        "tan",       "asin",       "acos",       "atan",          "sinh",
      "cosh",       "tanh",      "asinh",      "acosh",      "atanh",         "erf",
      "erfc",       "Phi",       "Phi_approx", "inv_Phi",    "lgamma",        "tgamma",
      "digamma",    "trigamma",  "floor",      "ceil",       "round",         "trunc",
      "pow",        "fmin",      "fmax",       "hypot",      "atan2",         "elt_multiply",
      "elt_divide", "add",       "subtract",   "lmultiply",  "multiply_log",  "lchoose",
      "choose",     "lbeta"};
  return call.resolution.kind == Resolution::Kind::builtin && names.contains(call.name);
}

/// Whether it is computed from data alone, and the same wherever it stands.
bool IndexSizes::is_data(const Expression& e) const {
  bool data = true;
  for_each_expression(e, [&](const Expression& part) {
    if (const auto* v = as<VariableRef>(part)) {
      const Variable& variable = program_.variables[static_cast<std::size_t>(v->variable)];
      data = data && variable.role == Variable::Role::top_level &&
             (variable.block == ProgramBlock::data || variable.block == ProgramBlock::transformed_data);
    }
    if (const auto* call = as<Call>(part)) data = data && call->resolution.kind == Resolution::Kind::builtin;
    if (as<TargetValue>(part)) data = false;
  });
  return data;
}

IndexSizes::Size IndexSizes::value(const Expression& e) const {
  if (!e.type.is_integer()) return std::nullopt;
  if (const auto* literal = as<IntLiteral>(e)) return IndexSize::number(literal->value);
  if (const auto* b = as<Binary>(e)) {
    const Size left = value(*b->left), right = value(*b->right);
    if (left && right) {
      if (b->op == BinaryOp::add) return IndexSize::sum(*left, *right, 1);
      if (b->op == BinaryOp::subtract) return IndexSize::sum(*left, *right, -1);
      if (b->op == BinaryOp::multiply && left->constant())
        return IndexSize::sum(IndexSize::number(0), *right, *left->constant());
      if (b->op == BinaryOp::multiply && right->constant())
        return IndexSize::sum(IndexSize::number(0), *left, *right->constant());
    }
  }
  if (const auto* call = as<Call>(e); call && call->arguments.size() == 1) {
    const Type of = call->arguments[0]->type;
    const auto all = dimensions(*call->arguments[0]);
    const bool line = all.size() == 1, rows = call->name == "rows" && of.base != Base::row_vector;
    const bool first = (call->name == "size" && (line || of.is_array())) || (call->name == "num_elements" && line);
    if (!all.empty() && (first || rows) && all[0]) return all[0];
    if (call->name == "cols" && of.base == Base::matrix && all.back()) return all.back();
  }
  if (!is_data(e)) return std::nullopt;
  return IndexSize::symbol(print(e), e);
}

IndexSizes::Size IndexSizes::range(const Expression& lower, const Expression& upper) const {
  const Size a = value(lower), b = value(upper);
  if (!a || !b) return std::nullopt;
  return IndexSize::sum(IndexSize::sum(*b, *a, -1), IndexSize::number(1), 1);
}

std::vector<IndexSizes::Size> IndexSizes::dimensions(VariableId v) const {
  const Variable& variable = program_.variables[static_cast<std::size_t>(v)];
  std::vector<Size> all;
  if (variable.declared) {
    for (const auto& e : variable.declared->array_sizes) all.push_back(value(*e));
    for (const auto& e : variable.declared->sizes) all.push_back(value(*e));
    if (variable.declared->base == Base::matrix && variable.declared->sizes.size() == 1) all.push_back(all.back());
  }
  all.resize(static_cast<std::size_t>(variable.type.index_rank()));
  return all;
}

std::vector<IndexSizes::Size> IndexSizes::of_indexed(const Indexed& e) const {
  const auto base = dimensions(*e.base);
  std::vector<Size> all;
  for (std::size_t k = 0; k < base.size(); ++k) {
    if (k >= e.indexes.size()) {
      all.push_back(base[k]);
      continue;
    }
    const Index& i = e.indexes[k];
    switch (i.kind) {
      case Index::Kind::single:
        break;
      case Index::Kind::all:
        all.push_back(base[k]);
        break;
      case Index::Kind::multi:
        all.push_back(length(*i.lower));
        break;
      case Index::Kind::to:
        all.push_back(value(*i.upper));
        break;
      case Index::Kind::range:
        all.push_back(range(*i.lower, *i.upper));
        break;
      case Index::Kind::from: {
        const Size first = value(*i.lower);
        all.push_back(base[k] && first
                          ? Size(IndexSize::sum(IndexSize::sum(*base[k], *first, -1), IndexSize::number(1), 1))
                          : std::nullopt);
        break;
      }
    }
  }
  return all;
}

std::vector<IndexSizes::Size> IndexSizes::of_binary(const Binary& b) const {
  const auto left = dimensions(*b.left), right = dimensions(*b.right);
  if (left.empty() || right.empty()) {
    const bool solves = b.op == BinaryOp::left_divide;
    return solves ? std::vector<Size>{std::nullopt} : left.empty() ? right : left;
  }
  switch (b.op) {
    case BinaryOp::multiply: {
      const bool rows = b.left->type.base != Base::row_vector, cols = b.right->type.base != Base::vector;
      std::vector<Size> all;
      if (rows) all.push_back(left[0]);
      if (cols) all.push_back(right.back());
      return all;
    }
    case BinaryOp::divide:
    case BinaryOp::left_divide:
      return std::vector<Size>(left.size());
    default:
      return left[0] ? left : right;
  }
}

std::vector<IndexSizes::Size> IndexSizes::of_call(const Call& call, int rank) const {
  std::vector<Size> all(static_cast<std::size_t>(rank));
  if (call.resolution.kind != Resolution::Kind::builtin || call.arguments.empty()) return all;
  const auto named = [&](std::initializer_list<const char*> names) {
    for (const char* n : names)
      if (call.name == n) return true;
    return false;
  };
  if (is_elementwise(call)) {
    for (const auto& a : call.arguments)
      if (auto own = dimensions(*a); own.size() == all.size() && own[0]) return own;
    return all;
  }
  const auto first = dimensions(*call.arguments[0]);
  const std::size_t count = call.arguments.size();
  if (named({"rep_vector", "rep_row_vector", "rep_array"}) && count == 2)
    all[0] = value(*call.arguments[1]);
  else if (named({"rep_matrix"}))
    all[0] = call.arguments[0]->type.base == Base::vector ? first[0] : value(*call.arguments[1]);
  else if (named({"append_col"}) && call.arguments[0]->type.base != Base::row_vector && !first.empty())
    all[0] = first[0];
  else if (named(
               {"to_vector", "to_row_vector", "to_array_1d", "softmax", "log_softmax", "cumulative_sum", "reverse"}) &&
           first.size() == 1 && count == 1)
    all = first;
  else if (named({"rows_dot_product", "rows_dot_self"}) && first.size() == 2)
    all[0] = first[0];
  else if (named({"col"}) && !first.empty())
    all[0] = first[0];
  else if (named({"head", "tail"}) && count == 2)
    all[0] = value(*call.arguments[1]);
  else if (named({"segment"}) && count == 3)
    all[0] = value(*call.arguments[2]);
  return all;
}

std::vector<IndexSizes::Size> IndexSizes::dimensions(const Expression& e) const {
  const int rank = e.type.index_rank();
  if (rank == 0) return {};
  std::vector<Size> all = std::visit(
      overloaded{[&](const VariableRef& n) { return dimensions(n.variable); },
                 [&](const Indexed& n) { return of_indexed(n); },
                 [&](const Unary& n) {
                   auto inner = dimensions(*n.operand);
                   if (n.op == UnaryOp::transpose && inner.size() == 2) std::swap(inner[0], inner[1]);
                   return inner;
                 },
                 [&](const Binary& n) { return of_binary(n); }, [&](const Call& n) { return of_call(n, rank); },
                 [&](const Conditional& n) { return dimensions(*n.if_true); },
                 [&](const ArrayLiteral& n) {
                   return std::vector<Size>{IndexSize::number(static_cast<long>(n.elements.size()))};
                 },
                 [&](const RowLiteral& n) {
                   return std::vector<Size>{IndexSize::number(static_cast<long>(n.elements.size()))};
                 },
                 [](const auto&) { return std::vector<Size>{}; }},
      e.node);
  all.resize(static_cast<std::size_t>(rank));
  return all;
}

}  // namespace thalweg::stan
