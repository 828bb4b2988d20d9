#include "thalweg/fokker_planck/stationary.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/current.hpp"
#include "thalweg/fokker_planck/initial.hpp"

namespace thalweg::fokker_planck {
namespace {

/// At the centres, normalised.
std::vector<double> at_centres(const Grid& grid, const std::function<double(const double*)>& log_density) {
  std::vector<double> m(grid.cells());
  double x[3];
  for (std::size_t c = 0; c < m.size(); ++c) {
    grid.center(c, x);
    m[c] = std::exp(log_density(x));
  }
  const double sum = total(m);
  for (double& value : m) value /= sum;
  return m;
}

TEST(stationary, boltzmann_in_a_double_well) {
  for (const double T : {0.25, 0.05}) {
    const Grid grid({axis(-3, 3, 200)});
    const Stationary law = stationary(make_generator(double_well(T), grid));
    EXPECT_EQ(law.method, StationaryMethod::detailed_balance);
    const auto exact = at_centres(grid, [=](const double* x) { return -(std::pow(*x, 4) / 4 - *x * *x / 2) / T; });
    EXPECT_LT(distance(law.masses, exact), 1e-11);
    EXPECT_LT(law.residual, 1e-11);
    EXPECT_GE(law.smallest, 0);
  }
}
TEST(stationary, multiplicative_noise) {
  // D = (1 + x²)/2, f = −x in Itô: p ∝ exp(∫ f/D)/D = (1 + x²)^−2; without ∂D it would be (1 + x²)^−1
  double error[2];
  for (int i = 0; i < 2; ++i) {
    const Grid grid({axis(-6, 6, i == 0 ? 60 : 120)});
    const Coefficients c = line([](double x) { return -x; }, [](double x) { return (1 + x * x) / 2; });
    const auto exact = at_centres(grid, [](const double* x) { return -2 * std::log(1 + *x * *x); });
    error[i] = distance(stationary(make_generator(c, grid)).masses, exact);
  }
  EXPECT_NEAR(error[0] / error[1], 16, 2);  // Simpson's rule along links
  EXPECT_LT(error[1], 1e-5);
}
TEST(stationary, a_given_density_is_exact_at_the_centres) {
  Coefficients c = line([](double x) { return -std::sinh(x); }, [](double) { return 0.7; });
  c.log_stationary = [](std::size_t n, const double* x, double* l) {
    for (std::size_t i = 0; i < n; ++i) l[i] = -std::cosh(x[i]) / 0.7;
  };
  const Grid grid({axis(-4, 4, 30)});
  EXPECT_LT(distance(stationary(make_generator(c, grid)).masses,
                     at_centres(grid, [](const double* x) { return -std::cosh(*x) / 0.7; })),
            1e-13);
}

TEST(stationary, elimination_and_sparse_factors_agree) {
  const auto law = [](std::size_t cells) {
    return stationary(make_generator(rotating(1, 1, 0.5), Grid({axis(-3, 3, cells), axis(-3, 3, 24)})));
  };
  EXPECT_EQ(law(25).method, StationaryMethod::elimination);
  EXPECT_EQ(law(26).method, StationaryMethod::sparse);
  for (const std::size_t cells : {25, 26}) {
    const Stationary found = law(cells);
    EXPECT_LT(found.residual, 1e-12);
    EXPECT_GT(found.smallest, 0);
    const Grid grid({axis(-3, 3, cells), axis(-3, 3, 24)});
    EXPECT_LT(distance(found.masses, gaussian(grid, {0, 0}, {0.5, 0, 0, 0.5})), 0.02);
  }
}

TEST(stationary, current_of_a_rotating_ou) {
  const double a = 1, omega = 1.5, D = 0.5;
  double error[2], produced[2];
  for (int i = 0; i < 2; ++i) {
    const std::size_t n = i == 0 ? 40 : 80;
    const Grid grid({axis(-4, 4, n), axis(-4, 4, n)});
    const Generator g = make_generator(rotating(a, omega, D), grid);
    const Stationary law = stationary(g);
    const Current flow = current(g, law.masses);
    error[i] = 0;
    double norm = 0, x[2];
    for (std::size_t c = 0; c < grid.cells(); ++c) {
      grid.center(c, x);
      const double p = std::exp(-(x[0] * x[0] + x[1] * x[1]) * a / (2 * D)) * a / (2 * M_PI * D);
      error[i] +=
          std::hypot(flow.field[2 * c] + omega * x[1] * p, flow.field[2 * c + 1] - omega * x[0] * p) * grid.volume();
      norm += omega * std::hypot(x[0], x[1]) * p * grid.volume();
    }
    EXPECT_NEAR(flow.norm, norm, 0.02 * norm);
    EXPECT_LT(flow.divergence, 1e-12);
    produced[i] = flow.entropy_production;
  }
  EXPECT_NEAR(error[0] / error[1], 4, 0.5);
  EXPECT_LT(error[1], 0.01);
  EXPECT_NEAR((4 * produced[1] - produced[0]) / 3, 2 * omega * omega / a, 0.01);
}
TEST(stationary, no_current_where_balance_holds) {
  const Grid grid({axis(-3, 3, 100)});
  const Generator g = make_generator(double_well(0.25), grid);
  const Current flow = current(g, stationary(g).masses);
  EXPECT_LT(flow.norm, 1e-12);
  EXPECT_LT(flow.entropy_production, 1e-20);
}
TEST(stationary, a_wind_round_a_ring) {
  // f = 1 + sin x round [0, 2π): the current is the same everywhere
  const Grid grid({axis(0, 2 * M_PI, 200, Boundary::periodic, Boundary::periodic)});
  const Generator g = make_generator(line([](double x) { return 1 + std::sin(x); }, [](double) { return 0.5; }), grid);
  const Current flow = current(g, stationary(g).masses);
  const auto [least, most] = std::minmax_element(flow.field.begin(), flow.field.end());
  EXPECT_NEAR(*least, *most, 1e-13);
  EXPECT_GT(*least, 0.05);
}
TEST(stationary, inflow_against_absorption) {
  // D p'' = 0: a flux J enters at 0, p = 0 at 1: p = J (1 − x)/D
  const Grid grid({Axis{0, 1, 50, {Boundary::inflow, 2}, {Boundary::absorbing, 0}}});
  const Generator g = make_generator(line([](double) { return 0; }, [](double) { return 0.5; }), grid);
  const Stationary law = stationary(g);
  EXPECT_EQ(law.method, StationaryMethod::inflow);
  for (std::size_t c = 0; c < grid.cells(); ++c)
    EXPECT_NEAR(law.masses[c] / grid.volume(), 4 * (1 - grid.axis(0).center(c)), 1e-11);
  const Current flow = current(g, law.masses);
  for (const double J : flow.field) EXPECT_NEAR(J, 2, 1e-11);
}
TEST(stationary, a_coordinate_without_noise_is_upwind) {
  // dx = v dt, dv = (−x − v) dt + √2 dW: N(0, 1), to first order in the width along x
  double error[2];
  for (int i = 0; i < 2; ++i) {
    const std::size_t n = i == 0 ? 40 : 80;
    const Grid grid({axis(-5, 5, n), axis(-5, 5, n)});
    const Coefficients c = pointwise(
        2,
        [](const double* x, double* f) {
          f[0] = x[1];
          f[1] = -x[0] - x[1];
        },
        [](const double*, double* D) {
          D[0] = 0;
          D[1] = 1;
        });
    const Stationary law = stationary(make_generator(c, grid));
    EXPECT_EQ(law.method, StationaryMethod::sparse);
    EXPECT_GE(law.smallest, 0);
    error[i] = distance(law.masses, gaussian(grid, {0, 0}, {1, 0, 0, 1}));
  }
  EXPECT_GT(error[0] / error[1], 1.7);
  EXPECT_LT(error[0] / error[1], 2.3);
}
TEST(stationary, what_has_none) {
  const auto law = [](const Coefficients& c, Axis a) { return stationary(make_generator(c, Grid({a}))); };
  EXPECT_THROW(law(ornstein_uhlenbeck(), axis(-1, 1, 10, Boundary::absorbing)), Error);
  EXPECT_THROW(law(ornstein_uhlenbeck(), Axis{-1, 1, 10, {Boundary::inflow, 1}, {}}), Error);
  // two points attract and there is no noise
  EXPECT_THROW(law(line([](double x) { return x - x * x * x; }, [](double) { return 0; }), axis(-2, 2, 21)), Error);
}

}  // namespace
}  // namespace thalweg::fokker_planck
