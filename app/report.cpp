#include "app/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/bias.hpp"
#include "app/certificate.hpp"
#include "app/print.hpp"
#include "app/run_settings.hpp"
#include "app/status.hpp"
#include "app/text.hpp"
#include "app/until.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/density/columns.hpp"
#include "thalweg/dynamics/checkpoint.hpp"
#include "thalweg/facts.hpp"
#include "thalweg/trust/stream_summary.hpp"
#include "thalweg/trust/table.hpp"

namespace thalweg::app {
namespace {

/// Columns [first, first + count) of all chains, read in one pass over the blocks.
class ColumnWindow {
 public:
  ColumnWindow(const RunFile& run, std::int64_t draws) : run_(run), draws_(draws) {
    const std::int64_t one = std::max<std::int64_t>(1, run.header().chains * draws * 8);
    most_ = std::max<std::int64_t>(1, (std::int64_t(32) << 20) / one);
  }

  void read(std::int64_t chain, std::int64_t column, std::span<double> out) {
    if (column < first_ || column >= first_ + count_) load(column);
    const auto at = values_.begin() + ((column - first_) * run_.header().chains + chain) * draws_;
    std::copy_n(at, draws_, out.begin());
  }

 private:
  void load(std::int64_t column) {
    first_ = column;
    count_ = std::min(most_, run_.header().width() - column);
    const std::int64_t chains = run_.header().chains;
    values_.resize(count_ * chains * draws_);
    for (std::int64_t c = 0; c < chains; ++c) {
      run_.visit_blocks(Phase::sampling, c, first_, count_,
                        [&](std::int64_t first, std::int64_t count, std::span<const double> values) {
                          const std::int64_t wanted = std::min(count, draws_ - first);
                          for (std::int64_t k = 0; wanted > 0 && k < count_; ++k) {
                            std::copy_n(values.begin() + k * count, wanted,
                                        values_.begin() + (k * chains + c) * draws_ + first);
                          }
                        });
    }
  }

  const RunFile& run_;
  std::int64_t draws_, most_ = 1, first_ = 0, count_ = 0;
  std::vector<double> values_;
};

std::int64_t column_of(const RunFile& run, const std::string& name) {
  for (const ColumnGroup& group : run.header().columns) {
    if (group.kind == ColumnKind::statistic && group.name == name) return group.first;
  }
  return -1;
}

/// What the run says of its sampler, its energies aside.
SamplerFacts recorded_facts(const CheckpointSummary& checkpoint) {
  SamplerFacts facts = facts_of(checkpoint.settings, checkpoint.outcome.sampling_counts, checkpoint.outcome.dimension);
  add_ladder(checkpoint.outcome.ladder, facts);
  add_evidence(checkpoint.outcome, facts);
  return facts;
}

SamplerFacts sampler_facts(const RunFile& run, std::int64_t draws) {
  const CheckpointSummary checkpoint = describe(run.checkpoint());
  SamplerFacts facts = recorded_facts(checkpoint);
  const std::int64_t column = column_of(run, "energy");
  if (column >= 0 && has_energy_fraction(checkpoint.settings)) {
    std::vector<double> energy;
    for (std::int64_t c = 0; c < run.header().chains; ++c) {
      const auto chain = run.read_column(Phase::sampling, c, column);
      energy.insert(energy.end(), chain.begin(), chain.begin() + draws);
    }
    facts.energy = energy_fraction({energy, run.header().chains});
  }
  return facts;
}

nlohmann::ordered_json number(double x) {
  if (std::isnan(x)) return nullptr;
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x;
}

/// The numbers of a row by the names that JSON and the run file give them.
std::vector<std::pair<const char*, double>> named_numbers(const Row& row) {
  return {{"mean", row.mean},
          {"mcse_mean", row.mcse_mean},
          {"sd", row.sd},
          {"mcse_sd", row.mcse_sd},
          {"q5", row.q5},
          {"mcse_q5", row.mcse_q5},
          {"q50", row.q50},
          {"mcse_q50", row.mcse_q50},
          {"q95", row.q95},
          {"mcse_q95", row.mcse_q95},
          {"ess_bulk", row.ess_bulk},
          {"ess_tail", row.ess_tail},
          {"rhat", row.rhat},
          {"nested_rhat", row.nested.value}};
}

}  // namespace

std::vector<Quantity> quantities_of(const RunFile& run, const std::vector<std::string>& parameters) {
  std::vector<Quantity> chosen;
  std::vector<std::string> known;
  std::vector<bool> found(parameters.size());
  for (const ColumnGroup& group : run.header().columns) {
    const bool statistic = group.kind == ColumnKind::statistic;
    known.push_back(group.name);
    const auto names = element_names(group);
    for (std::int64_t k = 0; k < group.size; ++k) {
      bool wanted = parameters.empty() && (!statistic || group.name == "lp");
      for (std::size_t p = 0; p < parameters.size(); ++p) {
        if (parameters[p] != group.name && parameters[p] != names[k]) continue;
        wanted = found[p] = true;
      }
      if (wanted) chosen.push_back({names[k], group.first + k, !statistic});
    }
    if (group.size == 0 && std::find(parameters.begin(), parameters.end(), group.name) != parameters.end())
      throw UsageError(fmt::format("{}: {} has no elements: its shape is [{}]", run.path(), group.name,
                                   fmt::join(group.shape, ", ")));
  }
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    if (found[p]) continue;
    const std::string name = parameters[p].substr(0, parameters[p].find('['));
    const bool exists = std::find(known.begin(), known.end(), name) != known.end();
    const std::string near = exists ? name : nearest(name, known);
    throw UsageError(fmt::format("{}: there is no quantity called {}{}", run.path(), parameters[p],
                                 near.empty() ? "; it has " + fmt::format("{}", fmt::join(known, ", "))
                                 : exists     ? fmt::format("; {} has other indexes", name)
                                              : fmt::format("; did you mean {}?", near)));
  }
  return chosen;
}

ColumnReader column_reader(const RunFile& run, std::int64_t draws) {
  const auto window = std::make_shared<ColumnWindow>(run, draws);
  return [window](std::int64_t chain, std::int64_t column, std::span<double> out) { window->read(chain, column, out); };
}

Summary summarise_run(const RunFile& run, const std::vector<std::string>& parameters,
                      const std::function<bool()>& keep_going) {
  const auto quantities = quantities_of(run, parameters);
  if (const auto streams = run.keeps() > 0 && run.has_checkpoint() ? streams_of(run.checkpoint()) : nullptr) {
    Summary summary = summarise(*streams, quantities, 8, keep_going);
    summary.sampler = recorded_facts(describe(run.checkpoint()));
    summary.sampler.energy = energy_fraction(*streams);
    if (summary.draws > 0) return summary;
  }
  const std::int64_t draws = run.has_checkpoint() ? run.common_draw_count(Phase::sampling) : 0;
  if (draws == 0) {
    fail("{}: there are no draws yet: the run was stopped in its warm-up; thalweg resume {} goes on", run.path(),
         run.path());
  }
  Summary summary = summarise(run.header().chains, draws, quantities, column_reader(run, draws), 8, keep_going);
  summary.sampler = sampler_facts(run, draws);
  return summary;
}

nlohmann::ordered_json to_json(const RunFile& run, const Summary& summary, const Verdict& verdict) {
  nlohmann::ordered_json json;
  json["run"] = run.path();
  json["chains"] = summary.chains;
  json["draws_per_chain"] = summary.draws;
  json["kept_draws_per_chain"] = run.common_draw_count(Phase::sampling);
  json["superchains"] = summary.nested() ? nlohmann::ordered_json(summary.superchains) : nullptr;
  auto& rows = json["quantities"] = nlohmann::ordered_json::array();
  for (const Row& row : summary.rows) {
    nlohmann::ordered_json one{{"name", row.name}};
    for (const auto& [name, value] : named_numbers(row)) one[name] = number(value);
    one["nested_rhat_limit"] = number(row.nested.limit(nested_tolerance));
    one["condition"] =
        row.condition == Condition::fine ? nlohmann::ordered_json() : nlohmann::ordered_json(describe(row.condition));
    one["judged"] = row.decides;
    rows.push_back(std::move(one));
  }
  const SamplerFacts& s = summary.sampler;
  json["sampler"] = {{"transitions", s.transitions},
                     {"divergences", s.divergences},
                     {"tree_depth_saturations", s.saturated},
                     {"max_depth", s.max_depth},
                     {"target_accept", s.target_accept},
                     {"e_bfmi", number(s.energy.pooled)},
                     {"e_bfmi_worst_chain", number(s.energy.worst_chain)}};
  if (s.rungs > 0)
    json["ladder"] = {{"rungs", s.rungs},
                      {"barrier", number(s.barrier)},
                      {"round_trips", s.round_trips},
                      {"least_swap_acceptance", number(s.least_exchange)}};
  const SampleOutcome outcome = describe(run.checkpoint()).outcome;
  if (outcome.log_evidence)
    json["log_evidence"] = {{"value", number(*outcome.log_evidence)}, {"error", number(outcome.evidence_error)}};
  if (const auto& a = outcome.annealing) {
    json["path"] = {{"gaussian", a->gaussian}, {"beta", a->beta}, {"ess", a->ess}};
    if (a->metrics.empty())
      json["path"].update({{"moves", a->moves}, {"acceptance", a->acceptance}});
    else
      json["path"]["lower_bound"] = number(a->lower_bound);
  }
  if (auto certificate = stored_certificate(run)) {
    certificate->erase("verdicts");
    json["certificate"] = std::move(*certificate);
  }
  if (auto bias = stored_bias(run)) {
    bias->erase("verdict");
    json["bias"] = std::move(*bias);
  }
  json["verdict"] = to_json(verdict);
  json["stopped"] = stop_as_json(run);
  return json;
}

nlohmann::ordered_json to_json(const Verdict& verdict) {
  nlohmann::ordered_json judged{{"trusted", verdict.trusted}, {"evidence", verdict.evidence}};
  judged["failures"] = judged["notes"] = nlohmann::ordered_json::array();
  for (const Finding& finding : verdict.findings) {
    judged[finding.weight == Finding::Weight::failure ? "failures" : "notes"].push_back(finding.text);
  }
  judged["advice"] = verdict.advice;
  return judged;
}

Verdict verdict_from(const nlohmann::ordered_json& json) {
  Verdict verdict;
  verdict.trusted = json.at("trusted");
  verdict.evidence = json.at("evidence");
  for (const auto& text : json.at("failures")) verdict.findings.push_back({Finding::Weight::failure, text});
  for (const auto& text : json.at("notes")) verdict.findings.push_back({Finding::Weight::note, text});
  verdict.advice = json.at("advice").get<std::vector<std::string>>();
  return verdict;
}

std::vector<RunStatistic> to_statistics(const Summary& summary) {
  std::vector<RunStatistic> statistics;
  for (const Row& row : summary.rows) {
    for (const auto& [name, value] : named_numbers(row)) {
      if (!std::isnan(value)) statistics.push_back({row.name, name, value});
    }
  }
  return statistics;
}

int print_report(const Summary& summary, const Verdict& verdict, std::size_t max_rows) {
  print_out("{}\n{}", render(summary, max_rows), render(verdict));
  return verdict.trusted ? status_fine : status_untrusted;
}

}  // namespace thalweg::app
