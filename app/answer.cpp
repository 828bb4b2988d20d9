#include "app/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/print.hpp"
#include "app/report.hpp"
#include "app/status.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/trust/table.hpp"

namespace thalweg::app {
namespace {

using nlohmann::ordered_json;

constexpr const char* key = "answer";

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

/// One quantity over the draws of an approximation.
struct DrawRow {
  std::string name;
  double mean, mcse, sd, q5, q50, q95;
};

/// Linear interpolation between order statistics, as R's type 7.
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

DrawRow summarise_draws(std::string name, std::vector<double> draws, double effective) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(draws.size());
  for (const double v : draws)
    if (!std::isfinite(v)) return {std::move(name), nan, nan, nan, nan, nan, nan};
  double mean = 0, squares = 0;
  for (const double v : draws) mean += v / n;
  for (const double v : draws) squares += (v - mean) * (v - mean);
  const double sd = n > 1 ? std::sqrt(squares / (n - 1)) : nan;
  std::sort(draws.begin(), draws.end());
  return {std::move(name),
          mean,
          sd / std::sqrt(effective > 0 ? effective : n),
          sd,
          quantile(draws, 0.05),
          quantile(draws, 0.5),
          quantile(draws, 0.95)};
}

std::vector<DrawRow> rows_of(const RunFile& run, const Answer& answer, const std::vector<Quantity>& quantities) {
  const RunFile::Reading reading(run);
  std::vector<DrawRow> rows;
  for (const Quantity& q : quantities)
    rows.push_back(summarise_draws(q.name, run.read_column(Phase::sampling, 0, q.column), answer.effective_draws));
  return rows;
}

/// An approximation: one line a quantity.
std::string table_of_draws(const RunFile& run, const Answer& answer, const std::vector<Quantity>& quantities) {
  std::vector<std::vector<std::string>> lines{{"", "mean", "MCSE", "sd", "5 %", "50 %", "95 %"}};
  const bool bounded = !answer.bounds.empty();
  if (bounded) lines[0].insert(lines[0].end(), {"mean off by >=", "sd off by >="});
  for (const DrawRow& row : rows_of(run, answer, quantities)) {
    std::vector<std::string> line{row.name,
                                  to_the_error(row.mean, row.mcse),
                                  error_of(row.mcse),
                                  to_the_error(row.sd, row.mcse),
                                  to_the_error(row.q5, row.mcse),
                                  to_the_error(row.q50, row.mcse),
                                  to_the_error(row.q95, row.mcse)};
    if (bounded) {
      const auto found = answer.bounds.find(row.name);
      line.push_back(found == answer.bounds.end() ? "-" : error_of(found->second.mean));
      line.push_back(found == answer.bounds.end() ? "-" : error_of(found->second.sd));
    }
    lines.push_back(std::move(line));
  }
  return align(lines);
}

/// A few points: one column a point.
std::vector<std::vector<double>> values_of_points(const RunFile& run, const Answer& answer,
                                                  const std::vector<Quantity>& quantities) {
  std::vector<std::vector<double>> values;
  for (const Quantity& q : quantities) {
    auto& row = values.emplace_back();
    for (const std::int64_t chain : answer.points)
      row.push_back(run.read_column(Phase::sampling, chain, q.column).back());
  }
  return values;
}
std::string table_of_points(const RunFile& run, const Answer& answer, const std::vector<Quantity>& quantities) {
  std::vector<std::vector<std::string>> lines{{""}};
  lines[0].insert(lines[0].end(), answer.headings.begin(), answer.headings.end());
  const auto values = values_of_points(run, answer, quantities);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    auto& line = lines.emplace_back(std::vector<std::string>{quantities[i].name});
    for (const double v : values[i]) line.push_back(fmt::format("{:.8g}", v));
  }
  return align(lines);
}

}  // namespace

void store_answer(RunFile& run, const Answer& a) {
  ordered_json json{{"lines", a.lines},   {"facts", a.facts},       {"effective_draws", a.effective_draws},
                    {"points", a.points}, {"headings", a.headings}, {"verdict", to_json(a.verdict)}};
  for (const auto& [name, bound] : a.bounds) json["bounds"][name] = {number(bound.mean), number(bound.sd)};
  run.set_setting(key, json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::optional<Answer> stored_answer(const RunFile& run) {
  const auto command = run.header().settings.find("command");
  if (command == run.header().settings.end() || command->second == R"("sample")") return {};
  const auto found = run.header().settings.find(key);
  if (found == run.header().settings.end() || !run.has_checkpoint() || !run.checkpoint().finished)
    fail("{}: this run of {} was stopped before its end; run the command again with --overwrite", run.path(),
         nlohmann::json::parse(command->second).get<std::string>());
  try {
    const auto json = ordered_json::parse(found->second);
    Answer a;
    a.lines = json.at("lines").get<std::vector<std::string>>();
    a.facts = json.at("facts");
    a.effective_draws = json.at("effective_draws");
    a.points = json.at("points").get<std::vector<std::int64_t>>();
    a.headings = json.at("headings").get<std::vector<std::string>>();
    a.verdict = verdict_from(json.at("verdict"));
    if (json.contains("bounds"))
      for (const auto& [name, pair] : json.at("bounds").items()) {
        const auto value = [&](int k) {
          return pair.at(k).is_null() ? std::numeric_limits<double>::quiet_NaN() : pair.at(k).get<double>();
        };
        a.bounds[name] = {value(0), value(1)};
      }
    return a;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: is damaged: its answer cannot be read ({}); run the command again", run.path(), error.what());
  }
}

int print_answer(const RunFile& run, const Answer& answer, const std::vector<std::string>& parameters,
                 std::size_t max_rows) {
  std::vector<Quantity> quantities = quantities_of(run, parameters);
  const std::size_t all = quantities.size();
  if (max_rows > 0 && all > max_rows) quantities.resize(max_rows);
  for (const std::string& line : answer.lines) print_out("{}\n", line);
  if (run.common_draw_count(Phase::sampling) > 0) {
    print_out("{}", answer.points.empty() ? table_of_draws(run, answer, quantities)
                                          : table_of_points(run, answer, quantities));
    if (quantities.size() < all) print_out("… and {} more: thalweg summary {}\n", all - quantities.size(), run.path());
  }
  print_out("{}", render(answer.verdict));
  return answer.verdict.trusted ? status_fine : status_untrusted;
}

nlohmann::ordered_json to_json(const RunFile& run, const Answer& answer, const std::vector<std::string>& parameters) {
  ordered_json json{{"run", run.path()}};
  json.update(answer.facts);
  json["verdict"] = to_json(answer.verdict);
  if (run.common_draw_count(Phase::sampling) == 0) return json;
  const std::vector<Quantity> quantities = quantities_of(run, parameters);
  auto& rows = json["quantities"] = ordered_json::array();
  if (answer.points.empty()) {
    for (const DrawRow& row : rows_of(run, answer, quantities)) {
      ordered_json one{{"name", row.name},      {"mean", number(row.mean)}, {"mcse_mean", number(row.mcse)},
                       {"sd", number(row.sd)},  {"q5", number(row.q5)},     {"q50", number(row.q50)},
                       {"q95", number(row.q95)}};
      if (const auto bound = answer.bounds.find(row.name); bound != answer.bounds.end()) {
        one["mean_error_at_least"] = number(bound->second.mean);
        one["sd_error_at_least"] = number(bound->second.sd);
      }
      rows.push_back(std::move(one));
    }
  } else {
    const auto values = values_of_points(run, answer, quantities);
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      ordered_json at = ordered_json::array();
      for (const double v : values[i]) at.push_back(number(v));
      rows.push_back({{"name", quantities[i].name}, {"values", std::move(at)}});
    }
  }
  return json;
}

}  // namespace thalweg::app
