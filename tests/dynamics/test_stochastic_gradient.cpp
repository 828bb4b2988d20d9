// sgld and sghmc: against closed forms on a linear regression, against loops written by hand, and with planted errors.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/dynamics/commit_clock.hpp"
#include "tests/dynamics/regression_density.hpp"
#include "tests/dynamics/run_in_memory.hpp"
#include "thalweg/density/table_of.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/ensemble/driver.hpp"
#include "thalweg/dynamics/ensemble/sghmc.hpp"
#include "thalweg/dynamics/ensemble/sgld.hpp"
#include "thalweg/dynamics/tail.hpp"

namespace thalweg {
namespace {

using test::Matrix3;
using test::MemorySink;
using test::product;
using test::RegressionDensity;
using test::RegressionTruth;
using testing::AllOf;
using testing::HasSubstr;

const RegressionDensity& density() {
  static const RegressionDensity d;
  return d;
}
const Model& model() {
  static const Model m = model_of(density());
  return m;
}
const RegressionTruth& truth() {
  static const RegressionTruth t(density());
  return t;
}

SampleSettings settings_for(Method method, std::int64_t m, double h, double temperature) {
  SampleSettings s{.chains = 768,
                   .draws = 768 * 200,
                   .thin = 10,
                   .warmup = 1000,
                   .seed = 11,
                   .starts = {{truth().mode.begin(), truth().mode.end()}},
                   .metric = MetricKind::unit,
                   .method = method,
                   .step_size = h};
  s.special.minibatch = m;
  s.special.temperature = temperature;
  return s;
}

/// A run with rules, or a method, of the test's own.
template <class Ensemble>
MemorySink run_ensemble_of(const SampleSettings& s, StochasticGradient method = {}) {
  MemorySink sink(model());
  test::StillClock clock;
  Observer observer;
  run_ensemble(
      model(), starting_point(model(), s), [&] { return std::make_unique<Ensemble>(model(), s, 0, method); },
      {.threads = 2}, sink, clock, observer);
  return sink;
}

/// Means over blocks of 32 chains, which share their minibatches, of f of a draw's distance from the mode.
template <class F>
std::vector<double> block_means(const MemorySink& sink, F f) {
  std::vector<double> means;
  double sum = 0;
  std::int64_t count = 0;
  for (const auto& [key, rows] : sink.tracks) {
    for (const auto& row : rows) {
      std::array<double, 3> delta;
      for (std::size_t j = 0; j < 3; ++j) delta[j] = row[statistic_count + j] - truth().mode[j];
      sum += f(delta);
      ++count;
    }
    if (key.second % block_particles != block_particles - 1) continue;
    means.push_back(sum / static_cast<double>(count));
    sum = 0, count = 0;
  }
  return means;
}
double z_of(const std::vector<double>& means, double expected) {
  const auto n = static_cast<double>(means.size());
  const double mean = std::accumulate(means.begin(), means.end(), 0.0) / n;
  double squares = 0;
  for (const double m : means) squares += (m - mean) * (m - mean);
  return (mean - expected) / std::sqrt(squares / (n - 1) / n);
}
/// The largest |z| over the means and the entries of the covariance: 9 numbers, 24 blocks. Student's t with 23 degrees
/// of freedom exceeds 6 with probability 4e-6.
double worst_z(const MemorySink& sink, const Matrix3& covariance) {
  double worst = 0;
  for (std::size_t j = 0; j < 3; ++j) {
    worst = std::max(worst, std::fabs(z_of(block_means(sink, [j](auto& x) { return x[j]; }), 0)));
    for (std::size_t k = 0; k <= j; ++k)
      worst =
          std::max(worst, std::fabs(z_of(block_means(sink, [=](auto& x) { return x[j] * x[k]; }), covariance[j][k])));
  }
  return worst;
}

constexpr double h = 4e-4;  // the largest eigenvalue of H is about 200
constexpr std::int64_t m = 20;

// ---- sgld ----

TEST(Sgld, has_the_stationary_covariance_of_its_step_and_its_minibatches) {
  EXPECT_LT(worst_z(run_ensemble_of<SgldEnsemble<>>(settings_for(Method::sgld, m, h, 1)),
                    truth().stationary(h, 1, static_cast<double>(m))),
            6);
}

TEST(Sgld, with_all_observations_has_the_variance_of_ula) {  // S = 2T/(H(2 − hH)) in the eigenvectors of H
  const MemorySink sink =
      run_ensemble_of<SgldEnsemble<>>(settings_for(Method::sgld, density().observations(), 2e-3, 1));
  EXPECT_LT(worst_z(sink, truth().stationary(2e-3, 1, static_cast<double>(density().n))), 6);
}

TEST(Sgld, minibatches_alone_have_the_temperature_that_the_step_and_their_size_give) {  // T = 0: SGD
  for (const std::int64_t size : {20, 80}) {
    const Matrix3 s = truth().stationary(h, 0, static_cast<double>(size));
    const MemorySink sink = run_ensemble_of<SgldEnsemble<>>(settings_for(Method::sgld, size, h, 0));
    EXPECT_LT(worst_z(sink, s), 6);
    // T_eff = tr(HS)/d, about (h/2) tr V/d: what equipartition would call the temperature
    const auto energy = [](const std::array<double, 3>& x) {
      double sum = 0;
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) sum += x[j] * truth().hessian[j][k] * x[k];
      return sum / 3;
    };
    const Matrix3 hs = product(truth().hessian, s), v = truth().noise(static_cast<double>(size), {});
    const double exact = (hs[0][0] + hs[1][1] + hs[2][2]) / 3, leading = h / 2 * (v[0][0] + v[1][1] + v[2][2]) / 3;
    EXPECT_LT(std::fabs(z_of(block_means(sink, energy), exact)), 6);
    EXPECT_NEAR(leading / exact, 1, h * 200) << "the first order in hλ";
  }
}

struct NoScale : MinibatchRules {
  static double scale(double, double) { return 1; }
};
struct CounterTwice : MinibatchRules {
  static std::uint64_t counter(std::uint64_t k) { return k / 2; }
};
struct OneMinibatch : MinibatchRules {
  static std::uint64_t counter(std::uint64_t) { return 0; }
};

TEST(Sgld, planted_a_minibatch_gradient_without_n_over_m_is_seen) {
  EXPECT_GT(worst_z(run_ensemble_of<SgldEnsemble<NoScale>>(settings_for(Method::sgld, m, h, 1)),
                    truth().stationary(h, 1, static_cast<double>(m))),
            12);
}
TEST(Sgld, planted_a_counter_used_twice_is_seen) {
  for (const double temperature : {0.0, 1.0})
    EXPECT_GT(worst_z(run_ensemble_of<SgldEnsemble<CounterTwice>>(settings_for(Method::sgld, m, h, temperature)),
                      truth().stationary(h, temperature, static_cast<double>(m))),
              12);
}
TEST(Sgld, planted_one_minibatch_for_ever_is_seen) {
  // each block ends at the maximum of its own minibatch: the spread of these is 2/(hH) times what it should be
  const auto squares = block_means(run_ensemble_of<SgldEnsemble<OneMinibatch>>(settings_for(Method::sgld, m, h, 0)),
                                   [](auto& x) { return x[0] * x[0]; });
  const double mean = std::accumulate(squares.begin(), squares.end(), 0.0) / static_cast<double>(squares.size());
  EXPECT_GT(mean, 5 * truth().stationary(h, 0, static_cast<double>(m))[0][0]);
}

/// m of n in the order of their shuffle, written out.
std::vector<std::int32_t> chosen(std::uint64_t seed, std::uint64_t block, std::uint64_t step, std::size_t size) {
  std::vector<std::int32_t> all(density().n);
  std::iota(all.begin(), all.end(), 0);
  Random<double> random(seed, Purpose::minibatch, block, step);
  for (std::size_t i = 0; i < size; ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
  all.resize(size);
  return all;
}

TEST(Sgld, at_temperature_0_is_stochastic_gradient_ascent_bit_for_bit) {
  SampleSettings s = settings_for(Method::sgld, m, h, 0);
  s.chains = 70, s.draws = 70 * 50, s.thin = 1, s.warmup = 0;
  s.starts.clear();
  for (std::uint64_t k = 0; k < 70; ++k) {
    Random<double> random(3, Purpose::test, k, 1);
    s.starts.push_back({random.normal(), random.normal(), random.normal()});
  }
  const auto r = test::run(model(), s);
  Workspace workspace = model().subset_workspace(1);
  for (const std::int64_t chain : {0, 31, 32, 69}) {
    std::vector<double> x = s.starts[static_cast<std::size_t>(chain)], g(3);
    double log_p = 0;
    for (std::uint64_t k = 0; k < 50; ++k) {
      const auto some = chosen(s.seed, static_cast<std::uint64_t>(chain) / 32, k, static_cast<std::size_t>(m));
      workspace.evaluate_subset({some, static_cast<double>(density().n) / static_cast<double>(m)}, x.data(), g.data(),
                                &log_p);
      for (std::size_t j = 0; j < 3; ++j) x[j] += h * g[j];
      const auto& row = r.sink.tracks.at({Phase::sampling, chain})[k];
      for (std::size_t j = 0; j < 3; ++j) ASSERT_EQ(row[statistic_count + j], x[j]) << chain << " " << k;
    }
  }
}

TEST(Sgld, with_all_observations_is_ula_bit_for_bit) {
  for (const double temperature : {0.0, 1.0}) {
    SampleSettings s = settings_for(Method::sgld, density().observations(), 1e-3, temperature);
    s.chains = 40, s.draws = 40 * 50, s.thin = 2, s.warmup = 0;
    const auto sgld = test::run(model(), s);
    s.method = Method::ula;
    s.special.minibatch = {};
    const auto ula = test::run(model(), s);
    for (std::size_t c : {std::size_t{0}, std::size_t{statistic_count}, std::size_t{statistic_count + 2}})
      EXPECT_EQ(sgld.sink.column(c), ula.sink.column(c)) << "column " << c << " at temperature " << temperature;
  }
}

TEST(Sgld, with_a_decaying_step_follows_its_schedule_and_leaves_less_bias) {
  SampleSettings s = settings_for(Method::sgld, m, h, 1);
  s.special.step_decay = 20;
  s.warmup = 0;
  const auto r = test::run(model(), s);
  const auto& steps = r.sink.tracks.at({Phase::sampling, 0});
  for (std::size_t k = 0; k < steps.size(); ++k)
    EXPECT_DOUBLE_EQ(steps[k][2], h * std::pow(1 + (10.0 * static_cast<double>(k) + 9) / 20, -0.55));
}

// ---- sghmc ----

/// The stationary covariance of one whitened coordinate by iteration; v̂ is exact.
Matrix3 sghmc_covariance(double e, double gamma, double temperature, double size) {
  Matrix3 xx{}, xp{}, pp{};
  const Matrix3& hess = truth().hessian;
  for (int step = 0; step < 40000; ++step) {
    Matrix3 x2{}, next_xp{}, next_pp{};
    // x′ = x + e p
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        x2[i][j] = xx[i][j] + e * (xp[i][j] + xp[j][i]) + e * e * pp[i][j];
        next_xp[i][j] = xp[i][j] + e * pp[i][j];  // E x′ pᵀ
      }
    // p′ = a p − e H x′ + noise
    const double a = 1 - e * gamma;
    const Matrix3 hx = product(hess, x2), hxh = product(hx, hess), hxp = product(hess, next_xp);
    const Matrix3 v = truth().noise(size, x2), v0 = truth().noise(size, {});
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        const double bath = i == j ? 2 * e * std::max(gamma * temperature - e * v0[i][i] / 2, 0.0) : 0;
        next_pp[i][j] = a * a * pp[i][j] - a * e * (hxp[i][j] + hxp[j][i]) + e * e * (hxh[i][j] + v[i][j]) + bath;
      }
    Matrix3 new_xp{};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        new_xp[i][j] = a * next_xp[i][j];
        for (std::size_t k = 0; k < 3; ++k) new_xp[i][j] -= e * x2[i][k] * hess[k][j];
      }
    xx = x2, xp = new_xp, pp = next_pp;
  }
  return xx;
}

TEST(Sghmc, has_the_stationary_covariance_of_its_recursion) {
  SampleSettings s = settings_for(Method::sghmc, m, 0.008, 1);
  s.special.friction = 20;
  // v̂ from 64 particles at the mode in 2 blocks with 4096 minibatches each: 1.6 % of v, here 0.4 % of a variance
  EXPECT_LT(worst_z(run_ensemble_of<SghmcEnsemble<>>(s, {.noise_samples = 4096}),
                    sghmc_covariance(0.008, 20, 1, static_cast<double>(m))),
            7);
}
TEST(Sghmc, takes_the_noise_of_minibatches_off_the_bath) {
  const double e = 0.008, g = 20;
  const Matrix3 found = sghmc_covariance(e, g, 1, static_cast<double>(m)),
                full = sghmc_covariance(e, g, 1, static_cast<double>(density().n));
  EXPECT_NEAR(found[0][0] / full[0][0], 1, 0.02);
  // correlations of the noise are not taken off, so that the long direction of the other two gets too little
  for (const std::size_t j : {1, 2}) EXPECT_NEAR(found[j][j] / full[j][j], 1, 0.3);
  const double unaware = e * truth().noise(static_cast<double>(m), {})[0][0] / (2 * g);
  EXPECT_GT(unaware, 0.2) << "there is something to take off";
}
TEST(Sghmc, at_temperature_0_is_ascent_with_momentum) {
  SampleSettings s = settings_for(Method::sghmc, density().observations(), 0.05, 0);
  s.special.friction = 5;
  s.chains = 3, s.draws = 3 * 40, s.thin = 1, s.warmup = 0;
  s.starts = {{1, 2, 3}};
  const auto r = test::run(model(), s);
  Workspace workspace = model().workspace(1);
  std::vector<double> x = s.starts[0], p(3, 0), g(3);
  double log_p = 0;
  for (std::size_t k = 0; k < 40; ++k) {
    for (std::size_t j = 0; j < 3; ++j) x[j] += 0.05 * 1.0 * p[j];
    workspace.evaluate(x.data(), g.data(), &log_p);
    for (std::size_t j = 0; j < 3; ++j) p[j] = (1 - 0.05 * 5) * p[j] + 0.05 * 1.0 * g[j];
    for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(r.sink.tracks.at({Phase::sampling, 1})[k][statistic_count + j], x[j]);
  }
}

// ---- what they find by themselves ----

class StochasticMethods : public testing::TestWithParam<Method> {};

TEST_P(StochasticMethods, find_a_step_that_leaves_little_bias) {
  SampleSettings s{.chains = 768, .draws = 768 * 100, .thin = 100, .seed = 5, .method = GetParam()};
  const auto r = test::run(model(), s);
  EXPECT_TRUE(r.outcome.settled);
  const Matrix3 exact = truth().covariance();
  for (std::size_t j = 0; j < 3; ++j) {
    const auto means = block_means(r.sink, [j](auto& x) { return x[j] * x[j]; });
    const double variance = std::accumulate(means.begin(), means.end(), 0.0) / static_cast<double>(means.size());
    EXPECT_NEAR(variance / exact[j][j], 1, 0.2);
  }
  for (std::size_t j = 0; j < 3; ++j) EXPECT_GT(r.outcome.variances[j] * truth().hessian[j][j], 0.5);
}

TEST_P(StochasticMethods, give_the_same_bits_on_any_threads_and_widths_after_a_kill_and_when_extended) {
  SampleSettings s{.chains = 100, .draws = 100 * 24, .thin = 3, .save_warmup = true, .seed = 6, .method = GetParam()};
  s.special.minibatch = 15;
  s.special.step_decay = 1000;
  const auto whole = test::run(model(), s, {.threads = 1, .width = 1});
  for (const int width : model().widths())
    EXPECT_EQ(whole.sink.tracks, test::run(model(), s, {.threads = 3, .width = width}).sink.tracks) << width;

  /// Keeps what a kill after each commit would leave.
  struct Recorder : MemorySink {
    using MemorySink::MemorySink;
    std::vector<MemorySink> left;
    test::CommitClock* clock = nullptr;
    void commit(const std::vector<DrawBlock>& blocks, const std::vector<LogEntry>& log, const Checkpoint& c) override {
      MemorySink::commit(blocks, log, c);
      if (commits % 97 == 1) left.push_back(*this);
      clock->stands = true;
    }
  } recorder(model());
  test::CommitClock hasty;
  recorder.clock = &hasty;
  test::StillClock still;
  Observer observer;
  sample(model(), s, {.threads = 2}, recorder, hasty, observer);
  EXPECT_GT(recorder.left.size(), 2U);
  for (MemorySink& killed : recorder.left) {
    resume(model(), killed.checkpoint, 0, {.threads = 2, .width = 1}, killed, still, observer);
    EXPECT_EQ(whole.sink.tracks, killed.tracks);
  }
  s.draws = 100 * 12;
  auto extended = test::run(model(), s);
  resume(model(), extended.sink.checkpoint, 100 * 12, {}, extended.sink, still, observer);
  EXPECT_EQ(whole.sink.tracks, extended.sink.tracks);
}
INSTANTIATE_TEST_SUITE_P(All, StochasticMethods, testing::Values(Method::sgld, Method::sghmc),
                         [](const auto& c) { return std::string(to_string(c.param)); });

// ---- the tail ----

/// 64 chain means of an exact sampler: |t| > 6 with 63 degrees of freedom has probability 1e-7.
TEST(Tail, is_exact_wherever_the_run_ended_and_has_bits_of_its_own) {
  SampleSettings s = settings_for(Method::sgld, m, 4 * h, 1);
  s.chains = 128, s.draws = 128 * 10;
  const auto hot = test::run(model(), s);
  test::StillClock clock;
  Observer observer;
  const auto tail_of = [&](int threads) {
    return full_gradient_tail(model(), hot.sink.checkpoint, {.draws = 6400, .chains = 64}, {.threads = threads}, clock,
                              observer);
  };
  const Tail tail = tail_of(1);
  EXPECT_EQ(tail.values, tail_of(2).values);
  EXPECT_EQ(tail.chains, 64);
  EXPECT_EQ(tail.draws, 100);
  const Matrix3 exact = truth().covariance();
  for (std::size_t j = 0; j < 3; ++j) {
    std::vector<double> means, squares;
    const auto column = tail.column(static_cast<std::int64_t>(j));
    for (std::size_t c = 0; c < 64; ++c) {
      means.push_back(0), squares.push_back(0);
      for (std::size_t k = 0; k < 100; ++k) {
        const double x = column[c * 100 + k] - truth().mode[j];
        means.back() += x / 100;
        squares.back() += x * x / 100;
      }
    }
    EXPECT_LT(std::fabs(z_of(means, 0)), 6);
    EXPECT_LT(std::fabs(z_of(squares, exact[j][j])), 6);
    const auto of_run = block_means(hot.sink, [j](auto& x) { return x[j] * x[j]; });
    EXPECT_GT(std::accumulate(of_run.begin(), of_run.end(), 0.0) / 4, 1.5 * exact[j][j]) << "there is a bias to forget";
  }
}
TEST(Tail, refuses_what_has_no_places_and_no_temperature) {
  test::StillClock clock;
  Observer observer;
  const auto refusal = [&](SampleSettings s) {
    const auto r = test::run(model(), s);
    try {
      full_gradient_tail(model(), r.sink.checkpoint, {}, {}, clock, observer);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal({.chains = 4, .draws = 40}), HasSubstr("a run of nuts has none"));
  SampleSettings cold = settings_for(Method::sgld, m, h, 0);
  cold.draws = cold.chains;
  EXPECT_THAT(refusal(cold), HasSubstr("temperature > 0"));
}

TEST(Minibatches, are_uniform_without_replacement) {
  const std::int64_t n = 12, size = 5;
  Minibatches some(n, size, 1);
  std::vector<double> once(n, 0);
  double together = 0;
  const int draws = 40000;
  for (int k = 0; k < draws; ++k) {
    const Subset s = some.draw(8, Purpose::test, 3, static_cast<std::uint64_t>(k));
    std::vector<int> seen(n, 0);
    for (const std::int32_t i : s.indices) ++seen[static_cast<std::size_t>(i)];
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_LE(seen[i], 1);
      once[i] += seen[i];
    }
    together += seen[0] * seen[n - 1];
  }
  const auto z = [&](double count, double p) { return (count - draws * p) / std::sqrt(draws * p * (1 - p)); };
  for (const double count : once) EXPECT_LT(std::fabs(z(count, 5.0 / 12)), 5);  // 13 tests, 6e-7 each
  EXPECT_LT(std::fabs(z(together, 5.0 / 12 * 4 / 11)), 5);
}
TEST(Minibatches, are_a_function_of_their_counter_alone) {
  Minibatches a(100, 10, 1), b(100, 10, 1);
  for (std::uint64_t k = 0; k < 7; ++k) a.draw(1, Purpose::minibatch, 0, k);
  const Subset x = a.draw(1, Purpose::minibatch, 4, 9), y = b.draw(1, Purpose::minibatch, 4, 9);
  EXPECT_TRUE(std::equal(x.indices.begin(), x.indices.end(), y.indices.begin(), y.indices.end()));
}
TEST(Minibatches, have_a_default_size) {
  EXPECT_EQ(minibatch_of(1), 1);
  EXPECT_EQ(minibatch_of(9), 3);
  EXPECT_EQ(minibatch_of(10000), 313);
}

TEST(StochasticGradients, refuse_what_does_not_fit) {
  const auto refusal = [&](const Model& of, Method method, auto change) {
    SampleSettings s{.method = method};
    change(s);
    try {
      test::run(of, s);
    } catch (const std::exception& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.special.minibatch = 401; }),
              HasSubstr("minibatch must be between 1 and the 400 observations of regression; found 401"));
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.special.minibatch = 0; }), HasSubstr("found 0"));
  EXPECT_THAT(refusal(test_density("gaussian:3"), Method::sgld, [](auto&) {}),
              AllOf(HasSubstr("does not say which terms belong to its observations"), HasSubstr("try method ula")));
  EXPECT_THAT(refusal(model(), Method::nuts, [](auto& s) { s.special.minibatch = 4; }),
              HasSubstr("nuts takes no minibatches"));
  EXPECT_THAT(refusal(model(), Method::ula, [](auto& s) { s.special.step_decay = 4; }), HasSubstr("no step decay"));
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.special.step_decay = 0; }), HasSubstr("> 0; found 0"));
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.special.friction = 1; }), HasSubstr("no friction"));
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.special.temperature = 0; }), HasSubstr("step size"));
  EXPECT_THAT(refusal(model(), Method::sgld, [](auto& s) { s.metric = MetricKind::dense; }), HasSubstr("diagonal"));
  EXPECT_THAT(refusal(model(), Method::sghmc, [](auto& s) { s.step_size = 1; }),
              HasSubstr("step size times friction must be < 1"));
}

}  // namespace
}  // namespace thalweg
