#include "thalweg/io/json_data.hpp"

#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"
#include "thalweg/io/json_numbers.hpp"
#include "thalweg/io/source_text.hpp"

namespace thalweg {
namespace {

/// The array under construction: how deep it is, how long each level is, and where a length differs.
class ArrayShape {
 public:
  std::size_t depth() const { return counts_.size(); }
  bool nested() const { return depth() > 0; }

  /// Each returns what is wrong, or nothing.
  std::string open() {
    if (nested()) ++counts_.back();
    if (scalars_at_ && depth() >= *scalars_at_) return "is an array where {} is a number";
    counts_.push_back(0);
    if (lengths_.size() < depth()) lengths_.push_back(unknown);
    return {};
  }
  std::string scalar() {
    if (nested()) ++counts_.back();
    if (depth() != lengths_.size()) return "is a number where {} is an array";
    scalars_at_ = depth();
    return {};
  }
  std::string close() {
    std::int64_t& length = lengths_[depth() - 1];
    const std::int64_t count = counts_.back();
    counts_.pop_back();
    if (length == unknown) length = count;
    if (length == count) return {};
    return fmt::format("has {} where {{}} has {}", elements(count), length);
  }
  const std::vector<std::int64_t>& lengths() const { return lengths_; }

  /// The element that was opened or added last: "y[2,3]"; `same` all ones: the one that set the shape.
  std::string element(const std::string& name, bool first) const {
    if (!nested()) return name;
    std::string indexes;
    for (const std::int64_t count : counts_)
      indexes += fmt::format("{}{}", indexes.empty() ? "" : ",", first ? 1 : count);
    return fmt::format("{}[{}]", name, indexes);
  }

 private:
  static constexpr std::int64_t unknown = -1;
  static std::string elements(std::int64_t n) { return n == 1 ? "1 element" : fmt::format("{} elements", n); }
  std::vector<std::int64_t> lengths_, counts_;
  std::optional<std::size_t> scalars_at_;
};

/// Receives the events of nlohmann's parser; the place of each comes from the numbers' filter it reads through.
class DataReader {
 public:
  DataReader(const JsonNumbers& source, const std::string& origin, bool list_allowed)
      : source_(source), origin_(origin), places_(source.text()), list_allowed_(list_allowed) {}

  std::vector<DataMap> maps;
  bool is_list = false;

  bool start_object(std::size_t) {
    if (in_map_) refuse(here(), "an object", "tuples and other objects are not supported");
    in_map_ = true;
    seen_.clear();
    maps.emplace_back().origin = origin_;
    return true;
  }
  bool end_object() {
    in_map_ = false;
    return true;
  }
  bool start_array(std::size_t) {
    if (!in_map_) {
      if (!list_allowed_ || is_list) fail_at(here(), top_level("an array"));
      return is_list = true;
    }
    place_value(here());
    if (const std::string problem = shape_.open(); !problem.empty()) ragged(here(), problem);
    return true;
  }
  bool end_array() {
    if (!in_map_) return true;
    if (const std::string problem = shape_.close(); !problem.empty()) ragged(here(), problem);
    if (!shape_.nested()) finish();
    return true;
  }
  bool key(std::string& name) {
    const std::size_t at = source_.last_string();
    name_ = name;
    shape_ = {};
    value_ = {};
    value_.is_integer = true;
    placed_ = false;
    const auto [entry, fresh] = seen_.try_emplace(name, at);
    if (fresh) return true;
    const Place first = PlaceFinder(source_.text()).at(entry->second);
    fail_at(at, fmt::format("\"{}\" is given twice: first at {}:{}; keep one of them", name, first.line, first.column));
  }
  // The parser sees the digit 0 for every number; its value is the filter's.
  bool number_unsigned(std::uint64_t) {
    const JsonNumber& number = source_.last_number();
    check_place(number.offset, "a number");
    if (number.is_integer && !(number.value >= INT32_MIN && number.value <= INT32_MAX)) too_large(number);
    if (number.overflows) fail_at(number.offset, fmt::format("{} is beyond the range of a double", spelled(number)));
    add(number.offset, number.value, number.is_integer);
    return true;
  }
  bool number_integer(std::int64_t) { return number_unsigned(0); }
  bool number_float(double, const std::string&) { return number_unsigned(0); }
  bool string(std::string& s) {
    const std::size_t at = source_.last_string();
    check_place(at, "a string");
    const std::optional<double> x = value_of_word(s);
    if (!x)
      refuse(at, "a string",
             s == "NA" ? missing_values
                       : "expected a number or an array of numbers (\"NaN\", \"Infinity\" and \"-Infinity\" are the "
                         "only strings)");
    add(at, *x, false);
    return true;
  }
  bool boolean(bool b) {
    const std::size_t at = here() - (b ? 3 : 4);
    check_place(at, "a boolean");
    refuse(at, "a boolean", "write 1 for true and 0 for false");
  }
  bool null() {
    check_place(here() - 3, "null");
    refuse(here() - 3, "null", missing_values);
  }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not in JSON text

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception& error) {
    std::string what = error.what();
    if (const auto dash = what.find(" - "); dash != std::string::npos) what = what.substr(dash + 3);
    if (const auto read = what.find("; last read: '"); read != std::string::npos)
      what.erase(read, what.rfind('\'') - read + 1);
    if (const auto any = what.find("'[', '{', or a literal"); any != std::string::npos)
      what.replace(any, std::string::npos, "a value");
    const auto says = [&](const char* words) { return what.find(words) != std::string::npos; };
    const std::string_view text = source_.text();
    std::size_t at = here();
    if (says("unexpected end of input")) at = text.size();
    if (says("unexpected number")) at = source_.last_number().offset;
    if (says("unexpected string") || says("missing closing quote")) at = source_.last_string();
    const std::string_view odd = source_.last_odd_word();
    const std::size_t odd_at = static_cast<std::size_t>(odd.data() - text.data());
    if (!odd.empty() && here() >= odd_at && here() <= odd_at + odd.size() &&
        (says(" literal") || says("invalid number")) && !says("unexpected string")) {
      at = odd_at;
      const auto word = what.find(says(" literal") ? " literal" : " number");
      what.insert(word + (says(" literal") ? 8 : 7), fmt::format(" '{}'", odd.substr(0, 40)));
    }
    fail_at(at, "syntax error: " + what + hint_for(at));
  }

 private:
  static constexpr const char* missing_values =
      "missing values are not supported: leave them out, or model them as parameters";

  const JsonNumbers& source_;
  const std::string& origin_;
  PlaceFinder places_;
  bool list_allowed_, in_map_ = false, placed_ = false;
  std::string name_;
  DataValue value_;
  ArrayShape shape_;
  std::map<std::string, std::size_t> seen_;  ///< the names of this object and where they stand

  std::size_t here() const { return source_.last_character(); }
  std::string_view spelled(const JsonNumber& number) const {
    return source_.text().substr(number.offset, number.length);
  }
  std::string top_level(const char* found) const {
    return fmt::format("expected an object {{\"name\": value, …}}{}, found {}",
                       list_allowed_ ? " or an array of them, one a chain" : "", found);
  }
  void check_place(std::size_t at, const char* what) const {
    if (!in_map_) fail_at(at, top_level(what));
  }
  void place_value(std::size_t at) {
    if (placed_) return;
    const Place place = places_.at(at);
    value_.line = place.line;
    value_.column = place.column;
    placed_ = true;
  }
  void add(std::size_t at, double x, bool is_integer) {
    place_value(at);
    if (const std::string problem = shape_.scalar(); !problem.empty()) ragged(at, problem);
    value_.reals.push_back(x);
    if (!is_integer && value_.is_integer) {
      value_.is_integer = false;
      value_.integers = {};
    }
    if (value_.is_integer) value_.integers.push_back(static_cast<std::int32_t>(x));
    if (!shape_.nested()) finish();
  }
  void finish() {
    value_.shape = shape_.lengths();
    maps.back().values.emplace(name_, std::move(value_));
  }

  [[noreturn]] void fail_at(std::size_t at, const std::string& message) const {
    throw Error(message_at(source_.text(), origin_, at, message));
  }
  [[noreturn]] void refuse(std::size_t at, const char* found, const char* hint) const {
    fail_at(at, fmt::format("\"{}\" holds {}; {}", name_, found, hint));
  }
  [[noreturn]] void too_large(const JsonNumber& number) const {
    fail_at(number.offset,
            fmt::format("{0} in \"{1}\" is an integer beyond 32 bits ({2} to {3}); if it is a real number, write it "
                        "with a decimal point: {0}.0",
                        spelled(number), name_, INT32_MIN, INT32_MAX));
  }
  [[noreturn]] void ragged(std::size_t at, const std::string& problem) const {
    fail_at(at,
            fmt::format("\"{}\" is ragged: {} {}; all elements of an array must have the same shape", name_,
                        shape_.element(name_, false), fmt::format(fmt::runtime(problem), shape_.element(name_, true))));
  }
  std::string hint_for(std::size_t at) const {
    const std::string_view text = source_.text();
    if (const auto first = text.find_first_not_of(" \t\r\n"); first != std::string_view::npos && text[first] != '{')
      if (text.substr(0, 1000).find("<-") != std::string_view::npos)
        return " (this looks like an R dump file; write the data as JSON)";
    if (at >= text.size()) return {};
    if (text[at] == '\'') return " (names stand in double quotes)";
    if (text.substr(at, 2) == "NA") return std::string(" (") + missing_values + ")";
    if ((text[at] == ']' || text[at] == '}') && at > 0) {
      const std::size_t before = text.find_last_not_of(" \t\r\n", at - 1);
      if (before != std::string_view::npos && text[before] == ',') return " (a comma too many before it)";
    }
    return {};
  }
};

std::vector<DataMap> parse(const std::string& text, const std::string& origin, bool list_allowed, bool& is_list) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    fail("{}:1:1: error: the file is UTF-16; save it as UTF-8", origin);
  if (const auto at = first_not_utf8(text); at != std::string::npos)
    throw Error(message_at(
        text.substr(0, at), origin, at,
        fmt::format("byte 0x{:02X} is not UTF-8; save the file as UTF-8", static_cast<unsigned char>(text[at]))));
  if (const auto at = text.find('\0'); at != std::string::npos)
    throw Error(message_at(text, origin, at, "a zero byte: this is not a text file"));
  JsonNumbers numbers(text);
  DataReader reader(numbers, origin, list_allowed);
  nlohmann::json::sax_parse(numbers.begin(), JsonNumbers::end(), &reader);
  is_list = reader.is_list;
  return std::move(reader.maps);
}

}  // namespace

DataMap parse_json_data(const std::string& text, const std::string& origin) {
  bool is_list = false;
  return std::move(parse(text, origin, false, is_list).front());
}

DataMap read_json_data(const std::string& path) { return parse_json_data(read_text_file(path), path); }

std::vector<DataMap> parse_json_inits(const std::string& text, const std::string& origin, std::size_t chains) {
  bool is_list = false;
  std::vector<DataMap> maps = parse(text, origin, true, is_list);
  if (is_list && maps.size() != chains)
    fail("{}: error: expected one object for all chains or an array of {}, one a chain; found an array of {}", origin,
         chains, maps.size());
  return maps;
}

std::vector<DataMap> read_json_inits(const std::string& path, std::size_t chains) {
  return parse_json_inits(read_text_file(path), path, chains);
}

}  // namespace thalweg
