#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/dynamics/planted.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "tests/dynamics/standard_errors.hpp"
#include "tests/dynamics/wide_table.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/density/test_densities/correlated_gaussian.hpp"
#include "thalweg/density/test_densities/eight_schools.hpp"

namespace thalweg {
namespace {

using test::largest_z;
using test::run;
using test::run_with;

// ---- moments ----

struct Case {
  const char* density;
  MetricKind metric;
  std::int64_t draws;
};
class Moments_ : public testing::TestWithParam<Case> {};

// 128 chains: Student's t with 127 degrees of freedom; |t| > 5 has probability 1.9e-6, at most 200 statistics a case.
TEST_P(Moments_, are_exact_within_standard_errors) {
  const Case c = GetParam();
  const Model model = test_density(c.density);
  const auto r = run(model, {.chains = 128, .draws = c.draws, .seed = 11, .metric = c.metric});
  EXPECT_TRUE(r.outcome.finished);
  EXPECT_LT(largest_z(r.sink, exact_moments(c.density)), 5);
}
INSTANTIATE_TEST_SUITE_P(Sample, Moments_,
                         testing::Values(Case{"gaussian:10", MetricKind::diagonal, 40000},
                                         Case{"gaussian:1", MetricKind::automatic, 40000},
                                         Case{"ill-conditioned-gaussian:30", MetricKind::diagonal, 20000},
                                         Case{"correlated-gaussian:20", MetricKind::dense, 40000},
                                         Case{"correlated-gaussian:20", MetricKind::diagonal, 20000},
                                         Case{"banana", MetricKind::automatic, 400000},
                                         Case{"mixture:2", MetricKind::automatic, 40000},
                                         Case{"ring", MetricKind::automatic, 100000}),
                         [](const auto& c) {
                           std::string name = c.param.density;
                           for (char& letter : name)
                             if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
                           return name + (c.param.metric == MetricKind::diagonal ? "_diagonal"
                                          : c.param.metric == MetricKind::dense  ? "_dense"
                                                                                 : "_automatic");
                         });

// ---- the same bits ----

const SampleSettings short_run{.chains = 19, .draws = 19 * 20, .save_warmup = true, .seed = 3};

TEST(Sample, gives_the_same_bits_for_any_threads_and_width) {
  const Model model = test::wide_model(CorrelatedGaussian{7});
  const auto first = run(model, short_run);
  for (const int threads : {1, 2, 3})
    for (const int width : {1, 4, 8, 16}) {
      const auto other = run(model, short_run, {.threads = threads, .width = width});
      EXPECT_TRUE(first.sink.tracks == other.sink.tracks) << threads << " threads, width " << width;
      EXPECT_TRUE(test::bytes_of(first.sink.checkpoint) == test::bytes_of(other.sink.checkpoint))
          << threads << " threads, width " << width;
    }
}

TEST(Planted, a_lane_that_reads_its_neighbour_fails_Sample_gives_the_same_bits_for_any_threads_and_width) {
  const Model model = test::wide_model(CorrelatedGaussian{7});
  const auto one = run_with<planted::NeighbourLane>(model, short_run, {.width = 1});
  const auto sixteen = run_with<planted::NeighbourLane>(model, short_run, {.width = 16});
  EXPECT_FALSE(one.sink.tracks == sixteen.sink.tracks);
}

TEST(Sample, chains_with_one_seed_differ_and_seeds_differ) {
  const Model model = test_density("gaussian:2");
  const auto a = run(model, {.draws = 320, .seed = 1}), b = run(model, {.draws = 320, .seed = 2});
  EXPECT_FALSE(a.sink.tracks == b.sink.tracks);
  const auto& tracks = a.sink.tracks;
  for (std::int64_t c = 1; c < 32; ++c) EXPECT_NE(tracks.at({Phase::sampling, c}), tracks.at({Phase::sampling, 0}));
}

// ---- what is adapted, and when ----

template <class Rules>
bool step_size_stays_after_warmup() {
  const auto r = run_with<Rules>(test_density("gaussian:5"), {.draws = 640, .seed = 4});
  const auto steps = r.sink.column(2);
  return std::all_of(steps.begin(), steps.end(), [&](double s) { return s == steps.front(); });
}
TEST(Sample, step_size_stays_after_warmup) { EXPECT_TRUE(step_size_stays_after_warmup<SamplerRules>()); }
TEST(Planted, endless_adaptation_fails_Sample_step_size_stays_after_warmup) {
  EXPECT_FALSE(step_size_stays_after_warmup<planted::EndlessAdaptation>());
}

TEST(Planted, momentum_not_refreshed_fails_moments_of_the_gaussian) {
  const Model model = test_density("gaussian:10");
  const SampleSettings settings{
      .chains = 128, .draws = 40000, .warmup = 20, .seed = 11, .metric = MetricKind::diagonal};
  EXPECT_LT(largest_z(run_with<SamplerRules>(model, settings).sink, exact_moments("gaussian:10")), 5);
  EXPECT_GT(largest_z(run_with<planted::StaleMomentum>(model, settings).sink, exact_moments("gaussian:10")), 5);
}

TEST(Sample, reaches_the_target_acceptance) {
  for (const double target : {0.6, 0.8, 0.95}) {
    const auto r = run(test_density("eight-schools"), {.seed = 5, .target_acceptance = target});
    const auto acceptance = r.sink.column(1);
    const double mean = std::accumulate(acceptance.begin(), acceptance.end(), 0.0) / 4000;
    // The pooled correction is first-order in the loss 1 − α: a fifth of it is what remains.
    EXPECT_NEAR(mean, target, 0.2 * (1 - target)) << target;
  }
}

TEST(Sample, exact_warmup_is_exact) {
  for (const std::int64_t n : {0, 1, 2, 19, 60, 137}) {
    const auto r = run(test_density("gaussian:3"), {.draws = 64, .warmup = n, .save_warmup = true, .seed = 1});
    EXPECT_EQ(r.outcome.warmup, n);
    EXPECT_EQ(r.sink.column(0, Phase::warmup).size(), static_cast<std::size_t>(32 * n));
    EXPECT_EQ(r.sink.column(0).size(), 64u);
    EXPECT_EQ(r.outcome.warmup_counts.transitions, 32 * n);
  }
}

TEST(Sample, adaptive_warmup_settles_early_where_it_is_easy_and_is_capped_where_it_is_not) {
  const auto easy = run(test_density("gaussian:10"), {.draws = 32, .seed = 2});
  EXPECT_TRUE(easy.outcome.settled);
  EXPECT_LE(easy.outcome.warmup, 100);
  const auto hard = run(test_density("funnel:10"), {.chains = 8, .draws = 8, .seed = 2, .max_depth = 5});
  EXPECT_LE(hard.outcome.warmup, 1000);
  EXPECT_GT(hard.outcome.warmup, 300);
}

// ---- counting, thinning, columns ----

TEST(Sample, draws_are_counted_over_all_chains_and_rounded_up) {
  const auto r = run(test_density("gaussian:1"), {.chains = 3, .draws = 100, .warmup = 10, .seed = 1});
  EXPECT_EQ(r.sink.column(0).size(), 102u);
  EXPECT_EQ(r.outcome.sampling_counts.transitions, 102);
}

TEST(Sample, thinning_keeps_every_nth_draw) {
  const Model model = test_density("gaussian:2");
  const auto all = run(model, {.chains = 4, .draws = 400, .warmup = 30, .seed = 9});
  const auto thin = run(model, {.chains = 4, .draws = 40, .thin = 10, .warmup = 30, .seed = 9});
  EXPECT_EQ(thin.outcome.sampling_counts.transitions, 400);
  for (std::int64_t c = 0; c < 4; ++c)
    for (std::size_t i = 0; i < 10; ++i)
      EXPECT_EQ(thin.sink.tracks.at({Phase::sampling, c})[i], all.sink.tracks.at({Phase::sampling, c})[10 * i + 9]);
}

TEST(Sample, statistics_describe_the_transitions) {
  const auto r = run(test_density("gaussian:4"), {.chains = 4, .draws = 400, .seed = 6, .max_depth = 2});
  double gradients = 0;
  for (const auto& [key, rows] : r.sink.tracks)
    for (const auto& row : rows) {
      double square = 0;
      for (std::size_t j = statistic_count; j < row.size(); ++j) square += row[j] * row[j];
      EXPECT_NEAR(row[0], -0.5 * square, 1e-12) << "lp belongs to the draw";
      EXPECT_TRUE(row[1] >= 0 && row[1] <= 1);
      EXPECT_LE(row[3], 2);
      EXPECT_LE(row[4], 3);
      EXPECT_GE(row[4], 1);
      EXPECT_EQ(row[5], 0);
      EXPECT_GE(row[6], -row[0]) << "the energy is the potential and a kinetic energy";
      gradients += row[4];
    }
  EXPECT_EQ(gradients, static_cast<double>(r.outcome.sampling_counts.gradients));
  EXPECT_GT(r.outcome.sampling_counts.deepest, 0);
}

TEST(Sample, columns_are_the_statistics_and_then_the_variables) {
  const auto columns = draw_columns(test_density("eight-schools"));
  const char* names[] = {"lp", "acceptance_rate", "step_size", "tree_depth", "n_steps", "diverging", "energy"};
  std::int64_t next = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i < statistic_count) {
      EXPECT_EQ(columns[i].name, names[i]);
      EXPECT_EQ(columns[i].kind, ColumnKind::statistic);
    } else {
      EXPECT_NE(columns[i].kind, ColumnKind::statistic);
    }
    EXPECT_EQ(columns[i].first, next);
    next += columns[i].size;
  }
  EXPECT_EQ(next, 7 + test_density("eight-schools").draw_size());
}

TEST(Sample, divergences_are_counted) {
  const auto r = run(test_density("eight-schools-centered"), {.draws = 8000, .seed = 1, .target_acceptance = 0.6});
  const auto diverging = r.sink.column(5);
  const double total = std::accumulate(diverging.begin(), diverging.end(), 0.0);
  EXPECT_GT(total, 0);
  EXPECT_EQ(total, static_cast<double>(r.outcome.sampling_counts.divergences));
}

}  // namespace
}  // namespace thalweg
