// The Langevin SDE of a density: what a model of log p is for the SDE room.
#pragma once
#include "thalweg/density/model.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

/// dx = ∇log p(x) dt + √(2T) dW in the unconstrained space, of which p^{1/T} is the stationary law. Derivatives of the
/// drift are Hessian–vector products: NaN when the model has none. Throws std::invalid_argument unless T is finite
/// and ≥ 0.
///
/// Cost  one gradient a drift, in packs when the model has that width.
SdeModel langevin_sde(const Model& model, double temperature = 1);

}  // namespace thalweg
