// "x[1] > 1": the event that --first-passage waits for.
#pragma once
#include <string>

#include "thalweg/sde/ensemble.hpp"
#include "thalweg/sde/sde_model.hpp"

namespace thalweg::app {

/// A sum of coordinates with factors compared with a number, `x[1] - 0.5 * x[2] < -1`; or between two, `-1 < x[1] < 1`,
/// which waits for it to leave the interval; `abs(x[1]) > 2` is leaving (-2, 2).
///
/// Errors  throws UsageError with the column, what was expected and what was found.
PassageSettings parse_passage(const std::string& text, const SdeModel& model);

}  // namespace thalweg::app
