#include "app/certificate.hpp"

#include <fmt/format.h>
#include <cmath>

#include <nlohmann/json.hpp>

#include "app/bias.hpp"
#include "app/interruption.hpp"
#include "app/report.hpp"
#include "app/until.hpp"
#include "thalweg/density/coordinate_names.hpp"
#include "thalweg/dynamics/sample.hpp"
#include "thalweg/facts.hpp"
#include "thalweg/variational/run_audit.hpp"
#include "thalweg/variational/run_census.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

constexpr const char* key = "certificate";

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

ordered_json to_json(const ScoreIdentities& s, std::span<const std::string> names) {
  ordered_json json{{"tested", s.tested},
                    {"failed", s.failed.size()},
                    {"largest_z", number(std::abs(s.worst.z()))},
                    {"limit", s.threshold}};
  auto& failed = json["failures"] = ordered_json::array();
  for (std::size_t k = 0; k < s.failed.size() && k < 20; ++k) failed.push_back(describe(s.failed[k], names));
  return json;
}

ordered_json to_json(const RunCertificate& c, std::span<const std::string> names) {
  ordered_json json{{"audited_draws", c.draws}, {"groups", c.groups}, {"unusable_draws", c.unusable}};
  json["identities"] = c.identities_tested ? to_json(c.identities, names) : ordered_json();
  json["weighted_identities"] = c.boundary.walls.empty() ? ordered_json() : to_json(c.boundary.identities, names);
  auto& walls = json["walls"] = ordered_json::array();
  for (const std::size_t j : c.boundary.walls) walls.push_back(names[j]);
  json["explained_by_bias"] = c.excused.size();
  json["slopes"] = {
      {"compared", c.slopes.compared}, {"failed", c.slopes.failed}, {"inconclusive", c.slopes.inconclusive}};
  auto& stuck = json["chains_that_stand_still"] = ordered_json::array();
  for (const std::int64_t chain : c.stuck) stuck.push_back(chain + 1);
  json["gradients"] = c.gradients;
  return json;
}

ordered_json to_json(const RunCensus& c) {
  if (c.starts == 0) return nullptr;
  ordered_json json{{"starts", c.starts}, {"modes", c.census.modes()}, {"gradients", c.gradients}};
  auto& ends = json["ends"] = ordered_json::array();
  for (std::size_t e = 0; e < c.census.ends.size(); ++e) {
    const End& end = c.census.ends[e];
    ends.push_back({{"kind", to_string(end.kind)},
                    {"starts", end.climbs.size()},
                    {"log_density", number(end.log_p)},
                    {"weight", end.weight},
                    {"copy_of", end.copy_of < 0 ? ordered_json() : ordered_json(end.copy_of + 1)},
                    {"reached", static_cast<bool>(c.coverage.covered[e])}});
  }
  return json;
}

/// --starts of the run: nothing when the default was taken.
std::optional<std::int64_t> starts_of(const RunFile& run) {
  const auto found = run.header().settings.find("starts");
  if (found == run.header().settings.end()) return {};
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  return json.is_number_integer() ? std::optional<std::int64_t>(json.get<std::int64_t>()) : std::nullopt;
}

StoredDraws stored_draws(const RunFile& run) {
  return {
      .chains = run.header().chains,
      .per_chain = run.common_draw_count(Phase::sampling),
      .columns = run.header().columns,
      .blocks = [&run](std::int64_t chain, std::int64_t first, std::int64_t columns, const StoredDraws::Block& visit) {
        run.visit_blocks(Phase::sampling, chain, first, columns, visit);
      }};
}

RunCensus take_census(const RunFile& run, const Model& model, const AuditedDraws& draws,
                      std::span<const std::string> names, const CheckpointSummary& standing, int threads) {
  const std::optional<std::int64_t> asked = starts_of(run);
  if (standing.settings.special.temperature != 1 || asked == 0) return {};
  RunCensusSettings settings{
      .seed = standing.settings.seed, .threads = threads, .model = run.header().program_name, .run_file = run.path()};
  const SampleOutcome& o = standing.outcome;
  if (asked)
    settings.starts = static_cast<std::size_t>(*asked);
  else
    settings.most_gradients = static_cast<std::int64_t>(
        census_share * static_cast<double>(o.warmup_counts.gradients + o.sampling_counts.gradients));
  return census_of_run(model, draws.x, names, settings, [] { return !interrupted(); });
}

}  // namespace

void certify(RunFile& run, const Model& model, int threads) {
  const CheckpointSummary standing = describe(run.checkpoint());
  const SampleSettings& s = standing.settings;
  if (s.special.temperature == 0 || run.common_draw_count(Phase::sampling) == 0) return;
  const TransitionCounts& sampling = standing.outcome.sampling_counts;
  const AuditedDraws draws = [&] {
    const RunFile::Reading reading(run);
    return audited_draws(model, stored_draws(run), draws_to_audit(sampling.gradients));
  }();
  const std::vector<std::string> names = coordinate_names(model);
  Points points(model, whole_density, threads);
  const RunCertificate certificate =
      certify_run(evaluate_with(points), draws, names,
                  {.temperature = s.special.temperature,
                   .adjusted = traits_of(s.method).adjusted,
                   .squared_bias = squared_bias_of(run, facts_of(s, sampling, standing.outcome.dimension)),
                   .seed = s.seed,
                   .model = run.header().program_name,
                   .run_file = run.path()});
  ordered_json json = to_json(certificate, names);
  json["draws_per_chain"] = run.common_made_count();
  if (interrupted()) return;
  const RunCensus census = take_census(run, model, draws, names, standing, threads);
  if (interrupted()) return;
  json["census"] = to_json(census);
  json["verdicts"] = {to_json(certificate.verdict), to_json(census.verdict)};
  run.set_setting(key, json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::optional<ordered_json> stored_certificate(const RunFile& run) {
  const auto found = run.header().settings.find(key);
  if (found == run.header().settings.end()) return {};
  const ordered_json json = ordered_json::parse(found->second, nullptr, false);
  if (!json.is_object() || json.value("draws_per_chain", -1) != run.common_made_count()) return {};
  return json;
}

Verdict judge_run(const RunFile& run, const Summary& summary) {
  Verdict verdict = judge(summary, run.path());
  if (summary.sampler.temperature == 0) return verdict;
  add_bias(run, verdict);
  const auto undefined = run.header().settings.find("undefined_evidence");
  if (undefined != run.header().settings.end() && undefined->second != "null") {
    verdict.trusted = false;
    verdict.findings.push_back({Finding::Weight::failure,
                                fmt::format("log Z is undefined: {}; the draws are not affected, their path begins at "
                                            "a Gaussian",
                                            nlohmann::json::parse(undefined->second).get<std::string>())});
    verdict.advice.push_back("give it a proper prior, which makes log Z defined, or ask for --reference gaussian");
  }
  if (const auto json = stored_certificate(run))
    for (const auto& one : json->at("verdicts")) merge(verdict, verdict_from(one));
  else if (stored_stop(run) || run.checkpoint().finished)
    verdict.findings.push_back({Finding::Weight::note, "the draws were not audited against the model: thalweg resume " +
                                                           run.path() + " does that"});
  return verdict;
}

}  // namespace thalweg::app
