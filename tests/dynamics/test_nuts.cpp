#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/dynamics/one_chain.hpp"
#include "tests/dynamics/planted.hpp"
#include "tests/dynamics/recursive_nuts.hpp"

namespace thalweg {
namespace {

using test::OneChain;

/// log p = −¼ Σ xᵢ⁴: anharmonic, so that energy errors and turns vary from place to place.
double quartic(const double* x, double* g, std::size_t d) {
  double log_p = 0;
  for (std::size_t i = 0; i < d; ++i) {
    log_p -= 0.25 * x[i] * x[i] * x[i] * x[i];
    g[i] = -x[i] * x[i] * x[i];
  }
  return log_p;
}
auto quartic_of(std::size_t d) {
  return [d](const double* x, double* g) { return quartic(x, g, d); };
}
/// log p = −½ Σ (xᵢ/sᵢ)².
auto gaussian_of(std::vector<double> s) {
  return [s](const double* x, double* g) {
    double log_p = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      g[i] = -x[i] / (s[i] * s[i]);
      log_p += 0.5 * x[i] * g[i];
    }
    return log_p;
  };
}

TEST(Nuts, agrees_with_the_recursive_text_of_the_papers) {
  const std::size_t d = 3;
  for (const double step : {0.05, 0.3, 0.8, 1.3}) {
    test::RecursiveNuts reference(quartic_of(d), step, 7);
    OneChain<> chain(std::vector<double>(d, 1.0));
    std::vector<double> x{0.3, -1, 0.8};
    int depths = 0, diverged = 0;
    for (std::uint64_t t = 0; t < 300; ++t) {
      chain.move_to(x, quartic_of(d));
      const int gradients = chain.transition(quartic_of(d), step, 7, 0, t);
      const auto r =
          reference.transition(x, Random<double>(7, Purpose::momentum, 0, t), Random<double>(7, Purpose::tree, 0, t));
      ASSERT_EQ(gradients, r.steps) << step << " " << t;
      ASSERT_EQ(chain.info.n_steps, r.steps);
      ASSERT_EQ(chain.info.tree_depth, r.depth);
      ASSERT_EQ(chain.info.diverging, r.diverging);
      ASSERT_NEAR(chain.info.acceptance_rate, r.acceptance, 1e-12);
      for (std::size_t i = 0; i < d; ++i) ASSERT_NEAR(chain.point.x[i], r.x[i], 1e-10) << step << " " << t;
      x.assign(chain.point.x, chain.point.x + d);
      depths |= 1 << r.depth;
      diverged += r.diverging;
    }
    EXPECT_GT(__builtin_popcount(static_cast<unsigned>(depths)), 2) << "the comparison saw too few depths";
  }
}

TEST(Nuts, stops_within_one_period_of_an_oscillator) {
  const auto density = gaussian_of({1.0});
  OneChain<> chain({1.0});
  double total = 0;
  for (std::uint64_t t = 0; t < 200; ++t) {
    chain.move_to({0.1 * static_cast<double>(t % 20)}, density);
    const double time = 0.01 * chain.transition(density, 0.01, 12, 1, t);
    EXPECT_LT(time, 2 * 3.1416) << "a trajectory longer than a period goes over the same ground again";
    total += time;
  }
  EXPECT_GT(total / 200, 3.1416 / 4) << "from end to end is half a period: trajectories stop far too early";
}

TEST(Nuts, a_stretch_has_turned_when_either_end_points_back) {
  EXPECT_FALSE(NutsRules::turned(1, 1));
  EXPECT_TRUE(NutsRules::turned(-1, 1));
  EXPECT_TRUE(NutsRules::turned(1, -1));
  EXPECT_TRUE(NutsRules::turned(0, 1));
  EXPECT_TRUE(NutsRules::turned(std::nan(""), 1));
  EXPECT_TRUE(NutsRules::turned(1, std::nan("")));
}

TEST(Nuts, a_density_that_fails_is_a_divergence_and_the_chain_stays) {
  for (const double bad : {-infinity, infinity, std::nan("")}) {
    OneChain<> chain({1.0, 1.0});
    chain.move_to({0.5, 0.5}, gaussian_of({1.0, 1.0}));
    const int n = chain.transition([&](const double*, double* g) { return g[0] = g[1] = 0, bad; }, 0.1, 10, 0, 0);
    EXPECT_EQ(n, 1);
    EXPECT_TRUE(chain.info.diverging);
    EXPECT_FALSE(chain.info.moved);
    EXPECT_EQ(chain.info.acceptance_rate, 0);
    EXPECT_EQ(chain.info.tree_depth, 0);
    EXPECT_EQ(chain.point.x[0], 0.5);
    EXPECT_TRUE(std::isfinite(chain.point.log_p));
  }
}

TEST(Nuts, a_gradient_that_is_not_a_number_is_a_divergence) {
  OneChain<> chain({1.0});
  chain.move_to({0.5}, gaussian_of({1.0}));
  chain.transition([&](const double*, double* g) { return g[0] = std::nan(""), -1.0; }, 0.1, 10, 0, 0);
  EXPECT_TRUE(chain.info.diverging);
  EXPECT_EQ(chain.point.x[0], 0.5);
}

TEST(Nuts, survives_a_fall_of_any_depth) {
  // 10⁶ nats downhill: the weights exp(H₀ − H) alone would overflow.
  const auto cliff = [](const double* x, double* g) { return g[0] = 0, x[0] > 1e-3 || x[0] < -1e-3 ? 1e6 : 0.0; };
  OneChain<> chain({1.0});
  chain.move_to({0.0}, cliff);
  chain.transition(cliff, 0.5, 6, 0, 0);
  EXPECT_FALSE(chain.info.diverging);
  EXPECT_TRUE(chain.info.moved);
  EXPECT_EQ(chain.point.log_p, 1e6);
  EXPECT_EQ(chain.info.acceptance_rate, 1);
}

// ---- the integrator, through the steps of a tree ----

/// Starts every trajectory with this momentum.
struct GivenMomentum : NutsRules {
  static inline std::vector<double> given;
  static void draw_momentum(double* p, std::size_t dimension, Random<double>&) {
    std::copy(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(dimension), p);
  }
};
struct Flight {
  std::vector<double> x, p;
  double first_energy, last_energy;
};
/// `steps` leapfrog steps on the quartic potential.
Flight fly(const std::vector<double>& x, const std::vector<double>& p, double step, int steps) {
  const std::size_t d = x.size();
  OneChain<GivenMomentum> chain(std::vector<double>(d, 0.8));
  chain.move_to(x, quartic_of(d));
  GivenMomentum::given = p;
  Random<double> unused(0, Purpose::test, 0, 0);
  auto& tree = chain.tree;
  tree.start(chain.metric, step, chain.point, unused);
  const double first = tree.whole().energy;
  for (int n = 0; n < steps; ++n) {
    tree.head(true);
    tree.drift();
    tree.arrive(quartic(tree.x(), tree.gradient(), d), infinity);
  }
  const double* q = tree.latest().begin;
  return {{tree.x(), tree.x() + d}, {q, q + d}, first, tree.latest().energy};
}

TEST(Leapfrog, conserves_energy_to_second_order) {
  const auto error = [](double h) {
    const Flight f = fly({1.2}, {0.7}, h, static_cast<int>(std::lround(1 / h)));
    return std::fabs(f.last_energy - f.first_energy);
  };
  // The error is c₂h² + c₄h⁴, so that halving h divides it by 4 (1 + O(h²)); here h² ≤ 0.0025.
  for (const double h : {0.05, 0.025}) EXPECT_NEAR(std::log2(error(h) / error(h / 2)), 2, 0.02) << h;
}

TEST(Leapfrog, is_reversible) {
  const Flight there = fly({1.2, -0.4}, {0.3, 1.1}, 0.1, 50);
  EXPECT_GT(std::fabs(there.x[0] - 1.2) + std::fabs(there.x[1] + 0.4), 0.1) << "it must have gone somewhere";
  const Flight back = fly(there.x, {-there.p[0], -there.p[1]}, 0.1, 50);
  EXPECT_NEAR(back.x[0], 1.2, 1e-12);
  EXPECT_NEAR(back.x[1], -0.4, 1e-12);
  EXPECT_NEAR(back.p[0], -0.3, 1e-12);
  EXPECT_NEAR(back.p[1], -1.1, 1e-12);
}

// ---- the law: one transition from a point of the posterior ends at a point of the posterior ----

/// From log p = −¼x⁴, exactly: x ~ N(0, 1) kept with probability exp(−¼(x² − 1)²).
double draw_quartic(Random<double>& random) {
  for (;;) {
    const double x = random.normal(), e = x * x - 1;
    if (random.uniform() < std::exp(-0.25 * e * e)) return x;
  }
}

/// Starts `n` chains at exact draws of a quartic in 3 dimensions, moves each once with a large step, and returns the
/// largest |z| of the means of xᵢ², xᵢ⁴ and |xᵢ| after the move.
template <class Rules>
double departure_from_the_law(int n) {
  const std::size_t d = 3;
  OneChain<Rules> chain(std::vector<double>(d, 1.0));
  double sums[9] = {}, squares[9] = {};
  for (int k = 0; k < n; ++k) {
    Random<double> random(3, Purpose::test, static_cast<std::uint64_t>(k), 0);
    std::vector<double> x(d);
    for (double& v : x) v = draw_quartic(random);
    chain.move_to(x, quartic_of(d));
    chain.transition(quartic_of(d), 0.6, 5, static_cast<std::uint64_t>(k), 0);
    for (std::size_t i = 0; i < d; ++i) {
      const double s = chain.point.x[i] * chain.point.x[i];
      const double f[3] = {s, s * s, std::sqrt(s)};
      for (int m = 0; m < 3; ++m) sums[3 * i + m] += f[m], squares[3 * i + m] += f[m] * f[m];
    }
  }
  // Moments of p ∝ exp(−x⁴/4):  E|x|^k = 2^(k/2) Γ((k+1)/4) / Γ(1/4).
  double worst = 0;
  for (int j = 0; j < 9; ++j) {
    const double k = j % 3 == 0 ? 2 : j % 3 == 1 ? 4 : 1;
    const double truth = std::pow(2, k / 2) * std::tgamma((k + 1) / 4) / std::tgamma(0.25);
    const double mean = sums[j] / n, error = std::sqrt((squares[j] / n - mean * mean) / n);
    worst = std::max(worst, std::fabs(mean - truth) / error);
  }
  return worst;
}

constexpr int law_chains = 100000;
constexpr double law_limit = 4.5;  // nine statistics: a false alarm in 16,000

TEST(Nuts, one_transition_leaves_the_density_invariant) {
  EXPECT_LT(departure_from_the_law<SamplerRules>(law_chains), law_limit);
}
TEST(Planted, a_one_sided_turn_test_fails_Nuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::OneSidedTurn>(law_chains), law_limit);
}
TEST(Planted, choice_without_weights_fails_Nuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::UnweightedChoice>(law_chains), law_limit);
}
TEST(Planted, momentum_not_refreshed_fails_Nuts_one_transition_leaves_the_density_invariant) {
  EXPECT_GT(departure_from_the_law<planted::StaleMomentum>(law_chains), law_limit);
}

}  // namespace
}  // namespace thalweg
