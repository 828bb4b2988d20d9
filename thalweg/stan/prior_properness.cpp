#include "thalweg/stan/prior_properness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "thalweg/stan/printer.hpp"
#include "thalweg/stan/prior_factors.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

bool is_infinite(const Expression& e) {
  if (const auto* n = as<Unary>(e)) return is_infinite(*n->operand);
  const auto* call = as<Call>(e);
  return call && (call->name == "positive_infinity" || call->name == "negative_infinity");
}

/// Sums and products.
bool is_polynomial(const Expression& e) {
  if (as<IntLiteral>(e) || as<RealLiteral>(e) || as<VariableRef>(e)) return true;
  if (const auto* n = as<Indexed>(e)) return is_polynomial(*n->base);
  if (const auto* n = as<Unary>(e)) return n->op == UnaryOp::minus && is_polynomial(*n->operand);
  const auto* b = as<Binary>(e);
  return b && (b->op == BinaryOp::add || b->op == BinaryOp::subtract || b->op == BinaryOp::multiply) &&
         is_polynomial(*b->left) && is_polynomial(*b->right);
}

/// Integrates the parameters out of the product of factors, one after the other.
class Elimination {
 public:
  Elimination(const Program& program, std::vector<PriorFactor> factors)
      : program_(program), factors_(std::move(factors)) {
    for (std::size_t i = 0; i < program.variables.size(); ++i)
      if (program.variables[i].block == ProgramBlock::parameters) {
        const auto v = static_cast<VariableId>(i);
        order_.push_back(v);
        left_.insert(v);
        spaces_[v] = space_of(program, v);
      }
  }

  std::vector<ParameterPrior> run() {
    // what is certain first: a second term leaves less known of the parameters that it mentions
    while (any([&](VariableId v) { return take_plain(v); }) || any([&](VariableId v) { return take_bounded(v); })) {
    }
    for (const VariableId v : left_) verdicts_[v] = {"", Properness::unknown, blocking(v)};
    std::vector<ParameterPrior> all;
    for (const VariableId v : order_) {
      all.push_back(verdicts_[v]);
      all.back().name = program_.variables[static_cast<std::size_t>(v)].name;
    }
    return all;
  }

 private:
  template <class F>
  bool any(F&& takes) const {
    for (const VariableId v : order_)
      if (left_.contains(v) && takes(v)) return true;
    return false;
  }

  std::vector<std::size_t> mentioning(VariableId v) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < factors_.size(); ++i)
      if (factors_[i].mentions.contains(v)) found.push_back(i);
    return found;
  }

  /// Removes a parameter and the factors that mention it; unless `gone`, a number in (0, c] stays that depends on the
  /// other parameters in them.
  bool take(VariableId v, Properness properness, std::string reason, bool gone) {
    PriorFactor rest;
    for (const std::size_t i : mentioning(v)) {
      rest.mentions.merge(factors_[i].mentions);
      if (rest.text.empty()) rest.text = factors_[i].text;
      factors_[i].mentions.clear();
    }
    rest.mentions.erase(v);
    rest.bounded = true;
    rest.why = fmt::format("integrated over {} it is no more than bounded", name_of(v));
    if (!gone && !rest.mentions.empty()) factors_.push_back(std::move(rest));
    verdicts_[v] = {"", properness, std::move(reason)};
    left_.erase(v);
    return true;
  }

  bool take_plain(VariableId v) {
    const auto found = mentioning(v);
    const ParameterSpace& space = spaces_[v];
    if (found.empty()) {
      if (space.bounded) return take(v, Properness::proper, "uniform on " + space.text, true);
      return take(v, Properness::improper, "flat on " + space.text, true);
    }
    if (found.size() == 1 && factors_[found[0]].own == v)
      return take(v, Properness::proper, factors_[found[0]].text, factors_[found[0]].exact);
    const bool powers = std::all_of(found.begin(), found.end(), [&](std::size_t i) { return factors_[i].power; });
    if (powers && !space.bounded)  // no power has a finite integral over (0, inf)
      return take(v, Properness::improper, "a power on " + space.text + ": " + factors_[found[0]].text, true);
    const bool only_bounds = found.size() == 1 && factors_[found[0]].bounds == v;
    if (only_bounds && space.has_width) return take(v, Properness::proper, "uniform on " + space.text, false);
    if (only_bounds && !space.bounded) return take(v, Properness::improper, "flat on " + space.text, true);
    return false;
  }

  bool take_bounded(VariableId v) {
    const PriorFactor* density = nullptr;
    bool others_bounded = true;
    const auto found = mentioning(v);
    for (const std::size_t i : found) {
      const PriorFactor& f = factors_[i];
      if (f.own != no_id && f.own != v) return false;
      // of two densities one may be unbounded
      if (f.own == v && (!density || !f.bounded)) {
        others_bounded = others_bounded && (!density || density->bounded);
        density = &f;
      } else {
        others_bounded = others_bounded && f.bounded;
      }
    }
    if (!others_bounded) return false;
    const ParameterSpace& space = spaces_[v];
    if (density) return take(v, Properness::proper, density->text, false);
    if (space.bounded && space.bounds.empty())
      return take(v, Properness::proper, "bounded terms on " + space.text + ", as " + factors_[found[0]].text, false);
    return false;
  }

  /// Why a parameter is still there.
  std::string blocking(VariableId v) const {
    for (const std::size_t i : mentioning(v))
      if (factors_[i].own == no_id) return factors_[i].text + ": " + factors_[i].why;
    for (const std::size_t i : mentioning(v))
      if (factors_[i].own != v) return factors_[i].text + ": the prior of another parameter that is not known";
    return "";
  }
  const std::string& name_of(VariableId v) const { return program_.variables[static_cast<std::size_t>(v)].name; }

  const Program& program_;
  std::vector<PriorFactor> factors_;
  std::vector<VariableId> order_;
  std::set<VariableId> left_;
  std::map<VariableId, ParameterSpace> spaces_;
  std::map<VariableId, ParameterPrior> verdicts_;
};

}  // namespace

ParameterSpace space_of(const Program& program, VariableId parameter) {
  const DeclaredType& type = *program.variables[static_cast<std::size_t>(parameter)].declared;
  ParameterSpace space;
  switch (type.constraint) {
    case Constraint::simplex:
    case Constraint::unit_vector:
    case Constraint::corr_matrix:
    case Constraint::cholesky_factor_corr:
      space.bounded = true;
      space.text = fmt::format("its {}", to_string(type.constraint));
      return space;
    case Constraint::none:
    case Constraint::affine:
      space.text = "(-inf, inf)";
      return space;
    case Constraint::bounds:
      break;
    default:
      space.text = fmt::format("the space of {}", to_string(type.constraint));
      return space;
  }
  const Expression *lower = type.lower.get(), *upper = type.upper.get();
  if (lower && is_infinite(*lower)) lower = nullptr;
  if (upper && is_infinite(*upper)) upper = nullptr;
  bool polynomial = true;
  for (const Expression* bound : {lower, upper}) {
    if (!bound) continue;
    polynomial = polynomial && is_polynomial(*bound);
    for_each_expression(*bound, [&](const Expression& e) {
      const auto* v = as<VariableRef>(e);
      if (v && program.variables[static_cast<std::size_t>(v->variable)].block == ProgramBlock::parameters)
        space.bounds.insert(v->variable);
    });
  }
  space.bounded = lower && upper;
  space.has_width = space.bounded && polynomial && std::all_of(space.bounds.begin(), space.bounds.end(), [&](int v) {
                      const ParameterSpace other = space_of(program, v);
                      return other.bounded && (other.bounds.empty() || other.has_width);
                    });
  space.text = fmt::format("({}, {})", lower ? one_line(program.source, lower->location, 20) : "-inf",
                           upper ? one_line(program.source, upper->location, 20) : "inf");
  return space;
}

const char* to_string(Properness p) {
  switch (p) {
    case Properness::proper:
      return "proper";
    case Properness::improper:
      return "improper";
    case Properness::unknown:
      break;
  }
  return "unknown";
}

std::vector<ParameterPrior> prior_properness(const Program& program, const Split& split) {
  return Elimination(program, prior_factors(program, split)).run();
}

Properness overall(const std::vector<ParameterPrior>& priors) {
  Properness worst = Properness::proper;
  for (const ParameterPrior& p : priors)
    if (p.properness == Properness::improper || worst == Properness::proper) worst = p.properness;
  return worst;
}

}  // namespace thalweg::stan
