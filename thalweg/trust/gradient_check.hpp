// Does the gradient belong to the log density? Asked along lines, with an error bar on the answer.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace thalweg {

/// A derivative from function values alone, and how far it can be off.
struct Derivative {
  double value;
  double error;  ///< of extrapolation and rounding; infinite when no step gave finite values
};

/// f′(0) by central differences at shrinking steps, extrapolated to step 0 in Ridders' table; the entry with the
/// smallest error estimate is returned. Steps at which f is not finite are passed over.
///
/// Cost    up to 24 values of f.
/// Source  Ridders (1982), Advances in Engineering Software 4, 75–76.
Derivative derivative_at_zero(const std::function<double(double)>& f, double step);

/// One comparison of ∇log p(x)·v with the slope of log p along the unit vector v.
struct SlopeCheck {
  std::int64_t point = 0, direction = 0;
  double expected = 0, found = 0;  ///< by differences; from the gradient
  double error = 0;                ///< of `expected`
  /// Fails when the two differ by more than 10 errors and 1e-6 of the slope's scale; a check whose error exceeds
  /// 1e-3 of that scale is inconclusive and fails only on a gross mismatch.
  bool failed = false, conclusive = true;
};

/// Compares the slope that a gradient gives with that of differences; `typical` is the size of a slope along any
/// direction: that along one can be small by chance.
SlopeCheck compare_slopes(double from_gradient, const Derivative& by_differences, double typical);

/// log p and its gradient at x; the gradient may be asked for nothing but its value.
using ValueAndGradient = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Checks the gradient at each point along each direction (unit vectors, [direction][d]); points are [point][d].
/// Points at which log p or the gradient is not finite are the caller's to leave out.
std::vector<SlopeCheck> check_slopes(const ValueAndGradient& density, std::span<const std::vector<double>> points,
                                     std::span<const std::vector<double>> directions);

}  // namespace thalweg
