#include "thalweg/fokker_planck/spectrum.hpp"

#include <gmock/gmock.h>

#include "cases.hpp"
#include "thalweg/fokker_planck/backward.hpp"
#include "thalweg/fokker_planck/stationary.hpp"

namespace thalweg::fokker_planck {
namespace {

Spectrum of(const Coefficients& c, const Grid& grid, int count) { return spectrum(make_generator(c, grid), count); }

TEST(spectrum, free_diffusion_between_walls) {
  const double D = 0.7, L = 3;
  const std::size_t cells = 60;
  const Grid grid({axis(0, L, cells)});
  const double h = grid.axis(0).spacing();
  const Spectrum s = of(line([](double) { return 0; }, [=](double) { return D; }), grid, 12);
  EXPECT_TRUE(s.detailed_balance);
  for (std::size_t n = 1; n <= 12; ++n) {
    const double root = std::sin(M_PI * double(n) * h / (2 * L)), exact = -4 * D / (h * h) * root * root;
    EXPECT_NEAR(s.values[n - 1].real() / exact, 1, 1e-10) << n;
    EXPECT_EQ(s.values[n - 1].imag(), 0);
  }
}
TEST(spectrum, ou_has_integers) {
  const auto values = [](std::size_t cells) { return of(ornstein_uhlenbeck(), Grid({axis(-8, 8, cells)}), 5).values; };
  const auto coarse = values(200), fine = values(400);
  for (std::size_t n = 0; n < 5; ++n)
    EXPECT_NEAR((4 * fine[n].real() - coarse[n].real()) / 3, -double(n + 1), 1e-4 * double(n + 1));
}
TEST(spectrum, gaps_of_a_double_well) {
  const double temperatures[] = {0.25, 0.125, 0.0625, 0.05}, gaps[] = {0.187170, 0.0568183, 0.00744490, 0.00277614},
               next[] = {1.50103, 1.01957, 0.82760, 0.82225};
  for (int i = 0; i < 4; ++i) {
    const Spectrum coarse = of(double_well(temperatures[i]), Grid({axis(-3, 3, 400)}), 2),
                   fine = of(double_well(temperatures[i]), Grid({axis(-3, 3, 800)}), 2);
    EXPECT_NEAR(-fine.values[0].real() / gaps[i], 1, 1e-4) << temperatures[i];
    EXPECT_NEAR(-(4 * fine.values[0].real() - coarse.values[0].real()) / 3 / gaps[i], 1, 1e-5) << temperatures[i];
    EXPECT_NEAR(-(4 * fine.values[1].real() - coarse.values[1].real()) / 3 / next[i], 1, 1e-5) << temperatures[i];
  }
}
TEST(spectrum, tiny_gaps_keep_their_digits) {
  // about 1e-12 and 1e-22, by transition-path theory from the committor, whose solution has no cancellation
  for (const double T : {0.01, 0.005}) {
    const Grid grid({axis(-1.6, 1.6, 400)});
    const Generator g = make_generator(double_well(T), grid);
    const auto left = cells_where(grid, [](const double*x) { return *x < -0.9; }),
               right = cells_where(grid, [](const double*x) { return *x > 0.9; });
    const std::vector<double> q = committor(g, left, right);
    const double rate = reactive_rate(g, left, q, stationary(g).masses);
    EXPECT_NEAR(-spectrum(g, 1).values[0].real() / (4 * rate), 1, 1e-4) << T;  // ½ in each well
  }
}
TEST(spectrum, rotating_ou_has_pairs) {
  const double a = 1, omega = 1;
  const auto values = [&](std::size_t n) {
    return of(rotating(a, omega, 0.5), Grid({axis(-4, 4, n), axis(-4, 4, n)}), 5).values;
  };
  const auto coarse = values(40), fine = values(80);
  const std::complex<double> exact[] = {
      {-a, omega}, {-a, -omega}, {-2 * a, 2 * omega}, {-2 * a, 0}, {-2 * a, -2 * omega}};
  for (const auto& wanted : exact) {
    const auto nearest = [&](const auto& list) {
      return *std::min_element(list.begin(), list.end(),
                               [&](auto x, auto y) { return std::abs(x - wanted) < std::abs(y - wanted); });
    };
    const auto c = nearest(coarse), f = nearest(fine);
    EXPECT_LT(std::abs(f - wanted), 0.02) << wanted;
    EXPECT_NEAR(std::abs(c - wanted) / std::abs(f - wanted), 4, 0.5) << wanted;
  }
}
TEST(spectrum, survival_between_absorbing_walls) {
  const double L = 1.5;
  const auto slowest = [&](std::size_t cells) {
    return of(line([](double) { return 0; }, [](double) { return 0.5; }),
              Grid({axis(-L, L, cells, Boundary::absorbing, Boundary::absorbing)}), 1)
        .values[0]
        .real();
  };
  const double exact = -M_PI * M_PI / (8 * L * L), c = slowest(100), f = slowest(200);
  EXPECT_NEAR(f / exact, 1, 1e-3);
  EXPECT_NEAR((4 * f - c) / 3 / exact, 1, 1e-6);
}
TEST(spectrum, functions_are_orthonormal_left_eigenfunctions) {
  const Grid grid({axis(-3, 3, 120)});
  const Generator g = make_generator(double_well(0.25), grid);
  const Spectrum s = spectrum(g, 3);
  const std::vector<double> pi = stationary(g).masses;
  for (std::size_t i = 0; i < 3; ++i) {
    double with_one = 0;
    for (std::size_t c = 0; c < pi.size(); ++c) with_one += pi[c] * s.functions[i][c];
    EXPECT_NEAR(with_one, 0, 1e-9);
    for (std::size_t j = 0; j < 3; ++j) {
      double product = 0;
      for (std::size_t c = 0; c < pi.size(); ++c) product += pi[c] * s.functions[i][c] * s.functions[j][c];
      EXPECT_NEAR(product, i == j, 1e-9);
    }
    EXPECT_LT(s.residuals[i], 1e-9 * g.largest_rate);
  }
}
TEST(spectrum, counts_are_checked) {
  const Grid grid({axis(-3, 3, 10)});
  EXPECT_THROW(of(ornstein_uhlenbeck(), grid, 0), std::invalid_argument);
  EXPECT_THROW(of(ornstein_uhlenbeck(), grid, 9), std::invalid_argument);
  EXPECT_EQ(of(ornstein_uhlenbeck(), grid, 8).values.size(), 8u);
}

}  // namespace
}  // namespace thalweg::fokker_planck
