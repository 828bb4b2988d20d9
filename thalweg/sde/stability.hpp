// Whether a step is small enough for what the drift does.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "thalweg/sde/scheme.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg {

/// Compares the linearised drift with the scheme's region of stability at some points ([count][dimension], time t):
/// an eigenvalue λ of ∂f with Re λ < 0 that the step multiplies by more than 1 is a motion that dies out in the SDE
/// and grows in the scheme. Of an SDE of more than
/// 200 coordinates nothing is said.
///
/// Returns  a sentence with the largest stable step when that happens at half of the points or more; else nothing.
std::string stability_warning(const SdeModel& model, Scheme scheme, double step, double t,
                              std::span<const double> points);

}  // namespace thalweg
