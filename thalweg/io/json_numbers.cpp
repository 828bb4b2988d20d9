#include "thalweg/io/json_numbers.hpp"

#include <charconv>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace thalweg {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_token(char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '+' || c == '-' || c == '_'; }

/// The end of the number at the start of `token` by the grammar of RFC 8259, or nothing.
std::optional<std::size_t> end_of_number(std::string_view token, bool& is_integer) {
  std::size_t i = 0;
  const std::size_t n = token.size();
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < n && is_digit(token[i])) ++i;
    return i > begin;
  };
  if (i < n && token[i] == '-') ++i;
  if (i < n && token[i] == '0') {
    ++i;
  } else if (!digits()) {
    return std::nullopt;
  }
  is_integer = true;
  if (i < n && token[i] == '.') {
    ++i;
    is_integer = false;
    if (!digits()) return std::nullopt;
  }
  if (i < n && (token[i] == 'e' || token[i] == 'E')) {
    ++i;
    is_integer = false;
    if (i < n && (token[i] == '+' || token[i] == '-')) ++i;
    if (!digits()) return std::nullopt;
  }
  return i;
}

/// For what from_chars calls out of range, which is too large or rounds to 0.
double beyond_range(std::string_view token) {
  std::istringstream stream{std::string(token)};
  stream.imbue(std::locale::classic());
  double x = 0;
  stream >> x;
  constexpr double infinite = std::numeric_limits<double>::infinity();
  return stream.fail() ? (token.front() == '-' ? -infinite : infinite) : x;
}

}  // namespace

std::optional<double> value_of_word(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.remove_prefix(1);
  if (word == "NaN" || word == "nan") return std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (word == "Infinity" || word == "infinity" || word == "Inf" || word == "inf")
    return negative ? -infinite : infinite;
  return std::nullopt;
}

char JsonNumbers::character() {
  const char c = text_[here_];
  last_ = here_;
  next_ = here_ + 1;
  if (in_string_) {
    if (escaped_)
      escaped_ = false;
    else if (c == '\\')
      escaped_ = true;
    else if (c == '"')
      in_string_ = false;
    return c;
  }
  if (c == '"') {
    in_string_ = true;
    string_ = here_;
    return c;
  }
  if (here_ < raw_until_ || !in_token(c)) return c;
  if (const std::size_t length = read_number()) {
    next_ = here_ + length;
    return '0';
  }
  return c;
}

std::size_t JsonNumbers::read_number() {
  std::size_t end = here_;
  while (end < text_.size() && in_token(text_[end])) ++end;
  const std::string_view token = text_.substr(here_, end - here_);
  JsonNumber found{here_, token.size()};
  if (const auto length = end_of_number(token, found.is_integer); length == token.size()) {
    const auto [stop, code] = std::from_chars(token.data(), token.data() + token.size(), found.value);
    if (code == std::errc::result_out_of_range) {
      found.value = beyond_range(token);
      found.overflows = found.value - found.value != 0;
    }
  } else if (const auto value = value_of_word(token)) {
    found.value = *value;
    found.is_integer = false;
  } else {
    raw_from_ = here_;
    raw_until_ = end;
    return 0;
  }
  number_ = found;
  return token.size();
}

}  // namespace thalweg
