// The grid of times of a simulation, and its settings made complete.
#pragma once
#include <cstdint>
#include <vector>

#include "thalweg/sde/simulate.hpp"

namespace thalweg {

/// Equal steps from one time of observation to the next, an even number of them.
struct Interval {
  double start, end, step;
  std::int64_t steps, first_increment;
};

/// The settings with observation times, calculus, scheme and number of bias paths filled in; `step` stays as it is.
/// Throws std::invalid_argument and Error as `simulate` does.
SimulationSettings completed(const SdeModel& model, SimulationSettings settings);

/// With a tolerance the steps are left open (0). Throws std::invalid_argument when it would take more than 2⁴⁰ steps.
std::vector<Interval> intervals_of(const SimulationSettings& settings, double step);

/// The largest step, by halving, at which the biases of a pilot's means and variances are below a third of the standard
/// errors that all paths will have. `settled` is false when that was not reached.
struct StepChoice {
  double step;
  bool settled;
};
StepChoice choose_step(const SdeModel& model, const SimulationSettings& settings, const SimulationExecution& execution);

}  // namespace thalweg
