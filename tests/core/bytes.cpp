#include "thalweg/core/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace thalweg {
namespace {

ByteWriter sample() {
  ByteWriter w;
  w.u8(200);
  w.u32(0x01020304);
  w.u64(0xfffffffffffffffe);
  w.i64(-5);
  w.f64(-0.0);
  w.f64(std::numeric_limits<double>::quiet_NaN());
  w.string("tal\0weg");
  w.string("Tal – weg");
  w.reals(std::vector<double>{1.5, -2.25, 5e-324});
  return w;
}
void read_sample(ByteReader& r) {
  EXPECT_EQ(r.u8(), 200);
  EXPECT_EQ(r.u32(), 0x01020304u);
  EXPECT_EQ(r.u64(), 0xfffffffffffffffe);
  EXPECT_EQ(r.i64(), -5);
  EXPECT_TRUE(std::signbit(r.f64()));
  EXPECT_TRUE(std::isnan(r.f64()));
  EXPECT_EQ(r.string(), "tal");
  EXPECT_EQ(r.string(), "Tal – weg");
  EXPECT_THAT(r.reals(), testing::ElementsAre(1.5, -2.25, 5e-324));
}

TEST(Bytes, ComeBackAsTheyWere) {
  const auto w = sample();
  ByteReader r(w.bytes(), "sample");
  read_sample(r);
  EXPECT_EQ(r.left(), 0u);
  r.finish();
}

TEST(Bytes, AreLittleEndian) {
  ByteWriter w;
  w.u32(0x01020304);
  w.f64(1.0);
  EXPECT_THAT(w.bytes(), testing::ElementsAre(4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
}

TEST(Bytes, EveryTruncationIsAnError) {
  const auto whole = sample().take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<unsigned char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ByteReader r(part, "sample");
    const auto read_all = [&] {
      r.u8(), r.u32(), r.u64(), r.i64(), r.f64(), r.f64();
      r.string(), r.string(), r.reals();
    };
    EXPECT_THROW(read_all(), Error) << "cut at " << size;
  }
}

TEST(Bytes, ALengthThatDoesNotFitAllocatesNothing) {
  ByteWriter w;
  w.u64(0x2000000000000000);  // times 8 would overflow to 0
  for (const bool text : {false, true}) {
    ByteReader r(w.bytes(), "checkpoint of a.run");
    try {
      text ? (void)r.string() : (void)r.reals();
      FAIL() << "expected Error";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr("checkpoint of a.run"));
      EXPECT_THAT(e.what(), testing::HasSubstr("truncated"));
    }
  }
}

TEST(Bytes, MoreThanExpectedIsAnError) {
  ByteWriter w;
  w.u64(1), w.u8(0);
  ByteReader r(w.bytes(), "x");
  r.u64();
  EXPECT_THROW(r.finish(), Error);
}

}  // namespace
}  // namespace thalweg
