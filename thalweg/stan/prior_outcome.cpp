#include "thalweg/stan/prior_outcome.hpp"

#include <algorithm>

namespace thalweg::stan {
namespace {

/// What only changes the shape.
const Expression& without_shape(const Expression& e) {
  if (const auto* call = as<Call>(e); call && call->arguments.size() == 1)
    if (call->name == "to_vector" || call->name == "to_row_vector" || call->name == "to_array_1d")
      return without_shape(*call->arguments[0]);
  if (const auto* n = as<Unary>(e); n && n->op == UnaryOp::transpose) return without_shape(*n->operand);
  return e;
}

}  // namespace

bool Outcomes::is_loop_over(const Expression& e, const IndexSizes::Size& size, const OutcomePath& path,
                            std::set<const ForRange*>& used) const {
  const auto* v = as<VariableRef>(e);
  for (const ForRange* loop : path.loops) {
    if (!v || !loop || loop->variable != v->variable || !size) continue;
    const auto lower = sizes_.value(*loop->lower), upper = sizes_.value(*loop->upper);
    return lower && upper && lower->constant() == 1 && *upper == *size && used.insert(loop).second;
  }
  return false;
}

bool Outcomes::covers(const Index& index, const IndexSizes::Size& size, const OutcomePath& path,
                      std::set<const ForRange*>& used) const {
  const auto is_first = [&](const Expression& e) {
    const auto value = sizes_.value(e);
    return value && value->constant() == 1;
  };
  const auto is_last = [&](const Expression& e) {
    const auto value = sizes_.value(e);
    return value && size && *value == *size;
  };
  switch (index.kind) {
    case Index::Kind::all:
      return true;
    case Index::Kind::single:
      return is_loop_over(*index.lower, size, path, used) || (is_first(*index.lower) && size && size->constant() == 1);
    case Index::Kind::from:
      return is_first(*index.lower);
    case Index::Kind::to:
      return is_last(*index.upper);
    case Index::Kind::range:
      return is_first(*index.lower) && is_last(*index.upper);
    case Index::Kind::multi:
      break;
  }
  return false;
}

Outcome Outcomes::of(const Expression& outcome, const OutcomePath& path) const {
  std::vector<const Expression*> levels;  // of indexes, the outermost first
  const Expression* e = &without_shape(outcome);
  for (; as<Indexed>(*e); e = as<Indexed>(*e)->base.get()) levels.push_back(e);
  std::set<const ForRange*> used;
  bool whole = true;
  if (const auto* call = as<Call>(*e); call && levels.empty() && (call->name == "row" || call->name == "col")) {
    const auto size = sizes_.dimensions(*call->arguments[0]);
    whole = size.size() == 2 && is_loop_over(*call->arguments[1], size[call->name == "col"], path, used);
    e = call->arguments[0].get();
  }
  const auto* v = as<VariableRef>(*e);
  if (!v || program_.variables[static_cast<std::size_t>(v->variable)].block != ProgramBlock::parameters)
    return {no_id, "its outcome is not a parameter but made of some"};
  const auto size = sizes_.dimensions(v->variable);
  std::size_t k = 0;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    const auto& indexes = as<Indexed>(**level)->indexes;
    // x[1:2][k] counts dimensions anew
    const bool last = level + 1 == levels.rend();
    for (const Index& index : indexes) {
      whole = whole && k < size.size() && covers(index, size[k], path, used);
      whole = whole && (last || index.kind == Index::Kind::single);
      ++k;
    }
  }
  if (!whole) return {v->variable, "its outcome is a part of the parameter"};
  if (used.size() != path.loops.size()) return {v->variable, "it stands in a loop over something else"};
  if (path.conditional) return {v->variable, "it stands on a condition"};
  return {v->variable, ""};
}

}  // namespace thalweg::stan
