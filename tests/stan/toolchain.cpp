// The fingerprint that names compiled programs: it follows the headers' contents, although these are not read every
// time.
#include "thalweg/stan/toolchain.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace thalweg::stan {
namespace {

namespace fs = std::filesystem;

class Fingerprint : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("thalweg_fingerprint_") + info->name());
    fs::remove_all(folder_);
    for (const char* room : {"core", "autodiff", "density", "stan"})
      fs::create_directories(headers() / "thalweg" / room);
    fs::create_directories(cache());
    write("first");
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path headers() const { return folder_ / "include"; }
  fs::path cache() const { return folder_ / "cache"; }
  void write(const std::string& text) const {
    fs::remove(headers() / "thalweg/core/one.hpp");
    std::ofstream(headers() / "thalweg/core/one.hpp") << text;
  }
  std::string found() const {
    return fingerprint({.compiler = "/bin/sh", .flags = {"-O2"}, .headers = headers(), .cache = cache()});
  }

 private:
  fs::path folder_;
};

TEST_F(Fingerprint, ChangesWithAHeaderOfTheSameSizeAndNotWithItsTime) {
  const std::string first = found();
  EXPECT_EQ(found(), first);
  write("other");
  EXPECT_NE(found(), first);
  write("first");
  EXPECT_EQ(found(), first);
}

TEST_F(Fingerprint, ChangesWithAHeaderThatIsAddedOrRenamed) {
  const std::string first = found();
  std::ofstream(headers() / "thalweg/stan/two.hpp") << "more";
  const std::string both = found();
  EXPECT_NE(both, first);
  fs::rename(headers() / "thalweg/stan/two.hpp", headers() / "thalweg/stan/three.hpp");
  EXPECT_NE(found(), both);
}

TEST_F(Fingerprint, SurvivesABrokenOrMissingNoteInTheCache) {
  const std::string first = found();
  int notes = 0;
  for (const auto& entry : fs::directory_iterator(cache())) {
    std::ofstream(entry.path()) << "half";
    ++notes;
  }
  EXPECT_EQ(notes, 1);
  EXPECT_EQ(found(), first);
  for (const auto& entry : fs::directory_iterator(cache())) fs::remove(entry.path());
  EXPECT_EQ(found(), first);
}

}  // namespace
}  // namespace thalweg::stan
