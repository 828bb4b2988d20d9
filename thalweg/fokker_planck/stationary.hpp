// The stationary law of a generator.
#pragma once
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

enum class StationaryMethod {
  detailed_balance,  ///< products of ratios of rates along the axes: closed form, no solution
  elimination,       ///< Grassmann, Taksar & Heyman: no subtraction, every mass right to rounding; up to 600 cells
  sparse,            ///< one cell held fixed, the M-matrix of the others factored without pivoting
  inflow             ///< −L m = s: what enters balances what leaves; the masses need not sum to one
};
const char* to_string(StationaryMethod method);

struct Stationary {
  std::vector<double> masses;  ///< [cells]
  StationaryMethod method{};
  double residual = 0;  ///< ‖L m + s‖₁, per time; about 1e-16 Λ is rounding
  double smallest = 0;  ///< mass of a cell
};

/// Errors  Error where there is none or more than one: mass leaves and none enters (the spectrum has the decay), mass
///         enters and none leaves, parts of the grid that can't be left.
Stationary stationary(const Generator& generator);

}  // namespace thalweg::fokker_planck
