// Where a model comes from: a Stan program or a named test density.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/core/data_map.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/stan/prior_properness.hpp"

namespace thalweg::app {

struct LoadOptions {
  std::uint64_t seed = 0;
  bool data_given = true;
  bool quiet = false;  ///< nothing about the compilation, and no warnings of the front end
  /// Hessian–vector products too: a second unit is compiled beside the program's own.
  bool hessian = false;
  bool subset = false;  ///< subsets of the observations, where the program has them
  /// False: another process of the run has told what the program prints of its data.
  bool tells = true;
  bool constants = false;  ///< densities of `~`, `_lupdf` and `_lupmf` keep their constants
};

/// A model with what is needed to make it again, here or on another machine.
struct LoadedModel {
  Model model;
  std::string source;  ///< the program with its includes resolved; empty for a test density
  /// Whether the prior of each parameter is proper; empty for a test density, of which nobody knows.
  std::vector<stan::ParameterPrior> priors{};
};

/// MODEL of the command line, compiled (or taken from the cache), loaded and bound to its data. What the program prints
/// goes to standard error.
///
/// Errors  throws Error when MODEL is neither a readable program nor a test density, with the place when the program
///         is wrong, and with what the data lack.
LoadedModel load_model(const std::string& model, const DataMap& data, const LoadOptions& options);

/// The same from a run file: `source` is LoadedModel::source.
Model reload_model(const std::string& model, const std::string& source, const DataMap& data,
                   const LoadOptions& options);

/// Whether MODEL means a test density and not a file.
bool means_test_density(const std::string& model);

/// The name for output files: the program's stem, or the test density with its dimension: "funnel-10".
std::string stem_of(const std::string& model);

}  // namespace thalweg::app
