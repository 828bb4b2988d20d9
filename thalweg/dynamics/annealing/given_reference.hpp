// The Gaussian that settings give a path to begin at, and particles that are draws of it.
#pragma once
#include <utility>
#include <vector>

#include "thalweg/dynamics/annealing/gaussian_reference.hpp"
#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// Of Reference::laplace: its mean is the one start, its covariance the initial metric.
inline GaussianReference given_reference(const SampleSettings& s) { return {s.starts.front(), s.initial_metric}; }

/// A draw of it for each particle.
///
/// Random  init of (seed, particle, 0).
inline EnsembleStarts draws_of_given_reference(const SampleSettings& s) {
  const GaussianReference reference = given_reference(s);
  EnsembleStarts starts;
  for (std::int64_t k = 0; k < s.chains; ++k) {
    Random<double> random(s.seed, Purpose::init, static_cast<std::uint64_t>(k), 0);
    reference.draw(random, starts.x.emplace_back(reference.dimension()).data());
  }
  return starts;
}

}  // namespace thalweg
