// C++ for what adds to target: increments, `~` and its truncation, regressions in their reduced form.
#include <fmt/format.h>

#include <utility>

#include "thalweg/stan/emit/statements.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

/// `if (target.wants_prior()) ` before what only some parts of the density need.
std::string StatementWriter::when(Parts parts) {
  switch (parts) {
    case part_prior:
      return "if (target.wants_prior()) ";
    case part_likelihood:
      return "if (target.wants_likelihood()) ";
    case part_jacobian:
      return "if (target.wants_jacobian()) ";
    case part_undecided:
      return "if (target.wants_undecided()) ";
    default:
      return "";
  }
}

void StatementWriter::defer_locations(const std::vector<StatementPtr>& all) {
  if (!context_.regressions) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto local = local_location(context_, all, i);
    if (!local) continue;
    bool reduces = false;
    if (const auto* tilde = as<Tilde>(*local->used_by))
      reduces = reduced_regression(context_, *tilde, 0, &*local).has_value();
    else
      for (const SplitPiece& piece : context_.split.pieces_of(*local->used_by))
        reduces = reduces || (!piece.subtracted && reduced_regression(context_, *piece.term, 0, &*local));
    if (reduces) deferred_.push_back(*local);
  }
}

const LocalLocation* StatementWriter::deferred_for(const Statement& s) const {
  for (const LocalLocation& local : deferred_)
    if (local.used_by == &s) return &local;
  return nullptr;
}

void StatementWriter::add_term(const std::string& condition, std::optional<ReducedRegression> reduced,
                               const std::string& term, const Statement& s) {
  const std::string plain = fmt::format("target += {};", term);
  if (!reduced) return line(condition + plain, s.location);
  open(condition + "{");
  open(fmt::format("if ({}.usable) {{", reduced->name));
  line(fmt::format("target += {};", reduced->term), s.location);
  --indent_;
  open("} else {");
  if (const LocalLocation* local = deferred_for(s))
    for (const Statement* made_by : local->made_by) statement(*made_by);
  line(plain);
  close();
  close();
  context_.regressions->push_back(std::move(*reduced));
}

void StatementWriter::add_to_target(const std::string& condition, bool subtracted, const std::string& scale,
                                    const std::string& term, Location source) {
  if (scale.empty())
    line(fmt::format("{}target {} {};", condition, subtracted ? "-=" : "+=", term), source);
  else
    line(fmt::format("{}target.add({}{}, {});", condition, subtracted ? "-" : "", scale, term), source);
}

bool StatementWriter::is_left_out(Parts parts) const {
  return pass_ == Pass::likelihood ? parts != part_likelihood : pass_ == Pass::rest && parts == part_likelihood;
}

void StatementWriter::increment(const Statement& s) {
  mark(s);
  if (context_.regressions) {
    for (const SplitPiece& piece : context_.split.pieces_of(s)) {
      const std::string term = emit_bare(context_, *piece.term);
      if (piece.subtracted) {
        line(fmt::format("{}target -= {};", when(piece.parts), term), s.location);
        continue;
      }
      add_term(when(piece.parts),
               reduced_regression(context_, *piece.term, context_.regressions->size() + 1, deferred_for(s)), term, s);
    }
    return;
  }
  const auto* summands = context_.subset ? context_.subset->summands_of(s) : nullptr;
  if (summands && pass_ == Pass::all) {
    for (const SubsetSummand& summand : *summands)
      add_to_target(when(summand.parts), summand.subtracted,
                    summand.index < 0 ? "" : rows_name(summand.index) + ".scale", emit_bare(context_, *summand.term),
                    s.location);
    return;
  }
  for (const SplitPiece& piece : context_.split.pieces_of(s))
    if (!is_left_out(piece.parts))
      add_to_target(when(piece.parts), piece.subtracted, loop_scale_, emit_bare(context_, *piece.term), s.location);
}

void StatementWriter::tilde(const Statement& s, const Tilde& t) {
  if (is_left_out(context_.split.parts_of(s))) return;
  mark(s);
  const std::string condition = when(context_.split.parts_of(s)), density = emit_density(context_, t);
  const int index = context_.subset ? context_.subset->index_of(s) : -1;
  const std::string scale = index < 0 ? loop_scale_ : rows_name(index) + ".scale";
  if (!t.truncated || condition.empty()) {
    if (context_.regressions)
      add_term(condition, reduced_regression(context_, t, context_.regressions->size() + 1, deferred_for(s)), density,
               s);
    else
      add_to_target(condition, false, scale, density, s.location);
    if (t.truncated) truncation(s, t, scale);
    return;
  }
  open(condition + "{");
  add_to_target("", false, scale, density, s.location);
  truncation(s, t, scale);
  close();
}

void StatementWriter::truncation(const Statement& s, const Tilde& t, const std::string& scale) {
  const std::string outcome = emit_bare(context_, *t.left);
  bool scalars = true;
  for (const auto& a : t.arguments) scalars = scalars && a->type.is_scalar();
  if (!scalars)
    context_.unsupported(
        s.location, "a truncation whose parameters are containers isn't compiled yet; write a loop over the elements");
  if (t.truncation_lower)
    line(fmt::format("truncate_below(target, {}, {});", outcome, emit_bare(context_, *t.truncation_lower)));
  if (t.truncation_upper)
    line(fmt::format("truncate_above(target, {}, {});", outcome, emit_bare(context_, *t.truncation_upper)));
  const auto tail = [&](const char* name, const std::string& bound) { return emit_tail(context_, t, name, bound); };
  // for integers the lower bound is part of the support
  std::string below;
  if (t.truncation_lower)
    below = t.is_mass ? emit(context_, *t.truncation_lower) + " - 1" : emit_bare(context_, *t.truncation_lower);
  std::string log_probability;
  if (t.truncation_upper) {
    log_probability = tail("lcdf", emit_bare(context_, *t.truncation_upper));
    if (t.truncation_lower) log_probability = fmt::format("log_diff_exp({}, {})", log_probability, tail("lcdf", below));
  } else if (t.truncation_lower) {
    log_probability = tail("lccdf", below);
  } else {
    return;
  }
  add_to_target("", true, scale, fmt::format("element_count({}) * {}", outcome, log_probability), s.location);
}

}  // namespace thalweg::stan
