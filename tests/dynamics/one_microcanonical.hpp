// One chain of a Kernel driven by hand, plain densities for it, and means with their standard errors.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/dynamics/one_chain.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg::test {

/// log p = −¼ Σ xᵢ⁴: anharmonic, so that energy errors vary from place to place.
inline auto quartic(std::size_t d) {
  return [d](const double* x, double* g) {
    double log_p = 0;
    for (std::size_t i = 0; i < d; ++i) {
      log_p -= 0.25 * x[i] * x[i] * x[i] * x[i];
      g[i] = -x[i] * x[i] * x[i];
    }
    return log_p;
  };
}
/// log p = −½ Σ (xᵢ/sᵢ)².
inline auto gaussian(std::vector<double> s) {
  return [s](const double* x, double* g) {
    double log_p = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      g[i] = -x[i] / (s[i] * s[i]);
      log_p += 0.5 * x[i] * g[i];
    }
    return log_p;
  };
}
/// A density of the library.
template <class D>
auto density_of(D density) {
  return [density](const double* x, double* g) {
    const auto d = static_cast<std::size_t>(density.dimension());
    return density.template log_density<double>(View<const double>(x, d), View<double>(g, d));
  };
}

/// A chain at a place, with all it needs for transitions.
template <class K>
struct OneMicrocanonical {
  Strand strand;
  K kernel;
  Vectors place;
  Point point;
  Metric metric;
  std::size_t dimension;

  template <class Method>
  OneMicrocanonical(const std::vector<double>& scale, Method method)
      : kernel(scale.size(), method),
        place(2, scale.size()),
        point{place[0], place[1], 0},
        metric(Metric::diagonal(scale)),
        dimension(scale.size()) {}

  template <class Density>
  void move_to(const std::vector<double>& x, Density density) {
    std::copy(x.begin(), x.end(), point.x);
    point.log_p = density(point.x, point.gradient);
  }
  /// Without taking it.
  template <class Density>
  int propose(Density density, double step_size, std::uint64_t chain, std::uint64_t step) {
    const Tuning tuning{.metric = &metric, .step_size = step_size};
    return drive(strand, kernel.transition(strand, tuning, point, {7, chain, step}), density);
  }
  template <class Density>
  const TransitionInfo& transition(Density density, double step_size, std::uint64_t chain, std::uint64_t step) {
    propose(density, step_size, chain, step);
    kernel.take(point);
    return kernel.info();
  }
  template <class Density>
  double find_step(Density density, double guess, std::uint64_t chain) {
    double log_step = std::log(guess);
    const Tuning tuning{.metric = &metric};
    drive(strand, kernel.find_step(strand, tuning, point, {7, chain, 0}, log_step), density);
    return std::exp(log_step);
  }
};

/// Means of several functions along a chain, with standard errors from the means of `batches` equal stretches.
class BatchMeans {
 public:
  BatchMeans(std::size_t functions, int batches, int per_batch)
      : per_batch_(per_batch), batches_(batches), sums_(functions), batch_(functions), squares_(functions) {}
  void add(std::size_t j, double value) { batch_[j] += value; }
  void next() {
    if (++in_batch_ < per_batch_) return;
    for (std::size_t j = 0; j < sums_.size(); ++j) {
      const double mean = batch_[j] / per_batch_;
      sums_[j] += mean;
      squares_[j] += mean * mean;
      batch_[j] = 0;
    }
    in_batch_ = 0;
  }
  double mean(std::size_t j) const { return sums_[j] / batches_; }
  double error(std::size_t j) const { return std::sqrt((squares_[j] / batches_ - mean(j) * mean(j)) / (batches_ - 1)); }
  double z(std::size_t j, double truth) const { return std::fabs(mean(j) - truth) / error(j); }

 private:
  int per_batch_, batches_, in_batch_ = 0;
  std::vector<double> sums_, batch_, squares_;
};

}  // namespace thalweg::test
