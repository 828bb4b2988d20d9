// The prior as a product of factors, with what each does to an integral over parameters. Private to prior_*.cpp.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/split.hpp"

namespace thalweg::stan {

/// Parameters by their VariableId.
using Mentions = std::set<VariableId>;

/// Where a parameter lives.
struct ParameterSpace {
  bool bounded = false;    ///< a set of finite volume, if only because of other parameters
  Mentions bounds;         ///< parameters that its bounds depend on
  bool has_width = false;  ///< of those: sums and products of parameters that are bounded, so that the volume is too
  std::string text;        ///< "(0, inf)"
};
ParameterSpace space_of(const Program& program, VariableId parameter);

/// A distribution as a density of its outcome.
struct Family {
  enum class Support {
    real,
    circle,  ///< periodic on the line
    positive,
    unit,
    other,
    vectors,
    own_space  ///< of a constrained type
  };
  /// When it is bounded at fixed parameters.
  enum Bounded { never, always, first_at_least_one, two_at_least_one };
  const char* name;
  Support support;
  Bounded bounded;
  int location = -1;                    ///< the argument that only shifts it, about which it is symmetric
  Constraint space = Constraint::none;  ///< of own_space
};
/// Null where nothing is known.
const Family* family_of(const std::string& stem);

struct PriorFactor {
  std::string text;   ///< with its place
  Mentions mentions;  ///< parameters that its value depends on
  /// The parameter whose density it is: it integrates over all of that parameter to at most 1, or to a number that
  /// depends on no parameter. no_id: it is no such density, and `why` says so.
  VariableId own = no_id;
  bool exact = false;         ///< of those: to one number, whatever its other arguments are
  bool bounded = false;       ///< at most a number that depends on no parameter
  bool power = false;         ///< a power of its only parameter
  VariableId bounds = no_id;  ///< of this parameter: 1 where they hold, else 0
  std::string why;
};

/// The factors of the prior: terms that are prior or undecided, Jacobians of the program's own, and what rejects.
/// Those that no parameter touches are left out.
std::vector<PriorFactor> prior_factors(const Program& program, const Split& split);

}  // namespace thalweg::stan
