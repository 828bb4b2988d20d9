// The evidence lower bound from draws: for many Gaussians at once, and for the one that is kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/variational/gaussian_rows.hpp"

namespace thalweg {

/// ELBO = E_q[log p(x) − log q(x)] ≤ log Z, as a mean over draws with its standard error (0 for one draw). −∞ when a
/// draw has no finite log p: q reaches outside the support, or where the density fails.
struct Elbo {
  double value = 0, se = 0;
  std::size_t draws = 0;
};
Elbo mean_of(std::span<const double> log_ratios);

/// ELBOs of Gaussians from the same standard normals for all of them, evaluated together.
///
/// Cost    n·K evaluations for n Gaussians and K draws, in batches of a few thousand rows.
class ElboBatch {
 public:
  /// Uses draws first, first + 1, … of the purpose `variational`.
  ElboBatch(Points& points, std::uint64_t seed, std::size_t first, std::size_t draws);

  /// How many Gaussians make one batch.
  std::size_t batch() const { return batch_; }
  /// `elbos` has one place a Gaussian.
  void evaluate(std::span<const MultivariateNormal> gaussians, std::span<Elbo> elbos);

 private:
  void evaluate_batch(std::span<const MultivariateNormal> gaussians, std::span<Elbo> elbos);
  Points& points_;
  std::size_t draws_, stride_, batch_;
  std::vector<double> z_, squares_, x_, gradient_, log_p_;
};

/// `count` draws of the mixture (1/K) Σ q_k, with log p and log q of that mixture for every draw, whichever component
/// it is of. Every component gives ⌊count/K⌋ draws; the rest come from components in random order.
///
/// Random  draw i of component k from (seed, approximation, i, k); the order from (seed, permutation, 0, 0).
/// Cost    `count` gradients; see log_mixture_rows.
Approximation draw_mixture(Points& points, std::vector<MultivariateNormal> components, std::size_t count,
                           std::uint64_t seed);

/// The ELBO of an approximation from its own draws.
Elbo elbo_of(const Approximation& approximation);

}  // namespace thalweg
