// Verdicts of prior and likelihood in a form that tests can compare.
#pragma once
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/split.hpp"

namespace thalweg::stan {

inline const char* name_of(Part part) {
  return part == part_prior        ? "prior"
         : part == part_likelihood ? "likelihood"
         : part == part_jacobian   ? "jacobian"
                                   : "undecided";
}

/// A program with its verdicts.
struct SplitProgram {
  Program program;
  Split verdicts;
  explicit SplitProgram(Program p) : program(std::move(p)), verdicts(split(program)) {}
  explicit SplitProgram(const std::string& text) : SplitProgram(parse_program(Source::from_text(text, "model.stan"))) {}

  int line_of(const SplitTerm& t) const { return program.source.position(t.location.begin).line; }
  /// "P L P": the parts in order, by their first letters (? for undecided).
  std::string letters() const {
    std::string all;
    for (const SplitTerm& t : verdicts.terms())
      all += t.part == part_undecided ? '?' : std::toupper(name_of(t.part)[0]);
    return all;
  }
  std::string table() const {
    std::string all;
    for (const SplitTerm& t : verdicts.terms())
      all += std::to_string(line_of(t)) + ": " + name_of(t.part) + ": " + one_line(program.source, t.location) + " (" +
             t.reason + ")\n";
    return all;
  }
};

/// `program line label` on each line, `#` before remarks: labels by program and line.
using Labels = std::map<std::string, std::map<int, std::string>>;
inline Labels read_labels(const std::string& path) {
  Labels labels;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string program, label;
    int number = 0;
    words >> program >> number >> label;
    labels[program][number] = label;
  }
  return labels;
}

/// Compares verdicts with labels; wrong ones and terms or labels without a partner are words, undecided ones are
/// counted.
struct Comparison {
  int terms = 0, undecided = 0;
  std::string wrong, doubts;
};
inline void compare(const std::string& name, const SplitProgram& p, const std::map<int, std::string>& labels,
                    Comparison& out) {
  std::map<int, bool> seen;
  for (const SplitTerm& t : p.verdicts.terms()) {
    if (t.part == part_jacobian) continue;
    const int line = p.line_of(t);
    const std::string found = name_of(t.part), place = name + ":" + std::to_string(line) + ": ";
    seen[line] = true;
    ++out.terms;
    const std::string words = found + ": " + one_line(p.program.source, t.location) + " (" + t.reason + ")\n";
    if (!labels.contains(line))
      out.wrong += place + "has no label: " + words;
    else if (found == "undecided")
      out.doubts += place + "by hand " + labels.at(line) + "; " + words, ++out.undecided;
    else if (found != labels.at(line))
      out.wrong += place + "by hand " + labels.at(line) + "; " + words;
  }
  for (const auto& [line, label] : labels)
    if (!seen[line]) out.wrong += name + ":" + std::to_string(line) + ": no term begins here, by hand " + label + "\n";
}

}  // namespace thalweg::stan
