// The thermodynamic force of a diffusion, from its coefficients.
#pragma once
#include <cstddef>
#include <vector>

#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/fokker_planck/grid.hpp"

namespace thalweg::fokker_planck {

/// g = f − ∇·D, the drift of the flux F = g p − D ∇p, and w = D⁻¹ g, which is ∇log π where detailed balance holds.
struct Forces {
  CoefficientValues at;              ///< the coefficients themselves
  std::vector<double> drift, force;  ///< [n][d] g and w
  std::vector<bool> regular;         ///< [n] false where D is singular to eight digits: then w is not set
};

/// At points x [n][d]; ∇·D by central differences over ± step[j] along axis j.
Forces forces(const Coefficients& coefficients, double t, const std::vector<double>& x,
              const std::vector<double>& step);

/// Throws Error unless ∇log_stationary = w to four digits at up to 64 centres of cells.
void check_detailed_balance(const Coefficients& coefficients, const Grid& grid, double t);

}  // namespace thalweg::fokker_planck
