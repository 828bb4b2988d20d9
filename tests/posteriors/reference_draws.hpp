// Programs with their data, and the draws of the reference posteriors on the unconstrained space.
#pragma once
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg::testing {

/// A posterior by the names of its program and of its data; `reference` names its draws.
struct NamedPosterior {
  std::string program, data, reference;
};

/// The program, compiled with Hessian–vector products, with its data. `programs` and `database` are folders.
Model load_posterior(const NamedPosterior& posterior, const std::string& programs, const std::string& database);

/// Every `every`-th of the reference draws (10 chains of 1000), unconstrained: rows of dimension() numbers.
///
/// The reference of the non-centred eight schools has theta instead of its standardised effects, which are computed.
///
/// Errors  throws std::runtime_error when a parameter is not among what was drawn. Draws that do not fit their
///         constraint to rounding are left out.
std::vector<std::vector<double>> unconstrained_draws(const Model& model, const NamedPosterior& posterior,
                                                     const std::string& database, std::size_t every = 1);

/// The posteriors that have reference draws, out of those whose programs are in tests/posteriors.
std::vector<NamedPosterior> posteriors_here();
/// Those whose programs have to be fetched from posteriordb.
std::vector<NamedPosterior> posteriors_elsewhere();

/// Mean and sd of each coordinate.
struct MeansAndSds {
  std::vector<double> mean, sd;
};
MeansAndSds moments(const std::vector<std::vector<double>>& draws);

}  // namespace thalweg::testing
