#include <gmock/gmock.h>

#include <bit>
#include <limits>
#include <random>

#include "support.hpp"
#include "thalweg/io/json_data.hpp"

namespace thalweg::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

DataValue value_of(const std::string& json) {
  return parse_json_data("{\"v\": " + json + "}", "d.json").values.at("v");
}

std::string complaint(const std::string& text) {
  return error_of([&] { parse_json_data(text, "d.json"); });
}

TEST(JsonData, ReadsNumbersAndArrays) {
  const DataMap data = parse_json_data("{\"N\": 3,\n  \"y\": [1.5, -2, 3e-2],\n \"X\": [[1,2,3],\n[4,5,6]]}", "d.json");
  EXPECT_EQ(data.origin, "d.json");
  ASSERT_EQ(data.values.size(), 3u);
  const DataValue &n = data.values.at("N"), &y = data.values.at("y"), &x = data.values.at("X");
  EXPECT_THAT(n.shape, IsEmpty());
  EXPECT_TRUE(n.is_integer);
  EXPECT_THAT(n.integers, ElementsAre(3));
  EXPECT_THAT(n.reals, ElementsAre(3.0));
  EXPECT_EQ(n.line, 1);
  EXPECT_EQ(n.column, 7);
  EXPECT_THAT(y.shape, ElementsAre(3));
  EXPECT_FALSE(y.is_integer);
  EXPECT_THAT(y.integers, IsEmpty());
  EXPECT_THAT(y.reals, ElementsAre(1.5, -2.0, 0.03));
  EXPECT_EQ(y.line, 2);
  EXPECT_EQ(y.column, 8);
  EXPECT_THAT(x.shape, ElementsAre(2, 3));
  EXPECT_THAT(x.integers, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(x.line, 3);
}

TEST(JsonData, KnowsIntegersByTheirSpelling) {
  EXPECT_TRUE(value_of("2147483647").is_integer);
  EXPECT_TRUE(value_of("-2147483648").is_integer);
  EXPECT_FALSE(value_of("1.0").is_integer);
  EXPECT_FALSE(value_of("1e3").is_integer);
  EXPECT_FALSE(value_of("[1, 2, 3.0]").is_integer);
  EXPECT_FALSE(value_of("[1, NaN]").is_integer);
  EXPECT_EQ(value_of("2147483648.0").reals[0], 2147483648.0);
  for (const char* large : {"2147483648", "-2147483649", "99999999999999999999999999"})
    EXPECT_THAT(complaint(std::string("{\"v\": [1, ") + large + "]}"),
                AllOf(StartsWith("d.json:1:11: error: "), HasSubstr(large), HasSubstr("beyond 32 bits"),
                      HasSubstr("decimal point")));
}

TEST(JsonData, AcceptsNanAndInfinitiesBareAndQuoted) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  for (const std::string word : {"NaN", "nan", "Infinity", "infinity", "Inf", "inf"})
    for (const std::string sign : {"", "-", "+"})
      for (const std::string quote : {"", "\""}) {
        const std::string written = quote + sign + word + quote;
        const DataValue value = value_of("[" + written + ",1]");
        EXPECT_FALSE(value.is_integer);
        if (word == "NaN" || word == "nan")
          EXPECT_TRUE(std::isnan(value.reals[0])) << written;
        else
          EXPECT_EQ(value.reals[0], sign == "-" ? -infinite : infinite) << written;
        EXPECT_EQ(value.reals[1], 1);
      }
  for (const char* wrong : {"NAN", "Infinit", "Infinitys", "- Infinity", "\"infinite\"", "\"\"", "+1", "nan(1)"})
    EXPECT_NE(complaint(std::string("{\"v\": ") + wrong + "}"), "") << wrong;
}

TEST(JsonData, GivesEmptyArraysTheShapeThatIsKnown) {
  EXPECT_THAT(value_of("[]").shape, ElementsAre(0));
  EXPECT_THAT(value_of("[[],[]]").shape, ElementsAre(2, 0));
  EXPECT_THAT(value_of("[[[]],[[]],[[]]]").shape, ElementsAre(3, 1, 0));
  EXPECT_TRUE(value_of("[[]]").is_integer);
  EXPECT_THAT(value_of("[[]]").reals, IsEmpty());
  EXPECT_THAT(parse_json_data("{}", "d.json").values, IsEmpty());
}

TEST(JsonData, RefusesRaggedArrays) {
  const auto where = [](const std::string& json) { return complaint("{\"v\": " + json + "}"); };
  EXPECT_THAT(where("[[1,2],[3]]"),
              AllOf(StartsWith("d.json:1:16:"), HasSubstr("v[2] has 1 element where v[1] has 2")));
  EXPECT_THAT(where("[[[1],[2]],[[3],[4,5]]]"), HasSubstr("v[2,2] has 2 elements where v[1,1] has 1"));
  EXPECT_THAT(where("[[1],2]"), HasSubstr("v[2] is a number where v[1] is an array"));
  EXPECT_THAT(where("[1,[2]]"), HasSubstr("v[2] is an array where v[1] is a number"));
  EXPECT_THAT(where("[[],1]"), HasSubstr("v[2] is a number where v[1] is an array"));
  EXPECT_THAT(where("[[],[[]]]"), HasSubstr("v[2] has 1 element where v[1] has 0"));
  EXPECT_THAT(where("[[1],[]]"), HasSubstr("v[2] has 0 elements where v[1] has 1"));
  EXPECT_THAT(where("[[[]],[]]"), HasSubstr("ragged"));
  EXPECT_THAT(where("[[],[1]]"), HasSubstr("ragged"));
}

TEST(JsonData, RefusesWhatIsNoNumber) {
  const auto where = [](const std::string& json) { return complaint("{\"v\": " + json + "}"); };
  EXPECT_THAT(where("\"abc\""), AllOf(StartsWith("d.json:1:7:"), HasSubstr("\"v\" holds a string")));
  EXPECT_THAT(where("[1, \"NA\"]"), AllOf(StartsWith("d.json:1:11:"), HasSubstr("missing values")));
  EXPECT_THAT(where("[1, null]"), AllOf(StartsWith("d.json:1:11:"), HasSubstr("holds null")));
  EXPECT_THAT(where("[1, false]"), AllOf(StartsWith("d.json:1:11:"), HasSubstr("holds a boolean")));
  EXPECT_THAT(where("true"), AllOf(StartsWith("d.json:1:7:"), HasSubstr("holds a boolean")));
  EXPECT_THAT(where("{\"1\": 2}"), AllOf(StartsWith("d.json:1:7:"), HasSubstr("tuples")));
  EXPECT_THAT(where("[1, {}]"), HasSubstr("holds an object"));
  EXPECT_THAT(where("1e400"), AllOf(StartsWith("d.json:1:7:"), HasSubstr("beyond the range of a double")));
  for (const char* top : {"[1]", "3", "NaN", "\"NaN\"", "true", "null", "[]", "[{}]"})
    EXPECT_THAT(complaint(top), HasSubstr("expected an object")) << top;
}

TEST(JsonData, RefusesANameGivenTwice) {
  EXPECT_THAT(complaint("{\"a\": 1,\n \"b\": 2,\n  \"a\": 3}"),
              AllOf(StartsWith("d.json:3:3: error: "), HasSubstr("\"a\" is given twice: first at 1:2")));
  EXPECT_THAT(complaint("{\"a\": 1, \"\\u0061\": 3}"), HasSubstr("given twice"));
}

TEST(JsonData, PointsAtSyntaxErrors) {
  EXPECT_THAT(complaint("{\"a\": [1, 2,],\n\"b\": 3}"),
              AllOf(StartsWith("d.json:1:13: error: syntax error: unexpected ']'"), HasSubstr("comma too many"),
                    EndsWith("\n    1 | {\"a\": [1, 2,],\n      |             ^")));
  EXPECT_THAT(complaint("{\n  \"a\": tru\n}"), StartsWith("d.json:2:8: error: syntax error"));
  EXPECT_THAT(complaint("{\"a\": NA}"), AllOf(StartsWith("d.json:1:7:"), HasSubstr("missing values")));
  EXPECT_THAT(complaint("{\"a\": 1 \"b\": 2}"), StartsWith("d.json:1:9: error: syntax error: unexpected string"));
  EXPECT_THAT(complaint("{\"a\": [1 2]}"), StartsWith("d.json:1:10: error: syntax error: unexpected number"));
  EXPECT_THAT(complaint("{\"a\": [1, 2}"), StartsWith("d.json:1:12: error: syntax error: unexpected '}'"));
  EXPECT_THAT(complaint("{\"a\": 01}"), StartsWith("d.json:1:7: error: syntax error"));
  EXPECT_THAT(complaint("{\"a\": 1.}"), StartsWith("d.json:1:7: error: syntax error"));
  EXPECT_THAT(complaint("{\"a\": \"x}"), StartsWith("d.json:1:7: error: syntax error"));
  EXPECT_THAT(complaint("{'a': 1}"), AllOf(StartsWith("d.json:1:2:"), HasSubstr("double quotes")));
  EXPECT_THAT(complaint("a <- c(1, 2)\n"), HasSubstr("R dump"));
  EXPECT_THAT(complaint("{\"a\": 1"), StartsWith("d.json:1:8: error: syntax error: unexpected end of input"));
  EXPECT_THAT(complaint("{\"a\": 1}\nx"), StartsWith("d.json:2:1: error: syntax error"));
  EXPECT_THAT(complaint("{\"a\": 1} {}"), StartsWith("d.json:1:10: error: syntax error"));
  EXPECT_THAT(complaint("{NaN: 1}"), StartsWith("d.json:1:2: error: syntax error"));
  EXPECT_THAT(complaint("{1: 1}"), StartsWith("d.json:1:2: error: syntax error"));
  EXPECT_THAT(complaint(""), StartsWith("d.json:1:1: error: syntax error: unexpected end of input"));
  EXPECT_THAT(complaint("{\"a\": 1 // no\n}"), StartsWith("d.json:1:9: error: syntax error"));
}

TEST(JsonData, ShowsAWindowOfALongLine) {
  std::string text = "{\"a\": [";
  for (int i = 0; i < 1000; ++i) text += "1.25, ";
  const std::string message = complaint(text + "?, 2" + std::string(500, ' ') + "]}");
  EXPECT_THAT(message, StartsWith("d.json:1:6008: error: syntax error"));
  EXPECT_LT(message.size(), 300u);
  EXPECT_THAT(message, HasSubstr("1.25, ?, 2"));
}

TEST(JsonData, CountsCharactersAndNotBytes) {
  EXPECT_THAT(complaint("{\"größe\": 1, \"b\": ?}"),
              AllOf(StartsWith("d.json:1:19:"), EndsWith("\n      |                   ^")));
  EXPECT_EQ(parse_json_data("{\"größe\": 1}", "d.json").values.count("größe"), 1u);
}

TEST(JsonData, RefusesOtherEncodings) {
  EXPECT_THAT(complaint("{\"gr\xF6\xDF"
                        "e\": 1}"),
              AllOf(StartsWith("d.json:1:5:"), HasSubstr("0xF6 is not UTF-8")));
  EXPECT_THAT(complaint("{\"a\": 1, \"\xC0\x80\": 1}"), HasSubstr("not UTF-8"));
  EXPECT_THAT(complaint("{\"a\": 1, \"\xED\xA0\x80\": 1}"), HasSubstr("not UTF-8"));
  EXPECT_THAT(complaint("{\"a\": 1, \"\xE2\x82"), HasSubstr("not UTF-8"));
  EXPECT_THAT(complaint(std::string("\xFF\xFE{\0", 4)), HasSubstr("UTF-16"));
  EXPECT_THAT(complaint(std::string("{\"a\": 1}\0{", 10)), HasSubstr("zero byte"));
}

TEST(JsonData, ReadsAFileWithAByteOrderMarkAndWindowsLineEnds) {
  const Folder folder;
  write_file(folder / "d.json", "\xEF\xBB\xBF{\"a\": 1,\r\n\"b\": [2,\r\n3]}\r\n");
  const DataMap data = read_json_data(folder / "d.json");
  EXPECT_EQ(data.origin, folder / "d.json");
  EXPECT_EQ(data.values.at("a").column, 7);
  EXPECT_EQ(data.values.at("b").line, 2);
  EXPECT_THAT(data.values.at("b").integers, ElementsAre(2, 3));
  EXPECT_THAT(error_of([&] { read_json_data(folder / "none.json"); }),
              AllOf(HasSubstr("none.json"), HasSubstr("No such file")));
  EXPECT_THAT(error_of([&] { read_json_data(folder / "."); }), HasSubstr("directory"));
}

TEST(JsonData, ReadsNumbersToTheLastBit) {
  EXPECT_EQ(value_of("4.9406564584124654e-324").reals[0], std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(value_of("1e-400").reals[0], 0.0);
  EXPECT_EQ(value_of("1.7976931348623157e308").reals[0], std::numeric_limits<double>::max());
  EXPECT_EQ(value_of("0." + std::string(400, '0') + "1e401").reals[0], 1.0);
  EXPECT_TRUE(std::signbit(value_of("-0.0").reals[0]));
  EXPECT_EQ(value_of("9007199254740993.0").reals[0], 9007199254740992.0);
}

void expect_same(const DataMap& a, const DataMap& b) {
  ASSERT_EQ(a.values.size(), b.values.size());
  for (const auto& [name, x] : a.values) {
    const DataValue& y = b.values.at(name);
    EXPECT_EQ(x.shape, y.shape);
    EXPECT_EQ(x.is_integer, y.is_integer);
    EXPECT_EQ(x.integers, y.integers);
    ASSERT_EQ(x.reals.size(), y.reals.size());
    for (std::size_t i = 0; i < x.reals.size(); ++i)
      if (!std::isnan(x.reals[i]) || !std::isnan(y.reals[i])) {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(x.reals[i]), std::bit_cast<std::uint64_t>(y.reals[i]));
      }
  }
}

TEST(JsonData, WritesWhatItReadsBackToTheSameBits) {
  std::mt19937_64 random(1);
  DataMap data;
  DataValue& bits = data.values["any_bits"];
  bits.shape = {100, 10, 2};
  for (int i = 0; i < 2000; ++i) bits.reals.push_back(std::bit_cast<double>(random()));
  data.values["whole"] = {{3}, {1, -0.0, 1e22}, {}, false, 0, 0};
  data.values["n"] = {{}, {-7}, {-7}, true, 0, 0};
  data.values["empty"] = {{2, 0}, {}, {}, true, 0, 0};
  data.values["a \"name\"\n"] = {{1}, {2}, {2}, true, 0, 0};
  const std::string text = write_json_data(data);
  expect_same(data, parse_json_data(text, "d.json"));
  EXPECT_EQ(text, write_json_data(parse_json_data(text, "d.json")));
}

TEST(JsonInits, AreOneObjectOrOneAChain) {
  EXPECT_EQ(parse_json_inits("{\"mu\": 1.5}", "i.json", 4).size(), 1u);
  const auto inits = parse_json_inits("[{\"mu\": 1.5}, {}, {\"mu\": 2, \"tau\": [1]}]", "i.json", 3);
  ASSERT_EQ(inits.size(), 3u);
  EXPECT_EQ(inits[0].values.at("mu").reals[0], 1.5);
  EXPECT_TRUE(inits[1].values.empty());
  EXPECT_EQ(inits[2].values.at("mu").reals[0], 2);
  const auto says = [](const char* text, std::size_t chains) {
    return error_of([&] { parse_json_inits(text, "i.json", chains); });
  };
  EXPECT_THAT(says("[{}, {}]", 4), AllOf(HasSubstr("i.json"), HasSubstr("array of 4"), HasSubstr("array of 2")));
  EXPECT_THAT(says("[]", 4), HasSubstr("array of 0"));
  EXPECT_THAT(says("[{}, 3]", 2), HasSubstr("expected an object"));
  EXPECT_THAT(says("[[{}]]", 1), HasSubstr("expected an object"));
  EXPECT_THAT(says("[{\"a\": 1, \"a\": 1}]", 1), HasSubstr("given twice"));
}

}  // namespace
}  // namespace thalweg::test
