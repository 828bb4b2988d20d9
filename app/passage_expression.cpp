#include "app/passage_expression.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "app/status.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg::app {
namespace {

/// functional · x + constant
struct Linear {
  std::vector<double> factors;
  double constant = 0;
  bool is_number() const {
    return std::all_of(factors.begin(), factors.end(), [](double f) { return f == 0; });
  }
};

class PassageParser {
 public:
  PassageParser(const std::string& text, const SdeModel& model) : text_(text), model_(model) {}

  PassageSettings run() {
    if (skip("abs(")) return outside_of_abs();
    const Linear first = sum();
    const char relation = comparison();
    const std::size_t at_second = at_;
    const Linear second = sum();
    if (!ended()) {  // a < y < b
      const std::size_t at = at_;
      const char other = comparison();
      const Linear third = sum();
      if (!ended()) refuse("the end");
      if (relation != '<' || other != '<') refuse("a < y < b, an interval to leave", at);
      if (!first.is_number() || !third.is_number()) refuse("numbers at both ends of the interval");
      return bounded(second, first.constant - second.constant, third.constant - second.constant);
    }
    Linear y = first;
    for (std::size_t i = 0; i < y.factors.size(); ++i) y.factors[i] -= second.factors[i];
    const double level = second.constant - first.constant;
    if (y.is_number()) refuse("a coordinate on one side, such as x[1]", at_second);
    return relation == '>' ? bounded(y, -infinity, level) : bounded(y, level, infinity);
  }

 private:
  static PassageSettings bounded(const Linear& y, double lower, double upper) {
    return {.functional = y.factors, .lower = lower, .upper = upper};
  }
  PassageSettings outside_of_abs() {
    const Linear y = sum();
    if (!skip(")")) refuse("')'");
    const std::size_t at = at_;
    if (comparison() != '>') refuse("'>' behind abs(…)", at);
    const Linear level = sum();
    if (!ended()) refuse("the end");
    if (!level.is_number() || !(level.constant > 0)) refuse("a number > 0", at);
    return bounded(y, -level.constant - y.constant, level.constant - y.constant);
  }

  Linear sum() {
    Linear total{std::vector<double>(static_cast<std::size_t>(model_.dimension()))};
    for (double sign = skip("-") ? -1 : 1;;) {
      add_term(total, sign);
      if (skip("+"))
        sign = 1;
      else if (skip("-"))
        sign = -1;
      else
        return total;
    }
  }
  void add_term(Linear& total, double factor) {
    std::ptrdiff_t coordinate = -1;
    for (;;) {
      if (const auto value = number()) {
        factor *= *value;
      } else {
        const std::size_t at = at_;
        const std::ptrdiff_t found = name();
        if (found < 0) refuse("a number or a coordinate", at);
        if (coordinate >= 0) refuse("a sum of coordinates with factors", at);
        coordinate = found;
      }
      if (!skip("*")) break;
    }
    if (coordinate >= 0)
      total.factors[static_cast<std::size_t>(coordinate)] += factor;
    else
      total.constant += factor;
  }
  std::optional<double> number() {
    blank();
    if (at_ >= text_.size() || !(std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.')) return {};
    const char* const from = text_.c_str() + at_;
    char* to = nullptr;
    const double value = std::strtod(from, &to);
    if (to == from) return {};
    at_ += static_cast<std::size_t>(to - from);
    return value;
  }
  /// The coordinate of that name; −1: there is none.
  std::ptrdiff_t name() {
    blank();
    const auto& names = model_.coordinates();
    std::ptrdiff_t best = -1;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (text_.compare(at_, names[i].size(), names[i]) == 0 &&
          (best < 0 || names[i].size() > names[static_cast<std::size_t>(best)].size()))
        best = static_cast<std::ptrdiff_t>(i);
    if (best < 0 && model_.dimension() == 1 && text_.compare(at_, 1, "x") == 0 && text_.compare(at_, 2, "x[") != 0) {
      ++at_;
      return 0;
    }
    if (best >= 0) at_ += names[static_cast<std::size_t>(best)].size();
    return best;
  }
  char comparison() {
    blank();
    for (const char c : {'>', '<'})
      if (at_ < text_.size() && text_[at_] == c) {
        ++at_;
        skip("=");  // the same event for a continuous path
        return c;
      }
    refuse("'<' or '>'");
  }

  void blank() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool ended() {
    blank();
    return at_ == text_.size();
  }
  bool skip(const char* token) {
    blank();
    const std::string t = token;
    if (text_.compare(at_, t.size(), t) != 0) return false;
    at_ += t.size();
    return true;
  }
  [[noreturn]] void refuse(const std::string& expected) {
    blank();
    refuse(expected, at_);
  }
  [[noreturn]] void refuse(const std::string& expected, std::size_t at) {
    const auto& names = model_.coordinates();
    throw UsageError(
        fmt::format("--first-passage: column {}: expected {}; found {}\n  {}\n  {}^\n  coordinates: {}; "
                    "examples: \"{} > 1\", \"-1 < {} < 1\"",
                    at + 1, expected, at < text_.size() ? fmt::format("'{}'", text_.substr(at, 12)) : "the end", text_,
                    std::string(at, ' '), fmt::join(names, ", "), names.front(), names.front()));
  }

  const std::string& text_;
  const SdeModel& model_;
  std::size_t at_ = 0;
};

}  // namespace

PassageSettings parse_passage(const std::string& text, const SdeModel& model) {
  return PassageParser(text, model).run();
}

}  // namespace thalweg::app
