#include "thalweg/trust/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg {
namespace {

constexpr int rows = 12;
constexpr double shrink = 2;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

}  // namespace

Derivative derivative_at_zero(const std::function<double(double)>& f, double step) {
  Derivative best{0, std::numeric_limits<double>::infinity()};
  double above[rows], here[rows];  // two rows of the table: here[k] has the terms up to h^2k removed
  int filled = 0;                  // entries of the row above; 0 after a step without finite values
  for (int i = 0; i < rows; ++i, step /= shrink) {
    const double forward = f(step), backward = f(-step);
    if (!std::isfinite(forward) || !std::isfinite(backward)) {
      filled = 0;
      continue;
    }
    here[0] = (forward - backward) / (2 * step);
    const double rounding = epsilon * (std::abs(forward) + std::abs(backward)) / step;
    double factor = 1;
    for (int k = 1; k <= filled; ++k) {
      factor *= shrink * shrink;
      here[k] = here[k - 1] + (here[k - 1] - above[k - 1]) / (factor - 1);
      const double change = std::max(std::abs(here[k] - here[k - 1]), std::abs(here[k] - above[k - 1]));
      if (change + rounding < best.error) best = {here[k], change + rounding};
    }
    filled = std::min(filled + 1, rows - 1);
    std::copy_n(here, filled, above);
  }
  return best;
}

SlopeCheck compare_slopes(double from_gradient, const Derivative& by_differences, double typical) {
  SlopeCheck check{.expected = by_differences.value, .found = from_gradient, .error = by_differences.error};
  const double scale = std::max({std::abs(check.found), typical, 1e-3});
  const double difference = std::abs(check.found - check.expected);
  check.conclusive = check.error <= 1e-3 * scale;
  check.failed = std::isfinite(check.error) && difference > 10 * check.error + 1e-6 * scale;
  return check;
}

std::vector<SlopeCheck> check_slopes(const ValueAndGradient& density, std::span<const std::vector<double>> points,
                                     std::span<const std::vector<double>> directions) {
  std::vector<SlopeCheck> checks;
  for (std::size_t p = 0; p < points.size(); ++p) {
    const std::vector<double>& x = points[p];
    std::vector<double> gradient(x.size()), moved(x.size()), unused(x.size());
    density(x, gradient);
    double norm = 0;
    for (const double g : gradient) norm += g * g;
    norm = std::sqrt(norm);
    for (std::size_t v = 0; v < directions.size(); ++v) {
      const auto along = [&](double t) {
        for (std::size_t i = 0; i < x.size(); ++i) moved[i] = x[i] + t * directions[v][i];
        return density(moved, unused);
      };
      double found = 0;
      for (std::size_t i = 0; i < x.size(); ++i) found += gradient[i] * directions[v][i];
      SlopeCheck check = compare_slopes(found, derivative_at_zero(along, 0.1), norm / std::sqrt(double(x.size())));
      check.point = std::int64_t(p);
      check.direction = std::int64_t(v);
      checks.push_back(check);
    }
  }
  return checks;
}

}  // namespace thalweg
