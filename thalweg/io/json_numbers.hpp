// Numbers of a JSON text, found before the parser sees them: fast, with their places, and with Stan's NaN and
// infinities.
#pragma once
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

namespace thalweg {

/// NaN or ±∞ when `word` spells one: an optional sign, then NaN, Infinity or Inf, or one of these in lower case.
std::optional<double> value_of_word(std::string_view word);

/// A number of the text. An integer has neither point nor exponent (and may be too large for any type).
struct JsonNumber {
  std::size_t offset = 0, length = 0;
  double value = 0;
  bool is_integer = false, overflows = false;
};

/// Hands a JSON text to a parser character by character, with each number and each bare NaN or infinity shortened to
/// the digit 0. The parser looks at most one character beyond a token, so that at each of its events the token is the
/// last one handed over. What only looks like a number (01, 1., +2) goes through as it is, for the parser to refuse.
class JsonNumbers {
 public:
  explicit JsonNumbers(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  std::size_t last_character() const { return last_; }  ///< offset of the last character handed over
  std::size_t last_string() const { return string_; }   ///< where the last string began
  const JsonNumber& last_number() const { return number_; }
  /// The last run of letters, digits, points and signs that is no number: true, nul, 01, 1., empty at first.
  std::string_view last_odd_word() const { return text_.substr(raw_from_, raw_until_ - raw_from_); }

  bool done() const { return here_ >= text_.size(); }
  char character();
  void advance() { here_ = next_; }

  /// The range that the parser reads: begin() to end().
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;
    Iterator() = default;
    explicit Iterator(JsonNumbers& numbers) : numbers_(&numbers) {}
    char operator*() const { return numbers_->character(); }
    Iterator& operator++() {
      numbers_->advance();
      return *this;
    }
    Iterator operator++(int) {
      numbers_->advance();
      return *this;
    }
    bool at_end() const { return !numbers_ || numbers_->done(); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_end() == b.at_end(); }

   private:
    JsonNumbers* numbers_ = nullptr;
  };
  Iterator begin() { return Iterator(*this); }
  static Iterator end() { return {}; }

 private:
  std::string_view text_;
  std::size_t here_ = 0, next_ = 0, last_ = 0, string_ = 0, raw_from_ = 0, raw_until_ = 0;
  bool in_string_ = false, escaped_ = false;
  JsonNumber number_;

  /// Length of the number or word at `here_`, which goes to number_; 0 when there is none.
  std::size_t read_number();
};

}  // namespace thalweg
