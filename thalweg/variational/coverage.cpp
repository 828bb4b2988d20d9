#include "thalweg/variational/coverage.hpp"

#include <Eigen/Dense>
#include <cmath>

#include "thalweg/density/hessian.hpp"
#include "thalweg/density/points.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr std::size_t most_whole = 2000;

/// −∇²log p at x, or its stand-in.
Matrix metric_at(Points& points, const std::vector<double>& x) {
  const Hessian h = hessian(points, x);
  return -Eigen::Map<const Matrix>(h.matrix.data(), std::ssize(x), std::ssize(x));
}

}  // namespace

Coverage coverage(const Model& model, const Census& census, const Approximation& q, int threads) {
  Coverage result;
  Model with_products = model;
  if (with_products.hessian_widths().empty()) with_products.add_hessian_differences("compiled without them");
  Points points(with_products, whole_density, threads);
  const std::size_t d = points.dimension();
  const double n = static_cast<double>(d), radius = n + 3.1 * std::sqrt(2 * n) + 7;
  for (const End& end : census.ends) {
    if (end.kind != EndKind::maximum || end.weight < 0.001 || d > most_whole || q.count == 0) {
      result.covered.push_back(true);
      continue;
    }
    const Matrix metric = metric_at(points, end.x);
    const Eigen::Map<const Vector> middle(end.x.data(), std::ssize(end.x));
    std::size_t inside = 0;
    for (std::size_t i = 0; i < q.count; ++i) {
      const Vector apart = Eigen::Map<const Vector>(q.draw(i).data(), std::ssize(end.x)) - middle;
      inside += apart.dot(metric * apart) < radius;
    }
    const bool covered = static_cast<double>(inside) >= 0.1 * end.weight * static_cast<double>(q.count);
    result.covered.push_back(covered);
    if (covered) continue;
    ++result.missed;
    result.missed_weight += end.weight;
  }
  return result;
}

}  // namespace thalweg
