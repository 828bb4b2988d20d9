#include "thalweg/trust/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace thalweg {
namespace {

int exponent_of(double x) { return int(std::floor(std::log10(std::abs(x)))); }

std::string count_of(double x) { return std::isnan(x) ? "-" : fmt::format("{:.0f}", x); }

std::string ratio_of(double x) {
  if (std::isnan(x)) return "-";
  return x < 100 ? fmt::format("{:.3f}", x) : fmt::format("{:.1e}", x);
}

}  // namespace

std::string error_of(double x) {
  if (std::isnan(x)) return "-";
  if (x == 0) return "0";
  const int e = exponent_of(x);
  if (e < -5 || e > 6) return fmt::format("{:.1e}", x);
  return fmt::format("{:.{}f}", x, std::max(0, 1 - e));
}

std::string to_the_error(double value, double error) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (!(error > 0) || std::isinf(error)) return fmt::format("{:.6g}", value);
  const int place = exponent_of(error), size = value == 0 ? place : exponent_of(value);
  if (std::max(size, place) > 6 || (size < -5 && place < -6)) {
    return fmt::format("{:.{}e}", value, std::clamp(size - place, 0, 16));
  }
  const std::string text = fmt::format("{:.{}f}", value, std::clamp(-place, 0, 16));
  const bool zero = text.find_first_of("123456789") == text.npos;
  return zero && text[0] == '-' ? text.substr(1) : text;
}

std::string align(const std::vector<std::vector<std::string>>& lines) {
  const std::size_t columns = lines.at(0).size();
  std::vector<std::size_t> width(columns);
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < columns; ++c) width[c] = std::max(width[c], line[c].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string out = fmt::format("{:<{}}", line[0], width[0]);
    for (std::size_t c = 1; c < columns; ++c) out += fmt::format("  {:>{}}", line[c], width[c]);
    if (line.size() > columns) out += "  " + line.back();
    text += out + '\n';
  }
  return text;
}

std::string render(const Summary& summary, std::size_t max_rows) {
  const bool nested = summary.nested();
  std::vector<std::vector<std::string>> lines{
      {"", "mean", "MCSE", "sd", "5 %", "50 %", "95 %", "bulk ESS", "tail ESS", "R-hat"}};
  if (nested) {
    lines[0].back() = "nested R-hat";
    lines[0].push_back("split R-hat");
  }
  const std::size_t shown = max_rows == 0 ? summary.rows.size() : std::min(max_rows, summary.rows.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = summary.rows[i];
    const double error = row.mcse_mean;
    std::vector<std::string> line{row.name,
                                  to_the_error(row.mean, error),
                                  error_of(error),
                                  to_the_error(row.sd, std::fmin(error, row.mcse_sd)),
                                  to_the_error(row.q5, std::fmin(error, row.mcse_q5)),
                                  to_the_error(row.q50, std::fmin(error, row.mcse_q50)),
                                  to_the_error(row.q95, std::fmin(error, row.mcse_q95)),
                                  count_of(row.ess_bulk),
                                  count_of(row.ess_tail),
                                  ratio_of(nested ? row.nested.value : row.rhat)};
    if (nested) line.push_back(ratio_of(row.rhat));
    if (row.condition != Condition::fine) line.push_back(describe(row.condition));
    lines.push_back(std::move(line));
  }

  std::string text = align(lines);
  if (shown < summary.rows.size()) text += fmt::format("… and {} more\n", summary.rows.size() - shown);
  return text;
}

std::string render(const Verdict& verdict) {
  std::string text = verdict.trusted ? "Trusted" : "NOT TO BE TRUSTED";
  if (!verdict.evidence.empty()) text += ": " + verdict.evidence;
  text += ".\n";
  for (const Finding& finding : verdict.findings) {
    text += fmt::format("  {} {}\n", finding.weight == Finding::Weight::failure ? "failed:" : "note:", finding.text);
  }
  if (!verdict.advice.empty()) text += "What to try, the most promising first:\n";
  for (std::size_t i = 0; i < verdict.advice.size(); ++i) text += fmt::format("  {}. {}\n", i + 1, verdict.advice[i]);
  return text;
}

}  // namespace thalweg
