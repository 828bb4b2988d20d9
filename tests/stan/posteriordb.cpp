// All programs of the public posterior database. They are not ours and not in this repository: the environment variable
// THALWEG_POSTERIORDB_MODELS names the folder that has them (posterior_database/models/stan).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "outline.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/stan/analysis.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/printer.hpp"

namespace thalweg::stan {
namespace {

namespace fs = std::filesystem;

/// Programs that call a solver of differential equations, which isn't supported yet.
bool has_solver(const std::string& stem) {
  constexpr const char* stems[] = {"lotka_volterra", "one_comp_mm_elim_abs", "sir", "soil_incubation"};
  return std::find(std::begin(stems), std::end(stems), stem) != std::end(stems);
}

class PosteriorDb : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("THALWEG_POSTERIORDB_MODELS");
    if (folder == nullptr) GTEST_SKIP() << "THALWEG_POSTERIORDB_MODELS is not set";
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".stan") programs_.push_back(entry.path());
    }
    std::sort(programs_.begin(), programs_.end());
    ASSERT_GE(programs_.size(), 100u) << "expected the programs of posteriordb in " << folder;
  }
  std::vector<fs::path> programs_;
};

TEST_F(PosteriorDb, EveryProgramIsRead) {
  for (const fs::path& path : programs_) {
    try {
      const Program program = parse_program(path.string());
      analyse(program);
      EXPECT_FALSE(has_solver(path.stem())) << path << " is read now: take it off the list";
    } catch (const Error& error) {
      EXPECT_TRUE(has_solver(path.stem())) << error.what();
      EXPECT_NE(std::string(error.what()).find("is not supported yet"), std::string::npos) << error.what();
    }
  }
}

TEST_F(PosteriorDb, EveryProgramSurvivesPrinting) {
  for (const fs::path& path : programs_) {
    const Program once = parse_only(Source::read(path.string()).text(), path.string());
    const std::string printed = print(once);
    const Program twice = parse_only(printed, "printed.stan");
    EXPECT_EQ(outline(once), outline(twice)) << path;
    EXPECT_EQ(printed, print(twice)) << path;
  }
}

}  // namespace
}  // namespace thalweg::stan
