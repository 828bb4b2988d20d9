// thalweg summary NAME.run: table and verdict.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/answer.hpp"
#include "app/certificate.hpp"
#include "app/interruption.hpp"
#include "app/print.hpp"
#include "app/report.hpp"
#include "app/status.hpp"
#include "app/terminal.hpp"
#include "app/text.hpp"
#include "app/until.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/sample.hpp"

namespace thalweg::app {
namespace {

struct SummaryCommand {
  std::string path, parameters;
  bool json = false;
};

int run_summary(const SummaryCommand& c) {
  const RunFile run = RunFile::open(c.path);
  const auto names = split_names(c.parameters);
  if (!c.parameters.empty() && names.empty())
    throw UsageError(fmt::format("--parameters: must name a quantity; found {}", c.parameters));
  if (const auto answer = stored_answer(run)) {
    if (!c.json) return print_answer(run, *answer, names, 0);
    print_out("{}\n", to_json(run, *answer, names).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return answer->verdict.trusted ? status_fine : status_untrusted;
  }
  const auto stop = stored_stop(run);
  if (stop && stop->in_warmup) {
    print_err("{}", describe_stop(run));
    return status_untrusted;
  }
  const Summary summary = summarise_run(run, names, [] { return !interrupted(); });
  if (interrupted()) return 128 + signal_received();
  const Verdict verdict = judge_run(run, summary);
  const CheckpointSummary standing = describe(run.checkpoint());
  if (!stop && stored_rule(run)) {
    note(fmt::format("{} is under way or was interrupted, at {} draws a chain; thalweg resume {} goes on", c.path,
                     summary.draws, c.path));
  } else if (!stop && !standing.outcome.finished) {
    note(fmt::format("{} is unfinished: {} of {} draws a chain; thalweg resume {} goes on", c.path, summary.draws,
                     standing.settings.draws_per_chain(), c.path));
  }
  const int status = verdict.trusted && !(stop && !stop->reached) ? status_fine : status_untrusted;
  if (!c.json) {
    print_report(summary, verdict, 0);
    print_out("{}", describe_stop(run));
    return status;
  }
  print_out("{}\n", to_json(run, summary, verdict).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return status;
}

}  // namespace

Action add_summary(CLI::App& parent) {
  auto c = std::make_shared<SummaryCommand>();
  CLI::App& app = *parent.add_subcommand("summary", "Table and verdict of a run");
  app.add_option("RUN", c->path, "The run file")->required()->type_name("NAME.run")->check(not_empty());
  app.add_option("--parameters", c->parameters, "Only these, separated by commas: a,b[1]")
      ->type_name("NAMES")
      ->check(not_empty());
  app.add_flag("--json", c->json, "As JSON");
  return [c] { return run_summary(*c); };
}

}  // namespace thalweg::app
