// Starting points from a file of initial values.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg::app {

/// Unconstrained points for SampleSettings::starts, from a JSON file with one object for all chains or an array of one
/// a chain. Parameters that the file leaves out start uniform on [−2, 2] in the unconstrained space, as without a file;
/// the chains of a superchain share them.
///
/// Errors  throws Error for a file that can't be read, an object that fits no parameter of the model, values of a
///         wrong shape or outside their constraints.
std::vector<std::vector<double>> read_starts(const Model& model, const std::string& path,
                                             const SampleSettings& settings);

}  // namespace thalweg::app
