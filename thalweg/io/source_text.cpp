#include "thalweg/io/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace thalweg {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The bytes around `offset` that a message shows: at most `before` + `after` characters of its line.
struct Window {
  std::size_t begin, end;
  bool cut_left, cut_right;
};

Window window_around(std::string_view text, std::size_t offset) {
  constexpr int before = 60, after = 40;
  Window w{offset, offset, false, false};
  for (int n = 0; w.begin > 0 && text[w.begin - 1] != '\n';) {
    if (n == before) {
      w.cut_left = true;
      break;
    }
    if (!continues_character(text[--w.begin])) ++n;
  }
  for (int n = 0; w.end < text.size() && text[w.end] != '\n'; ++w.end) {
    if (!continues_character(text[w.end]) && ++n > after) {
      w.cut_right = true;
      break;
    }
  }
  return w;
}

}  // namespace

Place PlaceFinder::at(std::size_t offset) {
  offset = std::min(offset, text_.size());
  if (offset_ == 0 && text_.starts_with(byte_order_mark)) offset_ = std::min(offset, byte_order_mark.size());
  for (; offset_ < offset; ++offset_) {
    if (text_[offset_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if (!continues_character(text_[offset_])) {
      ++place_.column;
    }
  }
  return place_;
}

std::string message_at(std::string_view text, const std::string& origin, std::size_t offset,
                       const std::string& message) {
  offset = std::min(offset, text.size());
  const Place place = PlaceFinder(text).at(offset);
  const Window w = window_around(text, offset);
  std::string shown = w.cut_left ? "…" : "", caret = w.cut_left ? " " : "";
  for (std::size_t i = w.begin; i < w.end; ++i) {
    const char c = text[i];
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    shown += control ? ' ' : c;
    if (i < offset && !continues_character(c)) caret += ' ';
  }
  if (w.cut_right) shown += "…";
  while (!shown.empty() && shown.back() == ' ') shown.pop_back();
  return fmt::format("{}:{}:{}: error: {}\n{:>5} | {}\n      | {}^", origin, place.line, place.column, message,
                     place.line, shown, caret);
}

std::size_t first_not_utf8(std::string_view text) {
  const std::size_t n = text.size();
  for (std::size_t i = 0; i < n;) {
    const auto c = static_cast<unsigned char>(text[i]);
    std::uint64_t eight = ~std::uint64_t{0};
    if (i + 8 <= n) std::memcpy(&eight, text.data() + i, 8);
    if ((eight & 0x8080808080808080u) == 0) {
      i += 8;
      continue;
    }
    if (c < 0x80) {
      ++i;
      continue;
    }
    const int length = c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > n) return i;
    for (int k = 1; k < length; ++k)
      if (!continues_character(text[i + k])) return i;
    // Overlong forms, surrogates and points beyond U+10FFFF show in the second byte.
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
        (c == 0xF4 && second > 0x8F))
      return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace thalweg
