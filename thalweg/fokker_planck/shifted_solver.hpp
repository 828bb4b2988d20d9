// Direct solution of systems with a generator.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "thalweg/fokker_planck/apply.hpp"

namespace thalweg::fokker_planck {

/// (identity − scale L) x = b, or with Lᵀ for functions, on the cells that `kept` marks (all, when empty); the others
/// are taken out with their rows and columns, so that mass which enters them is gone. The matrix is an M-matrix: it is
/// factored without pivoting, and b >= 0 gives x >= 0. Where `log_pi` is given (detailed balance) the symmetrised
/// matrix is factored.
///
/// Cost    a sparse factorisation: about n^{3/2} operations in two dimensions; three dimensions fill too much above
///         60 000 cells, which is an error that says what to use.
/// Errors  Error when the matrix is singular: no mass leaves and identity = 0.
class ShiftedSolver {
 public:
  ShiftedSolver(const Generator& generator, ActsOn side, double identity, double scale,
                const std::optional<std::vector<double>>& log_pi = {}, std::vector<bool> kept = {});
  ShiftedSolver(ShiftedSolver&&) noexcept;
  ~ShiftedSolver();

  /// b: [cells], entries of cells that are not kept are ignored; x: [cells], 0 there.
  std::vector<double> solve(const std::vector<double>& b) const;

 private:
  class Factors;
  std::unique_ptr<Factors> factors_;
};

}  // namespace thalweg::fokker_planck
