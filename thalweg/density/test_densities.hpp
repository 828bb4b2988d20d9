// Named test densities with known moments: what samplers and optimizers are judged on, and what can be sampled
// without a file.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/density/model.hpp"

namespace thalweg {

/// One named test density.
struct TestDensity {
  const char* name;
  const char* description;
  std::int64_t default_dimension;
  bool any_dimension;  ///< "name:100" asks for dimension 100
};

/// All of them, in the order in which a list should print them.
std::span<const TestDensity> test_densities();

/// Whether `model` is "name" or "name:dimension" of a test density (the dimension is not looked at).
bool is_test_density(std::string_view model);

/// The density called "name" or "name:dimension", compiled for the widest instruction set of this machine. Throws
/// Error on an unknown name (the nearest is suggested) and on a dimension that is out of range.
Model test_density(std::string_view model);

/// Mean and variance of every number of a draw, in the order of Model::variables; a variance may be infinite.
struct Moments {
  std::vector<double> mean, variance;
};

/// The exact moments of the density that `test_density(model)` gives. Throws Error as that does.
Moments exact_moments(std::string_view model);

}  // namespace thalweg
