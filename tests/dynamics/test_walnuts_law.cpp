// WALNUTS against exact laws: from exact draws to exact draws, and long chains against known moments.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/dynamics/one_walnuts.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/banana.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"
#include "thalweg/density/test_densities/funnel.hpp"

namespace thalweg {
namespace {

using test::by_hand;
using test::gaussian_of;
using test::OneChain;
using test::OneWalnuts;
using Vector = std::vector<double>;

// ---- the law: from exact draws to exact draws, and as often there as back ----

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// A density that can be drawn from: x of independent standard normals z, and back.
struct Drawable {
  const char* name;
  std::function<double(const double*, double*)> density;
  std::function<Vector(Vector)> place;
  std::function<std::array<double, 2>(const double*)> normals;  ///< two of them
  Vector scale;                                                 ///< of the metric
  double step, tolerance;
};
Drawable gaussian() {
  const Vector s{1, 10, 0.1, 3};
  return {"gaussian",
          gaussian_of(s),
          [s](Vector z) {
            for (std::size_t i = 0; i < z.size(); ++i) z[i] *= s[i];
            return z;
          },
          [](const double* x) {
            return std::array{x[0], x[2] / 0.1};
          },
          {1, 5, 0.3, 3},
          0.8,
          0.3};
}
Drawable funnel() {
  return {"funnel",
          by_hand(Funnel{.d = 2}),
          [](Vector z) {
            return Vector{3 * z[0], std::exp(1.5 * z[0]) * z[1]};
          },
          [](const double* x) {
            return std::array{x[0] / 3, x[1] * std::exp(-x[0] / 2)};
          },
          {1, 1},
          0.7,
          0.3};
}
Drawable banana() {
  return {"banana",
          by_hand(Banana{}),
          [](Vector z) {
            return Vector{10 * z[0], z[1] + 0.03 * (100 * z[0] * z[0] - 100)};
          },
          [](const double* x) {
            return std::array{x[0] / 10, x[1] - 0.03 * (x[0] * x[0] - 100)};
          },
          {10, 4},
          0.3,
          0.3};
}

/// The value that χ² with `freedom` degrees of freedom exceeds with probability 1e-5 (E. B. Wilson & M. M. Hilferty
/// (1931), PNAS 17, 684–688).
double chi_square_limit(double freedom) {
  const double v = 2 / (9 * freedom);
  return freedom * std::pow(1 - v + 4.265 * std::sqrt(v), 3);
}
/// χ² over its limit: of the 10×10 cells that the two normals after one transition fall in, and of the differences
/// between the ways from cell to cell (4×4 cells) and back.
struct Departure {
  double law, balance;
};
template <class Rules>
Departure departure(const Drawable& target, int n) {
  constexpr int fine = 10, coarse = 4, cells = coarse * coarse;
  const std::size_t d = target.scale.size();
  OneWalnuts<Rules> chain({.halvings = 6, .tolerance = target.tolerance}, target.scale, target.step, 4);
  std::vector<int> after(fine * fine), ways(cells * cells);
  const auto cell = [&](const double* x, int k) {
    const auto z = target.normals(x);
    const auto at = [&](double u) { return std::min(k - 1, static_cast<int>(k * normal_cdf(u))); };
    return at(z[0]) * k + at(z[1]);
  };
  for (int k = 0; k < n; ++k) {
    Random<double> random(5, Purpose::test, static_cast<std::uint64_t>(k), 0);
    Vector z(d);
    for (double& v : z) v = random.normal();
    chain.move_to(target.place(z), target.density);
    const int from = cell(chain.point.x, coarse);
    chain.transition(target.density, static_cast<std::uint64_t>(k), 0);
    const Point there = chain.kernel.place();
    ++after[static_cast<std::size_t>(cell(there.x, fine))];
    ++ways[static_cast<std::size_t>(from * cells + cell(there.x, coarse))];
  }
  double law = 0, balance = 0, pairs = 0;
  const double expected = static_cast<double>(n) / (fine * fine);
  for (const int count : after) law += (count - expected) * (count - expected) / expected;
  for (int i = 0; i < cells; ++i)
    for (int j = 0; j < i; ++j) {
      const double there = ways[static_cast<std::size_t>(i * cells + j)];
      const double back = ways[static_cast<std::size_t>(j * cells + i)];
      if (there + back < 20) continue;
      balance += (there - back) * (there - back) / (there + back);
      pairs += 1;
    }
  return {law / chi_square_limit(fine * fine - 1), balance / chi_square_limit(pairs)};
}

constexpr int law_starts = 200000;

TEST(Walnuts, one_transition_leaves_the_density_invariant) {
  for (const Drawable& target : {gaussian(), funnel(), banana()}) {
    const Departure d = departure<WalnutsRules>(target, law_starts);
    EXPECT_LT(d.law, 1) << target.name;
    EXPECT_LT(d.balance, 1) << target.name << ": detailed balance";
  }
}
TEST(Walnuts, with_ends_only_would_be_invariant_too) {
  EXPECT_LT(departure<test::EndsOnly>(funnel(), law_starts).law, 1);
}
TEST(Planted, no_look_back_fails_Walnuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure<test::NeverLooksBack>(funnel(), law_starts).law, 1);
}
TEST(Planted, error_from_the_start_fails_Walnuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure<test::ErrorFromStart>(funnel(), law_starts).law, 1);
}
TEST(Planted, momentum_not_refreshed_fails_Walnuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure<test::KeptMomentum>(funnel(), law_starts).law, 1);
}

// ---- long chains from one place, against known moments ----

/// A mean over chains, and how many standard errors it is from the truth.
struct Mean {
  double value = 0, z = 0;
};
/// `chains` chains of `length` transitions, the first tenth dropped; `advance(chain, t)` makes one and returns the
/// statistics. Standard errors from the means of the chains, which are independent.
template <class Begin, class Advance>
std::vector<Mean> long_chains(int chains, int length, Begin begin, Advance advance, const Vector& truth) {
  const std::size_t count = truth.size();
  Vector sums(count), squares(count);
  for (int k = 0; k < chains; ++k) {
    begin();
    Vector mean(count);
    for (int t = 0; t < length; ++t) {
      const Vector now = advance(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(t));
      if (t >= length / 10)
        for (std::size_t i = 0; i < count; ++i) mean[i] += now[i] / (length - length / 10);
    }
    for (std::size_t i = 0; i < count; ++i) sums[i] += mean[i], squares[i] += mean[i] * mean[i];
  }
  std::vector<Mean> means(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double mean = sums[i] / chains, variance = (squares[i] / chains - mean * mean) / (chains - 1);
    means[i] = {mean, (mean - truth[i]) / std::sqrt(variance)};
  }
  return means;
}
constexpr double limit = 4.5;  // of 22 statistics, with 63 degrees of freedom: a false alarm in 1,500

/// v, v² and v < −5 of the 10-dimensional funnel.
const Vector funnel_truth{0, 9, normal_cdf(-5.0 / 3)};
Vector funnel_statistics(const Point& at) { return {at.x[0], at.x[0] * at.x[0], at.x[0] < -5 ? 1.0 : 0.0}; }

TEST(Walnuts, gets_the_neck_of_the_funnel_right_where_nuts_with_one_step_size_does_not) {
  const auto density = by_hand(Funnel{});
  const Vector start{0, 1, -1, 0.5, -0.5, 1, -1, 0.3, -0.3, 0};
  OneWalnuts<> walnuts({}, Vector(10, 1.0), 0.4);
  const auto right = long_chains(
      64, 4000, [&] { walnuts.move_to(start, density); },
      [&](std::uint64_t k, std::uint64_t t) {
        walnuts.transition(density, k, t);
        walnuts.kernel.take(walnuts.point);
        return funnel_statistics(walnuts.point);
      },
      funnel_truth);
  for (const Mean& m : right) EXPECT_LT(std::fabs(m.z), limit) << m.value;

  OneChain<> nuts(Vector(10, 1.0));
  double acceptance = 0;
  const auto wrong = long_chains(
      64, 4000, [&] { nuts.move_to(start, density); },
      [&](std::uint64_t k, std::uint64_t t) {
        nuts.transition(density, 0.3, 10, k, t);
        acceptance += nuts.info.acceptance_rate / (64 * 4000);
        return funnel_statistics(nuts.point);
      },
      funnel_truth);
  EXPECT_GT(acceptance, 0.8) << "by its own acceptance the step is small enough";
  EXPECT_GT(wrong[0].z, limit) << wrong[0].value;
  EXPECT_LT(wrong[1].z, -limit) << wrong[1].value;
  EXPECT_LT(wrong[2].value, 0.5 * funnel_truth[2]);
}

TEST(Walnuts, has_the_moments_of_eight_schools_centered) {
  const auto density = by_hand(EightSchoolsCentered{});
  const Moments exact = exact_moments("eight-schools-centered");
  Vector truth, scale, start(10, 5.0);
  for (std::size_t i = 0; i < 10; ++i) {
    truth.push_back(exact.mean[i]);
    scale.push_back(i < 9 ? std::sqrt(exact.variance[i]) : 1);
  }
  for (std::size_t i = 0; i < 9; ++i) truth.push_back(exact.variance[i] + exact.mean[i] * exact.mean[i]);
  start[9] = 1;
  OneWalnuts<> chain({}, scale, 0.4);
  const auto means = long_chains(
      64, 4000, [&] { chain.move_to(start, density); },
      [&](std::uint64_t k, std::uint64_t t) {
        chain.transition(density, k, t);
        chain.kernel.take(chain.point);
        Vector now(chain.point.x, chain.point.x + 10);
        now[9] = std::exp(now[9]);
        for (std::size_t i = 0; i < 9; ++i) now.push_back(now[i] * now[i]);
        return now;
      },
      truth);
  for (std::size_t i = 0; i < means.size(); ++i)
    EXPECT_LT(std::fabs(means[i].z), limit) << i << ": " << means[i].value << ", " << truth[i];
}

}  // namespace
}  // namespace thalweg
