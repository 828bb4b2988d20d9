// The settings of a run as the run file keeps them, and its names.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/dynamics/sample.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/stopping/until.hpp"

namespace thalweg::app {

/// What `sample` keeps of its settings, beside those of every command.
nlohmann::json to_json(const SampleSettings& settings, const std::string& init,
                       const std::optional<StoppingRule>& rule);

/// Fingerprint of a run: the build of the program and of the model's unit.
std::string run_fingerprint(const Model& model);

/// "stem.run", or "stem-2.run", "stem-3.run" … in the current folder: the first that is free.
std::string free_run_name(const std::string& stem);

}  // namespace thalweg::app
