#include "thalweg/variational/pathfinder.hpp"

#include <cmath>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {

std::vector<std::size_t> resample(std::span<const double> log_weights, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> chosen;
  Random<double> random(seed, Purpose::resampling, 0, 0);
  const double start = random.uniform();
  double sum = 0;
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    sum += exp(log_weights[i]);
    // draw i owns the points (start + k)/count of its stretch of the line
    const bool last = i + 1 == log_weights.size();
    while (chosen.size() < count && (last || start + static_cast<double>(chosen.size()) < sum * static_cast<double>(count)))
      chosen.push_back(i);
  }
  return chosen;
}

PathfinderResult pathfinder(const Model& model, const PathfinderSettings& settings) {
  require(settings.draws > 0, "draws must be > 0; found {}", settings.draws);
  Points points(model, settings.parts, settings.threads);
  require(points.dimension() > 0, "{} has no parameters: there is nothing to approximate", model.name());
  PathfinderResult out;
  out.paths = find_paths(points, settings.search, settings.threads);
  std::vector<MultivariateNormal> components;
  for (const Path& path : out.paths)
    if (path.failure.empty()) components.push_back(path.q);
  if (components.empty()) fail("no path of {} found an approximation\n  {}", out.paths.size(), failures_of(out.paths));
  out.approximation = draw_mixture(points, std::move(components), settings.draws, settings.search.seed);
  const Approximation& a = out.approximation;
  std::vector<double> log_ratios(a.count);
  for (std::size_t i = 0; i < a.count; ++i) log_ratios[i] = a.log_p[i] - a.log_q[i];
  out.log_weights = normalised(log_ratios);
  out.gradients = points.gradients();
  for (const Path& path : out.paths) out.gradients += path.ascent.gradients;
  return out;
}

}  // namespace thalweg
