// The normals of Brownian paths, and their increments: the law, random access, no number twice.
#include "support.hpp"

#include "thalweg/core/normal_functions.hpp"

namespace thalweg {
namespace {

using Wide = Pack<default_width>;

std::vector<double> stream_of(std::uint64_t particle, std::size_t n, std::uint64_t from = 0) {
  NormalStream<double> stream(7, Purpose::brownian, particle, from);
  std::vector<double> z(n);
  for (double& v : z) v = stream.next();
  return z;
}

TEST(SdeNormals, AreNormal) {
  const std::vector<double> z = stream_of(3, 1'000'000);
  EXPECT_LT(ks_distance(z, [](double x) { return normal_cdf(x); }), ks_limit(z.size()));
  double mean = 0, second = 0, third = 0, fourth = 0;
  const auto n = static_cast<double>(z.size());
  for (const double v : z) mean += v / n, second += v * v / n, third += v * v * v / n, fourth += v * v * v * v / n;
  EXPECT_NEAR(mean, 0, sigmas / std::sqrt(n));
  EXPECT_NEAR(second, 1, sigmas * std::sqrt(2 / n));
  EXPECT_NEAR(third, 0, sigmas * std::sqrt(15 / n));
  EXPECT_NEAR(fourth, 3, sigmas * std::sqrt(96 / n));
}

TEST(SdeNormals, NeighboursAreUncorrelatedAndSoAreTheirSquares) {
  const std::vector<double> z = stream_of(5, 400'000);
  for (std::size_t lag = 1; lag <= 16; ++lag) {
    double product = 0, squares = 0;
    const std::size_t n = z.size() - lag;
    for (std::size_t k = 0; k < n; ++k) {
      product += z[k] * z[k + lag];
      squares += (z[k] * z[k] - 1) * (z[k + lag] * z[k + lag] - 1);
    }
    EXPECT_NEAR(product / std::sqrt(static_cast<double>(n)), 0, sigmas) << lag;
    EXPECT_NEAR(squares / (2 * std::sqrt(static_cast<double>(n))), 0, sigmas) << lag;
  }
}

TEST(SdeNormals, FollowTheFormulaOfTheirWord) {
  for (std::uint64_t k = 0; k < 2000; ++k) {
    const std::uint64_t w = (k + 1) * 0x9e3779b97f4a7c15u;
    double first, second;
    kernel::normals_of_word<double>(w, first, second);
    const long double u = (static_cast<long double>(w >> 20) + 0.5L) * 0x1p-44L;
    const long double turn = (static_cast<long double>(w >> 1 & 0x7ffff) + 0.5L) * 0x1p-20L - 0.25L;
    const long double radius = std::sqrt(-2 * std::log(u)) * (w & 1 ? -1 : 1);
    const long double angle = 2 * 3.14159265358979323846264338327950288L * turn;
    EXPECT_NEAR(first, static_cast<double>(radius * std::cos(angle)), 1e-13);
    EXPECT_NEAR(second, static_cast<double>(radius * std::sin(angle)), 1e-13);
  }
}

TEST(SdeNormals, AreTheSameFromAnyNumberOnAndInAnyLane) {
  const std::vector<double> z = stream_of(12, 100);
  for (const std::uint64_t from : {1u, 7u, 8u, 33u}) {
    const std::vector<double> later = stream_of(12, 40, from);
    for (std::size_t k = 0; k < later.size(); ++k) EXPECT_EQ(later[k], z[k + from]);
  }
  NormalStream<Wide> wide(7, Purpose::brownian, 10, 0);
  for (std::size_t k = 0; k < 100; ++k) EXPECT_EQ(lane_of(wide.next(), 2), z[k]);
}

/// dW and area of a step, made of `refine` increments, of many steps of one particle; two noises.
template <class Noise>
std::vector<std::array<double, 4>> increments_of(std::int64_t refine, double step, std::size_t n) {
  Frame frame;
  Noise noise(frame, 2, 11, 4, 0, step, refine);
  std::vector<std::array<double, 4>> all(n);
  for (auto& v : all) {
    const Increment<double> i = noise.next();
    v = {i.dW[0], i.dW[1], i.area[0], i.area[1]};
  }
  return all;
}

/// By how many standard errors the worst second moment of (dW₁, dW₂, area₁, area₂) is off.
double worst_moment(const std::vector<std::array<double, 4>>& all, double h) {
  const double unit[4] = {std::sqrt(h), std::sqrt(h), std::sqrt(h * h * h / 3), std::sqrt(h * h * h / 3)};
  const auto truth = [](int a, int b) { return a == b ? 1.0 : (a + 2 == b ? std::sqrt(0.75) : 0.0); };
  double worst = 0;
  for (int a = 0; a < 4; ++a)
    for (int b = a; b < 4; ++b) {
      double sum = 0, squares = 0;
      for (const auto& v : all) {
        const double p = v[static_cast<std::size_t>(a)] * v[static_cast<std::size_t>(b)] / (unit[a] * unit[b]);
        sum += p, squares += p * p;
      }
      const auto n = static_cast<double>(all.size());
      const double mean = sum / n, error = std::sqrt((squares / n - mean * mean) / n);
      worst = std::max(worst, std::fabs(mean - truth(a, b)) / error);
    }
  return worst;
}

TEST(SdeIncrements, HaveTheLawOfBrownianMotionAtEveryStep) {
  EXPECT_LT(worst_moment(increments_of<Increments<double, 2, true>>(1, 0.5, 200'000), 0.5), sigmas);
  EXPECT_LT(worst_moment(increments_of<Increments<double, 0, true>>(8, 0.5, 50'000), 0.5), sigmas);
}

/// Planted: the area's own normals are those of dW once more.
struct OneCounterTwice : Increments<double, 2, true> {
  OneCounterTwice(Frame& frame, std::size_t m, std::uint64_t seed, std::uint64_t particle, std::int64_t first,
                  double step, std::int64_t refine)
      : Increments<double, 2, true>(frame, m, seed, particle, first, step, refine, Purpose::brownian) {}
};
/// Planted: the second noise takes the number of the first one's next step.
struct SharedCounter {
  Increments<double, 1, true> first, second;
  double dW[2], area[2];
  SharedCounter(Frame& frame, std::size_t, std::uint64_t seed, std::uint64_t particle, std::int64_t start, double step,
                std::int64_t refine)
      : first(frame, 1, seed, particle, start, step, refine), second(frame, 1, seed, particle, start, step, refine) {}
  Increment<double> next() {
    const Increment<double> a = first.next(), b = second.next();
    dW[0] = a.dW[0], dW[1] = b.dW[0], area[0] = a.area[0], area[1] = b.area[0];
    return {{dW, 2}, {area, 2}};
  }
};

TEST(SdePlanted, OneCounterUsedTwiceIsSeen) {
  EXPECT_GT(worst_moment(increments_of<OneCounterTwice>(1, 0.5, 200'000), 0.5), 2 * sigmas);
  EXPECT_GT(worst_moment(increments_of<SharedCounter>(1, 0.5, 200'000), 0.5), 2 * sigmas);
}

TEST(SdeIncrements, OfCoarseStepsAreSumsOfThoseOfFineOnes) {
  const double step = 0.25;
  const auto coarse = increments_of<Increments<double, 2, true>>(4, step, 100);
  const auto fine = increments_of<Increments<double, 2, true>>(1, step / 4, 400);
  for (std::size_t n = 0; n < coarse.size(); ++n)
    for (std::size_t k = 0; k < 2; ++k) {
      double w = 0, area = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        area += fine[4 * n + i][2 + k] + w * step / 4;
        w += fine[4 * n + i][k];
      }
      EXPECT_NEAR(coarse[n][k], w, 1e-15);
      EXPECT_NEAR(coarse[n][2 + k], area, 1e-15);
    }
}

}  // namespace
}  // namespace thalweg
