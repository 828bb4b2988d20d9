#include "app/simulation_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "thalweg/trust/table.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

ordered_json to_json(const Estimate& e) {
  return {{"value", number(e.value)},
          {"standard_error", number(e.standard_error)},
          {"bias", number(e.bias)},
          {"bias_error", number(e.bias_error)}};
}
ordered_json to_json(const std::vector<Quantile>& quantiles) {
  ordered_json all = ordered_json::array();
  for (const Quantile& q : quantiles)
    all.push_back(
        {{"probability", q.probability}, {"value", number(q.value)}, {"standard_error", number(q.standard_error)}});
  return all;
}
ordered_json to_json(const SdeModel& model, const Observation& o) {
  ordered_json json{{"time", o.time}, {"paths", o.paths}, {"coordinates", ordered_json::array()}};
  for (std::size_t i = 0; i < o.mean.size(); ++i) {
    ordered_json one{
        {"name", model.coordinates()[i]}, {"mean", to_json(o.mean[i])}, {"variance", to_json(o.variance[i])}};
    if (!o.quantiles.empty()) one["quantiles"] = to_json(o.quantiles[i]);
    json["coordinates"].push_back(std::move(one));
  }
  if (!o.covariance.empty()) json["covariance"] = o.covariance;
  for (const Histogram& h : o.histograms)
    json["histograms"].push_back({{"coordinate", model.coordinates()[static_cast<std::size_t>(h.bins.coordinate)]},
                                  {"low", h.bins.low},
                                  {"high", h.bins.high},
                                  {"counts", h.counts},
                                  {"below", h.below},
                                  {"above", h.above}});
  return json;
}

std::string table_of(const SdeModel& model, const Simulation& s, bool variance, bool quantiles) {
  std::vector<std::vector<std::string>> lines{{"", "time", "mean", "MCSE", "bias"}};
  if (variance) lines[0].insert(lines[0].end(), {"variance", "MCSE", "bias"});
  if (quantiles)
    for (const Quantile& q : s.observations.back().quantiles.front())
      lines[0].push_back(fmt::format("{:.3g} %", 100 * q.probability));
  const auto add = [](std::vector<std::string>& line, const Estimate& e) {
    line.push_back(to_the_error(e.value, e.standard_error));
    line.push_back(error_of(e.standard_error));
    line.push_back(to_the_error(e.bias, e.bias_error));
  };
  for (const Observation& o : s.observations)
    for (std::size_t i = 0; i < o.mean.size(); ++i) {
      std::vector<std::string> line{model.coordinates()[i], fmt::format("{:.6g}", o.time)};
      add(line, o.mean[i]);
      if (variance) add(line, o.variance[i]);
      if (quantiles)
        for (const Quantile& q : o.quantiles[i]) line.push_back(to_the_error(q.value, q.standard_error));
      lines.push_back(std::move(line));
    }
  std::string text = align(lines);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void describe_passage(const Simulation& s, Answer& answer) {
  const PassageReport& p = *s.passage;
  std::string line =
      fmt::format("first passage: probability {} ± {}", to_the_error(p.probability.value, p.probability.standard_error),
                  error_of(p.probability.standard_error));
  if (p.probability.bias_error > 0)
    line += fmt::format(" (bias {} ± {})", to_the_error(p.probability.bias, p.probability.bias_error),
                        error_of(p.probability.bias_error));
  if (p.passed > 0)
    line +=
        fmt::format("; mean time of the {} that passed {} ± {}", p.passed,
                    to_the_error(p.mean_time.value, p.mean_time.standard_error), error_of(p.mean_time.standard_error));
  if (p.upper > 0 && p.upper < p.passed) line += fmt::format("; {} of them at the upper end", p.upper);
  answer.lines.push_back(line);
  answer.facts["first_passage"] = {{"probability", to_json(p.probability)},
                                   {"passed", p.passed},
                                   {"upper", p.upper},
                                   {"mean_time", to_json(p.mean_time)},
                                   {"quantiles", to_json(p.time_quantiles)}};
}

void judge(const SdeModel& model, const Simulation& s, Verdict& v) {
  const auto fail = [&](std::string text, std::string advice) {
    v.trusted = false;
    v.findings.insert(v.findings.begin(), {Finding::Weight::failure, std::move(text)});
    v.advice.push_back(std::move(advice));
  };
  double worst = 0, worst_sds = 0, noise = 0;
  std::string where;
  for (const Observation& o : s.observations)
    for (std::size_t i = 0; i < o.mean.size(); ++i) {
      const Estimate& m = o.mean[i];
      const double sd = std::sqrt(o.variance[i].value);
      noise = std::max(noise, m.standard_error / sd);
      if (sd > 0 && std::abs(m.bias) - 2 * m.bias_error > worst_sds * sd)
        worst = m.bias, worst_sds = std::abs(m.bias) / sd,
        where = fmt::format("{} at time {:.4g}", model.coordinates()[i], o.time);
    }
  v.evidence = fmt::format("{} paths of {} steps, standard errors of means at most {:.2g} sd", s.paths - s.failed,
                           s.steps, noise);
  if (s.bias_paths > 0)
    v.evidence +=
        fmt::format("; bias of the step by {} paths with steps twice as long: {}", s.bias_paths,
                    where.empty() ? "not to be told from chance" : fmt::format("at most {:.2g} sd", worst_sds));
  if (s.failed > 0 && !s.failures.empty()) {
    const PathFailure& f = s.failures.front();
    fail(
        fmt::format("{} of {} paths exploded: path {} left the finite numbers at time {:.6g}, coming from x = [{:.4g}]",
                    s.failed, s.paths, f.particle, f.time, fmt::join(f.x, ", ")),
        "a smaller --step, or --scheme tamed or implicit, which such drifts do not throw out; if paths of every step "
        "explode, so does the SDE");
  }
  if (worst_sds > 0.1)
    fail(fmt::format("the mean of {} is biased by {:.3g}, {:.2g} standard deviations, by the length of the steps",
                     where, worst, worst_sds),
         "halve --step, or leave it out: it is then halved until the bias is small");
  else if (worst_sds > 2 * noise)
    v.findings.push_back({Finding::Weight::note,
                          fmt::format("the bias of the step, {:.2g} sd in the mean of {}, is larger than chance: more "
                                      "paths do not make it smaller, a smaller --step does",
                                      worst_sds, where)});
  for (const std::string& warning : s.warnings) v.findings.push_back({Finding::Weight::note, warning});
}

}  // namespace

Answer answer_of(const SdeModel& model, const Simulation& s, bool show_variance, bool show_quantiles) {
  Answer answer;
  answer.lines.push_back(fmt::format("{} paths of {}, scheme {} ({}), {} steps of {:.4g}", s.paths, model.name(),
                                     to_string(s.scheme), to_string(s.calculus), s.steps, s.step));
  answer.facts = {{"command", "simulate"},
                  {"scheme", to_string(s.scheme)},
                  {"calculus", to_string(s.calculus)},
                  {"step", s.step},
                  {"steps", s.steps},
                  {"paths", s.paths},
                  {"failed", s.failed},
                  {"bias_paths", s.bias_paths}};
  auto& all = answer.facts["observations"] = ordered_json::array();
  for (const Observation& o : s.observations) all.push_back(to_json(model, o));
  const bool quantiles = show_quantiles && !s.observations.empty() && !s.observations.back().quantiles.empty() &&
                         !s.observations.back().quantiles.front().empty();
  answer.lines.push_back(table_of(model, s, show_variance, quantiles));
  if (s.passage) describe_passage(s, answer);
  judge(model, s, answer.verdict);
  return answer;
}

Answer answer_of(const OrderStudy& study) {
  Answer answer;
  answer.lines.push_back(fmt::format("order of {} ({}), against {} on the same paths", to_string(study.scheme),
                                     to_string(study.calculus), to_string(study.reference_scheme)));
  std::vector<std::vector<std::string>> lines{{"step", "strong error", "±", "weak error", "±"}};
  answer.facts = {{"command", "simulate"}, {"scheme", to_string(study.scheme)}};
  auto& rows = answer.facts["order"] = ordered_json::array();
  for (const OrderRow& row : study.rows) {
    lines.push_back({fmt::format("{:.4g}", row.step), fmt::format("{:.3g}", row.strong), error_of(row.strong_error),
                     fmt::format("{:.3g}", row.weak), error_of(row.weak_error)});
    rows.push_back({{"step", row.step},
                    {"strong", number(row.strong)},
                    {"strong_error", number(row.strong_error)},
                    {"weak", number(row.weak)},
                    {"weak_error", number(row.weak_error)}});
  }
  std::string text = align(lines);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  answer.lines.push_back(text);
  const auto slope = [](double value, double error) {
    return fmt::format("{} ± {}", to_the_error(value, error), error_of(error));
  };
  answer.lines.push_back(fmt::format("slopes: strong {}, weak {}", slope(study.strong_slope, study.strong_slope_error),
                                     slope(study.weak_slope, study.weak_slope_error)));
  answer.facts["strong_slope"] = {{"value", number(study.strong_slope)}, {"error", number(study.strong_slope_error)}};
  answer.facts["weak_slope"] = {{"value", number(study.weak_slope)}, {"error", number(study.weak_slope_error)}};
  answer.verdict.evidence = fmt::format("{} step sizes on common paths", study.rows.size());
  if (study.failed > 0) {
    answer.verdict.trusted = false;
    answer.verdict.findings.push_back(
        {Finding::Weight::failure, fmt::format("{} paths exploded and are left out", study.failed)});
    answer.verdict.advice.emplace_back("a smaller --end-time, or --scheme tamed");
  }
  return answer;
}

}  // namespace thalweg::app
