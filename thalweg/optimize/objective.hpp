// What is maximised: the posterior, the density in the constrained space, or the likelihood alone.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg {

enum class Objective {
  map,   ///< log p on the unconstrained space, Jacobian included: the peak of what samplers draw from there
  mode,  ///< without the Jacobian: the peak of the density of the constrained parameters
  mle    ///< the likelihood alone; constraints stay
};
/// "map", "mode" or "mle".
const char* to_string(Objective objective);

/// Which terms of log p an objective is made of.
Parts parts_of(Objective objective);

/// Coordinates of the unconstrained space that the likelihood does not depend on: its gradient there is exactly 0 at
/// all of some random points.
///
/// Random  points uniform on [−2, 2] from (0, check, k, 0).
/// Errors  throws Error when the model has no likelihood terms, or does not say which they are.
std::vector<std::size_t> untouched_by_likelihood(const Model& model);

}  // namespace thalweg
