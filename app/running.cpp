#include "app/running.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/bias.hpp"
#include "app/certificate.hpp"
#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/report.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "app/until.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/dynamics/checkpoint.hpp"

namespace thalweg::app {
namespace {

constexpr std::size_t rows_shown = 40;

void say(bool quiet, const std::string& text) {
  if (!quiet) print_err("{}\n", text);
}

/// What warm-up settled on, where the exports look for it.
void store_adaptation(RunFile& run) {
  const SampleOutcome outcome = describe(run.checkpoint()).outcome;
  if (outcome.warmup < 0) return;
  run.write_adaptation({{-1, outcome.step_size, outcome.variances}});
}

int after_interruption(const RunFile& run, bool finished) {
  if (!run.has_checkpoint()) {
    print_err("Stopped before anything was saved: no run file is left.\n");
  } else if (finished) {
    print_err("The run is complete. See it with\n  thalweg summary {}\n", run.path());
  } else {
    print_err("Stopped; what was done is saved. Go on with\n  thalweg resume {}\n", run.path());
  }
  return 128 + signal_received();
}

std::string describe_outcome(const SampleOutcome& o, double seconds) {
  std::string text = fmt::format("warm-up {} transitions a chain{}, {} metric, step size {:.3g}, {} gradients, {}",
                                 o.warmup, o.settled ? " (settled)" : "", to_string(o.metric), o.step_size,
                                 o.warmup_counts.gradients + o.sampling_counts.gradients, duration(seconds));
  if (o.ladder)
    text += fmt::format("\nladder of {} rungs, swaps taken with probability {:.2f}", o.ladder->beta.size(),
                        fmt::join(o.ladder->acceptance, " "));
  if (o.log_evidence)
    text += fmt::format("\nlog Z = {:.4f} +- {:.4f}{}", *o.log_evidence, o.evidence_error,
                        (o.ladder && o.ladder->gaussian) || (o.annealing && o.annealing->gaussian)
                            ? ", the integral of the whole density"
                            : ", of the likelihood under the prior");
  if (o.annealing && o.annealing->metrics.empty()) text += fmt::format(", in {} stages", o.annealing->beta.size());
  return text;
}

}  // namespace

int report_finished(RunFile& run) {
  const auto stop = stored_stop(run);
  if (stop && stop->in_warmup) {
    print_err("{}", describe_stop(run));
    return status_untrusted;
  }
  const Summary summary = [&] {
    const RunFile::Reading reading(run);
    return summarise_run(run, {}, [] { return !interrupted(); });
  }();
  if (interrupted()) return after_interruption(run, true);
  run.write_statistics(to_statistics(summary));
  const int status = print_report(summary, judge_run(run, summary), rows_shown);
  if (summary.rows.size() > rows_shown) {
    print_out("All {} quantities: thalweg summary {}\n", summary.rows.size(), run.path());
  }
  print_out("{}Run file: {}\n", describe_stop(run), run.path());
  return stop && !stop->reached ? int(status_untrusted) : status;
}

int carry_out(RunFile& run, const Model& model, int threads, bool quiet,
              const std::function<SampleOutcome(Clock&, ProgressDisplay&)>& go) {
  SteadyClock clock;
  SampleOutcome outcome;
  const double start = clock.seconds();
  try {
    ProgressDisplay display(clock, quiet);
    outcome = go(clock, display);
  } catch (const Error& error) {
    if (!run.has_checkpoint()) throw;
    fail("{}\n  what was done before is saved: thalweg resume {}", error.what(), run.path());
  }
  if (run.has_checkpoint()) store_adaptation(run);
  if (!outcome.finished) return after_interruption(run, false);
  if (outcome.warmup >= 0) say(quiet, describe_outcome(outcome, clock.seconds() - start));
  if (interrupted()) return after_interruption(run, true);
  if (!quiet) {
    for (const LogEntry& entry : run.log()) {
      if (entry.level == "warning" || entry.level == "failure") print_err("{}: {}\n", entry.level, entry.text);
    }
  }
  measure_bias(run, model, threads, quiet);
  if (interrupted()) return after_interruption(run, true);
  certify(run, model, threads);
  if (interrupted()) return after_interruption(run, true);
  return report_finished(run);
}

}  // namespace thalweg::app
