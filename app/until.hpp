// --until and the budgets: as options, as the run file keeps them, and how a run under them ends.
#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/terminal.hpp"
#include "thalweg/io/run_file.hpp"
#include "thalweg/stopping/until.hpp"

namespace thalweg::app {

/// What the command line says of a stopping rule; absent: nothing.
struct UntilOptions {
  Accuracy accuracy;
  std::optional<std::int64_t> min_draws, max_gradients;
  std::optional<double> max_seconds;
  bool given() const { return !accuracy.empty() || max_gradients || max_seconds; }
};

/// --until, --min-draws, --max-time and --max-gradients. `options` must live as long as `app`.
void add_until_options(CLI::App& app, UntilOptions& options);

/// The rule of a new run. `draws` is --draws, or nothing when it was left out: then --until has ten doublings from its
/// first look, and a budget alone the draws of `settings`. Throws UsageError, or std::invalid_argument, on what does
/// not go together.
StoppingRule rule_of(const UntilOptions& options, std::optional<std::int64_t> draws, const SampleSettings& settings);

/// What an accuracy asks for beyond or below the verdict's own limits, as a note; empty when there is nothing to say.
std::string remark_on(const Accuracy& accuracy);

/// "until ess=400, at most 1024000 draws", for a headline.
std::string to_words(const StoppingRule& rule);

/// The setting `until` of a run.
nlohmann::json to_json(const StoppingRule& rule);
/// Nothing for a run without a rule.
std::optional<StoppingRule> stored_rule(const RunFile& run);

/// How a run under a rule ended, as its setting `stopped` keeps it.
struct StoredStop {
  bool by_time = false, reached = false, in_warmup = false;
  std::string text;  ///< in words: what ended it, what was reached
  std::string more;  ///< options of `thalweg resume` that go on; "-" when nothing does
};
std::optional<StoredStop> stored_stop(const RunFile& run);
/// The whole setting, for `summary --json`; null for a run without a rule, or one that is under way.
nlohmann::ordered_json stop_as_json(const RunFile& run);
/// What ended the run and how to go on, a line each, as the report says it; empty without a rule.
std::string describe_stop(const RunFile& run);

/// Samples into `run` under `rule`, from its checkpoint when it has one, and stores how that ended. `quiet`: no line a
/// look.
SampleOutcome sample_under(const StoppingRule& rule, const Model& model, const SampleSettings& settings,
                           const Execution& execution, RunFile& run, bool quiet, Clock& clock,
                           ProgressDisplay& display);

}  // namespace thalweg::app
