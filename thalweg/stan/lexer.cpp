#include "thalweg/stan/lexer.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace thalweg::stan {

namespace {

constexpr auto keywords = std::to_array<std::string_view>({"array",
                                                           "break",
                                                           "cholesky_factor_corr",
                                                           "cholesky_factor_cov",
                                                           "column_stochastic_matrix",
                                                           "complex",
                                                           "complex_matrix",
                                                           "complex_row_vector",
                                                           "complex_vector",
                                                           "continue",
                                                           "corr_matrix",
                                                           "cov_matrix",
                                                           "data",
                                                           "else",
                                                           "fatal_error",
                                                           "for",
                                                           "functions",
                                                           "generated",
                                                           "if",
                                                           "in",
                                                           "int",
                                                           "matrix",
                                                           "model",
                                                           "ordered",
                                                           "parameters",
                                                           "positive_ordered",
                                                           "print",
                                                           "profile",
                                                           "quantities",
                                                           "real",
                                                           "reject",
                                                           "return",
                                                           "row_stochastic_matrix",
                                                           "row_vector",
                                                           "simplex",
                                                           "sum_to_zero_matrix",
                                                           "sum_to_zero_vector",
                                                           "transformed",
                                                           "tuple",
                                                           "unit_vector",
                                                           "vector",
                                                           "void",
                                                           "while"});

/// Longest first among those that share a beginning.
constexpr auto symbols =
    std::to_array<std::string_view>({"%/%", ".*=", "./=", ".*", "./", ".^", "==", "!=", "<=", ">=", "&&",
                                     "||",  "+=",  "-=",  "*=", "/=", "{",  "}",  "(",  ")",  "[",  "]",
                                     "<",   ">",   "=",   ",",  ";",  ":",  "|",  "?",  "!",  "+",  "-",
                                     "*",   "/",   "%",   "\\", "^",  "'",  "~",  "."});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

class Lexer {
 public:
  Lexer(const Source& source, Diagnostics& diagnostics) : text_(source.text()), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      const std::size_t begin = at_;
      const Token::Kind kind = read(begin);
      if (at_ == begin) {
        report_stray(begin);
        continue;
      }
      tokens.push_back({kind, text_.substr(begin, at_ - begin), place(begin, at_)});
    }
    const std::size_t end = tokens.empty() ? 0 : tokens.back().location.end;
    tokens.push_back({Token::Kind::end, {}, place(end, end)});
    return tokens;
  }

 private:
  static Location place(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\f') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '/' && peek(1) == '*') {
        const std::size_t close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) {
          diagnostics_.error(place(at_, at_ + 2), "this comment is never closed; expected '*/'");
        }
        at_ = close == std::string_view::npos ? text_.size() : close + 2;
      } else {
        return;
      }
    }
  }

  /// Moves past one token; leaves `at_` where it is if none starts here.
  Token::Kind read(std::size_t begin) {
    const char c = peek();
    if (is_letter(c)) {
      while (is_word(peek())) ++at_;
      const std::string_view word = text_.substr(begin, at_ - begin);
      return is_keyword(word) ? Token::Kind::keyword : Token::Kind::identifier;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"') return string(begin);
    for (const std::string_view symbol : symbols) {
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        break;
      }
    }
    return Token::Kind::symbol;
  }

  void digits() {
    for (bool inside = false; is_digit(peek()) || (inside && peek() == '_' && is_digit(peek(1))); ++at_) inside = true;
  }

  Token::Kind number() {
    bool real = false;
    digits();
    if (peek() == '.') {
      real = true;
      ++at_;
      digits();
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign))) {
      real = true;
      at_ += sign;
      digits();
    }
    if (peek() == 'i' && !is_word(peek(1))) {
      ++at_;
      return Token::Kind::imaginary;
    }
    return real ? Token::Kind::real : Token::Kind::integer;
  }

  Token::Kind string(std::size_t begin) {
    const std::size_t close = text_.find_first_of("\"\n", begin + 1);
    const bool closed = close != std::string_view::npos && text_[close] == '"';
    if (!closed) diagnostics_.error(place(begin, begin + 1), "this string is not closed on its line; expected '\"'");
    at_ = close == std::string_view::npos ? text_.size() : close + (closed ? 1 : 0);
    return Token::Kind::string;
  }

  void report_stray(std::size_t begin) {
    const unsigned char c = static_cast<unsigned char>(text_[begin]);
    at_ = begin + 1;
    while (at_ < text_.size() && (text_[at_] & 0xC0) == 0x80) ++at_;
    const Location where = place(begin, at_);
    if (c == '#') {
      at_ = std::min(text_.find('\n', begin), text_.size());
      if (text_.substr(begin).starts_with("#include")) {
        diagnostics_.error(where, "#include must stand alone on its line");
      } else {
        diagnostics_.error(where, "comments start with '//'; the old form '#' is no longer part of Stan");
      }
    } else if (c == '_') {
      while (is_word(peek())) ++at_;
      diagnostics_.error(where, "a name starts with a letter; '{}' starts with an underscore",
                         text_.substr(begin, at_ - begin));
    } else if (c < 0x20 || c == 0x7F) {
      diagnostics_.error(where, "unexpected control character 0x{:02X}", c);
    } else if (c >= 0x80) {
      diagnostics_.error(where, "unexpected character '{}'; beyond ASCII only comments and strings are free",
                         text_.substr(begin, at_ - begin));
    } else {
      diagnostics_.error(where, "unexpected character '{}'", static_cast<char>(c));
    }
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_keyword(std::string_view word) { return std::find(keywords.begin(), keywords.end(), word) != keywords.end(); }

std::vector<Token> tokenize(const Source& source, Diagnostics& diagnostics) { return Lexer(source, diagnostics).run(); }

}  // namespace thalweg::stan
