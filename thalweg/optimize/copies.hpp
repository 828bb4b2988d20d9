// Modes that are one but for the numbering of components.
#pragma once
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/optimize/census.hpp"

namespace thalweg {

/// Sets `copy_of` of every maximum that a better one, or an earlier one as good, turns into when the components of all
/// parameters of the same length K are renumbered alike: along their last dimension, or their first. Compares
/// constrained parameters, to 10⁻⁴ of their size.
///
/// Cost    K! comparisons for each pair of ends with equal log p; K ≤ 7, others are left alone.
void mark_copies(const Model& model, std::vector<End>& ends);

}  // namespace thalweg
