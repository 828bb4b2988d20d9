#include "thalweg/stan/privacy.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "thalweg/stan/printer.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

namespace {

/// What an iteration has surely written so far: all, or places by their printed indexes (`n, k`).
struct Written {
  bool whole = false;
  std::set<std::string> places;

  bool covers(const std::string& place) const {
    if (whole || places.contains(place)) return true;
    for (std::size_t at = place.find(", "); at != std::string::npos; at = place.find(", ", at + 1)) {
      if (places.contains(place.substr(0, at))) return true;
    }
    return false;
  }
  /// What both of two paths have written.
  static Written common(const Written& a, const Written& b) {
    if (a.whole) return b;
    if (b.whole) return a;
    Written both;
    std::set_intersection(a.places.begin(), a.places.end(), b.places.begin(), b.places.end(),
                          std::inserter(both.places, both.places.end()));
    return both;
  }
};

class Scratch {
 public:
  Scratch(const Program& program, VariableId variable) : program_(program), variable_(variable) {}

  bool holds_in(const Statement& body) {
    walk(body);
    return sound_;
  }

 private:
  bool refers(const Expression& e) const {
    const VariableRef* reference = as<VariableRef>(e);
    return reference != nullptr && reference->variable == variable_;
  }

  /// Indexes that mean the same place as long as an iteration runs: single, of loop variables and data.
  bool is_steady(const Expression& e) const {
    bool steady = true;
    for_each_expression(e, [&](const Expression& part) {
      const VariableRef* reference = as<VariableRef>(part);
      if (reference == nullptr) return;
      const Variable& v = program_.variables[static_cast<std::size_t>(reference->variable)];
      steady = steady && (v.role == Variable::Role::loop || v.block == ProgramBlock::data ||
                          v.block == ProgramBlock::transformed_data);
    });
    return steady;
  }

  /// The indexes of one pair of brackets up to the first that is no steady single index, printed.
  std::string place_of(const std::vector<Index>& indexes) const {
    std::string place;
    for (const Index& index : indexes) {
      if (index.kind != Index::Kind::single || !is_steady(*index.lower)) break;
      place += (place.empty() ? "" : ", ") + print(*index.lower);
    }
    return place;
  }

  void read(const Expression& e) {
    const Indexed* indexed = as<Indexed>(e);
    if (indexed != nullptr && refers(*indexed->base)) {
      sound_ = sound_ && written_.covers(place_of(indexed->indexes));
      for (const Index& index : indexed->indexes) read_bounds(index);
      return;
    }
    if (refers(e)) sound_ = sound_ && written_.whole;
    for_each_part(e, [&](const Expression& part) { read(part); });
  }

  void read_bounds(const Index& index) {
    if (index.lower) read(*index.lower);
    if (index.upper) read(*index.upper);
  }

  void write(const Assignment& assignment) {
    read(*assignment.right);
    if (root_variable(*assignment.left).variable != variable_ || assignment.op != AssignOp::assign) {
      read(*assignment.left);  // a compound assignment reads what it writes to
      if (root_variable(*assignment.left).variable != variable_) return;
    }
    const Indexed* indexed = as<Indexed>(*assignment.left);
    if (indexed == nullptr) {
      written_.whole = true;
      return;
    }
    for (const Index& index : indexed->indexes) read_bounds(index);
    if (!refers(*indexed->base)) {  // x[i][j] = …
      sound_ = sound_ && as<Indexed>(*indexed->base) != nullptr;
      return;
    }
    const bool all_single = std::all_of(indexed->indexes.begin(), indexed->indexes.end(), [&](const Index& index) {
      return index.kind == Index::Kind::single && is_steady(*index.lower);
    });
    if (all_single) written_.places.insert(place_of(indexed->indexes));
  }

  /// Whether a loop runs over the whole first dimension of the variable and never skips an iteration.
  bool covers_all(const ForRange& loop) const {
    const Variable& v = program_.variables[static_cast<std::size_t>(variable_)];
    const IntLiteral* first = as<IntLiteral>(*loop.lower);
    if (first == nullptr || first->value != 1 || v.declared == nullptr) return false;
    const auto& sizes = v.declared->array_sizes.empty() ? v.declared->sizes : v.declared->array_sizes;
    if (sizes.empty() || v.type.base == Base::matrix) return false;
    bool leaves = false;
    for_each_statement(*loop.body, [&](const Statement& s) {
      leaves = leaves || as<Break>(s) != nullptr || as<Continue>(s) != nullptr;
    });
    return !leaves && is_steady(*sizes[0]) && print(*sizes[0]) == print(*loop.upper);
  }

  void walk_range(const ForRange& loop) {
    read(*loop.lower);
    read(*loop.upper);
    Written before = written_;
    walk(*loop.body);
    if (covers_all(loop) && written_.places.contains(loop.name)) before.whole = true;
    written_ = std::move(before);
  }

  void walk(const Statement& s) {
    if (const Assignment* assignment = as<Assignment>(s)) return write(*assignment);
    if (const ForRange* loop = as<ForRange>(s)) return walk_range(*loop);
    for_each_expression_of(s, [&](const Expression& e) { read(e); });
    if (const If* branch = as<If>(s)) {
      const Written before = written_;
      walk(*branch->then_branch);
      Written then = std::exchange(written_, before);
      if (branch->else_branch) walk(*branch->else_branch);
      written_ = Written::common(then, written_);
      return;
    }
    const bool loops = as<ForEach>(s) != nullptr || as<While>(s) != nullptr;
    const Written before = written_;
    for_each_statement_of(s, [&](const Statement& inner) { walk(inner); });
    if (loops) written_ = before;
  }

  const Program& program_;
  VariableId variable_;
  Written written_;
  bool sound_ = true;
};

/// How often statements (and those in them) read a variable, what is assigned to aside.
int count_reads(const Statement& statement, VariableId variable) {
  int reads = 0;
  for_each_expression(statement, [&](const Expression& e) {
    const VariableRef* reference = as<VariableRef>(e);
    reads += reference != nullptr && reference->variable == variable;
  });
  for_each_statement(statement, [&](const Statement& s) {
    const Assignment* assignment = as<Assignment>(s);
    const bool plain = assignment != nullptr && assignment->op == AssignOp::assign;
    reads -= plain && root_variable(*assignment->left).variable == variable;
  });
  return reads;
}

}  // namespace

bool is_private(const Program& program, VariableId variable, const Statement& loop) {
  const Variable& v = program.variables[static_cast<std::size_t>(variable)];
  if (v.role != Variable::Role::local || v.function != no_id) return false;
  int reads = 0;
  for (const StatementPtr& statement : program.statements(v.block)) reads += count_reads(*statement, variable);
  if (reads != count_reads(loop, variable)) return false;
  Scratch scratch(program, variable);
  const ForRange* range = as<ForRange>(loop);
  const ForEach* each = as<ForEach>(loop);
  if (range == nullptr && each == nullptr) return false;
  return scratch.holds_in(range != nullptr ? *range->body : *each->body);
}

}  // namespace thalweg::stan
