#include "thalweg/fokker_planck/shifted_solver.hpp"

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/matrix.hpp"

namespace thalweg::fokker_planck {
namespace {

constexpr std::size_t most_cells_in_3d = 60000;
/// √π of all cells must be representable, and its inverse.
constexpr double widest_log_pi = 1200;

}  // namespace

class ShiftedSolver::Factors {
 public:
  Factors(const Generator& g, ActsOn side, double identity, double scale,
          const std::optional<std::vector<double>>& log_pi, std::vector<bool> kept) {
    const Grid& grid = g.grid;
    if (grid.dimension() == 3 && grid.cells() > most_cells_in_3d)
      fail(
          "a direct solution on {} cells in three dimensions would fill the memory: use at most {} cells, or the "
          "schemes "
          "that need none (splitting, uniformisation, chebyshev)",
          grid.cells(), most_cells_in_3d);
    number_.assign(grid.cells(), -1);
    for (std::size_t c = 0; c < grid.cells(); ++c)
      if (kept.empty() || kept[c]) {
        number_[c] = static_cast<int>(cells_.size());
        cells_.push_back(c);
      }
    if (log_pi) symmetrise(*log_pi, side);
    Sparse whole = root_.empty() ? matrix_of(g) : symmetric_matrix_of(g);
    if (root_.empty() && side == ActsOn::functions) whole = Sparse(whole.transpose());
    factor(whole, identity, scale);
  }

  std::vector<double> solve(const std::vector<double>& b) const {
    Eigen::VectorXd right(static_cast<Eigen::Index>(cells_.size()));
    for (std::size_t i = 0; i < cells_.size(); ++i)
      right[static_cast<Eigen::Index>(i)] = root_.empty() ? b[cells_[i]] : b[cells_[i]] / root_[i];
    const Eigen::VectorXd x = root_.empty() ? Eigen::VectorXd(lu_.solve(right)) : Eigen::VectorXd(ldlt_.solve(right));
    std::vector<double> result(b.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const double value = x[static_cast<Eigen::Index>(i)];
      result[cells_[i]] = root_.empty() ? value : value * root_[i];
    }
    return result;
  }

 private:
  /// √π for masses, its inverse for functions.
  void symmetrise(const std::vector<double>& log_pi, ActsOn side) {
    double least = INFINITY, most = -INFINITY;
    for (const std::size_t c : cells_) {
      least = std::min(least, log_pi[c]);
      most = std::max(most, log_pi[c]);
    }
    if (most - least > widest_log_pi) return;
    const double middle = (most + least) / 2;
    for (const std::size_t c : cells_)
      root_.push_back(std::exp((side == ActsOn::masses ? 0.5 : -0.5) * (log_pi[c] - middle)));
  }
  void factor(const Sparse& whole, double identity, double scale) {
    std::vector<Eigen::Triplet<double>> entries;
    entries.reserve(static_cast<std::size_t>(whole.nonZeros()));
    for (int j = 0; j < whole.outerSize(); ++j)
      for (Sparse::InnerIterator it(whole, j); it; ++it) {
        const int row = number_[static_cast<std::size_t>(it.row())], column = number_[static_cast<std::size_t>(j)];
        if (row >= 0 && column >= 0)
          entries.emplace_back(row, column, (it.row() == j ? identity : 0.0) - scale * it.value());
      }
    const auto n = static_cast<Eigen::Index>(cells_.size());
    Sparse matrix(n, n);
    matrix.setFromTriplets(entries.begin(), entries.end());
    bool fine = false;
    if (root_.empty()) {
      lu_.isSymmetric(true);       // of pattern
      lu_.setPivotThreshold(0.0);  // the diagonal, always
      lu_.compute(matrix);
      fine = lu_.info() == Eigen::Success;
    } else {
      ldlt_.compute(matrix);
      fine = ldlt_.info() == Eigen::Success && ldlt_.vectorD().minCoeff() > 0;
    }
    if (!fine)
      fail(
          "the system of the generator is singular: mass that can't leave has no mean time to leave, nor a unique law");
  }

  std::vector<std::size_t> cells_;
  std::vector<int> number_;
  std::vector<double> root_;  ///< [kept cells]; empty when the matrix is not symmetrised
  Eigen::SparseLU<Sparse, Eigen::AMDOrdering<int>> lu_;
  Eigen::SimplicialLDLT<Sparse> ldlt_;
};

ShiftedSolver::ShiftedSolver(const Generator& g, ActsOn side, double identity, double scale,
                             const std::optional<std::vector<double>>& log_pi, std::vector<bool> kept)
    : factors_(std::make_unique<Factors>(g, side, identity, scale, log_pi, std::move(kept))) {}
ShiftedSolver::ShiftedSolver(ShiftedSolver&&) noexcept = default;
ShiftedSolver::~ShiftedSolver() = default;

std::vector<double> ShiftedSolver::solve(const std::vector<double>& b) const { return factors_->solve(b); }

}  // namespace thalweg::fokker_planck
