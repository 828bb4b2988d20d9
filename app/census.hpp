// The census of modes for people and programs, and for the verdicts on approximations.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "app/answer.hpp"
#include "app/model_command.hpp"
#include "thalweg/optimize/approximation.hpp"
#include "thalweg/optimize/optimize.hpp"
#include "thalweg/variational/certificate.hpp"

namespace thalweg::app {

/// One line an end, as a table.
std::string table_of(const Census& census);
nlohmann::ordered_json to_json(const Census& census);

/// Whether the best end can be trusted as the optimum, why not, and what to try.
Verdict judge(const Census& census, const OptimizeSettings& settings, const std::string& model);

/// Takes a census from `starts` starts and counts the maxima that the approximation's draws do not reach: those near
/// which, within a few standard deviations of their own, lie less than a tenth of the draws that their weight asks for.
/// Adds what it found to the answer's facts.
MissedModes missed_modes(const Model& model, const Approximation& q, const ModelCommand& command, std::int64_t starts,
                         Answer& answer);

}  // namespace thalweg::app
