// Some parts of a density as a density of its own.
#pragma once
#include "thalweg/density/model.hpp"

namespace thalweg {

/// The sum of some parts of log p on the unconstrained space, as a model whose draws are the points x themselves: the
/// prior alone, for one. No transformed parameter and no generated quantity is computed.
///
/// Errors  throws Error when the density does not know its prior from its likelihood and `parts` asks for that.
Model parts_model(const Model& model, Parts parts);

}  // namespace thalweg
