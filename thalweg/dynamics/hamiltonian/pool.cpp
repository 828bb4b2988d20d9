#include "thalweg/dynamics/hamiltonian/pool.hpp"

#include <algorithm>
#include <cmath>

#include "thalweg/core/math.hpp"

namespace thalweg {
namespace {

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const std::size_t half = v.size() / 2;
  std::sort(v.begin(), v.end());
  return v.size() % 2 ? v[half] : 0.5 * (v[half - 1] + v[half]);
}

/// Means over all transitions of the chains used, and their variances, from each chain's.
struct Combined {
  std::vector<double> mean, variance;
};
Combined combine(std::span<const ChainState> chains, const std::vector<std::size_t>& used,
                 std::vector<double> EpochMoments::*means, std::vector<double> EpochMoments::*squares) {
  const std::size_t d = chains.front().x.size();
  Combined c{std::vector<double>(d, 0), std::vector<double>(d, 0)};
  double n = 0;
  for (const std::size_t k : used) {
    const EpochMoments& m = chains[k].moments;
    const double total = n + m.count;
    for (std::size_t i = 0; i < d; ++i) {
      const double difference = (m.*means)[i] - c.mean[i];
      c.mean[i] += difference * (m.count / total);
      c.variance[i] += (m.*squares)[i] + difference * difference * (n * m.count / total);
    }
    n = total;
  }
  for (double& v : c.variance) v /= std::max(n - 1, 1.0);
  return c;
}

void leave_out(std::span<const ChainState> chains, PooledEpoch& p) {
  std::vector<double> means, spreads;
  for (const ChainState& c : chains) {
    if (!std::isfinite(c.moments.log_p.mean)) continue;
    means.push_back(c.moments.log_p.mean);
    spreads.push_back(sqrt(c.moments.log_p.variance()));
  }
  p.middle_log_p = median(means);
  const double lowest = p.lowest_log_p = p.middle_log_p - 10 * median(spreads) - 20;
  for (std::size_t k = 0; k < chains.size(); ++k)
    (chains[k].moments.moved > 0 && chains[k].moments.log_p.mean >= lowest ? p.used : p.left_out).push_back(k);
  if (p.used.empty()) return p.used.swap(p.left_out);  // none moved: what their step sizes say is all there is
  for (const std::size_t k : p.left_out)
    if (chains[k].moments.moved == 0 || chains[k].log_p < lowest) p.lost.push_back(k);
}

/// Adds one quantity, given by its moments in each chain, to `apart` and `drift`.
struct Unrest {
  double n = 0;
  RunningMoment means, shifts;
  double squares = 0, count = 0;

  void add(double mean, double squares_inside, double transitions, double mean_of_half) {
    const double half = std::floor(transitions / 2);
    means.add(mean);
    shifts.add(half > 0 ? (mean - mean_of_half) * transitions / (transitions - half) : 0);
    squares += squares_inside;
    count += transitions - 1;
    n += 1;
  }
  void judge(PooledEpoch& p) const {
    const double inside = squares / std::max(count, 1.0), all = inside + means.variance();
    if (!(all > 0)) return;
    p.apart = std::max(p.apart, n > 1 ? means.variance() / inside : infinity);
    const double beyond = std::fabs(shifts.mean) - 3 * sqrt(shifts.variance() / n);
    p.drift = std::max(p.drift, beyond / sqrt(all));
  }
  /// n Var(means)/Var.
  double correlation() const {
    const double all = squares / std::max(count, 1.0) + means.variance();
    return n > 1 && all > 0 ? (count / n + 1) * means.variance() / all : 0;
  }
};

void compare_chains(std::span<const ChainState> chains, PooledEpoch& p) {
  Unrest log_p;
  for (const std::size_t k : p.used) {
    const EpochMoments& m = chains[k].moments;
    log_p.add(m.log_p.mean, m.log_p.squares, m.count, m.log_p_mean_of_half);
  }
  log_p.judge(p);
  for (std::size_t i = 0; i < p.mean.size(); ++i) {
    Unrest x;
    for (const std::size_t k : p.used) {
      const EpochMoments& m = chains[k].moments;
      x.add(m.x_mean[i], m.x_squares[i], m.count, m.x_mean_of_half[i]);
    }
    x.judge(p);
    p.correlation += x.correlation() / static_cast<double>(p.mean.size());
  }
}

}  // namespace

PooledEpoch pool(std::span<const ChainState> chains) {
  PooledEpoch p;
  leave_out(chains, p);
  const double n = static_cast<double>(p.used.size());
  for (const std::size_t k : p.used) {
    const ChainState& c = chains[k];
    p.count += c.moments.count;
    p.log_p += c.moments.log_p.mean / n;
    p.log_p_sd += sqrt(c.moments.log_p.variance()) / n;
    p.log_step += c.step.log_step_average / n;
    p.log_step_spread += c.step.log_step_spread / n;
    p.acceptance += c.step.acceptance_average / n;
    p.gradients += c.moments.gradients;
    p.path += c.moments.path;
    p.errors += c.moments.errors;
  }
  for (double* each : {&p.gradients, &p.path, &p.errors}) *each /= std::max(p.count, 1.0);
  Combined x = combine(chains, p.used, &EpochMoments::x_mean, &EpochMoments::x_squares);
  Combined g = combine(chains, p.used, &EpochMoments::gradient_mean, &EpochMoments::gradient_squares);
  p.mean = std::move(x.mean);
  p.variance = std::move(x.variance);
  p.gradient_variance = std::move(g.variance);
  compare_chains(chains, p);
  return p;
}

}  // namespace thalweg
