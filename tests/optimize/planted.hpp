// Classic mistakes, each failed by a named test.
#pragma once
#include "thalweg/density/model_table.hpp"
#include "thalweg/optimize/line_search.hpp"
#include "thalweg/optimize/newton.hpp"
#include "thalweg/optimize/objective.hpp"
#include "thalweg/optimize/runaway.hpp"

namespace thalweg::test {

/// The condition of sufficient gain with its sign turned: a step may lose that much.
struct LosingWolfe : Wolfe {
  LosingWolfe() { gain = -1; }
};

/// The slope at the end need not have fallen.
struct SlopelessWolfe : Wolfe {
  SlopelessWolfe() { slope = 1e9; }
};

/// Newton's method without a trust region: every step is taken, as far as the model says.
struct NoTrustRegion {
  static double next_radius(double, double, double, bool) { return 1e6; }
  static bool accepts(double) { return true; }
};

/// Whatever gains is called a flight.
struct HastySteadiness : Steadiness {
  HastySteadiness() { least_slope = 0; }
};

inline Parts map_without_jacobian(Objective objective) {
  return objective == Objective::map ? whole_density & ~part_jacobian : parts_of(objective);
}
inline Parts mode_with_jacobian(Objective objective) {
  return objective == Objective::mode ? whole_density : parts_of(objective);
}
inline Parts mle_with_prior(Objective objective) {
  return objective == Objective::mle ? part_likelihood | part_prior : parts_of(objective);
}

}  // namespace thalweg::test
