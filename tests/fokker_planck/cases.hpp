// Equations with known answers.
#pragma once
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

/// f and D (diagonal entries, or the whole tensor row by row) as functions of one point.
inline Coefficients pointwise(int d, std::function<void(const double* x, double* f)> drift,
                              std::function<void(const double* x, double* D)> diffusion, bool diagonal = true) {
  Coefficients c{.dimension = d, .diagonal = diagonal};
  const auto n_d = static_cast<std::size_t>(d), n_D = c.diffusion_size();
  c.evaluate = [=](double, std::size_t n, const double* x, double* f, double* D) {
    for (std::size_t i = 0; i < n; ++i) {
      drift(x + i * n_d, f + i * n_d);
      diffusion(x + i * n_d, D + i * n_D);
    }
  };
  return c;
}
inline Coefficients line(std::function<double(double)> drift, std::function<double(double)> diffusion) {
  return pointwise(
      1, [=](const double* x, double* f) { *f = drift(*x); }, [=](const double* x, double* D) { *D = diffusion(*x); });
}

/// dx = −x dt + √2 dW.
inline Coefficients ornstein_uhlenbeck() {
  return line([](double x) { return -x; }, [](double) { return 1.0; });
}
/// V = x⁴/4 − x²/2, dx = −V' dt + √(2T) dW.
inline Coefficients double_well(double temperature) {
  return line([](double x) { return x - x * x * x; }, [=](double) { return temperature; });
}
/// dx = (−a + ωJ) x dt + √(2D) dW in the plane: N(0, D/a), with a current ωJx p.
inline Coefficients rotating(double a, double omega, double D) {
  return pointwise(
      2,
      [=](const double* x, double* f) {
        f[0] = -a * x[0] - omega * x[1];
        f[1] = omega * x[0] - a * x[1];
      },
      [=](const double*, double* out) { out[0] = out[1] = D; });
}

inline Axis axis(double low, double high, std::size_t cells, Boundary lower = Boundary::reflecting,
                 Boundary upper = Boundary::reflecting) {
  return {low, high, cells, {lower, 0}, {upper, 0}};
}

inline double total(const std::vector<double>& m) { return std::accumulate(m.begin(), m.end(), 0.0); }
/// E[x_a] and E[x_a x_b] with all mass at the centres.
inline double mean(const Grid& grid, const std::vector<double>& m, int a) {
  double sum = 0;
  for (std::size_t c = 0; c < m.size(); ++c) sum += m[c] * grid.axis(a).center(grid.index(c, a));
  return sum;
}
inline double covariance(const Grid& grid, const std::vector<double>& m, int a, int b) {
  const double mean_a = mean(grid, m, a), mean_b = mean(grid, m, b);
  double sum = 0;
  for (std::size_t c = 0; c < m.size(); ++c)
    sum += m[c] * (grid.axis(a).center(grid.index(c, a)) - mean_a) * (grid.axis(b).center(grid.index(c, b)) - mean_b);
  return sum;
}
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) sum += std::fabs(a[c] - b[c]);
  return sum;
}

}  // namespace thalweg::fokker_planck
