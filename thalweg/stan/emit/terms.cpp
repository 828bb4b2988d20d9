#include "thalweg/stan/emit/terms.hpp"

#include <fmt/format.h>

namespace thalweg::stan {
namespace {

const char* name_of(Part part) {
  switch (part) {
    case part_prior:
      return "part_prior";
    case part_likelihood:
      return "part_likelihood";
    case part_jacobian:
      return "part_jacobian";
    case part_undecided:
      break;
  }
  return "part_undecided";
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?') out += '\\';
    if (c != '\n') out += c;
  }
  return out + "\"";
}

std::string emit_terms(const Program& program, const Split& split, const SubsetPlan& subset,
                       std::vector<Location>& marks) {
  std::string out = fmt::format("  static constexpr std::int32_t term_count = {};\n", split.terms().size());
  out += "  static constexpr RawTerm terms[] = {\n";
  for (const SplitTerm& t : split.terms()) {
    std::string over;
    if (t.part == part_likelihood) {
      const SubsetVerdict verdict = subset.verdict_at(t.location);
      over = fmt::format(", {}, {}", verdict.index, quoted(verdict.words));
    }
    out +=
        fmt::format("      {{{}, {}, {}, {}{}}},\n", marks.size(), name_of(t.part),
                    quoted((t.subtracted ? "-" : "") + one_line(program.source, t.location)), quoted(t.reason), over);
    marks.push_back(t.location);
  }
  if (split.terms().empty()) out += "      {-1, part_undecided, \"\", \"\"},\n";
  return out + "  };\n";
}

}  // namespace thalweg::stan
