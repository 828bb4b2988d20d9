#include "thalweg/fokker_planck/generator.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/apply.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/link.hpp"
#include "thalweg/fokker_planck/matrix.hpp"

namespace thalweg::fokker_planck {
namespace {

/// Drift and diffusion without symmetry, by coordinate; with all off-diagonal entries when `cross`.
Coefficients rough(int d, bool cross = false) {
  return pointwise(
      d,
      [d](const double* x, double* f) {
        for (int k = 0; k < d; ++k) f[k] = std::sin(3 * x[k] + k) - x[(k + 1) % d];
      },
      [d, cross](const double* x, double* D) {
        for (int k = 0; k < d; ++k) {
          if (!cross) {
            D[k] = 1 + 0.5 * std::cos(x[k] + 0.3 * x[d - 1]);
            continue;
          }
          for (int j = 0; j < d; ++j)
            D[k * d + j] = k == j ? 2 + std::cos(x[0]) : 0.3 * std::sin(2 * (x[0] + x[d - 1]));
        }
      },
      !cross);
}
std::vector<Grid> grids(int d) {
  const Axis closed = axis(-1, 1.2, 6), ring = axis(-1, 1, 5, Boundary::periodic, Boundary::periodic),
             open = axis(-1.1, 1, 7, Boundary::absorbing, Boundary::reflecting),
             open_above = axis(-1, 1, 4, Boundary::reflecting, Boundary::absorbing);
  const std::vector<Axis> first{closed, ring, open}, rest{open_above, ring, closed};
  std::vector<Grid> all;
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<Axis> axes{first[i]};
    for (int a = 1; a < d; ++a) axes.push_back(rest[(i + static_cast<std::size_t>(a)) % 3]);
    all.emplace_back(axes);
  }
  return all;
}

TEST(generator, bernoulli_function) {
  EXPECT_EQ(bernoulli(0), 1);
  EXPECT_EQ(bernoulli(800), 0);
  EXPECT_EQ(bernoulli(-800), 800);
  for (const double z : {1e-300, 1e-12, 1e-5, 0.3, 20.0, 700.0}) {
    EXPECT_NEAR(bernoulli(-z), bernoulli(z) + z, 4e-16 * (1 + z)) << z;
    EXPECT_NEAR(std::log(bernoulli(-z) / bernoulli(z)), z, 1e-15 * (1 + z)) << z;
  }
  EXPECT_NEAR(bernoulli(1e-5), 1 - 0.5e-5 + 1e-10 / 12, 1e-16);
}

TEST(generator, columns_sum_to_what_leaves_through_the_sides) {
  for (const int d : {1, 2, 3})
    for (const bool cross : {false, true}) {
      if (d == 1 && cross) continue;
      for (const Grid& grid : grids(d)) {
        const Generator g = make_generator(rough(d, cross), grid);
        const std::vector<double> leaving = g.leaving();
        std::vector<double> off(grid.cells());  // in the order of the diagonal
        for (const Direction& direction : g.directions)
          for (std::size_t c = 0; c < grid.cells(); ++c) {
            const std::size_t to = grid.neighbour(c, direction.step);
            if (to == grid.cells()) {
              EXPECT_EQ(direction.forward[c], 0);
              EXPECT_EQ(direction.backward[c], 0);
              continue;
            }
            EXPECT_GE(direction.forward[c], 0);
            EXPECT_GE(direction.backward[c], 0);
            off[c] += direction.forward[c];
            off[to] += direction.backward[c];
          }
        for (std::size_t s = 0; s < 6; ++s)
          for (std::size_t i = 0; i < g.exit[s].size(); ++i) {
            EXPECT_GT(g.exit[s][i], 0);
            off[g.exit_cells[s][i]] += g.exit[s][i];
          }
        EXPECT_EQ(off, leaving);  // exactly
      }
    }
}

TEST(generator, lines_agree_with_the_matrix) {
  for (const int d : {1, 2, 3})
    for (const bool cross : {false, true}) {
      if (d == 1 && cross) continue;
      for (const Grid& grid : grids(d)) {
        const Generator g = make_generator(rough(d, cross), grid);
        EXPECT_EQ(g.has_cross_diffusion(), cross);
        const Sparse matrix = matrix_of(g);
        const auto n = static_cast<Eigen::Index>(grid.cells());
        Eigen::VectorXd in(n), out(n);
        for (Eigen::Index c = 0; c < n; ++c) in[c] = std::sin(1.0 + 7.0 * double(c));
        Team team(2);
        apply(LineOperator(g, ActsOn::masses), team, in.data(), out.data());
        EXPECT_LT((out - matrix * in).lpNorm<Eigen::Infinity>(), 1e-13 * g.largest_rate) << d << cross;
        apply(LineOperator(g, ActsOn::functions), team, in.data(), out.data());
        EXPECT_LT((out - matrix.transpose() * in).lpNorm<Eigen::Infinity>(), 1e-13 * g.largest_rate) << d << cross;
      }
    }
}

TEST(generator, entries_are_added_to_masses_only) {
  const Grid grid({Axis{0, 2, 4, {Boundary::inflow, 3}, {}}, axis(0, 1, 5)});
  const Generator g = make_generator(rough(2), grid);
  const std::vector<double> zero(grid.cells());
  std::vector<double> out(grid.cells());
  Team team;
  apply(LineOperator(g, ActsOn::masses), team, zero.data(), out.data());
  EXPECT_NEAR(total(out), 3.0, 1e-14);  // flux times the side's length, 1
  EXPECT_EQ(out[5], 0);
  apply(LineOperator(g, ActsOn::functions), team, zero.data(), out.data());
  EXPECT_EQ(total(out), 0);
}

TEST(generator, without_diffusion_it_is_upwind) {
  const Grid grid({axis(0, 1, 10)});
  const Generator g = make_generator(line([](double) { return 2.0; }, [](double) { return 0.0; }), grid);
  EXPECT_EQ(g.directions[0].backward[3], 0);
  EXPECT_NEAR(g.directions[0].forward[3], 20, 1e-12);
}

TEST(generator, detailed_balance_is_found_out) {
  const Grid plane({axis(-3, 3, 20), axis(-3, 3, 24)});
  EXPECT_TRUE(log_equilibrium(make_generator(rotating(1, 0, 0.5), plane)));
  EXPECT_FALSE(log_equilibrium(make_generator(rotating(1, 0.01, 0.5), plane)));
  // a constant wind drives a current round a ring only
  const Coefficients wind = line([](double) { return 1.0; }, [](double) { return 1.0; });
  EXPECT_TRUE(log_equilibrium(make_generator(wind, Grid({axis(0, 1, 10)}))));
  EXPECT_FALSE(log_equilibrium(make_generator(wind, Grid({axis(0, 1, 10, Boundary::periodic, Boundary::periodic)}))));
}

TEST(generator, a_density_that_is_not_in_balance_is_refused) {
  Coefficients c = double_well(0.25);
  c.log_stationary = [](std::size_t n, const double* x, double* l) {
    for (std::size_t i = 0; i < n; ++i) l[i] = -(std::pow(x[i], 4) / 4 - x[i] * x[i] / 2) / 0.25;
  };
  const Grid grid({axis(-2, 2, 40)});
  EXPECT_NO_THROW(make_generator(c, grid));
  Coefficients wrong = double_well(0.24);
  wrong.log_stationary = c.log_stationary;
  EXPECT_THROW(make_generator(wrong, grid), Error);
}

}  // namespace
}  // namespace thalweg::fokker_planck
