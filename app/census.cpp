#include "app/census.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/interruption.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/trust/table.hpp"
#include "thalweg/variational/coverage.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

std::string shown(double value, const char* otherwise = "-") {
  return std::isnan(value) ? otherwise : fmt::format("{:.3g}", value);
}

/// A sentence on an end that is no maximum.
std::string complaint(const End& end) {
  switch (end.kind) {
    case EndKind::unbounded:
      return fmt::format("log p grows without bound along {} (unconstrained): there is no maximum", end.words);
    case EndKind::infinity:
      return fmt::format(
          "log p goes on rising along {} (unconstrained) without end, though towards a limit: there is no finite "
          "maximum (separation "
          "in a logistic regression, or a scale that wants to be 0, does this)",
          end.words);
    case EndKind::ridge:
      return fmt::format("log p is flat along {}: that combination is not identified", end.words);
    case EndKind::saddle:
      return fmt::format("the best end is a saddle: log p rises along {}", end.words);
    case EndKind::unfinished:
      return "the best end is not at rest: its ascent ran out of iterations, or no step improved it";
    case EndKind::maximum:
      break;
  }
  return "";
}

std::vector<std::string> advice_for(const End& end, const OptimizeSettings& settings, const std::string& model) {
  std::vector<std::string> advice;
  switch (end.kind) {
    case EndKind::unbounded:
    case EndKind::infinity:
      advice.push_back("give what runs away a proper prior, or one that keeps scales away from 0");
      if (settings.objective != Objective::map) advice.push_back("--objective map, whose Jacobian bounds scales");
      advice.push_back(fmt::format("thalweg sample {}: the posterior may be proper although it has no peak", model));
      break;
    case EndKind::ridge:
      advice.push_back("a prior on that combination, or one parameter fewer");
      break;
    case EndKind::saddle:
      advice.push_back("--method newton, which leaves saddles; more --starts");
      break;
    case EndKind::unfinished:
      advice.push_back("more --max-iterations; --method newton");
      break;
    case EndKind::maximum:
      break;
  }
  return advice;
}

}  // namespace

std::string table_of(const Census& census) {
  std::vector<std::vector<std::string>> lines{
      {"end", "log density", "starts", "gradient", "kind", "curvature", "condition", "log evidence", "weight"}};
  for (std::size_t i = 0; i < census.ends.size() && i < 12; ++i) {
    const End& e = census.ends[i];
    lines.push_back({fmt::format("{}", i + 1), fmt::format("{:.8g}", e.log_p + 0.0), fmt::format("{}", e.climbs.size()),
                     fmt::format("{:.1e}", e.gradient_norm), to_string(e.kind),
                     std::isnan(e.smallest) ? "-" : fmt::format("{:.2g} to {:.2g}", e.smallest, e.largest),
                     shown(e.condition), std::isnan(e.log_evidence) ? "-" : fmt::format("{:.5g}", e.log_evidence),
                     e.kind == EndKind::maximum ? fmt::format("{:.3f}", e.weight) : "-"});
    if (e.copy_of >= 0) lines.back().push_back(fmt::format("a relabelling of {}", e.copy_of + 1));
  }
  std::string text = align(lines);
  if (census.ends.size() > 12) text += fmt::format("… and {} more\n", census.ends.size() - 12);
  text.pop_back();
  return text;
}

ordered_json to_json(const Census& census) {
  ordered_json json{{"starts", census.climbs}, {"failed_starts", census.failed}, {"modes", census.modes()}};
  auto& ends = json["ends"] = ordered_json::array();
  for (const End& e : census.ends)
    ends.push_back({{"kind", to_string(e.kind)},
                    {"log_density", number(e.log_p)},
                    {"starts", e.climbs.size()},
                    {"gradient_norm", number(e.gradient_norm)},
                    {"newton_decrement", number(e.decrement)},
                    {"smallest_curvature", number(e.smallest)},
                    {"largest_curvature", number(e.largest)},
                    {"condition", number(e.condition)},
                    {"whole_hessian", e.whole_hessian},
                    {"direction", e.words},
                    {"log_evidence", number(e.log_evidence)},
                    {"weight", e.weight},
                    {"copy_of", e.copy_of < 0 ? ordered_json() : ordered_json(e.copy_of + 1)}});
  return json;
}

Verdict judge(const Census& census, const OptimizeSettings& settings, const std::string& model) {
  Verdict verdict;
  const auto fails = [&](const std::string& text) {
    verdict.trusted = false;
    verdict.findings.push_back({Finding::Weight::failure, text});
  };
  const End* best = census.best();
  if (!best) {
    fails("no ascent came to an end");
    return verdict;
  }
  if (best->kind != EndKind::maximum) {
    fails(complaint(*best));
    verdict.advice = advice_for(*best, settings, model);
  } else if (best->decrement > 1e-8) {
    fails(fmt::format("{:.2g} nats are still to be gained from the best end", best->decrement));
    verdict.advice.push_back("more --max-iterations; --method newton");
  }
  const std::size_t modes = census.modes();
  if (best->kind == EndKind::maximum && modes > 1) {
    double others = 0;
    for (std::size_t i = 1; i < census.ends.size(); ++i)
      if (census.ends[i].copy_of < 0) others += census.ends[i].weight;
    verdict.findings.push_back(
        {Finding::Weight::note,
         fmt::format("{} modes: the others hold {:.2g} of the weight (by Laplace), so that a single point says little",
                     modes, others)});
  }
  const auto copies =
      std::count_if(census.ends.begin(), census.ends.end(), [](const End& e) { return e.copy_of >= 0; });
  if (copies > 0)
    verdict.findings.push_back(
        {Finding::Weight::note, fmt::format("{} ends are relabellings of another: counted as one mode", copies)});
  if (best->kind == EndKind::maximum && best->climbs.size() == 1 && census.climbs > 4)
    verdict.findings.push_back(
        {Finding::Weight::note, "only one start found the best end: more --starts may find better"});
  if (census.failed > 0)
    verdict.findings.push_back(
        {Finding::Weight::note,
         fmt::format("{} of {} starts had no finite log density and gradient", census.failed, census.climbs)});
  if (best->kind == EndKind::maximum && best->condition > 1e10)
    verdict.findings.push_back({Finding::Weight::note, fmt::format("log p is nearly flat along {} (condition {:.1e})",
                                                                   best->words, best->condition)});
  verdict.evidence =
      fmt::format("{} of {} starts at the best of {} end{}, Newton decrement {}", best->climbs.size(), census.climbs,
                  census.ends.size(), census.ends.size() == 1 ? "" : "s", shown(best->decrement, "unknown"));
  return verdict;
}

namespace {

/// Every other start from a box five times as wide as that of samplers: modes may lie beyond.
std::vector<std::vector<double>> near_and_far_starts(const Model& model, std::size_t starts, std::uint64_t seed) {
  std::vector<std::vector<double>> points;
  for (std::size_t i = 0; i < starts; ++i) {
    Random<double> random(seed, Purpose::check, i, 1);
    auto& x = points.emplace_back(static_cast<std::size_t>(model.dimension()));
    for (double& v : x) v = (i % 2 == 0 ? 2 : 10) * (2 * random.uniform() - 1);
  }
  return points;
}

}  // namespace

MissedModes missed_modes(const Model& model, const Approximation& q, const ModelCommand& command, std::int64_t starts,
                         Answer& answer) {
  OptimizeSettings settings{
      .starts = static_cast<std::size_t>(starts), .seed = command.seed, .threads = static_cast<int>(command.threads)};
  settings.given = near_and_far_starts(model, settings.starts, command.seed);
  const OptimizeResult found = optimize(model, settings, [] { return !interrupted(); });
  const Coverage covered = coverage(model, found.census, q, static_cast<int>(command.threads));
  answer.facts["census"] = to_json(found.census);
  answer.facts["census"]["covered"] = covered.covered;
  return {.modes = covered.missed, .weight = covered.missed_weight};
}

}  // namespace thalweg::app
