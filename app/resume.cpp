// thalweg resume NAME.run: goes on where a run stopped, to the same bits, or extends a finished one.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/answer.hpp"
#include "app/bias.hpp"
#include "app/certificate.hpp"
#include "app/company.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/model_source.hpp"
#include "app/print.hpp"
#include "app/run_settings.hpp"
#include "app/running.hpp"
#include "app/simulate.hpp"
#include "app/status.hpp"
#include "app/until.hpp"
#include "app/verbs.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::app {
namespace {

struct ResumeCommand {
  std::string path;
  std::int64_t threads = 0, draws = 0;
  UntilOptions until;
  bool different_bits = false, quiet = false;
};

void check_fingerprint(const ResumeCommand& c, const RunFile& run, const std::string& now) {
  const std::string& then = run.header().fingerprint;
  if (then == now) return;
  if (!c.different_bits) {
    fail(
        "{}: this run was made by another build, whose draws may differ in their last bits\n  then: {}\n  now:  {}\n"
        "  --allow-different-bits goes on all the same",
        c.path, then, now);
  }
  if (!c.quiet) note("another build began this run: its draws may differ in their last bits from here on");
}

/// The rule under which to go on: the stored one with what the command line changes, or nothing for a plain number of
/// draws. `have`: draws that the run has, or was going to have.
std::optional<StoppingRule> rule_to_go_on(const ResumeCommand& c, const RunFile& run, const SampleSettings& s,
                                          std::int64_t have) {
  const std::optional<StoppingRule> stored = stored_rule(run);
  const auto stop = stored_stop(run);
  if (c.until.min_draws && c.until.accuracy.empty())
    throw UsageError("--min-draws: is where the looks of --until begin, which is not given");
  if (!c.until.given()) {
    const bool is_over = stop && stop->reached && !stop->by_time;
    if (!stored || (is_over && c.draws > 0)) return {};  // --draws extends what a rule has ended
    StoppingRule rule = *stored;
    if (c.draws > 0) rule.max_draws = c.draws;
    return rule;
  }
  StoppingRule rule = stored.value_or(StoppingRule{});
  if (!c.until.accuracy.empty()) {  // new looks begin where the run stands
    rule.accuracy = c.until.accuracy;
    rule.min_draws = std::max(c.until.min_draws.value_or(StoppingRule{}.min_draws), have);
    rule.max_draws = 1024 * rule.min_draws;
  }
  if (c.until.max_gradients) rule.max_gradients = c.until.max_gradients;
  if (c.until.max_seconds) rule.max_seconds = c.until.max_seconds;
  if (c.draws > 0) rule.max_draws = c.draws;
  if (!rule.max_draws) rule.max_draws = have;
  require_sound(rule, s);
  return rule;
}

int run_resume(const ResumeCommand& c) {
  RunFile run = RunFile::resume(c.path);
  if (is_open_simulation(run)) return resume_simulation(run, int(c.threads), c.quiet);
  if (stored_answer(run)) {
    note(fmt::format("{} is finished, and of a command that has nothing to go on with", c.path));
    return print_answer(run, *stored_answer(run), {}, 0);
  }
  if (!run.has_checkpoint()) {
    fail("{}: this run was stopped before anything was saved; sample again with --overwrite", c.path);
  }
  const Checkpoint checkpoint = run.checkpoint();
  const CheckpointSummary standing = describe(checkpoint);
  const SampleSettings& s = standing.settings;
  const std::int64_t have = s.draws_per_chain() * s.chains;
  if (c.draws > 0 && c.draws < have) {
    throw UsageError(fmt::format("--draws: {} was made for {} draws in all, which cannot be taken back to {}", c.path,
                                 have, c.draws));
  }
  std::optional<StoppingRule> rule = rule_to_go_on(c, run, s, have);
  const LoadOptions options{
      .seed = s.seed, .quiet = c.quiet, .subset = traits_of(s.method).minibatches, .constants = follows_path(s.method)};
  const auto load = [&] {
    return reload_model(run.header().program_name, run.header().program_source, run.data(), options);
  };
  const auto certify_if_needed = [&] {
    const bool biased = wants_bias(run) && !stored_bias(run);
    if (!biased && (s.special.temperature == 0 || stored_certificate(run))) return;
    const Model model = load();
    if (biased) measure_bias(run, model, int(c.threads), c.quiet);
    if (!interrupted()) certify(run, model, int(c.threads));
  };
  const auto stop = stored_stop(run);
  const bool changes = c.draws > 0 || c.until.given();
  if (stop && !stop->by_time && !changes) {
    if (!c.quiet) note(fmt::format("{} is finished{}", c.path, stop->more == "-" ? "; --draws N extends it" : ""));
    certify_if_needed();
    return report_finished(run);
  }
  const std::int64_t more = !rule && c.draws > have ? c.draws - have : 0;
  if (checkpoint.finished && !rule && more == 0) {
    if (!c.quiet) note(fmt::format("{} is finished with {} draws; --draws N extends it to N in all", c.path, have));
    certify_if_needed();
    return report_finished(run);
  }

  const Model model = load();
  check_fingerprint(c, run, run_fingerprint(model));
  const std::int64_t wanted = rule ? *rule->max_draws : have + more;
  const std::int64_t total = (wanted + s.chains - 1) / s.chains * s.chains;
  if (rule) rule->max_draws = total;
  if (!c.quiet) {
    if (c.draws > 0 && total != wanted)
      note(fmt::format("--draws {} is rounded up to {}, a multiple of the {} chains", wanted, total, s.chains));
    print_err("{}: going on {} in {} chains, seed {}, {} thread{}{}\n", c.path,
              rule ? to_words(*rule) : fmt::format("to {} draws", total), s.chains, s.seed, c.threads,
              c.threads == 1 ? "" : "s", in_processes());
  }
  if (rule ? changes || stop : stop.has_value()) {  // from here on the run stands under this rule, or none
    run.set_setting("until", rule ? to_json(*rule).dump() : "null");
    run.set_setting("stopped", "null");
  }
  return carry_out(run, model, int(c.threads), c.quiet, [&](Clock& clock, ProgressDisplay& display) {
    const auto go = [&](const Execution& execution) {
      return rule ? sample_under(*rule, model, s, execution, run, c.quiet, clock, display)
                  : resume(model, checkpoint, more, execution, run, clock, display);
    };
    const SampleOutcome outcome = in_company(run.header().program_name, run.header().program_source, model, run.data(),
                                             options, int(c.threads), go);
    if (more > 0) run.set_setting("draws", nlohmann::json(total).dump());
    return outcome;
  });
}

}  // namespace

Action add_resume(CLI::App& parent) {
  auto c = std::make_shared<ResumeCommand>();
  c->threads = default_threads();
  CLI::App& app = *parent.add_subcommand("resume", "Go on with a run that was stopped or killed, to the same bits");
  app.add_option("RUN", c->path, "The run file")->required()->type_name("NAME.run")->check(not_empty());
  integer_option(app, "--threads", c->threads, 1, 4096, "Threads; may differ from those of the run so far");
  integer_option(
      app, "--draws", [c](std::int64_t n) { c->draws = n; }, 1, 1'000'000'000'000,
      "Extend the run to N stored draws in all, over all chains; under --until or a budget: at most");
  add_until_options(app, c->until);
  app.add_flag("--allow-different-bits", c->different_bits, "Go on although another build began this run");
  app.add_flag("--quiet", c->quiet, "No progress and no notes; the summary only");
  return [c] { return run_resume(*c); };
}

}  // namespace thalweg::app
