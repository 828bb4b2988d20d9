// The functions of a Stan file that state a stochastic differential equation.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// A function and the data that its further arguments are, by name.
struct SdeFunction {
  FunctionId function = no_id;
  std::vector<std::string> data;
};

///   vector drift(real t, vector x, …)
///   vector diffusion(real t, vector x, …)     diagonal noise, or
///   matrix diffusion(real t, vector x, …)     d × m
///   vector initial_rng(…)                     optional
///   real initial_lpdf(vector x | …)           optional
///
/// The further arguments are variables of the data and transformed data blocks, bound by name.
struct SdeFunctions {
  SdeFunction drift, diffusion;
  std::optional<SdeFunction> initial, log_initial;
  bool matrix = false;      ///< the diffusion is a matrix
  bool additive = false;    ///< it does not depend on x, by dataflow
  bool autonomous = false;  ///< neither depends on t, by dataflow
  /// What an analysis of the program must take in.
  std::vector<FlowRoot> roots;
};

/// Whether a program has a function `drift`: only then is it asked for an SDE.
bool states_sde(const Program& program);

/// Errors  throws Error, rendered like the checker's, on a function that is missing or has other arguments or results
///         than these, and on an argument that no data variable has the name or the type of.
SdeFunctions find_sde(const Program& program);

}  // namespace thalweg::stan
