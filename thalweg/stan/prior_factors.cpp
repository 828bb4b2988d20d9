#include "thalweg/stan/prior_factors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/parameter_flow.hpp"
#include "thalweg/stan/prior_outcome.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

bool is_literal(const Expression& e, double value) {
  if (const auto* n = as<IntLiteral>(e)) return n->value == value;
  const auto* n = as<RealLiteral>(e);
  return n != nullptr && n->value == value;
}
bool is_at_least(const Expression& e, double value) {
  if (const auto* n = as<IntLiteral>(e)) return n->value >= value;
  const auto* n = as<RealLiteral>(e);
  return n != nullptr && n->value >= value;
}

/// A density as it stands in the source: of a `~` or of a call.
struct Density {
  Location location;
  std::string stem;
  bool builtin;
  const Expression* outcome;
  std::vector<const Expression*> arguments;
  const Tilde* truncated = nullptr;
};

class FactorCollector {
 public:
  FactorCollector(const Program& program, const Split& split)
      : program_(program), split_(split), flow_(program), outcomes_(program) {
    for (const SplitTerm& t : split.terms()) parts_[{t.location.begin, t.location.end}] = t.part;
    find_hidden();
    find_plain_sums();
  }

  std::vector<PriorFactor> run() {
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
      for (const StatementPtr& s : program_.statements(block)) walk(*s);
    for (std::size_t i = 0; i < program_.variables.size(); ++i) support_of(static_cast<VariableId>(i));
    return std::move(factors_);
  }

 private:
  // ---- what is looked up

  /// Functions with terms of the prior in them, and functions that may reject.
  void find_hidden() {
    hides_.resize(program_.functions.size());
    rejects_.resize(program_.functions.size());
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < program_.functions.size(); ++i) {
        const FunctionDefinition& f = program_.functions[i];
        if (!f.body) continue;
        bool hides = false, rejects = false;
        for (const SplitTerm& t : split_.terms())
          hides = hides || (t.part != part_likelihood && t.location.begin >= f.body->location.begin &&
                            t.location.end <= f.body->location.end);
        for_each_statement(*f.body, [&](const Statement& s) {
          const auto* message = as<Message>(s);
          rejects = rejects || (message && message->kind != Message::Kind::print);
        });
        for_each_expression(*f.body, [&](const Expression& e) {
          const auto* call = as<Call>(e);
          if (!call || call->resolution.kind != Resolution::Kind::user) return;
          hides = hides || hides_[static_cast<std::size_t>(call->resolution.function)];
          rejects = rejects || rejects_[static_cast<std::size_t>(call->resolution.function)];
        });
        changed = changed || hides != hides_[i] || rejects != rejects_[i];
        hides_[i] = hides;
        rejects_[i] = rejects;
      }
    }
  }

  /// Variables that gain terms and are added to target once, as they are.
  void find_plain_sums() {
    std::map<VariableId, int> added, mentioned, set;
    const auto mention = [&](const Expression& e) {
      for_each_expression(e, [&](const Expression& part) {
        if (const auto* v = as<VariableRef>(part)) ++mentioned[v->variable];
      });
    };
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
      for (const StatementPtr& top : program_.statements(block)) {
        if (const auto* n = as<TargetIncrement>(*top); n && !n->jacobian) count_added(*n->value, added);
        for_each_statement(*top, [&](const Statement& s) {
          if (as<Message>(s)) return;
          const auto* a = as<Assignment>(s);
          if (a) {
            const VariableId root = root_variable(*a->left).variable;
            if (a->op != AssignOp::add && a->op != AssignOp::subtract) ++set[root];
            return mention(*a->right);
          }
          if (const auto* d = as<Declaration>(s))
            for (const Declarator& name : d->declarators) set[name.variable] += name.value != nullptr;
          for_each_expression_of(s, mention);
        });
      }
    for (const auto& [v, count] : added)
      if (count == 1 && mentioned[v] == 1 && set[v] == 1) plain_.insert(v);
  }
  static void count_added(const Expression& e, std::map<VariableId, int>& added) {
    if (const auto* v = as<VariableRef>(e)) ++added[v->variable];
    if (const auto* b = as<Binary>(e); b && b->op == BinaryOp::add && e.type.is_scalar()) {
      count_added(*b->left, added);
      count_added(*b->right, added);
    }
  }

  // ---- the walk

  void walk(const Statement& s) {
    for_each_expression_of(s, [&](const Expression& e) { calls(e, s); });
    if (const auto* t = as<Tilde>(s)) return tilde(s, *t);
    if (const auto* n = as<TargetIncrement>(s)) {
      if (n->jacobian)
        formula(s.location, flow_.of(*n->value), "a Jacobian of the program's own");
      else
        summands(*n->value, false, true);
      return;
    }
    if (const auto* a = as<Assignment>(s))
      return summands(*a->right, a->op == AssignOp::subtract, plain_.contains(root_variable(*a->left).variable));
    if (const auto* d = as<Declaration>(s))
      for (const Declarator& name : d->declarators)
        if (name.value) summands(*name.value, false, plain_.contains(name.variable));
    if (const auto* m = as<Message>(s); m && m->kind != Message::Kind::print) support(s.location, path_.decided_by);
    const OutcomePath before = path_;
    if (const auto* f = as<ForRange>(s)) path_.loops.push_back(f);
    if (as<ForEach>(s) || as<While>(s)) path_.loops.push_back(nullptr);
    if (const auto* n = as<If>(s)) on_condition(*n->condition);
    if (const auto* w = as<While>(s)) on_condition(*w->condition);
    if (as<ForRange>(s) || as<ForEach>(s) || as<While>(s))
      for_each_statement(s, [&](const Statement& inner) {
        if (as<Break>(inner) || as<Continue>(inner)) path_.conditional = true;
      });
    for_each_statement_of(s, [&](const Statement& inner) { walk(inner); });
    path_ = before;
  }
  void on_condition(const Expression& condition) {
    path_.conditional = true;
    path_.decided_by.merge(flow_.of(condition));
  }

  /// Calls of functions that add to target or reject.
  void calls(const Expression& whole, const Statement& s) {
    for_each_expression(whole, [&](const Expression& e) {
      const auto* call = as<Call>(e);
      if (!call || call->resolution.kind != Resolution::Kind::user) return;
      const auto f = static_cast<std::size_t>(call->resolution.function);
      if (hides_[f]) formula(e.location, flow_.of(e), "a function that adds to target");
      if (rejects_[f]) support(s.location, flow_.of(e));
    });
  }

  /// The terms of a value; what is no term of the split is passed over.
  void summands(const Expression& e, bool subtracted, bool plain) {
    const auto part = parts_.find({e.location.begin, e.location.end});
    if (part != parts_.end()) return term(e, subtracted, plain, part->second);
    const auto* sign = as<Unary>(e);
    if (sign && e.type.is_scalar() && (sign->op == UnaryOp::minus || sign->op == UnaryOp::plus))
      return summands(*sign->operand, subtracted != (sign->op == UnaryOp::minus), plain);
    const auto* sum = as<Binary>(e);
    if (!sum || !e.type.is_scalar() || (sum->op != BinaryOp::add && sum->op != BinaryOp::subtract)) return;
    summands(*sum->left, subtracted, plain);
    summands(*sum->right, subtracted != (sum->op == BinaryOp::subtract), plain);
  }

  // ---- factors

  void tilde(const Statement& s, const Tilde& t) {
    const Parts parts = split_.parts_of(s);
    if (parts == part_likelihood) return;
    Density d{s.location, t.name, t.density.kind == Resolution::Kind::builtin, t.left.get(), {}, nullptr};
    for (const auto& a : t.arguments) d.arguments.push_back(a.get());
    if (t.truncated) d.truncated = &t;
    density(d, parts == part_prior);
  }

  void term(const Expression& e, bool subtracted, bool plain, Part part) {
    if (part == part_likelihood) return;
    const auto* call = as<Call>(e);
    const Ending ending = call ? ending_of(call->name) : Ending::none;
    const bool is_density = ending == Ending::lpdf || ending == Ending::lupdf;
    if (is_density && !subtracted && plain) {
      Density d{e.location,
                std::string(stem_of(call->name)),
                call->resolution.kind == Resolution::Kind::builtin,
                call->arguments[0].get(),
                {},
                nullptr};
      for (std::size_t i = 1; i < call->arguments.size(); ++i) d.arguments.push_back(call->arguments[i].get());
      return density(d, part == part_prior);
    }
    const std::string why = part == part_undecided ? "nobody can tell whether it is prior or likelihood"
                            : !plain               ? "part of a sum that is more than added to target"
                            : is_density           ? "a density with a sign or a factor"
                                                   : "a formula of parameters";
    PriorFactor* f = formula(e.location, flow_.of(e), why);
    if (!f || part != part_prior || !plain) return;
    f->bounded = !subtracted && (ending == Ending::lcdf || ending == Ending::lccdf);
    f->power = f->mentions.size() == 1 && is_log_power(e);
  }

  PriorFactor* formula(Location where, Mentions mentions, const std::string& why) {
    mentions.insert(path_.decided_by.begin(), path_.decided_by.end());
    if (mentions.empty()) return nullptr;
    PriorFactor& f = factors_.emplace_back();
    f.text = text_of(where);
    f.mentions = std::move(mentions);
    f.why = why;
    return &f;
  }
  /// Something that is rejected: a factor of 0 or 1.
  void support(Location where, const Mentions& mentions) {
    if (PriorFactor* f = formula(where, mentions, "may reject")) f->bounded = true;
  }
  void support_of(VariableId v) {
    const Variable& variable = program_.variables[static_cast<std::size_t>(v)];
    if (variable.role != Variable::Role::top_level) return;
    const DeclaredType* type = variable.declared;
    if (variable.block == ProgramBlock::parameters) {
      Mentions all = space_of(program_, v).bounds;
      if (all.empty()) return;
      all.insert(v);
      PriorFactor* f = formula(variable.location, all, "its bounds depend on other parameters");
      f->bounded = true;
      f->bounds = v;
    }
    if (variable.block == ProgramBlock::transformed_parameters && type->constraint != Constraint::none &&
        type->constraint != Constraint::affine)
      if (PriorFactor* f = formula(variable.location, flow_.of(v), "a constraint may reject")) f->bounded = true;
  }

  void density(const Density& d, bool is_prior) {
    Mentions arguments, scales, truncation;
    const Family* family = d.builtin ? family_of(d.stem) : nullptr;
    for (std::size_t i = 0; i < d.arguments.size(); ++i) {
      const Mentions m = flow_.of(*d.arguments[i]);
      arguments.insert(m.begin(), m.end());
      if (!family || static_cast<int>(i) != family->location) scales.insert(m.begin(), m.end());
    }
    if (d.truncated)
      for (const Expression* bound : {d.truncated->truncation_lower.get(), d.truncated->truncation_upper.get()})
        if (bound) arguments.merge(flow_.of(*bound));
    Mentions all = flow_.of(*d.outcome);
    all.insert(arguments.begin(), arguments.end());
    PriorFactor* f = formula(d.location, all, "");
    if (!f) return;
    f->bounded = is_prior && family && is_bounded(*family, d) && (d.truncated ? arguments : scales).empty();
    const Outcome o = outcomes_.of(*d.outcome, path_);
    if (!is_prior)
      f->why = "nobody can tell whether it is prior or likelihood";
    else if (!family)
      f->why = fmt::format("{} is not known as a density of its outcome", d.stem);
    else if (!o.why.empty())
      f->why = o.why;
    else if (arguments.contains(o.parameter))
      f->why = "its outcome stands on both sides";
    else if (is_repeated(*family, d))
      f->why = "a density of one outcome, many times";
    else
      own(*f, d, *family, o.parameter, arguments);
  }

  void own(PriorFactor& f, const Density& d, const Family& family, VariableId v, const Mentions& arguments) {
    const DeclaredType& type = *program_.variables[static_cast<std::size_t>(v)].declared;
    const ParameterSpace space = space_of(program_, v);
    const bool own_space = family.support == Family::Support::own_space;
    const bool plane = type.constraint == Constraint::sum_to_zero_vector;
    const bool line = type.constraint == Constraint::none || type.constraint == Constraint::affine ||
                      type.constraint == Constraint::bounds || type.constraint == Constraint::ordered ||
                      type.constraint == Constraint::positive_ordered;
    // on a hyperplane a density of independent elements has a finite integral, which goes with its scale
    const bool fits = own_space ? family.space == type.constraint : line || (plane && f.bounded && arguments.empty());
    if (!fits) {
      f.why = fmt::format("not a density over a {}", *to_string(type.constraint) ? to_string(type.constraint) : "line");
      return;
    }
    if (family.support == Family::Support::circle && !space.bounded) {
      f.why = "a density over a circle, for a parameter on a line";
      return;
    }
    f.own = v;
    f.exact = arguments.empty() || own_space || is_exact(d, family, type);
  }

  /// Whether a density over a part of the line keeps one integral whatever its arguments are.
  static bool is_exact(const Density& d, const Family& family, const DeclaredType& type) {
    if (family.support == Family::Support::circle) return false;
    if (type.constraint == Constraint::none || type.constraint == Constraint::affine) return true;
    if (type.constraint != Constraint::bounds || d.truncated) return false;
    const bool above_zero = type.lower && is_literal(*type.lower, 0) && !type.upper;
    switch (family.support) {
      case Family::Support::positive:
        return above_zero;
      case Family::Support::unit:
        return type.lower && is_literal(*type.lower, 0) && (!type.upper || is_literal(*type.upper, 1));
      case Family::Support::real:  // one half of it
        return family.location >= 0 && above_zero &&
               is_literal(*d.arguments[static_cast<std::size_t>(family.location)], 0);
      default:
        return false;
    }
  }

  static bool is_bounded(const Family& family, const Density& d) {
    const auto at_least_one = [&](std::size_t i) { return i < d.arguments.size() && is_at_least(*d.arguments[i], 1); };
    switch (family.bounded) {
      case Family::never:
        return false;
      case Family::always:
        return true;
      case Family::first_at_least_one:
        return at_least_one(0);
      case Family::two_at_least_one:
        break;
    }
    return at_least_one(0) && at_least_one(1);
  }
  /// One outcome, several parameters: a product of densities of the same number.
  static bool is_repeated(const Family& family, const Density& d) {
    const bool several = family.support == Family::Support::vectors || family.support == Family::Support::own_space;
    const Type& y = d.outcome->type;
    if (several ? y.array_rank > 0 : !y.is_scalar()) return false;
    return std::any_of(d.arguments.begin(), d.arguments.end(),
                       [&](const Expression* a) { return several ? a->type.array_rank > 0 : !a->type.is_scalar(); });
  }

  /// c · log(x), sum(log(x)) and the like, of one parameter x and a number c.
  bool is_log_power(const Expression& e) const {
    const auto is_parameter = [&](const Expression& x) {
      const auto* v = as<VariableRef>(x);
      return v && program_.variables[static_cast<std::size_t>(v->variable)].block == ProgramBlock::parameters;
    };
    if (const auto* call = as<Call>(e)) {
      if (call->arguments.size() != 1) return false;
      return call->name == "sum" ? is_log_power(*call->arguments[0])
                                 : call->name == "log" && is_parameter(*call->arguments[0]);
    }
    if (const auto* n = as<Unary>(e)) return n->op == UnaryOp::minus && is_log_power(*n->operand);
    const auto* b = as<Binary>(e);
    if (!b || (b->op != BinaryOp::multiply && b->op != BinaryOp::divide)) return false;
    if (flow_.of(*b->right).empty()) return is_log_power(*b->left);
    return b->op == BinaryOp::multiply && flow_.of(*b->left).empty() && is_log_power(*b->right);
  }

  std::string text_of(Location where) const {
    const Position p = program_.source.position(where.begin);
    return fmt::format("{}:{}:{}: {}", p.file.substr(p.file.find_last_of('/') + 1), p.line, p.column,
                       one_line(program_.source, where, 60));
  }

  const Program& program_;
  const Split& split_;
  ParameterFlow flow_;
  Outcomes outcomes_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Part> parts_;  // of terms, by where they stand
  std::vector<bool> hides_, rejects_;                              // by FunctionId
  std::set<VariableId> plain_;
  OutcomePath path_;
  std::vector<PriorFactor> factors_;
};

}  // namespace

std::vector<PriorFactor> prior_factors(const Program& program, const Split& split) {
  return FactorCollector(program, split).run();
}

}  // namespace thalweg::stan
