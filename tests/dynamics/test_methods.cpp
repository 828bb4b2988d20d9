// Laws of the methods that move chains: exact ones are exact, biased ones have the bias that theory gives them.
#include <gmock/gmock.h>

#include <cmath>

#include "tests/dynamics/one_kernel.hpp"
#include "tests/dynamics/standard_errors.hpp"
#include "thalweg/density/test_densities.hpp"
#include "thalweg/dynamics/hamiltonian/hmc.hpp"
#include "thalweg/dynamics/langevin/baoab.hpp"
#include "thalweg/dynamics/langevin/ghmc.hpp"
#include "thalweg/dynamics/langevin/mala.hpp"

namespace thalweg {
namespace {

using test::Estimate;
using test::largest_z;
using test::mean_of;
using test::OneKernel;
using test::run;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

double first_square(const double* x) { return x[0] * x[0]; }

// ---- exact methods ----

struct Case {
  Method method;
  const char* density;
  std::int64_t draws, thin;
};
class ExactMethods : public testing::TestWithParam<Case> {};

// 128 chains: Student's t with 127 degrees of freedom; |t| > 5 has probability 1.9e-6, at most 60 statistics a case.
TEST_P(ExactMethods, have_the_moments_of_the_density) {
  const Case c = GetParam();
  const auto r =
      run(test_density(c.density), {.chains = 128, .draws = c.draws, .thin = c.thin, .seed = 3, .method = c.method});
  EXPECT_TRUE(r.outcome.finished);
  EXPECT_LT(largest_z(r.sink, exact_moments(c.density)), 5);
}
INSTANTIATE_TEST_SUITE_P(
    All, ExactMethods,
    testing::Values(Case{Method::walnuts, "correlated-gaussian:20", 20000, 1},
                    Case{Method::mams, "correlated-gaussian:20", 40000, 1}, Case{Method::mams, "mixture:2", 100000, 1},
                    Case{Method::walnuts, "banana", 400000, 1}, Case{Method::hmc, "gaussian:10", 40000, 1},
                    Case{Method::hmc, "correlated-gaussian:20", 40000, 1}, Case{Method::hmc, "banana", 400000, 1},
                    Case{Method::hmc, "mixture:2", 100000, 1}, Case{Method::ghmc, "gaussian:10", 40000, 4},
                    Case{Method::ghmc, "correlated-gaussian:20", 40000, 4}, Case{Method::ghmc, "banana", 400000, 4},
                    Case{Method::ghmc, "mixture:2", 100000, 4}, Case{Method::mala, "gaussian:10", 40000, 4},
                    Case{Method::mala, "correlated-gaussian:20", 40000, 4}, Case{Method::mala, "banana", 800000, 4},
                    Case{Method::mala, "mixture:2", 100000, 4}),
    [](const auto& c) {
      std::string name = std::string(to_string(c.param.method)) + "_" + c.param.density;
      for (char& letter : name)
        if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
      return name;
    });

/// Var x₁ = 1 of ten standard normals, at a step so long that every fifth proposal or more is rejected.
template <class K>
Estimate variance_of_gaussian(K&& kernel, double step) {
  OneKernel chain(test_density("gaussian:10"), kernel, std::vector<double>(10, 0.5));
  return mean_of(chain, step, 2000, 400000, first_square);
}
struct EnergyWithoutMomentum : HmcRules {
  static double energy(Leapfrog& phase) { return -phase.point().log_p; }
};
struct WrongWay : GhmcRules {
  static double after_rejection(double p) { return p; }
};
struct Swapped : MalaRules {  // forward and backward densities exchanged
  static double log_ratio(LangevinMove& move, double h, double t, double before) {
    const double plain = (move.phase().point().log_p - before) / t;
    return plain - (MalaRules::log_ratio(move, h, t, before) - plain);
  }
};

TEST(ExactMethods, stay_exact_at_long_steps) {  // |z| > 5 with 49 degrees of freedom: 8e-6 each
  EXPECT_LT(std::fabs(variance_of_gaussian(HmcKernel<>(10, {}), 1.2).z(1)), 5);
  EXPECT_LT(std::fabs(variance_of_gaussian(GhmcKernel<>(10, {.friction = 0.05}), 1.8).z(1)), 5);
  EXPECT_LT(std::fabs(variance_of_gaussian(LangevinKernel<>(10, {}), 0.7).z(1)), 5);
}
TEST(ExactMethods, planted_a_test_without_the_whole_energy_is_seen) {
  EXPECT_GT(std::fabs(variance_of_gaussian(HmcKernel<EnergyWithoutMomentum>(10, {}), 1.2).z(1)), 8);
}
TEST(ExactMethods, planted_a_momentum_that_is_not_turned_about_is_seen) {
  EXPECT_GT(std::fabs(variance_of_gaussian(GhmcKernel<WrongWay>(10, {.friction = 0.05}), 1.8).z(1)), 8);
}
TEST(ExactMethods, planted_a_ratio_with_forward_and_backward_swapped_is_seen) {
  EXPECT_GT(std::fabs(variance_of_gaussian(LangevinKernel<Swapped>(10, {}), 0.7).z(1)), 8);
}

// ---- biased methods ----

/// Var x of a normal with variance 1 by a splitting at step ε.
Estimate variance_by(Splitting splitting, double step) {
  UnderdampedKernel kernel(1, {.splitting = splitting});
  OneKernel chain(test_density("gaussian:1"), kernel, {0.5});
  return mean_of(chain, step, 2000, 400000, first_square);
}
TEST(BiasedMethods, positions_of_baoab_are_exact_on_a_harmonic_well_at_any_stable_step) {
  for (const double step : {0.5, 1.0, 1.9}) EXPECT_LT(std::fabs(variance_by(Splitting::baoab, step).z(1)), 5) << step;
}
TEST(BiasedMethods, positions_of_obabo_are_too_wide_by_a_known_factor) {
  for (const double step : {0.5, 1.0, 1.5})
    EXPECT_LT(std::fabs(variance_by(Splitting::obabo, step).z(1 / (1 - step * step / 4))), 5) << step;
}
TEST(BiasedMethods, planted_obabo_in_the_place_of_baoab_is_seen) {
  EXPECT_GT(variance_by(Splitting::obabo, 1).z(1), 20);
}
TEST(BiasedMethods, ula_has_its_known_variance) {  // x ← (1 − h) x + √(2h) z
  for (const double h : {0.02, 0.2, 1.0}) {
    LangevinKernel<> kernel(1, {.adjusted = false});
    OneKernel chain(test_density("gaussian:1"), kernel, {0.5});
    EXPECT_LT(std::fabs(mean_of(chain, h, 2000, 400000, first_square).z(1 / (1 - h / 2))), 5) << h;
  }
}
/// E x² of the stationary law of ULA on −x⁴/4: its transition kernel iterated on a grid.
double second_moment_of_ula_on_a_quartic(double h) {
  const int n = 401;
  const double width = 4, dx = 2 * width / (n - 1);
  std::vector<double> step(n * n), p(n, 1.0 / n), q(n);
  for (int i = 0; i < n; ++i) {
    const double x = -width + i * dx, middle = x - h * x * x * x;
    double sum = 0;
    for (int j = 0; j < n; ++j) sum += step[i * n + j] = std::exp(-std::pow(-width + j * dx - middle, 2) / (4 * h));
    for (int j = 0; j < n; ++j) step[i * n + j] /= sum;
  }
  for (int k = 0; k < static_cast<int>(12 / h); ++k) {
    std::fill(q.begin(), q.end(), 0);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) q[j] += p[i] * step[i * n + j];
    p.swap(q);
  }
  double second = 0;
  for (int i = 0; i < n; ++i) second += p[i] * std::pow(-width + i * dx, 2);
  return second;
}
/// The same by the kernel, in 50 batches.
Estimate second_moment_by_the_kernel(double h) {
  LangevinKernel<> kernel(1, {.adjusted = false});
  const Metric unit = Metric::diagonal(std::vector<double>{1});
  const Tuning tuning{&unit, h, 10};
  const auto density = [](const double* x, double* gradient) {
    gradient[0] = -x[0] * x[0] * x[0];
    return -0.25 * std::pow(x[0], 4);
  };
  Strand strand;
  Vectors place(2, 1);
  Point point{place[0], place[1], 0};
  point.log_p = density(point.x, point.gradient);
  double sum = 0, squares = 0;
  std::uint64_t step = 0;
  for (int batch = 0; batch < 50; ++batch) {
    double mean = 0;
    for (int k = 0; k < 24000; ++k) {
      test::drive(strand, kernel.transition(strand, tuning, point, {9, 0, step++}), density);
      kernel.take(point);
      mean += point.x[0] * point.x[0] / 24000;
    }
    sum += mean;
    squares += mean * mean;
  }
  return {sum / 50, std::sqrt((squares / 50 - sum * sum / 2500) / 49)};
}
TEST(BiasedMethods, ula_on_a_quartic_has_the_bias_that_quadrature_gives_it_and_it_falls_with_the_step) {
  const double exact = 2 * std::tgamma(0.75) / std::tgamma(0.25);
  const double wide = second_moment_of_ula_on_a_quartic(0.1), narrow = second_moment_of_ula_on_a_quartic(0.05);
  EXPECT_NEAR((wide - exact) / (narrow - exact), 2, 0.35) << "first order";
  EXPECT_LT(std::fabs(second_moment_by_the_kernel(0.1).z(wide)), 5);
  EXPECT_LT(std::fabs(second_moment_by_the_kernel(0.05).z(narrow)), 5);
  EXPECT_GT(std::fabs(second_moment_by_the_kernel(0.1).z(exact)), 5) << "the bias is there to be seen";
}

// ---- temperature ----

class Tempered : public testing::TestWithParam<Method> {};
TEST_P(Tempered, a_gaussian_has_the_temperature_for_its_variance) {
  for (const double t : {0.25, 4.0}) {
    const MethodTraits& traits = traits_of(GetParam());
    SampleSettings s{.chains = 64, .draws = 32000, .thin = traits.thin, .seed = 4, .method = GetParam()};
    s.special.temperature = t;
    if (!traits.adjusted) s.special.tolerance = 1e-6;
    const auto r = run(test_density("gaussian:5"), s);
    Moments truth{std::vector<double>(5, 0), std::vector<double>(5, t)};
    EXPECT_LT(largest_z(r.sink, truth), 5) << t;
    double lp = 0;
    for (const double v : r.sink.column(0)) lp += v / 32000;
    EXPECT_NEAR(lp, -2.5 * t, 0.2 * t) << "lp is that of the density itself";
  }
}
INSTANTIATE_TEST_SUITE_P(All, Tempered,
                         testing::Values(Method::nuts, Method::walnuts, Method::mams, Method::mclmc, Method::hmc,
                                         Method::ghmc, Method::mala, Method::ula, Method::baoab, Method::obabo),
                         [](const auto& c) { return std::string(to_string(c.param)); });

TEST(Temperature, descents_end_at_the_mode) {
  for (const Method m : {Method::ula, Method::baoab, Method::obabo}) {
    SampleSettings s{.chains = 4, .draws = 400, .warmup = 4000, .seed = 5, .metric = MetricKind::unit, .method = m};
    s.special.temperature = 0;
    s.step_size = 0.1;
    const auto r = run(test_density("gaussian:5"), s);
    for (std::size_t j = 0; j < 5; ++j)
      for (const double x : r.sink.column(statistic_count + j)) EXPECT_LT(std::fabs(x), 1e-10) << to_string(m);
  }
}

// ---- the driver ----

class EveryMethod : public testing::TestWithParam<Method> {};
TEST_P(EveryMethod, gives_the_same_bits_on_any_threads_and_widths_and_when_extended) {
  const Model model = test_density("eight-schools");
  SampleSettings s{
      .chains = 12, .draws = 240, .thin = 2, .warmup = 60, .save_warmup = true, .seed = 6, .method = GetParam()};
  const auto a = run(model, s, {.threads = 1, .width = 1}), b = run(model, s, {.threads = 3});
  EXPECT_EQ(a.sink.tracks, b.sink.tracks);
  s.draws = 120;
  auto c = run(model, s);
  test::StillClock clock;
  Observer observer;
  resume(model, c.sink.checkpoint, 120, {}, c.sink, clock, observer);
  EXPECT_EQ(a.sink.tracks, c.sink.tracks) << "what a kernel carries is in the checkpoint";
}
TEST_P(EveryMethod, obeys_a_fixed_step_size) {
  const auto r = run(test_density("gaussian:3"),
                     {.chains = 4, .draws = 40, .warmup = 20, .seed = 7, .method = GetParam(), .step_size = 0.3});
  for (const double step : r.sink.column(2)) EXPECT_EQ(step, 0.3);
}
INSTANTIATE_TEST_SUITE_P(All, EveryMethod,
                         testing::Values(Method::nuts, Method::walnuts, Method::mams, Method::mclmc, Method::hmc,
                                         Method::ghmc, Method::mala, Method::ula, Method::baoab, Method::obabo),
                         [](const auto& c) { return std::string(to_string(c.param)); });

TEST(Methods, refuse_what_they_have_not) {
  const Model model = test_density("gaussian:3");
  const auto refusal = [&](Method m, auto change) {
    SampleSettings s{.method = m};
    change(s);
    try {
      run(model, s);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal(Method::nuts, [](auto& s) { s.special.temperature = 0; }), HasSubstr("nuts has no limit"));
  EXPECT_THAT(refusal(Method::ula, [](auto& s) { s.special.temperature = 0; }), HasSubstr("step size"));
  EXPECT_THAT(refusal(Method::ula, [](auto& s) { s.special.temperature = -1; }), HasSubstr(">= 0; found -1"));
  EXPECT_THAT(refusal(Method::ula, [](auto& s) { s.target_acceptance = 0.8; }), HasSubstr("no Metropolis test"));
  EXPECT_THAT(refusal(Method::mala, [](auto& s) { s.special.length = 2; }), HasSubstr("mala has no length"));
  EXPECT_THAT(refusal(Method::hmc, [](auto& s) { s.special.length = -2; }), HasSubstr("length must be finite and > 0"));
  EXPECT_THAT(refusal(Method::nuts, [](auto& s) { s.special.friction = 1; }), HasSubstr("nuts has no friction"));
  EXPECT_THAT(refusal(Method::mala, [](auto& s) { s.step_size = 0; }), HasSubstr("step size must be finite and > 0"));
}

TEST(Methods, of_constant_speed_need_two_dimensions) {
  EXPECT_THAT([] { run(test_density("gaussian:1"), {.method = Method::mclmc}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("dimension must be >= 2")));
}

TEST(Normals, are_those_of_the_stream_one_by_one) {
  for (const std::size_t n : {1, 5, 31, 32, 33, 100}) {
    std::vector<double> filled(n + 1, -7);
    fill_normals(5, Purpose::noise, 3, 11, filled.data(), n);
    Random<double> random(5, Purpose::noise, 3, 11);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(filled[i], random.normal()) << n << " " << i;
    EXPECT_EQ(filled[n], -7);
  }
}

}  // namespace
}  // namespace thalweg
