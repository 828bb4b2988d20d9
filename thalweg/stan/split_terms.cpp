#include "thalweg/stan/split_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "thalweg/stan/names.hpp"
#include "thalweg/stan/split.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

bool is_sum(const Expression& e) {
  const Binary* n = as<Binary>(e);
  return n != nullptr && (n->op == BinaryOp::add || n->op == BinaryOp::subtract) && e.type.is_scalar();
}

/// The stems of the densities in an expression, when they all are tails; else nothing.
std::string stem_of_tails(const Expression& e) {
  std::string stem;
  bool all = true;
  for_each_expression(e, [&](const Expression& part) {
    const Call* call = as<Call>(part);
    if (call == nullptr || !is_density(*call)) return;
    all = all && is_tail(*call);
    stem = stem_of(call->name);
  });
  return all ? stem : "";
}

}  // namespace

std::string SplitTerms::text(const Expression& e) const { return one_line(program_.source, e.location, 40); }

std::vector<SplitLeaf> SplitTerms::leaves(const Statement& s, const Expression& value) const {
  std::vector<SplitLeaf> out;
  split(s, value, false, out);
  return out;
}

void SplitTerms::split(const Statement& s, const Expression& e, bool subtracted, std::vector<SplitLeaf>& out) const {
  if (is_sum(e)) {
    const Binary& n = *as<Binary>(e);
    split(s, *n.left, subtracted, out);
    return split(s, *n.right, subtracted != (n.op == BinaryOp::subtract), out);
  }
  const Unary* sign = as<Unary>(e);
  if (sign != nullptr && e.type.is_scalar() && (sign->op == UnaryOp::minus || sign->op == UnaryOp::plus))
    return split(s, *sign->operand, subtracted != (sign->op == UnaryOp::minus), out);
  out.push_back(leaf(s, e, subtracted));
}

const Expression& SplitTerms::core(const Expression& e, bool& subtracted) const {
  const auto constant = [&](const Expression& part) {
    return (flow_.of(part) & (made::parameters | made::densities)) == 0;
  };
  if (const Unary* n = as<Unary>(e); n && (n->op == UnaryOp::minus || n->op == UnaryOp::plus)) {
    if (n->op == UnaryOp::minus) subtracted = !subtracted;
    return core(*n->operand, subtracted);
  }
  const Binary* n = as<Binary>(e);
  if (n == nullptr) return e;
  const bool product = n->op == BinaryOp::multiply || n->op == BinaryOp::elementwise_multiply;
  const bool quotient = n->op == BinaryOp::divide || n->op == BinaryOp::elementwise_divide;
  const auto negative = [](const Expression& part) {
    const Unary* u = as<Unary>(part);
    return u != nullptr && u->op == UnaryOp::minus;
  };
  if ((product || quotient) && constant(*n->right) && !constant(*n->left)) {
    if (negative(*n->right)) subtracted = !subtracted;
    return core(*n->left, subtracted);
  }
  if (product && constant(*n->left) && !constant(*n->right)) {
    if (negative(*n->left)) subtracted = !subtracted;
    return core(*n->right, subtracted);
  }
  return e;
}

SplitLeaf SplitTerms::tilde(const Statement& s, const Tilde& t) const {
  SplitLeaf leaf;
  leaf.stem = t.name;
  const Made made = flow_.of_tilde(s);
  if (made & made::densities) {
    class_density(leaf, made, *t.left);
  } else {
    leaf.kind = SplitLeaf::Kind::constant;
  }
  return leaf;
}

SplitLeaf SplitTerms::leaf(const Statement& s, const Expression& term, bool subtracted) const {
  SplitLeaf leaf;
  leaf.term = &term;
  leaf.subtracted = subtracted;
  bool negative = subtracted;
  const Expression& e = core(term, negative);
  const Made made = flow_.of(e);
  const Call* call = as<Call>(e);
  if (!(made & (made::parameters | made::densities))) {
    leaf.kind = SplitLeaf::Kind::constant;
    leaf.part = made & made::data ? part_likelihood : part_prior;
  } else if (call != nullptr && is_density(*call)) {
    leaf.stem = stem_of(call->name);
    class_density(leaf, made, *call->arguments[0]);
    if (is_tail(*call) && negative) leaf.kind = SplitLeaf::Kind::tail;
  } else if (const VariableRef* v = as<VariableRef>(e); v && e.type.is_real() && (made & made::densities)) {
    leaf.kind = SplitLeaf::Kind::accumulator;
    leaf.accumulator = v->variable;
    class_whole(leaf, made, e);  // when it turns out to be no plain sum
  } else if (made & made::densities) {
    class_whole(leaf, made, e);
    if (negative) leaf.stem = stem_of_tails(e);
    if (!leaf.stem.empty()) leaf.kind = SplitLeaf::Kind::tail;
  } else {
    class_formula(leaf, s, made, e);
  }
  return leaf;
}

void SplitTerms::class_density(SplitLeaf& leaf, Made made, const Expression& outcome) const {
  const std::string name = text(outcome);
  if (made & made::contradiction) {
    leaf.reason = fmt::format("{} sums densities of data and of parameters", leaf.stem);
  } else if (made & made::mixed_density) {
    leaf.reason = fmt::format("the outcome {} joins data and parameters", name);
  } else if (made & made::prior_density) {
    leaf.part = part_prior;
    leaf.reason = fmt::format("the outcome {} is made of parameters", name);
  } else if (made & made::data_density) {
    leaf.part = part_likelihood;
    const bool data = flow_.of(outcome) & (made::data | made::size);
    leaf.reason = data ? fmt::format("the outcome {} is data", name)
                       : fmt::format("the outcome {} is a constant on a path that data decide", name);
  } else {
    leaf.reason = fmt::format("the outcome {} is a constant", name);
  }
}

void SplitTerms::class_whole(SplitLeaf& leaf, Made made, const Expression& e) const {
  const std::string name = text(e);
  if (made & made::contradiction) {
    leaf.reason = fmt::format("{} holds a function that sums densities of data and of parameters", name);
  } else if (made & made::mixed_density) {
    leaf.reason = fmt::format("{} holds a density whose outcome joins data and parameters", name);
  } else if ((made & made::prior_density) && (made & made::data_density)) {
    leaf.reason = fmt::format("{} joins densities of data and of parameters", name);
  } else if (made & made::data_density) {
    if (made & made::formula_beside) {
      leaf.reason = fmt::format("{} adds a formula of parameters to densities of data", name);
    } else {
      leaf.part = part_likelihood;
      leaf.reason = fmt::format("the densities in {} are of data", name);
    }
  } else if ((made & made::prior_density) && !(made & (made::literal_density | made::data))) {
    leaf.part = part_prior;
    leaf.reason = fmt::format("the densities in {} are of parameters", name);
  } else if (made & made::prior_density) {
    leaf.reason = fmt::format("{} joins densities of parameters with data or constants", name);
  } else {
    leaf.reason = fmt::format("the densities in {} are of constants", name);
  }
}

void SplitTerms::class_formula(SplitLeaf& leaf, const Statement& s, Made made, const Expression& e) const {
  const bool picked = made & made::picked, on_path = flow_.is_on_data_path(s), penalty = is_penalty(e);
  if (made & made::data) {
    leaf.kind = SplitLeaf::Kind::data_formula;
    leaf.reason = "a formula of data and parameters, and no density that names its outcome";
  } else if (on_path || (picked && !penalty)) {
    leaf.kind = SplitLeaf::Kind::data_formula;
    leaf.reason = on_path ? "a formula of parameters on a path that data decide"
                          : "a formula of parameters that data pick by an index or a path";
  } else {
    leaf.kind = penalty ? SplitLeaf::Kind::penalty : SplitLeaf::Kind::formula;
    leaf.part = part_prior;
    leaf.reason = "a formula of parameters";
  }
}

/// Squares and absolute values, times anything.
bool SplitTerms::is_penalty(const Expression& e) const {
  if (const Call* n = as<Call>(e)) {
    constexpr auto names = std::to_array<std::string_view>(
        {"dot_self", "square", "abs", "fabs", "quad_form", "quad_form_sym", "trace_quad_form", "squared_distance"});
    if (std::find(names.begin(), names.end(), n->name) != names.end()) return true;
    return n->name == "sum" && is_penalty(*n->arguments[0]);
  }
  if (const Unary* n = as<Unary>(e)) return is_penalty(*n->operand);
  const Binary* n = as<Binary>(e);
  if (n == nullptr) return false;
  if (n->op == BinaryOp::power || n->op == BinaryOp::elementwise_power) {
    const IntLiteral* two = as<IntLiteral>(*n->right);
    return two != nullptr && two->value == 2 && has_parameters(*n->left);
  }
  if (n->op == BinaryOp::multiply || n->op == BinaryOp::elementwise_multiply)
    return is_penalty(*n->left) || is_penalty(*n->right);
  return (n->op == BinaryOp::divide || n->op == BinaryOp::elementwise_divide) && is_penalty(*n->left);
}

void SplitTerms::settle(std::vector<SplitLeaf>& sum) {
  using Kind = SplitLeaf::Kind;
  bool prior = false, likelihood = false, unclear = false, data_formula = false;
  for (const SplitLeaf& l : sum) {
    data_formula = data_formula || l.kind == Kind::data_formula;
    if (l.kind != Kind::decided && l.kind != Kind::accumulator) continue;
    prior = prior || l.part == part_prior;
    likelihood = likelihood || l.part == part_likelihood;
    unclear = unclear || l.part == part_undecided;
  }
  for (SplitLeaf& l : sum) {
    if (l.kind == Kind::tail) {
      const auto of_same = [&](const SplitLeaf& other) { return other.kind == Kind::decided && other.stem == l.stem; };
      const auto truncated = std::find_if(sum.begin(), sum.end(), of_same);
      if (truncated == sum.end()) continue;
      l.part = truncated->part;
      l.reason = "the truncation of the density beside it";
    } else if (l.kind == Kind::constant) {
      const bool known = prior != likelihood && !unclear;
      if (known) l.part = prior ? part_prior : part_likelihood;
      l.reason = known                       ? "no parameter in it: goes with the rest of its sum"
                 : l.part == part_likelihood ? "data alone, no parameter in it"
                                             : "a constant, no parameter in it";
    } else if ((l.kind == Kind::formula && (likelihood || unclear || data_formula)) ||
               (l.kind == Kind::penalty && data_formula)) {
      l.part = part_undecided;
      l.reason = "a formula of parameters beside a term of data: may belong to it";
    }
  }
}

}  // namespace thalweg::stan
