// The text of a Stan program with its includes resolved, and the way back from an offset to a file, line and column.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::stan {

/// A stretch of the resolved text: offsets in bytes, [begin, end). An empty stretch is a point.
struct Location {
  std::uint32_t begin = 0, end = 0;
};

/// Where a person finds an offset: file as it was named, line and column from 1 (a column is a character, not a byte).
struct Position {
  std::string file;
  int line = 1, column = 1;
};

/// A program's text as the compiler sees it: UTF-8, `\n` line ends, no byte-order mark, each `#include` line replaced
/// by the lines of the file it names.
///
/// An include is `#include name`, `#include <name>` or `#include "name"` alone on its line, outside comments. It is
/// searched in the folder of the file that has the line, then in the extra paths in order.
///
/// Errors  Error with file:line:column: a file that can't be read, an include that isn't found (lists where it was
///         searched), a cycle of includes (lists it), bytes that are not UTF-8, more than 16 MiB of text in all.
class Source {
 public:
  Source() = default;
  /// Reads a program from a file.
  static Source read(const std::string& path, const std::vector<std::string>& include_paths = {});
  /// Takes a program from memory; `name` stands for the file in messages, and its folder is searched for includes.
  static Source from_text(std::string_view text, const std::string& name,
                          const std::vector<std::string>& include_paths = {});

  const std::string& text() const { return text_; }                 ///< includes resolved; what a run file stores
  const std::string& name() const { return files_[0]; }             ///< of the outermost file
  const std::vector<std::string>& files() const { return files_; }  ///< all files read, each once, in order of reading

  Position position(std::uint32_t offset) const;
  /// The whole line around an offset, without its line end.
  std::string_view line_at(std::uint32_t offset) const;
  /// Offset of the first byte of the line around an offset.
  std::uint32_t line_begin(std::uint32_t offset) const;
  /// `file:line` of each include that leads to the line, innermost first; empty in the outermost file.
  std::vector<std::string> included_from(std::uint32_t offset) const;

 private:
  friend class SourceReader;
  struct Line {
    std::uint32_t begin;
    int file, line;
    int includer;  ///< index into includes_, −1 in the outermost file
  };
  struct Include {
    int file, line, includer;
  };
  const Line& line_of(std::uint32_t offset) const;

  std::string text_;
  std::vector<std::string> files_{"model.stan"};
  std::vector<Line> lines_{{0, 0, 1, -1}};
  std::vector<Include> includes_;
};

}  // namespace thalweg::stan
