// Draws of a prior: where a path from it begins.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// A prior of which no trustworthy draws can be had: log Z along a path from it is not known.
struct PriorNotSampled : Error {
  using Error::Error;
};

/// Draws of prior and Jacobian by NUTS, 32 chains, kept at a distance of one and a half autocorrelation times of the
/// slowest coordinate, so that they are nearly independent; particle i is of chain i·32/count. Longer runs are made
/// until there are enough, and twice as long ones while R-hat is too large.
///
/// Cost    a transition of NUTS a particle and thinning, on the prior alone.
/// Random  the run is `sample` with another seed, made of settings.seed.
/// Errors  throws PriorNotSampled when R-hat or the effective sizes of a coordinate say that the draws are none of the
///         prior, and when no chain starts: the prior may be improper.
struct PriorDraws {
  double most_rhat = 1.02;
  int most_doublings = 4;  ///< of a run whose R-hat is too large
  std::int64_t most_thin = 64;
};
EnsembleStarts draw_prior(const Model& model, const SampleSettings& settings, const Execution& execution, Clock& clock,
                          Observer& observer, PriorDraws method = {});

/// Why log Z of a path from the prior is undefined, in words; empty when nothing is known against it: terms of which
/// nobody knows whether they are prior, no prior or no likelihood at all, a coordinate in which the prior is flat.
std::string reason_against_prior(const Model& model);

}  // namespace thalweg
