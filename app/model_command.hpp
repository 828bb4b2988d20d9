// What all commands that make a run from a MODEL have in common: their first options, the model, the run file.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/model_source.hpp"
#include "app/options.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::app {

struct ModelCommand {
  std::string verb;              ///< as typed: "sample", "laplace" …
  std::string model, data_path;  ///< as given; no data: empty
  std::string out;               ///< empty: a free name
  std::uint64_t seed = 0;
  std::int64_t threads = 1;
  bool seed_given = false, overwrite = false, quiet = false;

  /// A note, unless --quiet.
  void say(const std::string& text) const;
};

/// MODEL and --data.
void add_model_arguments(CLI::App& app, ModelCommand& command);
/// --seed, --threads, --out, --overwrite and --quiet. The command must live as long as `app`.
void add_run_options(CLI::App& app, ModelCommand& command);

/// What a command wants of its model beside the density.
struct ModelNeeds {
  bool hessian = false, subset = false, constants = false;  ///< see LoadOptions
};

/// The model of a command, with its data. `data` receives what --data holds.
///
/// Errors  throws Error when --out exists and may not be replaced (before the work of compiling), when the model or
///         its data are wrong, when it has no parameters.
LoadedModel open_model(ModelCommand& command, DataMap& data, const ModelNeeds& needs = {});

/// The settings that every command stores, and its own beside them, as JSON texts.
std::map<std::string, std::string> settings_of(const ModelCommand& command, const nlohmann::json& own);

/// A header without settings and columns.
RunHeader header_of(const ModelCommand& command, const LoadedModel& loaded);

/// The run file at --out, or at the first free name made of the model's.
RunFile create_run(const ModelCommand& command, const RunHeader& header, const DataMap& data);

/// "3 parameters", for a headline.
std::string count_parameters(const Model& model);

}  // namespace thalweg::app
