// The fuzz target of tests/fuzz, driven by a fixed stream of mutations; clang's libFuzzer drives it for longer.
#include <gtest/gtest.h>

#include <random>

#include "../fuzz/json_reader.cpp"

namespace thalweg::test {
namespace {

const std::vector<std::string> seeds = {
    R"({"N": 3, "y": [1.5, -2, 3e-2], "X": [[1,2,3],[4,5,6]], "e": [[],[]]})",
    R"({"a": NaN, "b": [-Infinity, "Inf", +inf], "c\u00e9\"": 2147483647, "d": -0.0})",
    R"([{"mu": 1}, {"tau": [0.1, 1E+300, 1e-400], "größe": "NA"}])",
    "\xEF\xBB\xBF{\"s\": \"\\u004eaN\", \"\\ud83d\\ude00\": [1e5, -0.5, 12345678, 0.25, 1E-3]}\r\n",
};
const std::vector<std::string> tokens = {"{",  "}",    "[",        "]",      ",",   ":",    "\"",   "NaN",        "Inf",
                                         "-",  "e",    ".",        "0",      "1e9", "null", "true", "\\u",        "\n",
                                         "\0", "\xC3", "\xF0\x9F", "\"a\":", "[[",  "]]",   "+1",   "99999999999"};

TEST(JsonFuzz, MutatedTextsNeverCrashAndRoundTrip) {
  std::mt19937 random(11);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % std::max<std::size_t>(n, 1)); };
  int read = 0;
  for (int round = 0; round < 25000; ++round) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t edits = below(3) + 1; edits > 0; --edits) {
      const std::size_t at = below(text.size());
      switch (below(9)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, below(8) + 1);
          break;
        case 2:
          text.insert(at, tokens[below(tokens.size())]);
          break;
        case 3:
          text.insert(at, text.substr(below(text.size()), below(20)));
          break;
        case 4:
          text.resize(at);
          break;
        default:  // the gentlest: another digit in place of one
          if (const std::size_t digit = text.find_first_of("0123456789", at); digit != std::string::npos)
            text[digit] = static_cast<char>('0' + below(10));
      }
      if (text.empty()) text.push_back('{');
    }
    try {
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
      parse_json_data(text, "fuzz");
      ++read;
    } catch (const Error&) {
    }
  }
  EXPECT_GT(read, 500) << "too few of the mutated texts are still data: the mutations are too wild";
  EXPECT_LT(read, 24500) << "too few of the mutated texts are refused: the mutations are too tame";
}

TEST(JsonFuzz, DeepNestingNeedsNoStack) {
  std::string deep = "{\"a\": " + std::string(200000, '[');
  EXPECT_THROW(parse_json_data(deep, "deep"), Error);
  deep += std::string(200000, ']') + "}";
  EXPECT_EQ(parse_json_data(deep, "deep").values.at("a").shape.size(), 200000u);
}

}  // namespace
}  // namespace thalweg::test
