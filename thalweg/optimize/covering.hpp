// One Gaussian wide enough for all the modes that a census found: where paths to a density can begin.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/census.hpp"

namespace thalweg {

/// N(m, S) with the mean and the covariance of a mixture, in equal parts, of Laplace's Gaussians at K maxima, each
/// `widening` times as wide:
///   m = Σ xₖ/K,   S = Σ (widening² (−∇²log p(xₖ))⁻¹ + (xₖ − m)(xₖ − m)ᵀ)/K.
/// Equal parts and not Laplace's weights: a mode of small weight must not be out of its reach.
///
/// Shapes  mean: [d]; covariance: [d][d].
/// Cost    K times Laplace's: d Hessian–vector products and d³ operations.
/// Errors  a maximum at which Laplace's approximation is refused is left out; throws Error when none is left, with the
///         reason.
struct Covering {
  double widening = 2;
  double least_log_evidence = 30;  ///< nats below the best maximum by Laplace at which a mode is left out
};

struct CoveringGaussian {
  std::vector<double> mean, covariance;
  std::size_t modes = 0;
  double log_p = 0, log_evidence = 0;  ///< of the best maximum; by Laplace
};

CoveringGaussian cover(Points& points, const Census& census, const Covering& settings = {});

/// A census of the maxima from starts in three boxes by turns, ±2, ±10 and ±40 in the unconstrained space.
///
/// Random  start i from (seed, init, i, 1).
/// Errors  as `optimize`.
Census wide_census(const Model& model, std::size_t starts, std::uint64_t seed, int threads,
                   const std::function<bool()>& keep_going = {});

}  // namespace thalweg
