// The same bits at every width, on every instruction set, with every compiler.
#include "bits.hpp"

#include <gtest/gtest.h>

#include <cinttypes>
#include <map>
#include <string>

#include "golden_bits.hpp"

void bits_v4(void (*see)(void* to, int width, const char* name, std::uint64_t hash), void* to);

namespace thalweg {
namespace {

using Hashes = std::map<std::string, std::uint64_t>;

template <class Real>
Hashes hashes() {
  Hashes h;
  bits::each_function<Real>([&](const char* name, std::uint64_t hash) { h[name] = hash; });
  return h;
}
void expect_equal(const Hashes& expected, const Hashes& found, const std::string& what) {
  EXPECT_EQ(expected.size(), found.size());
  for (const auto& [name, hash] : expected) {
    const auto at = found.find(name);
    EXPECT_TRUE(at != found.end() && at->second == hash) << what << ": " << name << " has other bits";
  }
}

TEST(SameBits, AtEveryWidth) {
  const Hashes one = hashes<double>();
  expect_equal(one, hashes<Pack<2>>(), "width 2");
  expect_equal(one, hashes<Pack<4>>(), "width 4");
  expect_equal(one, hashes<Pack<8>>(), "width 8");
  expect_equal(one, hashes<Pack<16>>(), "width 16");
  expect_equal(one, hashes<Pack<32>>(), "width 32");
}

TEST(SameBits, AsWhenTheyWereRecorded) {
  // A change of a kernel changes this table, on purpose: the new one is printed.
  Hashes golden;
  for (const auto& line : golden_bits) golden[line.name] = line.hash;
  const Hashes now = hashes<double>();
  expect_equal(golden, now, "width 1");
  if (HasFailure())
    for (const auto& [name, hash] : now) std::printf("    {\"%s\", 0x%016" PRIx64 "},\n", name.c_str(), hash);
}

TEST(SameBits, OnAvx512) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512cd"))
    GTEST_SKIP() << "this processor has no AVX-512";
  std::map<int, Hashes> found;
  bits_v4([](void* to, int width, const char* name,
             std::uint64_t hash) { (*static_cast<std::map<int, Hashes>*>(to))[width][name] = hash; },
          &found);
  const Hashes one = hashes<double>();
  EXPECT_EQ(found.size(), 4u);
  for (const auto& [width, h] : found) expect_equal(one, h, "AVX-512, width " + std::to_string(width));
#else
  GTEST_SKIP() << "not an x86-64 processor";
#endif
}

/// A kernel that uses another lane's value where the design forbids it: the comparison above must see it.
template <class Real>
Real neighbourly_exp(const Real& x) {
  const Real y = exp(x);
  Real z = y;
  for (int lane = 0; lane + 1 < width_of<Real>; ++lane)
    set_lane(z, lane, lane_of(y, lane) + 0x1p-52 * lane_of(y, lane + 1));
  return z;
}
TEST(SameBits, PlantedLaneThatReadsItsNeighbourIsCaught) {
  const auto f = [](const auto& x) { return neighbourly_exp(x); };
  EXPECT_NE(bits::unary<double>(f, -1, 1), bits::unary<Pack<8>>(f, -1, 1));
}

}  // namespace
}  // namespace thalweg
