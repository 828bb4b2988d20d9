#include "thalweg/stan/own_noise.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace thalweg::stan {
namespace {

/// What of x a value depends on.
struct Reach {
  enum Kind {
    nothing,
    one,    ///< a value that depends on x[key] alone
    own,    ///< a vector or row vector whose element i depends on x[i] alone, for every i
    beyond  ///< anything else
  };
  Kind kind = nothing;
  /// The index: a literal k as k, a loop variable v as −1 − v.
  int key = 0;
  bool operator==(const Reach&) const = default;
};

/// What may be either; or depends on both.
Reach join(Reach a, Reach b) {
  if (a.kind == Reach::nothing) return b;
  if (b.kind == Reach::nothing || a == b) return a;
  return {Reach::beyond};
}

bool is_elementwise(std::string_view function) {
  static constexpr std::string_view names[] = {
      "exp",    "log",   "sqrt",  "sin",      "cos",   "tan",       "asin",          "acos",      "atan",
      "sinh",   "cosh",  "tanh",  "asinh",    "acosh", "abs",       "fabs",          "inv",       "inv_logit",
      "square", "log1p", "expm1", "log2",     "cbrt",  "erf",       "erfc",          "Phi",       "exp2",
      "step",   "fmax",  "fmin",  "inv_sqrt", "pow",   "log10",     "hypot",         "fdim",      "atan2",
      "logit",  "round", "ceil",  "floor",    "trunc", "log1p_exp", "log_inv_logit", "inv_square"};
  return std::find(std::begin(names), std::end(names), function) != std::end(names);
}

class OwnNoise {
 public:
  OwnNoise(const Program& program, FunctionId function)
      : program_(program), function_(program.functions[static_cast<std::size_t>(function)]) {
    values_[function_.parameters[1].variable] = {Reach::own};
  }

  bool run() {
    const Reach kinds = [&] {
      for (int pass = 0; pass < 4; ++pass) walk(*function_.body);  // values only ever rise, by three steps
      return returned_;
    }();
    return sound_ && (kinds.kind == Reach::nothing || kinds.kind == Reach::own);
  }

 private:
  static bool depends(Reach r) { return r.kind != Reach::nothing; }

  void rise(VariableId v, Reach r) { values_[v] = join(values_[v], r); }

  void walk(const Statement& s) {
    if (const auto* block = as<BlockStatement>(s)) return walk_all(block->body);
    if (const auto* block = as<Profile>(s)) return walk_all(block->body);
    if (const auto* d = as<Declaration>(s)) {
      for (const Declarator& name : d->declarators)
        if (name.value) rise(name.variable, reach(*name.value));
      return;
    }
    if (const auto* a = as<Assignment>(s)) return assign(*a);
    if (const auto* r = as<Return>(s)) {
      returned_ = join(returned_, reach(*r->value));
      return;
    }
    if (const auto* f = as<ForRange>(s)) {
      sound_ = sound_ && !depends(reach(*f->lower)) && !depends(reach(*f->upper));
      return walk(*f->body);
    }
    if (const auto* n = as<If>(s)) {
      sound_ = sound_ && !depends(reach(*n->condition));
      walk(*n->then_branch);
      if (n->else_branch) walk(*n->else_branch);
      return;
    }
    sound_ = sound_ && (as<Message>(s) || as<Empty>(s));
  }
  void walk_all(const std::vector<StatementPtr>& all) {
    for (const StatementPtr& s : all) walk(*s);
  }
  void assign(const Assignment& a) {
    const auto op = operator_of(a.op);
    const VariableId root = root_variable(*a.left).variable;
    Reach value = reach(*a.right);
    if (as<VariableRef>(*a.left)) {
      if (op) value = binary(*op, values_[root], value, a.left->type, a.right->type);
      return rise(root, value);
    }
    // one element: it may depend on x[i] where it is element i
    const auto* element = as<Indexed>(*a.left);
    const bool single = as<VariableRef>(*element->base) && element->indexes.size() == 1 &&
                        element->base->type == vector_type && element->indexes[0].kind == Index::Kind::single;
    const int key = single ? key_of(*element->indexes[0].lower) : 0;
    if (depends(value) && (!single || key == 0 || !(value == Reach{Reach::one, key}))) value = {Reach::beyond};
    if (depends(value) && value.kind != Reach::beyond) value = {Reach::own};
    for (const Index& i : element->indexes)
      if ((i.lower && depends(reach(*i.lower))) || (i.upper && depends(reach(*i.upper)))) value = {Reach::beyond};
    rise(root, value);
  }

  /// 0: neither a literal nor a loop variable.
  int key_of(const Expression& index) const {
    if (const auto* k = as<IntLiteral>(index)) return k->value > 0 ? k->value : 0;
    const auto* v = as<VariableRef>(index);
    if (!v || program_.variables[static_cast<std::size_t>(v->variable)].role != Variable::Role::loop) return 0;
    return -1 - v->variable;
  }

  Reach reach(const Expression& e) {
    if (const auto* v = as<VariableRef>(e)) {
      const auto found = values_.find(v->variable);
      return found == values_.end() ? Reach{} : found->second;
    }
    if (const auto* u = as<Unary>(e)) {
      const Reach r = reach(*u->operand);
      return u->op == UnaryOp::logical_not && r.kind == Reach::own ? Reach{Reach::beyond} : r;
    }
    if (const auto* b = as<Binary>(e))
      return binary(b->op, reach(*b->left), reach(*b->right), b->left->type, b->right->type);
    if (const auto* i = as<Indexed>(e)) return indexed(*i);
    if (const auto* row = as<RowLiteral>(e)) return row_of(*row);
    if (const auto* c = as<Call>(e)) return call(*c, e.type);
    if (const auto* c = as<Conditional>(e)) {
      const Reach r = join(reach(*c->condition), join(reach(*c->if_true), reach(*c->if_false)));
      return r;
    }
    if (const auto* a = as<ArrayLiteral>(e)) {
      for (const ExpressionPtr& element : a->elements)
        if (depends(reach(*element))) return {Reach::beyond};
    }
    return {};
  }
  Reach indexed(const Indexed& i) {
    const Reach base = reach(*i.base);
    for (const Index& index : i.indexes)
      if ((index.lower && depends(reach(*index.lower))) || (index.upper && depends(reach(*index.upper))))
        return {Reach::beyond};
    if (base.kind != Reach::own) return base;
    const bool single = i.indexes.size() == 1 && i.indexes[0].kind == Index::Kind::single;
    const int key = single ? key_of(*i.indexes[0].lower) : 0;
    return key == 0 ? Reach{Reach::beyond} : Reach{Reach::one, key};
  }
  Reach row_of(const RowLiteral& row) {
    Reach all;
    for (std::size_t i = 0; i < row.elements.size(); ++i) {
      const Reach r = reach(*row.elements[i]);
      if (!depends(r)) continue;
      all = join(all, r == Reach{Reach::one, static_cast<int>(i) + 1} ? Reach{Reach::own} : Reach{Reach::beyond});
    }
    return all;
  }
  /// Elementwise operations keep what both operands say; a scalar may scale a vector when it depends on nothing.
  static Reach binary(BinaryOp op, Reach a, Reach b, Type left, Type right) {
    if (!depends(a) && !depends(b)) return {};
    const bool scalars = left.is_scalar() && right.is_scalar();
    switch (op) {
      case BinaryOp::add:
      case BinaryOp::subtract:
      case BinaryOp::elementwise_multiply:
      case BinaryOp::elementwise_divide:
      case BinaryOp::elementwise_power:
      case BinaryOp::power:
        return join(a, b);
      case BinaryOp::multiply:
        return scalars || left.is_scalar() || right.is_scalar() ? join(a, b) : Reach{Reach::beyond};
      case BinaryOp::divide:
        return right.is_scalar() ? join(a, b) : Reach{Reach::beyond};
      default:
        return scalars ? join(a, b) : Reach{Reach::beyond};
    }
  }
  Reach call(const Call& c, Type result) {
    Reach all;
    bool scalars = result.is_scalar();
    for (const ExpressionPtr& argument : c.arguments) {
      all = join(all, reach(*argument));
      scalars = scalars && argument->type.is_scalar();
    }
    if (!depends(all) || all.kind == Reach::beyond) return all;
    if (scalars && all.kind == Reach::one) return all;
    const bool builtin = c.resolution.kind == Resolution::Kind::builtin;
    return builtin && is_elementwise(c.name) ? all : Reach{Reach::beyond};
  }

  const Program& program_;
  const FunctionDefinition& function_;
  std::map<VariableId, Reach> values_;
  Reach returned_;
  bool sound_ = true;
};

}  // namespace

bool is_own_noise(const Program& program, FunctionId diffusion) { return OwnNoise(program, diffusion).run(); }

}  // namespace thalweg::stan
