#include "thalweg/stan/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "thalweg/core/error.hpp"

namespace thalweg::stan {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_bytes = std::size_t{16} << 20;
constexpr int deepest_include = 64;

/// Length of the well-formed UTF-8 sequence at the front of `s`, 0 if there is none (overlong forms, surrogates and
/// code points above U+10FFFF are not well formed).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto continues = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char b = byte(0);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return continues(1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (b == 0xE0 && byte(1) < 0xA0) return 0;
    if (b == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (b == 0xF0 && byte(1) < 0x90) return 0;
    if (b == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

int count_characters(std::string_view s) {
  return static_cast<int>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Without a byte-order mark, with `\n` for `\r\n` and lone `\r`.
std::string normalise(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r') {
      text += bytes[i];
    } else {
      text += '\n';
      if (i + 1 < bytes.size() && bytes[i + 1] == '\n') ++i;
    }
  }
  return text;
}

void require_utf8(std::string_view text, const std::string& file) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    fail("{}:1:1: error: the file is UTF-16; a Stan program must be UTF-8: save it as UTF-8", file);
  }
  int line = 1, column = 1;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      fail("{}:{}:{}: error: byte 0x{:02X} is not UTF-8; a Stan program must be UTF-8: save the file as UTF-8", file,
           line, column, static_cast<unsigned char>(text[0]));
    }
    column = text[0] == '\n' ? 1 : column + 1;
    line += text[0] == '\n';
    text.remove_prefix(length);
  }
}

std::string read_file(const std::string& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status)) fail("{}: error: no such file; expected a Stan program", path);
  if (fs::is_directory(status)) fail("{}: error: is a folder; expected a Stan program", path);
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("{}: error: the file can't be opened; check its permissions", path);
  std::string bytes;
  char chunk[1 << 16];
  while (in.read(chunk, sizeof chunk), in.gcount() > 0) {
    bytes.append(chunk, static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > most_bytes) fail("{}: error: more than 16 MiB; expected a Stan program", path);
  }
  if (in.bad()) fail("{}: error: the file can't be read to its end", path);
  return bytes;
}

/// Follows comments and strings along a line, so that `#include` inside a comment is left alone.
void skip_line(std::string_view line, bool& in_comment) {
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool pair = i + 1 < line.size();
    if (in_comment) {
      if (pair && line[i] == '*' && line[i + 1] == '/') in_comment = false, ++i;
    } else if (in_string) {
      in_string = line[i] != '"';
    } else if (line[i] == '"') {
      in_string = true;
    } else if (pair && line[i] == '/' && line[i + 1] == '/') {
      return;
    } else if (pair && line[i] == '/' && line[i + 1] == '*') {
      in_comment = true, ++i;
    }
  }
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Whether a line is an include directive, and if so the name behind it ("" if it is malformed).
bool is_include(std::string_view line, std::string& name) {
  constexpr std::string_view keyword = "#include";
  std::string_view rest = trim(line);
  if (!rest.starts_with(keyword)) return false;
  rest.remove_prefix(keyword.size());
  const bool separated = rest.empty() || std::string_view(" \t<\"").find(rest[0]) != std::string_view::npos;
  if (!separated) return false;
  if (const auto comment = rest.find("//"); comment != std::string_view::npos && comment > 0) {
    const char before = rest[comment - 1];
    if (before == ' ' || before == '\t' || before == '>' || before == '"') rest = rest.substr(0, comment);
  }
  rest = trim(rest);
  const auto quoted = [&](char open, char close) {
    return rest.size() >= 2 && rest.front() == open && rest.back() == close;
  };
  if (quoted('<', '>') || quoted('"', '"')) {
    name = std::string(rest.substr(1, rest.size() - 2));
  } else {
    name = rest.find_first_of("<>\"") == std::string_view::npos ? std::string(rest) : "";
  }
  return true;
}

}  // namespace

/// Puts a source together, file after file.
class SourceReader {
 public:
  SourceReader(Source& source, const std::vector<std::string>& include_paths)
      : source_(source), include_paths_(include_paths) {
    source_.files_.clear();
    source_.lines_.clear();
  }

  /// Appends the lines of a file; `includer` is the include that named it.
  void append(std::string_view bytes, const std::string& name, int includer) {
    const std::string text = normalise(bytes);
    require_utf8(text, name);
    const int file = file_index(name);
    bool in_comment = false;
    int line = 1;
    for (std::size_t begin = 0; begin < text.size() || line == 1; ++line) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      append_line(std::string_view(text).substr(begin, end - begin), file, line, includer, in_comment);
      begin = end + 1;
    }
  }

  void finish() {
    if (source_.lines_.empty()) source_.lines_.push_back({0, 0, 1, -1});
  }

 private:
  int file_index(const std::string& name) {
    const auto at = std::find(source_.files_.begin(), source_.files_.end(), name);
    if (at == source_.files_.end()) source_.files_.push_back(name);
    return static_cast<int>(std::find(source_.files_.begin(), source_.files_.end(), name) - source_.files_.begin());
  }

  void append_line(std::string_view line, int file, int number, int includer, bool& in_comment) {
    std::string name;
    if (!in_comment && is_include(line, name)) {
      include(name, file, number, includer);
      return;
    }
    skip_line(line, in_comment);
    source_.lines_.push_back({static_cast<std::uint32_t>(source_.text_.size()), file, number, includer});
    source_.text_ += line;
    source_.text_ += '\n';
    if (source_.text_.size() > most_bytes) {
      fail("{}:{}:1: error: more than 16 MiB of text with includes resolved", source_.files_[std::size_t(file)],
           number);
    }
  }

  void include(const std::string& name, int file, int number, int includer) {
    const std::string from = source_.files_[static_cast<std::size_t>(file)];
    const std::string place = fmt::format("{}:{}:1", from, number);
    if (name.empty()) {
      fail("{}: error: #include needs a file name, as in '#include functions.stan' (alone on its line)", place);
    }
    std::vector<std::string> tried;
    const std::string found = locate(name, from, tried);
    if (found.empty()) {
      fail("{}: error: included file '{}' was not found; searched:\n  {}", place, name, fmt::join(tried, "\n  "));
    }
    std::error_code code;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (!fs::equivalent(open_[i], found, code)) continue;
      std::vector<std::string> cycle(open_.begin() + static_cast<std::ptrdiff_t>(i), open_.end());
      cycle.push_back(found);
      fail("{}: error: include cycle: {}", place, fmt::join(cycle, " includes "));
    }
    if (open_.size() >= deepest_include) fail("{}: error: includes nest deeper than {}", place, deepest_include);
    source_.includes_.push_back({file, number, includer});
    open_.push_back(found);
    append(read_file(found), found, static_cast<int>(source_.includes_.size()) - 1);
    open_.pop_back();
  }

  std::string locate(const std::string& name, const std::string& from, std::vector<std::string>& tried) const {
    const fs::path wanted(name);
    std::vector<fs::path> folders{fs::path(from).parent_path()};
    if (!wanted.is_absolute()) folders.insert(folders.end(), include_paths_.begin(), include_paths_.end());
    for (const fs::path& folder : folders) {
      const fs::path candidate = folder / wanted;
      std::error_code code;
      if (fs::is_regular_file(candidate, code)) return candidate.string();
      tried.push_back(candidate.string());
    }
    return "";
  }

  friend class Source;
  Source& source_;
  const std::vector<std::string>& include_paths_;
  std::vector<std::string> open_;
};

Source Source::read(const std::string& path, const std::vector<std::string>& include_paths) {
  Source source;
  SourceReader reader(source, include_paths);
  const std::string bytes = read_file(path);
  reader.open_.push_back(path);
  reader.append(bytes, path, -1);
  reader.finish();
  return source;
}

Source Source::from_text(std::string_view text, const std::string& name,
                         const std::vector<std::string>& include_paths) {
  if (text.size() > most_bytes) fail("{}: error: more than 16 MiB; expected a Stan program", name);
  Source source;
  SourceReader reader(source, include_paths);
  reader.open_.push_back(name);
  reader.append(text, name, -1);
  reader.finish();
  return source;
}

const Source::Line& Source::line_of(std::uint32_t offset) const {
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset,
                                     [](std::uint32_t at, const Line& line) { return at < line.begin; });
  return next == lines_.begin() ? lines_.front() : *std::prev(next);
}

std::uint32_t Source::line_begin(std::uint32_t offset) const { return line_of(offset).begin; }

std::string_view Source::line_at(std::uint32_t offset) const {
  const std::uint32_t begin = line_begin(offset);
  const std::size_t end = std::min(text_.find('\n', begin), text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

Position Source::position(std::uint32_t offset) const {
  const Line& line = line_of(offset);
  const std::string_view text = line_at(offset);
  const std::size_t bytes = std::min<std::size_t>(offset - line.begin, text.size());
  return {files_[static_cast<std::size_t>(line.file)], line.line, count_characters(text.substr(0, bytes)) + 1};
}

std::vector<std::string> Source::included_from(std::uint32_t offset) const {
  std::vector<std::string> places;
  for (int i = line_of(offset).includer; i >= 0; i = includes_[static_cast<std::size_t>(i)].includer) {
    const Include& include = includes_[static_cast<std::size_t>(i)];
    places.push_back(fmt::format("{}:{}", files_[static_cast<std::size_t>(include.file)], include.line));
  }
  return places;
}

}  // namespace thalweg::stan
