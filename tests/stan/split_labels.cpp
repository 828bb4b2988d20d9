// Prior and likelihood against labels by hand: programs in the style of brms, and all programs of posteriordb where the
// environment variable THALWEG_POSTERIORDB_MODELS names the folder that has them (posterior_database/models/stan).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "split.hpp"
#include "thalweg/core/error.hpp"

namespace thalweg::stan {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(THALWEG_SOURCE_DIR) / "tests/stan/split";

void expect_agreement(const std::string& labels_file, const fs::path& programs) {
  const Labels labels = read_labels((folder / labels_file).string());
  ASSERT_FALSE(labels.empty()) << labels_file;
  Comparison all;
  for (const auto& [name, of_program] : labels) {
    const fs::path path = programs / (name + ".stan");
    ASSERT_TRUE(fs::exists(path)) << path;
    compare(name, SplitProgram(parse_program(path.string())), of_program, all);
  }
  EXPECT_EQ(all.wrong, "");
  std::cout << labels.size() << " programs, " << all.terms << " terms, " << all.undecided << " undecided\n"
            << all.doubts;
}

TEST(SplitLabels, AgreeOnProgramsLikeThoseOfBrms) { expect_agreement("brms.labels", folder / "brms"); }

TEST(SplitLabels, AgreeOnPosteriordb) {
  const char* programs = std::getenv("THALWEG_POSTERIORDB_MODELS");
  if (programs == nullptr) GTEST_SKIP() << "THALWEG_POSTERIORDB_MODELS is not set";
  expect_agreement("posteriordb.labels", programs);
  const Labels labels = read_labels((folder / "posteriordb.labels").string());
  for (const auto& entry : fs::directory_iterator(programs)) {
    if (entry.path().extension() != ".stan" || labels.contains(entry.path().stem())) continue;
    EXPECT_THROW(parse_program(entry.path().string()), Error) << entry.path() << " compiles and has no labels";
  }
}

}  // namespace
}  // namespace thalweg::stan
