#include "thalweg/optimize/covering.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "thalweg/core/error.hpp"
#include "thalweg/core/random.hpp"
#include "thalweg/optimize/laplace.hpp"
#include "thalweg/optimize/optimize.hpp"

namespace thalweg {

CoveringGaussian cover(Points& points, const Census& census, const Covering& settings) {
  double best = -infinity;
  for (const End& end : census.ends)
    if (end.kind == EndKind::maximum && end.log_evidence > best) best = end.log_evidence;
  CoveringGaussian out;
  std::vector<LaplaceResult> peaks;
  std::string refused = "the ascents find no maximum at which a Gaussian could be fitted";
  for (const End& end : census.ends) {
    if (end.kind != EndKind::maximum || !(end.log_evidence >= best - settings.least_log_evidence)) continue;
    try {
      peaks.push_back(laplace(points, end.x, {.draws = 1}));
    } catch (const Error& error) {
      if (peaks.empty()) refused = error.what();
      continue;
    }
    if (end.log_evidence == best) out.log_p = end.log_p, out.log_evidence = best;
  }
  if (peaks.empty()) throw Error(refused);
  const std::size_t d = peaks.front().q.mean().size();
  const auto share = 1 / static_cast<double>(peaks.size());
  out.modes = peaks.size();
  out.mean.assign(d, 0), out.covariance.assign(d * d, 0);
  for (const LaplaceResult& peak : peaks)
    for (std::size_t i = 0; i < d; ++i) out.mean[i] += share * peak.q.mean()[i];
  for (const LaplaceResult& peak : peaks) {
    const std::vector<double> covariance = peak.q.covariance(), &x = peak.q.mean();
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j)
        out.covariance[i * d + j] += share * (settings.widening * settings.widening * covariance[i * d + j] +
                                              (x[i] - out.mean[i]) * (x[j] - out.mean[j]));
  }
  return out;
}

Census wide_census(const Model& model, std::size_t starts, std::uint64_t seed, int threads,
                   const std::function<bool()>& keep_going) {
  constexpr double radii[] = {2, 10, 40};
  OptimizeSettings settings{.starts = starts, .seed = seed, .threads = threads};
  for (std::size_t i = 0; i < starts; ++i) {
    Random<double> random(seed, Purpose::init, i, 1);
    std::vector<double> x(static_cast<std::size_t>(model.dimension()));
    for (double& v : x) v = radii[i % 3] * (2 * random.uniform() - 1);
    settings.given.push_back(std::move(x));
  }
  return optimize(model, settings, keep_going).census;
}

}  // namespace thalweg
