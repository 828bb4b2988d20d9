// Initial laws on a grid, as masses of cells.
#pragma once
#include <cstddef>
#include <functional>
#include <vector>

#include "thalweg/fokker_planck/grid.hpp"

namespace thalweg::fokker_planck {

/// All the mass at x, shared between the nearest centres so that the mean is x exactly (but within half a cell of a
/// side, where the nearest cell takes it). Throws Error when x is off the grid.
std::vector<double> point_mass(const Grid& grid, const std::vector<double>& x);

/// N(mean, covariance), covariance [d][d]: averages over cells, exact for a diagonal covariance, else by three Gauss
/// points an axis. Normalised. Throws Error when more than 1e-3 of it is off the grid, std::invalid_argument when the
/// covariance is not positive definite.
std::vector<double> gaussian(const Grid& grid, const std::vector<double>& mean, const std::vector<double>& covariance);

/// ∝ exp(log_density(x)), averages over cells by three Gauss points an axis. Normalised on the grid. Throws Error when
/// it is zero everywhere on the grid, +∞ or NaN.
std::vector<double> from_log_density(
    const Grid& grid, const std::function<void(std::size_t n, const double* x, double* log_density)>& log_density);

std::vector<double> uniform(const Grid& grid);

}  // namespace thalweg::fokker_planck
