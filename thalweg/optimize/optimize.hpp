// Optima of a log density from many starts at once, and a census of what they found.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "thalweg/density/model.hpp"
#include "thalweg/optimize/adam.hpp"
#include "thalweg/optimize/ascent.hpp"
#include "thalweg/optimize/census.hpp"
#include "thalweg/optimize/gradient_descent.hpp"
#include "thalweg/optimize/lbfgs.hpp"
#include "thalweg/optimize/newton.hpp"
#include "thalweg/optimize/objective.hpp"

namespace thalweg {

enum class Optimizer { lbfgs, newton, adam, gradient_descent, annealing };
/// "lbfgs", "newton", "adam", "gradient-descent" or "annealing".
const char* to_string(Optimizer optimizer);

struct OptimizeSettings {
  Objective objective = Objective::map;
  Optimizer optimizer = Optimizer::lbfgs;
  std::size_t starts = 32;
  double init_radius = 2;
  std::vector<std::vector<double>> given{};  ///< unconstrained starts: none, or one each
  std::uint64_t seed = 0;
  std::int64_t max_iterations = 0;  ///< 0: the optimizer's default
  double tolerance = 1e-8;          ///< nats still to be gained; the best start of each end goes on to rounding
  double step_size = 0;             ///< of descent, annealing and Adam; 0: automatic
  double half_life = 0;             ///< of that step size, in iterations; 0: constant
  double temperature = 10;          ///< of annealing, at its start
  bool save_path = false;
  bool fix_untouched = false;  ///< mle: parameters that no likelihood term touches stay at their start
  CensusSettings census{};
  int threads = 1;
};

/// One point of a path, for --save-path.
struct PathPoint {
  double energy = 0, gradient_norm = 0, step = 0;  ///< E = −log p
  std::vector<double> x;
};

/// What came of one start.
struct Climb {
  std::vector<double> start, x, gradient;
  double log_p = 0;
  Ascent ascent;
  bool found = false;  ///< a finite point; false: ascent.evidence says why there is none
  std::vector<PathPoint> path{};
};

struct OptimizeResult {
  std::vector<Climb> climbs;
  Census census;
  std::int64_t gradients = 0, products = 0;
};

/// Climbs from all starts, in packs, then takes the census: see Census.
///
/// Cost    the climbs share evaluations: W of them cost about as much as one. Memory 20·d a start, and the path.
/// Random  start i, try k from (seed, init, i, k).
/// Errors  std::invalid_argument on settings out of range; Error when no start has a finite log density and gradient,
///         with the reason found most often, when `mle` meets parameters that no likelihood term touches, and what
///         Model::workspace throws. Once `keep_going` is false, what was found so far is returned.
OptimizeResult optimize(const Model& model, const OptimizeSettings& settings,
                        const std::function<bool()>& keep_going = {});

}  // namespace thalweg
