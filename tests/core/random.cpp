// Counter-based random numbers: the generator's known answers, one particle a lane, and the distributions.
#include "thalweg/core/random.hpp"

#include <Random123/threefry.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <vector>

#include "thalweg/core/normal_functions.hpp"
#include "thalweg/core/normals.hpp"

namespace thalweg {
namespace {

using Reference = r123::Threefry4x64_R<20>;

TEST(Threefry, KnownAnswersOfItsAuthors) {
  // Random123's kat_vectors: threefry4x64, 20 rounds
  struct Known {
    std::uint64_t counter[4], key[4], words[4];
  };
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  const Known known[] = {
      {{0, 0, 0, 0}, {0, 0, 0, 0}, {0x09218ebde6c85537, 0x55941f5266d86105, 0x4bd25e16282434dc, 0xee29ec846bd2e40b}},
      {{ones, ones, ones, ones},
       {ones, ones, ones, ones},
       {0x29c24097942bba1b, 0x0371bbfb0f6f4e11, 0x3c231ffa33f83a1c, 0xcd29113fde32d168}},
  };
  for (const auto& k : known) {
    Threefry<std::uint64_t> block{{k.counter[0], k.counter[1], k.counter[2], k.counter[3]}};
    block.encrypt(k.key);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(block.x[i], k.words[i]);
  }
}

TEST(Threefry, AgreesWithRandom123) {
  Reference reference;
  Random<double> source(1, Purpose::test, 0, 0);
  for (int i = 0; i < 1000; ++i) {
    std::uint64_t key[4];
    Threefry<std::uint64_t> block;
    Reference::ctr_type counter;
    Reference::key_type reference_key;
    for (std::size_t j = 0; j < 4; ++j) {
      counter[j] = block.x[j] = source.word();
      reference_key[j] = key[j] = source.word();
    }
    block.encrypt(key);
    const auto expected = reference(counter, reference_key);
    for (std::size_t j = 0; j < 4; ++j) ASSERT_EQ(block.x[j], expected[j]);
  }
}

TEST(Random, KeyAndCounterAreThoseOfTheDesign) {
  Reference reference;
  Random<double> random(42, Purpose::noise, 7, 9);
  for (std::uint64_t index = 0; index < 5; ++index) {
    const auto expected = reference({{7, 9, index, 0}}, {{42, static_cast<std::uint64_t>(Purpose::noise), 0, 0}});
    for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(random.word(), expected[j]);
  }
}

template <class Real>
class RandomPack : public testing::Test {};
using Widths = testing::Types<Pack<2>, Pack<4>, Pack<8>, Pack<16>, Pack<32>>;
TYPED_TEST_SUITE(RandomPack, Widths);

/// A mix of calls, so that pairs of normals begin at every place in a block.
template <class Real>
std::vector<Real> some_of_each(Random<Real> random) {
  std::vector<Real> out;
  for (int k = 0; k < 200; ++k) {
    out.push_back(random.normal());
    if (k % 3 == 0) out.push_back(random.uniform());
    if (k % 7 == 0) out.push_back(random.exponential());
  }
  return out;
}

TYPED_TEST(RandomPack, EachLaneHasWhatItsParticleWouldHaveAlone) {
  const auto together = some_of_each(Random<TypeParam>(5, Purpose::momentum, 1000, 3));
  for (int lane = 0; lane < width_of<TypeParam>; ++lane) {
    const auto alone = some_of_each(Random<double>(5, Purpose::momentum, 1000 + static_cast<std::uint64_t>(lane), 3));
    for (std::size_t k = 0; k < alone.size(); ++k) ASSERT_EQ(lane_of(together[k], lane), alone[k]) << lane << " " << k;
  }
}

TYPED_TEST(RandomPack, ParticlesMayComeInAnyOrder) {
  std::uint64_t particles[32];
  for (std::uint64_t i = 0; i < 32; ++i) particles[i] = (i * 7919) % 100;
  const auto together = some_of_each(Random<TypeParam>::of_particles(5, Purpose::tree, particles, 3));
  for (int lane = 0; lane < width_of<TypeParam>; ++lane) {
    const auto alone = some_of_each(Random<double>(5, Purpose::tree, particles[lane], 3));
    for (std::size_t k = 0; k < alone.size(); ++k) ASSERT_EQ(lane_of(together[k], lane), alone[k]);
  }
}

// ---- no counter is used twice ----

/// How often a word comes back among 4 × 1000 words each of 10 particles, 3 steps and 2 purposes. By chance: 240 000
/// words give a pair with probability 2e-9.
template <class Stream>
std::size_t repeated_words() {
  std::unordered_set<std::uint64_t> seen;
  std::size_t repeats = 0;
  for (const Purpose purpose : {Purpose::noise, Purpose::acceptance})
    for (std::uint64_t step = 0; step < 3; ++step)
      for (std::uint64_t particle = 0; particle < 10; ++particle) {
        Stream stream(1, purpose, particle, step);
        for (int i = 0; i < 4000; ++i) repeats += !seen.insert(stream.word()).second;
      }
  return repeats;
}
/// Starts its counter again after 100 blocks.
struct StreamThatReusesACounter {
  StreamThatReusesACounter(std::uint64_t seed, Purpose purpose, std::uint64_t particle, std::uint64_t step)
      : start(seed, purpose, particle, step), stream(start) {}
  std::uint64_t word() {
    if (count++ == 400) stream = start;
    return stream.word();
  }
  Random<double> start, stream;
  int count = 0;
};
/// Uses (particle + step) where particle and step belong.
struct StreamThatMixesParticleAndStep : Random<double> {
  StreamThatMixesParticleAndStep(std::uint64_t seed, Purpose purpose, std::uint64_t particle, std::uint64_t step)
      : Random<double>(seed, purpose, particle + step, 0) {}
};
TEST(Random, NoCounterIsUsedTwice) { EXPECT_EQ(repeated_words<Random<double>>(), 0u); }
TEST(Random, PlantedReuseOfACounterIsCaught) {
  EXPECT_GT(repeated_words<StreamThatReusesACounter>(), 0u);
  EXPECT_GT(repeated_words<StreamThatMixesParticleAndStep>(), 0u);
}

// ---- distributions: fixed seeds; each bracket is passed by a right generator with the stated probability ----

constexpr int draws = 200000;

/// √n times the largest distance between the empirical distribution and `cdf`. Above 1.95 with probability 1e-3.
template <class Cdf>
double kolmogorov(std::vector<double> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]);
    worst = std::max({worst, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return worst * std::sqrt(n);
}
/// The mean of f over x in standard errors from `expected`, given the variance of f. Beyond 4 with probability 6e-5.
template <class F>
double z_score(const std::vector<double>& x, F f, double expected, double variance) {
  double sum = 0;
  for (const double v : x) sum += f(v);
  const auto n = static_cast<double>(x.size());
  return (sum / n - expected) / std::sqrt(variance / n);
}
template <class F>
std::vector<double> many(F draw) {
  std::vector<double> x(draws);
  for (double& v : x) v = draw();
  return x;
}

TEST(Random, UniformsAreUniformOnTheOpenInterval) {
  Random<double> random(11, Purpose::test, 0, 0);
  const auto x = many([&] { return random.uniform(); });
  EXPECT_GT(*std::min_element(x.begin(), x.end()), 0.0);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 1.0);
  EXPECT_LT(kolmogorov(x, [](double v) { return v; }), 1.95);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v; }, 0.5, 1.0 / 12)),
            4);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v * v; }, 1.0 / 3, 4.0 / 45)),
            4);
}
TEST(Random, TheEndsOfTheUniformAreNotReached) {
  EXPECT_EQ(kernel::unit_interval<double>(0), 0x1p-53);
  EXPECT_EQ(kernel::unit_interval<double>(~std::uint64_t{0}), 1 - 0x1p-53);
}
TEST(Random, NormalsAreNormal) {
  Random<double> random(12, Purpose::test, 0, 0);
  const auto x = many([&] { return random.normal(); });
  EXPECT_LT(kolmogorov(x, [](double v) { return normal_cdf(v); }), 1.95);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v; }, 0, 1)),
            4);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v * v; }, 1, 2)),
            4);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v * v * v; }, 0, 15)),
            4);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v * v * v * v; }, 3, 96)),
            4);
}
TEST(Random, ManyNormalsAreThoseOfTheStreamFromAnyIndexOn) {
  for (const std::size_t n : {1u, 4u, 31u, 32u, 33u, 100u})
    for (const std::uint64_t first : {0u, 1u, 8u, 13u}) {
      Random<double> random(14, Purpose::test, 5, 9);
      for (std::uint64_t i = 0; i < 4 * first; ++i) random.normal();
      std::vector<double> many(n + 1, -1.0);
      fill_normals(14, Purpose::test, 5, 9, many.data(), n, first);
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(many[i], random.normal()) << n << " " << first << " " << i;
      EXPECT_EQ(many[n], -1);
    }
}
TEST(Random, NeighboursAreIndependent) {
  // pairs within a stream (the two of one Box–Muller pair, and over a pair's end), particles, steps, purposes
  const auto correlation = [](auto first, auto second) {
    double sum = 0, squares = 0;
    for (int i = 0; i < draws; ++i) {
      const double a = first(i), b = second(i);
      sum += a * b, squares += a * a * b * b;
    }
    return sum / std::sqrt(squares);
  };
  const auto at = [](Purpose purpose, int particle, int step, int index) {
    Random<double> random(13, purpose, static_cast<std::uint64_t>(particle), static_cast<std::uint64_t>(step));
    double x = random.normal();
    for (int k = 0; k < index; ++k) x = random.normal();
    return x;
  };
  const auto here = [&](int i) { return at(Purpose::test, i, 0, 0); };
  EXPECT_LT(std::fabs(correlation(here, [&](int i) { return at(Purpose::test, i, 0, 1); })), 4);
  EXPECT_LT(std::fabs(correlation(here, [&](int i) { return at(Purpose::test, i, 0, 2); })), 4);
  EXPECT_LT(std::fabs(correlation(here, [&](int i) { return at(Purpose::test, i + 1, 0, 0); })), 4);
  EXPECT_LT(std::fabs(correlation(here, [&](int i) { return at(Purpose::test, i, 1, 0); })), 4);
  EXPECT_LT(std::fabs(correlation(here, [&](int i) { return at(Purpose::check, i, 0, 0); })), 4);
}
TEST(Random, ExponentialsAreExponential) {
  Random<double> random(14, Purpose::test, 0, 0);
  const auto x = many([&] { return random.exponential(); });
  EXPECT_LT(kolmogorov(x, [](double v) { return -expm1(-v); }), 1.95);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v; }, 1, 1)),
            4);
  EXPECT_LT(std::fabs(z_score(
                x, [](double v) { return v * v; }, 2, 20)),
            4);
}
TEST(Random, IntegersAreUniformBelowTheirBound) {
  Random<double> random(15, Purpose::test, 0, 0);
  for (const std::uint64_t n : {1, 2, 3, 7, 10}) {
    std::vector<int> count(n, 0);
    for (int i = 0; i < draws / 10; ++i) {
      const auto k = random.below(n);
      ASSERT_LT(k, n);
      ++count[k];
    }
    const double expected = draws / 10.0 / static_cast<double>(n);
    for (const int c : count) EXPECT_LT(std::fabs(c - expected), 4 * std::sqrt(expected) + 1e-9);
  }
}
TEST(Random, IntegersBelowAHugeBoundAreUnbiased) {
  // With n = 3·2⁶², taking words modulo n would give the lowest third twice as often as it should be.
  Random<double> random(16, Purpose::test, 0, 0);
  const std::uint64_t third = std::uint64_t{1} << 62;
  double low = 0;
  for (int i = 0; i < draws / 10; ++i) low += random.below(3 * third) < third;
  EXPECT_LT(std::fabs(low - draws / 30.0) / std::sqrt(draws / 10.0 * 2 / 9), 4);
}
/// Box–Muller with the sine's and the cosine's uniforms exchanged for one: a pair that depends on itself.
TEST(Random, PlantedPairFromOneUniformIsCaught) {
  Random<double> random(17, Purpose::test, 0, 0);
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform();
    double a, b;
    box_muller(u, u, a, b);
    sum += a * b, squares += a * a * b * b;
  }
  EXPECT_GT(std::fabs(sum / std::sqrt(squares)), 4);
}

}  // namespace
}  // namespace thalweg
