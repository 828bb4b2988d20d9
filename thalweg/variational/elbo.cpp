#include "thalweg/variational/elbo.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "thalweg/core/error.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/vectors.hpp"

namespace thalweg {
namespace {

constexpr double log_two_pi = 1.8378770664093453;
/// Numbers of x in one batch: a few megabytes, which caches hold.
constexpr std::size_t batch_numbers = std::size_t{1} << 18;

/// How many draws each component gives.
std::vector<std::size_t> shares(std::size_t components, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(components), share(components, count / components);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random<double> random(seed, Purpose::permutation, 0, 0);
  for (std::size_t i = 0; i < count % components; ++i) {
    std::swap(order[i], order[i + random.below(components - i)]);
    ++share[order[i]];
  }
  return share;
}

}  // namespace

Elbo mean_of(std::span<const double> log_ratios) {
  const auto n = static_cast<double>(log_ratios.size());
  double sum = 0, squares = 0;
  for (const double r : log_ratios) {
    if (!std::isfinite(r)) return {-infinity, infinity, log_ratios.size()};
    sum += r;
  }
  const double mean = sum / n;
  for (const double r : log_ratios) squares += (r - mean) * (r - mean);
  return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : 0, log_ratios.size()};
}

ElboBatch::ElboBatch(Points& points, std::uint64_t seed, std::size_t first, std::size_t draws)
    : points_(points),
      draws_(draws),
      stride_(padded(points.dimension())),
      batch_(std::clamp<std::size_t>(batch_numbers / (stride_ * draws), 1, 1024)),
      z_(draws * stride_),
      squares_(draws) {
  const std::size_t d = points.dimension();
  NormalRows{seed, Purpose::variational, first, 0}.fill(draws, d, stride_, z_.data());
  for (std::size_t i = 0; i < draws; ++i) squares_[i] = dot(&z_[i * stride_], &z_[i * stride_], stride_);
}

void ElboBatch::evaluate(std::span<const MultivariateNormal> gaussians, std::span<Elbo> elbos) {
  for (std::size_t i = 0; i < gaussians.size(); i += batch_) {
    const std::size_t n = std::min(batch_, gaussians.size() - i);
    evaluate_batch(gaussians.subspan(i, n), elbos.subspan(i, n));
  }
}

void ElboBatch::evaluate_batch(std::span<const MultivariateNormal> gaussians, std::span<Elbo> elbos) {
  const std::size_t rows = gaussians.size() * draws_;
  if (x_.size() < rows * stride_) {
    x_.resize(rows * stride_);
    gradient_.resize(rows * stride_);
    log_p_.resize(rows);
  }
  for (std::size_t k = 0; k < gaussians.size(); ++k)
    transform_rows(gaussians[k], draws_, stride_, z_.data(), &x_[k * draws_ * stride_]);
  points_.evaluate(rows, stride_, x_.data(), gradient_.data(), log_p_.data());
  const double constant = static_cast<double>(points_.dimension()) * log_two_pi;
  for (std::size_t k = 0; k < gaussians.size(); ++k) {
    double* const ratios = &log_p_[k * draws_];
    for (std::size_t i = 0; i < draws_; ++i)
      ratios[i] += 0.5 * (squares_[i] + gaussians[k].log_determinant() + constant);
    elbos[k] = mean_of({ratios, draws_});
  }
}

Approximation draw_mixture(Points& points, std::vector<MultivariateNormal> components, std::size_t count,
                           std::uint64_t seed) {
  require(!components.empty(), "an approximation needs at least one component; found none");
  const std::size_t d = points.dimension();
  Approximation a{std::move(components),      d, count, std::vector<double>(count * d), std::vector<double>(count),
                  std::vector<double>(count), {}};
  const std::vector<std::size_t> share = shares(a.components.size(), count, seed);
  const std::size_t block = std::clamp<std::size_t>(batch_numbers / std::max<std::size_t>(d, 1), 1, 4096);
  std::vector<double> z(std::min(block, count) * d), gradient(z.size());
  std::size_t at = 0;
  for (std::size_t k = 0; k < share.size(); ++k)
    for (std::size_t i = 0; i < share[k]; i += block) {
      const std::size_t n = std::min(block, share[k] - i);
      NormalRows{seed, Purpose::approximation, i, k}.fill(n, d, d, z.data());
      transform_rows(a.components[k], n, d, z.data(), &a.x[at * d]);
      a.component.insert(a.component.end(), n, static_cast<std::int32_t>(k));
      at += n;
    }
  for (std::size_t i = 0; i < count; i += block) {
    const std::size_t n = std::min(block, count - i);
    points.evaluate(n, d, &a.x[i * d], gradient.data(), &a.log_p[i]);
    log_mixture_rows(a.components, n, d, &a.x[i * d], &a.log_q[i]);
  }
  for (double& log_p : a.log_p)
    if (!std::isfinite(log_p)) log_p = -infinity;
  return a;
}

Elbo elbo_of(const Approximation& a) {
  std::vector<double> ratios(a.count);
  for (std::size_t i = 0; i < a.count; ++i) ratios[i] = a.log_p[i] - a.log_q[i];
  return mean_of(ratios);
}

}  // namespace thalweg
