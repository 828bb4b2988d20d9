#include "thalweg/fokker_planck/spectrum.hpp"

#include <Spectra/GenEigsSolver.h>
#include <Spectra/SymEigsSolver.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/fokker_planck/equilibrium.hpp"
#include "thalweg/fokker_planck/matrix.hpp"
#include "thalweg/fokker_planck/shifted_solver.hpp"
#include "thalweg/fokker_planck/stationary.hpp"

namespace thalweg::fokker_planck {
namespace {

/// Of the largest rate: far below all but the slowest modes, far above rounding.
constexpr double relative_shift = 1e-8;
constexpr double tolerance = 1e-11;
constexpr int most_restarts = 1000;
/// Between the largest and the smallest log π: their roots must be representable.
constexpr double widest_log_pi = 1200;

/// x → Q (σ − L)⁻¹ Q x, Q = 1 − right leftᵀ the projection off the null space (right and left empty: none).
class Inverse {
 public:
  using Scalar = double;
  Inverse(const ShiftedSolver& solver, const std::vector<double>& before, const std::vector<double>& after,
          Eigen::VectorXd right, Eigen::VectorXd left)
      : solver_(solver), before_(before), after_(after), right_(std::move(right)), left_(std::move(left)) {}
  Eigen::Index rows() const { return static_cast<Eigen::Index>(before_.size()); }
  Eigen::Index cols() const { return rows(); }
  void perform_op(const double* in, double* out) const {
    Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(in, rows());
    project(x);
    std::vector<double> b(before_.size());
    for (std::size_t c = 0; c < b.size(); ++c) b[c] = x[static_cast<Eigen::Index>(c)] * before_[c];
    b = solver_.solve(b);
    for (std::size_t c = 0; c < b.size(); ++c) x[static_cast<Eigen::Index>(c)] = b[c] * after_[c];
    project(x);
    Eigen::Map<Eigen::VectorXd>(out, rows()) = x;
  }

 private:
  void project(Eigen::VectorXd& x) const {
    if (right_.size() > 0) x -= right_ * left_.dot(x);
  }
  const ShiftedSolver& solver_;
  const std::vector<double>&before_, &after_;  ///< diagonal scalings
  Eigen::VectorXd right_, left_;
};

/// −E(φ_a, φ_b) = −Σ_links π L Δφ_a Δφ_b − Σ_exits π rate φ_a φ_b.
Eigen::MatrixXd dirichlet(const Generator& g, const std::vector<double>& pi, const Eigen::MatrixXd& phi) {
  Eigen::MatrixXd energy = Eigen::MatrixXd::Zero(phi.cols(), phi.cols());
  for (const Direction& direction : g.directions)
    for (std::size_t c = 0; c < g.grid.cells(); ++c) {
      if (direction.forward[c] == 0) continue;
      const std::size_t to = g.grid.neighbour(c, direction.step);
      const Eigen::RowVectorXd step = phi.row(static_cast<Eigen::Index>(to)) - phi.row(static_cast<Eigen::Index>(c));
      energy.noalias() -= (pi[c] * direction.forward[c]) * step.transpose() * step;
    }
  for (std::size_t s = 0; s < 6; ++s)
    for (std::size_t i = 0; i < g.exit[s].size(); ++i) {
      const std::size_t c = g.exit_cells[s][i];
      const Eigen::RowVectorXd row = phi.row(static_cast<Eigen::Index>(c));
      energy.noalias() -= (pi[c] * g.exit[s][i]) * row.transpose() * row;
    }
  return energy;
}

Spectrum symmetric(const Generator& g, const std::vector<double>& log_pi, int count) {
  const auto n = static_cast<Eigen::Index>(g.grid.cells());
  std::vector<double> pi(g.grid.cells()), root(pi.size()), inverse(pi.size());
  Eigen::VectorXd null(n);
  for (std::size_t c = 0; c < pi.size(); ++c) {
    pi[c] = std::exp(log_pi[c]);
    root[c] = std::exp(log_pi[c] / 2);
    inverse[c] = std::exp(-log_pi[c] / 2);
    null[static_cast<Eigen::Index>(c)] = root[c];
  }
  null.normalize();
  if (!g.closed()) null.resize(0);
  const ShiftedSolver solver(g, ActsOn::masses, relative_shift * g.largest_rate, 1, log_pi);
  // the solver takes masses: y = Π^{−1/2} m
  Inverse op(solver, root, inverse, null, null);
  const int size = static_cast<int>(std::min<Eigen::Index>(n, std::max(2 * count + 1, 20)));
  Spectra::SymEigsSolver<Inverse> lanczos(op, count, size);
  lanczos.init();
  lanczos.compute(Spectra::SortRule::LargestAlge, most_restarts, tolerance);
  if (lanczos.info() != Spectra::CompInfo::Successful)
    fail("the spectrum's iteration did not converge: ask for more modes, or fewer");
  Eigen::MatrixXd y = lanczos.eigenvectors();
  Eigen::VectorXd once(n);
  for (Eigen::Index k = 0; k < y.cols(); ++k) {  // what is left of fast modes falls by their distance from the shift
    op.perform_op(y.col(k).data(), once.data());
    y.col(k) = once.normalized();
  }
  Eigen::MatrixXd phi = y;
  for (Eigen::Index c = 0; c < n; ++c) phi.row(c) *= inverse[static_cast<std::size_t>(c)];
  const Eigen::MatrixXd gram = y.transpose() * y;
  const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> ritz(-dirichlet(g, pi, phi), gram);
  Spectrum result;
  result.detailed_balance = true;
  const Sparse matrix = symmetric_matrix_of(g);
  for (Eigen::Index k = 0; k < y.cols(); ++k) {
    const double value = -ritz.eigenvalues()[k];
    const Eigen::VectorXd vector = y * ritz.eigenvectors().col(k), function = phi * ritz.eigenvectors().col(k);
    result.values.emplace_back(value, 0.0);
    result.residuals.push_back((matrix * vector - value * vector).norm() / vector.norm());
    result.functions.emplace_back(function.data(), function.data() + n);
  }
  return result;
}

Spectrum general(const Generator& g, int count) {
  const auto n = static_cast<Eigen::Index>(g.grid.cells());
  const double shift = relative_shift * g.largest_rate;
  const ShiftedSolver solver(g, ActsOn::masses, shift, 1);
  const std::vector<double> ones(g.grid.cells(), 1.0);
  Eigen::VectorXd right, left;
  if (g.closed()) {
    const Stationary law = stationary(g);
    right = Eigen::Map<const Eigen::VectorXd>(law.masses.data(), n);
    left = Eigen::VectorXd::Ones(n);
  }
  Inverse op(solver, ones, ones, right, left);
  const int searched = static_cast<int>(std::min<Eigen::Index>(n - 2, 2 * count + 4));
  const int size = static_cast<int>(std::min<Eigen::Index>(n, std::max(2 * searched + 1, 30)));
  Spectra::GenEigsSolver<Inverse> arnoldi(op, searched, size);
  arnoldi.init();
  arnoldi.compute(Spectra::SortRule::LargestMagn, most_restarts, tolerance);
  if (arnoldi.info() != Spectra::CompInfo::Successful)
    fail("the spectrum's iteration did not converge: ask for more modes, or fewer");
  const Sparse matrix = matrix_of(g);
  Spectrum result;
  std::vector<std::pair<std::complex<double>, double>> found;
  const Eigen::VectorXcd values = arnoldi.eigenvalues();
  const Eigen::MatrixXcd vectors = arnoldi.eigenvectors();
  for (Eigen::Index k = 0; k < values.size(); ++k) {
    const std::complex<double> value = shift - 1.0 / values[k];
    const Eigen::VectorXcd v = vectors.col(k);
    found.emplace_back(value, (matrix.cast<std::complex<double>>() * v - value * v).norm() / v.norm());
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.first.real() != b.first.real() ? a.first.real() > b.first.real() : a.first.imag() > b.first.imag();
  });
  found.resize(std::min(found.size(), static_cast<std::size_t>(count)));
  for (const auto& [value, residual] : found) {
    result.values.push_back(value);
    result.residuals.push_back(residual);
  }
  return result;
}

}  // namespace

Spectrum spectrum(const Generator& g, int count) {
  const auto log_pi = log_equilibrium(g);
  bool representable = log_pi.has_value();
  if (log_pi) {
    const auto [least, most] = std::minmax_element(log_pi->begin(), log_pi->end());
    representable = *most - *least <= widest_log_pi;
  }
  const auto cells = static_cast<int>(std::min<std::size_t>(g.grid.cells(), 1 << 30));
  const int largest = representable ? cells - 2 : (cells - 2) / 2 - 2;
  require(1 <= count && count <= largest, "spectrum: expected 1 to {} modes on this grid; found {}", largest, count);
  return representable ? symmetric(g, *log_pi, count) : general(g, count);
}

}  // namespace thalweg::fokker_planck
