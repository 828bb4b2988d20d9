#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::MatrixXd;

bool usable(double v) { return std::isfinite(v) && v > 0; }

/// Cov of scale·v over all transitions of the chains used, from each chain's products.
Matrix combined_covariance(std::span<const ChainState> chains, const PooledEpoch& pooled,
                           const std::vector<double>& scale, std::vector<double> EpochMoments::*means,
                           std::vector<double> EpochMoments::*products) {
  const auto d = static_cast<Eigen::Index>(scale.size());
  Matrix c = Matrix::Zero(d, d);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(d), difference(d);
  double n = 0;
  for (const std::size_t k : pooled.used) {
    const EpochMoments& m = chains[k].moments;
    const double total = n + m.count;
    for (Eigen::Index i = 0; i < d; ++i) difference[i] = (m.*means)[static_cast<std::size_t>(i)] - mean[i];
    const double* product = (m.*products).data();
    for (Eigen::Index i = 0; i < d; ++i)
      for (Eigen::Index j = 0; j <= i; ++j)
        c(i, j) += *product++ + difference[i] * difference[j] * (n * m.count / total);
    mean += difference * (m.count / total);
    n = total;
  }
  for (Eigen::Index i = 0; i < d; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      c(j, i) = c(i, j) *= scale[static_cast<std::size_t>(i)] * scale[static_cast<std::size_t>(j)] / (n - 1);
  return c;
}

/// f of the eigenvalues of a symmetric matrix.
template <class F>
Matrix of_eigenvalues(const Matrix& a, F f) {
  const Eigen::SelfAdjointEigenSolver<Matrix> e(a);
  Eigen::VectorXd v = e.eigenvalues();
  for (Eigen::Index i = 0; i < v.size(); ++i) v[i] = f(v[i]);
  return e.eigenvectors() * v.asDiagonal() * e.eigenvectors().transpose();
}

/// S with S·g·S = x, both positive definite.
Matrix geometric_mean(const Matrix& x, const Matrix& g) {
  const double least = 1e-12 * g.trace() / static_cast<double>(g.rows());
  const Matrix root = of_eigenvalues(g, [&](double v) { return sqrt(std::max(v, least)); });
  const Matrix inverse_root = of_eigenvalues(g, [&](double v) { return 1 / sqrt(std::max(v, least)); });
  const Matrix middle = of_eigenvalues(root * x * root, [](double v) { return sqrt(std::max(v, 0.0)); });
  const Matrix s = inverse_root * middle * inverse_root;
  return 0.5 * (s + s.transpose());
}

}  // namespace

Metric given_metric(MetricKind wish, std::size_t dimension, std::span<const double> covariance) {
  const bool whole = covariance.size() > dimension;
  const bool may_be_dense = wish == MetricKind::dense ? dimension <= most_dense
                                                      : wish == MetricKind::automatic && dimension <= most_automatic;
  if (whole && may_be_dense) return Metric::dense(covariance, dimension);
  std::vector<double> scale(dimension);
  for (std::size_t i = 0; i < dimension; ++i) scale[i] = sqrt(covariance[whole ? i * (dimension + 1) : i]);
  return Metric::diagonal(scale);
}

Metric starting_metric(std::span<const ChainState> chains) {
  const std::size_t d = chains.front().x.size();
  std::vector<double> scale(d);
  for (std::size_t i = 0; i < d; ++i) {
    double x = 0, g = 0;
    std::vector<double> sizes;
    for (const ChainState& c : chains) {
      if (!c.moments.x_squares.empty()) {
        x += c.moments.x_squares[i];
        g += c.moments.gradient_squares[i];
      }
      sizes.push_back(std::fabs(c.gradient[i]));
    }
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2), sizes.end());
    const double curved = sqrt(x / g), sized = 1 / std::clamp(sizes[sizes.size() / 2], 1e-10, 1e10);
    scale[i] = sqrt(usable(curved) ? std::clamp(curved, 1e-20, 1e20) : sized);
  }
  return Metric::diagonal(scale);
}

Metric learned_metric(MetricKind kind, const Metric& now, std::span<const ChainState> chains,
                      const PooledEpoch& pooled) {
  if (pooled.count < 2 || kind == MetricKind::unit) return now;
  const std::vector<double> old = now.variances();
  const std::size_t d = old.size();
  const double share = pooled.count / (pooled.count + 5);
  std::vector<double> scale(d), inverse(d);
  for (std::size_t i = 0; i < d; ++i) {
    double v = sqrt(pooled.variance[i] / pooled.gradient_variance[i]);
    if (!usable(v)) v = old[i];
    scale[i] = exp(0.5 * (share * log(v) + (1 - share) * log(old[i])));
    inverse[i] = 1 / scale[i];
  }
  if (!collects_products(kind, d) || pooled.count < 2 * static_cast<double>(d) + 10) return Metric::diagonal(scale);
  const Matrix x = combined_covariance(chains, pooled, inverse, &EpochMoments::x_mean, &EpochMoments::x_products);
  const Matrix g =
      combined_covariance(chains, pooled, scale, &EpochMoments::gradient_mean, &EpochMoments::gradient_products);
  return metric_of_covariances(kind, now, scale, {x.data(), d * d}, {g.data(), d * d});
}

Metric metric_of_covariances(MetricKind kind, const Metric& now, std::span<const double> scale,
                             std::span<const double> x_covariance, std::span<const double> gradient_covariance) {
  const std::size_t d = scale.size();
  const auto n = static_cast<Eigen::Index>(d);
  const Metric diagonal = Metric::diagonal(scale);
  const Eigen::Map<const Matrix> x(x_covariance.data(), n, n), g(gradient_covariance.data(), n, n);
  if (!x.allFinite() || !g.allFinite()) return diagonal;
  Matrix s = geometric_mean(x, g);
  if (!s.allFinite()) return diagonal;
  const Eigen::SelfAdjointEigenSolver<Matrix> e(s, Eigen::EigenvaluesOnly);
  const double smallest = e.eigenvalues().minCoeff(), largest = e.eigenvalues().maxCoeff();
  if (!(smallest > 0) || !(largest < 1e12 * smallest)) return diagonal;
  // The steps of a trajectory go with the square root of the condition number; a dense step costs d² more. Once dense,
  // stay so a little below the threshold.
  const double pays = (2 + static_cast<double>(d) / 50) * (now.kind() == MetricKind::dense ? 0.8 : 1);
  if (kind == MetricKind::automatic && sqrt(largest / smallest) < pays) return diagonal;
  std::vector<double> covariance(d * d);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      covariance[i * d + j] = s(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) * scale[i] * scale[j];
  return Metric::dense(covariance, d);
}

double metric_distance(const Metric& a, const Metric& b) {
  const std::vector<double> u = a.variances(), v = b.variances();
  double sum = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double r = 0.5 * log(u[i] / v[i]);
    sum += r * r;
  }
  return sqrt(sum / static_cast<double>(std::max<std::size_t>(u.size(), 1)));
}

}  // namespace thalweg
