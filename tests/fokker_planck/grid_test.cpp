#include "thalweg/fokker_planck/grid.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/initial.hpp"

namespace thalweg::fokker_planck {
namespace {

using testing::HasSubstr;

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing thrown";
}

TEST(grid, bad_axes_are_named) {
  const auto make = [](Axis a) { return message([=] { Grid({axis(0, 1, 4), a}); }); };
  EXPECT_THAT(make(axis(1, 0, 4)), HasSubstr("axis 2: expected finite low < high; found 1:0"));
  EXPECT_THAT(make(axis(0, 1, 1)), HasSubstr("axis 2: expected at least 2 cells; found 1"));
  EXPECT_THAT(make(axis(0, 1, 4, Boundary::periodic)), HasSubstr("periodic means both sides"));
  EXPECT_THAT(make({0, 1, 4, {Boundary::inflow, -1}, {}}),
              HasSubstr("flux that enters must be finite and >= 0; found -1"));
  EXPECT_THAT(make({0, 1, 4, {Boundary::absorbing, 1}, {}}), HasSubstr("the side is absorbing: expected inflow"));
  EXPECT_THAT(make(axis(1e15, 1e15 + 1, 4)), HasSubstr("narrower than rounding"));
}
TEST(grid, more_than_three_dimensions_offer_paths) {
  EXPECT_THAT(message([] { Grid(std::vector<Axis>(4, axis(0, 1, 4))); }), HasSubstr("Simulate paths"));
}
TEST(grid, neighbours_sides_and_places) {
  const Grid grid({axis(0, 3, 3), axis(0, 4, 4, Boundary::periodic, Boundary::periodic)});
  EXPECT_EQ(grid.neighbour(3, {0, 1, 0}), 0u);  // round the last axis
  EXPECT_EQ(grid.neighbour(0, {1, -1, 0}), 7u);
  EXPECT_EQ(grid.neighbour(0, {-1, 0, 0}), grid.cells());
  EXPECT_EQ(grid.cells_of_side(1), (std::vector<std::size_t>{8, 9, 10, 11}));
  EXPECT_EQ(grid.cells_of_side(2), (std::vector<std::size_t>{0, 4, 8}));
  const double inside[] = {2.5, 3.999}, outside[] = {3.1, 1};
  EXPECT_EQ(grid.locate(inside), 11u);
  EXPECT_EQ(grid.locate(outside), grid.cells());
}
TEST(grid, coefficients_that_are_no_numbers_are_placed) {
  const Grid grid({axis(-1, 1, 4)});
  EXPECT_THAT(
      message([&] { make_generator(line([](double x) { return std::log(x); }, [](double) { return 1.0; }), grid); }),
      HasSubstr("drift[1] is"));
  EXPECT_THAT(message([&] { make_generator(line([](double) { return 0; }, [](double x) { return x; }), grid); }),
              HasSubstr("D[1,1] = -0.5 < 0 at x = (-0.5)"));
  EXPECT_THAT(message([&] { make_generator(rotating(1, 1, 1), grid); }), HasSubstr("2 coordinates, the grid 1 axes"));
}

TEST(initial, point_mass_keeps_its_mean) {
  const Grid grid({axis(-1, 2, 7), axis(0, 1, 5)});
  const std::vector<double> m = point_mass(grid, {0.37, 0.61});
  EXPECT_NEAR(total(m), 1, 1e-15);
  EXPECT_NEAR(mean(grid, m, 0), 0.37, 1e-15);
  EXPECT_NEAR(mean(grid, m, 1), 0.61, 1e-15);
}
TEST(initial, point_mass_at_a_side) {
  const Grid grid({axis(0, 1, 4)}), ring({axis(0, 1, 4, Boundary::periodic, Boundary::periodic)});
  EXPECT_EQ(point_mass(grid, {1.0}), (std::vector<double>{0, 0, 0, 1}));
  EXPECT_EQ(point_mass(ring, {1.0}), (std::vector<double>{0.5, 0, 0, 0.5}));
}
TEST(initial, gaussians_have_their_moments) {
  const Grid grid({axis(-6, 6, 120), axis(-6, 6, 120)});
  // Sheppard: masses gathered at centres have h²/12 more variance, to exponentially small terms
  const double h = 0.1;
  for (const double c : {0.0, 0.3}) {
    const std::vector<double> m = gaussian(grid, {0.2, -0.3}, {0.5, c, c, 0.8});
    EXPECT_NEAR(mean(grid, m, 0), 0.2, 1e-9);
    EXPECT_NEAR(covariance(grid, m, 0, 0), 0.5 + h * h / 12, 1e-8);
    EXPECT_NEAR(covariance(grid, m, 1, 1), 0.8 + h * h / 12, 1e-8);
    EXPECT_NEAR(covariance(grid, m, 0, 1), c, 1e-8);
  }
}
TEST(initial, a_log_density_is_averaged) {
  const Grid grid({axis(-5, 5, 50)});
  const auto m = from_log_density(grid, [](std::size_t n, const double* x, double* l) {
    for (std::size_t i = 0; i < n; ++i) l[i] = 700 - x[i] * x[i] / 2;  // any constant
  });
  EXPECT_LT(distance(m, gaussian(grid, {0}, {1})), 1e-6);
}
TEST(initial, laws_off_the_grid_are_refused) {
  const Grid grid({axis(-1, 1, 10)});
  EXPECT_THAT(message([&] { point_mass(grid, {1.5}); }), HasSubstr("x[1] = 1.5 is not in [-1, 1]"));
  EXPECT_THAT(message([&] { gaussian(grid, {1}, {0.25}); }), HasSubstr("of the initial law is off the grid"));
  EXPECT_THAT(message([&] { gaussian(grid, {0}, {-1}); }), HasSubstr("positive definite"));
  const auto nothing = [](std::size_t n, const double*, double* l) { std::fill_n(l, n, -INFINITY); };
  EXPECT_THAT(message([&] { from_log_density(grid, nothing); }), HasSubstr("zero everywhere on the grid"));
}

}  // namespace
}  // namespace thalweg::fokker_planck
