// Whether the prior of a program integrates to a finite number, parameter by parameter, from the program alone.
#pragma once
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/split.hpp"

namespace thalweg::stan {

/// proper: given the parameters that it depends on, its prior has a finite integral. improper: the integral of the
/// prior is infinite, for certain. unknown: neither could be seen.
enum class Properness { proper, improper, unknown };
const char* to_string(Properness p);

struct ParameterPrior {
  std::string name;
  Properness properness;
  std::string reason;  ///< "flat on (0, inf)", "model.stan:7:3: sigma ~ cauchy(0, 5)"
};

/// One verdict for each parameter, in the order of the source: the prior is proper when all are, improper when one is.
///
/// The prior is ∏ of its terms and of the Jacobians, all in all the integral of the prior terms over the declared
/// space. Parameters are integrated out one after the other, those first that no other one is conditioned on. What is
/// left of a density is 1, when it is that of a whole parameter over all of its support, or else a number in (0, 1]
/// that depends on its other arguments. A parameter that no term mentions is uniform: proper on a bounded set,
/// improper on another. A second term is harmless when it is bounded. A term counts as undecided where the split does.
///
/// `program` must be checked and free of errors; hyperparameters and sizes of the data are taken to be valid.
std::vector<ParameterPrior> prior_properness(const Program& program, const Split& split);

/// The worst of all verdicts.
Properness overall(const std::vector<ParameterPrior>& priors);

}  // namespace thalweg::stan
