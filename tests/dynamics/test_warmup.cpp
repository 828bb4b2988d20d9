#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/density/density.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {
namespace {

/// Covariance of the test's normal law: ρ^|i−j| sᵢ sⱼ with sᵢ = 3^i.
double covariance(std::size_t i, std::size_t j) {
  const double gap = i > j ? static_cast<double>(i - j) : static_cast<double>(j - i);
  return std::pow(0.9, gap) * std::pow(3.0, static_cast<double>(i + j));
}
/// g = −Σ⁻¹ x; the inverse of ρ^|i−j| is tridiagonal.
std::vector<double> slope(const std::vector<double>& x) {
  const std::size_t d = x.size();
  constexpr double rho = 0.9, c = 1 / (1 - rho * rho);
  std::vector<double> g(d, 0);
  const auto z = [&](std::size_t i) { return x[i] / std::pow(3.0, static_cast<double>(i)); };
  for (std::size_t i = 0; i < d; ++i) {
    double v = (i == 0 || i + 1 == d ? c : c * (1 + rho * rho)) * z(i);
    if (i > 0) v -= c * rho * z(i - 1);
    if (i + 1 < d) v -= c * rho * z(i + 1);
    g[i] = -v / std::pow(3.0, static_cast<double>(i));
  }
  return g;
}

/// `count` chains that each saw `length` points of any law at all, with the slopes of the normal one.
std::vector<ChainState> chains_of(std::size_t count, std::size_t length, std::size_t d) {
  std::vector<ChainState> chains(count);
  for (std::size_t k = 0; k < count; ++k) {
    ChainState& c = chains[k];
    c.moments.reset(d, true);
    Random<double> random(1, Purpose::test, k, 0);
    for (std::size_t t = 0; t < length; ++t) {
      std::vector<double> x(d);
      for (std::size_t i = 0; i < d; ++i)
        x[i] = (5 * random.uniform() + static_cast<double>(t)) * std::pow(3.0, static_cast<double>(i));
      const auto g = slope(x);
      c.moments.add(x.data(), g.data(), -random.exponential(), 0.8, true);
      if (2 * (t + 1) == length) c.moments.mark_half();
      c.x = x;
      c.gradient = g;
    }
    c.log_p = -1;
  }
  return chains;
}

TEST(Pool, the_dense_metric_is_the_covariance_of_a_normal_law_whatever_the_draws) {
  const std::size_t d = 6;
  const auto chains = chains_of(8, 10, d);
  const PooledEpoch pooled = pool(chains);
  const Metric now = Metric::diagonal(std::vector<double>(d, 1.0));
  const Metric m = learned_metric(MetricKind::dense, now, chains, pooled);
  ASSERT_EQ(m.kind(), MetricKind::dense);
  Vectors v(3, d);
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t i = 0; i < d; ++i) v[0][i] = i == j, v[2][i] = 0;
    m.whiten(v[0], v[1]);
    m.drift(1, v[1], v[2]);
    for (std::size_t i = 0; i < d; ++i)
      EXPECT_NEAR(v[2][i] / std::sqrt(covariance(i, i) * covariance(j, j)),
                  covariance(i, j) / std::sqrt(covariance(i, i) * covariance(j, j)), 1e-7);
  }
}

TEST(Pool, the_diagonal_metric_is_the_root_of_the_ratio_of_variances) {
  const std::size_t d = 3;
  const auto chains = chains_of(4, 10, d);
  const PooledEpoch pooled = pool(chains);
  const std::vector<double> ones(d, 1.0);
  const Metric m = learned_metric(MetricKind::diagonal, Metric::diagonal(ones), chains, pooled);
  for (std::size_t i = 0; i < d; ++i) {
    const double estimate = std::sqrt(pooled.variance[i] / pooled.gradient_variance[i]);
    EXPECT_NEAR(std::log(m.variances()[i]), std::log(estimate) * 40 / 45, 1e-12)
        << "40 transitions against 5 of before";
  }
}

TEST(Pool, automatic_chooses_dense_only_where_it_pays) {
  const auto chains = chains_of(8, 10, 6);
  const PooledEpoch pooled = pool(chains);
  const Metric now = Metric::diagonal(std::vector<double>(6, 1.0));
  EXPECT_EQ(learned_metric(MetricKind::automatic, now, chains, pooled).kind(), MetricKind::dense);
  const auto independent = test::run(test_density("ill-conditioned-gaussian:10"), {.draws = 32, .seed = 1});
  EXPECT_EQ(read_checkpoint(independent.sink.checkpoint).shared.metric.kind(), MetricKind::diagonal);
  const auto correlated = test::run(test_density("correlated-gaussian:10"), {.draws = 32, .seed = 1});
  EXPECT_EQ(read_checkpoint(correlated.sink.checkpoint).shared.metric.kind(), MetricKind::dense);
}

TEST(Pool, combines_chains_as_if_all_draws_were_one) {
  const std::size_t d = 2;
  const auto chains = chains_of(5, 8, d);
  const PooledEpoch pooled = pool(chains);
  std::vector<std::vector<double>> all;
  for (std::size_t k = 0; k < 5; ++k) {
    Random<double> random(1, Purpose::test, k, 0);
    for (int t = 0; t < 8; ++t) {
      all.emplace_back(d);
      for (std::size_t i = 0; i < d; ++i)
        all.back()[i] = (5 * random.uniform() + t) * std::pow(3.0, static_cast<double>(i));
      random.exponential();
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    double mean = 0, squares = 0;
    for (const auto& x : all) mean += x[i] / 40;
    for (const auto& x : all) squares += (x[i] - mean) * (x[i] - mean);
    EXPECT_NEAR(pooled.mean[i], mean, 1e-13 * std::fabs(mean));
    EXPECT_NEAR(pooled.variance[i], squares / 39, 1e-12 * squares);
  }
}

TEST(Pool, leaves_out_a_chain_far_below_the_others_and_one_that_never_moved) {
  auto chains = chains_of(8, 10, 2);
  const PooledEpoch before = pool(chains);
  EXPECT_TRUE(before.left_out.empty());
  chains[3].moments.log_p.mean = -1e6;
  chains[3].log_p = -1e6;
  chains[3].moments.x_mean = {1e9, infinity};
  chains[3].step.log_step_average = -100;
  chains[6].moments.moved = 0;
  const PooledEpoch after = pool(chains);
  EXPECT_EQ(after.left_out, (std::vector<std::size_t>{3, 6}));
  EXPECT_EQ(after.lost, (std::vector<std::size_t>{3, 6}));
  EXPECT_EQ(after.log_step, 0) << "its step size must not count";
  for (int i = 0; i < 2; ++i) EXPECT_NEAR(after.mean[i], before.mean[i], 1);
  chains[3].log_p = -1;
  EXPECT_EQ(pool(chains).lost, (std::vector<std::size_t>{6})) << "a chain that has come back is not lost";
}

TEST(Pool, a_chain_whose_log_density_is_not_a_number_is_left_out) {
  auto chains = chains_of(4, 10, 2);
  chains[1].moments.log_p.mean = std::nan("");
  const PooledEpoch p = pool(chains);
  EXPECT_EQ(p.left_out, (std::vector<std::size_t>{1}));
  EXPECT_TRUE(std::isfinite(p.log_p));
}

TEST(Pool, chains_apart_and_drifting_are_noticed) {
  auto chains = chains_of(8, 10, 1);
  EXPECT_GT(pool(chains).drift, 0.15) << "the points wander by one a transition";
  for (std::size_t k = 0; k < 8; ++k) chains[k].moments.x_mean[0] += 100.0 * static_cast<double>(k);
  EXPECT_GT(pool(chains).apart, 100);
  EXPECT_EQ(pool(std::span(chains).first(1)).apart, infinity) << "one chain alone says nothing about mixing";
}

/// A standard normal, and around −30 a lower top, 100 nats below, that holds on to a chain that starts near it.
struct Trap {
  static constexpr const char* name = "trap";
  std::int64_t dimension() const { return 1; }
  template <class Real>
  Real log_density(View<const Real> x, View<Real> gradient) const {
    const Real y = x[0] + 30.0, law = -0.5 * x[0] * x[0], trap = -100.0 - 5.0 * y * y;
    gradient[0] = select(law > trap, -x[0], -10.0 * y);
    return select(law > trap, law, trap);
  }
};

bool told(const test::MemorySink& sink, const char* text) {
  return std::any_of(sink.log.begin(), sink.log.end(),
                     [&](const LogEntry& e) { return e.text.find(text) != std::string::npos; });
}

TEST(Warmup, a_chain_that_is_lost_is_given_a_new_start_and_does_not_poison_the_others) {
  // Starts are drawn on [−32, 32]; the trap's basin reaches from there to −24. Seed 1 puts at least one superchain into
  // it.
  const std::uint64_t seed = 1;
  int trapped = 0;
  for (std::uint64_t s = 0; s < 8; ++s)
    trapped += 32 * (2 * Random<double>(seed, Purpose::init, s, 0).uniform() - 1) < -25;
  ASSERT_TRUE(trapped > 0 && trapped < 4) << "choose another seed";
  const auto r = test::run(test::wide_model(Trap{}), {.draws = 3200, .seed = seed, .init_radius = 32});
  EXPECT_TRUE(told(r.sink, "given a new start"));
  EXPECT_FALSE(told(r.sink, "left out"));
  for (const double x : r.sink.column(statistic_count)) EXPECT_LT(std::fabs(x), 8);
  EXPECT_NEAR(read_checkpoint(r.sink.checkpoint).shared.metric.variances()[0], 1, 0.1) << "the trap's width is 0.3";
}

TEST(Warmup, user_starts_are_never_replaced) {
  std::vector<std::vector<double>> starts(8, {0.3});
  starts[5] = {-30};
  const auto r =
      test::run(test::wide_model(Trap{}), {.chains = 8, .draws = 80, .warmup = 60, .seed = 1, .starts = starts});
  EXPECT_FALSE(told(r.sink, "given a new start"));
  bool warned = false;
  for (const LogEntry& e : r.sink.log) warned = warned || (e.level == "warning" && e.chain == 5);
  EXPECT_TRUE(warned) << "the chain that is left out must be reported";
}

/// Gradients of a run without warm-up on a normal density of condition 10⁴, that starts at its mean.
std::int64_t gradients_without_warmup(const std::vector<double>& initial_metric) {
  const Model model = test_density("ill-conditioned-gaussian:20");
  SampleSettings settings{.chains = 8, .draws = 400, .warmup = 0, .seed = 3, .starts = {std::vector<double>(20, 0.0)}};
  settings.initial_metric = initial_metric;
  return test::run(model, settings).outcome.sampling_counts.gradients;
}

TEST(Warmup, begins_with_the_metric_that_it_is_given) {
  const std::vector<double> variances = exact_moments("ill-conditioned-gaussian:20").variance;
  std::vector<double> whole(400, 0.0);
  for (std::size_t i = 0; i < 20; ++i) whole[21 * i] = variances[i];
  const std::int64_t without = gradients_without_warmup({}), diagonal = gradients_without_warmup(variances);
  EXPECT_LT(3 * diagonal, without);
  EXPECT_EQ(gradients_without_warmup(whole), diagonal);
}

TEST(Warmup, refuses_a_given_metric_of_another_size_or_sign) {
  EXPECT_THROW(gradients_without_warmup(std::vector<double>(7, 1.0)), std::invalid_argument);
  EXPECT_THROW(gradients_without_warmup(std::vector<double>(20, -1.0)), Error);
}

}  // namespace
}  // namespace thalweg
