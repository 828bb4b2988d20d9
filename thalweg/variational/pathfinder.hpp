// Pathfinder: Gaussians found along ascents of the log density, many paths into one approximation.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "thalweg/core/card.hpp"
#include "thalweg/density/model.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/trust/pareto.hpp"
#include "thalweg/trust/resample.hpp"
#include "thalweg/variational/paths.hpp"

namespace thalweg {

/// The approximation is q = (1/K) Σ q_k over the K paths that found a Gaussian, with log q of this mixture for every
/// draw: weights p/q then correct how many paths came to each basin. With a path's own q_k in its place they would
/// not: where basins of weight 0.75 and 0.25 got 12 and 4 of 16 paths, the first would come out at 0.90.
///
/// Cost    find_paths, then `draws` gradients and K densities of Gaussians for every draw.
/// Random  see find_paths and draw_mixture; the choice of resampled draws: see resample.
/// Errors  throws Error when no path found a Gaussian, with every reason; std::invalid_argument on settings out of
///         range.
/// Source  Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23(306); Vehtari, Simpson, Gelman, Yao & Gabry (2024),
///         JMLR 25(72) (Pareto smoothing).
struct PathfinderSettings {
  PathSearch search{};  ///< paths, starts, seed
  std::size_t draws = 1000;
  std::optional<Resampling> resample = Resampling::systematic;  ///< by smoothed weights; nothing: not at all
  Parts parts = whole_density;
  int threads = 1;
};

struct PathfinderResult {
  Approximation approximation;  ///< its components are those of the paths without a failure, in order
  std::vector<Path> paths;
  ParetoWeights weights;  ///< of the draws, smoothed
  Resampled resampled;    ///< empty unless asked for
  std::int64_t gradients = 0;
};

PathfinderResult pathfinder(const Model& model, const PathfinderSettings& settings = {});

inline constexpr Card pathfinder_card{
    .name = "pathfinder",
    .purpose = "Gaussians along the way to the modes, many ways weighted into one approximation; milliseconds",
    .needs = "a log density with its gradient, continuous parameters",
    .exact =
        "approximate: exact for Gaussian posteriors; resampled draws converge to the posterior only as far as the "
        "paths cover it",
    .cost = "per path one gradient an iteration and some draws for each, then one gradient a draw",
    .source = "Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23(306)",
};

}  // namespace thalweg
