#include "thalweg/sde/stability.hpp"

#include <Eigen/Dense>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <complex>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr std::int64_t largest_dimension = 200;

/// ∂f at a point.
Eigen::MatrixXd jacobian(SdeWorkspace& workspace, double t, const double* x, Eigen::Index d) {
  Eigen::MatrixXd j(d, d);
  Eigen::VectorXd unit = Eigen::VectorXd::Zero(d);
  for (Eigen::Index k = 0; k < d; ++k) {
    unit[k] = 1;
    workspace.drift_along(t, x, unit.data(), j.data() + k * d);
    unit[k] = 0;
  }
  return j;
}

/// By how much a step multiplies a motion of rate λ.
double amplification(Scheme scheme, std::complex<double> z) {
  switch (scheme) {
    case Scheme::sra1:
    case Scheme::srid2:
      return std::abs(1.0 + z + 0.5 * z * z);
    case Scheme::implicit:
    case Scheme::tamed:
      return 0;
    default:
      return std::abs(1.0 + z);
  }
}

/// The largest step at which no motion that dies out is amplified.
double largest_stable_step(Scheme scheme, const Eigen::VectorXcd& rates, double step) {
  const auto stable = [&](double h) {
    return std::none_of(rates.begin(), rates.end(), [&](std::complex<double> rate) {
      return rate.real() < 0 && amplification(scheme, h * rate) > 1;
    });
  };
  if (stable(step)) return step;
  double low = 0, high = step;
  for (int k = 0; k < 40; ++k) (stable(0.5 * (low + high)) ? low : high) = 0.5 * (low + high);
  return low;
}

/// BAOAB's positions are stable for h ω < 2, ω² an eigenvalue of minus the derivative of the force.
double largest_stable_splitting(const Eigen::MatrixXd& j, double step) {
  const Eigen::Index n = j.rows() / 2;
  const Eigen::VectorXcd squared = (-j.bottomLeftCorner(n, n)).eigenvalues();
  const double largest = squared.real().maxCoeff();
  return largest * step * step < 4 ? step : 2 / std::sqrt(largest);
}

}  // namespace

std::string stability_warning(const SdeModel& model, Scheme scheme, double step, double t,
                              std::span<const double> points) {
  if (model.dimension() > largest_dimension) return {};
  const auto d = static_cast<std::size_t>(model.dimension());
  SdeWorkspace workspace = model.workspace(1);
  std::size_t looked = 0, unstable = 0;
  double smallest = step;
  for (std::size_t first = 0; first + d <= points.size(); first += d) {
    const Eigen::MatrixXd j = jacobian(workspace, t, points.data() + first, static_cast<Eigen::Index>(d));
    if (!j.allFinite()) continue;
    const double limit = scheme == Scheme::baoab ? largest_stable_splitting(j, step)
                                                 : largest_stable_step(scheme, j.eigenvalues(), step);
    ++looked;
    unstable += limit < step;
    smallest = std::min(smallest, limit);
  }
  if (unstable == 0 || 2 * unstable < looked) return {};
  return fmt::format(
      "the step {:.3g} is too large for the drift at t = {:.4g}: scheme {} amplifies motions that die out "
      "(at {} of {} states); try --step {:.3g} or --scheme implicit",
      step, t, to_string(scheme), unstable, looked, 0.5 * smallest);
}

}  // namespace thalweg
