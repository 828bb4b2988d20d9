// What the coordinates of the unconstrained space are called.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg {

/// One name a coordinate: that of the parameter's element where a parameter has as many coordinates as elements
/// ("theta[3]", also when it is constrained), else "L (free 2)": a simplex, a matrix of correlations and their like
/// have fewer coordinates than elements, and none belongs to one of them.
///
/// Cost    nothing where all parameters are of the first kind; else one constrained point a coordinate.
std::vector<std::string> coordinate_names(const Model& model);

}  // namespace thalweg
