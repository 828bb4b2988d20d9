// Grids, sides and initial laws as the command line writes them.
#pragma once
#include <string>
#include <vector>

#include "thalweg/fokker_planck/grid.hpp"

namespace thalweg::app {

/// "-3:3:400,-2:2:200": LOW:HIGH:CELLS for each coordinate. `sides`: "reflecting", or one for each axis, or
/// "LOWER/UPPER" for an axis: "absorbing/reflecting,periodic".
///
/// Errors  throws UsageError that names the part, what was expected and what was found.
fokker_planck::Grid parse_grid(const std::string& grid, const std::string& sides, std::int64_t dimension);

/// "point:0.5,1", "gaussian:MEAN,…:SD,…" or "uniform", as masses of cells.
std::vector<double> parse_law(const std::string& text, const fokker_planck::Grid& grid);

}  // namespace thalweg::app
