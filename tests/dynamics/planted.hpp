// Planted errors: each is the sampler with one decision gone wrong, and is failed by the test that its name is in.
#pragma once
#include "thalweg/dynamics/chain.hpp"

namespace thalweg::planted {

/// The U-turn test looks at one end of a stretch only.
struct OneSidedTurn : SamplerRules {
  static bool turned(double begin, double) { return !(begin > 0); }
};

/// Progressive sampling inside subtrees, but without the weights: the later half is taken every other time.
struct UnweightedChoice : SamplerRules {
  static bool takes_later(double u, double, double) { return u < 0.5; }
};

/// The momentum of the first transition is kept.
struct StaleMomentum : SamplerRules {
  static void draw_momentum(double* p, std::size_t dimension, Random<double>& random) {
    if (p[0] == 0) SamplerRules::draw_momentum(p, dimension, random);
  }
};

/// Step sizes go on adapting after warm-up.
struct EndlessAdaptation : SamplerRules {
  static bool adapts(EpochRole role) { return role != EpochRole::start; }
};

/// A request is answered with the lane beside it.
struct NeighbourLane : SamplerRules {
  static std::size_t source(std::size_t lane, std::size_t live) { return (lane + 1) % live; }
};

/// A checkpoint that does not hold the average of log ε.
struct ForgottenAverage : SamplerRules {
  static DualAveraging::State resumed(DualAveraging::State s) {
    s.log_step_average = 0;
    return s;
  }
};

}  // namespace thalweg::planted
