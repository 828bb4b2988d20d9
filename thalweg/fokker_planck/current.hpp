// The probability current of the scheme itself.
#pragma once
#include <vector>

#include "thalweg/fokker_planck/generator.hpp"

namespace thalweg::fokker_planck {

/// What flows under a law of masses m.
///
///   field   J at the centres, [cells][d]: half of the flux through each link of the cell, times the link's direction,
///   so
///           that on an axis it is the mean of the fluxes through the two faces. Units: probability per time and area.
struct Current {
  std::vector<double> field;
  double norm = 0;        ///< ∫ |J| dx
  double divergence = 0;  ///< ‖L m + s‖₁, per time
  double entropy_production =
      0;  ///< Σ (flux there − flux back) log(there/back), nats per time; ∞ where a link is one-way
};

/// Mass per time through the links of one direction, [cells] by the lower end: the scheme's own face fluxes.
std::vector<double> link_flux(const Direction& direction, const Grid& grid, const std::vector<double>& masses);

Current current(const Generator& generator, const std::vector<double>& masses);

}  // namespace thalweg::fokker_planck
