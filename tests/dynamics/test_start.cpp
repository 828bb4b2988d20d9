#include <gtest/gtest.h>

#include <set>

#include "tests/dynamics/one_chain.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/test_densities/gaussian.hpp"
#include "thalweg/dynamics/initial.hpp"
#include "thalweg/dynamics/relax.hpp"

namespace thalweg {
namespace {

TEST(FindStart, draws_until_log_density_and_gradient_are_finite) {
  Strand strand;
  Vectors place(2, 2);
  Point point{place[0], place[1], 0};
  const auto density = [](const double* x, double* g) {
    g[0] = g[1] = x[1] > 0 ? 1.0 : infinity;
    return x[0] > 0 ? -1.0 : -infinity;
  };
  std::set<double> seen;
  for (std::uint64_t particle = 0; particle < 8; ++particle) {
    test::drive(strand, find_start(strand, {}, 2, 1, particle, 0, true, point), density);
    EXPECT_TRUE(point.x[0] > 0 && point.x[0] < 2 && point.x[1] > 0 && point.x[1] < 2);
    EXPECT_EQ(point.log_p, -1);
    seen.insert(point.x[0]);
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(FindStart, says_what_failed_most_often) {
  Strand strand;
  Vectors place(2, 1);
  Point point{place[0], place[1], 0};
  Task task = find_start(strand, {.radius = 3, .tries = 20}, 1, 1, 0, 0, true, point);
  int n = 0;
  try {
    for (task.resume(); !task.done(); task.resume()) {
      strand.request().log_p = -infinity;
      *strand.request().evidence = ++n % 3 ? "m.stan:4:3: scale must be > 0" : "m.stan:9:3: reject";
    }
    FAIL() << "must throw";
  } catch (const Error& e) {
    const std::string text = e.what();
    EXPECT_EQ(n, 20);
    EXPECT_NE(text.find("20 tries"), std::string::npos) << text;
    EXPECT_NE(text.find("[-3, 3]"), std::string::npos) << text;
    EXPECT_NE(text.find("14 times: m.stan:4:3: scale must be > 0"), std::string::npos) << text;
    EXPECT_NE(text.find("--init"), std::string::npos) << text;
  }
}

TEST(FindStart, a_vain_search_that_is_not_required_leaves_the_chain_where_it_is) {
  Strand strand;
  Vectors place(2, 1);
  Point point{place[0], place[1], -3};
  point.x[0] = 0.25;
  test::drive(strand, find_start(strand, {.tries = 5}, 1, 1, 0, 0, false, point),
              [](const double*, double* g) { return g[0] = 0, -infinity; });
  EXPECT_EQ(point.x[0], 0.25);
  EXPECT_EQ(point.log_p, -3);
}

TEST(StepSearch, ends_where_the_acceptance_of_one_step_crosses_the_threshold) {
  test::OneChain<> chain({1.0});
  const double scale = 1e-3;  // a normal law of width 10⁻³ in a metric of width 1
  const auto density = [&](const double* x, double* g) {
    g[0] = -x[0] / (scale * scale);
    return 0.5 * x[0] * g[0];
  };
  for (const double start : {1e-9, 1.0, 1e4}) {
    chain.move_to({0.5 * scale}, density);
    double log_step = std::log(start);
    test::drive(chain.strand,
                find_step_size(chain.strand, StepSearch{}, chain.metric, chain.tree, chain.point,
                               Random<double>(1, Purpose::step_size, 0, 1), log_step),
                density);
    EXPECT_GT(std::exp(log_step), 0.05 * scale) << start;
    EXPECT_LT(std::exp(log_step), 8 * scale) << start;
  }
}

TEST(Relaxation, goes_down_to_the_size_of_fluctuations_and_measures_the_widths) {
  // Widths 1 and 10⁻³, from 10⁶ nats below the top.
  const double widths[2] = {1, 1e-3};
  const auto density = [&](const double* x, double* g) {
    double log_p = 0;
    for (int i = 0; i < 2; ++i) {
      g[i] = -x[i] / (widths[i] * widths[i]);
      log_p += 0.5 * x[i] * g[i];
    }
    return log_p;
  };
  Strand strand;
  Vectors place(2, 2);
  Point point{place[0], place[1], 0};
  point.x[0] = 1, point.x[1] = 1.4;
  point.log_p = density(point.x, point.gradient);
  EpochMoments curvature;
  const int n = test::drive(strand, relax(strand, {}, 2, point, curvature), density);
  EXPECT_LT(n, 40);
  EXPECT_GT(point.log_p, -5);
  // √(Σ sᵢ²/Σ yᵢ²) is the squared width of each coordinate.
  for (int i = 0; i < 2; ++i)
    EXPECT_NEAR(std::sqrt(curvature.x_squares[i] / curvature.gradient_squares[i]) / (widths[i] * widths[i]), 1, 1e-6);
}

TEST(Relaxation, leaves_a_start_that_is_already_near_alone) {
  const auto density = [](const double* x, double* g) {
    return g[0] = -x[0], g[1] = -x[1], 0.5 * (x[0] * g[0] + x[1] * g[1]);
  };
  Strand strand;
  Vectors place(2, 2);
  Point point{place[0], place[1], 0};
  point.x[0] = 1.2, point.x[1] = -0.7;
  point.log_p = density(point.x, point.gradient);
  EpochMoments curvature;
  test::drive(strand, relax(strand, {}, 2, point, curvature), density);
  EXPECT_EQ(point.x[0], 1.2);
  EXPECT_EQ(point.x[1], -0.7);
}

TEST(Superchains, eight_starts_serve_all_chains) {
  for (const std::int64_t chains : {1, 5, 8, 9, 32, 100}) {
    std::set<std::int64_t> numbers;
    for (std::int64_t k = 0; k < chains; ++k) {
      numbers.insert(superchain_of(k, chains));
      if (k > 0) {
        EXPECT_GE(superchain_of(k, chains), superchain_of(k - 1, chains));
      }
    }
    EXPECT_EQ(static_cast<std::int64_t>(numbers.size()), std::min<std::int64_t>(chains, 8));
    EXPECT_EQ(*numbers.rbegin(), std::min<std::int64_t>(chains, 8) - 1);
  }
}

TEST(Superchains, chains_of_one_superchain_begin_at_one_point) {
  // As the chains stand when the first of each superchain has found its start: the barrier hands it to the others.
  std::vector<ChainState> chains(12);
  for (std::size_t k = 0; k < 12; ++k) {
    chains[k].x = {static_cast<double>(k)};
    chains[k].gradient = {0.5};
    chains[k].log_p = -static_cast<double>(k);
    const auto number = static_cast<std::int64_t>(k);
    if (k == 0 || superchain_of(number, 12) != superchain_of(number - 1, 12)) chains[k].step_epoch = 0;
  }
  Exchange exchange(Warmup{}, {}, chains, {0, chains.size()}, 1, true);
  exchange.arrive(0);
  for (std::size_t k = 1; k < 12; ++k) {
    const auto number = static_cast<std::int64_t>(k);
    const bool same = superchain_of(number, 12) == superchain_of(number - 1, 12);
    EXPECT_EQ(exchange.chain(k).x == exchange.chain(k - 1).x, same) << k;
    EXPECT_EQ(exchange.chain(k).log_p == exchange.chain(k - 1).log_p, same) << k;
  }
}

/// Has no support at all.
struct Nowhere {
  static constexpr const char* name = "nowhere";
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_density(View<const Real>, View<Real> gradient) const {
    gradient[0] = 0;
    return -infinity;
  }
};

TEST(Sample, without_a_start_throws_the_reason_and_leaves_nothing_behind) {
  const Model model = test::wide_model(Nowhere{});
  test::MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  try {
    sample(model, {}, {.threads = 2}, sink, clock, observer);
    FAIL() << "must throw";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("100 times: outside of the test density's support"), std::string::npos)
        << e.what();
  }
  EXPECT_EQ(sink.commits, 0);
}

TEST(Sample, a_given_start_without_a_density_is_named) {
  const Model model = test::wide_model(Nowhere{});
  test::MemorySink sink(model);
  test::StillClock clock;
  Observer observer;
  SampleSettings s{.chains = 2, .draws = 2};
  s.starts = {{0.5}};
  try {
    sample(model, s, {}, sink, clock, observer);
    FAIL() << "must throw";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("given for chain"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace thalweg
