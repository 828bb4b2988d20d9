// One implicit step along one axis: every line of the grid is a one-dimensional equation.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "thalweg/core/team.hpp"
#include "thalweg/fokker_planck/exponential.hpp"

namespace thalweg::fokker_planck {

/// What a step did besides moving the masses.
struct StepAudit {
  Ledger ledger;
  std::int64_t fallbacks = 0;  ///< lines, or whole steps, that TR-BDF2 left too negative, done again by implicit Euler
  double clipped = 0;          ///< mass below zero that was set to zero, the rest rescaled to keep the sum
  void add(const StepAudit& other);
};

enum class ImplicitScheme { euler, tr_bdf2 };

/// m ← m(t + dt) under the links of one axis, its exits and entries, the generator fixed.
///
///   Euler    (1 − dt L) m₁ = m: positive for every dt, first order.
///   TR-BDF2  trapezoidal to t + (2 − √2) dt, then BDF2: second order and L-stable, but not positive. A line whose
///            negative part exceeds `budget` of its mass is done again by two Euler steps; smaller ones are clipped.
///
/// Cost    two tridiagonal solutions a line, eight lines at once; the buffers are kept.
/// Source  Bank et al. (1985), IEEE Trans. Electron Devices 32, 1992; Hosea & Shampine (1996), Appl. Numer. Math.
/// 20, 21.
class LineSteps {
 public:
  LineSteps(const Grid& grid, int axis);
  LineSteps(LineSteps&&) noexcept;
  ~LineSteps();

  /// The generator is one of this grid.
  StepAudit step(const Generator& generator, ImplicitScheme scheme, double dt, double budget, Team& team,
                 std::vector<double>& masses);

 private:
  class Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace thalweg::fokker_planck
