// Ascents of log p from many starts, with the best Gaussian along each: the paths of Pathfinder.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/optimize/ascent.hpp"
#include "thalweg/optimize/lbfgs.hpp"
#include "thalweg/optimize/multivariate_normal.hpp"
#include "thalweg/variational/elbo.hpp"

namespace thalweg {

/// From every start an L-BFGS ascent of log p; at its last 8 iterates, and at 16 spread over the others, the Gaussian
/// of PathGaussians; of these the one with the highest ELBO. Few draws look at all of them, more draws decide between
/// the best few of each path.
///
/// Cost    one gradient an iterate and a step shortened, `screening_draws` for each of up to 24 iterates, `elbo_draws`
///         for every finalist; memory 2·d an iterate, 256 MB at most (or 50 iterates a path). All paths climb together,
///         one lane each; all ELBOs go in large batches.
/// Random  start of path i: try k from (seed, init, i, k); the draws of ELBOs are the same for all iterates and paths,
///         from (seed, variational, draw, 0).
/// Errors  a path that comes to nothing has a `failure` in words, and the others go on.
/// Source  Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23(306), algorithms 1 and 2.
struct PathSearch {
  std::size_t paths = 16;
  std::size_t history = 10;  ///< pairs (s, y) that H is made of
  std::size_t screening_draws = 8, finalists = 4, elbo_draws = 32;
  Lbfgs ascent{.arrival = {.tolerance = 1e-6}};  ///< nats that no Gaussian would notice
  UniformStart start{};
  std::vector<double> starts{};  ///< [paths][d]: given starts, in the place of random ones
  std::uint64_t seed = 0;
};

/// What the Gaussian of one iterate is worth.
struct IterateElbo {
  std::int64_t iteration = 0;
  double log_p = 0;  ///< at the iterate
  Elbo elbo;         ///< −∞ also where curvature made no Gaussian
};

struct Path {
  std::vector<double> start;
  Ascent ascent;
  std::vector<IterateElbo> trace;
  std::int64_t best = -1;  ///< the iteration that q is of
  Elbo elbo;               ///< of q; it was chosen for being the highest
  MultivariateNormal q;    ///< of the best iterate; of the last one, if any, where none has a finite ELBO
  std::string failure;     ///< why q is not to be used; empty when it is
};

/// Throws std::invalid_argument on settings out of range.
std::vector<Path> find_paths(Points& points, const PathSearch& search, int threads);

/// The path with the highest ELBO; null when all have failed.
const Path* best_path(const std::vector<Path>& paths);

/// The Gaussian of the best path; where no ELBO is finite, that of the last iterate of the highest path, which may be
/// too wide for the support. Throws Error when there is none at all.
MultivariateNormal start_of(const std::vector<Path>& paths);

/// The failures of all paths that have one, in words, each reason once.
std::string failures_of(const std::vector<Path>& paths);

}  // namespace thalweg
