#include "thalweg/variational/coverage.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"
#include "thalweg/density/hessian.hpp"
#include "thalweg/density/points.hpp"

namespace thalweg {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr std::size_t most_whole = 2000;

/// −∇²log p at x.
Matrix metric_at(Points& points, const std::vector<double>& x) {
  const Hessian h = hessian(points, x);
  return -Eigen::Map<const Matrix>(h.matrix.data(), std::ssize(x), std::ssize(x));
}

}  // namespace

Coverage coverage(const Model& model, const Census& census, const Approximation& q, int threads) {
  Coverage result;
  result.covered.assign(census.ends.size(), true);
  std::vector<std::size_t> maxima;
  for (std::size_t e = 0; e < census.ends.size(); ++e)
    if (census.ends[e].kind == EndKind::maximum && census.ends[e].weight >= 0.001) maxima.push_back(e);
  if (maxima.size() < 2 || q.dimension > most_whole || q.count == 0) return result;
  Model with_products = model;
  if (with_products.hessian_widths().empty()) with_products.add_hessian_differences("compiled without them");
  Points points(with_products, whole_density, threads);
  std::vector<double> highest(q.count, -infinity);
  std::vector<std::size_t> owner(q.count, 0);
  for (std::size_t k = 0; k < maxima.size(); ++k) {
    const End& end = census.ends[maxima[k]];
    const Matrix metric = metric_at(points, end.x);
    const Eigen::LLT<Matrix> llt(metric);
    if (llt.info() != Eigen::Success) continue;
    const double height = std::log(end.weight) + Matrix(llt.matrixL()).diagonal().array().log().sum();
    const Eigen::Map<const Vector> middle(end.x.data(), std::ssize(end.x));
    for (std::size_t i = 0; i < q.count; ++i) {
      const Vector apart = Eigen::Map<const Vector>(q.draw(i).data(), std::ssize(end.x)) - middle;
      const double value = height - 0.5 * apart.dot(metric * apart);
      if (value > highest[i]) highest[i] = value, owner[i] = k;
    }
  }
  for (std::size_t k = 0; k < maxima.size(); ++k) {
    const End& end = census.ends[maxima[k]];
    const auto mine = static_cast<double>(std::count(owner.begin(), owner.end(), k));
    if (mine >= 0.1 * end.weight * static_cast<double>(q.count)) continue;
    result.covered[maxima[k]] = false;
    ++result.missed;
    result.missed_weight += end.weight;
  }
  return result;
}

}  // namespace thalweg
