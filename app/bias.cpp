#include "app/bias.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "app/interruption.hpp"
#include "app/machine.hpp"
#include "app/print.hpp"
#include "app/report.hpp"
#include "app/terminal.hpp"
#include "thalweg/core/collective.hpp"
#include "thalweg/dynamics/chain.hpp"
#include "thalweg/dynamics/tail.hpp"
#include "thalweg/trust/bias.hpp"
#include "thalweg/trust/diagnostics.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

constexpr const char* key = "bias";
constexpr double largest_rhat = 1.1;  ///< of a tail that says something

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

/// --tail of the run.
std::int64_t tail_draws(const RunFile& run) {
  const auto found = run.header().settings.find("tail");
  if (found == run.header().settings.end()) return 0;
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  return json.is_number_integer() ? json.get<std::int64_t>() : 0;
}

std::string describe(const Tail& tail) {
  const SampleOutcome& o = tail.outcome;
  return fmt::format(
      "a tail of {} chains of nuts with full gradients, {} transitions of warm-up and {} draws ({} gradients)",
      tail.chains, o.warmup, tail.chains * tail.draws, o.warmup_counts.gradients + o.sampling_counts.gradients);
}

Verdict judge_bias(const BiasReport& report, const Tail& tail, double rhat, const SampleSettings& s) {
  const BiasLimits limits;
  Verdict verdict;
  const std::string name = to_string(s.method), words = to_words(report), against = describe(tail);
  if (!report.beyond.empty()) {
    verdict.trusted = false;
    verdict.findings.push_back(
        {Finding::Weight::failure,
         fmt::format("{}'s {}, against {}: more than {} sd or {:.0f} % beyond chance, of {}{}", name, words, against,
                     limits.mean, 100 * limits.sd, report.beyond.front(),
                     report.beyond.size() > 1 ? fmt::format(" and {} more", report.beyond.size() - 1) : "")});
    verdict.advice.push_back(
        "take shorter steps (a smaller --step-size or --tolerance, or --step-decay) or a larger --minibatch; nuts and "
        "mala have no such bias");
  } else {
    verdict.findings.push_back({Finding::Weight::note, fmt::format("{}'s {}, against {}", name, words, against)});
  }
  if (!(rhat <= largest_rhat))
    verdict.findings.push_back(
        {Finding::Weight::note,
         fmt::format("the chains of the tail do not agree (R-hat {:.2f}): what it says of the bias is not certain; a "
                     "longer --tail",
                     rhat)});
  if (report.compared > 0)
    verdict.evidence = fmt::format("bias at most {:.2f} ± {:.2f} sd in a mean ({})", std::abs(report.mean.mean),
                                   report.mean.mean_error, report.mean.name);
  return verdict;
}

}  // namespace

bool wants_bias(const RunFile& run) {
  if (!run.has_checkpoint() || tail_draws(run) == 0) return false;
  const CheckpointSummary standing = thalweg::describe(run.checkpoint());
  return traits_of(standing.settings.method).minibatches && standing.settings.special.temperature > 0 &&
         run.common_draw_count(Phase::sampling) > 0;
}

void measure_bias(RunFile& run, const Model& model, int threads, bool quiet) {
  if (!wants_bias(run)) return;
  const SampleSettings s = thalweg::describe(run.checkpoint()).settings;
  SteadyClock clock;
  const Tail tail = [&] {
    ProgressDisplay display(clock, quiet);
    return full_gradient_tail(model, run.checkpoint(), {.draws = tail_draws(run)}, {.threads = threads}, clock,
                              display);
  }();
  if (!tail.outcome.finished) return;
  std::vector<MomentBias> rows;
  double rhat = 0;
  const std::int64_t draws = run.common_draw_count(Phase::sampling), chains = run.header().chains;
  {
    const RunFile::Reading reading(run);
    const ColumnReader read = column_reader(run, draws);
    std::vector<double> values(static_cast<std::size_t>(chains * draws));
    for (const Quantity& q : quantities_of(run, {})) {
      if (!q.decides) continue;
      for (std::int64_t c = 0; c < chains; ++c)
        read(c, q.column,
             std::span(values).subspan(static_cast<std::size_t>(c * draws), static_cast<std::size_t>(draws)));
      const Column reference{tail.column(q.column - statistic_count), tail.chains};
      rows.push_back(compare_moments(q.name, {values, chains}, block_particles, reference));
      Diagnostics diagnostics;
      diagnostics.assign(reference);
      if (diagnostics.condition() == Condition::fine) rhat = std::max(rhat, diagnostics.rhat());
      if (interrupted()) return;
    }
  }
  const BiasReport report = report_of(rows);
  ordered_json json{{"draws_per_chain", run.common_made_count()},
                    {"tail",
                     {{"method", "nuts"},
                      {"chains", tail.chains},
                      {"warmup", tail.outcome.warmup},
                      {"draws", tail.chains * tail.draws},
                      {"gradients", tail.outcome.warmup_counts.gradients + tail.outcome.sampling_counts.gradients},
                      {"largest_rhat", number(rhat)}}}};
  auto& listed = json["quantities"] = ordered_json::array();
  for (const MomentBias& row : rows)
    listed.push_back({{"name", row.name},
                      {"mean", number(row.mean)},
                      {"mean_error", number(row.mean_error)},
                      {"sd", number(row.sd)},
                      {"sd_error", number(row.sd_error)}});
  json["verdict"] = to_json(judge_bias(report, tail, rhat, s));
  run.set_setting(key, json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::optional<ordered_json> stored_bias(const RunFile& run) {
  const auto found = run.header().settings.find(key);
  if (found == run.header().settings.end()) return {};
  const ordered_json json = ordered_json::parse(found->second, nullptr, false);
  if (!json.is_object() || json.value("draws_per_chain", -1) != run.common_made_count()) return {};
  return json;
}

double squared_bias_of(const RunFile& run, const SamplerFacts& facts) {
  const auto json = stored_bias(run);
  if (!json) return facts.squared_bias;
  double worst = 0;
  for (const auto& row : json->at("quantities"))
    for (const auto& [moment, error, factor] : {std::tuple{"mean", "mean_error", 1.0}, {"sd", "sd_error", 2.0}})
      if (row.at(moment).is_number() && row.at(error).is_number())
        worst = std::max(worst, factor * (std::abs(row.at(moment).get<double>()) + 2 * row.at(error).get<double>()));
  return worst * worst;
}

void add_bias(const RunFile& run, Verdict& verdict) {
  if (const auto json = stored_bias(run)) {
    merge(verdict, verdict_from(json->at("verdict")));
  } else if (run.has_checkpoint()) {
    const SampleSettings s = thalweg::describe(run.checkpoint()).settings;
    if (traits_of(s.method).minibatches && s.special.temperature > 0)
      verdict.findings.push_back(
          {Finding::Weight::note, fmt::format("the bias of {} was not measured", to_string(s.method))});
  }
}

}  // namespace thalweg::app
