#include "thalweg/stan/analysis.hpp"

#include <algorithm>
#include <set>

#include "thalweg/stan/dataflow.hpp"
#include "thalweg/stan/names.hpp"
#include "thalweg/stan/privacy.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

/// Puts the answers together from the instances of functions that the log density reaches.
class AnalysisBuilder {
 public:
  AnalysisBuilder(const Program& program, const std::vector<FlowRoot>& roots, Analysis& analysis)
      : program_(program), analysis_(analysis), flow_(program, roots), reached_(flow_.reached()) {}

  void run() {
    const auto variables = program_.variables.size();
    const auto statements = static_cast<std::size_t>(program_.statement_count);
    analysis_.variables_.resize(variables);
    analysis_.elements_.resize(variables);
    analysis_.expressions_.resize(static_cast<std::size_t>(program_.expression_count));
    analysis_.independent_.resize(statements);
    analysis_.adds_.resize(statements);
    merge_instances();
    for_each_body([&](const Statement& body) {
      for_each_statement(body, [&](const Statement& s) {
        note_elements(s);
        analysis_.adds_[static_cast<std::size_t>(s.id)] = finds_increment(s);
        if (is_loop(s)) analysis_.independent_[static_cast<std::size_t>(s.id)] = is_independent(s);
      });
    });
    for (const Instance* instance : reached_) find_reasons(*instance);
  }

 private:
  static bool is_loop(const Statement& s) {
    return as<ForRange>(s) != nullptr || as<ForEach>(s) != nullptr || as<While>(s) != nullptr;
  }

  void merge_instances() {
    const auto merge = [](std::vector<bool>& into, const std::vector<bool>& from) {
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i]) into[i] = true;
      }
    };
    for (const Instance* instance : reached_) {
      merge(analysis_.variables_, instance->variables);
      merge(analysis_.expressions_, instance->expressions);
      analysis_.reads_target_ = analysis_.reads_target_ || instance->reads_target;
    }
  }

  /// All statements of the program, functions included.
  template <class F>
  void for_each_body(F&& f) const {
    for (const FunctionDefinition& function : program_.functions) {
      if (function.body) f(*function.body);
    }
    for (const auto& block : program_.blocks) {
      if (!block) continue;
      for (const StatementPtr& statement : *block) f(*statement);
    }
  }

  void note_elements(const Statement& s) {
    const Assignment* assignment = as<Assignment>(s);
    if (assignment == nullptr || as<Indexed>(*assignment->left) == nullptr) return;
    analysis_.elements_[static_cast<std::size_t>(root_variable(*assignment->left).variable)] = true;
  }

  static bool finds_increment(const Statement& s) {
    bool found = false;
    for_each_statement(s, [&](const Statement& inner) {
      found = found || as<Tilde>(inner) != nullptr || as<TargetIncrement>(inner) != nullptr;
    });
    for_each_expression(s, [&](const Expression& e) {
      const Call* call = as<Call>(e);
      const Ending ending = call != nullptr ? ending_of(call->name) : Ending::none;
      found = found || ending == Ending::lp || ending == Ending::jacobian;
    });
    return found;
  }

  bool is_independent(const Statement& loop) const {
    if (analysis_.reads_target_) return false;
    std::set<VariableId> inside;
    bool independent = true;
    for_each_statement(loop, [&](const Statement& s) {  // a declaration comes before the assignments that it allows
      if (const Declaration* declaration = as<Declaration>(s)) {
        for (const Declarator& declarator : declaration->declarators) inside.insert(declarator.variable);
      }
      if (as<Return>(s) != nullptr) independent = false;
      const Assignment* assignment = as<Assignment>(s);
      if (assignment == nullptr) return;
      const VariableId root = root_variable(*assignment->left).variable;
      const bool outer = !inside.contains(root) && analysis_.depends(root);
      if (outer && !is_private(program_, root, loop)) independent = false;
    });
    return independent;
  }

  // ---- where particles part

  void find_reasons(const Instance& instance) {
    const auto in = [&](const Statement& body) {
      for_each_statement(body, [&](const Statement& s) { find_reasons(instance, s); });
    };
    if (instance.function != no_id) {
      in(*program_.functions[static_cast<std::size_t>(instance.function)].body);
      return;
    }
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model}) {
      for (const StatementPtr& statement : program_.statements(block)) in(*statement);
    }
  }

  void find_reasons(const Instance& instance, const Statement& s) {
    using Kind = LaneReason::Kind;
    if (const If* branch = as<If>(s)) {
      const bool rejects = !branch->else_branch && only_rejects(*branch->then_branch);
      return find_path(instance, s, *branch->condition, Kind::if_condition, rejects);
    }
    if (const While* loop = as<While>(s)) return find_path(instance, s, *loop->condition, Kind::while_condition, false);
    if (const ForRange* loop = as<ForRange>(s)) {
      find_path(instance, s, *loop->lower, Kind::loop_range, false);
      find_path(instance, s, *loop->upper, Kind::loop_range, false);
      return;
    }
    for_each_expression_of(s, [&](const Expression& e) { find_values(instance, e, false); });
  }

  void find_path(const Instance& instance, const Statement& s, const Expression& condition, LaneReason::Kind kind,
                 bool only_rejects) {
    if (instance.expressions[static_cast<std::size_t>(condition.id)]) {
      add({kind, {s.location.begin, condition.location.end}, only_rejects});
    }
    find_values(instance, condition, true);
  }

  static bool only_rejects(const Statement& s) {
    bool rejects = true;
    for_each_statement(s, [&](const Statement& inner) {
      const Message* message = as<Message>(inner);
      rejects = rejects &&
                (as<BlockStatement>(inner) != nullptr || (message != nullptr && message->kind != Message::Kind::print));
    });
    return rejects;
  }

  /// `covered`: a reason that takes this integer in was found already.
  void find_values(const Instance& instance, const Expression& e, bool covered) {
    using Kind = LaneReason::Kind;
    const auto depends = [&](const Expression& part) {
      return bool(instance.expressions[static_cast<std::size_t>(part.id)]);
    };
    if (const Conditional* n = as<Conditional>(e); n != nullptr && depends(*n->condition)) {
      add({Kind::conditional_operator, e.location, false});
    }
    if (const Indexed* n = as<Indexed>(e)) {
      for (const Index& index : n->indexes) {
        for (const Expression* bound : {index.lower.get(), index.upper.get()}) {
          if (bound != nullptr && depends(*bound)) add({Kind::index, e.location, false});
        }
      }
    }
    const bool integer = e.type.base == Base::integer && depends(e);
    if (integer && !covered) add({Kind::integer_value, e.location, false});
    for_each_part(e, [&](const Expression& part) { find_values(instance, part, covered || integer); });
  }

  void add(LaneReason reason) {
    const auto same = [&](const LaneReason& r) { return r.location.begin == reason.location.begin; };
    if (std::none_of(analysis_.reasons_.begin(), analysis_.reasons_.end(), same)) analysis_.reasons_.push_back(reason);
  }

  const Program& program_;
  Analysis& analysis_;
  Dataflow flow_;
  std::vector<const Instance*> reached_;
};

Analysis analyse(const Program& program, const std::vector<FlowRoot>& roots) {
  Analysis analysis;
  AnalysisBuilder(program, roots, analysis).run();
  return analysis;
}

}  // namespace thalweg::stan
