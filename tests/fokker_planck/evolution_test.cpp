// Laws in time.
#include "thalweg/fokker_planck/evolution.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/initial.hpp"
#include "thalweg/fokker_planck/series_weights.hpp"

namespace thalweg::fokker_planck {
namespace {

Grid line_grid(double low, double high, std::size_t cells) { return Grid({axis(low, high, cells)}); }

/// dx = −x dt + √2 dW from N(1, ¼) at t = ½.
std::vector<double> exact_ou(const Grid& grid) {
  return gaussian(grid, {std::exp(-0.5)}, {0.25 * std::exp(-1.0) + 1 - std::exp(-1.0)});
}
Evolution run(const Coefficients& c, const Grid& grid, const std::vector<double>& start, EvolutionSettings s) {
  Evolution evolution(c, grid, start, s);
  evolution.advance_to(s.end_time);
  return evolution;
}

TEST(evolution, errors_on_ou_fall_with_h_squared) {
  // measured with another program (Crank–Nicolson, dt = 2.5e-5): shared/references/sde_ot.md 2d
  const double expected[] = {1.62e-2, 4.01e-3, 1.00e-3, 2.51e-4, 6.27e-5};
  std::size_t cells = 35;
  for (const double error : expected) {
    const Grid grid = line_grid(-7, 7, cells);
    const Evolution e = run(ornstein_uhlenbeck(), grid, gaussian(grid, {1}, {0.25}),
                            {.scheme = Scheme::uniformisation, .end_time = 0.5});
    EXPECT_NEAR(distance(e.masses(), exact_ou(grid)) / error, 1, 0.005) << cells;  // three digits are given
    const EvolutionReport report = e.report();
    EXPECT_LT(report.mass_defect, 1e-12);
    EXPECT_GE(report.smallest, 0);
    EXPECT_LT(report.time_error, 1e-14);
    cells *= 2;
  }
}

TEST(evolution, mean_and_variance_of_ou) {
  const Grid grid = line_grid(-8, 8, 640);
  const double h = grid.axis(0).spacing();
  for (const Scheme scheme : {Scheme::automatic, Scheme::tr_bdf2}) {
    const Evolution e =
        run(ornstein_uhlenbeck(), grid, point_mass(grid, {2}), {.scheme = scheme, .end_time = 1.5, .tolerance = 1e-5});
    // the flux of OU is integrated exactly over a link of constant drift: the moments are off by O(h²)
    EXPECT_NEAR(mean(grid, e.masses(), 0), 2 * std::exp(-1.5), h * h);
    EXPECT_NEAR(covariance(grid, e.masses(), 0, 0), 1 - std::exp(-3.0), h * h);
  }
}

/// The answer that the series give, against the scheme's own statement of its error.
void compare(const Coefficients& c, const Grid& grid, const std::vector<double>& start, Scheme scheme, double tolerance,
             double end_time) {
  const std::vector<double> exact =
      run(c, grid, start, {.scheme = Scheme::uniformisation, .end_time = end_time}).masses();
  const Evolution e = run(c, grid, start, {.scheme = scheme, .end_time = end_time, .tolerance = tolerance});
  const EvolutionReport report = e.report();
  const double error = distance(e.masses(), exact);
  EXPECT_LE(error, 1.2 * report.time_error + 1e-13) << to_string(scheme);
  EXPECT_LE(report.time_error, 1.2 * tolerance) << to_string(scheme);
  EXPECT_LT(report.mass_defect, 1e-12) << to_string(scheme);
  EXPECT_GE(report.smallest, 0) << to_string(scheme);
}

TEST(evolution, schemes_agree_within_their_stated_errors_in_1d) {
  const Grid grid = line_grid(-3, 3, 150);
  const std::vector<double> start = gaussian(grid, {0.5}, {0.04});
  compare(double_well(0.25), grid, start, Scheme::implicit_euler, 1e-2, 1);
  compare(double_well(0.25), grid, start, Scheme::tr_bdf2, 1e-5, 1);
  compare(double_well(0.25), grid, start, Scheme::chebyshev, 1e-9, 1);
  compare(double_well(0.25), grid, start, Scheme::automatic, 1e-9, 1);
}
TEST(evolution, schemes_agree_within_their_stated_errors_in_2d) {
  const Grid grid({axis(-2.5, 2.5, 30), axis(-2.5, 2.5, 34)});
  const std::vector<double> start = gaussian(grid, {0.5, 0}, {0.09, 0, 0, 0.16});
  const Coefficients c = rotating(1, 2, 0.2);
  compare(c, grid, start, Scheme::splitting, 1e-4, 1);
  compare(c, grid, start, Scheme::tr_bdf2, 1e-4, 1);
  compare(c, grid, start, Scheme::implicit_euler, 5e-2, 1);
  compare(rotating(1, 0, 0.2), grid, start, Scheme::tr_bdf2, 1e-4, 1);  // the symmetric factorisation
}
TEST(evolution, schemes_agree_with_sides_of_all_kinds) {
  const Grid grid({Axis{-1, 1, 20, {Boundary::inflow, 0.3}, {Boundary::absorbing, 0}},
                   axis(-2, 2, 24, Boundary::periodic, Boundary::periodic)});
  const Coefficients c = pointwise(
      2,
      [](const double* x, double* f) {
        f[0] = 0.5 - x[0];
        f[1] = 1;
      },
      [](const double*, double* D) { D[0] = D[1] = 0.5; });
  const std::vector<double> start = gaussian(grid, {0, 0}, {0.04, 0, 0, 0.04});
  for (const Scheme scheme : {Scheme::splitting, Scheme::tr_bdf2}) compare(c, grid, start, scheme, 1e-4, 0.7);
  const EvolutionReport series = run(c, grid, start, {.scheme = Scheme::uniformisation, .end_time = 0.7}).report(),
                        steps = run(c, grid, start, {.scheme = Scheme::splitting, .end_time = 0.7, .tolerance = 1e-5})
                                    .report();
  EXPECT_NEAR(series.entered, 0.7 * 0.3 * 4, 1e-13);
  EXPECT_NEAR(steps.entered, series.entered, 1e-12);
  EXPECT_NEAR(steps.left[1], series.left[1], 1e-5);
  EXPECT_EQ(series.left[0] + series.left[2] + series.left[3], 0);
}
TEST(evolution, three_dimensions) {
  const Grid grid({axis(-2, 2, 8), axis(-2, 2, 9), axis(-2, 2, 10, Boundary::periodic, Boundary::periodic)});
  const Coefficients c = pointwise(
      3,
      [](const double* x, double* f) {
        f[0] = -x[0] + x[1];
        f[1] = -x[0] - x[1];
        f[2] = 1;
      },
      [](const double* x, double* D) {
        D[0] = 0.3;
        D[1] = 0.3 + 0.1 * x[0] * x[0];
        D[2] = 0.5;
      });
  const std::vector<double> start = gaussian(grid, {0, 0.5, 0}, {0.2, 0, 0, 0, 0.2, 0, 0, 0, 0.1});
  compare(c, grid, start, Scheme::splitting, 1e-3, 0.5);
  compare(c, grid, start, Scheme::tr_bdf2, 1e-3, 0.5);
}

TEST(evolution, chebyshev_waits_until_the_law_is_near_equilibrium) {
  // from far up the wall ‖m‖ in L2(1/π) is 1e13: alone the series would lose all digits
  const Grid grid = line_grid(-3, 3, 300);
  compare(double_well(0.1), grid, point_mass(grid, {2.4}), Scheme::chebyshev, 1e-8, 2);
}

TEST(evolution, orders_of_the_steps) {
  const Grid grid({axis(-3, 3, 40), axis(-3, 3, 40)});
  const Coefficients c = rotating(1, 1, 0.5);
  const std::vector<double> start = gaussian(grid, {1, 0}, {0.25, 0, 0, 0.25});
  const std::vector<double> exact = run(c, grid, start, {.scheme = Scheme::uniformisation, .end_time = 1}).masses();
  const auto slope = [&](Scheme scheme, double step) {
    const auto error = [&](double dt) {
      return distance(run(c, grid, start, {.scheme = scheme, .end_time = 1, .step = dt}).masses(), exact);
    };
    return std::log2(error(step) / error(step / 2));
  };
  EXPECT_NEAR(slope(Scheme::implicit_euler, 1.0 / 32), 1, 0.1);
  EXPECT_NEAR(slope(Scheme::tr_bdf2, 1.0 / 32), 2, 0.1);
  EXPECT_NEAR(slope(Scheme::splitting, 1.0 / 32), 2, 0.1);
}

TEST(evolution, a_scheme_that_goes_negative_falls_back) {
  // a point mass and one long step: TR-BDF2 is not positive there
  const Grid grid = line_grid(-3, 3, 120), plane({axis(-3, 3, 40), axis(-3, 3, 40)});
  const EvolutionSettings one_step{.scheme = Scheme::tr_bdf2, .end_time = 0.2, .tolerance = 1e-4, .step = 0.2};
  for (const Evolution& e : {run(ornstein_uhlenbeck(), grid, point_mass(grid, {0.1}), one_step),
                             run(rotating(1, 1, 0.5), plane, point_mass(plane, {0.1, 0}), one_step)}) {
    const EvolutionReport report = e.report();
    EXPECT_GT(report.fallbacks, 0);
    EXPECT_GE(report.smallest, 0);
    EXPECT_LT(report.mass_defect, 1e-12);
  }
}

TEST(evolution, the_three_calculi_on_gbm) {
  // dx = μ x dt + σ x ∘ dW: the Itô drift is (μ + α σ²) x
  const double mu = 0.1, sigma = 0.4;
  const Grid grid = line_grid(0, 8, 800);
  for (const double alpha : {0.0, 0.5, 1.0}) {
    const double rate = mu + alpha * sigma * sigma;
    const Coefficients c =
        line([=](double x) { return rate * x; }, [=](double x) { return sigma * sigma * x * x / 2; });
    const Evolution e = run(c, grid, point_mass(grid, {1}), {.end_time = 1, .tolerance = 1e-6});
    // the calculi are 8 % apart; the grid's error is O(h²) = 1e-4
    EXPECT_NEAR(mean(grid, e.masses(), 0), std::exp(rate), 2e-4) << alpha;
    const double second = std::exp((2 * rate + sigma * sigma));
    EXPECT_NEAR(covariance(grid, e.masses(), 0, 0), second - std::exp(2 * rate), 1e-3) << alpha;
  }
}

TEST(evolution, coefficients_that_change_in_time) {
  // dx = (−x + sin 3t) dt + √(2 D(t)) dW, D = (1 + cos(2t)/2)/4
  Coefficients c{.dimension = 1, .autonomous = false};
  c.evaluate = [](double t, std::size_t n, const double* x, double* f, double* D) {
    for (std::size_t i = 0; i < n; ++i) {
      f[i] = -x[i] + std::sin(3 * t);
      D[i] = (1 + 0.5 * std::cos(2 * t)) / 4;
    }
  };
  const double t = 2, m = 0.5 * std::exp(-t) + (std::sin(3 * t) - 3 * std::cos(3 * t) + 3 * std::exp(-t)) / 10;
  // Var' = −2 Var + 2 D
  const double v = 0.04 * std::exp(-2 * t) + (1 - std::exp(-2 * t)) / 4 +
                   (std::cos(2 * t) + std::sin(2 * t) - std::exp(-2 * t)) / 16;
  double error[2];
  for (int i = 0; i < 2; ++i) {
    const Grid grid = line_grid(-4, 4, i == 0 ? 100 : 200);
    const Evolution e = run(c, grid, gaussian(grid, {0.5}, {0.04}), {.end_time = t, .tolerance = 1e-6});
    EXPECT_EQ(e.report().scheme, Scheme::tr_bdf2);
    error[i] = distance(e.masses(), gaussian(grid, {m}, {v}));
    EXPECT_NEAR(mean(grid, e.masses(), 0), m, grid.volume() * grid.volume());
  }
  EXPECT_NEAR(error[0] / error[1], 4, 0.2);
  const Grid grid = line_grid(-4, 4, 100);
  EXPECT_THROW(run(c, grid, uniform(grid), {.scheme = Scheme::uniformisation, .end_time = 1}), std::invalid_argument);
}

TEST(evolution, threads_and_interruptions_leave_the_bits) {
  const Grid grid({axis(-3, 3, 160), axis(-3, 3, 160)});
  const Coefficients c = rotating(1, 1, 0.5);
  const std::vector<double> start = gaussian(grid, {1, 0}, {0.25, 0, 0, 0.25});
  for (const Scheme scheme : {Scheme::uniformisation, Scheme::splitting}) {
    const EvolutionSettings settings{.scheme = scheme, .end_time = 0.1, .tolerance = 1e-3};
    Evolution alone(c, grid, start, settings);
    alone.advance_to(0.04);
    const EvolutionState saved = alone.state();
    alone.advance_to(0.1);
    EvolutionSettings threaded = settings;
    threaded.threads = 2;
    Evolution resumed(c, grid, saved, threaded);
    resumed.advance_to(0.1);
    EXPECT_EQ(resumed.masses(), alone.masses());
    EXPECT_EQ(resumed.report().time_error, alone.report().time_error);
  }
}

TEST(evolution, an_edge_that_is_too_near_is_reported) {
  const Grid grid = line_grid(-2, 8, 200);
  const Evolution e = run(ornstein_uhlenbeck(), grid, point_mass(grid, {0}), {.end_time = 3});
  const EvolutionReport report = e.report();
  EXPECT_GT(report.edges[0].mass, 1e-3);
  EXPECT_EQ(report.edges[1].extend, 0);
  const std::vector<std::string> advice = edge_advice(grid, report.edges);
  ASSERT_EQ(advice.size(), 1u);
  EXPECT_THAT(advice[0],
              testing::HasSubstr("of the probability stands at the lower x[1] side (-2): extend the grid to about"));
  // the advice holds: the decay of a Gaussian is faster than the exponential that is extended
  const Grid wider = line_grid(-2 - report.edges[0].extend, 8, 400);
  EXPECT_LT(run(ornstein_uhlenbeck(), wider, point_mass(wider, {0}), {.end_time = 3}).report().edges[0].mass, 1e-10);
  const Grid box = line_grid(0, 1, 20);
  const auto wall = edge_advice(
      box,
      run(line([](double) { return 1; }, [](double) { return 1; }), box, uniform(box), {.end_time = 1}).report().edges);
  EXPECT_THAT(wall, testing::Contains(testing::HasSubstr("does not fall towards it")));
}

TEST(evolution, bad_settings) {
  const Grid grid = line_grid(-1, 1, 10);
  const auto make = [&](EvolutionSettings s) { Evolution(ornstein_uhlenbeck(), grid, uniform(grid), s); };
  EXPECT_THROW(make({.start_time = 1, .end_time = 0}), std::invalid_argument);
  EXPECT_THROW(make({.end_time = 1, .tolerance = 0}), std::invalid_argument);
  EXPECT_THROW(make({.end_time = 1, .step = -1}), std::invalid_argument);
  EXPECT_THROW(make({.end_time = 1, .threads = 0}), std::invalid_argument);
  EXPECT_THROW(Evolution(ornstein_uhlenbeck(), grid, std::vector<double>(9, 1.0), {.end_time = 1}),
               std::invalid_argument);
  EXPECT_THROW(Evolution(ornstein_uhlenbeck(), grid, std::vector<double>(10, -1.0), {.end_time = 1}),
               std::invalid_argument);
  const Grid plane({axis(-1, 1, 4), axis(-1, 1, 4)});
  EXPECT_THROW(Evolution(rotating(1, 1, 1), plane, uniform(plane), {.scheme = Scheme::chebyshev, .end_time = 1}),
               std::invalid_argument);
  Evolution e(ornstein_uhlenbeck(), grid, uniform(grid), {.end_time = 1});
  EXPECT_THROW(e.advance_to(2), std::invalid_argument);
  EXPECT_FALSE(e.advance_to(1, [] { return false; }));
}

TEST(series_weights, sum_to_one_with_a_bounded_tail) {
  for (const double mean : {1e-8, 0.5, 30.0, 2e4}) {
    const SeriesWeights p = poisson_weights(mean, 1e-17);
    EXPECT_LE(p.tail, 1e-16);
    double sum = 0, first = 0;
    for (std::size_t i = 0; i < p.weights.size(); ++i) {
      sum += p.weights[i];
      first += p.weights[i] * double(p.first + i);
    }
    EXPECT_NEAR(sum, 1, 1e-14);
    EXPECT_NEAR(first / mean, 1, 1e-12);
  }
  EXPECT_NEAR(poisson_weights(3, 1e-17).weights[2], 4.5 * std::exp(-3.0), 1e-16);
  EXPECT_NEAR(bessel_weights(1, 1e-17).weights[0], 0.46575960759364043, 1e-15);      // e⁻¹ I₀(1)
  EXPECT_NEAR(bessel_weights(1, 1e-17).weights[1], 2 * 0.20791041534970844, 1e-15);  // 2 e⁻¹ I₁(1)
  EXPECT_NEAR(bessel_weights(400, 1e-17).weights[0], 0.019953361, 1e-8);
}

}  // namespace
}  // namespace thalweg::fokker_planck
