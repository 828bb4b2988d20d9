// The generator of a Fokker–Planck equation on a grid: rates of jumps between neighbouring cells.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "thalweg/fokker_planck/coefficients.hpp"
#include "thalweg/fokker_planck/grid.hpp"

namespace thalweg::fokker_planck {

/// Links between cells at a fixed step: along an axis, or along a diagonal of a plane for cross diffusion.
struct Direction {
  std::array<int, 3> step{};     ///< from the lower end of a link to its upper end
  std::vector<double> forward;   ///< [cells], by the cell at the lower end; 0 where there is no link
  std::vector<double> backward;  ///< [cells], by the cell at the lower end
  bool is_axis = true;
};

/// dm/dt = L m + s for the masses m of the cells: L has the rates of jumps off its diagonal and minus their sum on it,
/// so that each column sums to zero but for what leaves through absorbing sides. Positive rates alone are stored: mass
/// can't be lost by rounding of a diagonal, and L generates a positive semigroup that contracts in L1.
///
/// Units   rates: per time.
struct Generator {
  Grid grid;
  std::vector<Direction> directions;          ///< the axes in their order, then diagonals
  std::array<std::vector<double>, 6> exit{};  ///< by side, [cells_of_side]: rate of leaving; empty unless absorbing
  std::array<std::vector<std::size_t>, 6> exit_cells{};  ///< the cells of `exit`
  std::array<double, 6> entry{};                         ///< by side: mass per time into each cell of an inflow side
  double largest_rate = 0;                               ///< Λ = max |L_ii|

  bool has_exit() const;
  bool has_entry() const;
  /// Mass that stays: neither exits nor entries.
  bool closed() const { return !has_exit() && !has_entry(); }
  bool has_cross_diffusion() const { return directions.size() > static_cast<std::size_t>(grid.dimension()); }
  /// [cells] minus the diagonal, exits included: the sum of the rates of leaving, always in the order of `directions`.
  std::vector<double> leaving() const;
};

/// The generator at time t. Fluxes are those of Scharfetter & Gummel along each link; see link.hpp. With cross
/// diffusion the tensor is split into links, D = Σ κ v vᵀ over axes and diagonals of planes, all κ >= 0.
///
/// Cost    three evaluations of the coefficients a cell and axis; for a full tensor 1 + 2d a link, unless D is
/// constant. Errors  Error where a coefficient is not finite, D is negative, or cross diffusion is too strong for the
/// shape of the
///         cells: |D_ij| h_i/h_j summed over j must stay below D_ii; says where, and which cells would do. Error when
///         `log_stationary` does not satisfy detailed balance.
Generator make_generator(const Coefficients& coefficients, const Grid& grid, double t = 0);

}  // namespace thalweg::fokker_planck
