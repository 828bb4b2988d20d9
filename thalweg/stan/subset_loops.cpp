#include "thalweg/stan/subset_loops.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/privacy.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

std::set<VariableId> declared_in(const Statement& body) {
  std::set<VariableId> inside;
  for_each_statement(body, [&](const Statement& s) {
    if (const auto* d = as<Declaration>(s))
      for (const Declarator& name : d->declarators) inside.insert(name.variable);
  });
  return inside;
}

/// Whether a `break` in it leaves the loop around it.
bool breaks(const Statement& s) {
  if (as<Break>(s)) return true;
  if (as<ForRange>(s) || as<ForEach>(s) || as<While>(s)) return false;
  bool found = false;
  for_each_statement_of(s, [&](const Statement& inner) { found = found || breaks(inner); });
  return found;
}

}  // namespace

void SubsetLoops::note_terms(const Statement& s, LoopVerdict& verdict) const {
  const auto note = [&](Parts parts) { (parts == part_likelihood ? verdict.has_terms : verdict.has_rest) = true; };
  if (as<Tilde>(s)) note(split_.parts_of(s));
  if (as<TargetIncrement>(s))
    for (const SplitPiece& piece : split_.pieces_of(s)) note(piece.parts);
}

LoopVerdict SubsetLoops::operator()(const Statement& s, const ForRange& loop, SubsetRows& found) const {
  LoopVerdict verdict;
  const auto refuse = [&](const std::string& reason) {
    if (verdict.why_not.empty()) verdict.why_not = reason;
  };
  found.size = sizes_.range(*loop.lower, *loop.upper);
  if (!found.size) {
    refuse("the range of its loop is no formula of integers of the data");
    return verdict;
  }
  found.choose_elements_at(loop);
  const std::set<VariableId> inside = declared_in(*loop.body);
  bool computes = false;
  for_each_statement(*loop.body, [&](const Statement& inner) {
    if (as<Return>(inner)) refuse("its loop returns");
    note_terms(inner, verdict);
    const auto* a = as<Assignment>(inner);
    if (!a) return;
    const VariableId root = root_variable(*a->left).variable;
    if (inside.contains(root) || is_private(program_, root, s)) return;
    const auto* place = as<Indexed>(*a->left);
    if (place && found.consumed.contains(place->base.get()))
      computes = true;
    else
      refuse(fmt::format("an iteration of its loop may know of another by {}", variable(root).name));
  });
  for_each_expression(*loop.body, [&](const Expression& e) {
    const auto* call = as<Call>(e);
    const Ending ending = call ? ending_of(call->name) : Ending::none;
    if (ending == Ending::lp || ending == Ending::jacobian)
      refuse(fmt::format("its loop calls {}, which may add to target", call->name));
  });
  if (breaks(*loop.body)) refuse("its loop may be left by break");
  if (!verdict.has_terms && !computes) refuse("its loop adds no likelihood term");
  if (verdict.has_rest && computes) refuse("its loop adds other terms than likelihood, and computes elements as well");
  return verdict;
}

std::set<VariableId> SubsetLoops::computed_whole(const ForRange& loop, const IndexSize& n,
                                                 const std::set<VariableId>& short_variables) const {
  const std::set<VariableId> inside = declared_in(*loop.body);
  std::set<VariableId> found;
  for_each_expression(*loop.body, [&](const Expression& e) {
    const auto* reference = as<VariableRef>(e);
    if (!reference || short_variables.contains(reference->variable) || inside.contains(reference->variable)) return;
    const Variable& v = variable(reference->variable);
    const bool computed = v.role == Variable::Role::local || v.block == ProgramBlock::transformed_parameters;
    const auto sizes = sizes_.dimensions(reference->variable);
    if (computed && std::find(sizes.begin(), sizes.end(), IndexSizes::Size(n)) != sizes.end())
      found.insert(reference->variable);
  });
  return found;
}

}  // namespace thalweg::stan
