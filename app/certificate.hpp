// The certificate of a run of sample: made where the model is at hand, kept in the run file, part of every verdict.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "thalweg/density/model.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/trust/summary.hpp"
#include "thalweg/trust/verdict.hpp"

namespace thalweg::app {

/// The share of the gradients of a run that its census of modes may take, when --starts does not ask for more.
inline constexpr double census_share = 0.2;

/// Audits the draws of a finished run against its model, takes a census of modes from the run's `--starts`, and keeps
/// what came of it in the run. At temperature 0 there is nothing to certify, at others than 1 no census.
void certify(RunFile& run, const Model& model, int threads);

/// The certificate's numbers and verdict; nothing when there is none for the draws that the run has now.
std::optional<nlohmann::ordered_json> stored_certificate(const RunFile& run);

/// The verdict on the summary together with the stored certificate; without one, a note of a finished run says so.
Verdict judge_run(const RunFile& run, const Summary& summary);

}  // namespace thalweg::app
