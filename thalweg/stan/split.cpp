#include "thalweg/stan/split.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/split_comments.hpp"
#include "thalweg/stan/split_terms.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

bool Split::is_decided() const {
  return std::none_of(terms_.begin(), terms_.end(), [](const SplitTerm& t) { return t.part == part_undecided; });
}

Parts Split::parts_of(const Statement& s) const {
  const auto found = parts_.find(s.id);
  return found == parts_.end() ? whole_density : found->second;
}

std::vector<SplitPiece> Split::pieces_of(const Statement& s) const {
  const auto found = pieces_.find(s.id);
  if (found != pieces_.end()) return found->second;
  return {{as<TargetIncrement>(s)->value.get(), false, whole_density}};
}

/// Collects the sums of all increments, follows accumulators, and puts the verdicts together.
class SplitBuilder {
 public:
  explicit SplitBuilder(const Program& program)
      : program_(program), flow_(program), comments_(read_split_comments(program)) {
    for (std::size_t i = 0; i < comments_.size(); ++i)
      for (const int s : comments_[i].statements) comment_at_[s] = i;
  }

  Split run() {
    for_each_increment([&](const FlowInstance& flow, const Statement& s) { collect(flow, s); });
    doubt_formulas();
    for_each_increment([&](const FlowInstance& flow, const Statement& s) { conclude(flow, s); });
    check_comments();
    for (auto& [key, term] : terms_) split_.terms_.push_back(std::move(term));
    const auto before = [](const SplitTerm& a, const SplitTerm& b) { return a.location.begin < b.location.begin; };
    std::stable_sort(split_.terms_.begin(), split_.terms_.end(), before);
    return std::move(split_);
  }

 private:
  using Kind = SplitLeaf::Kind;
  using Sum = std::vector<SplitLeaf>;
  /// A statement that gives an accumulator a value.
  struct Contribution {
    const Statement* statement;
    const Expression* value;
    bool subtracted = false, adds = false;  ///< adds: to what was there
  };
  struct Accumulator {
    std::vector<Contribution> contributions;
    bool is_sum = true;
    Parts parts = 0;
  };
  using SumKey = std::pair<const FlowInstance*, const Expression*>;

  /// Calls `f(instance, statement)` for all `~`, `target +=` and `jacobian +=` that the log density reaches.
  template <class F>
  void for_each_increment(F&& f) {
    for (const FlowInstance* flow : flow_.reached()) {
      for_each_statement_in(*flow, [&](const Statement& s) {
        if (as<Tilde>(s) != nullptr || as<TargetIncrement>(s) != nullptr) f(*flow, s);
      });
    }
  }
  template <class F>
  void for_each_statement_in(const FlowInstance& flow, F&& f) const {
    if (flow.function != no_id)
      return for_each_statement(*program_.functions[static_cast<std::size_t>(flow.function)].body, f);
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
      for (const StatementPtr& s : program_.statements(block)) for_each_statement(*s, f);
  }

  // ---- sums

  /// The settled terms of a value; the same object at each call.
  Sum& sum_of(const FlowInstance& flow, const Statement& s, const Expression& value) {
    const auto [at, made] = sums_.try_emplace(SumKey{&flow, &value});
    if (made) {
      at->second = SplitTerms(program_, flow).leaves(s, value);
      for (SplitLeaf& l : at->second)
        if (l.kind == Kind::accumulator) follow(flow, l);
      SplitTerms::settle(at->second);
    }
    return at->second;
  }

  void collect(const FlowInstance& flow, const Statement& s) {
    const TargetIncrement* increment = as<TargetIncrement>(s);
    if (increment != nullptr && !increment->jacobian) sum_of(flow, s, *increment->value);
  }

  /// What an accumulator's own sums say of it; a term like others when it is no plain sum.
  void follow(const FlowInstance& flow, SplitLeaf& leaf) {
    const auto [at, made] = accumulators_.try_emplace({&flow, leaf.accumulator});
    Accumulator& a = at->second;
    if (made) {
      a.is_sum = find_contributions(flow, leaf.accumulator, a);
      if (a.is_sum && !is_followed(leaf.accumulator)) {
        following_.push_back(leaf.accumulator);
        for (const Contribution& c : a.contributions)
          for (const SplitLeaf& l : sum_of(flow, *c.statement, *c.value))
            if (!is_self(l, leaf.accumulator) && !is_zero(l)) a.parts |= l.part;
        following_.pop_back();
      }
    }
    if (!a.is_sum || is_followed(leaf.accumulator)) {
      const bool self = !following_.empty() && following_.back() == leaf.accumulator;
      leaf.kind = self ? Kind::constant : Kind::decided;  // `v = v + …` says nothing about v
      return;
    }
    const bool one = a.parts == part_prior || a.parts == part_likelihood;
    leaf.part = one ? static_cast<Part>(a.parts) : part_undecided;
  }

  bool is_followed(VariableId v) const {
    return std::find(following_.begin(), following_.end(), v) != following_.end();
  }
  static bool is_self(const SplitLeaf& l, VariableId v) {
    const VariableRef* reference = l.term ? as<VariableRef>(*l.term) : nullptr;
    return reference != nullptr && reference->variable == v;
  }
  /// `0` and the like, where a sum starts.
  static bool is_zero(const SplitLeaf& l) {
    return l.kind == Kind::constant && l.term && (as<IntLiteral>(*l.term) || as<RealLiteral>(*l.term));
  }

  bool find_contributions(const FlowInstance& flow, VariableId v, Accumulator& a) const {
    const Variable& variable = program_.variables[static_cast<std::size_t>(v)];
    if (variable.role == Variable::Role::function_input || variable.role == Variable::Role::loop) return false;
    bool sum = true;
    for_each_statement_in(flow, [&](const Statement& s) {
      if (const Declaration* d = as<Declaration>(s))
        for (const Declarator& name : d->declarators)
          if (name.variable == v && name.value) a.contributions.push_back({&s, name.value.get()});
      const Assignment* n = as<Assignment>(s);
      if (n == nullptr || root_variable(*n->left).variable != v) return;
      const auto op = operator_of(n->op);
      if (op && *op != BinaryOp::add && *op != BinaryOp::subtract) sum = false;
      Contribution c{&s, n->right.get(), op == BinaryOp::subtract, op.has_value()};
      const int inside = mentions(*n->right, v);
      if (inside > 0) {  // v = v + …
        const auto own = SplitTerms(program_, flow).leaves(s, *n->right);
        const auto self = [&](const SplitLeaf& l) { return is_self(l, v) && !l.subtracted; };
        if (op || inside != 1 || std::none_of(own.begin(), own.end(), self)) sum = false;
        c.adds = true;
      }
      a.contributions.push_back(c);
    });
    return sum;
  }
  template <class Node>
  static int mentions(const Node& node, VariableId v) {
    int count = 0;
    for_each_expression(node, [&](const Expression& part) {
      const VariableRef* reference = as<VariableRef>(part);
      count += reference != nullptr && reference->variable == v;
    });
    return count;
  }

  /// Where a formula of data is a term of its own, formulas of parameters may be the rest of it.
  void doubt_formulas() {
    const auto any = [](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(),
                         [](const SplitLeaf& l) { return l.kind == Kind::data_formula; });
    };
    if (std::none_of(sums_.begin(), sums_.end(), any)) return;
    for (auto& [key, sum] : sums_)
      for (SplitLeaf& l : sum)
        if ((l.kind == Kind::formula || l.kind == Kind::penalty) && l.part == part_prior) {
          l.part = part_undecided;
          l.reason = "a formula of parameters, and other terms are formulas of data that it may belong to";
        }
    for (auto& [key, a] : accumulators_) {
      if (!a.is_sum) continue;
      a.parts = 0;
      for (const Contribution& c : a.contributions)
        for (const SplitLeaf& l : sums_.at({key.first, c.value}))
          if (!is_self(l, key.second) && !is_zero(l)) a.parts |= l.part;
    }
  }

  // ---- verdicts

  std::optional<Part> comment_for(const Statement& s) {
    const auto found = comment_at_.find(s.id);
    if (found == comment_at_.end()) return std::nullopt;
    used_.insert(found->second);
    return comments_[found->second].part;
  }

  /// Notes a term; where several calls of a function disagree it is undecided.
  Part note(const Statement& s, const SplitLeaf& leaf, Part part, const std::string& reason) {
    const Location where = leaf.term ? leaf.term->location : s.location;
    const auto [at, made] = terms_.try_emplace({s.id, leaf.term}, SplitTerm{where, part, reason, leaf.subtracted});
    SplitTerm& t = at->second;
    if (!made && t.part != part) {
      t.part = part_undecided;
      t.reason = "calls of this function disagree on what it is";
    }
    return t.part;
  }

  static constexpr const char* said = "a comment says so";

  void conclude(const FlowInstance& flow, const Statement& s) {
    if (as<Tilde>(s) != nullptr) {
      Sum sum{SplitTerms(program_, flow).tilde(s, *as<Tilde>(s))};
      if (sum[0].kind == Kind::constant) sum[0].part = part_prior;
      SplitTerms::settle(sum);
      const auto comment = comment_for(s);
      split_.parts_[s.id] = note(s, sum[0], comment.value_or(sum[0].part), comment ? said : sum[0].reason);
      return;
    }
    const TargetIncrement& increment = *as<TargetIncrement>(s);
    if (increment.jacobian) {
      note(s, {}, part_jacobian, "a Jacobian");
      split_.pieces_[s.id] = {{increment.value.get(), false, part_jacobian}};
      return;
    }
    const auto comment = comment_for(s);
    std::vector<SplitPiece> pieces;
    Parts all = 0;
    for (const SplitLeaf& l : sum_of(flow, s, *increment.value)) {
      Parts parts = l.part;
      if (l.kind == Kind::accumulator)
        parts = conclude_accumulator(flow, l.accumulator, comment);
      else
        parts = note(s, l, comment.value_or(l.part), comment ? said : l.reason);
      pieces.push_back({l.term, l.subtracted, parts});
      all |= parts;
    }
    const bool together = std::all_of(pieces.begin(), pieces.end(), [&](const auto& p) { return p.parts == all; });
    if (together) pieces = {{increment.value.get(), false, all}};
    split_.pieces_[s.id] = std::move(pieces);
  }

  /// The parts for which an accumulator is added to target.
  Parts conclude_accumulator(const FlowInstance& flow, VariableId v, std::optional<Part> comment) {
    const Accumulator& a = accumulators_.at({&flow, v});
    struct Verdict {
      const Contribution* from;
      const SplitLeaf* leaf;
      Part part;
      bool by_comment;
    };
    std::vector<Verdict> verdicts;
    Parts all = 0;
    for (const Contribution& c : a.contributions) {
      const auto own = comment ? comment : comment_for(*c.statement);
      for (const SplitLeaf& l : sum_of(flow, *c.statement, *c.value)) {
        if (is_self(l, v) || is_zero(l)) continue;
        Part part = own.value_or(l.part);
        if (l.kind == Kind::accumulator) {
          const Parts inner = conclude_accumulator(flow, l.accumulator, own);
          part = inner == part_prior || inner == part_likelihood ? static_cast<Part>(inner) : part_undecided;
        }
        verdicts.push_back({&c, &l, part, own.has_value()});
        all |= part;
      }
    }
    const bool one = (all & (all - 1)) == 0, apart = !one && !(all & part_undecided) && can_come_apart(flow, v, a);
    std::map<const Statement*, Parts> of_statement;
    for (const Verdict& d : verdicts) {
      const bool mixed = !one && !apart && !(all & part_undecided);
      if (d.leaf->kind != Kind::accumulator || mixed)
        note(*d.from->statement, *d.leaf, mixed ? part_undecided : d.part,
             mixed ? "prior and likelihood are summed in " + name_of(v) + ", which is not a plain sum that target gains"
             : d.by_comment ? said
                            : d.leaf->reason);
      of_statement[d.from->statement] |= d.part;
    }
    if (apart)
      for (const auto& [statement, parts] : of_statement) split_.parts_[statement->id] = parts;
    return one ? all : apart ? whole_density : part_undecided;
  }
  const std::string& name_of(VariableId v) const { return program_.variables[static_cast<std::size_t>(v)].name; }

  /// Whether leaving out statements of an accumulator leaves out just their terms: every statement that gives it terms
  /// adds terms of one part, and its value goes to target and nowhere else.
  bool can_come_apart(const FlowInstance& flow, VariableId v, const Accumulator& a) {
    const Variable& variable = program_.variables[static_cast<std::size_t>(v)];
    if (flow.function != no_id || variable.declared == nullptr || variable.declared->constraint != Constraint::none)
      return false;
    int expected = 0, found = 0;
    for (const Contribution& c : a.contributions) {
      Parts parts = 0;
      for (const SplitLeaf& l : sum_of(flow, *c.statement, *c.value)) {
        if (is_self(l, v) || is_zero(l)) continue;
        parts |= comment_for(*c.statement).value_or(l.part);
        if (l.kind == Kind::accumulator) return false;
      }
      if ((parts & (parts - 1)) != 0 || (parts != 0 && !c.adds)) return false;
      expected += (as<Assignment>(*c.statement) != nullptr) + mentions(*c.value, v);
    }
    for_each_statement_in(flow, [&](const Statement& s) {
      if (as<Message>(s) != nullptr) return;
      for_each_expression_of(s, [&](const Expression& e) { found += mentions(e, v); });
      const TargetIncrement* increment = as<TargetIncrement>(s);
      if (increment == nullptr) return;
      for (const SplitLeaf& l : sum_of(flow, s, *increment->value)) expected += l.accumulator == v;
    });
    return found == expected;
  }

  void check_comments() const {
    for (std::size_t i = 0; i < comments_.size(); ++i) {
      if (used_.contains(i)) continue;
      throw Error(render(program_.source, {Severity::error, comments_[i].location,
                                           "this comment decides nothing: put it at the end of a line of a statement "
                                           "that adds to target, or alone on the line before it"}));
    }
  }

  const Program& program_;
  SplitFlow flow_;
  std::vector<SplitComment> comments_;
  std::map<int, std::size_t> comment_at_;  // by Statement::id
  std::set<std::size_t> used_;
  std::map<SumKey, Sum> sums_;
  std::map<std::pair<const FlowInstance*, VariableId>, Accumulator> accumulators_;
  std::vector<VariableId> following_;
  std::map<std::pair<int, const Expression*>, SplitTerm> terms_;
  Split split_;
};

std::string one_line(const Source& source, Location where, std::size_t longest) {
  std::string out;
  for (std::uint32_t i = where.begin; i < where.end; ++i) {
    const char c = source.text()[i];
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank || (!out.empty() && out.back() != ' ')) out += blank ? ' ' : c;
  }
  if (out.size() <= longest) return out;
  out.resize(longest - 1);
  while ((static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();  // whole characters only
  if (static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
  return out + "…";
}

Split split(const Program& program) { return SplitBuilder(program).run(); }

}  // namespace thalweg::stan
