// A program of the tests, or of posteriordb, with its data and its reference draws.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg::testing {

/// Whether the shared data are here at all.
bool has_references();

/// `program` is looked for under tests/posteriors, then in the folder that THALWEG_POSTERIORDB_MODELS names; empty when
/// it is in neither.
std::string path_of_program(const std::string& program);

/// Compiled with Hessian–vector products and bound to posteriordb's data.
Model reference_model(const std::string& program, const std::string& data);

/// Up to `most` of the reference draws, evenly spaced, as points of the unconstrained space; none when the reference
/// has other parameters than the program.
std::vector<std::vector<double>> reference_draws(const Model& model, const std::string& reference, std::size_t most);

}  // namespace thalweg::testing
