// The Langevin step as a move of one chain, and the ratio of its densities there and back.
#pragma once
#include <cmath>
#include <cstddef>

#include "thalweg/dynamics/hamiltonian/leapfrog.hpp"
#include "thalweg/dynamics/langevin/step.hpp"

namespace thalweg {

/// y = x + h Σ∇log p(x) + √(2hT) L z, z ~ N(0, I), Σ = L Lᵀ the metric's M⁻¹: langevin_step in the whitened space. With
/// the unit metric it is langevin_step itself, to the last bit.
class LangevinMove {
 public:
  explicit LangevinMove(std::size_t dimension) : phase_(dimension), memory_(3, dimension) {}
  Leapfrog& phase() { return phase_; }
  /// The place proposed is phase().point(); its gradient is to be evaluated.
  void propose(const Metric& metric, double h, double temperature, const Point& point, Streams streams) {
    const std::size_t n = phase_.dimension();
    phase_.start(metric, point);
    copy(phase_.force(), force(), phase_.size());
    if (temperature > 0) fill_normals(streams.seed, Purpose::noise, streams.chain, streams.step, phase_.momentum(), n);
    Drawn drawn{phase_.momentum()};
    if (metric.is_unit()) {
      langevin_step<double>(h, temperature, {point.x, n}, {point.gradient, n}, drawn, {phase_.point().x, n});
      return;
    }
    langevin_step<double>(h, temperature, {zero(), n}, {force(), n}, drawn, {move(), n});
    metric.drift(1, move(), phase_.point().x);
  }
  /// Once the gradient there is known: log [p(y)^{1/T} q(x|y) / (p(x)^{1/T} q(y|x))]. T > 0.
  double log_ratio(double h, double temperature, double log_p_before) {
    double forward = 0, backward = 0;
    const double noise = std::sqrt(2 * h * temperature);
    for (std::size_t i = 0; i < phase_.dimension(); ++i) {
      const double z = phase_.momentum()[i];
      // y − x = h w(x) + √(2hT) z; back: x − y = h w(y) + √(2hT) z′
      const double back = -z - h * (force()[i] + phase_.force()[i]) / noise;
      forward += z * z;
      backward += back * back;
    }
    return (phase_.point().log_p - log_p_before) / temperature + 0.5 * (forward - backward);
  }

 private:
  /// Hands out what was drawn before.
  struct Drawn {
    const double* z;
    double normal() { return *z++; }
  };
  double* force() { return memory_[0]; }
  double* zero() { return memory_[1]; }
  double* move() { return memory_[2]; }

  Leapfrog phase_;  ///< its momentum holds z
  Vectors memory_;  ///< whitened force at the start, zeros, the whitened move
};

}  // namespace thalweg
