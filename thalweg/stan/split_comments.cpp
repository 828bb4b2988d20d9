#include "thalweg/stan/split_comments.hpp"

#include <algorithm>
#include <string_view>

#include "thalweg/core/error.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {
namespace {

constexpr std::string_view mark = "thalweg:";

/// Finds comments of one line that start with the mark.
class Scanner {
 public:
  explicit Scanner(const Program& program) : program_(program), text_(program.source.text()) {}

  std::vector<SplitComment> run() {
    for (std::size_t at = 0; at < text_.size();) {
      if (text_[at] == '"') {
        at = std::min(text_.find('"', at + 1), text_.size() - 1) + 1;
      } else if (text_.substr(at, 2) == "/*") {
        at = std::min(text_.find("*/", at + 2), text_.size() - 2) + 2;
      } else if (text_.substr(at, 2) == "//") {
        const std::size_t end = std::min(text_.find('\n', at), text_.size());
        read(at, end);
        at = end;
      } else {
        ++at;
      }
    }
    return std::move(found_);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  void read(std::size_t begin, std::size_t end) {
    std::size_t at = begin + 2;
    while (at < end && is_blank(text_[at])) ++at;
    if (text_.substr(at, mark.size()) != mark) return;
    at += mark.size();
    while (at < end && is_blank(text_[at])) ++at;
    std::size_t stop = end;
    while (stop > at && is_blank(text_[stop - 1])) --stop;
    const std::string_view word = text_.substr(at, stop - at);
    const Location place{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(stop)};
    if (word != "prior" && word != "likelihood") {
      const std::string found = word.empty() ? "nothing" : "'" + std::string(word) + "'";
      throw Error(render(program_.source,
                         {Severity::error, place,
                          "a comment 'thalweg:' says 'prior' or 'likelihood'; found " + found +
                              did_you_mean(word, {std::string_view("prior"), std::string_view("likelihood")})}));
    }
    SplitComment comment{{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
                         word == "prior" ? part_prior : part_likelihood,
                         {}};
    attach(comment);
    found_.push_back(std::move(comment));
  }

  bool stands_alone(std::size_t begin) const {
    while (begin > 0 && is_blank(text_[begin - 1])) --begin;
    return begin == 0 || text_[begin - 1] == '\n';
  }
  std::uint32_t line_begin(std::uint32_t at) const { return program_.source.line_begin(at); }

  template <class F>
  void for_each_of_density(F&& f) const {
    for (const FunctionDefinition& function : program_.functions)
      if (function.body) for_each_statement(*function.body, f);
    for (const ProgramBlock block : {ProgramBlock::transformed_parameters, ProgramBlock::model})
      for (const StatementPtr& s : program_.statements(block)) for_each_statement(*s, f);
  }

  void attach(SplitComment& comment) const {
    const Statement* chosen = nullptr;
    if (stands_alone(comment.location.begin)) {
      for_each_of_density([&](const Statement& s) {  // parents come first
        if (s.location.begin > comment.location.begin &&
            (chosen == nullptr || s.location.begin < chosen->location.begin))
          chosen = &s;
      });
    } else {
      const std::uint32_t line = line_begin(comment.location.begin);
      for_each_of_density([&](const Statement& s) {
        const bool here = line_begin(s.location.begin) <= line && line_begin(s.location.end - 1) >= line;
        bool compound = false;
        for_each_statement_of(s, [&](const Statement&) { compound = true; });
        if (here && !compound) comment.statements.push_back(s.id);
        if (compound && line_begin(s.location.begin) == line && chosen == nullptr) chosen = &s;
      });
      if (!comment.statements.empty()) return;
    }
    if (chosen == nullptr) return;
    for_each_statement(*chosen, [&](const Statement& s) { comment.statements.push_back(s.id); });
  }

  const Program& program_;
  std::string_view text_;
  std::vector<SplitComment> found_;
};

}  // namespace

std::vector<SplitComment> read_split_comments(const Program& program) { return Scanner(program).run(); }

}  // namespace thalweg::stan
