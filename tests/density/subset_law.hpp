// The law of subsets: with all observations the whole density, and unbiased over the subsets of any size.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "tests/density/split_law.hpp"

namespace thalweg::laws {

/// log p of a subset and its gradient at points x, [dimension][width].
using SubsetEvaluation = std::function<PartsValue(const Subset&, const std::vector<double>& x)>;

inline SubsetEvaluation subsets_of(const Model& model, int width, Parts parts = whole_density) {
  return [=](const Subset& subset, const std::vector<double>& x) {
    Workspace workspace = model.subset_workspace(width, parts);
    PartsValue v{std::vector<double>(static_cast<std::size_t>(width)), std::vector<double>(x.size())};
    workspace.evaluate_subset(subset, x.data(), v.gradient.data(), v.log_p.data());
    return v;
  };
}

/// The largest difference of log p or gradient, relative to the largest number in either (1 at least) and lane by lane;
/// lanes outside the support in both don't count. NaN where only one is finite, and when no lane is left.
inline double relative_difference(const PartsValue& a, const PartsValue& b) {
  const std::size_t w = a.log_p.size(), d = a.gradient.size() / w;
  double worst = 0;
  bool any = false;
  for (std::size_t lane = 0; lane < w; ++lane) {
    if (!std::isfinite(a.log_p[lane]) && !std::isfinite(b.log_p[lane])) continue;
    any = true;
    double off = std::abs(a.log_p[lane] - b.log_p[lane]) / std::max(1.0, std::abs(b.log_p[lane]));
    double size = 1;
    for (std::size_t j = 0; j < d; ++j) size = std::max(size, std::abs(b.gradient[j * w + lane]));
    for (std::size_t j = 0; j < d; ++j) {
      const double slope = std::abs(a.gradient[j * w + lane] - b.gradient[j * w + lane]) / size;
      off = slope > off || std::isnan(slope) ? slope : off;
    }
    worst = off > worst || std::isnan(off) ? off : worst;
    if (std::isnan(worst)) return worst;
  }
  return any ? worst : std::nan("");
}

/// How far all observations with scale 1 are from the whole density, at a few points.
inline double all_violation(const Model& model, int width, const SubsetEvaluation& evaluate,
                            Parts parts = whole_density) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(model.observations()));
  std::iota(all.begin(), all.end(), 0);
  double worst = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto x = split_points(model, width, seed);
    const double off = relative_difference(evaluate({all, 1}, x), evaluate_parts(model, width, parts, x));
    worst = off > worst || std::isnan(off) ? off : worst;
  }
  return worst;
}

/// How far the mean over all subsets of m out of n observations, with scale n/m, is from the whole density.
inline double mean_violation(const Model& model, int width, std::size_t m, const SubsetEvaluation& evaluate,
                             Parts parts = whole_density) {
  const auto n = static_cast<std::size_t>(model.observations());
  const auto x = split_points(model, width, 9);
  PartsValue mean{std::vector<double>(static_cast<std::size_t>(width)), std::vector<double>(x.size())};
  std::vector<bool> chosen(n, false);
  std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(m), true);
  double count = 0;
  do {
    std::vector<std::int32_t> subset;
    for (std::size_t i = 0; i < n; ++i)
      if (chosen[i]) subset.push_back(static_cast<std::int32_t>(i));
    const PartsValue v = evaluate({subset, static_cast<double>(n) / static_cast<double>(m)}, x);
    for (std::size_t i = 0; i < mean.log_p.size(); ++i) mean.log_p[i] += v.log_p[i];
    for (std::size_t i = 0; i < mean.gradient.size(); ++i) mean.gradient[i] += v.gradient[i];
    ++count;
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  for (double& v : mean.log_p) v /= count;
  for (double& v : mean.gradient) v /= count;
  return relative_difference(mean, evaluate_parts(model, width, parts, x));
}

inline constexpr double subset_tolerance = 1e-12;  // of sums of a few hundred terms, in another order

/// Both, at every width and for a few sums of parts.
inline void expect_subsets_are_fair(const Model& model, const std::vector<Parts>& sums = {whole_density}) {
  ASSERT_GT(model.observations(), 0) << model.name() << ": " << model.subset_reason();
  for (const int width : model.subset_widths())
    for (const Parts parts : sums) {
      const auto evaluate = subsets_of(model, width, parts);
      EXPECT_LE(all_violation(model, width, evaluate, parts), subset_tolerance)
          << model.name() << " at width " << width << ", parts " << parts;
      const auto n = static_cast<std::size_t>(model.observations());
      for (const std::size_t m : {std::size_t{1}, n / 2, n - 1}) {
        if (m == 0) continue;
        EXPECT_LE(mean_violation(model, width, m, evaluate, parts), 10 * subset_tolerance)
            << model.name() << " at width " << width << ", " << m << " of " << n << ", parts " << parts;
      }
    }
}

}  // namespace thalweg::laws
