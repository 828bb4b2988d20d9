#include "thalweg/stan/subset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "thalweg/stan/printer.hpp"
#include "thalweg/stan/subset_loops.hpp"
#include "thalweg/stan/subset_rows.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

SubsetVerdict SubsetPlan::verdict_at(Location term) const {
  const auto length = [](Location l) { return l.end - l.begin; };
  const auto holds = [](Location outer, Location inner) {
    return outer.begin <= inner.begin && inner.end <= outer.end;
  };
  const SubsetVerdict* best = nullptr;
  for (const SubsetVerdict& v : verdicts_)
    if (holds(v.location, term) && (!best || length(v.location) < length(best->location))) best = &v;
  for (const SubsetVerdict& v : verdicts_)  // a term may be several summands
    if (!best && holds(term, v.location)) best = &v;
  return best ? *best : SubsetVerdict{term, -1, "it is not added to target at once, by a statement of the model block"};
}

/// Supposes that all candidates are short, and drops those that some statement needs whole, until none is left to drop.
class SubsetBuilder {
 public:
  SubsetBuilder(const Program& program, const Analysis& analysis, const Split& split)
      : program_(program), analysis_(analysis), split_(split), sizes_(program) {}

  SubsetPlan run() {
    if (analysis_.reads_target()) {
      plan_.verdicts_.push_back({{0, ~std::uint32_t{0}}, -1, "the program reads target()"});
      return std::move(plan_);
    }
    for (std::size_t v = 0; v < program_.variables.size(); ++v)
      if (is_candidate(program_.variables[v], static_cast<VariableId>(v))) short_.insert(static_cast<VariableId>(v));
    for (;;) {
      plan_ = {};
      consumed_.clear();
      broken_.clear();
      whole_.clear();
      with_terms_.clear();
      for (const ProgramBlock block : blocks)
        for (const StatementPtr& s : program_.statements(block)) walk(*s, "");
      find_broken();
      if (broken_.empty()) break;
      for (const VariableId v : broken_) short_.erase(v);
    }
    note_accumulators();
    return std::move(plan_);
  }

 private:
  static constexpr ProgramBlock blocks[] = {ProgramBlock::transformed_parameters, ProgramBlock::model};

  const Variable& variable(VariableId v) const { return program_.variables[static_cast<std::size_t>(v)]; }

  bool is_candidate(const Variable& v, VariableId id) const {
    const bool here = v.function == no_id &&
                      ((v.role == Variable::Role::top_level && v.block == ProgramBlock::transformed_parameters) ||
                       (v.role == Variable::Role::local &&
                        (v.block == ProgramBlock::transformed_parameters || v.block == ProgramBlock::model)));
    if (!here || !v.declared || v.type.index_rank() == 0 || !sizes_.dimensions(id)[0]) return false;
    const auto scalar = [](const ExpressionPtr& e) { return !e || e->type.is_scalar(); };
    return v.declared->constraint == Constraint::none ||
           (v.declared->constraint == Constraint::bounds && scalar(v.declared->lower) && scalar(v.declared->upper));
  }

  /// Short variables that are read elsewhere than where chosen elements are wanted, or with an index without terms.
  void find_broken() {
    for (const ProgramBlock block : blocks)
      for (const StatementPtr& s : program_.statements(block))
        for_each_expression(*s, [&](const Expression& e) {
          const auto* v = as<VariableRef>(e);
          if (v && short_.contains(v->variable) && !consumed_.contains(&e)) broken_.insert(v->variable);
        });
    for (const VariableId v : short_)
      if (const auto at = find_index(*sizes_.dimensions(v)[0]); at >= 0 && !with_terms_.contains(at)) broken_.insert(v);
  }

  int find_index(const IndexSize& n) const {
    const auto at = std::find(plan_.sizes_.begin(), plan_.sizes_.end(), n);
    return at == plan_.sizes_.end() ? -1 : static_cast<int>(at - plan_.sizes_.begin());
  }
  int index_of(const IndexSize& n) {
    if (const int at = find_index(n); at >= 0) return at;
    plan_.sizes_.push_back(n);
    return static_cast<int>(plan_.sizes_.size()) - 1;
  }

  /// Makes what was found part of the plan.
  int accept(const SubsetRows& rows) {
    const int index = index_of(*rows.size);
    for (const auto& [e, kind] : rows.forms) plan_.forms_[e] = {kind, index};
    consumed_.insert(rows.consumed.begin(), rows.consumed.end());
    for (const VariableId v : rows.whole_variables) whole_[v] = index;
    return index;
  }
  SubsetRows rows() const { return SubsetRows(program_, analysis_, sizes_, short_); }
  static std::string range_words(const IndexSize& n, const std::string& name) {
    return fmt::format("{} in 1:{}{}{}", name, n.parts().size() + (n.offset() != 0) > 1 ? "(" : "", n.text(),
                       n.parts().size() + (n.offset() != 0) > 1 ? ")" : "");
  }
  void say_yes(Location where, const SubsetRows& found, int index) {
    std::string words = range_words(*found.size, "n");
    for (const std::string& w : found.whole) words += fmt::format("; {} is computed whole", w);
    plan_.verdicts_.push_back({where, index, words});
    with_terms_.insert(index);
  }
  void say_no(Location where, const std::string& why) { plan_.verdicts_.push_back({where, -1, why}); }

  // ---- statements; `why` says why the loop around them runs whole

  void walk(const Statement& s, const std::string& why) {
    std::visit(
        overloaded{[&](const Declaration& n) { declaration(s, n); }, [&](const Assignment& n) { assignment(s, n); },
                   [&](const Tilde& n) { tilde(s, n, why); }, [&](const TargetIncrement& n) { increment(s, n, why); },
                   [&](const ForRange& n) { for_range(s, n, why); },
                   [&](const ForEach&) { walk_inside(s, "it stands in a loop over the elements of a container"); },
                   [&](const While&) { walk_inside(s, "it stands in a while loop"); },
                   [&](const auto&) { walk_inside(s, why); }},
        s.node);
  }
  void walk_inside(const Statement& s, const std::string& why) {
    for_each_statement_of(s, [&](const Statement& inner) { walk(inner, why); });
  }

  void declaration(const Statement& s, const Declaration& d) {
    const auto is_short = [&](const Declarator& name) { return short_.contains(name.variable); };
    const bool all = std::all_of(d.declarators.begin(), d.declarators.end(), is_short);
    for (const Declarator& name : d.declarators) {
      if (!is_short(name)) continue;
      SubsetRows found = rows();
      found.size = *sizes_.dimensions(name.variable)[0];
      const DeclaredType& type = d.type;
      found.forms[type.array_sizes.empty() ? type.sizes[0].get() : type.array_sizes[0].get()] = SubsetForm::Kind::count;
      if (all && (!name.value || found.choose(*name.value)))
        plan_.verdicts_.push_back({s.location, accept(found), range_words(*found.size, "n")});
      else
        broken_.insert(name.variable);
    }
  }

  void assignment(const Statement& s, const Assignment& a) {
    const Expression& whole = SubsetRows::without_columns(*a.left);
    const auto* left = as<VariableRef>(whole);
    if (!left || !short_.contains(left->variable)) return;
    SubsetRows found = rows();
    found.size = *sizes_.dimensions(left->variable)[0];
    found.consumed.insert(&whole);
    const bool scalar = a.right->type.is_scalar(), scales = a.op == AssignOp::multiply || a.op == AssignOp::divide;
    if (scalar ? a.op != AssignOp::assign : !scales && found.choose(*a.right))
      plan_.verdicts_.push_back({s.location, accept(found), range_words(*found.size, "n")});
    else
      broken_.insert(left->variable);
  }

  void tilde(const Statement& s, const Tilde& t, const std::string& why) {
    if (split_.parts_of(s) != part_likelihood) return;
    std::vector<const Expression*> arguments{t.left.get()};
    for (const auto& a : t.arguments) arguments.push_back(a.get());
    SubsetRows found = rows();
    const auto scalar = [](const ExpressionPtr& e) { return !e || e->type.is_scalar(); };
    if (t.truncated && !(scalar(t.truncation_lower) && scalar(t.truncation_upper)))
      return say_no(s.location, "its truncation bounds are containers");
    if (t.density.kind == Resolution::Kind::user)
      return say_no(s.location, fmt::format("nobody knows whether {}, a function of the program, is a sum", t.name));
    if (!found.choose_density(t.name, arguments))
      return say_no(s.location, found.is_single && !why.empty() ? why : found.reason);
    const int index = accept(found);
    plan_.tildes_[s.id] = index;
    say_yes(s.location, found, index);
  }

  void increment(const Statement& s, const TargetIncrement& n, const std::string& why) {
    if (n.jacobian) return;
    std::vector<SubsetSummand> all;
    for (const SplitPiece& piece : split_.pieces_of(s)) summands(*piece.term, piece.subtracted, piece.parts, all);
    bool any = false;
    for (SubsetSummand& summand : all) {
      if (summand.parts != part_likelihood) continue;
      SubsetRows found = rows();
      if (found.choose_sum(*summand.term)) {
        summand.index = accept(found);
        say_yes(summand.term->location, found, summand.index);
        any = true;
      } else {
        say_no(summand.term->location, found.is_single && !why.empty() ? why : found.reason);
      }
    }
    if (any) plan_.summands_[s.id] = std::move(all);
  }
  static void summands(const Expression& e, bool subtracted, Parts parts, std::vector<SubsetSummand>& out) {
    const auto* b = as<Binary>(e);
    const bool scalar = e.type.is_scalar();
    if (scalar && b && (b->op == BinaryOp::add || b->op == BinaryOp::subtract)) {
      summands(*b->left, subtracted, parts, out);
      return summands(*b->right, subtracted != (b->op == BinaryOp::subtract), parts, out);
    }
    if (const auto* u = as<Unary>(e); scalar && u && (u->op == UnaryOp::minus || u->op == UnaryOp::plus))
      return summands(*u->operand, subtracted != (u->op == UnaryOp::minus), parts, out);
    out.push_back({&e, subtracted, parts, -1});
  }

  // ---- loops

  void for_range(const Statement& s, const ForRange& loop, const std::string& outer_why) {
    SubsetRows found = rows();
    const SubsetLoops judge(program_, split_, sizes_);
    const LoopVerdict verdict = judge(s, loop, found);
    if (!verdict.why_not.empty()) {
      say_no(s.location, verdict.why_not);
      return walk_inside(s, outer_why.empty() ? verdict.why_not : outer_why);
    }
    const int index = accept(found);
    plan_.loops_[s.id] = {index, verdict.has_rest};
    for_each_statement(*loop.body, [&](const Statement& inner) {
      const auto* a = as<Assignment>(inner);
      if (a && split_.parts_of(inner) == part_likelihood)
        say_no(inner.location,
               fmt::format("{} sums it with what is no likelihood", variable(root_variable(*a->left).variable).name));
    });
    const bool from_one = found.starts_at_one(loop);
    std::string words = from_one ? range_words(*found.size, loop.name)
                                 : fmt::format("{} in {}:{}", loop.name, print(*loop.lower), print(*loop.upper));
    for (const VariableId v : judge.computed_whole(loop, *found.size, short_))
      words += fmt::format("; {} is computed whole", variable(v).name);
    plan_.verdicts_.push_back({s.location, index, words});
    if (verdict.has_terms) with_terms_.insert(index);
  }

  /// Terms that a container sums which is picked from.
  void note_accumulators() {
    for (const ProgramBlock block : blocks)
      for (const StatementPtr& top : program_.statements(block))
        for_each_statement(*top, [&](const Statement& s) {
          const auto* a = as<Assignment>(s);
          if (!a) return;
          const auto at = whole_.find(root_variable(*a->left).variable);
          if (at == whole_.end()) return;
          const IndexSize& n = plan_.sizes_[static_cast<std::size_t>(at->second)];
          plan_.verdicts_.push_back(
              {s.location, at->second,
               fmt::format("{}; {} is computed whole", range_words(n, "n"), variable(at->first).name)});
        });
  }

  const Program& program_;
  const Analysis& analysis_;
  const Split& split_;
  IndexSizes sizes_;
  SubsetPlan plan_;
  std::set<VariableId> short_, broken_;
  std::set<const Expression*> consumed_;  ///< references to short variables where chosen elements are wanted
  std::map<VariableId, int> whole_;       ///< variables that are computed whole and picked from
  std::set<int> with_terms_;              ///< indexes of likelihood terms
};

SubsetPlan plan_subsets(const Program& program, const Analysis& analysis, const Split& split) {
  return SubsetBuilder(program, analysis, split).run();
}

}  // namespace thalweg::stan
