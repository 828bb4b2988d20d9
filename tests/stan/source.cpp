// Sources: includes, line maps, line ends, byte-order marks, UTF-8.
#include "thalweg/stan/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "outline.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"

namespace thalweg::stan {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// A folder of its own for each test.
class SourceFiles : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("thalweg_stan_source_") + info->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "extra");
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string in(const std::string& name) const { return (folder_ / name).string(); }
  static std::string failure(const std::string& path, const std::vector<std::string>& paths = {}) {
    try {
      Source::read(path, paths);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  fs::path folder_;
};

TEST_F(SourceFiles, ReplacesAnIncludeByTheLinesOfItsFile) {
  write("functions.stan", "real f(real x) {\n  return x;\n}");
  const std::string path = write("model.stan", "functions {\n  #include functions.stan  // ours\n}\nmodel {\n}\n");
  const Source source = Source::read(path);
  EXPECT_EQ(source.text(), "functions {\nreal f(real x) {\n  return x;\n}\n}\nmodel {\n}\n");
  EXPECT_THAT(source.files(), ElementsAre(path, in("functions.stan")));
  const auto place = [&](const std::string& word) { return source.position(std::uint32_t(source.text().find(word))); };
  EXPECT_EQ(place("functions {").line, 1);
  EXPECT_EQ(place("return").file, in("functions.stan"));
  EXPECT_EQ(place("return").line, 2);
  EXPECT_EQ(place("return").column, 3);
  EXPECT_EQ(place("model").file, path);
  EXPECT_EQ(place("model").line, 4);
}

TEST_F(SourceFiles, FindsIncludesBesideTheIncludingFileThenInTheExtraPaths) {
  write("extra/a.stan", "int a;\n#include <b.stan>\n");
  write("extra/b.stan", "int b;\n");
  write("c.stan", "int c;\n");
  const std::string path = write("model.stan", "data {\n#include \"c.stan\"\n#include a.stan\n}\n");
  EXPECT_EQ(Source::read(path, {in("extra")}).text(), "data {\nint c;\nint a;\nint b;\n}\n");
}

TEST_F(SourceFiles, OneFileMayBeIncludedTwice) {
  write("a.stan", "x;\n");
  EXPECT_EQ(Source::read(write("model.stan", "#include a.stan\n#include a.stan\n")).text(), "x;\nx;\n");
}

TEST_F(SourceFiles, LeavesIncludesInCommentsAlone) {
  const std::string text = "/* not\n#include nothing.stan\n*/\n// #include nothing.stan\n";
  EXPECT_EQ(Source::read(write("model.stan", text)).text(), text);
}

TEST_F(SourceFiles, AStringThatLooksLikeACommentHidesNoInclude) {
  write("a.stan", "x;\n");
  EXPECT_EQ(Source::read(write("model.stan", "print(\"/*\");\n#include a.stan\n")).text(), "print(\"/*\");\nx;\n");
}

TEST_F(SourceFiles, RefusesAMissingIncludeAndSaysWhereItLooked) {
  const std::string path = write("model.stan", "data {\n}\n#include lost.stan\n");
  EXPECT_EQ(failure(path, {in("extra")}), path + ":3:1: error: included file 'lost.stan' was not found; searched:\n  " +
                                              in("lost.stan") + "\n  " + in("extra/lost.stan"));
}

TEST_F(SourceFiles, RefusesACycleOfIncludes) {
  write("a.stan", "#include b.stan\n");
  write("b.stan", "\n#include a.stan\n");
  const std::string path = write("model.stan", "#include a.stan\n");
  EXPECT_EQ(failure(path), in("b.stan") + ":2:1: error: include cycle: " + in("a.stan") + " includes " + in("b.stan") +
                               " includes " + in("a.stan"));
}

TEST_F(SourceFiles, RefusesAnIncludeWithoutAName) {
  const std::string path = write("model.stan", "#include\n");
  EXPECT_EQ(failure(path), path +
                               ":1:1: error: #include needs a file name, as in '#include functions.stan' (alone on "
                               "its line)");
}

TEST_F(SourceFiles, RefusesMissingFilesAndFolders) {
  EXPECT_EQ(failure(in("none.stan")), in("none.stan") + ": error: no such file; expected a Stan program");
  EXPECT_EQ(failure(in("extra")), in("extra") + ": error: is a folder; expected a Stan program");
}

TEST_F(SourceFiles, ErrorsInIncludedFilesNameTheWayThere) {
  write("inner.stan", "  real x = y;\n");
  write("outer.stan", "#include inner.stan\n");
  const std::string path = write("model.stan", "model {\n#include outer.stan\n}\n");
  try {
    parse_program(path);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), in("inner.stan") + ":1:12: error: unknown variable 'y'\n" +
                                             "    real x = y;\n             ^\n  included from " + in("outer.stan") +
                                             ":1\n  included from " + path + ":2");
  }
}

TEST(Source, ReadsWindowsAndOldMacintoshLineEnds) {
  const Source source = Source::from_text("data {\r\n  int N;\r\n}\rmodel {}\r\n", "m.stan");
  EXPECT_EQ(source.text(), "data {\n  int N;\n}\nmodel {}\n");
  EXPECT_EQ(source.position(std::uint32_t(source.text().find("model"))).line, 4);
}

TEST(Source, SkipsAByteOrderMark) {
  const Source source = Source::from_text("\xEF\xBB\xBFmodel {}\n", "m.stan");
  EXPECT_EQ(source.text(), "model {}\n");
  EXPECT_EQ(source.position(0).column, 1);
}

TEST(Source, CountsCharactersAndNotBytesInColumns) {
  const Source source = Source::from_text("/* é漢😀 */ x\n", "m.stan");
  EXPECT_EQ(source.position(std::uint32_t(source.text().find('x'))).column, 11);
}

TEST(Source, RefusesWhatIsNotUtf8) {
  const auto failure = [](const std::string& text) {
    try {
      Source::from_text(text, "m.stan");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(failure("data {\n // caf\xE9 \n}\n"),
            "m.stan:2:8: error: byte 0xE9 is not UTF-8; a Stan program must be UTF-8: save the file as UTF-8");
  EXPECT_THAT(failure("\xC0\x80"), HasSubstr("m.stan:1:1: error: byte 0xC0"));            // overlong
  EXPECT_THAT(failure("a\xED\xA0\x80"), HasSubstr("m.stan:1:2: error: byte 0xED"));       // surrogate
  EXPECT_THAT(failure("ab\xF4\x90\x80\x80"), HasSubstr("m.stan:1:3: error: byte 0xF4"));  // beyond U+10FFFF
  EXPECT_THAT(failure("\xE6\xBC"), HasSubstr("m.stan:1:1: error: byte 0xE6"));            // cut off
  EXPECT_EQ(failure(std::string("\xFF\xFEm\0", 4)),
            "m.stan:1:1: error: the file is UTF-16; a Stan program must be UTF-8: save it as UTF-8");
  EXPECT_EQ(failure("// \xF4\x8F\xBF\xBF \xED\x9F\xBF \xE0\xA0\x80 \xC2\x80\n"), "");  // the ends of the ranges
}

TEST(Source, AnEmptyTextHasAPlaceForItsErrors) {
  const Source source = Source::from_text("", "m.stan");
  EXPECT_EQ(source.position(0).line, 1);
  EXPECT_EQ(source.line_at(0), "");
}

}  // namespace
}  // namespace thalweg::stan
