#include "thalweg/stan/emit/expressions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/names.hpp"

namespace thalweg::stan {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '?')
      out += "\\?";  // no trigraphs
    else
      out += c;
  }
  return out + "\"";
}

/// C++ precedence of an emitted binary operator; 0 when it becomes a function call.
int cpp_precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::logical_or:
      return 1;
    case BinaryOp::logical_and:
      return 2;
    case BinaryOp::equal:
    case BinaryOp::not_equal:
      return 3;
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
      return 4;
    case BinaryOp::add:
    case BinaryOp::subtract:
      return 5;
    case BinaryOp::multiply:
    case BinaryOp::divide:
      return 6;
    default:
      return 0;
  }
}

bool is_matrix_like(Type t) {
  return t.array_rank == 0 && (t.base == Base::vector || t.base == Base::row_vector || t.base == Base::matrix);
}

/// The name of the function that an operator becomes; empty when it stays an operator.
std::string function_of(const Binary& b) {
  const Type left = b.left->type, right = b.right->type;
  switch (b.op) {
    case BinaryOp::divide:
      if (left.is_integer() && right.is_integer()) return "divide";
      if (right.array_rank == 0 && right.base == Base::matrix && is_matrix_like(left)) return "mdivide_right";
      return "";
    case BinaryOp::integer_divide:
      return "divide";
    case BinaryOp::modulo:
      return "modulus";
    case BinaryOp::left_divide:
      return "mdivide_left";
    case BinaryOp::elementwise_multiply:
      return "elt_multiply";
    case BinaryOp::elementwise_divide:
      return "elt_divide";
    case BinaryOp::power:
    case BinaryOp::elementwise_power:
      return "pow";
    default:
      return "";
  }
}

std::string join(const EmitContext& c, const std::vector<ExpressionPtr>& all) {
  std::vector<std::string> texts;
  for (const auto& e : all) texts.push_back(emit_bare(c, *e));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// x ^ 2 and its kin by the function that is cheaper than a power; empty for other exponents.
std::string simple_power(const Expression& base, const Expression& exponent) {
  const char* const cube = base.type.is_real() ? "cube" : "";
  if (const auto* n = as<IntLiteral>(exponent)) return n->value == 2 ? "square" : n->value == 3 ? cube : "";
  if (const auto* r = as<RealLiteral>(exponent))
    return r->value == 2 ? "square" : r->value == 3 ? cube : r->value == 0.5 ? "sqrt" : "";
  if (const auto* u = as<Unary>(exponent); u && u->op == UnaryOp::minus)
    if (const auto* n = as<IntLiteral>(*u->operand)) return n->value == 1 ? "inv" : n->value == 2 ? "inv_square" : "";
  return "";
}

std::string emit_binary(const EmitContext& c, const Binary& b) {
  if (b.op == BinaryOp::power || b.op == BinaryOp::elementwise_power)
    if (const std::string f = simple_power(*b.left, *b.right); !f.empty())
      return fmt::format("{}({})", f, emit_bare(c, *b.left));
  if (const std::string f = function_of(b); !f.empty())
    return fmt::format("{}({}, {})", f, emit_bare(c, *b.left), emit_bare(c, *b.right));
  const int mine = cpp_precedence(b.op);
  const auto operand = [&](const Expression& e, bool right) {
    const auto* inner = as<Binary>(e);
    if (inner && e.promoted_type == e.type && function_of(*inner).empty() && !c.is_renamed(e)) {
      const int p = cpp_precedence(inner->op);
      // Mixed && and || keep Stan's meaning, but compilers ask for parentheses.
      const bool bare = p > mine || (p == mine && !right);
      const std::string text = emit_binary(c, *inner);
      return bare && !(mine <= 2 && p <= 2 && p != mine) ? text : "(" + text + ")";
    }
    if (as<Conditional>(e)) return "(" + emit_bare(c, e) + ")";
    return emit(c, e);
  };
  std::string left = operand(*b.left, false), right = operand(*b.right, true);
  if (b.op == BinaryOp::logical_and || b.op == BinaryOp::logical_or) {
    if (!b.left->type.is_integer()) left = fmt::format("truth({})", left);
    if (!b.right->type.is_integer()) right = fmt::format("truth({})", right);
  }
  return fmt::format("{} {} {}", left, to_string(b.op), right);
}

std::string emit_unary(const EmitContext& c, const Unary& u) {
  switch (u.op) {
    case UnaryOp::transpose:
      return fmt::format("transpose({})", emit_bare(c, *u.operand));
    case UnaryOp::logical_not:
      return fmt::format("!({})", emit_condition(c, *u.operand));
    default:
      break;
  }
  const bool compound = as<Binary>(*u.operand) || as<Conditional>(*u.operand) || as<Unary>(*u.operand);
  const std::string inner = emit(c, *u.operand);
  return to_string(u.op) + (compound ? "(" + inner + ")" : inner);
}

std::string emit_literal_array(const EmitContext& c, const Expression& e, const std::vector<ExpressionPtr>& elements) {
  Type element = e.promoted_type.element();
  const bool row_of_scalars = as<RowLiteral>(e) && e.type.base == Base::row_vector;
  const std::string scalar = c.depends(e) ? c.scalar() : "double";
  if (as<ArrayLiteral>(e)) return fmt::format("array_literal<{}>({})", cpp_type(element, scalar), join(c, elements));
  return fmt::format("{}<{}>({})", row_of_scalars ? "row_vector_literal" : "matrix_literal", scalar, join(c, elements));
}

std::string emit_conditional(const EmitContext& c, const Expression& e, const Conditional& n) {
  const std::string type = cpp_type(e.type, c.depends(e) ? c.scalar() : "double");
  return fmt::format("{} ? as<{}>({}) : as<{}>({})", emit(c, *n.condition), type, emit_bare(c, *n.if_true), type,
                     emit_bare(c, *n.if_false));
}

/// `normal_lpdf` → (`normal`, `lpdf`); empty suffix when there is none.
std::pair<std::string, std::string> split_suffix(const std::string& name) {
  const auto at = name.rfind('_');
  if (at == std::string::npos) return {name, ""};
  const std::string suffix = name.substr(at + 1);
  for (const char* s : {"lpdf", "lpmf", "lupdf", "lupmf", "lcdf", "lccdf", "cdf", "rng"})
    if (suffix == s) return {name.substr(0, at), suffix};
  return {name, ""};
}

}  // namespace

bool EmitContext::depends(const Expression& e) const {
  if (function) return e.type.base != Base::integer || analysis.depends(e);
  return analysis.depends(e);
}
bool EmitContext::depends(VariableId variable) const {
  if (function) return program.variables[static_cast<std::size_t>(variable)].type.base != Base::integer;
  return analysis.depends(variable);
}
bool adds_to_target(const FunctionDefinition& function) {
  const Ending ending = ending_of(function.name);
  return ending == Ending::lp || ending == Ending::jacobian;
}
void EmitContext::unsupported(Location where, const std::string& what) const {
  throw Error(render(program.source, {Severity::error, where, what}));
}

std::string cpp_type(Type type, const std::string& scalar) {
  if (type.array_rank > 0) {
    const std::string element = cpp_type({type.base, type.array_rank - 1}, scalar);
    const bool of_scalars = type.array_rank == 1 && (type.base == Base::integer || type.base == Base::real);
    return fmt::format("{}<{}>", of_scalars ? "Array" : "ArrayOf", element);
  }
  switch (type.base) {
    case Base::integer:
      return "int";
    case Base::real:
      return scalar;
    case Base::vector:
      return fmt::format("Vector<{}>", scalar);
    case Base::row_vector:
      return fmt::format("RowVector<{}>", scalar);
    case Base::matrix:
      return fmt::format("Matrix<{}>", scalar);
    default:
      return "void";
  }
}

std::string emit_indexes(const EmitContext& c, const std::vector<Index>& indexes) {
  std::vector<std::string> texts;
  for (const Index& i : indexes) switch (i.kind) {
      case Index::Kind::all:
        texts.push_back("All{}");
        break;
      case Index::Kind::single:
      case Index::Kind::multi:
        texts.push_back(emit_bare(c, *i.lower));
        break;
      case Index::Kind::from:
        texts.push_back(fmt::format("from({})", emit_bare(c, *i.lower)));
        break;
      case Index::Kind::to:
        texts.push_back(fmt::format("to({})", emit_bare(c, *i.upper)));
        break;
      case Index::Kind::range:
        texts.push_back(fmt::format("range({}, {})", emit_bare(c, *i.lower), emit_bare(c, *i.upper)));
        break;
    }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string emit_indexed(const EmitContext& c, const Indexed& e) {
  const bool named = as<VariableRef>(*e.base) || as<Indexed>(*e.base);
  std::string base = emit(c, *e.base);
  if (!named) base = fmt::format("let({})", base);
  bool all_single = true;
  for (const Index& i : e.indexes) all_single = all_single && i.kind == Index::Kind::single;
  if (all_single) return fmt::format("{}({})", base, emit_indexes(c, e.indexes));
  return fmt::format("index({}, {})", base, emit_indexes(c, e.indexes));
}

std::string emit_call(const EmitContext& c, const Call& call) {
  const auto [stem, suffix] = split_suffix(call.name);
  const bool user = call.resolution.kind == Resolution::Kind::user;
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::string text = emit_bare(c, *call.arguments[i]);
    arguments.push_back(user ? fmt::format("argument({})", text) : text);
  }
  std::string name = user ? c.names.call(call.resolution.function) : Names::builtin(call.name);
  const bool density = suffix == "lpdf" || suffix == "lpmf" || suffix == "lupdf" || suffix == "lupmf";
  if (density) {
    const bool unnormalised = suffix == "lupdf" || suffix == "lupmf";
    const std::string plain =
        stem + (suffix.back() == 'f' && suffix.find("pm") != std::string::npos ? "_lpmf" : "_lpdf");
    if (!user) name = plain;
    const bool inside_density = c.function && takes_bar(ending_of(c.function->name));
    name += fmt::format("<{}>", unnormalised && inside_density ? "propto" : c.propto(unnormalised));
  }
  if (suffix == "rng") {
    if (!c.has_random) c.unsupported(call.name_location, "random numbers are not at hand here");
    arguments.push_back("random");
  }
  if (user && adds_to_target(c.program.functions[static_cast<std::size_t>(call.resolution.function)]))
    arguments.push_back("target");
  return fmt::format("{}({})", name, fmt::join(arguments, ", "));
}

std::string emit_density(const EmitContext& c, const Tilde& tilde) {
  const bool user = tilde.density.kind == Resolution::Kind::user;
  std::vector<std::string> arguments{emit_bare(c, *tilde.left)};
  for (const auto& a : tilde.arguments) arguments.push_back(emit_bare(c, *a));
  if (user)
    for (auto& a : arguments) a = fmt::format("argument({})", a);
  const std::string name = tilde.name + (tilde.is_mass ? "_lpmf" : "_lpdf");
  return fmt::format("{}<{}>({})", user ? c.names.call(tilde.density.function) : name, c.propto(true),
                     fmt::join(arguments, ", "));
}

std::string emit_tail(const EmitContext& c, const Tilde& tilde, const char* tail, const std::string& bound) {
  const std::string name = tilde.name + "_" + tail;
  const Resolution& resolution = std::string_view(tail) == "lcdf" ? tilde.lower_tail : tilde.upper_tail;
  const bool user = resolution.kind == Resolution::Kind::user;
  std::vector<std::string> arguments{bound};
  for (const auto& a : tilde.arguments) arguments.push_back(emit_bare(c, *a));
  if (user)
    for (auto& a : arguments) a = fmt::format("argument({})", a);
  return fmt::format("{}({})", user ? c.names.call(resolution.function) : name, fmt::join(arguments, ", "));
}

std::string emit_condition(const EmitContext& context, const Expression& e) {
  EmitContext c = context;
  c.value_only = true;
  return e.type.is_integer() ? emit_bare(c, e) : fmt::format("truth({})", emit_bare(c, e));
}

std::string emit_value(const EmitContext& c, const Expression& e) {
  const auto* indexed = as<Indexed>(e);
  if (indexed && c.depends(e) && e.type.is_real() && c.analysis.has_assigned_elements(root_variable(e).variable))
    return fmt::format("copy({})", emit_bare(c, e));
  return emit_bare(c, e);
}

std::string emit(const EmitContext& c, const Expression& e) {
  const std::string bare = emit_bare(c, e);
  if (c.is_renamed(e)) return bare;
  const bool promoted = !(e.promoted_type == e.type);
  if (!promoted && (as<Binary>(e) || as<Conditional>(e)) && !(as<Binary>(e) && !function_of(*as<Binary>(e)).empty()))
    return "(" + bare + ")";
  if (!promoted && as<Unary>(e) && as<Unary>(e)->op != UnaryOp::transpose) return "(" + bare + ")";
  return bare;
}

std::string rows_name(int index) { return fmt::format("rows_{}", index + 1); }

std::string emit_bare(const EmitContext& c, const Expression& e) {
  if (const auto known = c.hoisted.find(&e); known != c.hoisted.end()) return known->second;
  const SubsetForm* form = c.subset ? c.subset->form_of(e) : nullptr;
  if (form && form->kind == SubsetForm::Kind::count) return rows_name(form->index) + ".count";
  if (form && form->kind == SubsetForm::Kind::position) return c.names.beside(as<VariableRef>(e)->name, "_at");
  std::string text =
      std::visit(overloaded{
                     [&](const IntLiteral& n) { return fmt::format("{}", n.value); },
                     [&](const RealLiteral& n) {
                       const bool plain = n.text.find_first_of(".eE") != std::string::npos;
                       return n.text.front() == '.' ? "0" + n.text : plain ? n.text : n.text + ".0";
                     },
                     [&](const StringLiteral& n) { return quoted(n.text); },
                     [&](const ArrayLiteral& n) { return emit_literal_array(c, e, n.elements); },
                     [&](const RowLiteral& n) { return emit_literal_array(c, e, n.elements); },
                     [&](const VariableRef& n) { return c.names.variable(n.name); },
                     [&](const Call& n) { return emit_call(c, n); },
                     [&](const TargetValue&) -> std::string {
                       if (!c.value_only)
                         c.unsupported(e.location,
                                       "the derivative of target() isn't compiled yet: it may stand in print, in "
                                       "reject and in conditions; keep a sum of your own beside it");
                       return "target.value";
                     },
                     [&](const Indexed& n) { return emit_indexed(c, n); },
                     [&](const Unary& n) { return emit_unary(c, n); },
                     [&](const Binary& n) { return emit_binary(c, n); },
                     [&](const Conditional& n) { return emit_conditional(c, e, n); },
                 },
                 e.node);
  if (form) text = fmt::format("{}.of({})", rows_name(form->index), text);
  if (e.promoted_type == e.type || !e.promoted_type.is_known()) return text;
  if (const auto* literal = as<IntLiteral>(e)) return fmt::format("{}.0", literal->value);
  return fmt::format("real({})", text);
}

}  // namespace thalweg::stan
