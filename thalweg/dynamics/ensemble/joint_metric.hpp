// A metric from where the particles of an ensemble are now.
#pragma once
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/dynamics/ensemble/particles.hpp"
#include "thalweg/dynamics/hamiltonian/pool.hpp"

namespace thalweg {

/// Means and variances over an ensemble of x and of ∇log p(x), [d] each.
struct JointMoments {
  std::span<const double> means, variances, gradient_means, gradient_variances;
};

/// Most dimensions of a dense metric of an ensemble.
inline constexpr std::size_t most_joint = 128;

/// The metric of both covariances (metric_of_covariances); nothing when no dense one is wished for, in more than
/// `most_joint` dimensions, with fewer than 4d particles, or where a coordinate does not vary.
///
/// Shapes  gradient_at(pack, j): coordinate j of ∇log p of a pack; work_x, work_g: [d][lanes] each.
/// Cost    d² operations a particle, one exchange of d² numbers a block.
template <class GradientAt>
std::optional<Metric> joint_metric(Particles& p, Collective& all, const GradientAt& gradient_at,
                                   const JointMoments& moments, MetricKind wish, const Metric& now, double* work_x,
                                   double* work_g) {
  using Real = Particles::Reals;
  constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
  const std::size_t d = p.dimension(), pairs = d * (d + 1) / 2;
  const auto m = static_cast<double>(p.shard().total);
  if (!collects_products(wish, d) || d > most_joint || m < 4 * static_cast<double>(d)) return std::nullopt;
  std::vector<double> scale(d), totals(2 * pairs);
  for (std::size_t j = 0; j < d; ++j) {
    scale[j] = std::sqrt(std::sqrt(moments.variances[j] / moments.gradient_variances[j]));
    if (!(scale[j] > 1e-150 && scale[j] < 1e150)) return std::nullopt;
  }
  BlockSums sums(2 * pairs);
  sums.begin(p.shard());
  for (std::size_t pack = 0; pack < p.packs(); ++pack) {
    const double* const x = p.x(pack);
    for (std::size_t j = 0; j < d; ++j) {
      store(work_x + j * lanes, (load<Real>(x + j * lanes) - moments.means[j]) * (1 / scale[j]));
      store(work_g + j * lanes, (gradient_at(pack, j) - moments.gradient_means[j]) * scale[j]);
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j <= i; ++j, ++at) {
        sums.add(at, load<Real>(work_x + i * lanes) * load<Real>(work_x + j * lanes), p.live(pack));
        sums.add(pairs + at, load<Real>(work_g + i * lanes) * load<Real>(work_g + j * lanes), p.live(pack));
      }
    if (ends_block(p, pack)) sums.end_block();
  }
  sums.total(all, totals);
  std::vector<double> x_covariance(d * d), g_covariance(d * d);
  std::size_t at = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j, ++at) {
      x_covariance[i * d + j] = x_covariance[j * d + i] = totals[at] / m;
      g_covariance[i * d + j] = g_covariance[j * d + i] = totals[pairs + at] / m;
    }
  return metric_of_covariances(wish, now, scale, x_covariance, g_covariance);
}

}  // namespace thalweg
