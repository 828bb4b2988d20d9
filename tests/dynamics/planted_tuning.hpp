// Planted errors: each is the sampler with one decision of the tuning of microcanonical methods gone wrong, and is
// failed by the test that its name is in.
#pragma once
#include "thalweg/dynamics/chain.hpp"

namespace thalweg::planted {

/// The length stays what it is before draws have told.
struct LengthNotUpdated : SamplerRules {
  static Warmup warmup(Warmup w, std::size_t) { return w.length_share = 0, w; }
};

/// E[W²] = tolerance, without the d.
struct EnergyNotByDimension : SamplerRules {
  static Warmup warmup(Warmup w, std::size_t d) { return w.energy /= static_cast<double>(d), w; }
};

/// The step size that the bounded steering finds is left as it is.
struct SteeringAlone : SamplerRules {
  static Warmup warmup(Warmup w, std::size_t) { return w.energy = 0, w; }
};

}  // namespace thalweg::planted
