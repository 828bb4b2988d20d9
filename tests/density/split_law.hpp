// The law of parts: sums of parts of a log density, evaluated apart, add up to the whole.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "thalweg/core/random.hpp"
#include "thalweg/density/model.hpp"

namespace thalweg::laws {

/// A point apart for each lane, [dimension][width].
inline std::vector<double> split_points(const Model& model, int width, std::uint64_t seed) {
  std::vector<double> x(static_cast<std::size_t>(model.dimension() * width));
  Random<double> random(seed, Purpose::check, 0, 0);
  for (double& v : x) v = 0.8 * random.normal();
  return x;
}

struct PartsValue {
  std::vector<double> log_p, gradient;
};
inline PartsValue evaluate_parts(const Model& model, int width, Parts parts, const std::vector<double>& x) {
  Workspace workspace = model.workspace(width, parts);
  PartsValue v{std::vector<double>(static_cast<std::size_t>(width)), std::vector<double>(x.size())};
  workspace.evaluate(x.data(), v.gradient.data(), v.log_p.data());
  return v;
}

/// How far log p and gradients of `parts` are from adding up to those of `sum`: the largest difference at several
/// points, relative to the largest number that is added (1 at least). Lanes outside the support don't count; NaN when
/// fewer than three are left.
inline double split_violation(const Model& model, int width, const std::vector<Parts>& parts, Parts sum) {
  double worst = 0;
  int lanes = 0;
  for (std::uint64_t seed = 1; seed <= 8 || (seed <= 100 && lanes < 3); ++seed) {
    const auto x = split_points(model, width, seed);
    const PartsValue whole = evaluate_parts(model, width, sum, x);
    std::vector<PartsValue> apart;
    for (const Parts p : parts) apart.push_back(evaluate_parts(model, width, p, x));
    const auto w = static_cast<std::size_t>(width), d = x.size() / w;
    for (std::size_t lane = 0; lane < w; ++lane) {
      if (!std::isfinite(whole.log_p[lane])) continue;
      ++lanes;
      double total = 0, size = std::max(1.0, std::abs(whole.log_p[lane]));
      for (const PartsValue& v : apart) {
        total += v.log_p[lane];
        size = std::max(size, std::abs(v.log_p[lane]));
      }
      double off = std::abs(total - whole.log_p[lane]) / size;
      double slope_off = 0, slope_size = 1;
      for (std::size_t j = 0; j < d; ++j) {
        double slope = 0;
        for (const PartsValue& v : apart) {
          slope += v.gradient[j * w + lane];
          slope_size = std::max(slope_size, std::abs(v.gradient[j * w + lane]));
        }
        slope_off = std::max(slope_off, std::abs(slope - whole.gradient[j * w + lane]));
        slope_size = std::max(slope_size, std::abs(whole.gradient[j * w + lane]));
      }
      off = std::max(off, slope_off / slope_size);
      worst = off > worst || std::isnan(off) ? off : worst;
      if (std::isnan(worst)) return worst;
    }
  }
  return lanes >= 3 ? worst : std::nan("");
}

inline constexpr Parts prior_side = part_prior | part_jacobian;
inline constexpr Parts without_jacobian = whole_density & ~part_jacobian;
inline constexpr double split_tolerance = 1e-12;

/// Prior with Jacobian and likelihood, each of the three parts, and the Jacobian against the rest.
inline void expect_parts_add_up(const Model& model) {
  std::vector<int> widths{1};
  if (model.preferred_width() != 1) widths.push_back(model.preferred_width());
  for (const int width : widths) {
    EXPECT_LE(split_violation(model, width, {prior_side, part_likelihood}, whole_density), split_tolerance)
        << model.name() << " at width " << width;
    EXPECT_LE(split_violation(model, width, {part_prior, part_likelihood, part_jacobian}, whole_density),
              split_tolerance)
        << model.name() << " at width " << width;
    EXPECT_LE(split_violation(model, width, {part_prior, part_likelihood}, without_jacobian), split_tolerance)
        << model.name() << " at width " << width;
    EXPECT_LE(split_violation(model, width, {without_jacobian, part_jacobian}, whole_density), split_tolerance)
        << model.name() << " at width " << width;
  }
}

}  // namespace thalweg::laws
