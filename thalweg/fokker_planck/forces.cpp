#include "thalweg/fokker_planck/forces.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"

namespace thalweg::fokker_planck {
namespace {

using Tensor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor, 3, 3>;

Tensor tensor(const Coefficients& c, const CoefficientValues& values, std::size_t i) {
  const int d = c.dimension;
  const double* entries = &values.diffusion[i * c.diffusion_size()];
  Tensor D = Tensor::Zero(d, d);
  for (int k = 0; k < d; ++k)
    for (int j = 0; j < d; ++j)
      if (!c.diagonal)
        D(k, j) = entries[k * d + j];
      else if (k == j)
        D(k, k) = entries[k];
  return D;
}

/// Subtracts ∂_j D_ij from the drift, for one j.
void subtract_divergence(const Coefficients& c, double t, const std::vector<double>& x, std::size_t j, double step,
                         std::vector<double>& drift) {
  const auto d = static_cast<std::size_t>(c.dimension), n = x.size() / d;
  CoefficientValues above, below;
  std::vector<double> shifted = x;
  for (std::size_t i = 0; i < n; ++i) shifted[i * d + j] = x[i * d + j] + step;
  evaluate(c, t, shifted, above);
  for (std::size_t i = 0; i < n; ++i) shifted[i * d + j] = x[i * d + j] - step;
  evaluate(c, t, shifted, below);
  for (std::size_t i = 0; i < n; ++i) {
    const Tensor slope = (tensor(c, above, i) - tensor(c, below, i)) / (2 * step);
    for (std::size_t k = 0; k < d; ++k) drift[i * d + k] -= slope(static_cast<int>(k), static_cast<int>(j));
  }
}

}  // namespace

Forces forces(const Coefficients& c, double t, const std::vector<double>& x, const std::vector<double>& step) {
  const auto d = static_cast<std::size_t>(c.dimension), n = x.size() / d;
  Forces result;
  evaluate(c, t, x, result.at);
  result.drift = result.at.drift;
  if (!c.constant_diffusion)
    for (std::size_t j = 0; j < d; ++j) subtract_divergence(c, t, x, j, step[j], result.drift);
  result.force.resize(n * d);
  result.regular.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Eigen::SelfAdjointEigenSolver<Tensor> eigen(tensor(c, result.at, i));
    const auto& values = eigen.eigenvalues();
    result.regular[i] = values[0] > 1e-8 * values[c.dimension - 1];
    if (!result.regular[i]) continue;
    for (int k = 0; k < c.dimension; ++k) {
      double along = 0;
      for (std::size_t j = 0; j < d; ++j) along += eigen.eigenvectors()(int(j), k) * result.drift[i * d + j];
      for (std::size_t j = 0; j < d; ++j)
        result.force[i * d + j] += eigen.eigenvectors()(int(j), k) * along / values[k];
    }
  }
  return result;
}

void check_detailed_balance(const Coefficients& c, const Grid& grid, double t) {
  const auto d = static_cast<std::size_t>(c.dimension);
  const std::size_t n = std::min<std::size_t>(grid.cells(), 64);
  std::vector<double> x(n * d), step(d), shifted, above(n), below(n);
  for (std::size_t i = 0; i < n; ++i) grid.center((2 * i + 1) * grid.cells() / (2 * n), &x[i * d]);
  for (std::size_t j = 0; j < d; ++j) step[j] = 1e-3 * grid.axis(static_cast<int>(j)).spacing();
  const Forces w = forces(c, t, x, step);
  for (std::size_t j = 0; j < d; ++j) {
    const Axis& axis = grid.axis(static_cast<int>(j));
    shifted = x;
    for (std::size_t i = 0; i < n; ++i) shifted[i * d + j] = x[i * d + j] + step[j];
    c.log_stationary(n, shifted.data(), above.data());
    for (std::size_t i = 0; i < n; ++i) shifted[i * d + j] = x[i * d + j] - step[j];
    c.log_stationary(n, shifted.data(), below.data());
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = (above[i] - below[i]) / (2 * step[j]), force = w.force[i * d + j];
      const bool agrees =
          w.regular[i] && std::fabs(slope - force) <= 1e-4 * (std::fabs(force) + 1 / (axis.high - axis.low));
      if (!agrees)
        fail(
            "the stationary density that was given does not satisfy detailed balance: at x[{}] = {:g} its log has the "
            "slope "
            "{:g}, drift and diffusion say {:g}. Leave log_stationary out: the law is then solved for",
            j + 1, x[i * d + j], slope, w.regular[i] ? force : std::nan(""));
    }
  }
}

}  // namespace thalweg::fokker_planck
