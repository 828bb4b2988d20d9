#include "thalweg/stan/diagnostics.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <numeric>

#include "thalweg/core/error.hpp"

namespace thalweg::stan {

namespace {

constexpr std::size_t widest_line = 160;

/// Spaces (and the line's own tabs) up to the caret.
std::string padding(std::string_view before) {
  std::string spaces;
  for (const char c : before) {
    if (c == '\t')
      spaces += '\t';
    else if ((c & 0xC0) != 0x80)
      spaces += ' ';
  }
  return spaces;
}

const char* word(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "";
}

/// Levenshtein distance in which swapping two neighbours counts as one edit, letter case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto at = [](std::string_view s, std::size_t i) { return std::tolower(static_cast<unsigned char>(s[i])); };
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = at(a, i - 1) == at(b, j - 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && at(a, i - 1) == at(b, j - 2) && at(a, i - 2) == at(b, j - 1)) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

void sort_by_place(std::vector<Diagnostic>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.location.begin < b.location.begin; });
}

}  // namespace

std::string render(const Source& source, const Diagnostic& diagnostic) {
  const std::uint32_t at = diagnostic.location.begin;
  const Position position = source.position(at);
  std::string_view line = source.line_at(at);
  std::string_view before = line.substr(0, std::min<std::size_t>(at - source.line_begin(at), line.size()));
  const auto newline = diagnostic.message.find('\n');
  std::string text = fmt::format("{}:{}:{}: {}: {}", position.file, position.line, position.column,
                                 word(diagnostic.severity), diagnostic.message.substr(0, newline));
  if (line.size() <= widest_line) {
    text += fmt::format("\n  {}\n  {}^", line, padding(before));
  } else {  // a window around the place
    std::size_t begin = before.size() > 60 ? before.size() - 60 : 0;
    std::size_t end = std::min(line.size(), begin + 120);
    while (begin > 0 && (line[begin] & 0xC0) == 0x80) --begin;
    while (end < line.size() && (line[end] & 0xC0) == 0x80) ++end;
    text += fmt::format("\n  {}{}{}\n  {}{}^", begin > 0 ? "…" : "", line.substr(begin, end - begin),
                        end < line.size() ? "…" : "", begin > 0 ? " " : "", padding(before.substr(begin)));
  }
  if (newline != std::string::npos) text += "\n" + diagnostic.message.substr(newline + 1);
  for (const std::string& place : source.included_from(at)) text += "\n  included from " + place;
  return text;
}

void Diagnostics::add(Diagnostic diagnostic) {
  const auto same_place = [&](const Diagnostic& d) {
    return d.severity == diagnostic.severity && d.location.begin == diagnostic.location.begin;
  };
  if (std::any_of(all_.begin(), all_.end(), same_place)) return;
  if (diagnostic.severity == Severity::error && ++error_count_ > most_errors) return;
  all_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::warnings() const {
  std::vector<Diagnostic> found;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(found),
               [](const Diagnostic& d) { return d.severity == Severity::warning; });
  sort_by_place(found);
  return found;
}

void Diagnostics::throw_errors(const Source& source) const {
  if (!has_errors()) return;
  std::vector<Diagnostic> errors;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(errors),
               [](const Diagnostic& d) { return d.severity == Severity::error; });
  sort_by_place(errors);
  std::string text;
  for (const Diagnostic& error : errors) text += (text.empty() ? "" : "\n") + render(source, error);
  if (error_count_ > most_errors) text += fmt::format("\n… and {} more errors", error_count_ - most_errors);
  throw Error(text);
}

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string_view>& known) {
  const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string_view candidate : known) {
    const std::size_t gap =
        candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (gap > limit || candidate == name) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance <= limit && distance < name.size()) near.emplace_back(distance, std::string(candidate));
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> names;
  for (const auto& [distance, candidate] : near) {
    if (names.size() == 3 || distance > near.front().first + 1) break;
    names.push_back(candidate);
  }
  return names;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known) {
  const std::vector<std::string> near = nearest_names(name, known);
  if (near.empty()) return "";
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (i > 0) text += i + 1 == near.size() ? " or " : ", ";
    text += "'" + near[i] + "'";
  }
  return text + "?";
}

}  // namespace thalweg::stan
