// A text with the places in it: what messages about a user's file point at.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace thalweg {

/// Line and column, both counted from 1; a column is a character, not a byte.
struct Place {
  int line = 1, column = 1;
};

/// Finds places at growing byte offsets of one text.
///
/// Cost    proportional to the distance from the last offset asked for.
class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text) : text_(text) {}
  /// `offset` must not be smaller than in the call before; beyond the end it means the end.
  Place at(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Place place_;
};

/// `origin:line:column: error: message`, and below it the line with a caret under the place (a window of it when the
/// line is long).
std::string message_at(std::string_view text, const std::string& origin, std::size_t offset,
                       const std::string& message);

/// The offset of the first byte that is not UTF-8, or npos.
std::size_t first_not_utf8(std::string_view text);

}  // namespace thalweg
