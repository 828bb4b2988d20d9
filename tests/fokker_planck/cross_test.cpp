// Cross diffusion: full tensors on rectangular cells.
#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/evolution.hpp"
#include "thalweg/fokker_planck/initial.hpp"
#include "thalweg/fokker_planck/stationary.hpp"

namespace thalweg::fokker_planck {
namespace {

/// D constant, f = −D x: N(0, 1) whatever D is.
Coefficients correlated(double D11, double D12, double D22) {
  Coefficients c = pointwise(
      2,
      [=](const double* x, double* f) {
        f[0] = -D11 * x[0] - D12 * x[1];
        f[1] = -D12 * x[0] - D22 * x[1];
      },
      [=](const double*, double* D) {
        D[0] = D11;
        D[1] = D[2] = D12;
        D[3] = D22;
      },
      false);
  c.constant_diffusion = true;
  return c;
}
std::string refusal(const Coefficients& c, const Grid& grid) {
  try {
    make_generator(c, grid);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(cross_diffusion, is_accepted_up_to_the_threshold) {
  // h_1/h_2 = 2: D_11 >= 2 |D_12| and D_22 >= |D_12|/2
  const Grid grid({axis(-4, 4, 20), axis(-4, 4, 40)});
  for (const double sign : {1.0, -1.0}) {
    EXPECT_EQ(refusal(correlated(1, sign * 0.4999, 1), grid), "");
    EXPECT_NE(refusal(correlated(1, sign * 0.5001, 1), grid), "");
    EXPECT_EQ(refusal(correlated(2.001, sign, 0.501), grid), "");
    EXPECT_NE(refusal(correlated(3, sign, 0.499), grid), "");
  }
}
TEST(cross_diffusion, a_refusal_says_which_cells_do) {
  const Coefficients c = correlated(1, 0.9, 1);
  const std::string text = refusal(c, Grid({axis(-4, 4, 20), axis(-4, 4, 40)}));
  EXPECT_THAT(text, testing::HasSubstr("cross diffusion is too strong for these cells at x = ("));
  EXPECT_THAT(text, testing::HasSubstr("20 cells along axis 1 with 20 along axis 2"));
  EXPECT_EQ(refusal(c, Grid({axis(-4, 4, 20), axis(-4, 4, 20)})), "");
  // strong correlation in opposite corners of the plane: no rectangle does
  const Coefficients twisted = pointwise(
      2, [](const double*, double* f) { f[0] = f[1] = 0; },
      [](const double* x, double* D) {
        D[0] = x[0] > 0 ? 10 : 0.1;
        D[3] = x[0] > 0 ? 0.1 : 10;
        D[1] = D[2] = 0.9;
      },
      false);
  EXPECT_THAT(refusal(twisted, Grid({axis(-1, 1, 20), axis(-1, 1, 20)})),
              testing::HasSubstr("No rectangular cells do"));
}

TEST(cross_diffusion, spreads_by_twice_the_tensor) {
  // pure diffusion from a point: the scheme's covariance grows by 2 D exactly while the sides are not felt
  const Coefficients c = pointwise(
      2, [](const double*, double* f) { f[0] = f[1] = 0; },
      [](const double*, double* D) {
        D[0] = 1;
        D[1] = D[2] = -0.3;
        D[3] = 0.5;
      },
      false);
  const Grid grid({axis(-5, 5, 61), axis(-5, 5, 61)});
  Evolution evolution(c, grid, point_mass(grid, {0, 0}), {.scheme = Scheme::uniformisation, .end_time = 0.2});
  evolution.advance_to(0.2);
  EXPECT_NEAR(covariance(grid, evolution.masses(), 0, 0), 0.4, 1e-10);
  EXPECT_NEAR(covariance(grid, evolution.masses(), 0, 1), -0.12, 1e-10);
  EXPECT_NEAR(covariance(grid, evolution.masses(), 1, 1), 0.2, 1e-10);
  EXPECT_LT(evolution.report().mass_defect, 1e-12);
  EXPECT_GE(evolution.report().smallest, 0);
}

TEST(cross_diffusion, keeps_detailed_balance) {
  const Grid grid({axis(-4, 4, 40), axis(-4, 4, 40)});
  const Stationary law = stationary(make_generator(correlated(1, 0.6, 1), grid));
  EXPECT_EQ(law.method, StationaryMethod::detailed_balance);
  for (const std::size_t c : {std::size_t{0}, std::size_t{333}, std::size_t{1000}}) {
    double x[2], y[2];
    grid.center(c, x);
    grid.center(820, y);
    EXPECT_NEAR(std::log(law.masses[c] / law.masses[820]), (y[0] * y[0] + y[1] * y[1] - x[0] * x[0] - x[1] * x[1]) / 2,
                1e-9);
  }
  EXPECT_LT(law.residual, 1e-10);
}

TEST(cross_diffusion, a_tensor_that_varies_has_its_divergence) {
  // D = (1 + x₁²/4)(1, ½; ½, 1), f = ∇·D − D x: N(0, 1) again, only if all of ∇·D is seen
  const Coefficients c = pointwise(
      2,
      [](const double* x, double* f) {
        const double s = 1 + x[0] * x[0] / 4, slope = x[0] / 2;
        f[0] = slope - s * (x[0] + x[1] / 2);
        f[1] = slope / 2 - s * (x[0] / 2 + x[1]);
      },
      [](const double* x, double* D) {
        const double s = 1 + x[0] * x[0] / 4;
        D[0] = D[3] = s;
        D[1] = D[2] = s / 2;
      },
      false);
  // the middle rule along links: f/D is linear here, so the law is that of the grid to rounding
  const Grid grid({axis(-4, 4, 32), axis(-4, 4, 32)});
  const Stationary law = stationary(make_generator(c, grid));
  double variance = covariance(grid, law.masses, 0, 0), cross = covariance(grid, law.masses, 0, 1), x[2], sum = 0,
         square = 0;
  for (std::size_t cell = 0; cell < grid.cells(); ++cell) {
    grid.center(cell, x);
    const double p = std::exp(-(x[0] * x[0] + x[1] * x[1]) / 2);
    sum += p;
    square += p * x[0] * x[0];
  }
  EXPECT_NEAR(variance, square / sum, 1e-8);
  EXPECT_NEAR(cross, 0, 1e-8);
}

TEST(cross_diffusion, cannot_be_split) {
  const Grid grid({axis(-4, 4, 20), axis(-4, 4, 20)});
  EXPECT_THROW(Evolution(correlated(1, 0.5, 1), grid, uniform(grid), {.scheme = Scheme::splitting, .end_time = 1}),
               std::invalid_argument);
}

}  // namespace
}  // namespace thalweg::fokker_planck
