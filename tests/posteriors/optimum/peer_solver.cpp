#include "peer_solver.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <limits>

namespace thalweg::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Gradient in units of sds: ∂/∂u of x = sd·u.
VectorXd gradient_at(Workspace& workspace, const std::vector<double>& sd, const std::vector<double>& x, double& log_p) {
  VectorXd g(static_cast<Index>(x.size()));
  workspace.evaluate(x.data(), g.data(), &log_p);
  for (Index j = 0; j < g.size(); ++j) g[j] *= sd[static_cast<std::size_t>(j)];
  return g;
}

/// −H, symmetric.
MatrixXd curvature_at(Workspace& workspace, const std::vector<double>& sd, const std::vector<double>& x) {
  const auto d = static_cast<Index>(x.size());
  constexpr double h = 1e-4;
  MatrixXd m(d, d);
  double log_p;
  for (Index j = 0; j < d; ++j) {
    const auto k = static_cast<std::size_t>(j);
    std::vector<double> up = x, down = x;
    up[k] += h * sd[k];
    down[k] -= h * sd[k];
    const double step = (up[k] - down[k]) / sd[k];
    m.col(j) = -(gradient_at(workspace, sd, up, log_p) - gradient_at(workspace, sd, down, log_p)) / step;
  }
  return (m + m.transpose()) / 2;
}

bool solve(const MatrixXd& m, double lambda, const VectorXd& g, VectorXd& step) {
  if (!m.allFinite()) return false;
  const Eigen::LDLT<MatrixXd> factor(m + lambda * MatrixXd::Identity(m.rows(), m.cols()));
  if (factor.info() != Eigen::Success || !(factor.vectorD().minCoeff() > 0)) return false;
  step = factor.solve(g);
  return step.allFinite();
}

std::vector<double> moved(const std::vector<double>& x, const std::vector<double>& sd, const VectorXd& step) {
  std::vector<double> y = x;
  for (std::size_t j = 0; j < x.size(); ++j) y[j] += sd[j] * step[static_cast<Index>(j)];
  return y;
}

}  // namespace

PeerSolver::PeerSolver(const Model& model, Parts parts, std::vector<double> sd)
    : workspace_(model.workspace(1, parts)), sd_(std::move(sd)) {}

double PeerSolver::log_density(std::span<const double> x) {
  double log_p;
  gradient_at(workspace_, sd_, {x.begin(), x.end()}, log_p);
  return log_p;
}

double PeerSolver::decrement(std::span<const double> x) {
  const std::vector<double> at(x.begin(), x.end());
  double log_p;
  const VectorXd g = gradient_at(workspace_, sd_, at, log_p);
  VectorXd step;
  if (!solve(curvature_at(workspace_, sd_, at), 0, g, step)) return std::numeric_limits<double>::quiet_NaN();
  return g.dot(step) / 2;
}

PeerOptimum PeerSolver::climb(std::vector<double> x) {
  PeerOptimum result;
  double lambda = 1e-3, log_p;
  VectorXd g = gradient_at(workspace_, sd_, x, log_p), step;
  for (int iteration = 0; iteration < 500; ++iteration) {
    const MatrixXd m = curvature_at(workspace_, sd_, x);
    // at the top rounding hides what is gained: whole steps are taken while they shrink the gradient's norm
    if (solve(m, 0, g, step) && g.dot(step) / 2 < 1e-8) {
      for (int k = 0; k < 5 && solve(m, 0, g, step); ++k) {
        double there;
        const std::vector<double> y = moved(x, sd_, step);
        const VectorXd slope = gradient_at(workspace_, sd_, y, there);
        if (!(slope.norm() < g.norm())) break;
        x = y, g = slope, log_p = there;
      }
      result.converged = true;
      break;
    }
    bool climbed = false;
    for (; lambda < 1e12 && !climbed; lambda *= climbed ? 0.1 : 10) {
      if (!solve(m, lambda, g, step)) continue;
      double there;
      const std::vector<double> y = moved(x, sd_, step);
      const VectorXd slope = gradient_at(workspace_, sd_, y, there);
      climbed = std::isfinite(there) && slope.allFinite() && there > log_p;
      if (climbed) x = y, g = slope, log_p = there;
    }
    if (!climbed) break;
  }
  result.decrement = decrement(x);
  result.x = std::move(x);
  result.log_p = log_p;
  return result;
}

}  // namespace thalweg::testing
