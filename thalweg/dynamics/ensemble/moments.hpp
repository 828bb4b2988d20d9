// Moments over an ensemble, step after step: what they are, and whether they still move.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/dynamics/ensemble/ensemble.hpp"

namespace thalweg {

/// Averages of some numbers over about the last tenth and the last half of the steps so far.
class RecentAverages {
 public:
  explicit RecentAverages(std::size_t numbers) : late_(numbers), early_(numbers) {}
  void follow(std::span<const double> values) {
    count_ += 1;
    const double late = std::min(1.0, 10 / count_), early = std::min(1.0, 2 / count_);
    for (std::size_t k = 0; k < values.size(); ++k) {
      late_[k] += late * (values[k] - late_[k]);
      early_[k] += early * (values[k] - early_[k]);
    }
  }
  double late(std::size_t k) const { return late_[k]; }
  /// How far the late average is from the early one.
  double moved(std::size_t k) const { return late_[k] - early_[k]; }
  void archive(NumberArchive& numbers) { numbers(count_, late_, early_); }

 private:
  double count_ = 0;
  std::vector<double> late_, early_;
};

/// When an ensemble counts as settled.
struct Calm {
  double drift = 0.06;          ///< of means, in standard deviations, and of log variances, beyond chance
  double equipartition = 0.15;  ///< largest |1 − Eᵢ|, Eᵢ = −E[(xᵢ − E xᵢ) gᵢ], beyond chance; 1 at equilibrium
};

inline namespace THALWEG_ISA {

/// Means, variances of x and of its gradient, and Eᵢ, of the particles where they stand.
///
/// A variance that grows like n^a makes the two averages of its logarithm differ by 0.4·a whatever n: slow drifts are
/// not overlooked.
class EnsembleMoments {
 public:
  explicit EnsembleMoments(std::size_t dimension)
      : dimension_(dimension),
        sums_(6 * dimension),
        totals_(6 * dimension),
        log_variances_(dimension),
        means_(dimension),
        variances_(dimension),
        gradient_variances_(dimension),
        recent_means_(dimension),
        recent_log_variances_(dimension) {}

  /// `gradient`: which vector of a particle that is.
  void measure(Particles& p, int gradient, Collective& all) {
    begin(p);
    for (std::size_t pack = 0; pack < p.packs(); ++pack) add(p, pack, gradient);
    total(p, all);
  }
  void begin(const Particles& p) { sums_.begin(p.shard()); }
  /// Every pack in turn.
  void add(Particles& p, std::size_t pack, int gradient) {
    constexpr auto lanes = static_cast<std::size_t>(Particles::lanes);
    const double *const x = p.x(pack), *const g = p.vector(gradient, pack);
    const int live = p.live(pack);
    for (std::size_t j = 0; j < dimension_; ++j) {
      const Particles::Reals a = load<Particles::Reals>(x + j * lanes) - means_[j],
                             gj = load<Particles::Reals>(g + j * lanes), product = a * gj;
      sums_.add(j, a, live);
      sums_.add(dimension_ + j, a * a, live);
      sums_.add(2 * dimension_ + j, gj, live);
      sums_.add(3 * dimension_ + j, gj * gj, live);
      sums_.add(4 * dimension_ + j, product, live);
      sums_.add(5 * dimension_ + j, product * product, live);
    }
    if (ends_block(p, pack)) sums_.end_block();
  }
  void total(const Particles& p, Collective& all) {
    sums_.total(all, totals_);
    const auto m = static_cast<double>(p.shard().total);
    off_ = 0;
    for (std::size_t j = 0; j < dimension_; ++j) {
      const double shift = totals_[j] / m, g_mean = totals_[2 * dimension_ + j] / m,
                   product = totals_[4 * dimension_ + j] / m - shift * g_mean,
                   square = std::max(totals_[5 * dimension_ + j] / m - product * product, 0.0);
      means_[j] += shift;
      variances_[j] = totals_[dimension_ + j] / m - shift * shift;
      gradient_variances_[j] = totals_[3 * dimension_ + j] / m - g_mean * g_mean;
      off_ = std::max(off_, std::abs(1 + product) - 4 * std::sqrt(square / m));
    }
  }
  /// Takes what was measured last into the averages.
  void follow() {
    for (std::size_t j = 0; j < dimension_; ++j) log_variances_[j] = std::log(std::max(variances_[j], 1e-300));
    recent_means_.follow(means_);
    recent_log_variances_.follow(log_variances_);
  }
  bool is_calm(double particles, const Calm& most) const {
    const double chance = std::sqrt(2 / particles), single = most.drift + 3 * chance;
    double grown = 0;
    for (std::size_t j = 0; j < dimension_; ++j) {
      const double moved = recent_means_.moved(j) * std::exp(-0.5 * recent_log_variances_.late(j));
      if (!(std::abs(recent_log_variances_.moved(j)) <= single && std::abs(moved) <= single)) return false;
      grown += recent_log_variances_.moved(j) / static_cast<double>(dimension_);
    }
    return std::abs(grown) <= most.drift + chance && off_ <= most.equipartition;
  }
  const std::vector<double>& means() const { return means_; }
  const std::vector<double>& variances() const { return variances_; }
  const std::vector<double>& gradient_variances() const { return gradient_variances_; }
  void archive(NumberArchive& numbers) {
    numbers(means_, variances_, gradient_variances_, off_);
    recent_means_.archive(numbers);
    recent_log_variances_.archive(numbers);
  }

 private:
  std::size_t dimension_;
  BlockSums sums_;
  std::vector<double> totals_, log_variances_, means_, variances_, gradient_variances_;
  double off_ = 0;
  RecentAverages recent_means_, recent_log_variances_;
};

}  // namespace THALWEG_ISA
}  // namespace thalweg
