#include "thalweg/variational/pathfinder.hpp"

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"

namespace thalweg {

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
  out.weights = pareto_smooth(log_ratios);
  if (settings.resample)
    out.resampled = resample(out.weights.log_weights, settings.draws, *settings.resample, settings.search.seed);
  out.gradients = points.gradients();
  for (const Path& path : out.paths) out.gradients += path.ascent.gradients;
  return out;
}

}  // namespace thalweg
