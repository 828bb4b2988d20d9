// The ELBO climbed with new draws at every step.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/density/points.hpp"
#include "thalweg/variational/elbo.hpp"
#include "thalweg/variational/family.hpp"

namespace thalweg {

/// What the gradient of the ELBO is estimated by.
struct StochasticRules {
  /// Without the term of the score ∂log q(x; θ)/∂θ, whose mean is 0 and whose variance is not.
  static constexpr bool path_derivative = true;
};

/// An estimate of the gradient of the ELBO at the family's member from draws x_i = m + F z_i with g_i = ∇log p(x_i):
///
///   (1/n) Σ (∂x_i/∂θ)ᵀ (g_i − ∇ₓ log q(x_i)),
///
/// which is 0 for every draw where q = p. `g` is overwritten.
///
/// Source  Roeder, Wu & Duvenaud (2017), NeurIPS 30, arXiv 1703.09194.
template <class Rules = StochasticRules>
void elbo_gradient(GaussianFamily& family, std::size_t n, const double* z, double* g, double* gradient) {
  if constexpr (Rules::path_derivative) family.add_path_term(n, z, g);
  family.pull_back(n, z, g, gradient);
  if constexpr (!Rules::path_derivative) family.log_determinant(gradient);
}

/// Adam on θ with a step size chosen by trial, in rounds of smaller and smaller steps. In each round windows of
/// iterates double in length until one is stationary: the split R-hat of its two halves is below `r_hat` for every
/// parameter, or the halves' means differ by less than `tolerance`; and, in the last round, the Monte Carlo error of
/// its mean is below `mcse`. The mean of the last window is the answer. Where the family is not identified its
/// marginals are watched in the place of θ, and the last iterate is the answer.
///
/// Units   θ is measured in standard deviations of the start (see GaussianFamily).
/// Cost    `draws` gradients an iteration; memory 10·P.
/// Random  draw i of iteration t from (seed, variational, i, 16 + t).
/// Errors  draws without a finite log p and gradient are left out and counted; throws Error when they are more than
///         `most_failed` of those of 50 iterations, with what they failed of and the coordinate in which they lie
///         furthest out.
/// Source  Kingma & Ba (2015), ICLR, arXiv 1412.6980; Dhaka, Catalina, Andersen, Magnusson, Huggins & Vehtari (2020),
///         NeurIPS 33, arXiv 2009.00666; Welandawe, Andersen, Vehtari & Huggins (2022), arXiv 2203.15945.
struct Stochastic {
  std::size_t draws = 16;
  std::vector<double> step_sizes{0.1, 0.03, 0.01};  ///< tried for `trial` iterations each
  int trial = 40;
  int rounds = 2;
  double shrink = 0.3;  ///< of the step size, from round to round
  int first_window = 100, max_iterations = 20000;
  double r_hat = 1.1, tolerance = 2e-3, mcse = 0.004;
  double most_failed = 0.25;
};

struct ElboAt {
  std::int64_t iteration = 0;
  Elbo elbo;
};

/// False ends the climb where it stands.
using ElboObserver = std::function<bool(const ElboAt&)>;

struct StochasticResult {
  std::vector<double> theta;  ///< the mean of the last window; the last iterate where the family is not identified
  std::vector<double> error;  ///< Monte Carlo standard error of the window's mean of θ or of the marginals, by batches
  std::vector<ElboAt> trace;  ///< over 50 iterations each
  double step_size = 0;       ///< the one that was chosen for the first round
  double r_hat = 0;           ///< the largest of the last window
  bool stationary = false;    ///< false: iterations ran out, or the observer ended the climb
  std::int64_t iterations = 0, failed = 0;
};

StochasticResult climb_stochastic(Points& points, GaussianFamily& family, const Stochastic& method,
                                  std::vector<double> theta, std::uint64_t seed, const ElboObserver& observer = {});

}  // namespace thalweg
