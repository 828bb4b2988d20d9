// The leapfrog step in the whitened space, and what methods of fixed length make of it.
#pragma once
#include <cmath>
#include <cstddef>
#include <utility>

#include "thalweg/core/driver_task.hpp"
#include "thalweg/core/math.hpp"
#include "thalweg/core/normals.hpp"
#include "thalweg/dynamics/kernel.hpp"

namespace thalweg {

/// A place with a whitened momentum, on its way.
///
/// Shapes  x, gradient, momentum, force: [d], padded; momentum and force = Lᵀ∇log p in the whitened space (Metric).
class Leapfrog {
 public:
  explicit Leapfrog(std::size_t dimension)
      : dimension_(dimension), size_(padded(dimension)), memory_(4, dimension), point_{memory_[0], memory_[1], 0} {}
  void start(const Metric& metric, const Point& point) {
    copy(point.x, point_.x, size_);
    copy(point.gradient, point_.gradient, size_);
    point_.log_p = point.log_p;
    metric.whiten(point_.gradient, force());
  }
  std::size_t dimension() const { return dimension_; }
  std::size_t size() const { return size_; }
  Point& point() { return point_; }
  double* momentum() { return memory_[2]; }
  double* force() { return memory_[3]; }
  /// p += h·Lᵀ∇log p
  void kick(double h) { add_scaled(h, force(), momentum(), size_); }
  /// x += h·L p
  void drift(const Metric& metric, double h) { metric.drift(h, momentum(), point_.x); }
  /// The evaluation at the new place has come.
  void arrive(const Metric& metric, double log_p) {
    point_.log_p = log_p;
    metric.whiten(point_.gradient, force());
  }
  /// H = −log p + p·p/2
  double energy() { return 0.5 * dot(momentum(), momentum(), size_) - point_.log_p; }

 private:
  std::size_t dimension_, size_;
  Vectors memory_;
  Point point_;
};

/// Doubles or halves exp(log_step) until one leapfrog step, which gains H₀ − H, begins or ceases to be `good(gain)`.
/// `power` is that of ε in the unit of the step: 1 where it is ε itself, 2 where it is h = ε²/2.
///
/// Random  momentum from (seed, step_size, chain, epoch).
/// Source  Hoffman & Gelman (2014), algorithm 4.
template <class Good>
Task find_leapfrog_step(Strand& strand, Leapfrog& phase, const Metric& metric, const Point& point, Streams streams,
                        Good good, int power, double& log_step) {
  constexpr double log_2 = 0.6931471805599453;
  int direction = 0;
  for (int k = 0; k < 50; ++k) {
    const double epsilon = power == 1 ? exp(log_step) : sqrt(2 * exp(log_step));
    phase.start(metric, point);
    fill_normals(streams.seed, Purpose::step_size, streams.chain, streams.step, phase.momentum(), phase.dimension());
    const double before = phase.energy();
    phase.kick(0.5 * epsilon);
    phase.drift(metric, epsilon);
    phase.arrive(metric, co_await strand.gradient(phase.point().x, phase.point().gradient));
    phase.kick(0.5 * epsilon);
    const double gain = before - phase.energy();
    const bool larger = gain < infinity && good(gain);
    if (direction == 0) direction = larger ? 1 : -1;
    if (larger != (direction > 0)) break;
    log_step += direction * power * log_2;
  }
}

/// As good as a Metropolis test wants it.
struct AcceptedAbove {
  double threshold;
  bool operator()(double gain) const { return gain > log(threshold); }
};

/// min(1, exp(gain)), 0 where the gain is not a number.
inline double acceptance_of(double gain) { return gain >= 0 ? 1 : gain > -700 ? exp(gain) : 0; }

/// What methods share that propose a place in phase space and take it or not.
class ProposingKernel : public Kernel {
 public:
  explicit ProposingKernel(std::size_t dimension) : phase_(dimension) {}
  Point place() override { return info_.moved ? phase_.point() : *from_; }
  void take(Point& point) override {
    if (!info_.moved) return;
    copy(phase_.point().x, point.x, phase_.size());
    copy(phase_.point().gradient, point.gradient, phase_.size());
    point.log_p = phase_.point().log_p;
  }

 protected:
  Leapfrog phase_;
  const Point* from_ = nullptr;  ///< where the transition under way began
};

}  // namespace thalweg
