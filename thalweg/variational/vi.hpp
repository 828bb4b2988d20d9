// Variational inference: the Gaussian of a family that is nearest to the posterior, KL(q‖p).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/variational/family.hpp"
#include "thalweg/variational/linear_response.hpp"
#include "thalweg/variational/paths.hpp"
#include "thalweg/variational/stochastic.hpp"

namespace thalweg {

enum class Estimator { fixed_sample, stochastic };

/// Maximises ELBO(q) = E_q[log p(x)] + entropy(q) over a family of Gaussians on the unconstrained space, from the best
/// Gaussian along a few ascents of log p.
///
/// fixed_sample: the expectation is over N draws that stay, so that L-BFGS and then Newton find the maximum to rounding
/// (see FixedSample); mean-field variances are corrected by linear response. Before them natural-gradient steps of a
/// full-rank Gaussian (see natural_step) make a base that is right about directions in which the start was wrong by
/// orders of magnitude: for full-rank always, for the others where N > d + 1 and d ≤ 500. stochastic: new draws at
/// every step (see Stochastic).
///
/// Cost    a few tens of evaluations of N gradients; memory 3·N·d besides 2·d an iterate of the ascents.
/// Random  see find_paths, FixedDraws, Stochastic and draw_mixture.
/// Errors  Error: no start, no scale at which all draws have a finite log density, too many failed draws.
///         std::invalid_argument: settings out of range; full-rank and low-rank with N ≤ d + 1 fixed draws, whose ELBO
///         has no maximum.
struct ViSettings {
  Family family = Family::mean_field;
  Estimator estimator = Estimator::fixed_sample;
  std::size_t rank = 0;  ///< of the low-rank family; 0: the smaller of 8 and d − 1
  /// N. 0: for mean-field 64, or 2·(d + 1) up to d = 500 if that is more; for the others the larger of 256 and 4·(d +
  /// 1), since covariances are fitted to the sample, too.
  std::size_t fixed_draws = 0;
  PathSearch start{.paths = 4};  ///< has the seed of everything
  /// Tolerance 0: 1e-18 nats; for the low-rank family, of whose parameters not all matter, 1e-9, or 30 iterations that
  /// gain less than 1e-3 nats together: less than what its sample is off by.
  Lbfgs ascent{.arrival = {.tolerance = 0}};
  bool polish = true;   ///< Newton after L-BFGS, where the model has Hessian–vector products
  bool respond = true;  ///< linear response for mean-field fixed-sample
  LinearResponseSettings response{};
  Stochastic stochastic{};
  std::size_t draws = 1000;
  Parts parts = whole_density;
  int threads = 1;
};

struct ViResult {
  MultivariateNormal q;
  Approximation draws;
  Elbo elbo;  ///< from `draws`, which the optimiser has not seen
  std::vector<ElboAt> trace;
  Ascent ascent;  ///< fixed-sample: of the ELBO; its iterations are natural-gradient steps of full-rank, L-BFGS's and
                  ///< Newton's
  double objective = 0;  ///< fixed-sample: the ELBO of the fixed draws at the optimum
  std::size_t fixed_draws = 0;
  bool exact_moments = false;  ///< fixed-sample: the draws are whitened, so that Gaussian targets come out exactly
  LinearResponse response;     ///< empty where it does not apply
  StochasticResult stochastic;
  std::vector<std::string> notes;  ///< what the reader should know: scales shrunk, draws dropped, corrections left out
  std::int64_t gradients = 0, products = 0;
};

ViResult variational_inference(const Model& model, const ViSettings& settings = {}, const ElboObserver& observer = {});

inline constexpr Card vi_card{
    .name = "vi",
    .purpose = "the nearest Gaussian by the evidence lower bound: mean-field, low-rank or full-rank",
    .needs = "a log density with its gradient, continuous parameters; Hessian-vector products where there are some",
    .exact =
        "approximate: exact for Gaussian posteriors within the family; variances of mean-field are too small where "
        "parameters are correlated, and are corrected by linear response",
    .cost =
        "fixed sample: N gradients an evaluation, some tens of evaluations; stochastic: 16 gradients an iteration, "
        "hundreds to thousands of them",
    .source =
        "Giordano, Ingram & Broderick (2024), JMLR 25(18); Giordano, Broderick & Jordan (2018), JMLR 19(51); "
        "Roeder, Wu & Duvenaud (2017), NeurIPS 30; Dhaka et al. (2020), NeurIPS 33",
};

}  // namespace thalweg
