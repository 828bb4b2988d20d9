#include "thalweg/density/hessian.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

/// A ← (A + Aᵀ)/2. Returns the largest difference over the largest element.
double symmetrise(std::vector<double>& a, std::size_t d) {
  double apart = 0, largest = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double &lower = a[i * d + j], &upper = a[j * d + i];
      largest = std::max({largest, std::abs(lower), std::abs(upper)});
      apart = std::max(apart, std::abs(lower - upper));
      lower = upper = 0.5 * lower + 0.5 * upper;  // the sum might overflow
    }
  return largest > 0 ? apart / largest : 0;
}

}  // namespace

Hessian hessian(Points& points, std::span<const double> x, const HessianOptions& options) {
  const std::size_t d = points.dimension();
  require(x.size() == d, "x must have {} elements; found {}", d, x.size());
  require(d <= options.largest_dimension,
          "the Hessian of {} has {} columns, more than largest_dimension = {}: raise it to allow {} MB, or use "
          "Hessian-vector products",
          points.model().name(), d, options.largest_dimension, 8 * d * d / 1'000'000);
  constexpr std::size_t together = 64;
  const std::size_t block = std::min(together, d);
  std::vector<double> at(block * d), unit(block * d, 0.0);
  for (std::size_t k = 0; k < block; ++k)
    std::copy(x.begin(), x.end(), at.begin() + static_cast<std::ptrdiff_t>(k * d));
  Hessian h{std::vector<double>(d * d), 0};
  for (std::size_t first = 0; first < d; first += block) {
    const std::size_t n = std::min(block, d - first);
    for (std::size_t k = 0; k < n; ++k) unit[k * d + first + k] = 1;
    points.hessian_vector(n, d, at.data(), unit.data(), h.matrix.data() + first * d);
    for (std::size_t k = 0; k < n; ++k) unit[k * d + first + k] = 0;
  }
  if (std::any_of(h.matrix.begin(), h.matrix.end(), [](double v) { return std::isnan(v); })) {
    h.asymmetry = std::numeric_limits<double>::quiet_NaN();
    return h;
  }
  h.asymmetry = symmetrise(h.matrix, d);
  return h;
}

}  // namespace thalweg
