#include "thalweg/fokker_planck/initial.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "thalweg/core/error.hpp"

namespace thalweg::fokker_planck {
namespace {

/// Gauss–Legendre on a cell of width 1.
constexpr double gauss_points[3] = {-0.38729833462074168852, 0, 0.38729833462074168852};
constexpr double gauss_weights[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
constexpr double most_off_grid = 1e-3;

/// ∫ exp(log_density − shift) over each cell.
template <class LogDensity>
std::vector<double> integrate(const Grid& grid, const LogDensity& log_density, double& shift) {
  const auto d = static_cast<std::size_t>(grid.dimension());
  std::size_t points = 1;
  for (std::size_t a = 0; a < d; ++a) points *= 3;
  std::vector<double> x(points * d), values(grid.cells() * points);
  for (std::size_t c = 0; c < grid.cells(); ++c) {
    for (std::size_t q = 0; q < points; ++q) {
      grid.center(c, &x[q * d]);
      for (std::size_t a = 0, digits = q; a < d; ++a, digits /= 3)
        x[q * d + a] += gauss_points[digits % 3] * grid.axis(static_cast<int>(a)).spacing();
    }
    log_density(points, x.data(), &values[c * points]);
    for (std::size_t q = 0; q < points; ++q)
      if (std::isnan(values[c * points + q]) || values[c * points + q] == INFINITY)
        fail("the initial log density is {} at x[1] = {:g}", values[c * points + q], x[q * d]);
  }
  shift = *std::max_element(values.begin(), values.end());
  if (shift == -INFINITY) fail("the initial law is zero everywhere on the grid: move the grid to where it lives");
  std::vector<double> masses(grid.cells());
  for (std::size_t c = 0; c < grid.cells(); ++c)
    for (std::size_t q = 0; q < points; ++q) {
      double weight = grid.volume();
      for (std::size_t a = 0, digits = q; a < d; ++a, digits /= 3) weight *= gauss_weights[digits % 3];
      masses[c] += weight * std::exp(values[c * points + q] - shift);
    }
  return masses;
}

double normalise(std::vector<double>& masses) {
  const double total = std::accumulate(masses.begin(), masses.end(), 0.0);
  for (double& m : masses) m /= total;
  return total;
}

void require_on_grid(double mass) {
  if (mass < 1 - most_off_grid)
    fail("{:.3g} of the initial law is off the grid: extend the grid, or start nearer", std::max(1 - mass, 0.0));
}

}  // namespace

std::vector<double> point_mass(const Grid& grid, const std::vector<double>& x) {
  require(x.size() == static_cast<std::size_t>(grid.dimension()), "point_mass: expected {} coordinates; found {}",
          grid.dimension(), x.size());
  std::vector<std::size_t> cells{0};
  std::vector<double> weights{1};
  for (int a = 0; a < grid.dimension(); ++a) {
    const Axis& axis = grid.axis(a);
    const double at = x[static_cast<std::size_t>(a)];
    if (!(at >= axis.low && at <= axis.high))
      fail("the initial point is off the grid: x[{}] = {:g} is not in [{:g}, {:g}]", a + 1, at, axis.low, axis.high);
    const double last = static_cast<double>(axis.cells - 1), place = (at - axis.low) / axis.spacing() - 0.5;
    const double inside = axis.periodic() ? place : std::clamp(place, 0.0, last), below = std::floor(inside);
    const auto wrap = [&](double i) {
      return static_cast<std::size_t>(i < 0 ? last : i > last ? 0 : i) * grid.stride(a);
    };
    const std::size_t n = cells.size();
    for (std::size_t i = 0; i < n; ++i) {
      cells.push_back(cells[i] + wrap(below + 1));
      weights.push_back(weights[i] * (inside - below));
      cells[i] += wrap(below);
      weights[i] *= 1 - (inside - below);
    }
  }
  std::vector<double> masses(grid.cells());
  for (std::size_t i = 0; i < cells.size(); ++i) masses[cells[i]] += weights[i];
  return masses;
}

std::vector<double> gaussian(const Grid& grid, const std::vector<double>& mean, const std::vector<double>& covariance) {
  const auto d = static_cast<std::size_t>(grid.dimension());
  require(mean.size() == d && covariance.size() == d * d,
          "gaussian: expected {} means and {} covariances; found {} and {}", d, d * d, mean.size(), covariance.size());
  const Eigen::Map<const Eigen::MatrixXd> sigma(covariance.data(), grid.dimension(), grid.dimension());
  const Eigen::LLT<Eigen::MatrixXd> factor(sigma);
  require(factor.info() == Eigen::Success && sigma.isApprox(sigma.transpose()),
          "gaussian: the covariance must be symmetric and positive definite");
  std::vector<double> masses;
  if (sigma.isDiagonal(0)) {
    masses.assign(grid.cells(), 1);
    for (int a = 0; a < grid.dimension(); ++a) {
      const Axis& axis = grid.axis(a);
      const double scale = std::sqrt(2 * sigma(a, a)), m = mean[static_cast<std::size_t>(a)];
      std::vector<double> along(axis.cells);
      for (std::size_t i = 0; i < axis.cells; ++i) {  // by the tail that is short, so that far cells keep their digits
        const double low = (axis.face(i) - m) / scale, high = (axis.face(i + 1) - m) / scale;
        along[i] = low > 0 ? (std::erfc(low) - std::erfc(high)) / 2 : (std::erfc(-high) - std::erfc(-low)) / 2;
      }
      for (std::size_t c = 0; c < grid.cells(); ++c) masses[c] *= along[grid.index(c, a)];
    }
  } else {
    const double constant =
        -0.5 * static_cast<double>(d) * std::log(2 * M_PI) - factor.matrixLLT().diagonal().array().log().sum();
    double shift = 0;
    masses = integrate(
        grid,
        [&](std::size_t n, const double* x, double* log_density) {
          for (std::size_t i = 0; i < n; ++i) {
            Eigen::VectorXd centred(grid.dimension());
            for (std::size_t a = 0; a < d; ++a) centred[static_cast<int>(a)] = x[i * d + a] - mean[a];
            log_density[i] = constant - 0.5 * factor.matrixL().solve(centred).squaredNorm();
          }
        },
        shift);
    for (double& m : masses) m *= std::exp(shift);
  }
  require_on_grid(normalise(masses));
  return masses;
}

std::vector<double> from_log_density(
    const Grid& grid, const std::function<void(std::size_t n, const double* x, double* log_density)>& log_density) {
  double shift = 0;
  std::vector<double> masses = integrate(grid, log_density, shift);
  normalise(masses);
  return masses;
}

std::vector<double> uniform(const Grid& grid) {
  return std::vector<double>(grid.cells(), 1 / static_cast<double>(grid.cells()));
}

}  // namespace thalweg::fokker_planck
