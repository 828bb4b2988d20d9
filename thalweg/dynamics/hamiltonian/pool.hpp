// What all chains together know at the end of an epoch. Every reduction runs over the chains in chain order, so that
// the numbers do not depend on threads.
#pragma once
#include <span>
#include <vector>

#include "thalweg/dynamics/chain_state.hpp"
#include "thalweg/dynamics/hamiltonian/metric.hpp"

namespace thalweg {

/// Chains whose mean log density lies far below that of the others, or that never moved, are left out of everything:
/// one chain in a bad region must not set the metric and step size of all.
struct PooledEpoch {
  std::vector<std::size_t> used, left_out;                   ///< chains
  std::vector<std::size_t> lost;                             ///< chains left out that were still far off at the end
  double count = 0;                                          ///< transitions of the chains used, together
  double log_p = 0, log_p_sd = 0;                            ///< mean over chains, and mean sd inside a chain
  double middle_log_p = 0;                                   ///< median over all chains of their means
  double lowest_log_p = 0;                                   ///< chains below it are left out
  double log_step = 0, log_step_spread = 0, acceptance = 0;  ///< means over chains of the dual averages
  double gradients = 0, path = 0, errors = 0;                ///< per transition
  std::vector<double> mean, variance;                        ///< of x, over all transitions
  std::vector<double> gradient_variance;
  /// How far the ensemble is from standing still, the worst over the coordinates and log p: the variance of the chain
  /// means over that inside the chains (4 effective draws a chain give 1/4; infinite for a single chain), and the shift
  /// of the pooled mean from the first half of the epoch to the second, in widths, beyond three standard errors.
  double apart = 0, drift = 0;
  /// Transitions an independent draw, mean over the coordinates:  n Var(chain means of xᵢ)/Var xᵢ, n the transitions a
  /// chain. Too small where n is not many of them; 0 of a single chain.
  double correlation = 0;
};

PooledEpoch pool(std::span<const ChainState> chains);

/// A metric for the first epoch: from the curvature seen while relaxing, else from the size of the gradients.
Metric starting_metric(std::span<const ChainState> chains);

/// A metric for the first epoch from [d] variances or a [d][d] covariance. Throws Error unless they are positive, or
/// positive definite.
Metric given_metric(MetricKind wish, std::size_t dimension, std::span<const double> covariance);

/// The metric that draws and gradients of the epoch agree on:
///   diagonal  σᵢ² = √(Var xᵢ / Var gᵢ);
///   dense     the S with  S·Cov(g)·S = Cov(x),  the geometric mean of Cov(x) and Cov(g)⁻¹.
/// For a normal posterior, g = −Σ⁻¹(x − μ), both are right whatever the sampling noise; the dense one is Σ itself.
/// With few draws both lean on `now`. `automatic` takes the dense one where it saves more than half of the steps.
///
/// Errors  a coordinate whose x or gradient never varies keeps its present scale; when S is not positive definite, or
/// the
///         transitions are fewer than 2d, the diagonal one is returned.
/// Source  Seyboldt, Carlson & Carpenter (2026), arXiv 2603.18845 (Fisher divergence).
Metric learned_metric(MetricKind kind, const Metric& now, std::span<const ChainState> chains,
                      const PooledEpoch& pooled);

/// The dense metric of covariances of x/scale and of scale·g, symmetric [d][d], when `kind` asks for it or it pays;
/// else the diagonal one of `scale`.
Metric metric_of_covariances(MetricKind kind, const Metric& now, std::span<const double> scale,
                             std::span<const double> x_covariance, std::span<const double> gradient_covariance);

/// Root mean square over coordinates of the log ratio of widths.
double metric_distance(const Metric& a, const Metric& b);

}  // namespace thalweg
