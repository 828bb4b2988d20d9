// Which method suits a density, found out by a short run.
#pragma once
#include <string>

#include "thalweg/density/model.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg {

struct Choice {
  Method method = Method::nuts;
  std::string reason;  ///< in words: what was found
};

/// Runs NUTS for `warmup` transitions of 32 chains and looks at the next four: where trajectories still are long, an
/// ensemble that learns from hundreds of chains (laps) needs fewer gradients in all; where they are short NUTS does.
/// The same for any number of threads, on every machine.
///
/// Cost    about 34 transitions of 32 chains: their gradients are not used again.
/// Errors  as `sample`, when no start is found.
struct ChooseMethod {
  std::int64_t warmup = 30;
  double long_trajectory = 24;  ///< gradients a transition from which on laps is taken; docs/sampling.md has the table
};
Choice choose_method(const Model& model, const SampleSettings& settings, const Execution& execution,
                     const ChooseMethod& rule = {});

}  // namespace thalweg
