#include "thalweg/stan/emit/hoist.hpp"

#include <fmt/format.h>

#include <set>

#include "thalweg/stan/runtime/distribution_list.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

bool prepares_arguments(const std::string& name) {
#define THALWEG_NAME(name, Type, ending) #name,
  static const std::set<std::string> names{THALWEG_EACH_DISTRIBUTION(THALWEG_NAME)};
#undef THALWEG_NAME
  return names.contains(name);
}

namespace {

class Finder {
 public:
  Finder(const EmitContext& context, const Statement& loop, int& next) : context_(context), next_(next) {
    for_each_statement(loop, [&](const Statement& s) { note_changes(s); });
    for_each_statement(loop, [&](const Statement& s) {
      if (const auto* tilde = as<Tilde>(s))
        visit_tilde(*tilde);
      else if (&s != &loop)
        for_each_expression_of(s, [&](const Expression& e) { visit(e); });
    });
  }
  std::vector<HoistedValue> found;

 private:
  /// Variables that the loop declares or assigns.
  void note_changes(const Statement& s) {
    if (const auto* d = as<Declaration>(s))
      for (const auto& name : d->declarators) changing_.insert(name.variable);
    if (const auto* a = as<Assignment>(s)) changing_.insert(root_variable(*a->left).variable);
    if (const auto* f = as<ForRange>(s)) changing_.insert(f->variable);
    if (const auto* f = as<ForEach>(s)) changing_.insert(f->variable);
  }
  bool is_constant(const Expression& e) const {
    bool constant = true;
    for_each_expression(e, [&](const Expression& part) {
      if (const auto* v = as<VariableRef>(part)) constant = constant && !changing_.contains(v->variable);
      if (const auto* c = as<Call>(part))
        constant = constant && c->resolution.kind == Resolution::Kind::builtin && !c->name.ends_with("_rng");
      if (as<TargetValue>(part)) constant = false;
    });
    return constant;
  }
  static bool is_plain(const Expression& e) {
    return as<VariableRef>(e) || as<Indexed>(e) || as<IntLiteral>(e) || as<RealLiteral>(e);
  }

  void hoist(const Expression& e, const std::string& definition) {
    found.push_back({&e, fmt::format("hoisted_{}", ++next_), definition});
  }
  void visit_argument(const std::string& name, std::size_t j, const Expression& e) {
    const bool number = as<IntLiteral>(e) || as<RealLiteral>(e);
    const bool worth = context_.analysis.depends(e) || j >= 2;
    if (e.promoted_type.is_real() && is_constant(e) && worth && !(number && j < 2))
      hoist(e, fmt::format("{}_argument<{}>({})", name, j, emit_bare(context_, e)));
    else
      visit(e);
  }
  void visit_tilde(const Tilde& t) {
    const bool apart = t.density.kind == Resolution::Kind::builtin && prepares_arguments(t.name) && !t.truncated;
    visit(*t.left);
    for (std::size_t i = 0; i < t.arguments.size(); ++i)
      if (apart)
        visit_argument(t.name, i + 1, *t.arguments[i]);
      else
        visit(*t.arguments[i]);
    if (t.truncation_lower) visit(*t.truncation_lower);
    if (t.truncation_upper) visit(*t.truncation_upper);
  }
  void visit(const Expression& e) {
    if (const auto* call = as<Call>(e); call && call->resolution.kind == Resolution::Kind::builtin) {
      for (const char* ending : {"_lpdf", "_lpmf", "_lupdf", "_lupmf"}) {
        if (!call->name.ends_with(ending)) continue;
        const std::string name = call->name.substr(0, call->name.size() - std::string(ending).size());
        if (!prepares_arguments(name)) break;
        if (!call->arguments.empty()) visit(*call->arguments[0]);
        for (std::size_t i = 1; i < call->arguments.size(); ++i) visit_argument(name, i, *call->arguments[i]);
        return;
      }
    }
    if (e.type.is_real() && !is_plain(e) && context_.analysis.depends(e) && is_constant(e))
      return hoist(e, fmt::format("let({})", emit_bare(context_, e)));
    for_each_part(e, [&](const Expression& part) { visit(part); });
  }

  const EmitContext& context_;
  int& next_;
  std::set<VariableId> changing_;
};

}  // namespace

std::vector<HoistedValue> find_hoisted(const EmitContext& context, const Statement& loop, int& next_number) {
  return Finder(context, loop, next_number).found;
}

}  // namespace thalweg::stan
