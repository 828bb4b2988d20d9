#include "thalweg/fokker_planck/backward.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/evolution.hpp"
#include "thalweg/fokker_planck/initial.hpp"

namespace thalweg::fokker_planck {
namespace {

const Coefficients brownian = line([](double) { return 0; }, [](double) { return 0.5; });

TEST(backward, exit_of_brownian_motion) {
  const double L = 2;
  for (const std::size_t cells : {50, 100}) {
    const Grid grid({axis(-L, L, cells, Boundary::absorbing, Boundary::absorbing)});
    const std::vector<double> T = mean_first_passage(make_generator(brownian, grid));
    const double h = grid.axis(0).spacing();
    // (L² − x²) solves the scheme but for half a cell at the walls: h²/4 more everywhere
    for (std::size_t c = 0; c < cells; c += 7)
      EXPECT_NEAR(T[c], L * L - std::pow(grid.axis(0).center(c), 2) + h * h / 4, 1e-10);
  }
}
TEST(backward, committor_of_a_slope) {
  // D q'' + f q' = 0: q = (1 − e^{−2μx})/(1 − e^{−2μ}) for D = ½, f = μ between centres a and b
  const double mu = 1.5;
  const Grid grid({axis(-0.25, 1.25, 150)});
  const Generator g = make_generator(line([=](double) { return mu; }, [](double) { return 0.5; }), grid);
  const auto a = cells_where(grid, [](const double*x) { return *x < 0; }),
             b = cells_where(grid, [](const double*x) { return *x > 1; });
  const std::vector<double> q = committor(g, a, b);
  const double low = -0.005, high = 1.005;  // the outermost centres of the sets
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    const double x = std::clamp(grid.axis(0).center(c), low, high);
    EXPECT_NEAR(q[c], std::expm1(-2 * mu * (x - low)) / std::expm1(-2 * mu * (high - low)), 1e-12);
  }
}
TEST(backward, passage_over_a_barrier) {
  // τ(x) = ∫_x^b dy e^{V/T}/T ∫_{−∞}^y e^{−V/T}, by sums on a grid ten times finer
  const double T = 0.125, b = 0.98, start = -1.0;
  const auto V = [](double x) { return std::pow(x, 4) / 4 - x * x / 2; };
  double inner = 0, exact = 0;
  const double fine = 1e-4;
  for (double y = -3 + fine / 2; y < b; y += fine) {
    inner += fine / 2 * std::exp(-V(y) / T);
    if (y > start) exact += fine * std::exp(V(y) / T) / T * inner;
    inner += fine / 2 * std::exp(-V(y) / T);
  }
  double time[2];
  for (int i = 0; i < 2; ++i) {
    // a centre at −1 and the first centre of the target at b, on both grids
    const double h = i == 0 ? 0.02 : 0.01;
    const Grid grid({axis(-3 - h / 2, 3 - h / 2, i == 0 ? 300 : 600)});
    const Generator g = make_generator(double_well(T), grid);
    const auto target = cells_where(grid, [=](const double* x) { return *x > b - 1e-9; });
    const double at[] = {start};
    time[i] = mean_first_passage(g, target)[grid.locate(at)];
  }
  EXPECT_NEAR((4 * time[1] - time[0]) / 3 / exact, 1, 1e-5);
}
TEST(backward, is_the_dual_of_forward) {
  const Grid grid({axis(-2, 2, 20), axis(-2, 2, 22, Boundary::absorbing)});
  const Coefficients c = rotating(1, 1, 0.5);
  const std::vector<double> start = gaussian(grid, {0.5, 0}, {0.1, 0, 0, 0.1});
  std::vector<double> phi(grid.cells());
  double x[2];
  for (std::size_t i = 0; i < phi.size(); ++i) {
    grid.center(i, x);
    phi[i] = std::sin(x[0]) + x[1] * x[1];
  }
  Evolution forward(c, grid, start, {.scheme = Scheme::uniformisation, .end_time = 0.6});
  forward.advance_to(0.6);
  const std::vector<double> u = expectation(forward.generator(), phi, 0.6);
  double from_law = 0, from_start = 0;
  for (std::size_t i = 0; i < phi.size(); ++i) {
    from_law += forward.masses()[i] * phi[i];
    from_start += start[i] * u[i];
  }
  EXPECT_NEAR(from_law, from_start, 1e-13);
}
TEST(backward, conditions_that_make_no_sense) {
  const Grid grid({axis(-1, 1, 10)});
  const Generator g = make_generator(ornstein_uhlenbeck(), grid);
  const auto low = cells_where(grid, [](const double*x) { return *x < -0.5; }),
             none = cells_where(grid, [](const double*) { return false; });
  EXPECT_THROW(mean_first_passage(g), Error);
  EXPECT_THROW(mean_first_passage(g, none), Error);
  EXPECT_THROW(committor(g, low, none), Error);
  EXPECT_THROW(committor(g, low, low), Error);
  EXPECT_THROW(committor(g, low, {}), std::invalid_argument);
}

}  // namespace
}  // namespace thalweg::fokker_planck
